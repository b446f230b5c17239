//! The queue as people see it: places, estimates, and who is told when they change.

use super::model::{Seat, estimate};
use super::presence::{self, Recent};
use super::seats;
use crate::chat::{AT_ONCE, Chat, ChatError, Chats, News, store};
use base::{ChatId, DepartmentId, SiteId, UserId};
use sockets::live::Audience;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// News of one site's queue are told at most so often.
const EVERY: Duration = Duration::from_millis(500);
/// The mean duration of chats moves slowly.
const MEAN_LASTS: Duration = Duration::from_secs(60);
/// Waiting chats that make a queue long.
const LONG: usize = 50;
/// Cards in one piece of news; the rest is a number.
const MOST_CARDS: usize = 50;

type Place = (Option<u32>, Option<u64>);

/// One look at the queue of a site.
pub struct Board {
    queue: Vec<store::Queued>,
    seats: Vec<Seat>,
    mean: Option<Duration>,
}

impl Board {
    async fn read(chats: &Chats, means: &Means, recent: &Recent, site: SiteId) -> Result<Self, ChatError> {
        let staff = chats.around.staff.of_site(site).await?;
        let queue = store::queue(chats.db.read(), chats.db.engine(), site).await?;
        // Nobody known to be here: places without estimates.
        let present = recent.of(chats, site).await.ok();
        let present = present.as_ref().map_or(&[][..], |present| &present.agents);
        let kept = seats::of_site(chats.db.read(), site).await?;
        let seats = presence::seats(&staff, present, &kept, &HashMap::new(), chats.db.clock().now());
        Ok(Self { queue, seats, mean: mean(means, chats, site).await? })
    }

    /// Chats answered side by side for a department: the limits of all who are here.
    fn places(&self, department: Option<DepartmentId>) -> u32 {
        self.seats.iter().filter(|seat| seat.serves(department)).map(|seat| seat.limit).sum()
    }

    fn holds(&self, chat: ChatId) -> bool {
        self.queue.iter().any(|one| one.id == chat)
    }

    /// The place among those who wait for the same people, and how long that will take.
    pub fn place(&self, chat: ChatId) -> Place {
        let Some(mine) = self.queue.iter().find(|one| one.id == chat) else { return (None, None) };
        let ahead = self.queue.iter().take_while(|one| one.id != chat).filter(|one| one.department == mine.department);
        self.told(u32::try_from(ahead.count() + 1).unwrap_or(u32::MAX), mine.department)
    }

    fn told(&self, position: u32, department: Option<DepartmentId>) -> Place {
        let wait = self.mean.and_then(|mean| estimate(position, self.places(department), mean));
        (Some(position), wait.map(|wait| wait.as_secs()))
    }

    fn all(&self) -> HashMap<ChatId, Place> {
        let mut counts: HashMap<Option<DepartmentId>, u32> = HashMap::new();
        let mut place = |one: &store::Queued| {
            let position = counts.entry(one.department).or_default();
            *position += 1;
            (one.id, self.told(*position, one.department))
        };
        self.queue.iter().map(&mut place).collect()
    }
}

/// Who changed a queue says so here; what follows is told in one go.
#[derive(Clone)]
pub struct Notice {
    changed: mpsc::UnboundedSender<Changed>,
    means: Arc<Means>,
    recent: Recent,
    boards: Arc<Boards>,
}

type Changed = (SiteId, Vec<UserId>);
type Boards = Mutex<HashMap<SiteId, (Instant, Arc<Board>)>>;

impl Notice {
    pub fn open(chats: Chats, recent: Recent) -> Self {
        let (changed, sites) = mpsc::unbounded_channel();
        let notice = Self { changed, means: Arc::default(), recent: recent.clone(), boards: Arc::default() };
        // The task keeps only the means, not the sender: it ends with the last queue.
        let crier = Crier { chats, recent, means: notice.means.clone(), told: HashMap::new(), waiting: HashMap::new() };
        tokio::spawn(crier.run(sites));
        notice
    }

    /// The place of one who waits. In a long queue it may be half a second old: many ask, and each look is as long as the queue.
    pub async fn place(&self, chats: &Chats, chat: &Chat) -> Result<Place, ChatError> {
        let known = self.boards.lock().unwrap_or_else(PoisonError::into_inner).get(&chat.site).cloned();
        if let Some((_, board)) = known.filter(|(at, board)| at.elapsed() < EVERY && board.queue.len() >= LONG && board.holds(chat.id)) {
            return Ok(board.place(chat.id));
        }
        let board = Arc::new(Board::read(chats, &self.means, &self.recent, chat.site).await?);
        let place = board.place(chat.id);
        self.boards.lock().unwrap_or_else(PoisonError::into_inner).insert(chat.site, (Instant::now(), board));
        Ok(place)
    }

