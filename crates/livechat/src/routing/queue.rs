//! Verbs of the queue: ask, allocate, take, hand over, end; each sees to it that those concerned are told.

use super::board::Notice;
use super::model::{Asking, Room, allocate};
use super::presence::{self, Present, Recent};
use super::seats;
use crate::chat::{
    Chat, ChatError, ChatState, ChatView, Chats, Ender, Entry, Hand, News, NewChat, Request, Side, Status, Target, store,
};
use base::{ChatId, DepartmentId, Fault as _, Kind, SiteId, Steady, UserId, VisitorId};
use sockets::live::{Audience, LiveAgent};
use sockets::{StoreError, Tx};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Clone)]
pub struct Queue {
    pub(crate) chats: Chats,
    notice: Notice,
    recent: Recent,
    pub(crate) steady: Steady,
    lanes: Arc<Mutex<HashMap<SiteId, Arc<Lane>>>>,
}

/// Calls for one site: who comes while one runs is served by the next, all together.
#[derive(Default)]
struct Lane {
    turn: tokio::sync::Mutex<()>,
    wanted: AtomicU64,
    done: AtomicU64,
}

/// A chat that was given to somebody, and the entry that says so.
type Given = (Chat, Entry);

const ATTEMPTS: usize = 5;

impl Queue {
    /// Starts the task that tells those who wait; it ends with the last clone.
    pub fn open(chats: Chats) -> Self {
        let steady = Steady::new(chats.db.clock().clone());
        let recent = Recent::new(steady.clone());
        let notice = Notice::open(chats.clone(), recent.clone());
        Self { chats, notice, recent, steady, lanes: Arc::default() }
    }

    /// A visitor asks for a chat. Answers with the chat he has, when he has one.
    pub async fn request(&self, site: SiteId, visitor: VisitorId, new: NewChat) -> Result<Chat, ChatError> {
        if let Some(chat) = self.chats.asked(site, visitor, new.client_id).await? {
            return Ok(chat);
        }
        let client_id = new.client_id;
        let request = self.chats.read_request(site, visitor, new).await?;
        let open = self.somebody_serves(&request).await;
        if open {
            self.chats.look_up(&request).await;
        }
        let mut attempt = 0;
        loop {
            attempt += 1;
            match self.request_once(&request, open).await {
                // Another tab was faster: its chat is the answer.
                Err(ChatError::Store(StoreError::Duplicate(_))) => {
                    if let Some(chat) = self.chats.asked(site, visitor, client_id).await? {
                        return Ok(chat);
                    }
                }
                Err(ChatError::Store(StoreError::Contended(_))) if attempt < ATTEMPTS => {}
                other => return other,
            }
            if attempt >= ATTEMPTS {
                return Err(ChatError::Busy);
            }
        }
    }

    async fn request_once(&self, request: &Request, open: bool) -> Result<Chat, ChatError> {
        let mut tx = self.chats.db.begin().await?;
        let (chat, first) = self.chats.insert(&tx, request, open).await?;
        self.chats.announce(&mut tx, request, &chat, first.as_ref());
        tx.commit().await?;
        self.chats.bind(request, &chat).await;
        if chat.status == Status::Offline {
            self.chats.around.guests.named(&chat).await;
            return Ok(chat);
        }
        self.chats.told(&chat, first);
        self.chats.around.guests.named(&chat).await;
        self.notice.changed(request.site, None);
        // Together with whoever else asks at this moment. It is kept already: should this fail, it waits for the next pass.
        self.run_quietly(request.site).await;
        self.chats.get(request.site, chat.id).await
    }

