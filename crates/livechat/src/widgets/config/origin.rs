//! Where a page comes from: scheme, host, port; nothing else of its address.

use serde::Serialize;

/// An origin in its one spelling: lower case, no default port, no path. `https://*.shop.example` stands for every name below.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Origin(String);

impl Origin {
    /// Reads what a person typed; a bare host means https.
    ///
    /// # Errors
    /// Why it is no origin.
    pub fn read(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let text = text.strip_suffix('/').unwrap_or(text);
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
            None => ("https".to_owned(), text),
        };
        let Some(usual) = usual_port(&scheme) else {
            return Err("must begin with https:// or http://".into());
        };
        if rest.contains(['/', '?', '#', '@']) {
            return Err("must be scheme and host alone, such as https://shop.example".into());
        }
        let (host, port) = split_port(rest).ok_or("has no port number after its colon")?;
        let host = host.to_ascii_lowercase();
        check_host(host.strip_prefix("*.").unwrap_or(&host))?;
        let port = port.filter(|port| *port != usual).map(|port| format!(":{port}")).unwrap_or_default();
        Ok(Self(format!("{scheme}://{host}{port}")))
    }

    /// The origin of a page's address, such as a `Referer`; nothing when it has none (`null`, `file:`, `about:`).
    pub fn of_address(address: &str) -> Option<Self> {
        let (scheme, rest) = address.trim().split_once("://")?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        Self::read(&format!("{scheme}://{}", &rest[..end])).ok()
    }

    /// Whether `page` is this origin, or one below it.
    pub fn covers(&self, page: &Self) -> bool {
        match self.0.split_once("*.") {
            None => self == page,
            Some((scheme, tail)) => {
                let below = page.0.strip_prefix(scheme).and_then(|host| host.strip_suffix(tail));
                below.is_some_and(|name| name.ends_with('.') && name.len() > 1)
            }
        }
    }

    /// `host[:port]`, as in a `Host` header.
    pub fn authority(&self) -> &str {
        self.0.split_once("://").map_or("", |(_, authority)| authority)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn usual_port(scheme: &str) -> Option<u16> {
    match scheme {
        "https" => Some(443),
        "http" => Some(80),
        _ => None,
    }
}

/// Host and port; the outer nothing means that the port cannot be read. IPv6 stands in brackets.
fn split_port(text: &str) -> Option<(&str, Option<u16>)> {
    let colon = text.rfind(':').filter(|at| text.rfind(']').is_none_or(|bracket| bracket < *at));
    match colon {
        None => Some((text, None)),
        Some(at) => Some((&text[..at], Some(text[at + 1..].parse().ok()?))),
    }
}

fn check_host(host: &str) -> Result<(), String> {
    if !host.is_ascii() {
        return Err("must be spelt as browsers send it (xn--…)".into());
    }
    let inner = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let good = match inner {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.len() <= 253 && host.split('.').all(is_label),
    };
    if good { Ok(()) } else { Err("has no host that can be read, such as shop.example".into()) }
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len()) && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::Origin;

    #[test]
    fn an_origin_has_one_spelling() {
        let same = ["https://Shop.Example", "https://shop.example/", " https://shop.example:443", "shop.example"];
        for text in same {
            assert_eq!(Origin::read(text).map(|o| o.as_str().to_owned()), Ok("https://shop.example".to_owned()), "{text}");
        }
        assert_eq!(Origin::read("http://[::1]:3000").map(|o| o.authority().to_owned()), Ok("[::1]:3000".to_owned()));
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for text in ["", "https://", "ftp://a.example", "https://a.example/path", "https://u@a.example", "https://a b", "javascript:alert(1)", "https://商店.example", "https://a..b", "*", "https://a.example:99999"] {
            assert!(Origin::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_star_stands_for_every_name_below_and_no_other() {
        let shop = Origin::read("https://*.shop.example").expect("an origin");
        let covered = |text: &str| Origin::of_address(text).is_some_and(|page| shop.covers(&page));
        assert!(covered("https://www.shop.example/cart?x=1"));
        assert!(covered("https://a.b.shop.example"));
        for text in ["https://shop.example", "https://evilshop.example", "http://www.shop.example", "https://www.shop.example.evil.example", "null", "file:///tmp/x"] {
            assert!(!covered(text), "{text}");
        }
    }
}
