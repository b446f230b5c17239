//! Records as hashes of JSON values, so that scripts compare and join them without reading them.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sockets::live::{AgentPatch, ChatPatch, LiveAgent, LiveChat, LiveError, LiveVisitor, VisitorPatch};

/// Fields and their values as JSON.
#[derive(Default)]
pub(super) struct Fields(pub Vec<(String, String)>);

impl Fields {
    fn of(record: &impl Serialize) -> Self {
        let Ok(Value::Object(fields)) = serde_json::to_value(record) else {
            return Self::default();
        };
        Self(fields.into_iter().map(|(name, value)| (name, value.to_string())).collect())
    }

    fn put(&mut self, name: impl Into<String>, value: impl Serialize) {
        self.0.push((name.into(), serde_json::to_value(value).unwrap_or_default().to_string()));
    }

    fn put_some(&mut self, name: &str, value: Option<impl Serialize>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    pub fn visitor(visitor: &LiveVisitor) -> Self {
        let mut fields = Self::of(visitor);
        fields.put(".score", visitor.since.millis());
        fields
    }

    pub fn agent(agent: &LiveAgent) -> Self {
        let mut fields = Self::of(agent);
        fields.0.retain(|(name, _)| name != "connections");
        for (node, count) in &agent.connections {
            fields.put(format!("cn:{node}"), count);
        }
        fields.put(".assigned", agent.last_assigned.map_or(0, base::Timestamp::millis));
        fields
    }

    pub fn chat(chat: &LiveChat) -> Self {
        let mut fields = Self::of(&LiveChat { priority: chat.priority.min(LiveChat::MAX_PRIORITY), ..chat.clone() });
        fields.put(".requested", chat.requested_at.millis());
        fields
    }

    pub fn visitor_patch(patch: &VisitorPatch) -> Self {
        let mut fields = Self::default();
        fields.put_some("name", patch.name.as_ref());
        fields.put_some("email", patch.email.as_ref());
        fields.put_some("status", patch.status);
        fields.put_some("page", patch.page.as_ref());
        fields.put_some("pages", patch.pages);
        fields.put_some("seen", patch.seen);
        fields.put_some("chat", patch.chat);
        fields.put_some("agent", patch.agent);
        fields.put_some("department", patch.department);
        fields.put_some("widget", patch.widget);
        fields.put_some("segments", patch.segments.as_ref());
        fields.put_some("variables", patch.variables.as_ref());
        fields
    }

    pub fn agent_patch(patch: &AgentPatch) -> Self {
        let mut fields = Self::default();
        fields.put_some("name", patch.name.as_ref());
        fields.put_some("status", patch.status);
        fields.put_some("departments", patch.departments.as_ref());
        fields.put_some("chat_limit", patch.chat_limit);
        fields.put_some("accepts_chats", patch.accepts_chats);
        fields.put_some("seen", patch.seen);
        if let Some(connections) = &patch.connections {
            fields.put(format!("cn:{}", connections.node), connections.count);
        }
        fields
    }

    pub fn chat_patch(patch: &ChatPatch) -> Self {
        let mut fields = Self::default();
        fields.put_some("agent", patch.agent);
        fields.put_some("department", patch.department);
        fields.put_some("status", patch.status);
        fields.put_some("priority", patch.priority.map(|priority| priority.min(LiveChat::MAX_PRIORITY)));
        fields
    }
}

/// Reads a record back from names and values by turns.
pub(super) fn read<T: DeserializeOwned>(flat: &[String]) -> Result<T, LiveError> {
    let broken = |err: serde_json::Error| LiveError::Broken(format!("a stored record cannot be read: {err}"));
    let mut record = Map::new();
    let mut connections = Map::new();
    for pair in flat.chunks_exact(2) {
        let (name, value) = (&pair[0], &pair[1]);
        if name.starts_with('.') {
            continue;
        }
        let value: Value = serde_json::from_str(value).map_err(broken)?;
        match name.strip_prefix("cn:") {
            Some(_) if value == 0 => {}
            Some(node) => drop(connections.insert(node.to_owned(), value)),
            None => drop(record.insert(name.clone(), value)),
        }
    }
    record.insert("connections".to_owned(), Value::Object(connections));
    serde_json::from_value(Value::Object(record)).map_err(broken)
}
