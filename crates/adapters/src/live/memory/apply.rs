//! What a patch does to a record; true when anything but `seen` changed.

use sockets::live::{AgentPatch, LiveAgent, LiveVisitor, VisitorPatch};

fn set<T: PartialEq>(field: &mut T, value: Option<T>) -> bool {
    match value {
        Some(value) if value != *field => {
            *field = value;
            true
        }
        _ => false,
    }
}

pub(super) fn visitor(visitor: &mut LiveVisitor, patch: VisitorPatch) -> bool {
    if let Some(seen) = patch.seen {
        visitor.seen = visitor.seen.max(seen);
    }
    let changed = [
        set(&mut visitor.name, patch.name),
        set(&mut visitor.email, patch.email),
        set(&mut visitor.status, patch.status),
        set(&mut visitor.page, patch.page),
        set(&mut visitor.pages, patch.pages),
        set(&mut visitor.chat, patch.chat),
        set(&mut visitor.agent, patch.agent),
        set(&mut visitor.department, patch.department),
        set(&mut visitor.widget, patch.widget),
        set(&mut visitor.segments, patch.segments),
        set(&mut visitor.variables, patch.variables),
    ];
    changed.contains(&true)
}

pub(super) fn agent(agent: &mut LiveAgent, patch: AgentPatch) -> bool {
    if let Some(seen) = patch.seen {
        agent.seen = agent.seen.max(seen);
    }
    let screens = patch.connections.is_some_and(|connections| {
        let before = match connections.count {
            0 => agent.connections.remove(&connections.node).unwrap_or(0),
            count => agent.connections.insert(connections.node, count).unwrap_or(0),
        };
        before != connections.count
    });
    let changed = [
        set(&mut agent.name, patch.name),
        set(&mut agent.status, patch.status),
        set(&mut agent.departments, patch.departments),
        set(&mut agent.chat_limit, patch.chat_limit),
        set(&mut agent.accepts_chats, patch.accepts_chats),
    ];
    screens || changed.contains(&true)
}
