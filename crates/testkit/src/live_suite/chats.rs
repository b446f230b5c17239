use super::{Lab, SITE};
use base::{ChatId, DepartmentId, UserId};
use sockets::live::{ChatFilter, ChatPatch, ChatStatus, LiveChat, LiveError, LiveQuery};
use std::collections::HashSet;

async fn found(lab: &Lab, filter: ChatFilter) -> Vec<ChatId> {
    let page = lab.live.get_chats(SITE, &filter, &LiveQuery::default()).await.expect("is read");
    page.items.iter().map(|chat| chat.id).collect()
}

async fn put(lab: &Lab, chat: LiveChat) -> LiveChat {
    lab.live.create_chat(chat).await.expect("is put")
}

pub async fn a_chat_with_no_taker_stays_as_it_was(lab: &Lab) {
    let chat = put(lab, lab.chat()).await;
    let patch = ChatPatch {
        agent: Some(Some(UserId(1))),
        status: Some(ChatStatus::Chatting),
        if_room: true,
        ..ChatPatch::default()
    };
    assert_eq!(lab.live.update_chat(SITE, chat.id, patch).await, Err(LiveError::NoRoom(UserId(1))), "that agent is not here");
    let page = lab.live.get_chats(SITE, &ChatFilter::one(chat.id), &LiveQuery::default()).await.expect("is read");
    assert_eq!(page.items, vec![chat]);
    let missing = lab.live.update_chat(SITE, ChatId(uuid::Uuid::new_v4()), ChatPatch::default()).await;
    assert!(matches!(missing, Err(LiveError::Missing(_))));
}

pub async fn the_queue_is_in_order(lab: &Lab) {
    let first = put(lab, lab.chat()).await;
    lab.pass(1);
    let second = put(lab, lab.chat()).await;
    lab.pass(1);
    let urgent = put(lab, LiveChat { priority: 5, ..lab.chat() }).await;
    let waiting = ChatFilter { status: Some(ChatStatus::Waiting), ..ChatFilter::default() };
    assert_eq!(found(lab, waiting.clone()).await, [urgent.id, first.id, second.id]);
    let patch = ChatPatch { priority: Some(9), ..ChatPatch::default() };
    lab.live.update_chat(SITE, second.id, patch).await.expect("is changed");
    assert_eq!(found(lab, waiting).await, [second.id, urgent.id, first.id]);
}

pub async fn chats_are_found_by_each_filter(lab: &Lab) {
    put(lab, lab.chat()).await;
    let mine = put(lab, LiveChat { department: Some(DepartmentId(4)), ..lab.chat_of(3) }).await;
    for filter in [
        ChatFilter { status: Some(ChatStatus::Chatting), ..ChatFilter::default() },
        ChatFilter { agent: Some(UserId(3)), ..ChatFilter::default() },
        ChatFilter { department: Some(DepartmentId(4)), ..ChatFilter::default() },
        ChatFilter { visitor: Some(mine.visitor), ..ChatFilter::default() },
        ChatFilter::one(mine.id),
    ] {
        assert_eq!(found(lab, filter.clone()).await, [mine.id], "{filter:?}");
    }
    assert_eq!(found(lab, ChatFilter { agent: Some(UserId(3)), status: Some(ChatStatus::Waiting), ..ChatFilter::default() }).await, []);
}

pub async fn a_removed_chat_frees_its_agent(lab: &Lab) {
    lab.live.create_agent(lab.agent(1)).await.expect("is put");
    let chat = put(lab, lab.chat_of(1)).await;
    assert_eq!(lab.live.remove_chat(SITE, chat.id).await, Ok(Some(chat.clone())));
    assert_eq!(lab.live.remove_chat(SITE, chat.id).await, Ok(None));
    assert_eq!(lab.load(1).await, 0);
    assert_eq!(found(lab, ChatFilter::default()).await, []);
}

pub async fn chat_pages_hold_every_chat_once(lab: &Lab) {
    for n in 0..17 {
        put(lab, LiveChat { priority: n % 3, ..lab.chat() }).await;
    }
    let (mut ids, mut query) = (Vec::new(), LiveQuery::first(4));
    loop {
        let page = lab.live.get_chats(SITE, &ChatFilter::default(), &query).await.expect("is read");
        ids.extend(page.items.into_iter().map(|chat| chat.id));
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    assert_eq!((ids.len(), ids.into_iter().collect::<HashSet<_>>().len()), (17, 17));
}
