//! Listeners, and how they end: nobody new, who is here is told, what is under way is finished, 25 seconds at most.

use crate::App;
use crate::config::Config;
use anyhow::Context;
use axum::Router;
use axum::extract::ConnectInfo;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// How long connections and work may take to end.
const DRAIN: Duration = Duration::from_secs(25);
/// Who sends headers slower than this is not waited for.
const HEADERS: Duration = Duration::from_secs(20);

/// The two open doors, before anything is behind them.
pub struct Doors {
    pub listener: TcpListener,
    pub admin: TcpListener,
    pub url: String,
    pub admin_url: String,
}

impl Doors {
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        let listener = listen(config.root.listen, "listen").await?;
        let admin = listen(config.root.admin_listen, "admin_listen").await?;
        let url = url_of(listener.local_addr()?);
        let admin_url = url_of(admin.local_addr()?);
        Ok(Self { listener, admin, url, admin_url })
    }
}

async fn listen(address: SocketAddr, key: &str) -> anyhow::Result<TcpListener> {
    let why = || format!("cannot listen on {address}; set {key} (SWITCHBOARD_{}) to another address", key.to_ascii_uppercase());
    TcpListener::bind(address).await.with_context(why)
}

/// An address that a browser on this machine can open.
fn url_of(address: SocketAddr) -> String {
    if address.ip().is_unspecified() { format!("http://localhost:{}", address.port()) } else { format!("http://{address}") }
}

/// Serves until the process is told to end, then ends gracefully.
pub async fn run(app: App, doors: Doors) -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt()).context("signals cannot be heard")?;
    let mut terminate = signal(SignalKind::terminate()).context("signals cannot be heard")?;
    let closing = CancellationToken::new();
    let connections = TaskTracker::new();
    let mut work = app.work();
    let public = tokio::spawn(accept(doors.listener, app.routes(), closing.clone(), connections.clone()));
    let ended = CancellationToken::new();
    let admin = tokio::spawn(accept(doors.admin, app.admin_routes(), ended.clone(), TaskTracker::new()));
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("closing: sockets are told to move, what is under way is finished");
    let drained = async {
        app.health.drain();
        app.modules.drain().await;
        closing.cancel();
        connections.close();
        connections.wait().await;
        app.stopper().cancel();
        while work.join_next().await.is_some() {}
    };
    tokio::select! {
        () = drained => tracing::info!("closed"),
        () = tokio::time::sleep(DRAIN) => tracing::warn!("closed, although something did not end in time"),
        _ = interrupt.recv() => tracing::warn!("closed at once, as asked a second time"),
        _ = terminate.recv() => tracing::warn!("closed at once, as asked a second time"),
    }
    ended.cancel();
    public.abort();
    admin.abort();
    Ok(())
}

/// Takes connections until `closing`; those that are open then finish the request they are at.
pub async fn accept(listener: TcpListener, routes: Router, closing: CancellationToken, connections: TaskTracker) {
    loop {
        let taken = tokio::select! {
            () = closing.cancelled() => return,
            taken = listener.accept() => taken,
        };
        match taken {
            Ok((stream, peer)) => {
                connections.spawn(serve_one(stream, peer, routes.clone(), closing.clone()));
            }
            Err(err) => {
                // Out of file descriptors, mostly: some will be free in a moment.
                tracing::warn!(error = %err, "a connection could not be taken");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn serve_one(stream: TcpStream, peer: SocketAddr, routes: Router, closing: CancellationToken) {
    // Small frames must not wait for each other.
    let _stays_slow = stream.set_nodelay(true);
    let service = routes.map_request(move |mut request: http::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request.map(axum::body::Body::new)
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADERS).max_buf_size(64 * 1024);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(256).keep_alive_interval(Some(Duration::from_secs(30)));
    let mut connection = pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), TowerToHyperService::new(service)));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = closing.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(err) = ended {
        tracing::debug!(error = %err, %peer, "a connection ended early");
    }
}
