//! What is published by any node, and whether the store still knows what it knew.

use super::Inner;
use base::SiteId;
use futures_util::StreamExt;
use redis::aio::{PubSubSink, PubSubStream};
use redis::{Msg, RedisResult};
use sockets::live::{Audience, Change, Cursor, Published, Topic};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// How often the feed's line is tried, and how long an answer may take.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// Between two looks at the mark that tells one life of the store from the next.
const LOOK: Duration = Duration::from_millis(500);

/// Listens for as long as the store is used. Each time it could connect again, what was told meanwhile is declared missed.
pub(super) async fn listen(inner: Weak<Inner>) {
    let mut wait = Duration::from_millis(50);
    loop {
        let Some(strong) = inner.upgrade() else { return };
        let opened = tokio::time::timeout(HEARTBEAT, subscribe(&strong)).await;
        drop(strong);
        if let Ok(Ok((sink, stream))) = opened {
            wait = Duration::from_millis(50);
            if let Some(strong) = inner.upgrade() {
                strong.listening.send_replace(true);
                strong.tell(Change::Missed);
            }
            follow(&inner, sink, stream).await;
            if let Some(strong) = inner.upgrade() {
                strong.listening.send_replace(false);
            }
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(HEARTBEAT);
    }
}

async fn subscribe(inner: &Inner) -> RedisResult<(PubSubSink, PubSubStream)> {
    let (mut sink, stream) = inner.client.get_async_pubsub().await?.split();
    sink.subscribe(&inner.feed).await?;
    Ok((sink, stream))
}

/// Until the line breaks, or does not answer any more.
async fn follow(inner: &Weak<Inner>, mut sink: PubSubSink, mut stream: PubSubStream) {
    let mut beat = tokio::time::interval(HEARTBEAT);
    loop {
        tokio::select! {
            message = stream.next() => {
                let (Some(message), Some(inner)) = (message, inner.upgrade()) else { return };
                match read(&message) {
                    Some(published) => inner.tell(Change::Published(Arc::new(published))),
                    None => tracing::warn!("something else speaks on the feed of live state; give each installation its own prefix"),
                }
            }
            _ = beat.tick() => {
                if inner.strong_count() == 0 {
                    return;
                }
                let answer = tokio::time::timeout(HEARTBEAT, sink.ping::<redis::Value>()).await;
                if !matches!(answer, Ok(Ok(_))) {
                    return;
                }
            }
        }
    }
}

/// `<site> <topic> <epoch> <seq> <audience>`, a line break, the body. Epoch `-`: told once, kept nowhere.
fn read(message: &Msg) -> Option<Published> {
    let text = std::str::from_utf8(message.get_payload_bytes()).ok()?;
    let (head, body) = text.split_once('\n')?;
    let mut words = head.split(' ');
    let site = SiteId(words.next()?.parse().ok()?);
    let topic = Topic::of_site(site, words.next()?)?;
    let (epoch, seq) = (words.next()?, words.next()?);
    let audience = match words.next()? {
        "a" => Audience::Agents,
        "v" => Audience::Visitors,
        _ => Audience::Everybody,
    };
    let cursor = if epoch == "-" { None } else { Some(Cursor { epoch: epoch.parse().ok()?, seq: seq.parse().ok()? }) };
    Some(Published { topic, cursor, audience, body: body.into() })
}

pub(super) fn once(topic: &Topic, audience: Audience, body: &str) -> String {
    let audience = match audience {
        Audience::Everybody => '*',
        Audience::Agents => 'a',
        Audience::Visitors => 'v',
    };
    format!("{} {topic} - - {audience}\n{body}", topic.site())
}

/// Looks for the mark of this life of the store. Another mark, or none: it has forgotten.
pub(super) async fn watch(inner: Weak<Inner>) {
    let mut known: Option<String> = None;
    loop {
        let Some(strong) = inner.upgrade() else { return };
        let key = format!("{}life", strong.prefix);
        let mut mark = redis::cmd("SET");
        mark.arg(&key).arg(strong.minter.message().0).arg("NX");
        let found = strong.line.run(|mut connection| async move {
            mark.exec_async(&mut connection).await?;
            redis::cmd("GET").arg(&key).query_async::<Option<String>>(&mut connection).await
        });
        if let Ok(Some(mark)) = found.await {
            let forgotten = known.as_ref().is_some_and(|known| *known != mark);
            known = Some(mark);
            if forgotten {
                strong.forgotten();
            }
        }
        drop(strong);
        tokio::time::sleep(LOOK).await;
    }
}
