use super::{Sight, log};
use crate::chat::{ChatError, ChatView, Chats, Status};
use crate::routing::{AgentCard, Queue, seats};
use base::{Caller, Invalid, SiteId, UserId, text};
use serde::Serialize;
use sockets::live::{AgentFilter, AgentPatch, AgentStatus, Connections, Cursor, LiveAgent, LiveError, Topic};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;
use utoipa::ToSchema;

/// What an agent has before him; follow the desk from `cursor` and nothing is missed.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeskView {
    pub me: DeskMe,
    pub chats: Vec<ChatView>,
    #[schema(example = json!([]))]
    pub queue: Vec<ChatView>,
    pub colleagues: Vec<Colleague>,
    #[schema(example = "7c1e.118")]
    pub cursor: String,
    /// Where each log stands that concerns this agent, by topic: `desk`, and his own, `agent:<id>`.
    #[schema(example = json!({"desk": "7c1e.118", "agent:7": "7c1e.42"}))]
    pub cursors: BTreeMap<String, String>,
    /// The server has no room: nothing can be written until the notice `storage_full` takes it back.
    #[schema(example = false)]
    pub storage_full: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"status": "online", "note": null, "chat_limit": 5, "load": 1, "accepts_chats": true, "departments": [1, 2], "sees_all": false}))]
pub struct DeskMe {
    /// `online`, `away` or `offline`.
    #[schema(value_type = String)]
    pub status: AgentStatus,
    pub note: Option<String>,
    pub chat_limit: u32,
    pub load: u32,
    pub accepts_chats: bool,
    /// The departments whose queue this agent serves; news of the queue name the department of each chat.
    pub departments: Vec<i64>,
    pub sees_all: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"id": 8, "name": "王芳", "status": "online", "load": 2, "limit": 3}))]
pub struct Colleague {
    pub id: i64,
    pub name: String,
    #[schema(value_type = String)]
    pub status: AgentStatus,
    pub load: u32,
    pub limit: u32,
}

/// Who sits at the desks of all sites; cheap to clone.
#[derive(Clone)]
pub struct Desk {
    pub(crate) queue: Queue,
    node: Arc<str>,
    screens: Arc<Mutex<HashMap<(SiteId, UserId), u32>>>,
    storage_full: watch::Receiver<bool>,
}

const LONGEST_NOTE: usize = 100;

impl Desk {
    pub fn new(queue: Queue, node: &str, storage_full: watch::Receiver<bool>) -> Self {
        Self { queue, node: node.into(), screens: Arc::default(), storage_full }
    }

    pub(crate) fn chats(&self) -> &Chats {
        &self.queue.chats
    }

    pub async fn sight(&self, caller: &Caller) -> Result<Sight, ChatError> {
        Ok(Sight::new(caller, self.chats().around.staff.of_site(caller.site).await?))
    }

    /// The status that an agent chose, on this or any other day.
    pub async fn chosen(&self, site: SiteId, agent: UserId) -> Result<(AgentStatus, Option<String>), ChatError> {
        let kept = seats::one(self.chats().db.read(), site, agent).await?;
        Ok(kept.map_or((AgentStatus::Offline, None), |kept| (kept.status, kept.note)))
    }

    pub async fn set_status(&self, site: SiteId, agent: UserId, status: AgentStatus, note: Option<String>) -> Result<(), ChatError> {
        let note = note.map(|note| text::line(&note)).filter(|note| !note.is_empty());
        if note.as_ref().is_some_and(|note| note.chars().count() > LONGEST_NOTE) {
            return Err(Invalid::new("note", format!("is longer than {LONGEST_NOTE} characters")).into());
        }
        let mut tx = self.chats().db.begin().await?;
        seats::set_status(&tx, site, agent, status, note.as_deref()).await?;
        log::note(&mut tx, site, agent, status).await?;
        tx.commit().await?;
        self.seat(site, agent).await?;
        self.queue.run_quietly(site).await;
        Ok(())
    }

