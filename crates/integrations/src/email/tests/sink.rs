//! Letters by real SMTP to an independent server (Python's aiosmtpd), read there by an independent parser.

use super::super::*;
use crate::tests::{House, letter_to};
use adapters::mailer::{MailerOptions, SmtpMailer};
use base::Secret;
use serde_json::Value;
use sockets::mailer::{Mail, MailError, MailFile, MailServer, Mailbox, Mailer, Security};
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

struct Sink {
    child: Child,
    out: BufReader<ChildStdout>,
    port: u16,
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _waited = self.child.wait();
    }
}

/// The interpreter that has aiosmtpd; `./test` installs Debian's.
fn python() -> Option<&'static str> {
    let has = |python: &&str| {
        let asked = Command::new(python).args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
        asked.is_ok_and(|status| status.success())
    };
    let found = ["/usr/bin/python3", "python3"].into_iter().find(has);
    if found.is_none() {
        eprintln!("left out: Python has no aiosmtpd; install python3-aiosmtpd");
    }
    found
}

impl Sink {
    fn start(more: &[&str]) -> Option<Self> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/src/email/tests/sink.py");
        let mut child =
            Command::new(python()?).arg(script).args(more).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("starts");
        let mut out = BufReader::new(child.stdout.take().expect("its words"));
        let mut line = String::new();
        out.read_line(&mut line).expect("its port");
        Some(Self { child, out, port: line.trim().parse().expect("a port") })
    }

    fn server(&self) -> MailServer {
        MailServer { host: "localhost".into(), port: self.port, security: Security::Plain, login: None, trusted: true }
    }

    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.out.read_line(&mut line).expect("a message");
        serde_json::from_str(&line).expect("is JSON")
    }
}

fn mailer() -> SmtpMailer {
    SmtpMailer::new(MailerOptions { patience: Duration::from_secs(5), ..MailerOptions::default() })
}

