//! Users and what is uploaded.

use super::{EMAIL, Zendesk, invalid, lists, missing};
use crate::vendor::{Ask, Reply};
use serde_json::{Value, json};

impl Zendesk {
    pub(super) fn people(&mut self, ask: &Ask, rest: &[&str]) -> Reply {
        match (ask.method.as_str(), rest) {
            ("GET", ["me"]) => Reply::new(200, json!({ "user": self.users.values().find(|user| user["email"] == EMAIL) })),
            ("GET", []) => lists::page("users", &self.users.values().cloned().collect::<Vec<_>>(), ask),
            ("GET", ["search"]) => {
                let words = ask.asked("query").or_else(|| ask.asked("external_id")).unwrap_or_default().to_lowercase();
                let words = words.trim_start_matches("email:").trim_matches('"').to_owned();
                let hit = |user: &&Value| ["name", "email", "external_id"].iter().any(|key| user[*key].as_str().is_some_and(|text| text.to_lowercase().contains(&words)));
                lists::page("users", &self.users.values().filter(hit).cloned().collect::<Vec<_>>(), ask)
            }
            ("POST", []) => match self.known(&ask.json()["user"]) {
                Some(_) => invalid("email", "Email: already being used by another user"),
                None => self.user(&ask.json()["user"]).map_or_else(|refused| refused, |user| Reply::new(201, json!({ "user": user }))),
            },
            ("POST", ["create_or_update"]) => {
                let told = ask.json()["user"].clone();
                let status = if self.known(&told).is_some() { 200 } else { 201 };
                self.user(&told).map_or_else(|refused| refused, |user| Reply::new(status, json!({ "user": user })))
            }
            ("GET", [id]) => match id.parse::<i64>().ok().and_then(|id| self.users.get(&id)) {
                Some(user) => Reply::new(200, json!({ "user": user })),
                None => missing(),
            },
            _ => missing(),
        }
    }

    fn known(&self, told: &Value) -> Option<i64> {
        let same = |user: &Value, key: &str| {
            let (one, other) = (user[key].as_str(), told[key].as_str());
            one.zip(other).is_some_and(|(one, other)| !one.is_empty() && one.eq_ignore_ascii_case(other))
        };
        self.users.iter().find(|(_, user)| same(user, "email") || same(user, "external_id")).map(|(id, _)| *id)
    }

    /// Made, or brought up to date.
    pub(super) fn user(&mut self, told: &Value) -> Result<Value, Reply> {
        if told["name"].as_str().is_none_or(str::is_empty) && self.known(told).is_none() {
            return Err(invalid("name", "Name: is too short (minimum is 1 characters)"));
        }
        let email = told["email"].as_str();
        if email.is_some_and(|email| !email.contains('@')) {
            return Err(invalid("email", "Email: is not properly formatted"));
        }
        if email.is_some_and(|email| self.suspended.contains(email)) {
            return Err(invalid("requester", "Requester: is suspended."));
        }
        let id = self.known(told).unwrap_or_else(|| self.number());
        let fresh = || json!({ "id": id, "role": "end-user", "active": true, "name": "", "email": null, "external_id": null });
        let user = self.users.entry(id).or_insert_with(fresh);
        for (key, value) in told.as_object().into_iter().flatten().filter(|(key, _)| *key != "skip_verify_email" && *key != "id") {
            user[key] = value.clone();
        }
        Ok(user.clone())
    }

    pub(super) fn upload(&mut self, ask: &Ask) -> Reply {
        let Some(name) = ask.asked("filename").map(str::to_owned) else {
            return Reply::new(400, json!({ "error": "AttachmentFilenameMissing", "description": "filename is required" }));
        };
        if ask.body.len() > 50_000_000 {
            return Reply::new(413, json!({ "error": "AttachmentTooLarge", "description": "Attachment too large" }));
        }
        let id = self.number();
        let token = ask.asked("token").map_or_else(|| format!("tok{id}"), str::to_owned);
        let attachment = json!({
            "id": id, "file_name": name, "content_type": ask.header("content-type").unwrap_or("application/octet-stream"), "size": ask.body.len(),
            "content_url": format!("{}/attachments/token/{token}/?name={id}", ask.base), "inline": false, "deleted": false,
        });
        let all = self.uploads.entry(token.clone()).or_default();
        all.push(attachment.clone());
        let upload = json!({ "token": token, "expires_at": ask.now.plus(std::time::Duration::from_secs(3_600)), "attachment": attachment, "attachments": all });
        Reply::new(201, json!({ "upload": upload }))
    }
}
