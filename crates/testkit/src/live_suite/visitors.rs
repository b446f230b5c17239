use super::{Lab, SITE};
use base::{ChatId, DepartmentId, SiteId, UserId, VisitorId, WidgetId};
use sockets::live::{LiveError, LiveQuery, LiveVisitor, PageSeen, VisitorFilter, VisitorPatch, VisitorStatus};
use std::collections::{BTreeMap, HashSet};
use std::time::Duration;
use uuid::Uuid;

async fn found(lab: &Lab, filter: VisitorFilter) -> Vec<LiveVisitor> {
    lab.live.get_visitors(SITE, &filter, &LiveQuery::default()).await.expect("is read").items
}

async fn one(lab: &Lab, id: VisitorId) -> LiveVisitor {
    found(lab, VisitorFilter::one(id)).await.pop().expect("is here")
}

async fn put(lab: &Lab, visitor: LiveVisitor) -> LiveVisitor {
    lab.live.create_visitor(visitor).await.expect("is put")
}

pub async fn a_visitor_reads_back_as_it_was_put(lab: &Lab) {
    let given = LiveVisitor {
        name: Some("Ada".into()),
        chat: Some(ChatId(Uuid::new_v4())),
        agent: Some(UserId(3)),
        department: Some(DepartmentId(4)),
        widget: Some(WidgetId(5)),
        segments: vec![6, 9_007_199_254_740_993],
        variables: BTreeMap::from([("cart".into(), "3".into())]),
        ..lab.visitor()
    };
    let stored = put(lab, given.clone()).await;
    assert_eq!(stored, LiveVisitor { rev: 1, ..given });
    assert_eq!(one(lab, stored.id).await, stored);
    let empty = put(lab, lab.visitor()).await;
    assert_eq!(one(lab, empty.id).await, empty);
}

pub async fn a_visitor_that_is_not_here_cannot_be_changed(lab: &Lab) {
    let id = VisitorId(Uuid::new_v4());
    let refused = lab.live.update_visitor(SITE, id, VisitorPatch::seen(super::super::NOON)).await;
    assert!(matches!(refused, Err(LiveError::Missing(_))), "{refused:?}");
    assert_eq!(lab.live.remove_visitor(SITE, id).await, Ok(None));
    assert!(found(lab, VisitorFilter::default()).await.is_empty());
}

pub async fn a_patch_changes_only_what_it_names(lab: &Lab) {
    let before = put(lab, LiveVisitor { name: Some("Ada".into()), ..lab.visitor() }).await;
    let page = PageSeen { url: "https://shop.example/cart".into(), title: "Cart".into() };
    let patch = VisitorPatch { page: Some(page.clone()), pages: Some(2), name: Some(None), ..VisitorPatch::default() };
    let after = lab.live.update_visitor(SITE, before.id, patch).await.expect("is changed");
    assert_eq!(after, LiveVisitor { page, pages: 2, name: None, rev: 2, ..before });
    assert_eq!(one(lab, after.id).await, after);
}

pub async fn an_older_assertion_changes_nothing(lab: &Lab) {
    let first = put(lab, lab.visitor()).await;
    let patch = VisitorPatch { status: Some(VisitorStatus::Waiting), ..VisitorPatch::default() };
    let second = lab.live.update_visitor(SITE, first.id, patch).await.expect("is changed");
    assert_eq!(put(lab, first.clone()).await, second, "the store knows better");
    let third = put(lab, LiveVisitor { rev: 0, ..first.clone() }).await;
    assert_eq!((third.status, third.rev), (first.status, 3), "without a revision it replaces");
}

pub async fn a_change_on_condition_fails_when_somebody_was_faster(lab: &Lab) {
    let visitor = put(lab, lab.visitor()).await;
    let patch = |name: &str| VisitorPatch { name: Some(Some(name.into())), if_rev: Some(visitor.rev), ..VisitorPatch::default() };
    lab.live.update_visitor(SITE, visitor.id, patch("Ada")).await.expect("the first is taken");
    let second = lab.other.update_visitor(SITE, visitor.id, patch("Bob")).await;
    assert!(matches!(second, Err(LiveError::Changed(_))), "{second:?}");
    assert_eq!(one(lab, visitor.id).await.name.as_deref(), Some("Ada"));
}

