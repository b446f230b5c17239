//! The verbs of a visitor's browser: it arrives, goes from page to page, sets variables, gives signs of life, leaves.

use super::around::{Presence, RunningChat, WhoIsThere};
use super::model::{Page, is_over};
use super::service::{Arrival, Identified, RunningRef};
use super::{VisitorError, Visitors};
use crate::widgets::{Origin, Shown, Widgets};
use base::{Secret, SiteId, VisitorId, WidgetId};
use serde_json::Value;
use sockets::live::{VisitorPatch, VisitorStatus};
use std::collections::{BTreeMap, HashMap};
use std::future::ready;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Signs of life come so often, without a socket. The board forgets who is silent for more than twice as long.
const PACE: Duration = Duration::from_secs(20);
/// While the live store is away it is asked less often.
const SLOW_PACE: Duration = Duration::from_secs(30);
/// How old an answer about who is there may be.
const PRESENCE_AGE: Duration = Duration::from_millis(500);

/// Where a page is from, as its request tells.
#[derive(Clone, Debug, Default)]
pub struct From {
    /// Of the page.
    pub origin: Option<Origin>,
    /// Our own authority: pages of ours (preview, demo) may show every widget.
    pub host: Option<String>,
}

/// What a browser is answered.
pub struct Stay {
    pub who: Identified,
    pub shown: Arc<Shown>,
    pub presence: Presence,
    /// `ChatState`.
    pub chat: Option<Value>,
    pub pace: Duration,
}

/// Receives visitors; cheap to clone.
#[derive(Clone)]
pub struct Reception {
    pub(super) visitors: Visitors,
    widgets: Widgets,
    running: Arc<dyn RunningChat>,
    who: Arc<dyn WhoIsThere>,
    presence: Arc<Mutex<HashMap<SiteId, (Instant, Presence)>>>,
}

impl Reception {
    pub fn new(visitors: Visitors, widgets: Widgets, running: Arc<dyn RunningChat>, who: Arc<dyn WhoIsThere>) -> Self {
        Self { visitors, widgets, running, who, presence: Arc::default() }
    }

    /// The widget, if this page may show it.
    pub async fn admit(&self, site: SiteId, widget: WidgetId, from: &From) -> Result<Arc<Shown>, VisitorError> {
        let shown = self.widgets.shown(site, widget).await?;
        if !shown.widget.enabled {
            return Err(VisitorError::SwitchedOff(widget));
        }
        let ours = from.origin.as_ref().zip(from.host.as_ref()).is_some_and(|(origin, host)| origin.authority() == host);
        if !ours && !shown.admits(from.origin.as_ref()) {
            let origin = from.origin.as_ref().map_or("without an address", Origin::as_str);
            return Err(VisitorError::WrongPage { widget, origin: origin.to_owned() });
        }
        Ok(shown)
    }

    pub async fn recognise(&self, site: SiteId, token: Option<&Secret>) -> Result<Option<Identified>, VisitorError> {
        self.visitors.recognise(site, token).await
    }

    /// A page was opened (`pageVisitor`).
    pub async fn arrive(&self, shown: Arc<Shown>, who: Option<Identified>, arrival: Arrival) -> Result<Stay, VisitorError> {
        let (page, site) = (arrival.page.clone(), shown.widget.site);
        let who = match who {
            Some(who) => self.visitors.welcome_back(who, arrival).await?,
            None => self.visitors.welcome(site, arrival).await?,
        };
        self.show(shown, who, &page).await
    }

    /// Another page of a single-page application.
    pub async fn go_to_page(&self, site: SiteId, visitor: VisitorId, page: &Page) -> Result<Stay, VisitorError> {
        let who = self.present(site, visitor).await?;
        let shown = self.shown_to(&who).await?;
        self.show(shown, who, page).await
    }