    /// A screen of the agent opened; `open` are open on this node.
    pub async fn enter(&self, site: SiteId, agent: UserId, open: usize) -> Result<(), ChatError> {
        self.count(site, agent, open);
        self.seat(site, agent).await?;
        self.log_arrival(site, agent).await;
        self.queue.run_quietly(site).await;
        Ok(())
    }

    /// With a screen open, the status he chose holds again.
    async fn log_arrival(&self, site: SiteId, agent: UserId) {
        let logged = async {
            let (status, _) = self.chosen(site, agent).await?;
            Ok::<_, ChatError>(log::arrived(&self.chats().db, site, agent, status).await?)
        };
        if let Err(err) = logged.await {
            tracing::warn!(error = %err, agent = agent.0, "an agent's arrival was not logged");
        }
    }

    /// A screen closed. It may be back in a moment: only the count changes.
    pub async fn leave(&self, site: SiteId, agent: UserId, left: usize) {
        let count = self.count(site, agent, left);
        let patch = AgentPatch { connections: Some(Connections { node: self.node.to_string(), count }), ..AgentPatch::default() };
        if let Err(err) = self.chats().live.update_agent(site, agent, patch).await {
            tracing::debug!(error = %err, agent = agent.0, "a closed screen was not noted; silence will tell");
        }
    }

    /// A sign of life.
    pub async fn hear(&self, site: SiteId, agent: UserId) -> Result<(), ChatError> {
        let patch = AgentPatch::seen(self.chats().db.clock().now());
        match self.chats().live.update_agent(site, agent, patch).await {
            Ok(_) => Ok(()),
            Err(LiveError::Missing(_)) => {
                self.seat(site, agent).await?;
                self.queue.run_quietly(site).await;
                Ok(())
            }
            Err(err) => Err(ChatError::elsewhere(&err)),
        }
    }

    fn count(&self, site: SiteId, agent: UserId, open: usize) -> u32 {
        let open = u32::try_from(open).unwrap_or(u32::MAX);
        let mut screens = self.screens.lock().unwrap_or_else(PoisonError::into_inner);
        if open == 0 { screens.remove(&(site, agent)) } else { screens.insert((site, agent), open) };
        open
    }

    fn open_here(&self, site: SiteId, agent: UserId) -> u32 {
        self.screens.lock().unwrap_or_else(PoisonError::into_inner).get(&(site, agent)).copied().unwrap_or_default()
    }

    /// Says to the live store who this is and what he chose; it may have forgotten, or never known.
    async fn seat(&self, site: SiteId, agent: UserId) -> Result<(), ChatError> {
        let seated = self.seat_in_live(site, agent).await;
        self.queue.forget_present(site);
        seated
    }

    async fn seat_in_live(&self, site: SiteId, agent: UserId) -> Result<(), ChatError> {
        let staff = self.chats().around.staff.of_site(site).await?;
        let Some(card) = staff.agents.get(&agent) else { return Ok(()) };
        let (status, _) = self.chosen(site, agent).await?;
        let now = self.chats().db.clock().now();
        let here = Connections { node: self.node.to_string(), count: self.open_here(site, agent) };
        let patch = AgentPatch {
            name: Some(card.name.clone()),
            status: Some(status),
            departments: Some(card.departments.clone()),
            chat_limit: Some(card.chat_limit),
            accepts_chats: Some(card.accepts_chats),
            seen: Some(now),
            connections: Some(here.clone()),
            if_rev: None,
        };
        match self.chats().live.update_agent(site, agent, patch).await {
            Err(LiveError::Missing(_)) => {
                let fresh = fresh(site, card, status, here, now);
                self.chats().live.create_agent(fresh).await.map(drop).map_err(|err| ChatError::elsewhere(&err))
            }
            other => other.map(drop).map_err(|err| ChatError::elsewhere(&err)),
        }
    }