pub async fn a_heartbeat_never_goes_back(lab: &Lab) {
    let visitor = put(lab, lab.visitor()).await;
    let early = visitor.seen.minus(Duration::from_secs(60));
    let after = lab.live.update_visitor(SITE, visitor.id, VisitorPatch::seen(early)).await.expect("is heard");
    assert_eq!(after.seen, visitor.seen);
    assert_eq!(put(lab, LiveVisitor { seen: early, ..visitor.clone() }).await.seen, visitor.seen);
}

pub async fn a_heartbeat_raises_no_revision(lab: &Lab) {
    let visitor = put(lab, lab.visitor()).await;
    let late = visitor.seen.plus(Duration::from_secs(60));
    let after = lab.live.update_visitor(SITE, visitor.id, VisitorPatch::seen(late)).await.expect("is heard");
    assert_eq!(after, LiveVisitor { seen: late, ..visitor });
    assert_eq!(one(lab, after.id).await, after);
}

pub async fn visitors_are_found_by_each_filter(lab: &Lab) {
    let chat = ChatId(Uuid::new_v4());
    put(lab, lab.visitor()).await;
    let mine = LiveVisitor {
        status: VisitorStatus::Chatting,
        chat: Some(chat),
        agent: Some(UserId(3)),
        department: Some(DepartmentId(4)),
        ..lab.visitor()
    };
    let mine = put(lab, mine).await;
    let filters = [
        VisitorFilter { status: Some(VisitorStatus::Chatting), ..VisitorFilter::default() },
        VisitorFilter { chat: Some(chat), ..VisitorFilter::default() },
        VisitorFilter { agent: Some(UserId(3)), ..VisitorFilter::default() },
        VisitorFilter { department: Some(DepartmentId(4)), ..VisitorFilter::default() },
        VisitorFilter::one(mine.id),
    ];
    for filter in filters {
        assert_eq!(found(lab, filter.clone()).await, vec![mine.clone()], "{filter:?}");
    }
    assert_eq!(found(lab, VisitorFilter::default()).await.len(), 2);
}

pub async fn filters_must_all_hold(lab: &Lab) {
    let visitor = put(lab, LiveVisitor { agent: Some(UserId(3)), ..lab.visitor() }).await;
    let filter = VisitorFilter { agent: Some(UserId(3)), status: Some(VisitorStatus::Chatting), ..VisitorFilter::default() };
    assert!(found(lab, filter).await.is_empty());
    let filter = VisitorFilter { agent: Some(UserId(4)), ..VisitorFilter::one(visitor.id) };
    assert!(found(lab, filter).await.is_empty());
}

pub async fn indexes_follow_every_change(lab: &Lab) {
    let visitor = put(lab, LiveVisitor { agent: Some(UserId(3)), ..lab.visitor() }).await;
    let patch = VisitorPatch { agent: Some(Some(UserId(4))), status: Some(VisitorStatus::Waiting), ..VisitorPatch::default() };
    lab.live.update_visitor(SITE, visitor.id, patch).await.expect("is changed");
    let of = |agent| VisitorFilter { agent: Some(UserId(agent)), ..VisitorFilter::default() };
    assert!(found(lab, of(3)).await.is_empty());
    assert_eq!(found(lab, of(4)).await.len(), 1);
    put(lab, LiveVisitor { rev: 0, ..visitor }).await;
    assert_eq!(found(lab, of(3)).await.len(), 1, "an assertion moves it too");
    assert!(found(lab, of(4)).await.is_empty());
    assert!(found(lab, VisitorFilter { status: Some(VisitorStatus::Waiting), ..VisitorFilter::default() }).await.is_empty());
}

pub async fn a_removed_visitor_is_found_nowhere(lab: &Lab) {
    let visitor = put(lab, LiveVisitor { agent: Some(UserId(3)), ..lab.visitor() }).await;
    assert_eq!(lab.other.remove_visitor(SITE, visitor.id).await, Ok(Some(visitor.clone())));
    assert_eq!(lab.live.remove_visitor(SITE, visitor.id).await, Ok(None), "once");
    assert!(found(lab, VisitorFilter::one(visitor.id)).await.is_empty());
    assert!(found(lab, VisitorFilter { agent: Some(UserId(3)), ..VisitorFilter::default() }).await.is_empty());
    assert!(found(lab, VisitorFilter::default()).await.is_empty());
}

