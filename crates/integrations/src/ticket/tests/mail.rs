use super::*;

fn settings() -> TicketSettings {
    TicketSettings { inbound_address: Some("help@shop.example".into()), ..TicketSettings::default() }
}

fn raw(id: &str, from: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("From: {from}\r\nTo: help@shop.example\r\nSubject: =?utf-8?B?6K6i5Y2V?=\r\nMessage-ID: <{id}>\r\n{headers}MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}").into_bytes()
}

const ADA: &str = "Ada <ada@mail.example>";

impl Desk {
    async fn take(&self, to: &str, raw: &[u8]) -> Result<Received, InboundError> {
        self.inbound.receive(SITE, Some(("ada@mail.example", &[to.to_owned()])), raw).await
    }

    /// A ticket by mail, answered; gives it and the letter of the reply.
    async fn answered(&self) -> (TicketId, sockets::mailer::Mail) {
        let Received::Opened(id) = self.take("help@shop.example", &raw("one@mail.example", ADA, "", "Where is it?")).await.unwrap() else {
            panic!("a ticket is opened")
        };
        let new = NewEntry { status: Some(Status::Pending), ..said("On its way", true) };
        self.tickets.say(&agent(), id, new).await.unwrap();
        self.house.post().await;
        let letter = self.house.mailbox.got().into_iter().find(|mail| mail.text.starts_with("On its way")).expect("the reply");
        (id, letter)
    }
}

#[tokio::test]
async fn a_message_opens_a_ticket_and_is_acknowledged_once() {
    let desk = Desk::with(settings()).await;
    let message = raw("one@mail.example", ADA, "", "Where is it?\r\n\r\nOn Sat, 21 Nov 2026, Shop wrote:\r\n> old words\r\n");
    let Received::Opened(id) = desk.take("help@shop.example", &message).await.unwrap() else { panic!("a ticket is opened") };
    assert_eq!(desk.take("help@shop.example", &message).await.unwrap(), Received::Ignored, "a second copy");
    let ticket = desk.tickets.get(SITE, id).await.unwrap();
    assert_eq!((ticket.subject.as_str(), ticket.source, ticket.requester.name.as_str()), ("订单", Source::Email, "Ada"));
    assert_eq!(desk.entries(id).await[0].text, "Where is it?");
    desk.house.post().await;
    let got = desk.house.mailbox.got();
    let receipt = got.iter().find(|mail| mail.to.email == "ada@mail.example").expect("a receipt");
    assert_eq!(receipt.in_reply_to.as_deref(), Some("one@mail.example"));
    assert!(receipt.reply_to.as_ref().unwrap().starts_with("help+t1."));
    assert_eq!((receipt.bounces_to.clone(), got.len()), (None, 2), "and the default department's agent is told");
}

#[tokio::test]
async fn an_answer_to_the_signed_address_threads_in_and_opens_the_ticket_again() {
    let desk = Desk::with(settings()).await;
    let (id, letter) = desk.answered().await;
    let reply_to = letter.reply_to.clone().unwrap();
    assert_eq!(letter.in_reply_to.as_deref(), Some("one@mail.example"));
    assert_eq!(desk.take(&reply_to, &raw("two@mail.example", ADA, "", "Thanks, but where?")).await.unwrap(), Received::Answered(id));
    let ticket = desk.tickets.get(SITE, id).await.unwrap();
    assert_eq!((ticket.status, ticket.unread), (Status::Open, true));
    let last = desk.entries(id).await.into_iter().rev().find(|entry| entry.kind == EntryKind::Public).unwrap();
    assert_eq!((last.text.as_str(), matches!(last.author, Author::Requester { .. })), ("Thanks, but where?", true));
}

#[tokio::test]
async fn an_answer_that_names_our_letter_threads_in_without_the_address() {
    let desk = Desk::with(settings()).await;
    let (id, letter) = desk.answered().await;
    let by_reference = raw("three@mail.example", ADA, &format!("References: <x@y> <{}>\r\n", letter.id), "By reference");
    assert_eq!(desk.take("help@shop.example", &by_reference).await.unwrap(), Received::Answered(id));
    let stranger = raw("four@else.example", "Eve <eve@else.example>", &format!("In-Reply-To: <{}>\r\n", letter.id), "Forwarded to me");
    assert_eq!(desk.take("help@shop.example", &stranger).await.unwrap(), Received::Answered(id));
    let last = desk.entries(id).await.into_iter().rev().find(|entry| entry.kind == EntryKind::Public).unwrap();
    assert!(matches!(last.author, Author::Other { .. }), "somebody else is told as such");
}

