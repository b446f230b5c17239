use super::{Done, say};
use crate::App;
use crate::config::Config;
use clap::Subcommand;
use std::path::PathBuf;

#[derive(Subcommand, Debug)]
pub enum Word {
    /// Write the schema and an example of every event
    Docs {
        /// The folder to write into
        #[arg(long, default_value = "docs/events")]
        folder: PathBuf,
    },
}

pub fn events(word: &Word) -> Done {
    match word {
        Word::Docs { folder } => {
            events::catalog::write_papers(folder)?;
            say(&format!("{} events written to {}", events::catalog::CATALOG.len(), folder.display()));
        }
    }
    Ok(())
}

pub async fn openapi() -> Done {
    say(&openapi_text().await?);
    Ok(())
}

/// The document as it is committed. The routes tell it, so a house is opened for them, in a folder that goes away.
pub async fn openapi_text() -> anyhow::Result<String> {
    let folder = tempfile::tempdir()?;
    let mut config = Config::default();
    config.root.data = folder.path().to_owned();
    let app = App::open(config, "http://localhost").await?;
    Ok(app.openapi.to_pretty_json()?)
}
