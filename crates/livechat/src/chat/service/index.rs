use super::{ChatError, Chats};
use crate::chat::store;

/// Chats of one round.
const ROUND: u64 = 50;
/// Words in one transaction: it has the only pen on SQLite.
const MOST_WORDS: usize = 1_000;

impl Chats {
    /// Keeps the words of some chats that are over and changed since theirs were kept, the newest first. True when there may be more.
    pub async fn index_some(&self) -> Result<bool, ChatError> {
        let chats = store::unindexed(self.db.read(), ROUND).await?;
        if chats.is_empty() {
            return Ok(false);
        }
        for words in store::words_of(self.db.read(), &chats).await?.chunks(MOST_WORDS) {
            let tx = self.db.begin().await?;
            store::keep_words(&tx, words).await?;
            tx.commit().await?;
        }
        let tx = self.db.begin().await?;
        store::note_indexed(&tx, &chats).await?;
        tx.commit().await?;
        Ok(chats.len() as u64 >= ROUND)
    }
}
