//! What a browser says it is.

/// Browser, system and sort of device, as far as the `User-Agent` tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agent {
    /// `Chrome 126`.
    pub browser: Option<String>,
    pub os: Option<String>,
    /// `desktop`, `phone`, `tablet` or `bot`.
    pub device: Option<String>,
}

const LONGEST: usize = 512;

impl Agent {
    pub fn read(header: &str) -> Self {
        let text: String = header.chars().take(LONGEST).filter(|c| !c.is_control()).collect();
        let Some(told) = woothee::parser::Parser::new().parse(&text) else { return Self::default() };
        let major = told.version.split('.').next().unwrap_or_default().to_owned();
        Self {
            browser: known(told.name).map(|name| with(name, known(&major))),
            os: known(told.os).map(|os| with(os, numbered(os).then(|| known(&told.os_version)).flatten())),
            device: device(told.category, told.os, &text).map(str::to_owned),
        }
    }
}

fn known(word: &str) -> Option<&str> {
    Some(word).filter(|word| !word.is_empty() && *word != "UNKNOWN")
}

fn with(name: &str, version: Option<&str>) -> String {
    super::text::line(&[name, version.unwrap_or_default()].join(" "), 64)
}

/// The names of Windows hold their version already, and what macOS says of its own has been frozen for years.
fn numbered(os: &str) -> bool {
    !os.starts_with("Windows") && os != "Mac OSX" && os != "Linux"
}

fn device(category: &str, os: &str, text: &str) -> Option<&'static str> {
    match category {
        "crawler" => Some("bot"),
        _ if os == "iPad" => Some("tablet"),
        "smartphone" if os == "Android" && !text.contains("Mobile") => Some("tablet"),
        "smartphone" | "mobilephone" => Some("phone"),
        "pc" => Some("desktop"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Agent;

    fn told(header: &str) -> (String, String, String) {
        let agent = Agent::read(header);
        (agent.browser.unwrap_or_default(), agent.os.unwrap_or_default(), agent.device.unwrap_or_default())
    }

    #[test]
    fn usual_browsers_are_named() {
        let chrome = told("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36");
        assert_eq!(chrome, ("Chrome 126".into(), "Windows 10".into(), "desktop".into()));
        let iphone = told("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1");
        assert_eq!(iphone, ("Safari 17".into(), "iPhone 17.5".into(), "phone".into()));
        let tablet = told("Mozilla/5.0 (Linux; Android 14; SM-X710) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36");
        assert_eq!(tablet.2, "tablet");
        assert_eq!(told("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)").2, "bot");
    }

    #[test]
    fn odd_ones_are_unknown_and_harmless() {
        for header in ["", "-", "\u{0}\u{0}", "商店浏览器", &"Mozilla/5.0 (".repeat(100_000), "Windows ;\\", "Mac OS X 10_"] {
            let agent = Agent::read(header);
            assert!(agent.browser.is_none_or(|name| name.len() < 200), "{:?}", header.get(..40));
        }
    }
}
