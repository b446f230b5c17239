use super::{Lab, SITE};
use base::{Clock, SiteId, UserId};
use sockets::live::{AgentFilter, AgentPatch, AgentStatus, Gone, LiveAgent, LiveVisitor, Silence, Topic, VisitorPatch};
use std::time::Duration;

const SILENCE: Silence = Silence { visitors: Duration::from_secs(45), agents: Duration::from_secs(30) };

async fn swept(lab: &Lab) -> Vec<Gone> {
    lab.live.sweep(lab.clock.now(), SILENCE).await.expect("is swept")
}

pub async fn a_silent_visitor_is_swept(lab: &Lab) {
    let visitor = lab.live.create_visitor(lab.visitor()).await.expect("is put");
    let head = lab.live.head(&Topic::Visitors(SITE)).await.expect("is read");
    lab.pass(45);
    assert_eq!(swept(lab).await, []);
    lab.pass(1);
    assert_eq!(swept(lab).await, [Gone::Visitor(Box::new(visitor))]);
    assert_eq!(swept(lab).await, []);
    let told = lab.live.since(&Topic::Visitors(SITE), head).await.expect("is read").expect("complete");
    assert_eq!(told.len(), 1, "the board hears that it is gone");
}

pub async fn a_silent_agent_is_swept(lab: &Lab) {
    let agent = lab.live.create_agent(lab.agent(10)).await.expect("is put");
    lab.live.create_chat(lab.chat_of(10)).await.expect("is put");
    lab.pass(31);
    let gone = swept(lab).await;
    assert!(matches!(&gone[..], [Gone::Agent(ghost)] if ghost.id == agent.id && ghost.load == 1), "{gone:?}");
    assert_eq!(lab.live.get_agents(SITE, &AgentFilter::default()).await, Ok(Vec::new()));
    let back = lab.live.create_agent(lab.agent(10)).await.expect("comes back");
    assert_eq!((back.load, back.status), (1, AgentStatus::Online), "to the chats that were left");
}

pub async fn who_was_heard_of_is_not_swept(lab: &Lab) {
    let visitor = lab.live.create_visitor(lab.visitor()).await.expect("is put");
    lab.live.create_agent(lab.agent(1)).await.expect("is put");
    for _ in 0..5 {
        lab.pass(20);
        let now = lab.clock.now();
        lab.live.update_visitor(SITE, visitor.id, VisitorPatch::seen(now)).await.expect("is heard");
        lab.other.update_agent(SITE, UserId(1), AgentPatch::seen(now)).await.expect("is heard");
        assert_eq!(swept(lab).await, []);
    }
}

pub async fn a_ghost_is_given_to_one_sweeper(lab: &Lab) {
    for _ in 0..40 {
        lab.live.create_visitor(lab.visitor()).await.expect("is put");
    }
    lab.pass(100);
    let now = lab.clock.now();
    let sweepers = (0..6).map(|n| {
        let node = if n % 2 == 0 { lab.live.clone() } else { lab.other.clone() };
        tokio::spawn(async move { node.sweep(now, SILENCE).await.expect("is swept").len() })
    });
    let mut all = 0;
    for sweeper in sweepers.collect::<Vec<_>>() {
        all += sweeper.await.expect("no panic");
    }
    assert_eq!(all, 40);
}

pub async fn ghosts_of_all_sites_are_swept(lab: &Lab) {
    for site in [1, 2, 3] {
        lab.live.create_visitor(LiveVisitor { site: SiteId(site), ..lab.visitor() }).await.expect("is put");
        lab.live.create_agent(LiveAgent { site: SiteId(site), ..lab.agent(1) }).await.expect("is put");
    }
    lab.pass(100);
    let gone = lab.other.sweep(lab.clock.now(), SILENCE).await.expect("is swept");
    assert_eq!(gone.len(), 6);
}
