//! What can be done with tickets.

mod hand;
mod look;
mod open;
mod set_up;
mod speak;

pub(in crate::ticket) use hand::Hand;
pub(in crate::ticket) use open::Asked;
pub(in crate::ticket) use hand::Draft;
pub(in crate::ticket) use look::Standing;
pub(in crate::ticket) use set_up::{NewMacro, NewView, SettingsShown, ViewPatch, hook_path};

use super::TicketError;
use super::model::Author;
use crate::email::Emails;
use crate::office::{AgentCard, FileCard, Files, Office};
use base::{Actor, Caller, DepartmentId, Invalid, SiteId, UploadId, UserId};
use sockets::Db;
use sockets::live::LiveState;
use std::sync::Arc;

/// What tickets lean on.
#[derive(Clone)]
pub struct TicketsDeps {
    pub db: Db,
    pub emails: Emails,
    pub office: Arc<dyn Office>,
    pub files: Arc<dyn Files>,
    pub live: Arc<dyn LiveState>,
    /// The address that people see, without a slash at its end.
    pub public_url: Arc<str>,
}

/// The tickets of all sites; cheap to clone.
#[derive(Clone)]
pub struct Tickets {
    pub(in crate::ticket) deps: Arc<TicketsDeps>,
}

pub(in crate::ticket) const LONGEST_TEXT: usize = 64 * 1024;
const MOST_FILES: usize = 20;

impl Tickets {
    pub fn new(deps: TicketsDeps) -> Self {
        Self { deps: Arc::new(deps) }
    }

    pub(in crate::ticket) fn db(&self) -> &Db {
        &self.deps.db
    }

    /// As whom the caller writes.
    async fn author(&self, caller: &Caller) -> Result<Author, TicketError> {
        Ok(match caller.actor {
            Actor::User(id) => {
                let known = self.deps.office.agents(caller.site, &[id]).await?;
                Author::Agent { id, name: known.into_iter().next().map(|agent| agent.name).unwrap_or_default() }
            }
            Actor::ApiKey(id) => Author::Api { id },
            Actor::Visitor(_) | Actor::System => Author::System,
        })
    }

    async fn check_assignee(&self, site: SiteId, id: UserId) -> Result<(), TicketError> {
        if self.deps.office.agents(site, &[id]).await?.is_empty() {
            return Err(Invalid::new("assignee", "is no user of this site").into());
        }
        Ok(())
    }

    async fn check_department(&self, site: SiteId, id: DepartmentId) -> Result<(), TicketError> {
        if self.deps.office.departments(site).await?.iter().any(|one| one.id == id) {
            return Ok(());
        }
        Err(Invalid::new("department", "is no department of this site").into())
    }

    /// The files of these ids, in their order.
    async fn files(&self, site: SiteId, ids: &[UploadId]) -> Result<Vec<FileCard>, TicketError> {
        if ids.len() > MOST_FILES {
            return Err(Invalid::new("uploads", format!("has at most {MOST_FILES} files")).into());
        }
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.deps.files.find(site, ids).await?;
        let card = |(at, id): (usize, &UploadId)| {
            let card = found.iter().find(|card| card.id == *id).cloned();
            card.ok_or_else(|| Invalid::new(format!("uploads[{at}]"), "is no file of this site").into())
        };
        ids.iter().enumerate().map(card).collect()
    }

    /// Who is told of what is new: the assignee, or the department's agents, or the default one's.
    pub(in crate::ticket) async fn staff_of(
        &self,
        site: SiteId,
        assignee: Option<UserId>,
        department: Option<DepartmentId>,
    ) -> Result<Vec<AgentCard>, TicketError> {
        let ids = match assignee {
            Some(id) => vec![id],
            None => {
                let departments = self.deps.office.departments(site).await?;
                let chosen = departments.iter().find(|one| Some(one.id) == department);
                let chosen = chosen.or_else(|| departments.iter().find(|one| one.is_default));
                chosen.map(|one| one.members.iter().take(20).copied().collect()).unwrap_or_default()
            }
        };
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.deps.office.agents(site, &ids).await?)
    }
}

/// A text that is kept: no NUL, not too long; trimmed at its end.
///
/// # Errors
/// Names the field.
pub(in crate::ticket) fn text_of(field: &str, text: &str, most: usize) -> Result<String, Invalid> {
    if text.contains('\0') {
        return Err(Invalid::new(field, "must not hold the NUL character"));
    }
    let text = text.trim_end();
    if text.chars().count() > most {
        return Err(Invalid::new(field, format!("has at most {most} characters")));
    }
    Ok(text.to_owned())
}

/// One line, not empty.
pub(in crate::ticket) fn line_of(field: &str, text: &str, most: usize) -> Result<String, Invalid> {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        return Err(Invalid::new(field, "is empty"));
    }
    text_of(field, &line, most)
}
