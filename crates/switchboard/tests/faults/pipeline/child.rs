//! A process that runs the pipeline alone, to be killed. It is this very test program, started for one test.

use super::house::{FLIPPED, LEASE, QUEUE, Said, brokers, open_db};
use events::sql::Sql;
use events::{Hears, Inbox, Listener, Outcome, Pace, Pipeline, Retries, Steering, TableOutbox};
use sockets::{Db, Envelope, Event};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Notes each event once, in the transaction of its note in the inbox; and each time that it was heard.
struct Notes {
    db: Db,
    queue: &'static str,
}

#[async_trait::async_trait]
impl Hears for Notes {
    async fn hear(&self, envelope: &Envelope) -> Outcome {
        const HEARD: Sql = Sql::same("INSERT INTO heard (queue, event) VALUES ($1, $2)");
        const NOTE: Sql = Sql::same("INSERT INTO history (queue, said, n) VALUES ($1, $2, $3)");
        let Ok(said) = envelope.read::<Said>() else { return Outcome::give_up("not what was said") };
        if said.n < 0 {
            return Outcome::give_up("poison");
        }
        let noted = async {
            let tx = self.db.begin().await?;
            HEARD.run(&tx.conn(), vec![self.queue.into(), envelope.id.to_string().into()]).await?;
            // The runner notes it in the inbox under the queue's name when we are done; this note of our own goes with the effect.
            if Inbox::first(&tx, &format!("effect of {}", self.queue), envelope.id).await? {
                NOTE.run(&tx.conn(), vec![self.queue.into(), said.key.into(), said.n.into()]).await?;
            }
            tx.commit().await
        };
        Outcome::of(noted.await)
    }
}

pub fn pace() -> Pace {
    let steering = Steering {
        confirm: Duration::from_millis(700),
        failures: 3,
        probe: Duration::from_millis(100),
        back_after: Duration::from_millis(500),
        lost_after: Duration::from_secs(2),
    };
    let look = Duration::from_millis(50);
    Pace { batch: 100, bundle: 8, idle: look, subscriptions: look, lease: LEASE, deep: 300, steering }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a process for other tests to kill"]
async fn a_node_of_the_pipeline() {
    let Some(folder) = std::env::var_os("SWITCHBOARD_FAULT_FOLDER").map(PathBuf::from) else { return };
    let node = std::env::var("SWITCHBOARD_FAULT_NODE").expect("a name");
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(tracing::Level::WARN).with_ansi(false).init();
    let outbox = TableOutbox::new();
    let db = open_db(&folder, Arc::new(outbox.clone())).await;
    let brokers = brokers(&folder).await;
    let retries = Retries { first: Duration::from_millis(200), factor: 1.5, longest: Duration::from_secs(2), tries: 1_000 };
    let listener = |queue: &'static str| Listener::new(queue, Said::NAME, Arc::new(Notes { db: db.clone(), queue })).retries(retries);
    let main = brokers.main.clone();
    let pipeline = Pipeline::new(db.clone(), outbox, main, node).brokers(brokers).pace(pace());
    pipeline.consumers(vec![listener(QUEUE), listener(FLIPPED)]).run(CancellationToken::new()).await.expect("the pipeline starts");
}
