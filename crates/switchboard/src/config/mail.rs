//! A mail server written as one address: `smtp://user:password@host:587`, `smtps://…:465`, `smtp+plain://…:25`.

use super::Config;
use base::Secret;
use secrecy::ExposeSecret;
use sockets::mailer::{MailServer, Mailbox, Security};

impl Config {
    /// The mail server of the installation.
    pub fn mail_server(&self) -> Option<MailServer> {
        self.mail.server.as_ref().and_then(|url| read(url.expose_secret()).ok())
    }

    /// Who the installation's letters come from.
    pub fn mail_from(&self) -> Option<Mailbox> {
        let text = self.mail.from.as_deref()?.trim();
        let named = text.strip_suffix('>').and_then(|text| text.split_once('<'));
        Some(named.map_or_else(|| Mailbox::new("", text), |(name, email)| Mailbox::new(name.trim().trim_matches('"'), email.trim())))
    }

    pub(super) fn mail_faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if let Some(url) = &self.mail.server
            && let Err(why) = read(url.expose_secret())
        {
            // What was given is not repeated: it holds a password.
            faults.push(format!("mail.server: {why}, as in smtp://user:password@mail.example:587"));
        }
        if self.mail_from().is_some_and(|from| from.domain().is_empty()) {
            faults.push("mail.from: should be an address, as in Support <support@mail.example>".to_owned());
        }
        if self.mail.certificate.is_some() != self.mail.certificate_key.is_some() {
            faults.push("mail.certificate: needs mail.certificate_key beside it, and the other way round".to_owned());
        }
        if self.mail.server.is_some() && self.mail.from.is_none() {
            faults.push("mail.from: is needed beside mail.server".to_owned());
        }
        faults
    }
}

fn read(url: &str) -> Result<MailServer, &'static str> {
    let (scheme, rest) = url.split_once("://").ok_or("should begin with smtp://, smtps:// or smtp+plain://")?;
    let (security, usual) = match scheme {
        "smtp" => (Security::StartTls, 587),
        "smtps" => (Security::Tls, 465),
        "smtp+plain" => (Security::Plain, 25),
        _ => return Err("should begin with smtp://, smtps:// or smtp+plain://"),
    };
    let rest = rest.trim_end_matches('/');
    let (login, place) = rest.rsplit_once('@').map_or((None, rest), |(login, place)| (Some(login), place));
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().map_err(|_| "should have a port of 1 to 65535")?),
        None => (place, usual),
    };
    if host.is_empty() || host.contains(['/', '?', ' ']) {
        return Err("should name a host");
    }
    let login = login.map(|login| {
        let (user, password) = login.split_once(':').unwrap_or((login, ""));
        (plain(user), Secret::from(plain(password)))
    });
    Ok(MailServer { host: host.to_owned(), port, security, login, trusted: true })
}

/// Without `%40` and the like.
fn plain(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, more)) = rest.split_first() {
        let code = (*first == b'%').then(|| more.get(..2)).flatten().and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &more[2..] } else { more };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_read_with_its_login() {
        let server = read("smtp://desk%40shop.example:p%3Aw@mail.example").unwrap();
        assert_eq!((server.host.as_str(), server.port, server.security), ("mail.example", 587, Security::StartTls));
        let (user, password) = server.login.unwrap();
        assert_eq!((user.as_str(), password.reveal()), ("desk@shop.example", "p:w"));
        assert_eq!(read("smtps://mail.example").unwrap().port, 465);
        assert_eq!(read("smtp+plain://localhost:2525/").unwrap().port, 2525);
        for wrong in ["mail.example", "http://mail.example", "smtp://", "smtp://mail.example:port", "smtp://a b"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
