//! Who is on a site now.

use super::{VisitorError, Visitors};
use base::SiteId;
use sockets::live::{Cursor, LiveQuery, LiveVisitor, Topic, VisitorFilter, VisitorStatus};

/// Which visitors are asked for.
#[derive(Clone, Debug, Default)]
pub struct BoardQuery {
    pub status: Option<VisitorStatus>,
    /// Words that stand in a visitor's name, address, page, place, browser or variables.
    pub q: Option<String>,
    pub after: Option<String>,
    pub limit: u32,
}

/// A part of the board.
#[derive(Clone, Debug)]
pub struct Board {
    pub items: Vec<LiveVisitor>,
    pub next: Option<String>,
    /// From here the topic `visitors` tells what changed.
    pub cursor: Cursor,
}

/// So many parts of a thousand are searched at once; then the answer is `next`.
const SEARCHED: usize = 20;

impl Visitors {
    /// Newest first.
    pub async fn board(&self, site: SiteId, asked: &BoardQuery) -> Result<Board, VisitorError> {
        // Read before the list, so that following from it misses nothing.
        let cursor = self.live.head(&Topic::Visitors(site)).await?;
        let filter = VisitorFilter { status: asked.status, ..VisitorFilter::default() };
        let words = asked.q.as_deref().map(str::trim).filter(|q| !q.is_empty()).map(str::to_lowercase);
        let mut query = LiveQuery { after: asked.after.clone(), ..LiveQuery::first(asked.limit) };
        let Some(words) = words else {
            let page = self.live.get_visitors(site, &filter, &query).await?;
            return Ok(Board { items: page.items, next: page.next, cursor });
        };
        let (mut items, most) = (Vec::new(), asked.limit as usize);
        for _ in 0..SEARCHED {
            // A part is never larger than what is still wanted, so that `next` never skips anybody.
            query.limit = u32::try_from(most - items.len()).unwrap_or(LiveQuery::MAX).clamp(1, LiveQuery::MAX);
            let page = self.live.get_visitors(site, &filter, &query).await?;
            items.extend(page.items.into_iter().filter(|visitor| holds(visitor, &words)));
            query.after = page.next;
            if query.after.is_none() || items.len() >= most {
                break;
            }
        }
        Ok(Board { items, next: query.after, cursor })
    }
}

fn holds(visitor: &LiveVisitor, words: &str) -> bool {
    let some = [
        &visitor.name, &visitor.email, &visitor.referrer, &visitor.country, &visitor.city, &visitor.browser, &visitor.os,
        &visitor.language,
    ];
    let sure = [&visitor.page.url, &visitor.page.title, &visitor.landing];
    let texts = some.into_iter().flatten().chain(sure).chain(visitor.variables.values());
    visitor.id.to_string() == words || texts.into_iter().any(|text| text.to_lowercase().contains(words))
}
