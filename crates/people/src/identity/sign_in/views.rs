use super::service::{Who, WorksOn};
use crate::identity::roles::PermissionName;
use base::{Permission, SiteId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "lin@shop.example", "password": "correct horse battery", "totp": "123456"}))]
pub(super) struct Credentials {
    pub email: String,
    pub password: String,
    /// The code of the second factor, or a recovery code; when the answer was `totp-required`.
    pub totp: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "sbl_5a0c…"}))]
pub(super) struct LinkToken {
    pub token: String,
    /// The code of the second factor, or a recovery code; when the answer was `totp-required`.
    pub totp: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct MeView {
    pub id: i64,
    pub email: String,
    pub name: String,
    pub avatar: Option<String>,
    /// `zh` or `en`.
    pub language: String,
    /// Null: the site's.
    pub time_zone: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct MySiteView {
    #[schema(value_type = i64)]
    pub id: SiteId,
    pub name: String,
    /// The role's name.
    pub role: String,
    #[schema(value_type = Vec<PermissionName>)]
    pub permissions: BTreeSet<Permission>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = CurrentSession, example = json!({
    "user": {"id": 2, "email": "lin@shop.example", "name": "林小雨", "avatar": null, "language": "zh", "time_zone": null},
    "sites": [{"id": 1, "name": "My shop", "role": "Agent", "permissions": ["answer_chats", "view_visitors", "view_history"]}],
    "superadmin": false, "totp_enabled": false, "must_set_password": false
}))]
pub(super) struct CurrentView {
    pub user: MeView,
    pub sites: Vec<MySiteView>,
    /// Stands above all sites.
    pub superadmin: bool,
    pub totp_enabled: bool,
    /// Came by a link and has no password yet.
    pub must_set_password: bool,
}

impl From<Who> for CurrentView {
    fn from(who: Who) -> Self {
        let account = who.account;
        let site = |WorksOn { id, name, role, permissions }| MySiteView { id, name, role, permissions };
        Self {
            sites: who.sites.into_iter().map(site).collect(),
            superadmin: account.superadmin,
            totp_enabled: account.totp_on,
            must_set_password: account.password_hash.is_none(),
            user: MeView {
                id: account.id,
                email: account.email,
                name: account.name,
                avatar: account.avatar,
                language: account.language,
                time_zone: account.time_zone,
            },
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MePatch, example = json!({"language": "en"}))]
pub(super) struct MePatchBody {
    pub name: Option<String>,
    /// `zh` or `en`.
    pub language: Option<String>,
    pub time_zone: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"current": "correct horse battery", "new": "a longer and better one"}))]
pub(super) struct NewPassword {
    /// Not needed without a password, and in the first hour after signing in by a link.
    pub current: Option<String>,
    /// 10 to 256 characters.
    pub new: String,
}

#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    "otpauth_url": "otpauth://totp/Switchboard:lin%40shop.example?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Switchboard"
}))]
pub(super) struct TotpSecretView {
    /// In base 32, to type in.
    pub secret: String,
    /// To show as a QR code.
    pub otpauth_url: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "123456"}))]
pub(super) struct TotpCode {
    pub code: String,
}

#[derive(Serialize, ToSchema)]
#[schema(example = json!({"recovery_codes": ["1f0a-9c33-52e1-77ab-00d4"]}))]
pub(super) struct RecoveryCodesView {
    /// Each works once. Shown here and never again.
    pub recovery_codes: Vec<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"password": "correct horse battery"}))]
pub(super) struct PasswordProof {
    pub password: String,
}
