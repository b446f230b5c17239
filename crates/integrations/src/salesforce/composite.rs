//! Several calls as one: all are done or none.

use super::client::Org;
use super::refusal::Failed;
use crate::connections::Trouble;
use serde_json::{Value, json};

/// The calls, in their order; a later one may speak of an earlier one's record as `@{name.id}`.
#[derive(Default)]
pub(super) struct Composite(Vec<Value>);

/// What each call came to, by its name.
pub(super) struct Results(Vec<Value>);

impl Composite {
    pub fn call(&mut self, org: &Org<'_>, name: &str, method: &str, rest: &str, body: &Value, headers: &Value) {
        let mut call = json!({ "method": method, "url": org.path(rest), "referenceId": name, "body": body });
        if headers.as_object().is_some_and(|headers| !headers.is_empty()) {
            call["httpHeaders"] = headers.clone();
        }
        self.0.push(call);
    }

    /// # Errors
    /// Of the call that failed; nothing was done then, unless the whole went unanswered.
    pub async fn send(self, org: &Org<'_>) -> Result<Results, Failed> {
        let answer = org.post("/composite", &json!({ "allOrNone": true, "compositeRequest": self.0 })).await?;
        let results = answer.body["compositeResponse"].as_array().cloned().unwrap_or_default();
        let failed = |result: &&Value| result["httpStatusCode"].as_u64().is_none_or(|status| status >= 300);
        // Those that were halted or rolled back stand beside the one that is to blame.
        let halted = |result: &Value| matches!(result["body"][0]["errorCode"].as_str(), Some("PROCESSING_HALTED" | "ALL_OR_NONE_OPERATION_ROLLED_BACK"));
        let culprit = results.iter().filter(failed).find(|result| !halted(result)).or_else(|| results.iter().find(failed));
        match culprit {
            None if results.is_empty() => {
                Err(Failed { unsure: true, ..Failed::surely(Trouble::Failing("the answer to a composite call is empty".into(), None)) })
            }
            None => Ok(Results(results)),
            Some(result) => {
                let status = result["httpStatusCode"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(500);
                // All or none: a part that failed undid the rest, so there is nothing to be unsure of.
                Err(Failed { unsure: false, ..Failed::answered(status, &result["body"], None) })
            }
        }
    }
}

impl Results {
    /// The id of the record that the call made.
    pub fn id(&self, name: &str) -> Option<String> {
        let result = self.0.iter().find(|result| result["referenceId"] == name)?;
        result["body"]["id"].as_str().map(str::to_owned)
    }
}
