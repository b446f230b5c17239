//! Settings, saved views, macros.

use super::{LONGEST_TEXT, Tickets, line_of, text_of};
use crate::ticket::model::check_tags;
use crate::ticket::store::{Filter, List, Macro, MacroActions, Saved, Settings, Sort, Views};
use crate::ticket::{TicketError, TicketSettings};
use base::{Caller, Invalid, Permission, SiteId, TicketMacroId, TicketViewId, UserId};

/// The settings, and the path of the hook that takes mail.
#[derive(Debug)]
pub(in crate::ticket) struct SettingsShown {
    pub settings: TicketSettings,
    pub hook: String,
}

#[derive(Clone, Debug)]
pub(in crate::ticket) struct NewView {
    pub name: String,
    pub filter: Filter,
    pub sort: Sort,
    pub shared: bool,
}

#[derive(Clone, Debug, Default)]
pub(in crate::ticket) struct ViewPatch {
    pub name: Option<String>,
    pub filter: Option<Filter>,
    pub sort: Option<Sort>,
    pub shared: Option<bool>,
}

#[derive(Clone, Debug)]
pub(in crate::ticket) struct NewMacro {
    pub name: String,
    pub text: String,
    pub actions: MacroActions,
}

const MOST_VIEWS: usize = 100;
const MOST_MACROS: usize = 500;

/// The path at which raw messages are taken for a site.
pub(in crate::ticket) fn hook_path(site: SiteId, secret: &str) -> String {
    let digest = base::Digest::of(&format!("mail hook of {site}: {secret}"));
    format!("/hooks/email/{site}/{}", &digest.0[..40])
}

impl Tickets {
    pub(in crate::ticket) async fn settings(&self, site: SiteId) -> Result<SettingsShown, TicketError> {
        let tx = self.db().begin().await?;
        let kept = Settings::of(self.db(), &tx, site).await?;
        tx.commit().await?;
        Ok(SettingsShown { hook: hook_path(site, &kept.secret), settings: kept.settings })
    }

    pub(in crate::ticket) async fn set(&self, site: SiteId, settings: TicketSettings) -> Result<SettingsShown, TicketError> {
        settings.check()?;
        let tx = self.db().begin().await?;
        let kept = Settings::of(self.db(), &tx, site).await?;
        self.deps.emails.set_inbox(&tx, site, settings.inbound_address.as_deref()).await?;
        Settings::save(&tx, site, &settings).await?;
        tx.commit().await?;
        Ok(SettingsShown { settings, hook: hook_path(site, &kept.secret) })
    }

    /// Those of the caller and the shared ones, with how many tickets each shows.
    pub(in crate::ticket) async fn views(&self, caller: &Caller) -> Result<Vec<(Saved, i64)>, TicketError> {
        let mut counted = Vec::new();
        for view in Views::all(self.db(), caller.site).await? {
            if view.shared || (view.owner.is_some() && view.owner == caller.user()) {
                let count = List::count(self.db(), caller.site, caller.user(), &view.filter).await?;
                counted.push((view, count));
            }
        }
        Ok(counted)
    }

    pub(in crate::ticket) async fn view(&self, caller: &Caller, id: TicketViewId) -> Result<Saved, TicketError> {
        let view = Views::find(self.db().read(), caller.site, id).await?;
        let mine = |view: &Saved| view.shared || (view.owner.is_some() && view.owner == caller.user());
        view.filter(mine).ok_or_else(|| missing_view(id))
    }

    pub(in crate::ticket) async fn new_view(&self, caller: &Caller, new: NewView) -> Result<Saved, TicketError> {
        may_share(caller, new.shared)?;
        let mut view = Saved {
            id: TicketViewId(0),
            owner: caller.user(),
            name: line_of("name", &new.name, 100)?,
            filter: checked_filter(new.filter)?,
            sort: new.sort,
            shared: new.shared,
        };
        if Views::all(self.db(), caller.site).await?.iter().filter(|one| one.owner == view.owner).count() >= MOST_VIEWS {
            return Err(TicketError::TooMany(100));
        }
        let tx = self.db().begin().await?;
        view.id = Views::insert(&tx, caller.site, &view).await?;
        tx.commit().await?;
        Ok(view)
    }

