//! What every store of live state promises, one function a promise. `live_suite!(open)` makes a test of each; `open` is an async
//! function that answers with a fresh [`Lab`], or with nothing when there is no such store here.

mod agents;
mod chats;
mod ghosts;
mod logs;
mod loss;
mod visitors;

pub use agents::*;
pub use chats::*;
pub use ghosts::*;
pub use logs::*;
pub use loss::*;
pub use visitors::*;

use base::{ChatId, DepartmentId, ManualClock, SiteId, UserId, VisitorId};
use futures_util::future::BoxFuture;
use sockets::live::{
    AgentStatus, Change, Changes, ChatStatus, LiveAgent, LiveChat, LiveState, LiveVisitor, PageSeen, Published, Topic, VisitorStatus,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Two nodes on one fresh store.
pub struct Lab {
    pub live: Arc<dyn LiveState>,
    /// Another node (the same one when the store knows only one).
    pub other: Arc<dyn LiveState>,
    pub clock: Arc<ManualClock>,
    /// Makes the store forget everything.
    pub lose: Box<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>,
}

#[macro_export]
macro_rules! live_suite {
    ($open:path) => {
        $crate::live_suite!($open:
            a_visitor_reads_back_as_it_was_put, a_visitor_that_is_not_here_cannot_be_changed, a_patch_changes_only_what_it_names,
            an_older_assertion_changes_nothing, a_change_on_condition_fails_when_somebody_was_faster, a_heartbeat_never_goes_back,
            a_heartbeat_raises_no_revision, visitors_are_found_by_each_filter, filters_must_all_hold,
            indexes_follow_every_change, a_removed_visitor_is_found_nowhere, visitors_come_newest_first,
            pages_hold_everybody_once, pages_hold_everybody_of_one_moment, a_forged_cursor_is_refused,
            a_visitor_of_another_site_is_not_there, odd_texts_survive, a_named_visitor_is_found_among_many,
            a_chat_makes_its_agents_load, a_load_waits_for_its_agent, a_moved_chat_moves_the_load, an_assignment_is_remembered,
            an_idle_agent_is_known_since_when, saying_again_who_an_agent_is_keeps_the_load, agents_are_found_by_each_filter,
            the_least_busy_comes_first, who_has_room_is_told_by_status_limit_and_will, screens_are_counted_by_node,
            an_agent_is_never_overfilled_by_two_nodes, a_chat_with_no_taker_stays_as_it_was, the_queue_is_in_order,
            chats_are_found_by_each_filter, a_removed_chat_frees_its_agent, chat_pages_hold_every_chat_once,
            the_board_hears_of_coming_change_and_going, the_board_hears_nothing_of_heartbeats, the_desk_hears_of_colleagues,
            numbers_rise_without_a_hole, another_node_hears_it_too, an_entry_told_twice_is_heard_once, a_late_entry_is_not_told,
            a_hole_is_a_gap, what_is_told_once_is_kept_nowhere, a_log_is_read_from_any_number, a_log_keeps_a_thousand,
            logs_do_not_meet, a_cursor_of_another_life_is_a_gap, a_cursor_from_the_future_is_a_gap, only_sql_numbers_a_chat,
            writers_at_once_make_one_order, a_removed_chat_forgets_its_log, an_agents_own_log_needs_no_agent,
            a_silent_visitor_is_swept, a_silent_agent_is_swept, who_was_heard_of_is_not_swept, a_ghost_is_given_to_one_sweeper,
            ghosts_of_all_sites_are_swept, a_gap_follows_loss, owners_are_told_of_loss, what_is_said_again_after_loss_is_as_before,
            a_chat_goes_on_after_loss,
        );
    };
    ($open:path: $($promise:ident),* $(,)?) => {
        $(#[tokio::test]
        async fn $promise() {
            if let Some(lab) = $open().await {
                $crate::live_suite::$promise(&lab).await;
            }
        })*
    };
}

pub(crate) const SITE: SiteId = SiteId(7);

impl Lab {
    pub(crate) fn visitor(&self) -> LiveVisitor {
        let now = base::Clock::now(&*self.clock);
        LiveVisitor {
            id: VisitorId(Uuid::new_v4()),
            site: SITE,
            name: None,
            email: None,
            status: VisitorStatus::Browsing,
            page: PageSeen { url: "https://shop.example/".into(), title: "Shop".into() },
            landing: "https://shop.example/".into(),
            referrer: None,
            country: Some("CN".into()),
            city: None,
            browser: Some("Firefox".into()),
            os: None,
            device: None,
            language: Some("zh-CN".into()),
            time_zone: None,
            visits: 1,
            pages: 1,
            since: now,
            seen: now,
            chat: None,
            agent: None,
            department: None,
            widget: None,
            segments: Vec::new(),
            variables: BTreeMap::new(),
            rev: 0,
        }
    }

    pub(crate) fn agent(&self, id: i64) -> LiveAgent {
        let now = base::Clock::now(&*self.clock);
        LiveAgent {
            id: UserId(id),
            site: SITE,
            name: format!("Agent {id}"),
            status: AgentStatus::Online,
            departments: vec![DepartmentId(1)],
            chat_limit: 3,
            load: 0,
            accepts_chats: true,
            since: now,
            seen: now,
            last_assigned: None,
            idle_since: None,
            connections: BTreeMap::new(),
            rev: 0,
        }
    }

    pub(crate) fn chat(&self) -> LiveChat {
        LiveChat {
            id: ChatId(Uuid::new_v4()),
            site: SITE,
            number: 1,
            visitor: VisitorId(Uuid::new_v4()),
            agent: None,
            department: None,
            status: ChatStatus::Waiting,
            requested_at: base::Clock::now(&*self.clock),
            last_seq: 0,
            priority: 0,
            rev: 0,
        }
    }

    /// A running chat of an agent, as it is put.
    pub(crate) fn chat_of(&self, agent: i64) -> LiveChat {
        LiveChat { agent: Some(UserId(agent)), status: ChatStatus::Chatting, ..self.chat() }
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub(crate) async fn load(&self, agent: i64) -> u32 {
        let found = self.live.get_agents(SITE, &sockets::live::AgentFilter::one(UserId(agent))).await.expect("is read");
        found.first().expect("is here").load
    }
}

/// The next thing heard about a topic.
pub(crate) async fn heard(changes: &mut Changes, topic: Topic) -> Arc<Published> {
    let listen = async {
        loop {
            match changes.next().await.expect("the store is open") {
                Change::Published(published) if published.topic == topic => return published,
                _ => {}
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(5), listen).await.expect("it is told")
}

pub(crate) fn body(text: &str) -> Arc<str> {
    format!(r#"{{"kind":"notice","data":"{text}"}}"#).into()
}

pub(crate) fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).expect("is JSON")
}
