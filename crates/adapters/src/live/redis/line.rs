use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ErrorKind, RedisError, ServerErrorKind};
use sockets::live::LiveError;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// No command takes longer, connecting included.
pub(super) const PATIENCE: Duration = Duration::from_millis(950);

/// The connection for commands. It is made again by the first who needs it after it broke; nobody waits longer than [`PATIENCE`].
pub(super) struct Line {
    client: Client,
    open: Mutex<Option<(u64, MultiplexedConnection)>>,
    connecting: tokio::sync::Mutex<u64>,
}

impl Line {
    pub fn new(client: Client) -> Self {
        Self { client, open: Mutex::default(), connecting: tokio::sync::Mutex::new(0) }
    }

    /// Does something with the connection, within the time that is given to it.
    pub async fn run<T, F>(&self, ask: impl FnOnce(MultiplexedConnection) -> F) -> Result<T, LiveError>
    where
        F: Future<Output = Result<T, RedisError>>,
    {
        let work = async {
            let (life, connection) = self.connection().await?;
            ask(connection).await.inspect_err(|err| {
                if err.is_unrecoverable_error() || err.is_timeout() {
                    self.hang_up(life);
                }
            })
        };
        match tokio::time::timeout(PATIENCE, work).await {
            Ok(done) => done.map_err(|err| told(&err)),
            Err(_) => {
                // Perhaps half-open: the next one tries a new connection.
                self.open.lock().unwrap_or_else(PoisonError::into_inner).take();
                Err(LiveError::Unavailable("redis did not answer in time".to_owned()))
            }
        }
    }

    fn current(&self) -> Option<(u64, MultiplexedConnection)> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn hang_up(&self, life: u64) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.as_ref().is_some_and(|(current, _)| *current == life) {
            *open = None;
        }
    }

    async fn connection(&self) -> Result<(u64, MultiplexedConnection), RedisError> {
        if let Some(open) = self.current() {
            return Ok(open);
        }
        let mut lives = self.connecting.lock().await;
        if let Some(open) = self.current() {
            return Ok(open);
        }
        // The crate's own answer timeout (500 ms) would cut what our patience allows.
        let config = AsyncConnectionConfig::new().set_connection_timeout(Some(PATIENCE)).set_response_timeout(Some(PATIENCE));
        let connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        *lives += 1;
        let open = (*lives, connection);
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = Some(open.clone());
        Ok(open)
    }
}

/// A server that refuses what we ask is our mistake; everything else is that it is not there.
fn told(err: &RedisError) -> LiveError {
    let ours = matches!(
        err.kind(),
        ErrorKind::Parse | ErrorKind::UnexpectedReturnType | ErrorKind::Client | ErrorKind::Server(ServerErrorKind::ResponseError)
    );
    if ours { LiveError::Broken(err.to_string()) } else { LiveError::Unavailable(err.to_string()) }
}
