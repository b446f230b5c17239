//! The long-poll: a connection that lives for one request.

use crate::frame::{self, Frame};
use crate::hub::Hub;
use crate::outbox::Close;
use crate::session::{Done, Session, Work, follow_all};
use axum::response::IntoResponse;
use base::{Caller, ChatId, Kind};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sockets::live::{Cursor, Topic};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use web::{Answer, Problem};

/// No poll waits longer.
const LONGEST: Duration = Duration::from_secs(25);
/// What follows closely on the first news goes into the same answer.
const LINGER: Duration = Duration::from_millis(15);
/// Operations in one poll.
const OPS_AT_MOST: usize = 32;

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"cursors": {"desk": null}, "ops": [], "wait_ms": 20_000, "heard": null}))]
pub(crate) struct PollAsk {
    /// What is followed, and the last number that is known of each: `{"chat:<uuid>": "13", "desk": "<epoch>.<seq>"}`. `null` follows
    /// from now on.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, Option<String>>)]
    cursors: BTreeMap<String, Option<Cursor>>,
    /// Frames as a client sends them on a socket, done in this order; not `hello`, `follow`, `unfollow`.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    ops: Vec<serde_json::Value>,
    /// How long the answer may wait for news, at most 25 s.
    #[serde(default)]
    wait_ms: u64,
    /// The `heard` of the answer before: what was told there for good is not told again.
    #[serde(default)]
    heard: Option<String>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(example = json!({
    "frames": [{"t": "welcome", "cursors": {"desk": "7c1e.118"}}], "pace_ms": 0, "heard": "7c1e.118"
}))]
pub(crate) struct PollAnswer {
    /// As on a socket.
    #[schema(value_type = Vec<Object>)]
    frames: Vec<Box<RawValue>>,
    /// How long to wait before the next poll.
    pace_ms: u64,
    /// To be given back by the next poll.
    heard: String,
}

impl IntoResponse for PollAnswer {
    fn into_response(self) -> axum::response::Response {
        ([(http::header::CACHE_CONTROL, "no-store")], axum::Json(self)).into_response()
    }
}

/// Counts a waiting poll while it waits.
struct Waiting(Arc<Hub>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.polling.fetch_sub(1, Ordering::Relaxed);
    }
}

pub(crate) async fn poll(hub: Arc<Hub>, caller: Caller, ask: PollAsk) -> Answer<PollAnswer> {
    if ask.ops.len() > OPS_AT_MOST {
        return Err(Problem::invalid("ops", format!("at most {OPS_AT_MOST} in one poll")));
    }
    let waiting = hub.polling.fetch_add(1, Ordering::Relaxed);
    let _counted = Waiting(hub.clone());
    let mut session = Session::open(hub.clone(), caller, false);
    let seqs = seqs(&session, &ask.cursors);

    let mut out = Vec::new();
    let mut done = Done::default();
    follow_all(&hub, &session.connection, ask.cursors, &mut done).await;
    settle(&mut session, done, &mut out)?;
    let acted = !ask.ops.is_empty();
    for op in ask.ops {
        act(&mut session, op, &mut out).await?;
    }
    let healed = hub.floor.ping(&session.connection.caller, session.connection.id, &seqs).await?.frames;
    let heard = digest(&healed);
    let news = ask.heard.as_ref().is_some_and(|before| *before != heard);

    let wait = if waiting < hub.options.polls { Duration::from_millis(ask.wait_ms).min(LONGEST) } else { Duration::ZERO };
    if acted {
        // What the caller just did is about to be told, also to the caller.
        tokio::time::sleep(LINGER).await;
    }
    if out.is_empty() && !news && !wait.is_zero() {
        wait_for_news(&session, wait).await;
    }
    // What was so before the wait comes before what happened in it: an ended chat must not run again.
    if ask.heard.as_ref() != Some(&heard) {
        out.extend(healed.iter().map(|frame| Frame::plain(&**frame)));
    }
    for frame in session.connection.outbox.take() {
        if session.is_new(&frame) {
            out.push(frame);
        }
    }
    if hub.is_moving() {
        out.push(Frame::plain(r#"{"t":"move","after_ms":0}"#));
    }
    let broken = |err: serde_json::Error| Problem::new(Kind::Broken, format!("a frame is not JSON: {err}"));
    let frames = out.iter().map(|frame| RawValue::from_string(frame.text.to_string()).map_err(broken));
    let pace = u64::try_from(hub.poll_pace().as_millis()).unwrap_or(u64::MAX);
    Ok(PollAnswer { frames: frames.collect::<Result<_, _>>()?, pace_ms: pace, heard })
}

/// The last number of each chat that the client named.
fn seqs(session: &Session, cursors: &BTreeMap<String, Option<Cursor>>) -> BTreeMap<ChatId, u64> {
    let site = session.connection.caller.site;
    let chats = cursors.iter().filter_map(|(name, cursor)| match Topic::of_site(site, name)? {
        Topic::Chat(_, chat) => Some((chat, (*cursor)?.seq)),
        _ => None,
    });
    chats.collect()
}

fn digest(frames: &[Arc<str>]) -> String {
    let mut hasher = DefaultHasher::new();
    frames.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn settle(session: &mut Session, done: Done, out: &mut Vec<Frame>) -> Answer<()> {
    let (frames, close) = session.settle(done);
    if close == Some(Close::Unavailable) {
        return Err(Problem::new(Kind::Unavailable, "a part that is needed does not answer; poll again in a moment"));
    }
    let frames = frames.into_iter().filter(|frame| session.is_new(frame));
    out.extend(frames.collect::<Vec<_>>());
    Ok(())
}

async fn act(session: &mut Session, op: serde_json::Value, out: &mut Vec<Frame>) -> Answer<()> {
    let (re, asked) = frame::understand(op);
    let problem = match asked {
        Ok(frame::Asked::Hello(_) | frame::Asked::Follow(_) | frame::Asked::Unfollow(_)) => {
            Problem::invalid("ops", "a poll follows what its cursors name")
        }
        Ok(asked) => {
            let done = match session.start(re, asked) {
                Work::Nothing => Done::default(),
                Work::Now(done) => done,
                Work::Later { work, .. } => work.await,
            };
            return settle(session, done, out);
        }
        Err(problem) => problem,
    };
    out.push(match re {
        Some(re) => Frame::answer(&re, Err(problem)),
        None => Frame::problem(None, &problem),
    });
    Ok(())
}

async fn wait_for_news(session: &Session, wait: Duration) {
    let outbox = &session.connection.outbox;
    let mut leaving = session.hub.leaving();
    let news = poll_fn(|cx| outbox.poll_news(cx));
    tokio::select! {
        () = news => tokio::time::sleep(LINGER).await,
        () = tokio::time::sleep(wait) => {}
        () = async { drop(leaving.wait_for(|leaving| *leaving).await) } => {}
    }
}
