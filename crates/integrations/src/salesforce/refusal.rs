//! What Salesforce answers instead of yes, and what follows from it.

use crate::connections::Trouble;
use serde_json::Value;
use sockets::http_out::{OutAnswer, OutError};
use std::time::Duration;

/// When the day's requests are used up, somebody looks again after this.
const LIMIT: Duration = Duration::from_secs(3_600);
const SLOW_DOWN: Duration = Duration::from_secs(60);

/// A call that did not come to its end.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Failed {
    pub trouble: Trouble,
    /// It may have been done all the same.
    pub unsure: bool,
    /// `DUPLICATES_DETECTED` …; empty when there was no such answer.
    pub code: String,
    pub status: u16,
    /// The records that a duplicate rule found.
    pub duplicates: Vec<Duplicate>,
}

/// Somebody who is there already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Duplicate {
    /// `Contact`, `Lead` …
    pub object: String,
    pub id: String,
}

impl Failed {
    /// Nothing was sent, or nothing was done.
    pub fn surely(trouble: Trouble) -> Self {
        Self { trouble, unsure: false, code: String::new(), status: 0, duplicates: Vec::new() }
    }

    pub fn is(&self, codes: &[&str]) -> bool {
        codes.contains(&self.code.as_str())
    }

    /// The request got no answer.
    pub fn unanswered(err: &OutError) -> Self {
        let words = err.to_string();
        match err {
            OutError::Refused(_) => Self::surely(Trouble::Account(words)),
            OutError::Connect(_) => Self::surely(Trouble::Failing(words, None)),
            OutError::Timeout(_) | OutError::Broken(_) => Self { unsure: true, ..Self::surely(Trouble::Failing(words, None)) },
        }
    }

    /// The answer of a data call, or of one call inside a composite: `[{message, errorCode, fields}]`.
    pub fn answered(status: u16, body: &Value, asked: Option<Duration>) -> Self {
        let first = body.as_array().and_then(|all| all.first()).unwrap_or(body);
        let code = first["errorCode"].as_str().unwrap_or_default().to_owned();
        let message = first["message"].as_str().unwrap_or_default();
        let fields = first["fields"].as_array().map(|all| all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "));
        let fields = fields.filter(|names| !names.is_empty()).map(|names| format!(" ({names})")).unwrap_or_default();
        let words = format!("Salesforce answered {status} {code}: {message}{fields}");
        let trouble = match (status, code.as_str()) {
            (403, "REQUEST_LIMIT_EXCEEDED") => Trouble::Throttled(words, asked.unwrap_or(LIMIT)),
            (429, _) => Trouble::Throttled(words, asked.unwrap_or(SLOW_DOWN)),
            (401, _) | (403, _) => Trouble::Account(words),
            (_, "UNABLE_TO_LOCK_ROW") | (409, _) => Trouble::Busy(words),
            (503, _) if asked.is_some() => Trouble::Throttled(words, asked.unwrap_or(SLOW_DOWN)),
            (500.., _) => Trouble::Failing(words, asked),
            _ => Trouble::Refused(words),
        };
        Self { trouble, unsure: status >= 500, code, status, duplicates: duplicates(first) }
    }
}

/// The rule's findings, under their name or the misspelt one.
fn duplicates(error: &Value) -> Vec<Duplicate> {
    let result = ["duplicateResult", "duplicateResut"].into_iter().map(|name| &error[name]).find(|result| !result.is_null());
    let mut found = Vec::new();
    for of in result.and_then(|result| result["matchResults"].as_array()).into_iter().flatten() {
        for one in of["matchRecords"].as_array().into_iter().flatten() {
            let Some(id) = one["record"]["Id"].as_str() else { continue };
            let told = one["record"]["attributes"]["type"].as_str().or_else(|| of["entityType"].as_str());
            // Ids begin with the number of their object.
            let object = told.unwrap_or(if id.starts_with("00Q") { "Lead" } else { "Contact" });
            found.push(Duplicate { object: object.to_owned(), id: id.to_owned() });
        }
    }
    found
}

/// The token address refuses: 400 `{error, error_description}`.
pub(super) fn token_refused(answer: &OutAnswer, asked: Option<Duration>) -> Failed {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let error = body["error"].as_str().unwrap_or_default();
    let words = format!("signing in to Salesforce was refused with {}: {error} {}", answer.status, body["error_description"].as_str().unwrap_or_default());
    let words = words.trim_end().to_owned();
    Failed::surely(match answer.status {
        429 | 503 => Trouble::Throttled(words, asked.unwrap_or(SLOW_DOWN)),
        500.. => Trouble::Failing(words, asked),
        _ => Trouble::Account(words),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(status: u16, code: &str) -> Trouble {
        Failed::answered(status, &json!([{ "message": "m", "errorCode": code }]), None).trouble
    }

    #[test]
    fn each_refusal_has_its_consequence() {
        assert!(matches!(of(403, "REQUEST_LIMIT_EXCEEDED"), Trouble::Throttled(_, span) if span == LIMIT));
        assert!(matches!(of(403, "API_DISABLED_FOR_ORG"), Trouble::Account(_)));
        assert!(matches!(of(400, "UNABLE_TO_LOCK_ROW"), Trouble::Busy(_)));
        assert!(matches!(of(503, "SERVER_UNAVAILABLE"), Trouble::Failing(..)));
        assert!(matches!(of(400, "REQUIRED_FIELD_MISSING"), Trouble::Refused(_)));
        let asked = Failed::answered(503, &json!([]), Some(Duration::from_secs(7)));
        assert!(matches!(asked.trouble, Trouble::Throttled(_, span) if span.as_secs() == 7));
    }

    #[test]
    fn duplicates_are_found_under_both_spellings_with_what_they_are() {
        let lead = json!({ "matchRecords": [{ "record": { "attributes": { "type": "Lead" }, "Id": "00QA" } }] });
        let contact = json!({ "entityType": "Contact", "matchRecords": [{ "record": { "Id": "003A" } }] });
        let untold = json!({ "matchRecords": [{ "record": { "Id": "00QB" } }, { "record": { "Id": "003B" } }] });
        for name in ["duplicateResut", "duplicateResult"] {
            let body = json!([{ "errorCode": "DUPLICATES_DETECTED", "message": "m", name: { "matchResults": [lead, contact, untold] } }]);
            let found = Failed::answered(400, &body, None).duplicates;
            let found: Vec<(&str, &str)> = found.iter().map(|one| (one.object.as_str(), one.id.as_str())).collect();
            assert_eq!(found, [("Lead", "00QA"), ("Contact", "003A"), ("Lead", "00QB"), ("Contact", "003B")]);
        }
    }
}
