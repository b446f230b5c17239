//! One connection: what is said, and what is answered.

use super::MailDoor;
use crate::ticket::inbound::{InboundError, Refusal};
use base::{Fault, Kind, SiteId};
use rustls::ServerConfig;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};

const LONGEST_LINE: u64 = 2_048;
const MOST_RECIPIENTS: usize = 100;
/// After so many wrong lines we hang up.
const MOST_FAULTS: u32 = 20;

/// How a conversation ends.
pub(super) enum End<S> {
    Over,
    /// It goes on, encrypted.
    Encrypt(S, Arc<ServerConfig>),
}

/// A message on its way in.
struct Envelope {
    from: String,
    to: Vec<(SiteId, String)>,
}

pub(super) struct Talk<'a, S> {
    door: &'a MailDoor,
    stream: BufReader<S>,
    secure: bool,
    greeted: bool,
    envelope: Option<Envelope>,
    faults: u32,
}

type Line = Option<Result<String, &'static str>>;

impl<'a, S: AsyncRead + AsyncWrite + Unpin> Talk<'a, S> {
    pub fn new(door: &'a MailDoor, stream: S, secure: bool) -> Self {
        Self { door, stream: BufReader::new(stream), secure, greeted: false, envelope: None, faults: 0 }
    }

    async fn say(&mut self, words: &str) -> std::io::Result<()> {
        self.stream.write_all(words.as_bytes()).await?;
        self.stream.write_all(b"\r\n").await?;
        self.stream.flush().await
    }

    /// None: they hung up.
    async fn line(&mut self) -> std::io::Result<Line> {
        let mut bytes = Vec::new();
        let mut limited = (&mut self.stream).take(LONGEST_LINE);
        let late = || std::io::Error::new(std::io::ErrorKind::TimedOut, "nothing was said for too long");
        tokio::time::timeout(self.door.options.patience, limited.read_until(b'\n', &mut bytes)).await.map_err(|_| late())??;
        if bytes.is_empty() {
            return Ok(None);
        }
        if !bytes.ends_with(b"\n") {
            return if bytes.len() as u64 >= LONGEST_LINE { Err(std::io::Error::other("a line is too long")) } else { Ok(None) };
        }
        Ok(Some(String::from_utf8(bytes).map(|text| text.trim_end_matches(['\r', '\n']).to_owned()).map_err(|_| "500 5.5.2 not UTF-8")))
    }

    pub async fn talk(mut self) -> std::io::Result<End<S>> {
        if !self.secure {
            let hello = format!("220 {} ESMTP", self.door.options.name);
            self.say(&hello).await?;
        }
        while let Some(line) = self.line().await? {
            let line = match line {
                Ok(line) => line,
                Err(wrong) => {
                    self.fault(wrong).await?;
                    continue;
                }
            };
            let (verb, rest) = line.split_once(' ').unwrap_or((line.as_str(), ""));
            match verb.to_ascii_uppercase().as_str() {
                "EHLO" => {
                    self.reset(true);
                    let encrypts = if self.tls().is_some() { "250-STARTTLS\r\n" } else { "" };
                    let (name, largest) = (&self.door.options.name, self.door.options.largest);
                    let told = format!("250-{name}\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-PIPELINING\r\n{encrypts}250 SIZE {largest}");
                    self.say(&told).await?;
                }
                "HELO" => {
                    self.reset(true);
                    let told = format!("250 {}", self.door.options.name);
                    self.say(&told).await?;
                }
                "STARTTLS" => match self.tls() {
                    // What came along unencrypted, somebody on the way may have put there.
                    Some(_) if !self.stream.buffer().is_empty() => {
                        self.say("421 4.7.0 nothing may follow STARTTLS before the answer").await?;
                        return Ok(End::Over);
                    }
                    Some(tls) => {
                        self.say("220 2.0.0 go ahead").await?;
                        return Ok(End::Encrypt(self.stream.into_inner(), tls));
                    }
                    None => self.fault("502 5.5.1 not here").await?,
                },
                "MAIL" => self.mail(rest).await?,
                "RCPT" => self.recipient(rest).await?,
                "DATA" => self.data().await?,
                "RSET" => {
                    self.reset(self.greeted);
                    self.say("250 2.0.0 forgotten").await?;
                }
                "NOOP" => self.say("250 2.0.0 still here").await?,
                "VRFY" => self.say("252 2.5.0 send and see").await?,
                "QUIT" => {
                    self.say("221 2.0.0 bye").await?;
                    return Ok(End::Over);
                }
                _ => self.fault("500 5.5.1 unknown command").await?,
            }
            if self.faults > MOST_FAULTS {
                self.say("421 4.7.0 too many errors").await?;
                return Ok(End::Over);
            }
        }
        Ok(End::Over)
    }

    /// What it can be encrypted with, as long as it is not.
    fn tls(&self) -> Option<Arc<ServerConfig>> {
        self.door.options.tls.clone().filter(|_| !self.secure)
    }

    fn reset(&mut self, greeted: bool) {
        self.greeted = greeted;
        self.envelope = None;
    }

