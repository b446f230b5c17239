use crate::config::{Config, LogFormat};
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

/// Starts the log on standard error. Standard output is for what was asked for.
///
/// # Errors
/// When the level cannot be read, or a log was started before.
pub fn start(config: &Config) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log.level).map_err(|err| anyhow::anyhow!("log.level {:?}: {err}", config.log.level))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started: Result<(), TryInitError> = match config.log.format {
        LogFormat::Json => log.json().flatten_event(true).with_current_span(true).with_span_list(false).finish().try_init(),
        LogFormat::Text => log.with_ansi(std::io::stderr().is_terminal()).finish().try_init(),
    };
    Ok(started?)
}
