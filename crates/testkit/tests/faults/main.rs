//! Real brokers that are cut off, filled up and restarted. `SWITCHBOARD_TEST_RABBITMQ` and `…_KAFKA` name them, `…_RESTART` beside
//! each is the command that restarts it, and `SWITCHBOARD_TEST_RABBITMQ_CTL` the start of a `rabbitmqctl` command;
//! `SWITCHBOARD_TEST_KAFKA_PROGRAM` is a server that a test starts behind a wire. Without them there is nothing to prove. One at a
//! time: they trouble the whole server.

mod history;
mod kafka;
mod rabbitmq;

use std::time::Duration;

/// Runs the shell command of this variable, with these words behind it; false when the variable is not set.
async fn told(variable: &str, words: &str) -> bool {
    let Ok(command) = std::env::var(variable) else { return false };
    let command = format!("{command} {words}");
    let ran = tokio::process::Command::new("sh").arg("-c").arg(&command).kill_on_drop(true).output();
    let output = tokio::time::timeout(Duration::from_secs(120), ran).await.expect("the command ends").expect("the command runs");
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    true
}
