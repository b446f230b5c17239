use super::{Lab, SITE};
use base::{DepartmentId, UserId};
use sockets::live::{AgentFilter, AgentPatch, AgentStatus, ChatPatch, ChatStatus, Connections, LiveAgent, LiveError};
use std::time::Duration;

async fn found(lab: &Lab, filter: AgentFilter) -> Vec<i64> {
    lab.live.get_agents(SITE, &filter).await.expect("is read").iter().map(|agent| agent.id.0).collect()
}

async fn one(lab: &Lab, id: i64) -> LiveAgent {
    lab.live.get_agents(SITE, &AgentFilter::one(UserId(id))).await.expect("is read").pop().expect("is here")
}

async fn put(lab: &Lab, agent: LiveAgent) -> LiveAgent {
    lab.live.create_agent(agent).await.expect("is put")
}

pub async fn a_chat_makes_its_agents_load(lab: &Lab) {
    put(lab, lab.agent(1)).await;
    let chat = lab.live.create_chat(lab.chat_of(1)).await.expect("is put");
    lab.live.create_chat(chat).await.expect("is put again");
    lab.live.create_chat(lab.chat_of(1)).await.expect("is put");
    lab.live.create_chat(lab.chat()).await.expect("waits");
    assert_eq!(lab.load(1).await, 2, "each once, and waiting ones not at all");
}

pub async fn a_load_waits_for_its_agent(lab: &Lab) {
    lab.live.create_chat(lab.chat_of(1)).await.expect("is put");
    let agent = put(lab, LiveAgent { load: 99, ..lab.agent(1) }).await;
    assert_eq!((agent.load, agent.idle_since), (1, None), "counted, not believed");
}

pub async fn a_moved_chat_moves_the_load(lab: &Lab) {
    put(lab, lab.agent(1)).await;
    put(lab, lab.agent(2)).await;
    let chat = lab.live.create_chat(lab.chat_of(1)).await.expect("is put");
    let patch = ChatPatch { agent: Some(Some(UserId(2))), ..ChatPatch::default() };
    lab.other.update_chat(SITE, chat.id, patch).await.expect("is moved");
    assert_eq!((lab.load(1).await, lab.load(2).await), (0, 1));
    let patch = ChatPatch { agent: Some(None), status: Some(ChatStatus::Waiting), ..ChatPatch::default() };
    lab.live.update_chat(SITE, chat.id, patch).await.expect("waits again");
    assert_eq!((lab.load(1).await, lab.load(2).await), (0, 0));
}

pub async fn an_assignment_is_remembered(lab: &Lab) {
    assert_eq!(put(lab, lab.agent(1)).await.last_assigned, None);
    lab.pass(9);
    lab.live.create_chat(lab.chat_of(1)).await.expect("is put");
    let then = base::Clock::now(&*lab.clock);
    lab.pass(9);
    assert_eq!(one(lab, 1).await.last_assigned, Some(then));
}

pub async fn an_idle_agent_is_known_since_when(lab: &Lab) {
    let came = base::Clock::now(&*lab.clock);
    assert_eq!(put(lab, lab.agent(1)).await.idle_since, Some(came));
    let chat = lab.live.create_chat(lab.chat_of(1)).await.expect("is put");
    assert_eq!(one(lab, 1).await.idle_since, None);
    lab.pass(60);
    lab.live.remove_chat(SITE, chat.id).await.expect("is removed");
    assert_eq!(one(lab, 1).await.idle_since, Some(came.plus(Duration::from_secs(60))));
}

pub async fn saying_again_who_an_agent_is_keeps_the_load(lab: &Lab) {
    let agent = put(lab, lab.agent(1)).await;
    lab.live.create_chat(lab.chat_of(1)).await.expect("is put");
    let before = one(lab, 1).await;
    let after = put(lab, LiveAgent { name: "Ada".into(), ..agent }).await;
    assert_eq!((after.load, after.last_assigned, after.idle_since), (1, before.last_assigned, None));
    assert_eq!(one(lab, 1).await, after);
}

pub async fn agents_are_found_by_each_filter(lab: &Lab) {
    put(lab, lab.agent(1)).await;
    put(lab, LiveAgent { departments: vec![DepartmentId(2), DepartmentId(12)], status: AgentStatus::Away, ..lab.agent(2) }).await;
    let of = |department| AgentFilter { department: Some(DepartmentId(department)), ..AgentFilter::default() };
    assert_eq!(found(lab, of(1)).await, [1]);
    assert_eq!(found(lab, of(2)).await, [2]);
    assert_eq!(found(lab, AgentFilter { status: Some(AgentStatus::Away), ..AgentFilter::default() }).await, [2]);
    assert_eq!(found(lab, AgentFilter { status: Some(AgentStatus::Away), ..of(1) }).await, [0; 0]);
    assert_eq!(found(lab, AgentFilter::one(UserId(2))).await, [2]);
    assert_eq!(found(lab, AgentFilter::default()).await, [1, 2]);
    let patch = AgentPatch { departments: Some(vec![DepartmentId(2)]), ..AgentPatch::default() };
    lab.live.update_agent(SITE, UserId(1), patch).await.expect("is changed");
    assert_eq!(found(lab, of(1)).await, [0; 0], "indexes follow");
    assert_eq!(found(lab, of(2)).await, [1, 2]);
    lab.live.remove_agent(SITE, UserId(1)).await.expect("is removed");
    assert_eq!(found(lab, of(2)).await, [2]);
    assert_eq!(found(lab, AgentFilter::default()).await, [2]);
}

