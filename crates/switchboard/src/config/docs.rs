//! `docs/config/config.md`, made from the table of keys.

use super::Config;
use std::fmt::Write as _;

const OPENING: &str = "\
# Configuration

<!-- Made by `switchboard config docs` from crates/switchboard/src/config/keys.rs; a test keeps it in step. -->

Switchboard runs without any. What is set here wins in this order: the environment, then the file given with `--config`, then the default.

- In the file (TOML) a key of a section stands below `[section]`.
- In the environment its name is `SWITCHBOARD_SECTION__KEY`: two underscores stand for the dot, lists have commas between.
- An unknown key is refused, with its place and the nearest name.
- `switchboard config check --config f.toml` checks values and whether database, Redis and folders can be reached; `switchboard config print`
  shows what is in force, without secrets.
";

pub fn document() -> String {
    let mut text = OPENING.to_owned();
    let mut section = None;
    for key in Config::keys() {
        if section.as_deref() != Some(key.section()) {
            let heading = if key.section().is_empty() { "At the top of the file".to_owned() } else { format!("`[{}]`", key.section()) };
            let _infallible = write!(text, "\n## {heading}\n\n{}\n\n| key | default | what it does |\n| --- | --- | --- |\n", key.section_about);
            section = Some(key.section().to_owned());
        }
        let example = key.example.map_or_else(String::new, |example| format!(" As in `{example}`."));
        let default = key.default.as_ref().map_or_else(|| "not set".to_owned(), |value| format!("`{value}`"));
        let _infallible = writeln!(
            text,
            "| `{}`<br>{}<br>`{}` | {default} | {}{example} |",
            key.name(),
            key.kind,
            key.variable(),
            key.about.replace('|', "\\|")
        );
    }
    text
}

impl Config {
    /// What is in force, as a file that could be given back; secrets masked, what is not set as a comment.
    pub fn print(&self) -> String {
        let mut text = String::new();
        let mut section = String::new();
        for (key, value) in Config::keys().iter().zip(self.shown()) {
            if key.section() != section {
                section = key.section().to_owned();
                let _infallible = write!(text, "\n[{section}]\n");
            }
            let _infallible = match value {
                Some(value) => writeln!(text, "{} = {value}", key.name()),
                None => writeln!(text, "# {} is not set", key.name()),
            };
        }
        text
    }
}
