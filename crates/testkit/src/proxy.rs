//! A wire to a server that a test can cut, still or make deaf. Bytes pass unread.

use std::net::SocketAddr;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// Everything passes.
    Open,
    /// Nothing passes and nothing is closed, as when a cable is pulled.
    Still,
    /// What the server answers is swallowed.
    Deaf,
    /// New connections are closed at once.
    Closed,
}

pub struct Proxy {
    address: SocketAddr,
    wire: watch::Sender<Wire>,
    cuts: watch::Sender<u64>,
    _stop: DropGuard,
}

impl Proxy {
    /// To a server at `host:port`.
    pub async fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("is bound");
        let (wire, cuts, stop) = (watch::Sender::new(Wire::Open), watch::Sender::new(0), CancellationToken::new());
        let (server, seen, cut, ended) = (server.to_owned(), wire.subscribe(), cuts.subscribe(), stop.clone());
        tokio::spawn(async move {
            loop {
                let accepted = tokio::select! {
                    () = ended.cancelled() => return,
                    accepted = listener.accept() => accepted,
                };
                let Ok((client, _)) = accepted else { continue };
                if *seen.borrow() != Wire::Closed {
                    tokio::spawn(carry(client, server.clone(), seen.clone(), cut.clone(), ended.clone()));
                }
            }
        });
        Self { address, wire, cuts, _stop: stop.drop_guard() }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn set(&self, wire: Wire) {
        self.wire.send_replace(wire);
    }

    /// Cuts every connection that stands.
    pub fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}

async fn carry(client: TcpStream, server: String, wire: watch::Receiver<Wire>, mut cut: watch::Receiver<u64>, ended: CancellationToken) {
    cut.mark_unchanged();
    let Ok(server) = TcpStream::connect(server).await else { return };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        () = ended.cancelled() => {}
        _ = cut.changed() => {}
        () = pass(from_client, to_server, wire.clone(), false) => {}
        () = pass(from_server, to_client, wire, true) => {}
    }
}

async fn pass(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, mut wire: watch::Receiver<Wire>, answers: bool) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let Ok(count) = from.read(&mut buffer).await else { return };
        if count == 0 || wire.wait_for(|wire| *wire != Wire::Still).await.is_err() {
            return;
        }
        let swallowed = answers && *wire.borrow() == Wire::Deaf;
        if !swallowed && to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
