//! Answering and changing tickets.

use super::hand::Draft;
use super::open::check_requester;
use super::{LONGEST_TEXT, Tickets, line_of, text_of};
use crate::ticket::TicketError;
use crate::ticket::letters::News;
use crate::ticket::model::{Entry, EntryKind, NewEntry, Status, Ticket, TicketPatch, check_tags};
use crate::ticket::store::{Entries, Macro, Views};
use base::{Caller, Invalid, SiteId, TicketId, UserId};

impl Tickets {
    /// Changes what is given. A newly named assignee is told.
    pub(in crate::ticket) async fn change(&self, caller: &Caller, id: TicketId, patch: TicketPatch) -> Result<Ticket, TicketError> {
        let patch = self.checked(caller.site, patch).await?;
        let given = patch.assignee.flatten().filter(|user| caller.user() != Some(*user));
        let staff = match given {
            Some(user) => self.staff_of(caller.site, Some(user), None).await?,
            None => Vec::new(),
        };
        let author = self.author(caller).await?;
        let language = self.site(caller.site).await?.languages.first().cloned().unwrap_or_default();
        let mut hand = self.hold(caller.site, id).await?;
        let changes = hand.change(|ticket, now, rules| ticket.apply(patch, now, rules))?;
        if changes.iter().any(|change| change.field == "assignee") {
            hand.tell(&staff, &News::Assigned, &language).await?;
        }
        hand.note_changes(&author, changes).await?;
        hand.done().await
    }

    async fn checked(&self, site: SiteId, mut patch: TicketPatch) -> Result<TicketPatch, TicketError> {
        if let Some(subject) = &patch.subject {
            patch.subject = Some(line_of("subject", subject, 300)?);
        }
        if let Some(requester) = patch.requester.take() {
            patch.requester = Some(check_requester(requester)?);
        }
        if let Some(tags) = &patch.tags {
            check_tags(tags)?;
        }
        if let Some(Some(id)) = patch.assignee {
            self.check_assignee(site, id).await?;
        }
        if let Some(Some(id)) = patch.department {
            self.check_department(site, id).await?;
        }
        Ok(patch)
    }

    /// A reply or a note of the staff. The same `client_id` again answers with what it made before.
    pub(in crate::ticket) async fn say(&self, caller: &Caller, id: TicketId, new: NewEntry) -> Result<Entry, TicketError> {
        let site = caller.site;
        let with = match new.macro_id {
            Some(id) => Some(Views::find_macro(self.db().read(), site, id).await?.ok_or_else(|| Invalid::new("macro", "is no macro of this site"))?),
            None => None,
        };
        let text = text_of("text", &new.text, LONGEST_TEXT)?;
        let text = if text.trim().is_empty() { with.as_ref().map(|one| one.text.clone()).unwrap_or_default() } else { text };
        let uploads = self.files(site, &new.uploads).await?;
        if text.trim().is_empty() && uploads.is_empty() {
            return Err(Invalid::new("text", "is empty").into());
        }
        let author = self.author(caller).await?;
        // An assignee of a macro who has left meanwhile is nobody to give work to.
        let assignee = with.as_ref().and_then(|one| one.actions.assignee).map(UserId);
        let assignee = match assignee {
            Some(user) if self.check_assignee(site, user).await.is_ok() => Some(user),
            _ => None,
        };
        let mut hand = self.hold(site, id).await?;
        if let Some(before) = Entries::by_client(&hand.tx, site, id, new.client_id).await? {
            return Ok(before);
        }
        let mut changes = Vec::new();
        if let Some(patch) = with.as_ref().map(|one| patch_of(one, assignee, &hand.ticket)) {
            changes = hand.change(|ticket, now, rules| ticket.apply(patch, now, rules))?;
        }
        let status = new.status.or(with.as_ref().and_then(|one| one.actions.status));
        changes.extend(hand.change(|ticket, now, rules| ticket.staff_spoke(new.public, status, now, rules))?);
        let kind = if new.public { EntryKind::Public } else { EntryKind::Note };
        let draft = Draft { uploads, client_id: Some(new.client_id), ..Draft::new(kind, author.clone(), text) };
        let entry = if new.public { hand.reply(draft).await? } else { hand.write(draft).await? };
        hand.note_changes(&author, changes).await?;
        hand.done().await?;
        Ok(entry)
    }

    /// The staff has seen what the requester wrote.
    pub(in crate::ticket) async fn seen(&self, site: SiteId, id: TicketId) -> Result<(), TicketError> {
        let mut hand = self.hold(site, id).await?;
        if hand.ticket.unread {
            hand.ticket.unread = false;
            hand.done().await?;
        }
        Ok(())
    }

    /// Closes what was solved long ago.
    pub(in crate::ticket) async fn close(&self, site: SiteId, id: TicketId) -> Result<(), TicketError> {
        let mut hand = self.hold(site, id).await?;
        let days = u64::from(hand.kept.settings.close_after_days);
        let age = hand.ticket.solved.map(|at| hand.now().since(at).as_secs() / 86_400).unwrap_or_default();
        if days == 0 || age < days || hand.ticket.status != Status::Solved {
            return Ok(());
        }
        let patch = TicketPatch { status: Some(Status::Closed), ..TicketPatch::default() };
        let changes = hand.change(|ticket, now, rules| ticket.apply(patch, now, rules))?;
        hand.note_changes(&crate::ticket::model::Author::System, changes).await?;
        hand.done().await.map(drop)
    }
}

/// What a macro changes, its status apart.
fn patch_of(with: &Macro, assignee: Option<UserId>, ticket: &Ticket) -> TicketPatch {
    let actions = &with.actions;
    let tags = (!actions.tags_add.is_empty()).then(|| ticket.tags.iter().chain(&actions.tags_add).cloned().collect());
    TicketPatch { priority: actions.priority, assignee: assignee.map(Some), tags, ..TicketPatch::default() }
}
