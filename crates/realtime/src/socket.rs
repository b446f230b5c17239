//! A socket from its greeting to its end: one task, which reads and writes by turns without a lock or a channel between.

use crate::frame::{self, Asked, Frame, Hello};
use crate::hub::Hub;
use crate::outbox::Close;
use crate::rate::Rate;
use crate::session::{Done, Recheck, Session, Work};
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use base::Caller;
use futures_util::future::BoxFuture;
use futures_util::{Sink, Stream};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep};
use web::Problem;

/// What a socket may be silent beyond its pace: two pings lost on the way, and a slow line.
const GRACE: Duration = Duration::from_secs(15);
/// A client that goes on after so many refusals is cut.
const REFUSALS: u32 = 200;
/// How long the other side is given to take our goodbye.
const FAREWELL: Duration = Duration::from_secs(2);

/// Tells who greets.
pub(crate) trait Greeter: Send + Sync + 'static {
    fn caller(&self, hello: &Hello) -> impl Future<Output = Result<Caller, Close>> + Send;

    /// How to ask the same again while the socket lives; none for those who are not asked twice.
    fn again(self, hello: &Hello) -> Option<Recheck>;
}

pub(crate) async fn serve(mut socket: WebSocket, hub: Arc<Hub>, greeter: impl Greeter) {
    let greeting = tokio::time::timeout(hub.options.patience, greeted(&mut socket, &greeter)).await;
    match greeting.unwrap_or(Err(Some(Close::HelloLate))) {
        Ok(_) if hub.is_moving() => part(socket, Close::Restart).await,
        Ok((caller, hello)) => {
            let mut session = Session::open(hub, caller, true);
            session.recheck = greeter.again(&hello);
            let busy = Some(Busy { work: session.greet(hello), holds: true });
            let mut line = Line::new(socket, session, busy);
            let close = line.run().await;
            let Line { socket, session, .. } = line;
            drop(session);
            if let Some(close) = close {
                part(socket, close).await;
            }
        }
        Err(Some(close)) => part(socket, close).await,
        Err(None) => {}
    }
}

/// The first frame, and who sent it. `Err(None)`: the other side is gone.
async fn greeted(socket: &mut WebSocket, greeter: &impl Greeter) -> Result<(Caller, Hello), Option<Close>> {
    loop {
        let text = match socket.recv().await {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Binary(_))) => return Err(Some(Close::NotText)),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(None),
        };
        return match frame::read(&text) {
            (_, Ok(Asked::Hello(hello))) => Ok((greeter.caller(&hello).await?, hello)),
            (_, other) => {
                let problem = other.err().unwrap_or_else(|| Problem::invalid("op", "the first frame is hello"));
                let _ = socket.send(Message::Text(Frame::problem(None, &problem).text)).await;
                Err(Some(Close::Unauthenticated))
            }
        };
    }
}

/// Says goodbye, if the other side takes it.
async fn part(mut socket: WebSocket, close: Close) {
    let farewell = async {
        let frame = CloseFrame { code: close.code(), reason: close.reason().into() };
        socket.send(Message::Close(Some(frame))).await?;
        // The answer to it; what else still comes is not read.
        while let Some(Ok(message)) = socket.recv().await {
            if matches!(message, Message::Close(_)) {
                break;
            }
        }
        Ok::<(), axum::Error>(())
    };
    let _ = tokio::time::timeout(FAREWELL, farewell).await;
}

struct Busy {
    work: BoxFuture<'static, Done>,
    holds: bool,
}

/// What happened next.
enum Step {
    Came(Message),
    Done(Done),
    Close(Close),
    Gone,
}

struct Line {
    socket: WebSocket,
    session: Session,
    /// Runs for the last frame that was read; until it ends, no other is read.
    busy: Option<Busy>,
    pending: VecDeque<Frame>,
    unflushed: bool,
    silence: Pin<Box<Sleep>>,
    heard: Instant,
    rate: Rate,
}

impl Line {
    fn new(socket: WebSocket, session: Session, busy: Option<Busy>) -> Self {
        let (per_second, burst) = session.hub.options.rate;
        Self {
            socket,
            silence: Box::pin(tokio::time::sleep(session.hub.pace() * 2 + GRACE)),
            session,
            busy,
            pending: VecDeque::new(),
            unflushed: false,
            heard: Instant::now(),
            rate: Rate::new(per_second, burst),
        }
    }

