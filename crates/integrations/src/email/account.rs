use base::SiteId;
use sockets::mailer::MailServer;

/// Whose account at which server: one site's wrong password must not stop another site's mail. A site's own server is its own even
/// when another site names the same one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Account {
    host: String,
    port: u16,
    user: Option<String>,
    site: Option<SiteId>,
}

impl Account {
    pub fn of(site: SiteId, server: &MailServer) -> Self {
        let user = server.login.as_ref().map(|(user, _)| user.clone());
        Self { host: server.host.to_lowercase(), port: server.port, user, site: (!server.trusted).then_some(site) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Secret;
    use sockets::mailer::Security;

    fn account(site: i64, user: &str, trusted: bool) -> Account {
        let login = Some((user.to_owned(), Secret::from("x".to_owned())));
        Account::of(SiteId(site), &MailServer { host: "smtp.shop.example".into(), port: 587, security: Security::Tls, login, trusted })
    }

    #[test]
    fn accounts_are_told_apart_by_user_and_by_the_site_that_brings_the_server() {
        assert_ne!(account(1, "desk", false), account(1, "other", false));
        assert_ne!(account(1, "desk", false), account(2, "desk", false));
        assert_ne!(account(1, "desk", false), account(1, "desk", true));
        assert_eq!(account(1, "desk", true), account(2, "desk", true), "the installation's server is one for all sites");
    }
}
