//! Reading tickets.

use super::Tickets;
use crate::email::LetterState;
use crate::ticket::TicketError;
use crate::ticket::model::{Entry, Ticket};
use crate::ticket::store::{Entries, Filter, List, Sort, Store};
use base::{Caller, DepartmentId, Page, PageRequest, SiteId, TicketId, UserId};
use std::collections::HashMap;

/// How a letter stands: its state, and what is wrong.
pub(in crate::ticket) type Standing = (LetterState, Option<String>);

impl Tickets {
    pub(in crate::ticket) async fn get(&self, site: SiteId, id: TicketId) -> Result<Ticket, TicketError> {
        Store::find(self.db().read(), site, id).await?.ok_or(TicketError::Missing(id))
    }

    pub(in crate::ticket) async fn list(&self, caller: &Caller, filter: &Filter, sort: Sort, page: &PageRequest) -> Result<Page<Ticket>, TicketError> {
        Ok(List::page(self.db(), caller.site, caller.user(), filter, sort, page).await?)
    }

    /// The conversation after a line, and how the letters of its replies stand.
    pub(in crate::ticket) async fn entries(
        &self,
        site: SiteId,
        id: TicketId,
        after: i64,
        limit: u32,
    ) -> Result<(Vec<Entry>, HashMap<i64, Standing>), TicketError> {
        self.get(site, id).await?;
        let entries = Entries::after(self.db(), site, id, after, limit).await?;
        let letters: Vec<i64> = entries.iter().filter_map(|entry| entry.letter).collect();
        let states = self.deps.emails.states(site, &letters).await?;
        Ok((entries, states.into_iter().map(|(id, state, trouble)| (id, (state, trouble))).collect()))
    }

    /// How one letter stands.
    pub(in crate::ticket) async fn standing(&self, site: SiteId, letter: i64) -> Result<HashMap<i64, Standing>, TicketError> {
        let states = self.deps.emails.states(site, &[letter]).await?;
        Ok(states.into_iter().map(|(id, state, trouble)| (id, (state, trouble))).collect())
    }

    /// The names of those whom these tickets are with.
    pub(in crate::ticket) async fn names(
        &self,
        site: SiteId,
        tickets: &[Ticket],
    ) -> Result<(HashMap<UserId, String>, HashMap<DepartmentId, String>), TicketError> {
        let mut users: Vec<UserId> = tickets.iter().filter_map(|ticket| ticket.assignee).collect();
        users.sort_unstable();
        users.dedup();
        let agents = if users.is_empty() { Vec::new() } else { self.deps.office.agents(site, &users).await? };
        let with_department = tickets.iter().any(|ticket| ticket.department.is_some());
        let departments = if with_department { self.deps.office.departments(site).await? } else { Vec::new() };
        Ok((agents.into_iter().map(|one| (one.id, one.name)).collect(), departments.into_iter().map(|one| (one.id, one.name)).collect()))
    }
}
