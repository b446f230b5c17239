//! What the console shows of the post room: the catalogue of events, queues, subscriptions, dead letters, alarms. Verbs are in
//! `events`; here are the doors.

mod alarms;
mod letters;
mod queues;
mod subscriptions;
mod types;

use base::Caller;
use events::{Brokers, DeadLetters, Notices, Queues, RoomWatch, Sight, Subscriptions, TableOutbox};
use sockets::Db;
use utoipa_axum::router::OpenApiRouter;

/// What the doors open to.
#[derive(Clone)]
pub struct Post {
    pub letters: DeadLetters,
    pub queues: Queues,
    pub subscriptions: Subscriptions,
    pub notices: Notices,
}

impl Post {
    pub fn new(db: &Db, brokers: &Brokers, outbox: &TableOutbox, notices: &Notices, room: RoomWatch) -> Self {
        let data = brokers.data.clone();
        Self {
            letters: DeadLetters::new(db.clone(), data.clone()).pressure(outbox.pressure()),
            queues: Queues::new(db.clone(), brokers.clone(), outbox.pressure()).room(room),
            subscriptions: Subscriptions::new(db.clone(), data),
            notices: notices.clone(),
        }
    }
}

pub fn routes(post: Post) -> OpenApiRouter {
    OpenApiRouter::new()
        .merge(types::routes())
        .merge(letters::routes(post.letters))
        .merge(queues::routes(post.queues))
        .merge(subscriptions::routes(post.subscriptions))
        .merge(alarms::routes(post.notices))
}

/// Who runs the installation sees what belongs to no site too.
fn sight(caller: &Caller) -> Sight {
    Sight { site: caller.site, all: caller.superadmin }
}
