//! Carries letters to their servers.

use super::account::Account;
use super::outbox::Outbox;
use super::service::{SEND, Way};
use super::{Automatic, EmailError, Emails, Letter, LetterState};
use events::{Alarm, Chance, Does, Fence, Job, Later, Level, Notices, Outcome, Schedule, jittered};
use serde_json::{Value, json};
use sockets::StoreError;
use sockets::mailer::{Mail, MailError, MailFile};
use std::time::Duration;

/// The waits between tries: two days in all, as mail servers do themselves.
const SCHEDULE: [Duration; 11] = {
    const fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(60 * minutes)
    }
    [
        Duration::from_secs(20),
        minutes(1),
        minutes(5),
        minutes(15),
        minutes(30),
        minutes(60),
        minutes(120),
        minutes(240),
        minutes(480),
        minutes(720),
        minutes(1_200),
    ]
};

/// While all connections to a server are in use.
const BUSY: Duration = Duration::from_secs(2);

/// Why a letter did not go.
enum Stopped {
    /// Its files could not be read.
    Files(String),
    Mail(MailError),
}

/// Does the work `email.send`.
pub struct Carry {
    emails: Emails,
    chance: Chance,
    notices: Notices,
}

/// The alarm of a site whose letters are given up. It is over when one of them passes again.
const GIVEN_UP: &str = "letter_given_up";

impl Carry {
    pub fn new(emails: Emails, chance: Chance, notices: Notices) -> Self {
        Self { emails, chance, notices }
    }

    async fn carry(&self, id: i64) -> Result<Outcome, StoreError> {
        let Some(letter) = Outbox::find(&self.emails.db, id).await? else { return Ok(Outcome::Done) };
        if letter.state != LetterState::Pending {
            return Ok(Outcome::Done);
        }
        let (settings, password) = self.emails.settings(letter.site).await?;
        let Some(way) = self.emails.way(&settings, password.as_ref()) else {
            return self.end(&letter, LetterState::Failed, Some("e-mail was switched off before it went out")).await;
        };
        let (account, now) = (Account::of(letter.site, &way.server), self.emails.db.clock().now());
        if let Some(wait) = self.emails.breakers.wait(&account, now) {
            return self.put_off(&letter, jittered(wait, &self.chance)).await;
        }
        match self.send(&letter, &way, &account).await {
            Ok(()) => self.end(&letter, LetterState::Sent, None).await,
            Err(Stopped::Files(why)) => self.again(&letter, why).await,
            Err(Stopped::Mail(MailError::Busy)) => self.put_off(&letter, jittered(BUSY, &self.chance)).await,
            Err(Stopped::Mail(err @ (MailError::Refused(_) | MailError::Invalid(_)))) => {
                self.end(&letter, LetterState::Failed, Some(&err.to_string())).await
            }
            Err(Stopped::Mail(err)) => self.again(&letter, err.to_string()).await,
        }
    }

    /// Files are read once there is a place to send them from: whoever waits holds none in memory.
    async fn send(&self, letter: &Letter, way: &Way, account: &Account) -> Result<(), Stopped> {
        let breakers = &self.emails.breakers;
        let sent = match self.emails.mailer.hold(&way.server).await {
            Ok(place) => match self.files(letter).await {
                Ok(files) => place.send(&compose(letter, way, files)).await,
                Err(why) => {
                    breakers.turned_back(account);
                    return Err(Stopped::Files(why));
                }
            },
            Err(err) => Err(err),
        };
        match &sent {
            Err(MailError::Busy) => breakers.turned_back(account),
            went => {
                let answered = !matches!(went, Err(MailError::Unreachable(_) | MailError::Account(_)));
                breakers.note(account, answered, self.emails.db.clock().now());
            }
        }
        sent.map_err(Stopped::Mail)
    }

    async fn files(&self, letter: &Letter) -> Result<Vec<MailFile>, String> {
        let mut files = Vec::new();
        for file in &letter.body.files {
            match self.emails.files.read(letter.site, file.id).await {
                Ok(Some(bytes)) => files.push(MailFile { name: file.name.clone(), media_type: file.media_type.clone(), bytes }),
                // Removed meanwhile; the words still matter.
                Ok(None) => {}
                Err(err) => return Err(err.to_string()),
            }
        }
        Ok(files)
    }

