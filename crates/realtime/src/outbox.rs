use crate::frame::Frame;
use futures_util::task::AtomicWaker;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

/// Why a connection is closed from this side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Close {
    Unauthenticated,
    Denied,
    HelloLate,
    TooSlow,
    TooMuch,
    Restart,
    Unavailable,
    Silent,
    NotText,
}

impl Close {
    pub fn code(self) -> u16 {
        match self {
            Self::Silent => 1001,
            Self::NotText => 1003,
            Self::Restart => 1012,
            Self::Unavailable => 1013,
            Self::Unauthenticated => 4401,
            Self::Denied => 4403,
            Self::HelloLate => 4408,
            Self::TooSlow | Self::TooMuch => 4429,
        }
    }

    pub fn reason(self) -> &'static str {
        match self {
            Self::Silent => "nothing was heard for too long",
            Self::NotText => "frames are text",
            Self::Restart => "this node goes away, connect again",
            Self::Unavailable => "a part that is needed does not answer, connect again in a moment",
            Self::Unauthenticated => "sign in, or get a new token",
            Self::Denied => "not allowed",
            Self::HelloLate => "the first frame is hello, within ten seconds",
            Self::TooSlow => "too slow, connect again and go on from your cursors",
            Self::TooMuch => "too many frames",
        }
    }
}

/// The frames that wait for one connection. Anybody may push, the connection's own task takes; a full one is a slow client, which
/// is cut rather than waited for.
pub(crate) struct Outbox {
    inner: Mutex<Inner>,
    waker: AtomicWaker,
    holds: usize,
}

#[derive(Default)]
struct Inner {
    frames: VecDeque<Frame>,
    close: Option<Close>,
}

impl Outbox {
    pub fn new(holds: usize) -> Self {
        Self { inner: Mutex::default(), waker: AtomicWaker::new(), holds }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn push(&self, frame: Frame) {
        let mut inner = self.lock();
        if inner.close.is_some() {
            return;
        }
        let was_empty = inner.frames.is_empty();
        if inner.frames.len() >= self.holds {
            inner.close = Some(Close::TooSlow);
            inner.frames = VecDeque::new();
            metrics::counter!("realtime_slow_clients_total").increment(1);
        } else {
            inner.frames.push_back(frame);
            // The taker takes all there is: it was woken when the first came.
            if !was_empty {
                return;
            }
        }
        drop(inner);
        self.waker.wake();
    }

    pub fn close(&self, why: Close) {
        self.lock().close.get_or_insert(why);
        self.waker.wake();
    }

    /// Moves all that waits into an empty `into`; or tells that the connection is to be closed.
    pub fn poll_take(&self, cx: &mut Context<'_>, into: &mut VecDeque<Frame>) -> Poll<Result<(), Close>> {
        self.waker.register(cx.waker());
        let mut inner = self.lock();
        if let Some(close) = inner.close {
            return Poll::Ready(Err(close));
        }
        if inner.frames.is_empty() {
            return Poll::Pending;
        }
        std::mem::swap(&mut inner.frames, into);
        Poll::Ready(Ok(()))
    }

    /// Whether there is anything to take; it stays where it is.
    pub fn poll_news(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.waker.register(cx.waker());
        let inner = self.lock();
        if inner.frames.is_empty() && inner.close.is_none() { Poll::Pending } else { Poll::Ready(()) }
    }

    /// Only whether it is to be closed.
    pub fn poll_close(&self, cx: &mut Context<'_>) -> Poll<Close> {
        self.waker.register(cx.waker());
        self.lock().close.map_or(Poll::Pending, Poll::Ready)
    }

    /// What waits now.
    pub fn take(&self) -> VecDeque<Frame> {
        std::mem::take(&mut self.lock().frames)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_outbox_closes_itself_and_keeps_nothing() {
        let outbox = Outbox::new(2);
        for _ in 0..3 {
            outbox.push(Frame::plain("x"));
        }
        outbox.push(Frame::plain("x"));
        let mut cx = Context::from_waker(std::task::Waker::noop());
        assert_eq!(outbox.poll_take(&mut cx, &mut VecDeque::new()), Poll::Ready(Err(Close::TooSlow)));
        assert!(outbox.take().is_empty());
    }
}
