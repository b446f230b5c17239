//! A line that tells one event from another in a list: the most telling values of its payload.

use serde_json::Value;

/// Shown as they are, in this order; of two that mean the same the first one is enough.
const WORDS: [&[&str]; 6] = [
    &["VisitorName", "PreChatName", "Name"],
    &["VisitorEmail", "PreChatEmail", "Email"],
    &["DepartmentName", "PreChatDepartmentName"],
    &["Title", "RatingComment", "Comment", "ConversionName", "LandingPageUrl"],
    &["Country"],
    &["City"],
];

/// Shown with their names, which are the names on the wire in every language.
const NUMBERS: [&str; 10] = [
    "ChatNumber", "ChatId", "AgentId", "Status", "RatingGrade", "MissedChatStatus", "CampaignId", "VisitCount", "CategoryId", "BanType",
];

const MOST: usize = 5;
const LONGEST: usize = 160;

pub fn of(payload: &Value) -> String {
    let text = |name: &&str| payload.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let words = WORDS.iter().filter_map(|names| names.iter().find_map(text));
    let number = |name: &&str| payload.get(name).filter(|value| value.is_number()).map(|value| format!("{name} {value}"));
    let rows = ["Logs", "Messages", "Columns"].iter().filter_map(|name| payload.get(name)?.as_array().map(|rows| format!("{name} {}", rows.len())));
    let parts: Vec<String> = words.chain(NUMBERS.iter().filter_map(number)).chain(rows).take(MOST).collect();
    parts.join(" · ").split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::catalog::{CATALOG, find};

    #[test]
    fn every_event_of_the_catalogue_has_a_summary() {
        for entry in CATALOG {
            assert!(!of(&(entry.sample)()).is_empty(), "{}", entry.name);
        }
    }

    #[test]
    fn who_where_and_what_are_told() {
        let ended = of(&(find("Chat.Ended").unwrap().sample)());
        assert_eq!(ended, "Ada · ada@example.com · Sales · RatingGrade 5 · MissedChatStatus 0");
    }
}