    async fn end(&self, letter: &Letter, state: LetterState, trouble: Option<&str>) -> Result<Outcome, StoreError> {
        if let Some(trouble) = trouble {
            tracing::warn!(letter = letter.id, site = %letter.site, reason = letter.reason, trouble, "a letter was given up");
        }
        let tx = self.emails.db.begin().await?;
        Outbox::note(&tx, letter.id, state, trouble).await?;
        tx.commit().await?;
        self.alarm(letter, state, trouble).await;
        Ok(Outcome::Done)
    }

    async fn alarm(&self, letter: &Letter, state: LetterState, trouble: Option<&str>) {
        let subject = format!("site {}", letter.site);
        if state == LetterState::Sent {
            return self.notices.clear(GIVEN_UP, &subject).await;
        }
        let data = json!({ "letter": letter.id, "to": letter.to, "what": letter.reason, "why": trouble });
        self.notices.raise(&Alarm::new(GIVEN_UP, Level::Yellow).about(subject).of(letter.site).with(data)).await;
    }

    async fn again(&self, letter: &Letter, why: String) -> Result<Outcome, StoreError> {
        let Some(wait) = SCHEDULE.get(letter.attempts as usize) else {
            return self.end(letter, LetterState::Failed, Some(&why)).await;
        };
        let tx = self.emails.db.begin().await?;
        Outbox::note(&tx, letter.id, LetterState::Pending, Some(&why)).await?;
        Later::at(&tx, tx.now().plus(jittered(*wait, &self.chance)), SEND, &json!({ "letter": letter.id })).await?;
        tx.commit().await?;
        Ok(Outcome::Done)
    }

    /// Not a try: the server was not spoken to.
    async fn put_off(&self, letter: &Letter, wait: Duration) -> Result<Outcome, StoreError> {
        let tx = self.emails.db.begin().await?;
        Later::at(&tx, tx.now().plus(wait), SEND, &json!({ "letter": letter.id })).await?;
        tx.commit().await?;
        Ok(Outcome::Done)
    }
}

#[async_trait::async_trait]
impl Does for Carry {
    fn kind(&self) -> &'static str {
        SEND
    }

    async fn perform(&self, payload: &Value) -> Outcome {
        let Some(id) = payload["letter"].as_i64() else { return Outcome::give_up("the work names no letter") };
        self.carry(id).await.unwrap_or_else(|err| Outcome::retry(EmailError::from(err)))
    }
}

fn compose(letter: &Letter, way: &Way, files: Vec<MailFile>) -> Mail {
    let body = &letter.body;
    let mut from = way.from.clone();
    if let Some(name) = &body.from_name {
        from.name.clone_from(name);
    }
    let mut headers = Vec::new();
    let mut header = |name: &str, value: &str| headers.push((name.to_owned(), value.to_owned()));
    match body.automatic {
        Automatic::No => {}
        Automatic::Generated => header("Auto-Submitted", "auto-generated"),
        Automatic::Replied => header("Auto-Submitted", "auto-replied"),
    }
    if body.automatic != Automatic::No {
        header("X-Auto-Response-Suppress", "All");
        header("Precedence", "bulk");
    }
    if let Some(list) = &body.list {
        header("List-Id", &format!("<{list}.{}>", from.domain()));
    }
    let bounces_to = match body.automatic {
        Automatic::Replied => None,
        _ => Some(body.bounces_to.clone().unwrap_or_else(|| from.email.clone())),
    };
    Mail {
        id: letter.message_id.clone(),
        date: letter.created,
        from,
        reply_to: body.reply_to.clone(),
        to: body.to.clone(),
        bounces_to,
        subject: body.subject.clone(),
        text: body.text.clone(),
        html: Some(body.html.clone()).filter(|html| !html.is_empty()),
        in_reply_to: body.in_reply_to.clone(),
        references: body.references.clone(),
        headers,
        files,
    }
}

/// Clears the log of letters.
pub struct ForgetLetters(pub Emails);

#[async_trait::async_trait]
impl Job for ForgetLetters {
    fn name(&self) -> String {
        "email.forget".into()
    }

    fn schedule(&self) -> Schedule {
        Schedule::Every(Duration::from_secs(6 * 3600))
    }

    async fn run(&self, _fence: Fence) -> Outcome {
        Outcome::of(self.0.forget().await.map(drop))
    }
}
