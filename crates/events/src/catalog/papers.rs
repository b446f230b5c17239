//! What is published of the catalogue: a JSON Schema of each event, an AsyncAPI document of all, and a page to read.

use super::{CATALOG, Catalogued, Entry, asyncapi};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;

pub(super) fn schema_of<E: Catalogued>() -> Value {
    let mut schema = schemars::schema_for!(E).to_value();
    schema["$id"] = json!(format!("https://switchboard.example/events/{}.json", E::NAME));
    schema["title"] = json!(E::NAME);
    schema["description"] = json!(E::ABOUT.join(" "));
    schema["examples"] = json!([serde_json::to_value(E::sample()).unwrap_or_default()]);
    schema["x-version"] = json!(E::VERSION);
    if !E::MENDED.is_empty() {
        let names: serde_json::Map<String, Value> = E::MENDED.iter().map(|(slip, name)| ((*slip).to_owned(), json!(name))).collect();
        schema["x-also-read"] = names.into();
    }
    schema
}

/// File name and text of each published paper.
pub fn papers() -> Vec<(String, String)> {
    let pretty = |value: &Value| format!("{}\n", serde_json::to_string_pretty(value).unwrap_or_default());
    let mut all: Vec<(String, String)> = CATALOG.iter().map(|entry| (format!("{}.json", entry.name), pretty(&(entry.schema)()))).collect();
    all.push(("asyncapi.json".into(), pretty(&asyncapi())));
    all.push(("README.md".into(), page()));
    all
}

/// Writes the papers into a folder (`docs/events`).
///
/// # Errors
/// When the folder cannot be written to.
pub fn write_papers(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for (name, text) in papers() {
        std::fs::write(folder.join(name), text)?;
    }
    Ok(())
}

const HEAD: &str = "\
# Events · 事件

Written by `switchboard events docs`; do not edit. Each structure is a JSON Schema beside this page; [`asyncapi.json`](asyncapi.json)
holds all of them with the envelope they travel in.

由 `switchboard events docs` 生成，请勿手改。每个事件的结构是本目录下的 JSON Schema；[`asyncapi.json`](asyncapi.json) 描述全部事件及其信封。

Events of one key of a site are heard in the order in which they were announced. Fields are added in time, never renamed, retyped or
removed: leave alone what you do not know. Codes are numbers; the schema names them. Times are RFC 3339 in UTC.

同一站点内，相同 key 的事件按发布顺序送达。字段只增不改不删；未知字段请忽略。枚举以数字表示，含义见 Schema。时间为 UTC 的 RFC 3339。

| Event | What happened | 含义 | Key (of the sample) |
| --- | --- | --- | --- |
";

fn page() -> String {
    let mut text = HEAD.to_owned();
    for Entry { name, about: [en, zh], sample_key, .. } in CATALOG {
        let _written = writeln!(text, "| [`{name}`]({name}.json) | {en} | {zh} | `{}` |", sample_key());
    }
    text.push_str("\n## Names that were mended · 更正的字段名\n\nBoth are read, ours are written. 两种写法都能读取，输出用新名。\n\n| Event | Also read | Written |\n| --- | --- | --- |\n");
    for entry in CATALOG {
        for (slip, name) in entry.mended {
            let _written = writeln!(text, "| `{}` | `{slip}` | `{name}` |", entry.name);
        }
    }
    text
}