    async fn fault(&mut self, words: &str) -> std::io::Result<()> {
        self.faults += 1;
        self.say(words).await
    }

    async fn mail(&mut self, rest: &str) -> std::io::Result<()> {
        if !self.greeted || self.envelope.is_some() {
            return self.fault("503 5.5.1 not now").await;
        }
        let Some((from, options)) = path(rest, "FROM:") else { return self.fault("501 5.5.4 MAIL FROM:<address>").await };
        let size = options.split(' ').find_map(|option| option.to_ascii_uppercase().strip_prefix("SIZE=").and_then(|size| size.parse::<usize>().ok()));
        if size.is_some_and(|size| size > self.door.options.largest) {
            return self.say("552 5.3.4 the message is too large").await;
        }
        self.envelope = Some(Envelope { from: from.to_owned(), to: Vec::new() });
        self.say("250 2.1.0 go on").await
    }

    async fn recipient(&mut self, rest: &str) -> std::io::Result<()> {
        let Some(envelope) = &self.envelope else { return self.fault("503 5.5.1 MAIL first").await };
        if envelope.to.len() >= MOST_RECIPIENTS {
            return self.say("452 4.5.3 too many recipients").await;
        }
        let Some((to, _)) = path(rest, "TO:") else { return self.fault("501 5.5.4 RCPT TO:<address>").await };
        match self.door.inbound.site_of(to).await {
            Ok(Some(site)) => {
                let to = to.to_owned();
                if let Some(envelope) = &mut self.envelope {
                    envelope.to.push((site, to));
                }
                self.say("250 2.1.5 go on").await
            }
            Ok(None) => self.fault("550 5.1.1 nobody receives at this address").await,
            Err(err) => {
                tracing::warn!(error = ?err, "a mailbox could not be looked up");
                self.say("451 4.3.0 try again later").await
            }
        }
    }

    async fn data(&mut self) -> std::io::Result<()> {
        let Some(envelope) = self.envelope.take_if(|envelope| !envelope.to.is_empty()) else {
            return self.fault("503 5.5.1 RCPT first").await;
        };
        self.say("354 end with <CR><LF>.<CR><LF>").await?;
        let Some(raw) = self.body().await? else { return self.say("552 5.3.4 the message is too large").await };
        let answer = self.deliver(&envelope, &raw).await;
        self.say(answer).await
    }

    /// Up to the line with a single dot. None: it is too large; it was read to its end all the same.
    async fn body(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        let (mut raw, mut too_large) = (Vec::new(), false);
        // A dot means something only after a whole line end: behind a bare line feed it is smuggling, and no more than a dot.
        let mut after_line = true;
        let most = self.door.options.largest;
        loop {
            let mut line = Vec::new();
            let mut limited = (&mut self.stream).take(most as u64 + 1);
            let late = || std::io::Error::new(std::io::ErrorKind::TimedOut, "the message came too slowly");
            let read = tokio::time::timeout(self.door.options.patience, limited.read_until(b'\n', &mut line)).await.map_err(|_| late())??;
            if read == 0 {
                return Err(std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "the message broke off"));
            }
            if after_line && line == b".\r\n" {
                return Ok((!too_large).then_some(raw));
            }
            let words = if after_line { line.strip_prefix(b".").unwrap_or(&line) } else { line.as_slice() };
            after_line = line.ends_with(b"\r\n");
            too_large |= raw.len() + words.len() > most;
            if !too_large {
                raw.extend_from_slice(words);
            }
        }
    }

    async fn deliver(&self, envelope: &Envelope, raw: &[u8]) -> &'static str {
        let mut sites: Vec<SiteId> = envelope.to.iter().map(|(site, _)| *site).collect();
        sites.sort_unstable();
        sites.dedup();
        for site in sites {
            let to: Vec<String> = envelope.to.iter().filter(|(of, _)| *of == site).map(|(_, to)| to.clone()).collect();
            match self.door.inbound.receive(site, Some((&envelope.from, &to)), raw).await {
                Ok(received) => {
                    metrics::counter!("mail_received_total").increment(1);
                    tracing::debug!(%site, ?received, "mail came in");
                }
                Err(InboundError::Refused(Refusal::NotAMessage)) => return "554 5.6.0 this is no message with a sender",
                Err(InboundError::Refused(Refusal::NoSuchMailbox)) => return "550 5.1.1 nobody receives at this address",
                Err(err) if matches!(err.kind(), Kind::Unavailable | Kind::Full | Kind::TooMany) => return "451 4.3.0 try again later",
                Err(err) => {
                    tracing::error!(error = ?err, %site, "a message could not be kept");
                    return "451 4.3.0 try again later";
                }
            }
        }
        "250 2.0.0 kept"
    }
}

/// The address between angle brackets, and what stands behind it.
fn path<'a>(rest: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let head = rest.get(..word.len())?;
    let rest = rest.get(word.len()..)?.trim_start();
    if !head.eq_ignore_ascii_case(word) {
        return None;
    }
    let (address, options) = rest.strip_prefix('<')?.split_once('>')?;
    (address.len() <= 320).then_some((address, options.trim()))
}