pub async fn visitors_come_newest_first(lab: &Lab) {
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(put(lab, lab.visitor()).await.id);
        lab.pass(1);
    }
    ids.reverse();
    assert_eq!(found(lab, VisitorFilter::default()).await.iter().map(|visitor| visitor.id).collect::<Vec<_>>(), ids);
    let named = VisitorFilter { ids: vec![ids[2], ids[0]], ..VisitorFilter::default() };
    assert_eq!(found(lab, named).await.iter().map(|visitor| visitor.id).collect::<Vec<_>>(), [ids[0], ids[2]]);
}

async fn paged(lab: &Lab, limit: u32, filter: &VisitorFilter) -> Vec<VisitorId> {
    let mut ids = Vec::new();
    let mut query = LiveQuery::first(limit);
    loop {
        let page = lab.live.get_visitors(SITE, filter, &query).await.expect("is read");
        assert!(page.items.len() <= limit as usize);
        ids.extend(page.items.iter().map(|visitor| visitor.id));
        match page.next {
            Some(next) => query.after = Some(next),
            None => return ids,
        }
    }
}

pub async fn pages_hold_everybody_once(lab: &Lab) {
    let mut waiting = HashSet::new();
    for n in 0..25 {
        let status = if n % 2 == 0 { VisitorStatus::Waiting } else { VisitorStatus::Browsing };
        let visitor = put(lab, LiveVisitor { status, ..lab.visitor() }).await;
        if n % 2 == 0 {
            waiting.insert(visitor.id);
        }
        lab.pass(1);
    }
    assert_eq!(paged(lab, 10, &VisitorFilter::default()).await.len(), 25);
    let filter = VisitorFilter { status: Some(VisitorStatus::Waiting), ..VisitorFilter::default() };
    let ids = paged(lab, 13, &filter).await;
    assert_eq!((ids.len(), ids.into_iter().collect::<HashSet<_>>()), (13, waiting));
}

pub async fn pages_hold_everybody_of_one_moment(lab: &Lab) {
    for _ in 0..23 {
        put(lab, lab.visitor()).await;
    }
    let ids = paged(lab, 5, &VisitorFilter::default()).await;
    assert_eq!((ids.len(), ids.into_iter().collect::<HashSet<_>>().len()), (23, 23));
}

pub async fn a_forged_cursor_is_refused(lab: &Lab) {
    for forged in ["", "x", "1", "1:2", ":", "x:00000000-0000-0000-0000-000000000000"] {
        let query = LiveQuery { after: Some(forged.into()), limit: 5 };
        let refused = lab.live.get_visitors(SITE, &VisitorFilter::default(), &query).await;
        assert!(matches!(refused, Err(LiveError::Invalid(_))), "{forged:?}: {refused:?}");
    }
}

pub async fn a_visitor_of_another_site_is_not_there(lab: &Lab) {
    let visitor = put(lab, lab.visitor()).await;
    let page = lab.live.get_visitors(SiteId(8), &VisitorFilter::one(visitor.id), &LiveQuery::default()).await.expect("is read");
    assert!(page.items.is_empty());
    assert_eq!(lab.live.remove_visitor(SiteId(8), visitor.id).await, Ok(None));
    assert_eq!(one(lab, visitor.id).await, visitor);
}

pub async fn odd_texts_survive(lab: &Lab) {
    let odd = "\"\\ \u{0}\n\u{202e}总机 \u{200b}😀 <script> {s:1} null";
    let visitor = LiveVisitor {
        name: Some(odd.into()),
        page: PageSeen { url: odd.into(), title: String::new() },
        variables: BTreeMap::from([(odd.into(), odd.into()), (".score".into(), "cn:x".into())]),
        ..lab.visitor()
    };
    let visitor = put(lab, visitor).await;
    assert_eq!(one(lab, visitor.id).await, visitor);
}

pub async fn a_named_visitor_is_found_among_many(lab: &Lab) {
    let mut last = None;
    for _ in 0..50 {
        last = Some(put(lab, lab.visitor()).await);
    }
    let last = last.expect("some");
    assert_eq!(found(lab, VisitorFilter::one(last.id)).await, vec![last]);
}