#[tokio::test]
async fn a_guessed_reference_opens_a_ticket_of_its_own() {
    let desk = Desk::with(settings()).await;
    let (id, letter) = desk.answered().await;
    let before = desk.entries(id).await.len();
    let guesses = [format!("help+t1.{}@shop.example", "a".repeat(16)), "help+t1@shop.example".to_owned(), "help+1@shop.example".to_owned()];
    for (at, to) in guesses.iter().enumerate() {
        let message = raw(&format!("g{at}@else.example"), "Eve <eve@else.example>", "In-Reply-To: <t1.2.aaaaaaaaaaaaaaaa@chat.example>\r\n", "let me in");
        assert!(matches!(desk.take(to, &message).await.unwrap(), Received::Opened(other) if other != id), "{to}");
    }
    let reference = letter.reply_to.unwrap().replace("+t1.", "+t2.");
    assert!(matches!(desk.take(&reference, &raw("g9@else.example", "Eve <eve@else.example>", "", "x")).await.unwrap(), Received::Opened(_)));
    assert_eq!(desk.entries(id).await.len(), before);
}

#[tokio::test]
async fn machines_and_bounces_are_noted_and_open_nothing() {
    let desk = Desk::with(settings()).await;
    let (id, letter) = desk.answered().await;
    let reply_to = letter.reply_to.unwrap();
    desk.house.post().await;
    let sent = desk.house.mailbox.got().len();
    for (at, header) in ["Auto-Submitted: auto-replied\r\n", "Precedence: bulk\r\n", "List-Unsubscribe: <mailto:x@y.example>\r\n", "X-Autoreply: yes\r\n"].iter().enumerate() {
        let away = raw(&format!("away{at}@mail.example"), ADA, header, "I am away");
        assert_eq!(desk.take(&reply_to, &away).await.unwrap(), Received::Noted(id), "{header}");
        assert_eq!(desk.take("help@shop.example", &raw(&format!("x{at}@mail.example"), ADA, header, "I am away")).await.unwrap(), Received::Ignored);
    }
    let bounce = raw("b@mx.example", "MAILER-DAEMON <mailer-daemon@mx.example>", "", "550 no such user");
    assert_eq!(desk.inbound.receive(SITE, Some(("", &[reply_to])), &bounce).await.unwrap(), Received::Noted(id));
    assert_eq!(desk.tickets.get(SITE, id).await.unwrap().status, Status::Pending);
    let own = raw("own@shop.example", "Desk <desk@chat.example>", "", "our own words");
    assert_eq!(desk.take("help@shop.example", &own).await.unwrap(), Received::Ignored);
    desk.house.post().await;
    assert!(desk.house.mailbox.got()[sent..].iter().all(|mail| mail.to.email.ends_with("@shop.example")), "nobody outside is written to");
}

/// What a mail server sends back; `action` is `failed` or `delayed`.
fn report(of: &str, action: &str) -> Vec<u8> {
    format!(
        "From: MAILER-DAEMON <mailer-daemon@mx.example>\r\nTo: help@shop.example\r\nSubject: Undelivered\r\nMessage-ID: <{action}-{of}>\r\nMIME-Version: 1.0\r\nAuto-Submitted: auto-replied\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; ada@mail.example\r\nAction: {action}\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nFrom: desk@chat.example\r\nMessage-ID: <{of}>\r\n--b--\r\n"
    )
    .into_bytes()
}

#[tokio::test]
async fn an_answer_that_comes_back_marks_the_ticket_and_tells_whoever_has_it() {
    let desk = Desk::with(settings()).await;
    let (id, letter) = desk.answered().await;
    desk.tickets.change(&agent(), id, TicketPatch { assignee: Some(Some(crate::tests::WU)), ..TicketPatch::default() }).await.unwrap();
    desk.house.post().await;
    let before = desk.house.mailbox.got().len();
    assert_eq!(desk.inbound.receive(SITE, Some(("", &["help@shop.example".to_owned()])), &report(&letter.id, "delayed")).await.unwrap(), Received::Noted(id));
    assert!(!desk.tickets.get(SITE, id).await.unwrap().unread, "late is not lost");
    assert_eq!(desk.inbound.receive(SITE, Some(("", &["help@shop.example".to_owned()])), &report(&letter.id, "failed")).await.unwrap(), Received::Noted(id));
    let ticket = desk.tickets.get(SITE, id).await.unwrap();
    assert_eq!((ticket.unread, ticket.status), (true, Status::Pending));
    desk.house.post().await;
    let told: Vec<_> = desk.house.mailbox.got()[before..].to_vec();
    assert_eq!(told.iter().map(|mail| mail.to.email.as_str()).collect::<Vec<_>>(), ["wu@shop.example"]);
    assert!(told[0].subject.contains("did not reach"), "{}", told[0].subject);
    let log = desk.house.log().await;
    let reply = log.iter().find(|one| one.message_id == letter.id).unwrap();
    assert_eq!((reply.state, reply.trouble.as_deref()), (crate::email::LetterState::Failed, Some("550 5.1.1 no such user")));
}

