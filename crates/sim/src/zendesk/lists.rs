//! Pages by cursor (`page[size]`, `page[after]`) and by number (`page`, `per_page`).

use crate::vendor::{Ask, Reply};
use serde_json::{Value, json};

const MOST: usize = 100;
const FARTHEST: usize = 10_000;

pub(super) fn page(name: &str, all: &[Value], ask: &Ask) -> Reply {
    let number = |key: &str| ask.asked(key).and_then(|text| text.parse::<usize>().ok());
    if let Some(size) = number("page[size]") {
        let size = size.clamp(1, MOST);
        let from = number("page[after]").unwrap_or(0);
        let items: Vec<&Value> = all.iter().skip(from).take(size).collect();
        let upto = from + items.len();
        let more = upto < all.len();
        let next = more.then(|| format!("{}{}?page[size]={size}&page[after]={upto}", ask.base, ask.path));
        let meta = json!({ "has_more": more, "after_cursor": more.then(|| upto.to_string()), "before_cursor": null });
        return Reply::new(200, json!({ name: items, "meta": meta, "links": { "next": next, "prev": null } }));
    }
    let size = number("per_page").unwrap_or(MOST).clamp(1, MOST);
    let page = number("page").unwrap_or(1).max(1);
    if page * size > FARTHEST {
        return Reply::new(400, json!({ "error": "InvalidPaginationDepth", "description": "Results beyond 10,000 are not available" }));
    }
    let items: Vec<&Value> = all.iter().skip((page - 1) * size).take(size).collect();
    let next = (page * size < all.len()).then(|| {
        let more: Vec<String> = ask.query.iter().filter(|(key, _)| key != "page").map(|(key, value)| format!("{key}={value}")).collect();
        format!("{}{}?{}&page={}", ask.base, ask.path, more.join("&"), page + 1)
    });
    Reply::new(200, json!({ name: items, "count": all.len(), "next_page": next, "previous_page": null }))
}
