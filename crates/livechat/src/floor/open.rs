use super::{ChatFloor, House, IdleChats, IndexChats, Patience, PeopleStaff, QueueLog, Repair, StatusWatch, SweepFiles, VisitorGuests, widget_routes};
use crate::chat::{Chats, Letters, Matcher, Neighbours};
use crate::desk::{self, Desk};
use crate::routing::Queue;
use crate::visitors::{self, Geo, Reception, Sweep, SweepSettings, VisitTally, Visitors};
use crate::widgets::{self, Widgets};
use content::media::Uploads;
use events::Job;
use people::identity::Identity;
use realtime::Floor;
use sockets::Db;
use sockets::live::LiveState;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use utoipa_axum::router::OpenApiRouter;
use web::OriginPolicy;

/// What the wing needs of the house.
pub struct Deps {
    pub db: Db,
    pub live: Arc<dyn LiveState>,
    pub identity: Identity,
    pub uploads: Uploads,
    pub geo: Geo,
    pub matcher: Arc<dyn Matcher>,
    pub letters: Arc<dyn Letters>,
    /// Our public address, for the widgets' snippets; as the console sees it when not set.
    pub public: Option<String>,
    /// The name of this node, as screens are counted by it.
    pub node: String,
    pub patience: Patience,
    pub sweep: SweepSettings,
    /// Whether there is no room to write, for those who come to their desk meanwhile.
    pub storage_full: watch::Receiver<bool>,
}

/// The wing, put together. Cheap to clone.
#[derive(Clone)]
pub struct Livechat {
    pub visitors: Visitors,
    pub widgets: Widgets,
    pub chats: Chats,
    pub queue: Queue,
    pub desk: Desk,
    house: House,
    reception: Reception,
    uploads: Uploads,
    live: Arc<dyn LiveState>,
    public: Option<String>,
    patience: Patience,
    sweep: SweepSettings,
}

/// Opens the wing. Its tasks that serve requests start here; [`Livechat::tend`] is for the roof to spawn.
pub fn open(deps: Deps) -> Livechat {
    let Deps { db, live, identity, uploads, geo, matcher, letters, public, node, patience, sweep, storage_full } = deps;
    let widgets = Widgets::new(db.clone());
    let visitors = Visitors::new(db.clone(), live.clone(), geo);
    let around = Neighbours {
        staff: Arc::new(PeopleStaff::new(identity)),
        guests: Arc::new(VisitorGuests::new(visitors.clone(), live.clone())),
        files: Arc::new(uploads.clone()),
        widgets: widgets.clone(),
        matcher,
        letters,
    };
    let chats = Chats::open(db, live.clone(), around);
    let queue = Queue::open(chats.clone());
    let desk = Desk::new(queue.clone(), &node, storage_full);
    let house = House::new(desk.clone());
    let reception = Reception::new(visitors.clone(), widgets.clone(), Arc::new(house.clone()), Arc::new(house.clone()));
    Livechat { visitors, widgets, chats, queue, desk, house, reception, uploads, live, public, patience, sweep }
}

const AGAIN: Duration = Duration::from_secs(2);

impl Livechat {
    /// What the console calls.
    pub fn console_routes(&self) -> OpenApiRouter {
        OpenApiRouter::new()
            .merge(desk::routes(self.desk.clone(), self.uploads.clone()))
            .merge(visitors::console_routes(&self.reception, Arc::new(self.house.clone())))
            .merge(widgets::routes(self.widgets.clone(), self.public.as_deref()))
    }

    /// What pages that carry a widget call; other origins must be let in (`web::widget_cors`).
    pub fn widget_routes(&self) -> OpenApiRouter {
        let rooms = widget_routes::routes(self.desk.clone(), self.uploads.clone());
        rooms.merge(visitors::widget_routes(self.reception.clone()))
    }

    pub fn routes(&self) -> OpenApiRouter {
        self.console_routes().merge(self.widget_routes())
    }

    /// Which pages may read what the widgets' routes answer.
    pub fn origins(&self) -> Arc<dyn OriginPolicy> {
        Arc::new(self.widgets.clone())
    }

    pub fn floor(&self) -> Arc<dyn Floor> {
        Arc::new(ChatFloor::new(self.house.clone(), self.visitors.clone(), self.reception.clone()))
    }

    pub fn reception(&self) -> &Reception {
        &self.reception
    }

    pub fn jobs(&self) -> Vec<Arc<dyn Job>> {
        vec![
            Arc::new(IdleChats(self.house.clone())),
            Arc::new(IndexChats(self.chats.clone())),
            Arc::new(self.repair()),
            Arc::new(StatusWatch(self.repair())),
            Arc::new(QueueLog::new(self.chats.clone())),
            Arc::new(VisitTally(self.visitors.clone())),
            Arc::new(SweepFiles(self.uploads.clone())),
        ]
    }

    fn repair(&self) -> Repair {
        Repair { house: self.house.clone(), patience: self.patience }
    }

    /// For the roof to spawn on each node and to drop at the end: says to the live store who is here, at start and whenever it has
    /// forgotten; sweeps those who left without a word; writes visitors' trails.
    pub async fn tend(self) {
        let sweep = Sweep::new(self.visitors.clone(), Arc::new(self.house.clone()), self.sweep, self.house.steady.clone());
        tokio::join!(self.rebuild_when_lost(), sweep.run(), self.visitors.clone().write_trail());
    }

    async fn rebuild_when_lost(&self) {
        let mut epochs = self.live.epochs();
        loop {
            while let Err(err) = self.repair().rebuild().await {
                tracing::warn!(error = %err, "what is live could not be told again yet");
                tokio::time::sleep(AGAIN).await;
            }
            if epochs.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }
}