#[tokio::test]
async fn a_transcript_that_comes_back_is_marked_in_the_log_and_a_strangers_report_changes_nothing() {
    let desk = Desk::with(TicketSettings { inbound_address: Some("help@chat.example".into()), ..TicketSettings::default() }).await;
    desk.house.put(crate::tests::letter_to("ada@mail.example", "transcript", crate::email::Automatic::Generated)).await;
    desk.house.post().await;
    let mail = desk.house.mailbox.got().remove(0);
    assert_eq!(mail.bounces_to.as_deref(), Some("help@chat.example"), "it comes back to where it is read");
    let to = ["help@chat.example".to_owned()];
    assert_eq!(desk.inbound.receive(SITE, Some(("", &to)), &report("guess@chat.example", "failed")).await.unwrap(), Received::Ignored);
    assert_eq!(desk.house.log().await[0].state, crate::email::LetterState::Sent);
    assert_eq!(desk.inbound.receive(SITE, Some(("", &to)), &report(&mail.id, "failed")).await.unwrap(), Received::Ignored);
    let letter = desk.house.log().await.remove(0);
    assert_eq!((letter.state, letter.trouble.as_deref()), (crate::email::LetterState::Failed, Some("550 5.1.1 no such user")));
    desk.house.emails.resend(SITE, letter.id).await.unwrap();
}

#[tokio::test]
async fn what_comes_through_a_list_opens_a_ticket_and_is_not_acknowledged() {
    let desk = Desk::with(settings()).await;
    for (at, header) in ["Precedence: list\r\n", "List-Id: <support.shop.example>\r\nList-Unsubscribe: <mailto:x@y.example>\r\n"].iter().enumerate() {
        let message = raw(&format!("list{at}@mail.example"), ADA, header, "Where is it?");
        assert!(matches!(desk.take("help@shop.example", &message).await.unwrap(), Received::Opened(_)), "{header}");
    }
    for (at, header) in ["List-Unsubscribe: <mailto:x@y.example>\r\n", "List-Id: <a.b>\r\nPrecedence: bulk\r\n"].iter().enumerate() {
        let newsletter = raw(&format!("news{at}@mail.example"), ADA, header, "Buy!");
        assert_eq!(desk.take("help@shop.example", &newsletter).await.unwrap(), Received::Ignored, "{header}");
    }
    desk.house.post().await;
    assert!(desk.house.mailbox.got().iter().all(|mail| mail.to.email != "ada@mail.example"));
    let (id, letter) = desk.answered().await;
    let answer = raw("answer@mail.example", ADA, "Precedence: list\r\n", "Thanks");
    assert_eq!(desk.take(&letter.reply_to.unwrap(), &answer).await.unwrap(), Received::Answered(id), "an answer is one by whatever way it came");
}

#[tokio::test]
async fn an_answer_to_a_closed_ticket_goes_on_in_a_new_one() {
    let desk = Desk::with(settings()).await;
    let (id, letter) = desk.answered().await;
    desk.tickets.change(&agent(), id, TicketPatch { status: Some(Status::Closed), ..TicketPatch::default() }).await.unwrap();
    let Received::Opened(next) = desk.take(&letter.reply_to.unwrap(), &raw("late@mail.example", ADA, "", "Again!")).await.unwrap() else {
        panic!("a new ticket")
    };
    assert_eq!(desk.tickets.get(SITE, next).await.unwrap().follows, Some(1));
}

#[tokio::test]
async fn html_becomes_text_and_files_are_kept() {
    let desk = Desk::with(settings()).await;
    let body = concat!(
        "From: Ada <ada@mail.example>\r\nTo: help@shop.example\r\nSubject: x\r\nMessage-ID: <h@mail.example>\r\nMIME-Version: 1.0\r\n",
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n",
        "<p>Hello <b>there</b></p><script>alert(1)</script>\r\n--b\r\nContent-Type: text/plain; name=\"a.txt\"\r\n",
        "Content-Disposition: attachment; filename=\"a.txt\"\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--b--\r\n"
    );
    let Received::Opened(id) = desk.take("help@shop.example", body.as_bytes()).await.unwrap() else { panic!("a ticket is opened") };
    let entry = &desk.entries(id).await[0];
    assert!(entry.text.contains("Hello there") && !entry.text.contains('<') && !entry.text.contains("alert"), "{:?}", entry.text);
    assert_eq!((entry.uploads[0].name.as_str(), entry.uploads[0].size), ("a.txt", 5));
}

#[tokio::test]
async fn nonsense_is_refused_and_a_flood_is_put_off() {
    let desk = Desk::with(settings()).await;
    for nonsense in [&b""[..], b"\0\xff\xfe", b"Subject: nobody\r\n\r\nx", b"From: <a b@c>\r\n\r\nx"] {
        assert!(matches!(desk.take("help@shop.example", nonsense).await, Err(InboundError::Refused(_))), "{nonsense:?}");
    }
    for at in 0..60 {
        desk.take("help@shop.example", &raw(&format!("f{at}@mail.example"), ADA, "", "again")).await.unwrap();
    }
    assert!(matches!(desk.take("help@shop.example", &raw("f@mail.example", ADA, "", "again")).await, Err(InboundError::TooMany)));
}

#[tokio::test]
async fn the_reference_needs_the_secret_of_the_site() {
    let desk = Desk::with(settings()).await;
    let (_, letter) = desk.answered().await;
    let made = reference::address("help@shop.example", SITE, 1, &desk.secret().await);
    assert_eq!(letter.reply_to, Some(made.clone()));
    assert_eq!(letter.bounces_to, Some(made));
}
