//! The command line. Bad usage: one line and exit code 2. A failure: one line and exit code 1.

mod papers;
mod settings;
mod start;
mod user;

use crate::bench;
use crate::config::{self, Config};
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Switchboard: chat with the visitors of your websites, and tell every other system.
#[derive(Parser, Debug)]
#[command(name = "switchboard", version, about, disable_help_subcommand = true, subcommand_required = true, arg_required_else_help = false)]
struct Line {
    #[command(subcommand)]
    word: Word,
}

#[derive(Subcommand, Debug)]
enum Word {
    /// Run the server; without a file on embedded parts, with its data in ./data
    Serve(File),
    /// Run the server with a demo shop, agents and visitors; its data goes away with it unless a data folder is named
    Demo(File),
    /// Look at the configuration
    #[command(subcommand)]
    Config(settings::Word),
    /// Print the OpenAPI document of the API
    Openapi,
    /// The catalogue of events
    #[command(subcommand)]
    Events(papers::Word),
    /// Measure speed and memory; prints JSON
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Accounts
    #[command(subcommand)]
    User(user::Word),
}

/// Where the configuration is.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct File {
    /// A TOML file; what it does not say is taken from the environment and the defaults
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl File {
    fn load(&self) -> Result<Config, config::ConfigError> {
        config::load(self.config.as_deref())
    }
}

/// A failure and the exit code that tells its sort.
struct Failure(anyhow::Error, u8);

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(err: E) -> Self {
        let err = err.into();
        let code = if err.downcast_ref::<config::ConfigError>().is_some() { 2 } else { 1 };
        Self(err, code)
    }
}

type Done = Result<(), Failure>;

pub fn main() -> ExitCode {
    let line = match Line::try_parse() {
        Ok(line) => line,
        Err(err) if err.use_stderr() => {
            // The first line says what is wrong; the usage is one question away.
            let text = err.to_string();
            let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
            complain(&format!("{first} (try --help)"));
            return ExitCode::from(2);
        }
        Err(help) => {
            say(help.to_string().trim_end());
            return ExitCode::SUCCESS;
        }
    };
    match run(line.word) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(err, code)) => {
            complain(&format!("{err:#}").replace('\n', " "));
            ExitCode::from(code)
        }
    }
}

#[tokio::main]
async fn run(word: Word) -> Done {
    match word {
        Word::Serve(file) => start::serve(&file).await,
        Word::Demo(file) => start::demo(&file).await,
        Word::Config(word) => settings::run(word).await,
        Word::Openapi => papers::openapi().await,
        Word::Events(word) => papers::events(&word),
        Word::Bench(bench) => {
            say(&format!("{:#}", bench::run(bench).await?));
            Ok(())
        }
        Word::User(word) => user::run(word).await,
    }
}

/// What was asked for.
#[expect(clippy::print_stdout, reason = "the one place that speaks to who typed the command")]
fn say(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "a failure is told even when there is no log")]
fn complain(text: &str) {
    eprintln!("switchboard: {text}");
}
