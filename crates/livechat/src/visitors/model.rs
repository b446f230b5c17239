use super::agent::Agent;
use super::geo::Place;
use super::text;
use base::{Invalid, SiteId, Timestamp, VisitorId, WidgetId};
use serde_json::Value;
use sockets::live::PageSeen;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

/// After so long a silence a new visit begins.
pub const VISIT_GAP: Duration = Duration::from_secs(30 * 60);

/// A visit; what the published events call a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VisitId(pub i64);

/// A browser on a site that carries our widget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    pub id: VisitorId,
    pub site: SiteId,
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
    /// How many visits there were, the present one with them.
    pub visits: u32,
    /// The latest visit.
    pub visit: VisitId,
}

/// One stay of a visitor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    pub id: VisitId,
    pub visitor: VisitorId,
    pub site: SiteId,
    pub widget: Option<WidgetId>,
    pub started: Timestamp,
    pub last_seen: Timestamp,
    pub landing: PageSeen,
    pub referrer: Option<String>,
    pub with: Browser,
    pub place: Place,
    pub variables: BTreeMap<String, String>,
}

/// What a visitor comes with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Browser {
    pub agent: Agent,
    pub language: Option<String>,
    pub time_zone: Option<String>,
    pub screen: Option<String>,
    pub address: Option<IpAddr>,
}

/// A page as the browser tells it, made harmless.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    pub seen: PageSeen,
    pub referrer: Option<String>,
}

impl Page {
    pub fn read(url: &str, title: &str, referrer: &str) -> Self {
        let seen = PageSeen { url: text::address(url).unwrap_or_default(), title: text::line(title, 300) };
        Self { seen, referrer: text::address(referrer) }
    }
}

impl Browser {
    pub fn read(agent: &str, language: &str, time_zone: &str, screen: &str, address: IpAddr) -> Self {
        Self {
            agent: Agent::read(agent),
            language: text::word(language, 35, "-"),
            time_zone: text::word(time_zone, 64, "_+-/"),
            screen: text::word(screen, 15, "").filter(|screen| screen.contains('x')),
            address: Some(address).filter(|address| !address.is_unspecified()),
        }
    }
}

/// A page that was seen; waits to be written with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageView {
    pub id: i64,
    pub visit: VisitId,
    pub visitor: VisitorId,
    pub site: SiteId,
    pub at: Timestamp,
    pub page: PageSeen,
}

/// Whether a silence from `last` to `now` ended the visit. A clock that fell back ends nothing.
pub fn is_over(last: Timestamp, now: Timestamp) -> bool {
    now.since(last) > VISIT_GAP
}

/// What somebody says of themselves before a chat; not proven. What is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Introduction {
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
}

impl Introduction {
    /// The same, cut to length and made harmless.
    pub fn tidied(&self) -> Self {
        let tidy = |said: &Option<String>, most| said.as_deref().and_then(|said| text::some_line(said, most));
        Self { name: tidy(&self.name, 100), email: tidy(&self.email, 254), phone: tidy(&self.phone, 40) }
    }
}

const MOST_VARIABLES: usize = 50;
const LONGEST_NAME: usize = 64;
const LONGEST_VALUE: usize = 1_000;

/// Sets a page's variables: words and numbers become texts, `null` takes one away.
pub fn set_variables(variables: &mut BTreeMap<String, String>, news: &BTreeMap<String, Value>) -> Result<(), Invalid> {
    for (name, value) in news {
        let shown = text::line(name, LONGEST_NAME);
        let field = || format!("variables.{shown}");
        if shown.is_empty() || shown != *name {
            let why = format!("a name is one line of 1 to {LONGEST_NAME} characters");
            return Err(Invalid::new(field(), why));
        }
        let value = match value {
            Value::Null => {
                variables.remove(name);
                continue;
            }
            Value::String(said) => text::line(said, LONGEST_VALUE),
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            Value::Array(_) | Value::Object(_) => return Err(Invalid::new(field(), "must be a text, a number, true or false")),
        };
        variables.insert(name.clone(), value);
    }
    if variables.len() > MOST_VARIABLES {
        return Err(Invalid::new("variables", format!("a visitor has {MOST_VARIABLES} variables at most")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_visit_ends_after_half_an_hour_of_silence_and_never_by_a_clock_that_fell_back() {
        let at = |minutes: i64| Timestamp::from_millis(minutes * 60_000);
        assert!(!is_over(at(0), at(30)));
        assert!(is_over(at(0), at(31)));
        assert!(!is_over(at(600), at(0)));
    }

    #[test]
    fn variables_are_texts() {
        let mut all = BTreeMap::from([("old".to_owned(), "x".to_owned())]);
        let news = |value| BTreeMap::from([("cart".to_owned(), value)]);
        set_variables(&mut all, &news(json!(12.5))).expect("taken");
        assert_eq!(all["cart"], "12.5");
        set_variables(&mut all, &news(Value::Null)).expect("taken");
        assert_eq!(all.len(), 1);
        assert_eq!(set_variables(&mut all, &news(json!([1]))).expect_err("refused").field, "variables.cart");
        let many = (0..60).map(|n| (n.to_string(), json!(n))).collect();
        assert_eq!(set_variables(&mut all, &many).expect_err("refused").field, "variables");
        assert!(set_variables(&mut BTreeMap::new(), &BTreeMap::from([("a\nb".to_owned(), json!(1))])).is_err());
    }

    #[test]
    fn what_a_browser_says_wrongly_is_left_out() {
        let browser = Browser::read("", "zh-CN", "Asia/Shanghai", "1920x1080", IpAddr::from([0, 0, 0, 0]));
        assert_eq!(browser.language.as_deref(), Some("zh-CN"));
        assert_eq!(browser.time_zone.as_deref(), Some("Asia/Shanghai"));
        assert_eq!((browser.screen.as_deref(), browser.address), (Some("1920x1080"), None));
        let odd = Browser::read("", "<b>", &"x".repeat(65), "wide", IpAddr::from([1, 1, 1, 1]));
        assert_eq!((odd.language, odd.time_zone, odd.screen), (None, None, None));
    }
}