    /// Whether this visitor is to wait, or to leave a message.
    async fn somebody_serves(&self, request: &Request) -> bool {
        let now = self.chats.db.clock().now();
        let serves = |agent: &&LiveAgent| {
            let card = request.staff.agents.get(&agent.id);
            card.is_some_and(|card| request.department.is_none_or(|id| card.departments.contains(&id)))
        };
        let found = |present: &[LiveAgent]| present.iter().filter(serves).any(|agent| presence::is_here(agent, now));
        match self.recent.of(&self.chats, request.site).await {
            Ok(recent) if found(&recent.agents) => true,
            // Nobody is turned away on old news.
            Ok(_) => self.recent.now(&self.chats, request.site).await.map_or(true, |present| found(&present.agents)),
            // When nobody can say who is here, the visitor waits: that is mended sooner than a turned-away visitor.
            Err(_) => true,
        }
    }

    pub(crate) async fn present(&self, site: SiteId) -> Result<Arc<Present>, ChatError> {
        self.recent.of(&self.chats, site).await
    }

    /// Somebody came, went or changed his status on this node: what is known of the site is old.
    pub(crate) fn forget_present(&self, site: SiteId) {
        self.recent.forget(site);
    }

    /// Gives waiting chats to those whose turn it is. Whoever calls while it runs is served by the next run.
    pub async fn run(&self, site: SiteId) -> Result<(), ChatError> {
        let lane = self.lanes.lock().unwrap_or_else(PoisonError::into_inner).entry(site).or_default().clone();
        let mine = lane.wanted.fetch_add(1, Ordering::SeqCst) + 1;
        let given = {
            let _turn = lane.turn.lock().await;
            if lane.done.load(Ordering::SeqCst) >= mine {
                return Ok(());
            }
            let all = lane.wanted.load(Ordering::SeqCst);
            let given = self.passes(site).await?;
            lane.done.store(all, Ordering::SeqCst);
            given
        };
        self.handed(site, given).await;
        Ok(())
    }

    /// Until nothing more can be given. What is given is told at once: a word that follows it must not come first.
    async fn passes(&self, site: SiteId) -> Result<Vec<Chat>, ChatError> {
        let mut all = Vec::new();
        loop {
            let given = self.pass(site).await?;
            let many = given.len() as u64 >= store::MOST_GIVEN;
            for (chat, entry) in given {
                self.chats.told(&chat, Some(entry));
                all.push(chat);
            }
            if !many {
                return Ok(all);
            }
        }
    }

