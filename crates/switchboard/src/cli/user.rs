use super::{Done, File, say};
use crate::App;
use clap::Subcommand;

#[derive(Subcommand, Debug)]
pub enum Word {
    /// Print a one-time sign-in link for a user, as after a lost password
    Link {
        /// The user's e-mail address
        #[arg(long)]
        email: String,
        #[command(flatten)]
        file: File,
    },
}

pub async fn run(word: Word) -> Done {
    match word {
        Word::Link { email, file } => {
            let config = file.load()?;
            let url = format!("http://{}", config.root.listen);
            let app = App::open(config, &url).await?;
            say(&app.link_for(&email).await?);
        }
    }
    Ok(())
}
