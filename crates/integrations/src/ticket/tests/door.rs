//! The mail listener, spoken to by an independent client: Python's smtplib.

use super::*;
use std::process::Command;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

const CLIENT: &str = r#"
import smtplib, sys
from email.message import EmailMessage
port = int(sys.argv[1])
mail = EmailMessage()
mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = "Ada <ada@mail.example>", "help@shop.example", "订单 17", "<py@mail.example>"
mail.set_content("第一行\n.\n..two dots\n")
mail.add_attachment(b"\x00\x01" * 4000, maintype="application", subtype="octet-stream", filename="数据.bin")
with smtplib.SMTP("127.0.0.1", port, timeout=20) as smtp:
    smtp.ehlo()
    assert smtp.has_extn("size") and smtp.has_extn("8bitmime") and smtp.has_extn("smtputf8")
    assert smtp.send_message(mail) == {}
    smtp.send_message(mail)
    try:
        smtp.sendmail("ada@mail.example", ["someone@else.example"], "From: a@b.example\r\n\r\nrelay me")
        sys.exit("it relays")
    except smtplib.SMTPRecipientsRefused as refused:
        assert refused.recipients["someone@else.example"][0] == 550
    try:
        smtp.sendmail("ada@mail.example", ["help@shop.example"], "From: a@b.example\r\n\r\n" + "x" * 300000)
        sys.exit("it takes everything")
    except smtplib.SMTPSenderRefused as refused:
        assert refused.smtp_code == 552
    try:
        smtp.sendmail("ada@mail.example", ["help@shop.example"], "Subject: nobody\r\n\r\nx")
        sys.exit("it takes what is no message")
    except smtplib.SMTPDataError as refused:
        assert refused.smtp_code == 554
"#;

async fn open() -> (Desk, u16, CancellationToken) {
    open_with(None).await
}

async fn open_with(tls: Option<Arc<rustls::ServerConfig>>) -> (Desk, u16, CancellationToken) {
    let desk = Desk::with(TicketSettings { inbound_address: Some("help@shop.example".into()), ..TicketSettings::default() }).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let options = MailDoorOptions { largest: 100_000, per_address: 3, patience: Duration::from_secs(10), tls, ..MailDoorOptions::default() };
    let stop = CancellationToken::new();
    tokio::spawn(MailDoor::new(desk.inbound.clone(), options).run(listener, stop.clone()));
    (desk, port, stop)
}

#[tokio::test(flavor = "multi_thread")]
async fn another_programs_mail_comes_in_and_nothing_is_relayed() {
    let (desk, port, _stop) = open().await;
    let ran = tokio::task::spawn_blocking(move || Command::new("python3").args(["-c", CLIENT, &port.to_string()]).output()).await.unwrap().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let page = desk.tickets.list(&agent(), &Filter::default(), Sort::Updated, &PageRequest::default()).await.unwrap();
    assert_eq!(page.items.len(), 1, "the second copy is the same message");
    assert_eq!(page.items[0].subject, "订单 17");
    let entry = &desk.entries(page.items[0].id).await[0];
    assert_eq!(entry.text.replace("\r\n", "\n"), "第一行\n.\n..two dots");
    assert_eq!((entry.uploads[0].name.as_str(), entry.uploads[0].size), ("数据.bin", 8_000));
}

async fn talk(port: u16, words: &str) -> String {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    socket.write_all(words.as_bytes()).await.unwrap();
    socket.shutdown().await.unwrap();
    let mut heard = Vec::new();
    socket.read_to_end(&mut heard).await.unwrap();
    String::from_utf8(heard).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_out_of_turn_and_smuggled_ends_are_refused() {
    let (desk, port, stop) = open().await;
    for (words, answer) in [
        ("MAIL FROM:<a@b.example>\r\n", "503"),
        ("HELO x\r\nDATA\r\n", "503"),
        ("HELO x\r\nRCPT TO:<help@shop.example>\r\n", "503"),
        ("HELO x\r\nMAIL FROM:a@b.example\r\n", "501"),
        ("BDAT 5 LAST\r\nhello", "500"),
        ("HELO x\r\nMAIL FROM:<> SIZE=99999999\r\n", "552"),
    ] {
        let heard = talk(port, words).await;
        assert!(heard.lines().last().unwrap().starts_with(answer), "{words:?}: {heard}");
    }
    // A dot with a bare line feed on either side does not end the message, so what follows is no second one.
    let ends = ["\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r\n", "\r\n\n.\r\n", "\n..\r\n"];
    for (at, end) in ends.iter().enumerate() {
        let smuggled = format!(
            "EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<help@shop.example>\r\nDATA\r\nFrom: a@b.example\r\n\r\nx{end}MAIL FROM:<eve@b.example>\r\n.\r\nQUIT\r\n"
        );
        let heard = talk(port, &smuggled).await;
        assert_eq!(heard.matches("250 2.0.0 kept").count(), 1, "{end:?}: {heard}");
        assert_eq!(heard.matches("250 2.1.0").count(), 1, "{end:?}: {heard}");
        assert_eq!(desk.found(Filter::default()).await.len(), at + 1, "{end:?}");
    }
    let mut held = Vec::new();
    for _ in 0..3 {
        let mut socket = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let mut hello = [0; 3];
        socket.read_exact(&mut hello).await.unwrap();
        held.push(socket);
    }
    assert!(talk(port, "").await.starts_with("421"), "one address has so many connections and no more");
    stop.cancel();
}

const ENCRYPTING: &str = r#"
import smtplib, ssl, sys
port, authority = int(sys.argv[1]), sys.argv[2]
with smtplib.SMTP("localhost", port, timeout=20) as smtp:
    smtp.ehlo()
    assert smtp.has_extn("starttls")
    smtp.starttls(context=ssl.create_default_context(cafile=authority))
    smtp.ehlo()
    assert not smtp.has_extn("starttls") and smtp.has_extn("size")
    assert smtp.docmd("STARTTLS")[0] == 502
    smtp.sendmail("ada@mail.example", ["help@shop.example"], "From: ada@mail.example\r\nSubject: secret\r\n\r\n" + "x" * 50000)
"#;

#[tokio::test(flavor = "multi_thread")]
async fn with_a_certificate_mail_is_taken_encrypted_and_nothing_is_smuggled_in_before_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (key, chain) = (folder.path().join("key.pem"), folder.path().join("cert.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&chain)
        .output();
    if !made.is_ok_and(|made| made.status.success()) {
        eprintln!("left out: there is no openssl to make a certificate with");
        return;
    }
    let tls = certificate(&std::fs::read(&chain).unwrap(), &std::fs::read(&key).unwrap()).unwrap();
    assert!(certificate(b"nonsense", b"nonsense").is_err());
    let (desk, port, stop) = open_with(Some(tls)).await;
    let run = move || Command::new("python3").args(["-c", ENCRYPTING, &port.to_string()]).arg(&chain).output();
    let ran = tokio::task::spawn_blocking(run).await.unwrap().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(desk.found(Filter::default()).await.len(), 1);
    let heard = talk(port, "EHLO x\r\nSTARTTLS\r\nMAIL FROM:<eve@b.example>\r\n").await;
    assert!(heard.lines().last().unwrap().starts_with("421") && !heard.contains("250 2.1.0"), "{heard}");
    let (_desk, port, other) = open().await;
    let heard = talk(port, "EHLO x\r\nSTARTTLS\r\nQUIT\r\n").await;
    assert!(!heard.contains("250-STARTTLS") && heard.contains("502"), "{heard}");
    stop.cancel();
    other.cancel();
}