    async fn pass(&self, site: SiteId) -> Result<Vec<Given>, ChatError> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            match self.pass_once(site).await {
                Err(ChatError::Store(StoreError::Contended(_))) if attempt < ATTEMPTS => {}
                other => return other,
            }
        }
    }

    async fn pass_once(&self, site: SiteId) -> Result<Vec<Given>, ChatError> {
        if !store::anybody_waits(self.chats.db.read(), self.chats.db.engine(), site).await? {
            return Ok(Vec::new());
        }
        let staff = self.chats.around.staff.of_site(site).await?;
        // Who came a moment ago or changed his mind is in the rows; the live store only says who is still heard of.
        let present = self.recent.of(&self.chats, site).await?;
        let tx = self.chats.db.begin().await?;
        seats::lock_site(&tx, site).await?;
        let given = self.give(&tx, site, &staff, &present.agents).await?;
        if !given.is_empty() {
            tx.commit().await?;
        }
        Ok(given)
    }

    /// The choice and its writing, in the caller's transaction, which has the site to itself.
    async fn give(&self, tx: &Tx, site: SiteId, staff: &super::SiteStaff, present: &[LiveAgent]) -> Result<Vec<Given>, ChatError> {
        let loads = store::loads(&tx.conn(), tx.engine(), site).await?;
        let kept = seats::of_site(&tx.conn(), site).await?;
        let mut seats = presence::seats(staff, present, &kept, &loads, tx.now());
        let room = Room::of(&seats);
        if room.places == 0 {
            return Ok(Vec::new());
        }
        let queue = store::next_in_queue(&tx.conn(), tx.engine(), site, &room.departments, room.places).await?;
        let asking: Vec<_> = queue.iter().map(|one| Asking { number: one.number, department: one.department }).collect();
        let plan: HashMap<_, _> = allocate(&asking, &mut seats, tx.now()).into_iter().collect();
        if plan.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<_> = queue.iter().filter(|one| plan.contains_key(&one.number)).map(|one| one.id).collect();
        let mut given = Vec::new();
        for mut chat in store::hold_many(tx, &ids).await? {
            let Some(agent) = plan.get(&chat.number) else { continue };
            // Ended, or picked by hand, while we chose: then it is simply not given.
            let Ok(Some(draft)) = chat.take(*agent, staff.agent_name(*agent).unwrap_or_default(), tx.now()) else { continue };
            let entry = self.chats.write(tx, &mut chat, draft).await?;
            given.push((chat, entry));
        }
        seats::assigned(tx, site, given.iter().filter_map(|(chat, _)| chat.agent).collect()).await?;
        Ok(given)
    }

    /// After the commit: the agents, the visitors and those who still wait are told.
    async fn handed(&self, site: SiteId, given: Vec<Chat>) {
        if given.is_empty() {
            return;
        }
        for chat in &given {
            self.chats.around.guests.moved(chat).await;
            self.tell_visitor(chat).await;
        }
        if let Ok(views) = self.chats.views(site, &given).await {
            for (chat, view) in given.iter().zip(&views) {
                self.tell_card(chat, None, "chat_assigned", view);
            }
        }
        self.notice.changed(site, given.iter().filter_map(|chat| chat.agent));
    }

    async fn tell_agents(&self, chat: &Chat, before: Option<UserId>, kind: &'static str) {
        if let Ok(view) = self.chats.view(chat).await {
            self.tell_card(chat, before, kind, &view);
        }
    }

    fn tell_card(&self, chat: &Chat, before: Option<UserId>, kind: &'static str, view: &ChatView) {
        let Ok(card) = serde_json::to_value(view) else { return };
        if let Some(before) = before.filter(|before| chat.agent != Some(*before)) {
            self.chats.tell.post(News::Agent(chat.site, before, "chat_updated", card.clone()));
        }
        if let Some(agent) = chat.agent {
            self.chats.tell.post(News::Agent(chat.site, agent, kind, card));
        }
    }

    async fn tell_visitor(&self, chat: &Chat) {
        if let Ok(state) = self.state(chat).await {
            self.chats.tell.post(News::Aside(chat.site, chat.id, Audience::Visitors, state.frame()));
        }
    }

    /// A chat as its visitor sees it, with his place in the queue.
    pub async fn state(&self, chat: &Chat) -> Result<ChatState, ChatError> {
        let mut state = self.chats.state(chat).await?;
        if chat.status == Status::Waiting {
            (state.position, state.estimated_wait_s) = self.notice.place(&self.chats, chat).await?;
        }
        Ok(state)
    }

    /// An agent picks a waiting chat himself, whatever his limit.
    pub async fn accept(&self, site: SiteId, id: ChatId, agent: UserId) -> Result<Chat, ChatError> {
        let staff = self.chats.around.staff.of_site(site).await?;
        let name = staff.agent_name(agent).unwrap_or_default();
        let tx = self.chats.db.begin().await?;
        seats::lock_site(&tx, site).await?;
        let mut chat = store::hold_many(&tx, &[id]).await?.pop().filter(|chat| chat.site == site).ok_or(ChatError::Missing(id))?;
        let taken = chat.take(agent, name, tx.now()).map_err(|why| ChatError::refused(id, why))?;
        let Some(draft) = taken else { return Ok(chat) };
        let entry = self.chats.write(&tx, &mut chat, draft).await?;
        seats::assigned(&tx, site, vec![agent]).await?;
        tx.commit().await?;
        self.chats.told(&chat, Some(entry));
        self.handed(site, vec![chat.clone()]).await;
        Ok(chat)
    }

    /// Ends it and gives the place that became free. Ending twice is ending once.
    pub async fn end(&self, site: SiteId, id: ChatId, ender: Ender) -> Result<Chat, ChatError> {
        let (chat, now) = self.chats.end(site, id, ender).await?;
        if !now {
            return Ok(chat);
        }
        self.tell_agents(&chat, None, "chat_closed").await;
        self.tell_visitor(&chat).await;
        self.freed(&chat, chat.agent).await;
        Ok(chat)
    }

    /// An agent has one chat less; somebody may be waiting for that.
    async fn freed(&self, chat: &Chat, agent: Option<UserId>) {
        if let Some(agent) = agent {
            let noted = async {
                let tx = self.chats.db.begin().await?;
                seats::freed(&tx, chat.site, agent).await?;
                tx.commit().await
            };
            if let Err(err) = noted.await {
                tracing::warn!(error = ?err, agent = agent.0, "the end of a chat was not noted for whose turn it is");
            }
        }
        self.notice.changed(chat.site, agent.into_iter().chain(chat.agent));
        self.run_quietly(chat.site).await;
    }

    /// When allocation fails now, the next change or the repair job does it.
    pub(crate) async fn run_quietly(&self, site: SiteId) {
        if let Err(err) = self.run(site).await
            && err.kind() != Kind::Unavailable
        {
            tracing::warn!(error = ?err, site = site.0, "chats were not allocated");
        }
    }

    pub async fn transfer(&self, site: SiteId, id: ChatId, by: Hand, to: Target) -> Result<Chat, ChatError> {
        let staff = self.chats.around.staff.of_site(site).await?;
        let unknown = |field: &str, what: &str| ChatError::from(base::Invalid::new(field, format!("there is no such {what}")));
        let name = match to {
            Target::Agent(agent) => staff.agent_name(agent).ok_or_else(|| unknown("agent", "agent"))?,
            Target::Department(id) => staff.department_name(id).ok_or_else(|| unknown("department", "department"))?,
        };
        let before = self.chats.get(site, id).await?;
        let chat = self.chats.transfer(site, id, by, to, name).await?;
        self.chats.around.guests.moved(&chat).await;
        self.tell_agents(&chat, before.agent, "chat_assigned").await;
        self.tell_visitor(&chat).await;
        self.freed(&chat, before.agent.filter(|agent| chat.agent != Some(*agent))).await;
        // It may have been given to somebody just now.
        self.chats.get(site, id).await
    }

    /// An agent is gone: his chats wait again.
    pub async fn release(&self, site: SiteId, agent: UserId) -> Result<usize, ChatError> {
        let staff = self.chats.around.staff.of_site(site).await?;
        let name = staff.agent_name(agent).unwrap_or_default().to_owned();
        let mut released = 0;
        for id in self.chats.held_by(site, agent).await? {
            let (chat, was_his) = self.chats.abandon(site, id, agent, &name).await?;
            if was_his {
                released += 1;
                self.chats.around.guests.moved(&chat).await;
                self.tell_agents(&chat, Some(agent), "chat_updated").await;
                self.tell_visitor(&chat).await;
            }
        }
        if released > 0 {
            self.notice.changed(site, [agent]);
            self.run_quietly(site).await;
        }
        Ok(released)
    }

    /// The visitor's and the agent's marks go the same way as messages: through the chats.
    pub fn mark(&self, site: SiteId, chat: ChatId, side: Side, mark: crate::chat::Mark) {
        self.chats.mark(site, chat, side, mark);
    }

    /// Departments in which somebody is here to answer; for the widget.
    pub async fn open_departments(&self, site: SiteId) -> Result<(bool, Vec<DepartmentId>), ChatError> {
        let staff = self.chats.around.staff.of_site(site).await?;
        let now = self.chats.db.clock().now();
        let present = self.recent.of(&self.chats, site).await?;
        let here: Vec<_> = present.agents.iter().filter(|agent| presence::is_here(agent, now)).filter_map(|agent| staff.agents.get(&agent.id)).collect();
        let open = staff.departments.keys().filter(|id| here.iter().any(|agent| agent.departments.contains(id)));
        Ok((!here.is_empty(), open.copied().collect()))
    }
}
