//! What Cargo and the compiler do not hold: sizes, storeys, table owners, and calls that have one room of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Lines of a source file at most, its tests apart.
const LONGEST: usize = 500;

/// Each crate may import those of lower storeys alone.
const STOREYS: [(&str, u8); 12] = [
    ("base", 0),
    ("sockets", 1),
    ("events", 2),
    ("adapters", 3),
    ("web", 3),
    ("people", 4),
    ("content", 4),
    ("integrations", 4),
    ("realtime", 4),
    ("reporting", 4),
    ("livechat", 5),
    ("switchboard", 6),
];

/// A call, the files that may make it, and why nobody else.
const ROOMS: [(&str, &[&str], &str); 9] = [
    ("SystemTime::now", &["crates/base/src/clock.rs"], "time is an argument: take it from the clock"),
    ("Timestamp::now", &["crates/base/src/clock.rs"], "time is an argument: take it from the clock"),
    ("Zoned::now", &["crates/base/src/clock.rs"], "time is an argument: take it from the clock"),
    ("rand::random", &["crates/base/", "crates/events/src/retry.rs", "crates/switchboard/src/demo/"], "chance comes from the minter, so that tests can hold it"),
    ("rand::rng", &["crates/base/", "crates/events/src/retry.rs", "crates/switchboard/src/demo/"], "chance comes from the minter, so that tests can hold it"),
    ("env::var", &["crates/switchboard/src/config/", "crates/testkit/", "crates/switchboard/build.rs"], "the environment is read by the configuration alone"),
    ("reqwest::Client", &["crates/adapters/", "crates/sim/", "crates/switchboard/src/bench/"], "the web outside is reached through the port HttpOut"),
    ("println!", &["crates/switchboard/src/cli/", "crates/switchboard/build.rs"], "standard output is the command line's; tell the log instead"),
    ("dbg!", &[], "it is a note to oneself"),
];

struct Source {
    /// From the root: `crates/web/src/lib.rs`.
    path: String,
    /// Without its tests and without comments.
    code: String,
    lines: usize,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the checkout")
}

/// Every Rust file below a `src`, and the build scripts.
fn sources() -> Vec<Source> {
    let root = root();
    let mut files = Vec::new();
    walk(&root.join("crates"), &mut files);
    let mut all: Vec<Source> = files
        .into_iter()
        .filter_map(|file| {
            let path = file.strip_prefix(&root).ok()?.to_string_lossy().into_owned();
            let tests = path.ends_with("/tests.rs") || path.contains("/tests/") || path.contains("/examples/") || path.contains("/benches/");
            if tests {
                return None;
            }
            let text = std::fs::read_to_string(&file).ok()?;
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
            Some(Source { path, lines: text.lines().count(), code })
        })
        .collect();
    all.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(all.len() > 100, "only {} sources were found", all.len());
    all
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("is read").flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
}

fn none(faults: &[String]) {
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_file_is_too_long() {
    let long = sources().into_iter().filter(|file| file.lines > LONGEST);
    none(&long.map(|file| format!("{}: {} lines; make it a folder", file.path, file.lines)).collect::<Vec<_>>());
}

#[test]
fn crates_look_down_only() {
    let storeys: BTreeMap<&str, u8> = STOREYS.into();
    let mut faults = Vec::new();
    for (name, storey) in STOREYS {
        let manifest = std::fs::read_to_string(root().join("crates").join(name).join("Cargo.toml")).expect("a manifest");
        let manifest: toml::Table = manifest.parse().expect("is TOML");
        let imports = manifest["dependencies"].as_table().expect("dependencies");
        for import in imports.keys() {
            if let Some(other) = storeys.get(import.as_str())
                && *other >= storey
            {
                faults.push(format!("{name} (storey {storey}) imports {import} (storey {other})"));
            }
            if import == "adapters" && name != "switchboard" {
                faults.push(format!("{name} imports the adapters: only the roof chooses them"));
            }
            if import == "testkit" {
                faults.push(format!("{name} imports the test kit outside its tests"));
            }
        }
    }
    none(&faults);
}

#[test]
fn calls_stay_in_their_rooms() {
    let mut faults = Vec::new();
    for file in sources() {
        for (call, rooms, why) in ROOMS {
            let found = file.code.lines().any(|line| mentions(line, call));
            if found && !rooms.iter().any(|room| file.path.starts_with(room)) {
                faults.push(format!("{} calls {call}: {why}", file.path));
            }
        }
    }
    none(&faults);
}

/// As a path or macro of its own, not as the end of another name (`eprintln!` is not `println!`).
fn mentions(line: &str, call: &str) -> bool {
    line.match_indices(call).any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// The module that a file belongs to: `livechat/chat`, `web/idempotency`; a crate of one module is one.
fn module(path: &str) -> String {
    let mut parts = path.split('/').skip(1);
    let (name, _, inner) = (parts.next().unwrap_or_default(), parts.next(), parts.next().unwrap_or_default());
    match name {
        "events" => name.to_owned(),
        _ => format!("{name}/{}", inner.trim_end_matches(".rs")),
    }
}

/// Words after which a table's name stands.
const BEFORE_TABLES: [&str; 9] =
    ["table_name = \"", ".table(\"", "CREATE TABLE IF NOT EXISTS ", "CREATE TABLE ", "INSERT INTO ", "DELETE FROM ", "UPDATE ", " FROM ", " JOIN "];

fn tables_in(code: &str) -> BTreeSet<String> {
    let flat = code.replace('\n', " ");
    let mut names = BTreeSet::new();
    for before in BEFORE_TABLES {
        for (at, _) in flat.match_indices(before) {
            let rest = flat[at + before.len()..].trim_start();
            names.insert(rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect());
        }
    }
    names
}

#[test]
fn a_table_is_named_by_its_owner_alone() {
    let sources = sources();
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    for file in &sources {
        let flat = file.code.replace('\n', " ");
        for before in ["table_name = \"", "CREATE TABLE IF NOT EXISTS ", "CREATE TABLE "] {
            for (at, _) in flat.match_indices(before) {
                let name: String = flat[at + before.len()..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                if !name.is_empty() && name != "IF" {
                    owners.entry(name).or_insert_with(|| module(&file.path));
                }
            }
        }
    }
    assert!(owners.len() > 15, "only {} tables were found", owners.len());
    let mut faults = Vec::new();
    for file in &sources {
        let here = module(&file.path);
        for name in tables_in(&file.code) {
            if let Some(owner) = owners.get(&name)
                && *owner != here
            {
                faults.push(format!("{} names the table {name:?} of {owner}", file.path));
            }
        }
    }
    none(&faults);
}
