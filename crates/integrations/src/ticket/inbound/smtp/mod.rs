//! Our own small SMTP listener (RFC 5321): takes mail for known mailboxes and for nobody else, so it relays for no one.
//!
//! `250` after the message is said only when it is kept. Bounded in connections, in all and of one address, in time, line length,
//! recipients and size. With a certificate it offers STARTTLS. It asks for no login: it stands behind a mail server, or on a closed
//! network.

mod talk;

use super::Inbound;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use talk::{End, Talk};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

#[derive(Clone, Debug)]
pub struct MailDoorOptions {
    /// How we name ourselves.
    pub name: String,
    /// Bytes of a message at most.
    pub largest: usize,
    pub connections: usize,
    pub per_address: usize,
    /// Between two lines.
    pub patience: Duration,
    /// For a whole connection.
    pub longest: Duration,
    /// What STARTTLS is offered with, made by [`certificate`].
    pub tls: Option<Arc<ServerConfig>>,
}

/// A certificate with those that vouch for it, and its key; both PEM.
///
/// # Errors
/// A sentence for who wrote the configuration.
pub fn certificate(chain: &[u8], key: &[u8]) -> Result<Arc<ServerConfig>, String> {
    let chain = CertificateDer::pem_slice_iter(chain).collect::<Result<Vec<_>, _>>().map_err(|err| format!("the certificate cannot be read: {err}"))?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|err| format!("the key cannot be read: {err}"))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = versions.and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key));
    config.map(Arc::new).map_err(|err| format!("the certificate cannot be used: {err}"))
}

impl Default for MailDoorOptions {
    fn default() -> Self {
        Self {
            name: "switchboard".into(),
            largest: 25 * 1024 * 1024,
            connections: 100,
            per_address: 20,
            patience: Duration::from_secs(60),
            longest: Duration::from_secs(600),
            tls: None,
        }
    }
}

/// Listens for mail.
pub struct MailDoor {
    inbound: Inbound,
    options: MailDoorOptions,
    callers: Mutex<HashMap<IpAddr, usize>>,
}

impl MailDoor {
    pub fn new(inbound: Inbound, options: MailDoorOptions) -> Self {
        Self { inbound, options, callers: Mutex::default() }
    }

    /// Takes mail until told to stop; who is speaking may finish.
    pub async fn run(self, listener: TcpListener, stop: CancellationToken) {
        let door = Arc::new(self);
        let places = Arc::new(Semaphore::new(door.options.connections));
        let tracker = TaskTracker::new();
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            let (mut socket, from) = match accepted {
                Ok(accepted) => accepted,
                Err(err) => {
                    tracing::warn!(error = %err, "a mail connection could not be taken");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let place = places.clone().try_acquire_owned();
            let (door, stop) = (door.clone(), stop.clone());
            tracker.spawn(async move {
                let guest = place.ok().zip(Guest::enter(&door, from.ip()));
                let Some(_held) = guest else {
                    let _gone = socket.write_all(b"421 4.7.0 too many connections, try again later\r\n").await;
                    return;
                };
                let ended = tokio::select! {
                    ended = tokio::time::timeout(door.options.longest, door.converse(socket)) => ended,
                    () = async { stop.cancelled().await; tokio::time::sleep(Duration::from_secs(5)).await } => return,
                };
                match ended {
                    Ok(Ok(())) => {}
                    Ok(Err(err)) => tracing::debug!(error = %err, %from, "a mail connection broke off"),
                    Err(_) => tracing::debug!(%from, "a mail connection took too long"),
                }
            });
        }
        tracker.close();
        tracker.wait().await;
    }

    /// In the clear and, once they ask for it, encrypted.
    async fn converse(&self, socket: TcpStream) -> std::io::Result<()> {
        let End::Encrypt(socket, tls) = Talk::new(self, socket, false).talk().await? else { return Ok(()) };
        let late = |_| std::io::Error::new(std::io::ErrorKind::TimedOut, "TLS took too long");
        let stream = tokio::time::timeout(self.options.patience, TlsAcceptor::from(tls).accept(socket)).await.map_err(late)??;
        Talk::new(self, stream, true).talk().await.map(drop)
    }
}

/// One connection among those of its address.
struct Guest {
    door: Arc<MailDoor>,
    from: IpAddr,
}

impl Guest {
    fn enter(door: &Arc<MailDoor>, from: IpAddr) -> Option<Self> {
        let mut callers = door.callers.lock().unwrap_or_else(PoisonError::into_inner);
        let count = callers.entry(from).or_default();
        if *count >= door.options.per_address {
            return None;
        }
        *count += 1;
        Some(Self { door: door.clone(), from })
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut callers = self.door.callers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = callers.get_mut(&self.from) {
            *count -= 1;
            if *count == 0 {
                callers.remove(&self.from);
            }
        }
    }
}