fn mail(to: &str) -> Mail {
    Mail {
        id: "abc@chat.example".into(),
        date: testkit::NOON,
        from: Mailbox::new("客服 Shop", "desk@chat.example"),
        reply_to: Some("desk+t7.abcdef@chat.example".into()),
        to: Mailbox::new("Ada\r\nBcc: thief@mail.example", to),
        bounces_to: None,
        subject: "回复：订单\r\nX-Injected: yes".into(),
        text: "第一行\n.\n..two dots\nend".into(),
        html: Some("<p>第一行</p>".into()),
        in_reply_to: Some("first@mail.example".into()),
        references: vec!["zero@mail.example".into(), "first@mail.example".into()],
        headers: vec![("Auto-Submitted".into(), "auto-generated".into())],
        files: vec![MailFile { name: "账单.pdf".into(), media_type: "application/pdf".into(), bytes: vec![7_u8; 70_000].into() }],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_arrives_as_it_was_meant() {
    let Some(mut sink) = Sink::start(&[]) else { return };
    mailer().send(&sink.server(), &mail("ada@mail.example")).await.unwrap();
    let got = sink.next();
    let header = |name: &str| got["headers"][name].as_str().unwrap_or_default().to_owned();
    assert_eq!(got["defects"], serde_json::json!([]), "{got}");
    assert_eq!(got["to"], serde_json::json!(["ada@mail.example"]));
    assert_eq!(got["mail_from"].as_str().unwrap_or_default().trim_matches(['<', '>']), "", "nobody is told when it cannot be delivered");
    assert_eq!(header("Message-ID"), "<abc@chat.example>");
    assert_eq!(header("In-Reply-To"), "<first@mail.example>");
    assert_eq!(header("References"), "<zero@mail.example> <first@mail.example>");
    assert_eq!(header("Reply-To"), "desk+t7.abcdef@chat.example");
    assert_eq!(header("Auto-Submitted"), "auto-generated");
    assert_eq!(header("Date"), "Sat, 21 Nov 2026 12:00:00 +0000");
    assert!(header("From").contains("客服 Shop"), "{}", header("From"));
    assert!(header("Subject").starts_with("回复：订单"));
    // What looks like further headers stayed within those that it was put into.
    assert!(got["headers"].get("X-Injected").is_none() && got["headers"].get("Bcc").is_none(), "{got}");
    assert_eq!(got["plain"].as_str().unwrap().replace("\r\n", "\n").trim_end(), "第一行\n.\n..two dots\nend");
    assert!(got["html"].as_str().unwrap().contains("第一行"));
    assert_eq!(got["files"], serde_json::json!([{ "name": "账单.pdf", "type": "application/pdf", "size": 70_000 }]));
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_for_good_and_for_now_are_told_apart() {
    let Some(sink) = Sink::start(&[]) else { return };
    let mailer = mailer();
    let refused = mailer.send(&sink.server(), &mail("nobody@mail.example")).await.unwrap_err();
    assert!(matches!(&refused, MailError::Refused(why) if why.contains("no such user")), "{refused:?}");
    let later = mailer.send(&sink.server(), &mail("later@mail.example")).await.unwrap_err();
    assert!(matches!(later, MailError::Deferred(_)), "{later:?}");
    let server = sink.server();
    drop(sink);
    let gone = mailer.send(&server, &mail("ada@mail.example")).await.unwrap_err();
    assert!(matches!(gone, MailError::Unreachable(_)), "{gone:?}");
    let odd = mailer.send(&server, &mail("no address")).await.unwrap_err();
    assert!(matches!(odd, MailError::Invalid(_)), "{odd:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_in_the_private_network_is_the_installations_alone() {
    let server = MailServer { host: "localhost".into(), port: 1, security: Security::Plain, login: None, trusted: false };
    let refused = mailer().send(&server, &mail("ada@mail.example")).await.unwrap_err();
    assert!(matches!(&refused, MailError::Invalid(why) if why.contains("private network")), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn starttls_and_the_login_are_insisted_on() {
    let folder = tempfile::tempdir().unwrap();
    let (key, certificate) = (folder.path().join("key.pem"), folder.path().join("cert.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE", "-keyout"])
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .stderr(Stdio::null())
        .status();
    if !made.is_ok_and(|status| status.success()) {
        eprintln!("left out: there is no openssl to make a certificate with");
        return;
    }
    let Some(mut sink) = Sink::start(&[certificate.to_str().unwrap(), key.to_str().unwrap()]) else { return };
    let login = |password: &str| Some(("desk".to_owned(), Secret::from(password.to_owned())));
    let server = |security, login| MailServer { security, login, ..sink.server() };
    let believing = SmtpMailer::new(MailerOptions { authorities: vec![std::fs::read(&certificate).unwrap()], patience: Duration::from_secs(5), ..MailerOptions::default() });
    let (good, wrong) = (server(Security::StartTls, login("s3cret")), server(Security::StartTls, login("guess")));
    let plain = server(Security::Plain, None);
    believing.probe(&good).await.unwrap();
    believing.send(&good, &mail("ada@mail.example")).await.unwrap();
    assert_eq!(sink.next()["tls"], true);
    let denied = believing.send(&wrong, &mail("ada@mail.example")).await.unwrap_err();
    assert!(matches!(denied, MailError::Account(_)), "{denied:?}");
    assert!(believing.send(&plain, &mail("ada@mail.example")).await.is_err());
    // Nobody we believe signed it: nothing is told to this server.
    let wary = mailer().send(&good, &mail("ada@mail.example")).await.unwrap_err();
    assert!(matches!(wary, MailError::Unreachable(_) | MailError::Account(_)), "{wary:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_goes_all_the_way_from_the_event() {
    let Some(mut sink) = Sink::start(&[]) else { return };
    let house = House::open().await;
    let through = HouseMail { server: Some(sink.server()), from: Some(Mailbox::new("Desk", "desk@chat.example")) };
    let emails = Emails::new(house.test.db.clone(), Arc::new(mailer()), house.connections.clone(), house.desk.clone(), house.desk.clone(), through);
    let house = House { emails, ..house };
    house.put(letter_to("ada@mail.example", "once", Automatic::Generated)).await;
    house.post().await;
    let got = sink.next();
    assert_eq!(got["headers"]["Auto-Submitted"], "auto-generated");
    let letter = &house.log().await[0];
    assert_eq!(letter.state, LetterState::Sent);
    assert_eq!(got["headers"]["Message-ID"], format!("<{}>", letter.message_id));
}
