//! A mail server in memory: keeps what it gets and says what it is told to say.

use sockets::mailer::{Mail, MailError, MailPlace, MailServer, Mailer};
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Default)]
struct Inside {
    got: Vec<Mail>,
    answers: VecDeque<MailError>,
    locked: BTreeSet<String>,
    full: bool,
}

#[derive(Clone, Default)]
pub struct Mailbox(Arc<Mutex<Inside>>);

impl Mailbox {
    /// What the next messages are answered; then all are taken again.
    pub fn say(&self, answers: impl IntoIterator<Item = MailError>) {
        self.inside().answers.extend(answers);
    }

    /// From now on this user's password is wrong.
    pub fn lock_out(&self, user: &str) {
        self.inside().locked.insert(user.to_owned());
    }

    /// All its connections are in use, or are free again.
    pub fn fill(&self, full: bool) {
        self.inside().full = full;
    }

    /// Every message taken so far, in order.
    pub fn got(&self) -> Vec<Mail> {
        self.inside().got.clone()
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, server: &MailServer) -> Result<(), MailError> {
        let mut inside = self.inside();
        let user = server.login.as_ref().map(|(user, _)| user);
        if user.is_some_and(|user| inside.locked.contains(user)) {
            return Err(MailError::Account("535 wrong password".into()));
        }
        inside.answers.pop_front().map_or(Ok(()), Err)
    }
}

struct Place {
    mailbox: Mailbox,
    server: MailServer,
}

#[async_trait::async_trait]
impl MailPlace for Place {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        self.mailbox.answer(&self.server)?;
        self.mailbox.inside().got.push(mail.clone());
        Ok(())
    }
}

#[async_trait::async_trait]
impl Mailer for Mailbox {
    async fn hold(&self, server: &MailServer) -> Result<Box<dyn MailPlace>, MailError> {
        if self.inside().full {
            return Err(MailError::Busy);
        }
        Ok(Box::new(Place { mailbox: self.clone(), server: server.clone() }))
    }

    async fn probe(&self, server: &MailServer) -> Result<(), MailError> {
        self.answer(server)
    }
}