    /// Says again who is at this node's screens, after the live store forgot.
    pub async fn seat_all(&self) {
        let here: Vec<_> = self.screens.lock().unwrap_or_else(PoisonError::into_inner).keys().copied().collect();
        for (site, agent) in here {
            if let Err(err) = self.seat(site, agent).await {
                tracing::debug!(error = %err, agent = agent.0, "an agent was not seated again; his next sign of life does it");
            }
        }
    }

    /// Everything at a glance. The cursors are read first, so that following from them misses nothing.
    pub async fn snapshot(&self, caller: &Caller) -> Result<DeskView, ChatError> {
        let (chats, site) = (self.chats(), caller.site);
        let sight = self.sight(caller).await?;
        let agent = sight.acting()?;
        // As it was a moment ago will do: when a node is gone, a thousand agents ask this at once.
        let around = self.queue.present(site).await.ok();
        let cursors = self.cursors(site, agent, around.as_ref().and_then(|around| around.desk)).await;
        let storage_full = *self.storage_full.borrow();
        let present: HashMap<_, _> = around.iter().flat_map(|around| &around.agents).map(|one| (one.id, one)).collect();
        let mine = chats.chatting(site, Some(agent)).await?;
        let waiting: Vec<_> = chats.waiting(site).await?.into_iter().filter(|chat| sight.sees(chat)).collect();
        let staff = chats.around.staff.of_site(site).await?;
        let (status, note) = self.chosen(site, agent).await?;
        let card = staff.agents.get(&agent);
        Ok(DeskView {
            me: DeskMe {
                status,
                note,
                chat_limit: card.map_or(0, |card| card.chat_limit),
                load: u32::try_from(mine.iter().filter(|chat| chat.status == Status::Chatting).count()).unwrap_or(u32::MAX),
                accepts_chats: card.is_some_and(|card| card.accepts_chats),
                departments: sight.departments().iter().map(|id| id.0).collect(),
                sees_all: sight.sees_all(),
            },
            chats: chats.views(site, &mine).await?,
            queue: chats.views(site, &waiting).await?,
            colleagues: staff.agents.values().filter(|card| card.id != agent).map(|card| colleague(card, &present)).collect(),
            cursor: cursors.get("desk").cloned().unwrap_or_else(|| "0".into()),
            cursors,
            storage_full,
        })
    }

    async fn cursors(&self, site: SiteId, agent: UserId, desk: Option<Cursor>) -> BTreeMap<String, String> {
        let own = Topic::Agent(site, agent);
        let mine = self.chats().live.head(&own).await.ok();
        let heads = [(Topic::Desk(site), desk), (own, mine)];
        heads.into_iter().filter_map(|(topic, head)| Some((topic.to_string(), head?.to_string()))).collect()
    }

    /// Whether the live store knows this agent now.
    pub(crate) async fn is_known(&self, site: SiteId, agent: UserId) -> Result<Option<LiveAgent>, LiveError> {
        Ok(self.chats().live.get_agents(site, &AgentFilter::one(agent)).await?.pop())
    }
}

fn colleague(card: &AgentCard, present: &HashMap<UserId, &LiveAgent>) -> Colleague {
    let live = present.get(&card.id);
    Colleague {
        id: card.id.0,
        name: card.name.clone(),
        status: live.map_or(AgentStatus::Offline, |live| live.status),
        load: live.map_or(0, |live| live.load),
        limit: card.chat_limit,
    }
}

fn fresh(site: SiteId, card: &AgentCard, status: AgentStatus, here: Connections, now: base::Timestamp) -> LiveAgent {
    LiveAgent {
        id: card.id,
        site,
        name: card.name.clone(),
        status,
        departments: card.departments.clone(),
        chat_limit: card.chat_limit,
        load: 0,
        accepts_chats: card.accepts_chats,
        since: now,
        seen: now,
        last_assigned: None,
        idle_since: None,
        connections: if here.count > 0 { BTreeMap::from([(here.node, here.count)]) } else { BTreeMap::new() },
        rev: 0,
    }
}
