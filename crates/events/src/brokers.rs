//! The three places where events travel.

use sockets::broker::Broker;
use std::sync::Arc;

/// Which broker does what. Two roles may be filled by one and the same broker.
#[derive(Clone)]
pub struct Brokers {
    /// Where the relay takes the outbox.
    pub main: Arc<dyn Broker>,
    /// Where it takes it while the main one is down or silent. None when there is no other.
    pub remote: Option<Arc<dyn Broker>>,
    /// Where the data queues are.
    pub data: Arc<dyn Broker>,
}

/// Which of the two event brokers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    Main,
    Remote,
}

impl Way {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Remote => "remote",
        }
    }
}

/// A broker with all that it does.
pub struct Placed {
    pub broker: Arc<dyn Broker>,
    pub roles: Vec<&'static str>,
}

impl Brokers {
    /// One for everything; there is nothing to fall back to.
    pub fn one(broker: Arc<dyn Broker>) -> Self {
        Self { main: broker.clone(), remote: None, data: broker }
    }

    /// A remote broker that is the main one would be no help.
    pub fn new(main: Arc<dyn Broker>, remote: Arc<dyn Broker>, data: Arc<dyn Broker>) -> Self {
        let remote = (!Arc::ptr_eq(&main, &remote)).then_some(remote);
        Self { main, remote, data }
    }

    /// The broker of that way; the main one when there is no other.
    pub fn on(&self, way: Way) -> &Arc<dyn Broker> {
        match way {
            Way::Main => &self.main,
            Way::Remote => self.remote.as_ref().unwrap_or(&self.main),
        }
    }

    /// Those that have an event queue.
    pub fn sources(&self) -> Vec<(Way, Arc<dyn Broker>)> {
        let remote = self.remote.iter().map(|remote| (Way::Remote, remote.clone()));
        std::iter::once((Way::Main, self.main.clone())).chain(remote).collect()
    }

    /// Each broker once.
    pub fn placed(&self) -> Vec<Placed> {
        let mut all: Vec<Placed> = Vec::new();
        let remote = self.remote.clone().unwrap_or_else(|| self.main.clone());
        for (role, broker) in [("main", self.main.clone()), ("remote", remote), ("data", self.data.clone())] {
            match all.iter_mut().find(|placed| Arc::ptr_eq(&placed.broker, &broker)) {
                Some(placed) => placed.roles.push(role),
                None => all.push(Placed { broker, roles: vec![role] }),
            }
        }
        all
    }
}