pub async fn the_least_busy_comes_first(lab: &Lab) {
    for id in [10, 9, 8] {
        put(lab, lab.agent(id)).await;
    }
    let all = AgentFilter { with_room: true, department: Some(DepartmentId(1)), ..AgentFilter::default() };
    assert_eq!(found(lab, all.clone()).await, [8, 9, 10], "by number when alike");
    let chat = lab.live.create_chat(lab.chat_of(8)).await.expect("is put");
    lab.pass(1);
    lab.live.create_chat(lab.chat_of(9)).await.expect("is put");
    assert_eq!(found(lab, all.clone()).await, [10, 8, 9], "then by who was assigned longest ago");
    lab.live.remove_chat(SITE, chat.id).await.expect("is removed");
    assert_eq!(found(lab, AgentFilter { limit: Some(2), ..all }).await, [10, 8]);
}

pub async fn who_has_room_is_told_by_status_limit_and_will(lab: &Lab) {
    let room = AgentFilter { with_room: true, ..AgentFilter::default() };
    put(lab, LiveAgent { chat_limit: 1, ..lab.agent(1) }).await;
    assert_eq!(found(lab, room.clone()).await, [1]);
    for patch in [
        AgentPatch { status: Some(AgentStatus::Away), ..AgentPatch::default() },
        AgentPatch { accepts_chats: Some(false), ..AgentPatch::default() },
        AgentPatch { chat_limit: Some(0), ..AgentPatch::default() },
    ] {
        lab.live.update_agent(SITE, UserId(1), patch.clone()).await.expect("is changed");
        assert_eq!(found(lab, room.clone()).await, [0; 0], "{patch:?}");
        let back = AgentPatch {
            status: Some(AgentStatus::Online),
            accepts_chats: Some(true),
            chat_limit: Some(1),
            ..AgentPatch::default()
        };
        lab.live.update_agent(SITE, UserId(1), back).await.expect("is changed");
        assert_eq!(found(lab, room.clone()).await, [1]);
    }
    lab.live.create_chat(lab.chat_of(1)).await.expect("is put");
    assert_eq!(found(lab, room).await, [0; 0]);
}

pub async fn screens_are_counted_by_node(lab: &Lab) {
    put(lab, lab.agent(1)).await;
    let screens = |node: &str, count| AgentPatch {
        connections: Some(Connections { node: node.into(), count }),
        ..AgentPatch::default()
    };
    lab.live.update_agent(SITE, UserId(1), screens("a", 2)).await.expect("is changed");
    lab.other.update_agent(SITE, UserId(1), screens("b.c:d", 1)).await.expect("is changed");
    assert_eq!(one(lab, 1).await.screens(), 3);
    let after = lab.live.update_agent(SITE, UserId(1), screens("a", 0)).await.expect("is changed");
    assert_eq!(after.connections.into_iter().collect::<Vec<_>>(), [("b.c:d".to_owned(), 1)]);
    let again = put(lab, lab.agent(1)).await;
    assert_eq!(again.screens(), 1, "saying again who it is keeps what other nodes said");
}

pub async fn an_agent_is_never_overfilled_by_two_nodes(lab: &Lab) {
    put(lab, lab.agent(1)).await;
    let mut asked = Vec::new();
    for n in 0..12 {
        let chat = lab.live.create_chat(lab.chat()).await.expect("is put");
        let node = if n % 2 == 0 { lab.live.clone() } else { lab.other.clone() };
        let patch = ChatPatch {
            agent: Some(Some(UserId(1))),
            status: Some(ChatStatus::Chatting),
            if_room: true,
            ..ChatPatch::default()
        };
        asked.push(tokio::spawn(async move { node.update_chat(SITE, chat.id, patch).await }));
    }
    let mut taken = 0;
    for answer in asked {
        match answer.await.expect("no panic") {
            Ok(_) => taken += 1,
            Err(err) => assert_eq!(err, LiveError::NoRoom(UserId(1))),
        }
    }
    assert_eq!((taken, lab.load(1).await), (3, 3));
}
