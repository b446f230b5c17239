//! Layers, refusals, and papers of the configuration.

use switchboard::config::{self, Config};

fn load(file: Option<&str>, environment: &[(&str, &str)]) -> Result<Config, config::ConfigError> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("f.toml");
    if let Some(text) = file {
        std::fs::write(&path, text).expect("is written");
    }
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    config::load_from(file.map(|_| path.as_path()), environment)
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_default() {
    let file = "listen = \"127.0.0.1:1\"\nadmin_listen = \"127.0.0.1:2\"\n[limits]\nuser = [1, 2]\n";
    let config = load(Some(file), &[("SWITCHBOARD_LISTEN", "127.0.0.1:3"), ("SWITCHBOARD_LIMITS__API_KEY", "5,6")]).expect("loads");
    assert_eq!(config.root.listen.port(), 3);
    assert_eq!(config.root.admin_listen.port(), 2);
    assert_eq!((config.limits.user.burst, config.limits.user.per_minute), (1, 2));
    assert_eq!((config.limits.api_key.burst, config.limits.api_key.per_minute), (5, 6));
    assert_eq!(config.node.id, 0);
}

#[test]
fn unknown_keys_are_refused_with_their_place_and_the_nearest_name() {
    for (file, environment, told) in [
        (Some("\nlissten = 1\n"), None, ":2: there is no key \"lissten\"; did you mean \"listen\"?"),
        (Some("[databse]\nurl = \"x\"\n"), None, ":1: there is no key \"databse\"; did you mean \"database\"?"),
        (Some("[database]\n\nuri = \"x\"\n"), None, ":3: there is no key \"database.uri\"; did you mean \"database.url\"?"),
        (None, Some("SWITCHBOARD_DATABASE__UR"), "did you mean \"SWITCHBOARD_DATABASE__URL\"?"),
    ] {
        let environment: Vec<_> = environment.iter().map(|name| (*name, "x")).collect();
        let refused = load(file, &environment).expect_err("is refused").to_string();
        assert!(refused.contains(told), "{refused}");
    }
}

#[test]
fn what_others_put_into_the_environment_is_left_alone() {
    let kubernetes = [("SWITCHBOARD_SERVICE_HOST", "10.0.0.1"), ("SWITCHBOARD_PORT_8080_TCP", "tcp://10.0.0.1:8080")];
    assert!(load(None, &kubernetes).is_ok());
}

#[test]
fn wrong_values_are_told_with_their_place_and_what_they_should_be() {
    let refused = load(Some("listen = \"here\"\n[node]\nid = 5000\n"), &[]).expect_err("is refused").to_string();
    assert!(refused.contains(":1: listen should be an address and a port"), "{refused}");
    let refused = load(Some("[node]\nid = 5000\n"), &[]).expect_err("is refused").to_string();
    assert!(refused.contains("node.id: should be 0 to 1023"), "{refused}");
    let refused = load(Some("listen = \n"), &[]).expect_err("is refused").to_string();
    assert!(refused.contains("f.toml:1:"), "{refused}");
}

#[test]
fn sessions_last_as_long_as_is_said() {
    let config = load(Some("[sessions]\nidle_hours = 1\nlongest_days = 7\n"), &[]).expect("loads");
    let hour = std::time::Duration::from_secs(3_600);
    assert_eq!((config.session_spans().idle, config.session_spans().longest), (hour, 7 * 24 * hour));
    for (file, told) in [("idle_hours = 0", "sessions.idle_hours: should be 1 to 9600"), ("longest_days = 401", "sessions.longest_days: should be 1 to 400")] {
        let refused = load(Some(&format!("[sessions]\n{file}\n")), &[]).expect_err("is refused").to_string();
        assert!(refused.contains(told), "{refused}");
    }
}

#[test]
fn secrets_are_neither_printed_nor_debugged() {
    let config = load(None, &[("SWITCHBOARD_DATABASE__URL", "postgres://sb:s3cret@db/sb")]).expect("loads");
    assert!(!format!("{config:?}").contains("s3cret"));
    let shown = config.print();
    assert!(!shown.contains("s3cret") && shown.contains("url = \"postgres://sb:***@db/sb\""), "{shown}");
    let again = load(Some(&Config::default().print()), &[]);
    assert!(again.is_ok(), "what is printed can be given back: {:?}", again.err());
}

#[test]
fn the_committed_papers_are_in_step() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/config/config.md");
    let committed = std::fs::read_to_string(file).expect("docs/config/config.md");
    assert!(committed.trim_end() == config::document().trim_end(), "run: switchboard config docs > docs/config/config.md");
}