    pub(in crate::ticket) async fn change_view(&self, caller: &Caller, id: TicketViewId, patch: ViewPatch) -> Result<Saved, TicketError> {
        let mut view = self.view(caller, id).await?;
        may_change(caller, &view)?;
        may_share(caller, patch.shared.unwrap_or(false))?;
        if let Some(name) = patch.name {
            view.name = line_of("name", &name, 100)?;
        }
        if let Some(filter) = patch.filter {
            view.filter = checked_filter(filter)?;
        }
        view.sort = patch.sort.unwrap_or(view.sort);
        view.shared = patch.shared.unwrap_or(view.shared);
        let tx = self.db().begin().await?;
        Views::save(&tx, caller.site, &view).await?;
        tx.commit().await?;
        Ok(view)
    }

    pub(in crate::ticket) async fn remove_view(&self, caller: &Caller, id: TicketViewId) -> Result<(), TicketError> {
        may_change(caller, &self.view(caller, id).await?)?;
        let tx = self.db().begin().await?;
        Views::remove(&tx, caller.site, id).await?;
        Ok(tx.commit().await?)
    }

    pub(in crate::ticket) async fn macros(&self, site: SiteId) -> Result<Vec<Macro>, TicketError> {
        Ok(Views::macros(self.db(), site).await?)
    }

    async fn checked_macro(&self, site: SiteId, id: TicketMacroId, new: NewMacro) -> Result<Macro, TicketError> {
        check_tags(&new.actions.tags_add).map_err(|err| Invalid::new(format!("actions.{}", err.field.replacen("tags", "tags_add", 1)), err.why))?;
        if let Some(user) = new.actions.assignee
            && self.check_assignee(site, UserId(user)).await.is_err()
        {
            return Err(Invalid::new("actions.assignee", "is no user of this site").into());
        }
        Ok(Macro { id, name: line_of("name", &new.name, 100)?, text: text_of("text", &new.text, LONGEST_TEXT)?, actions: new.actions })
    }

    pub(in crate::ticket) async fn new_macro(&self, site: SiteId, new: NewMacro) -> Result<Macro, TicketError> {
        let mut one = self.checked_macro(site, TicketMacroId(0), new).await?;
        if Views::macros(self.db(), site).await?.len() >= MOST_MACROS {
            return Err(TicketError::TooMany(500));
        }
        let tx = self.db().begin().await?;
        one.id = Views::insert_macro(&tx, site, &one).await?;
        tx.commit().await?;
        Ok(one)
    }

    pub(in crate::ticket) async fn get_macro(&self, site: SiteId, id: TicketMacroId) -> Result<Macro, TicketError> {
        Views::find_macro(self.db().read(), site, id).await?.ok_or_else(|| missing_macro(id))
    }

    pub(in crate::ticket) async fn change_macro(&self, site: SiteId, id: TicketMacroId, new: NewMacro) -> Result<Macro, TicketError> {
        let one = self.checked_macro(site, id, new).await?;
        let tx = self.db().begin().await?;
        Views::save_macro(&tx, site, &one).await?;
        tx.commit().await?;
        Ok(one)
    }

    pub(in crate::ticket) async fn remove_macro(&self, site: SiteId, id: TicketMacroId) -> Result<(), TicketError> {
        let tx = self.db().begin().await?;
        if !Views::remove_macro(&tx, site, id).await? {
            return Err(missing_macro(id));
        }
        Ok(tx.commit().await?)
    }
}

fn missing_view(id: TicketViewId) -> TicketError {
    TicketError::NoSuch(format!("ticket view {id}"))
}

fn missing_macro(id: TicketMacroId) -> TicketError {
    TicketError::NoSuch(format!("ticket macro {id}"))
}

fn may_share(caller: &Caller, shared: bool) -> Result<(), TicketError> {
    if shared && !caller.may(Permission::ManageTickets) {
        return Err(TicketError::Denied("sharing a view needs the permission manage_tickets"));
    }
    Ok(())
}

/// One's own views are one's own; shared ones are of those who manage tickets.
fn may_change(caller: &Caller, view: &Saved) -> Result<(), TicketError> {
    let own = view.owner.is_some() && view.owner == caller.user();
    if own || caller.may(Permission::ManageTickets) {
        return Ok(());
    }
    Err(TicketError::Denied("changing a shared view needs the permission manage_tickets"))
}

fn checked_filter(filter: Filter) -> Result<Filter, Invalid> {
    let known = |who: &str| matches!(who, "" | "me" | "none") || who.parse::<i64>().is_ok();
    if filter.assignee.as_deref().is_some_and(|who| !known(who)) {
        return Err(Invalid::new("filter.assignee", "should be a user's number, me or none"));
    }
    for (field, text) in [("filter.q", &filter.q), ("filter.tag", &filter.tag)] {
        text_of(field, text.as_deref().unwrap_or_default(), 200)?;
    }
    Ok(filter)
}