    async fn show(&self, shown: Arc<Shown>, who: Identified, page: &Page) -> Result<Stay, VisitorError> {
        let chat = self.chat_of(&who).await;
        self.visitors.look_at(&who, page, Some(shown.widget.id), chat.as_ref().and_then(running)).await;
        Ok(self.stay(shown, who, chat).await)
    }

    pub async fn set_variables(&self, site: SiteId, visitor: VisitorId, news: &BTreeMap<String, Value>) -> Result<Stay, VisitorError> {
        let who = self.present(site, visitor).await?;
        let shown = self.shown_to(&who).await?;
        let all = self.visitors.set_variables(site, visitor, news).await?;
        let chat = self.chat_of(&who).await;
        let patch = VisitorPatch { variables: Some(all), seen: Some(self.visitors.db.clock().now()), ..VisitorPatch::default() };
        self.visitors.tell(&who.known, patch, ready(chat.as_ref().and_then(running))).await;
        Ok(self.stay(shown, who, chat).await)
    }

    /// A sign of life, with or without a socket; answers when the next one is wanted.
    pub async fn heartbeat(&self, site: SiteId, visitor: VisitorId) -> Result<Duration, VisitorError> {
        let who = self.present(site, visitor).await?;
        let chat = async { self.chat_of(&who).await.as_ref().and_then(running) };
        Ok(if self.visitors.hear(&who.known, chat).await { pace(visitor) } else { SLOW_PACE })
    }

    pub async fn leave(&self, site: SiteId, visitor: VisitorId) -> Result<(), VisitorError> {
        self.visitors.leave(site, visitor).await
    }

    /// Somebody whose visit goes on. One that ended by silence is begun again by a visit, where everything is told anew.
    async fn present(&self, site: SiteId, visitor: VisitorId) -> Result<Identified, VisitorError> {
        let known = self.visitors.known(site, visitor).await?;
        if is_over(known.last_heard(), self.visitors.db.clock().now()) {
            return Err(VisitorError::VisitOver);
        }
        Ok(Identified::present(known))
    }

    async fn shown_to(&self, who: &Identified) -> Result<Arc<Shown>, VisitorError> {
        let widget = who.known.widget().ok_or(VisitorError::VisitOver)?;
        let shown = self.widgets.shown(who.site(), widget).await?;
        if shown.widget.enabled { Ok(shown) } else { Err(VisitorError::SwitchedOff(widget)) }
    }

    async fn chat_of(&self, who: &Identified) -> Option<Value> {
        if who.is_new() {
            return None;
        }
        self.running.state_for(who.site(), who.visitor()).await
    }

    async fn stay(&self, shown: Arc<Shown>, who: Identified, chat: Option<Value>) -> Stay {
        let presence = self.presence(who.site()).await;
        Stay { pace: pace(who.visitor()), who, shown, presence, chat }
    }

    async fn presence(&self, site: SiteId) -> Presence {
        let known = self.presence.lock().unwrap_or_else(PoisonError::into_inner).get(&site).cloned();
        if let Some((_, presence)) = known.filter(|(at, _)| at.elapsed() < PRESENCE_AGE) {
            return presence;
        }
        let presence = self.who.who_is_there(site).await;
        self.presence.lock().unwrap_or_else(PoisonError::into_inner).insert(site, (Instant::now(), presence.clone()));
        presence
    }
}

/// Spread a little, so that those who came together do not call together for ever.
fn pace(visitor: VisitorId) -> Duration {
    let spread = u64::from(visitor.0.as_bytes()[15]) * 10;
    PACE - Duration::from_millis(spread)
}

/// The chat as the board shows it.
fn running(state: &Value) -> Option<RunningRef> {
    let chat = state.get("id")?.as_str()?.parse().ok()?;
    let status = match state.get("status")?.as_str()? {
        "waiting" => VisitorStatus::Waiting,
        "chatting" => VisitorStatus::Chatting,
        _ => return None,
    };
    Some(RunningRef { chat, status })
}