    /// Until it ends; with a reason when it is us who end it.
    async fn run(&mut self) -> Option<Close> {
        loop {
            let step = poll_fn(|cx| self.poll(cx)).await;
            let close = match step {
                Step::Came(message) => {
                    self.heard = Instant::now();
                    match message {
                        Message::Text(text) => self.came(&text),
                        Message::Binary(_) => Some(Close::NotText),
                        Message::Close(_) => return None,
                        Message::Ping(_) | Message::Pong(_) => None,
                    }
                }
                Step::Done(done) => self.settle(done).await,
                Step::Close(close) => Some(close),
                Step::Gone => return None,
            };
            if close.is_some() {
                return close;
            }
        }
    }

    fn came(&mut self, text: &str) -> Option<Close> {
        let allowed = self.rate.allows();
        if self.rate.refused > REFUSALS {
            return Some(Close::TooMuch);
        }
        let (re, asked) = frame::read(text);
        let problem = match asked {
            Ok(asked) if allowed => {
                match self.session.start(re, asked) {
                    Work::Nothing => {}
                    Work::Now(done) => {
                        let (frames, _) = self.session.settle(done);
                        self.pending.extend(frames);
                    }
                    Work::Later { work, holds } => self.busy = Some(Busy { work, holds }),
                }
                return None;
            }
            Ok(Asked::Do(crate::Op::Typing { .. })) => return None,
            Ok(_) => Problem::too_many(Duration::from_secs(1)),
            Err(problem) => problem,
        };
        self.pending.push_back(match re {
            Some(re) => Frame::answer(&re, Err(problem)),
            None => Frame::problem(None, &problem),
        });
        None
    }

    async fn settle(&mut self, done: Done) -> Option<Close> {
        let (frames, close) = self.session.settle(done);
        self.pending.extend(frames);
        if close.is_some() {
            // Why it ends is told, if that is quickly done.
            let _ = tokio::time::timeout(FAREWELL, poll_fn(|cx| self.poll_write(cx))).await;
        }
        close
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Step> {
        if let Some(busy) = &mut self.busy
            && let Poll::Ready(done) = busy.work.as_mut().poll(cx)
        {
            self.busy = None;
            return Poll::Ready(Step::Done(done));
        }
        if let Some(step) = self.poll_out(cx) {
            return Poll::Ready(step);
        }
        if self.busy.is_none()
            && let Poll::Ready(came) = Pin::new(&mut self.socket).poll_next(cx)
        {
            return Poll::Ready(match came {
                Some(Ok(message)) => Step::Came(message),
                Some(Err(_)) | None => Step::Gone,
            });
        }
        while self.silence.as_mut().poll(cx).is_ready() {
            let deadline = self.heard + self.session.hub.pace() * 2 + GRACE;
            if deadline <= Instant::now() && self.busy.is_none() {
                return Poll::Ready(Step::Close(Close::Silent));
            }
            self.silence.as_mut().reset(deadline.max(Instant::now() + Duration::from_secs(1)));
        }
        Poll::Pending
    }

    /// Writes what there is: many frames, one flush.
    fn poll_out(&mut self, cx: &mut Context<'_>) -> Option<Step> {
        let held = self.busy.as_ref().is_some_and(|busy| busy.holds);
        loop {
            if self.pending.is_empty() && !held {
                match self.session.connection.outbox.poll_take(cx, &mut self.pending) {
                    Poll::Ready(Ok(())) => {}
                    Poll::Ready(Err(close)) => return Some(Step::Close(close)),
                    Poll::Pending => break,
                }
            } else if let Poll::Ready(close) = self.session.connection.outbox.poll_close(cx) {
                return Some(Step::Close(close));
            }
            match self.poll_feed(cx) {
                Poll::Ready(Ok(())) if held => break,
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(_)) => return Some(Step::Gone),
                Poll::Pending => break,
            }
        }
        if self.unflushed {
            match Pin::new(&mut self.socket).poll_flush(cx) {
                Poll::Ready(Ok(())) => self.unflushed = false,
                Poll::Ready(Err(_)) => return Some(Step::Gone),
                Poll::Pending => {}
            }
        }
        None
    }

    fn poll_feed(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
        while let Some(frame) = self.pending.front() {
            if !self.session.is_new(frame) {
                self.pending.pop_front();
                continue;
            }
            // The frame counts as sent from here on: it is taken out whatever comes.
            let Some(frame) = self.pending.pop_front() else { break };
            if Pin::new(&mut self.socket).poll_ready(cx)?.is_pending() {
                self.pending.push_front(Frame { place: None, ..frame });
                return Poll::Pending;
            }
            Pin::new(&mut self.socket).start_send(Message::Text(frame.text))?;
            self.unflushed = true;
        }
        Poll::Ready(Ok(()))
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
        ready!(self.poll_feed(cx))?;
        Pin::new(&mut self.socket).poll_flush(cx)
    }
}
