use super::{Done, Failure, File, say};
use crate::config;
use clap::Subcommand;

#[derive(Subcommand, Debug)]
pub enum Word {
    /// Check the values, and whether database, Redis and folders can be reached
    Check(File),
    /// Print what is in force, without secrets
    Print(File),
    /// Print the documentation of every key
    Docs,
}

pub async fn run(word: Word) -> Done {
    match word {
        Word::Docs => say(config::document().trim_end()),
        Word::Print(file) => say(file.load()?.print().trim_end()),
        Word::Check(file) => return check(&file).await,
    }
    Ok(())
}

async fn check(file: &File) -> Done {
    // Each fault of the file on a line of its own; the last line is the failure.
    let config = match file.load() {
        Ok(config) => config,
        Err(err) => {
            for fault in &err.0 {
                say(&format!("wrong  {fault}"));
            }
            return Err(Failure(anyhow::anyhow!("the configuration has {} fault(s)", err.0.len()), 1));
        }
    };
    // The ring provider is needed for TLS to the database and Redis.
    let _already = rustls::crypto::ring::default_provider().install_default();
    let found = config::check(&config).await;
    for one in &found {
        match &one.fault {
            None => say(&format!("well   {}", one.what)),
            Some(fault) => say(&format!("wrong  {}: {fault}", one.what)),
        }
    }
    match found.iter().filter(|one| one.fault.is_some()).count() {
        0 => Ok(()),
        wrong => Err(Failure(anyhow::anyhow!("{wrong} of {} checks failed", found.len()), 1)),
    }
}
