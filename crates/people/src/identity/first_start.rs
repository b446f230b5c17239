//! Where everything begins: a site, its built-in roles, a first department, and somebody to administer it.

use super::roles::{self, BuiltIn, NewRole};
use super::sign_in::links;
use super::tables::{session, user};
use super::users::store::{self, NewAccount, Terms};
use super::{Department, Identity, IdentityError, NewSite, Site, departments, input, sites};
use base::{DepartmentId, Secret, UserId};
use sea_orm::{EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use sockets::Tx;

/// Whom and what the first start makes.
#[derive(Clone, Debug)]
pub struct FirstStart {
    pub email: String,
    pub name: String,
    pub site: NewSite,
}

impl Identity {
    /// On an empty installation: makes a site and its administrator, and the one-time link that lets this person in for a day. Before
    /// anybody ever signed in: a fresh link. Later: nothing.
    pub async fn first_start(&self, first: FirstStart) -> Result<Option<Secret>, IdentityError> {
        if let Some(found) = user::Entity::find().order_by_asc(user::COLUMN.id).one(self.db.read()).await? {
            return self.link_while_unused(&found).await;
        }
        let email = input::Email::parse(&first.email)?;
        let name = input::name("name", &first.name)?;
        let new = first.site.checked()?;
        let language = new.languages.first().map_or("zh", String::as_str).to_owned();
        let tx = self.db.begin().await?;
        let account = NewAccount { email: &email, name: &name, language: &language, superadmin: true };
        let admin = match store::insert_account(&tx, &account).await {
            // Another node was faster.
            Err(err) if err.is_duplicate() => return Ok(None),
            made => made?,
        };
        make_site(&tx, &new, Some(admin)).await?;
        let (link, _) = links::issue(&tx, self.db.minter(), admin, links::INVITATION).await?;
        tx.commit().await?;
        Ok(Some(link))
    }

    async fn link_while_unused(&self, first: &user::Model) -> Result<Option<Secret>, IdentityError> {
        let conn = self.db.read();
        let used = session::Entity::find().filter(session::COLUMN.user_id.eq(first.id)).count(conn).await? > 0;
        let alone = user::Entity::find().count(conn).await? == 1;
        if !alone || used || first.password_hash.is_some() {
            return Ok(None);
        }
        let tx = self.db.begin().await?;
        let (link, _) = links::issue(&tx, self.db.minter(), UserId(first.id), links::INVITATION).await?;
        tx.commit().await?;
        Ok(Some(link))
    }

    /// A site with its built-in roles and a default department; `admin` administers it.
    pub async fn new_site_with_defaults(&self, new: NewSite, admin: Option<UserId>) -> Result<Site, IdentityError> {
        let new = new.checked()?;
        let tx = self.db.begin().await?;
        let site = make_site(&tx, &new, admin).await?;
        tx.commit().await?;
        Ok(site)
    }
}

async fn make_site(tx: &Tx, new: &NewSite, admin: Option<UserId>) -> Result<Site, IdentityError> {
    let site = sites::store::insert(tx, new).await?;
    let chinese = new.languages.first().is_some_and(|language| language == "zh");
    for built_in in BuiltIn::ALL {
        let role = NewRole { name: role_name(built_in, chinese).to_owned(), permissions: built_in.permissions() };
        let role = roles::store::insert(tx, site.id, &role, Some(built_in)).await?;
        if let Some(admin) = admin.filter(|_| built_in == BuiltIn::Admin) {
            let terms = Terms { role: role.id, chat_limit: 5, accepts_chats: true, disabled: false };
            store::insert_place(tx, site.id, admin, &terms).await?;
        }
    }
    let department = Department {
        id: DepartmentId(0),
        name: if chinese { "客服" } else { "Support" }.to_owned(),
        description: String::new(),
        is_default: true,
        members: Vec::new(),
    };
    let id = departments::store::insert(tx, site.id, &department).await?;
    departments::store::set_members(tx, site.id, id, admin.as_slice()).await?;
    Ok(site)
}

const fn role_name(built_in: BuiltIn, chinese: bool) -> &'static str {
    match (built_in, chinese) {
        (BuiltIn::Agent, true) => "客服",
        (BuiltIn::Leader, true) => "组长",
        (BuiltIn::Operator, true) => "运营",
        (BuiltIn::Admin, true) => "管理员",
        (BuiltIn::Agent, false) => "Agent",
        (BuiltIn::Leader, false) => "Leader",
        (BuiltIn::Operator, false) => "Operator",
        (BuiltIn::Admin, false) => "Admin",
    }
}
