//! A mail server in memory: keeps what it gets and says what it is told to say.

use sockets::mailer::{Mail, MailError, MailServer, Mailer};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

#[derive(Default)]
pub struct Mailbox {
    got: Mutex<Vec<Mail>>,
    answers: Mutex<VecDeque<MailError>>,
}

impl Mailbox {
    /// What the next messages are answered; then all are taken again.
    pub fn say(&self, answers: impl IntoIterator<Item = MailError>) {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).extend(answers);
    }

    /// Every message taken so far, in order.
    pub fn got(&self) -> Vec<Mail> {
        self.got.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait::async_trait]
impl Mailer for Mailbox {
    async fn send(&self, _server: &MailServer, mail: &Mail) -> Result<(), MailError> {
        if let Some(answer) = self.answers.lock().unwrap_or_else(PoisonError::into_inner).pop_front() {
            return Err(answer);
        }
        self.got.lock().unwrap_or_else(PoisonError::into_inner).push(mail.clone());
        Ok(())
    }

    async fn probe(&self, _server: &MailServer) -> Result<(), MailError> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).pop_front().map_or(Ok(()), Err)
    }
}