    /// The queue of a site changed, and with it how much these agents have to do.
    pub fn changed(&self, site: SiteId, agents: impl IntoIterator<Item = UserId>) {
        // No task, no process: then nobody listens any more.
        let _closed = self.changed.send((site, agents.into_iter().collect()));
    }
}

/// How long chats took in the mean, by site, and when that was asked.
pub type Means = Mutex<HashMap<SiteId, (Instant, Option<Duration>)>>;

async fn mean(means: &Means, chats: &Chats, site: SiteId) -> Result<Option<Duration>, ChatError> {
    let known = means.lock().unwrap_or_else(PoisonError::into_inner).get(&site).copied();
    if let Some((_, mean)) = known.filter(|(at, _)| at.elapsed() < MEAN_LASTS) {
        return Ok(mean);
    }
    let mean = store::mean_duration(chats.db.read(), chats.db.engine(), site).await?;
    let mean = mean.map(|millis| Duration::from_millis(millis.unsigned_abs()));
    means.lock().unwrap_or_else(PoisonError::into_inner).insert(site, (Instant::now(), mean));
    Ok(mean)
}

struct Crier {
    chats: Chats,
    recent: Recent,
    means: Arc<Means>,
    told: HashMap<SiteId, HashMap<ChatId, Place>>,
    /// The chats whose cards were told last, so that an unchanged queue is not told again.
    waiting: HashMap<SiteId, Vec<ChatId>>,
}

impl Crier {
    async fn run(mut self, mut changed: mpsc::UnboundedReceiver<Changed>) {
        while let Some((site, agents)) = changed.recv().await {
            tokio::time::sleep(EVERY).await;
            let mut sites: BTreeMap<SiteId, BTreeSet<UserId>> = BTreeMap::from([(site, agents.into_iter().collect())]);
            while let Ok((site, agents)) = changed.try_recv() {
                sites.entry(site).or_default().extend(agents);
            }
            for (site, agents) in sites {
                if !agents.is_empty() {
                    self.chats.tell.post(News::Loads(site, agents.into_iter().collect()));
                }
                if let Err(err) = self.tell(site).await {
                    tracing::debug!(error = %err, site = site.0, "the queue was not told; it will be with the next change");
                }
            }
        }
    }

    async fn tell(&mut self, site: SiteId) -> Result<(), ChatError> {
        let board = Board::read(&self.chats, &self.means, &self.recent, site).await?;
        let places = board.all();
        let before = self.told.remove(&site).unwrap_or_default();
        let order: Vec<_> = board.queue.iter().map(|one| one.id).collect();
        let moved: Vec<_> = order.iter().filter(|id| before.get(*id) != places.get(*id)).copied().collect();
        let fresh = self.waiting.get(&site).is_none_or(|told| *told != order) && !(order.is_empty() && before.is_empty());
        if !moved.is_empty() || fresh {
            self.tell_all(site, &places, &moved, fresh, order.len()).await?;
        }
        if places.is_empty() {
            self.waiting.remove(&site);
        } else {
            self.told.insert(site, places);
            self.waiting.insert(site, order);
        }
        Ok(())
    }

    async fn tell_all(&self, site: SiteId, places: &HashMap<ChatId, Place>, moved: &[ChatId], fresh: bool, count: usize) -> Result<(), ChatError> {
        for ids in moved.chunks(AT_ONCE) {
            for chat in self.chats.still_waiting(site, ids).await? {
                let mut state = self.chats.state(&chat).await?;
                (state.position, state.estimated_wait_s) = places.get(&chat.id).copied().unwrap_or_default();
                self.chats.tell.post(News::Aside(site, chat.id, Audience::Visitors, state.frame()));
            }
        }
        if fresh {
            let waiting = self.chats.waiting(site).await?;
            let shown = &waiting[..waiting.len().min(MOST_CARDS)];
            let cards: Vec<_> = self.chats.views(site, shown).await?.into_iter().map(|card| card.without_contact()).collect();
            let news = serde_json::json!({ "waiting": count, "items": cards });
            self.chats.tell.post(News::Desk(site, "queue", news));
        }
        Ok(())
    }
}
