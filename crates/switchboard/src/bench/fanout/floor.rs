//! A floor that lets everybody in and says nothing.

use async_trait::async_trait;
use base::{Caller, ChatId, SiteId, VisitorId};
use realtime::{Backlog, ConnectionId, Floor, Heard, Op, Welcome};
use serde_json::Value;
use sockets::live::Topic;
use std::collections::BTreeMap;
use web::Problem;

pub const SITE: SiteId = SiteId(1);
pub const DESK: Topic = Topic::Desk(SITE);

pub struct OpenFloor;

#[async_trait]
impl Floor for OpenFloor {
    async fn authenticate_visitor(&self, _: &str) -> Result<Option<Caller>, Problem> {
        Ok(Some(Caller::visitor(SITE, VisitorId(uuid::Uuid::nil()))))
    }
    async fn may_follow(&self, _: &Caller, _: &Topic) -> Result<bool, Problem> {
        Ok(true)
    }
    async fn backlog(&self, _: &Caller, _: ChatId, _: Option<u64>) -> Result<Backlog, Problem> {
        Ok(Backlog::default())
    }
    async fn handle(&self, _: &Caller, _: ConnectionId, _: Op) -> Result<Value, Problem> {
        Ok(Value::Null)
    }
    async fn connected(&self, _: &Caller, _: ConnectionId, _: usize) -> Result<Welcome, Problem> {
        Ok(Welcome { me: Value::Null, follow: vec![DESK] })
    }
    async fn disconnected(&self, _: &Caller, _: ConnectionId, _: usize) {}
    async fn ping(&self, _: &Caller, _: ConnectionId, _: &BTreeMap<ChatId, u64>) -> Result<Heard, Problem> {
        Ok(Heard::default())
    }
}
