//! What an organisation's objects look like: asked once an hour.

use super::client::Org;
use super::refusal::Failed;
use base::{Digest, SiteId, Timestamp};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const FRESH: Duration = Duration::from_secs(3_600);

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Field {
    pub name: String,
    pub kind: String,
    /// In letters; 0: no bound.
    pub length: usize,
    pub createable: bool,
    pub updateable: bool,
    pub external_id: bool,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Description(HashMap<String, Field>);

impl Description {
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.0.get(&name.to_ascii_lowercase())
    }

    pub fn of(body: &Value) -> Self {
        let read = |field: &Value| {
            let name = field["name"].as_str()?.to_owned();
            let flag = |key: &str| field[key].as_bool().unwrap_or(false);
            Some((
                name.to_ascii_lowercase(),
                Field {
                    name,
                    kind: field["type"].as_str().unwrap_or("string").to_owned(),
                    length: field["length"].as_u64().and_then(|length| usize::try_from(length).ok()).unwrap_or(0),
                    createable: flag("createable"),
                    updateable: flag("updateable"),
                    external_id: flag("externalId"),
                },
            ))
        };
        Self(body["fields"].as_array().into_iter().flatten().filter_map(read).collect())
    }
}

struct Known {
    at: Timestamp,
    /// The fingerprint of the settings that it was asked with.
    with: Digest,
    description: Arc<Description>,
}

type Kept = HashMap<(SiteId, &'static str), Known>;

#[derive(Clone, Default)]
pub(super) struct Descriptions(Arc<Mutex<Kept>>);

impl Descriptions {
    pub async fn of(&self, org: &Org<'_>, object: &'static str, now: Timestamp) -> Result<Arc<Description>, Failed> {
        let (key, with) = ((org.site, object), org.settings.fingerprint());
        let fresh = |known: &&Known| now.since(known.at) < FRESH && known.with == with;
        let kept = self.kept().get(&key).filter(fresh).map(|known| known.description.clone());
        if let Some(description) = kept {
            return Ok(description);
        }
        let answer = org.get(&format!("/sobjects/{object}/describe")).await?;
        let description = Arc::new(Description::of(&answer.body));
        self.kept().insert(key, Known { at: now, with, description: description.clone() });
        Ok(description)
    }

    pub fn forget(&self, site: SiteId) {
        self.kept().retain(|(of, _), _| *of != site);
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
