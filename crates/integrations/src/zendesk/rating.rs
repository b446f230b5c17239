//! A rating that comes when the ticket is there already: a comment that only agents see.

use super::Zendesk;
use super::client::Account;
use super::settings::Settings;
use super::work::{external, find, mark};
use crate::connections::{Done, Trouble};
use base::{SiteId, Timestamp};
use events::catalog::Rating;
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// The ticket may still be on its way when somebody rates at once; later it never was.
const TICKET_ON_ITS_WAY: Duration = Duration::from_secs(120);

/// As it stands in a note.
pub(super) fn rated(grade: i64, comment: &str) -> String {
    format!("Rated {grade} of 5. {comment}").trim_end().to_owned()
}

impl Zendesk {
    /// Writes the rating below the chat's ticket. It looks before it writes, so that a rating which the ticket was made with, or
    /// which an earlier try wrote, does not stand there twice.
    pub(super) async fn rate(&self, rating: &Rating, at: Timestamp, settings: &Value) -> Result<Done, Trouble> {
        let settings = Settings::read(settings).map_err(|err| Trouble::Account(err.to_string()))?;
        let account = self.client.on(SiteId(rating.site_id), &settings);
        let Some(ticket) = find(&account, &external(&rating.chat_guid)).await.map_err(|failed| failed.trouble)? else {
            if self.now().since(at) < TICKET_ON_ITS_WAY {
                return Err(Trouble::Busy("the chat has no ticket yet".into()));
            }
            return Ok(Done::new("not_rated", "the chat has no ticket"));
        };
        let words = rated(rating.rating_grade, &rating.rating_comment);
        if stands(&account, ticket, &words).await? {
            return Ok(Done::new("rated", format!("ticket {ticket} has it already")));
        }
        let comment = json!({ "body": format!("{words}\n{}", mark(&rating.chat_guid)), "public": false });
        match account.send(Method::PUT, &format!("/tickets/{ticket}"), &json!({ "ticket": { "comment": comment } }), &[]).await {
            Ok(_) => Ok(Done::new("rated", format!("ticket {ticket}"))),
            // Closed meanwhile: it takes no comment any more.
            Err(failed) if failed.status == 422 => Ok(Done::new("not_rated", format!("ticket {ticket} is closed"))),
            Err(failed) => Err(failed.trouble),
        }
    }
}

async fn stands(account: &Account<'_>, ticket: i64, words: &str) -> Result<bool, Trouble> {
    let answer = account.get(&format!("/tickets/{ticket}/comments?sort_order=desc")).await.map_err(|failed| failed.trouble)?;
    let said = |comment: &Value| comment["body"].as_str().is_some_and(|body| body.lines().any(|line| line == words.lines().next().unwrap_or_default()));
    Ok(answer.body["comments"].as_array().is_some_and(|all| all.iter().any(said)))
}
