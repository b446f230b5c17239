//! The reference: what axum's users write first.

use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use futures_util::SinkExt;
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;

/// A bounded queue for each socket, feed what is there, flush once.
#[derive(Clone, Default)]
pub struct Bare(Arc<Mutex<Vec<mpsc::Sender<Utf8Bytes>>>>);

impl Bare {
    pub fn publish(&self, text: Utf8Bytes) {
        for socket in self.0.lock().expect("held briefly").iter() {
            // A full queue would cut the socket elsewhere; here nothing is ever full.
            let _full = socket.try_send(text.clone());
        }
    }

    pub async fn serve(self, mut socket: WebSocket) {
        let (sender, mut queue) = mpsc::channel(1_024);
        let _hello = socket.recv().await;
        self.0.lock().expect("held briefly").push(sender);
        let _gone = socket.send(Message::text("welcome")).await;
        loop {
            tokio::select! {
                text = queue.recv() => {
                    let mut next = text;
                    while let Some(text) = next {
                        if socket.feed(Message::Text(text)).await.is_err() {
                            return;
                        }
                        next = queue.try_recv().ok();
                    }
                    if socket.flush().await.is_err() {
                        return;
                    }
                }
                came = socket.recv() => if came.is_none_or(|came| came.is_err()) { return },
            }
        }
    }
}
