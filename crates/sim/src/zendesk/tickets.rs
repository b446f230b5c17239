//! Tickets, their comments, and jobs over many of them.

use super::{Zendesk, invalid, lists, missing};
use crate::vendor::{Ask, Reply};
use serde_json::{Value, json};

const TYPES: [&str; 4] = ["problem", "incident", "question", "task"];
const PRIORITIES: [&str; 4] = ["urgent", "high", "normal", "low"];
const STATUSES: [&str; 6] = ["new", "open", "pending", "hold", "solved", "closed"];
/// What a ticket may be given.
const GIVEN: [&str; 14] = [
    "subject", "type", "priority", "status", "external_id", "tags", "custom_fields", "group_id", "assignee_id", "brand_id", "ticket_form_id",
    "requester_id", "due_at", "problem_id",
];

impl Zendesk {
    pub(super) fn create(&mut self, told: &Value, ask: &Ask) -> Reply {
        let body = &told["comment"]["body"];
        if [body, &told["comment"]["html_body"], &told["description"]].iter().all(|text| text.as_str().is_none_or(|text| text.trim().is_empty()))
            && told["comments"].as_array().is_none_or(Vec::is_empty)
        {
            return invalid("base", "Description: cannot be blank");
        }
        if let Err(refused) = check(told) {
            return refused;
        }
        let requester = match self.requester(told) {
            Ok(id) => id,
            Err(refused) => return refused,
        };
        let id = self.number();
        let mut ticket = json!({
            "id": id, "url": format!("{}/api/v2/tickets/{id}.json", ask.base), "status": "new", "priority": null, "type": null, "tags": [],
            "custom_fields": [], "external_id": null, "created_at": ask.now, "updated_at": ask.now, "requester_id": requester,
            "submitter_id": requester, "description": body, "via": { "channel": "api" },
        });
        put(&mut ticket, told);
        ticket["requester_id"] = json!(requester);
        self.tickets.insert(id, ticket);
        if let Err(refused) = self.comment(id, told, requester, ask) {
            self.tickets.remove(&id);
            return refused;
        }
        let audit = json!({ "id": self.number(), "ticket_id": id, "events": [{ "type": "Create" }] });
        let location = format!("{}/api/v2/tickets/{id}.json", ask.base);
        Reply::new(201, json!({ "ticket": self.tickets[&id], "audit": audit })).with("location", location)
    }

    fn requester(&mut self, told: &Value) -> Result<i64, Reply> {
        if let Some(id) = told["requester_id"].as_i64() {
            return if self.users.contains_key(&id) { Ok(id) } else { Err(invalid("requester", "Requester: is not a valid user")) };
        }
        match &told["requester"] {
            Value::Null => Ok(1),
            requester => self.user(requester).map(|user| user["id"].as_i64().unwrap_or(1)).map_err(|refused| {
                let why = refused.body["details"].as_object().and_then(|all| all.values().next()).and_then(|all| all[0]["description"].as_str());
                invalid("requester", why.unwrap_or("Requester: is not valid"))
            }),
        }
    }

    /// The comment of a new or changed ticket, with what was uploaded for it.
    fn comment(&mut self, ticket: i64, told: &Value, author: i64, ask: &Ask) -> Result<(), Reply> {
        let comment = &told["comment"];
        if comment.is_null() {
            return Ok(());
        }
        let mut attachments = Vec::new();
        for token in comment["uploads"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            match self.uploads.remove(token) {
                Some(files) => attachments.extend(files),
                None => return Err(invalid("base", "Uploads: token is invalid or expired")),
            }
        }
        let id = self.number();
        let text = comment["body"].as_str().or_else(|| comment["html_body"].as_str()).unwrap_or_default();
        self.comments.entry(ticket).or_default().push(json!({
            "id": id, "type": "Comment", "author_id": comment["author_id"].as_i64().unwrap_or(author), "body": text, "plain_body": text,
            "public": comment["public"].as_bool().unwrap_or(true), "attachments": attachments, "created_at": ask.now,
        }));
        Ok(())
    }

    pub(super) fn one(&mut self, verb: &str, id: i64, rest: &[&str], ask: &Ask) -> Reply {
        match (verb, rest) {
            ("GET", []) => Reply::new(200, json!({ "ticket": self.tickets[&id] })),
            ("GET", ["comments"]) => lists::page("comments", self.comments.get(&id).map_or(&[], Vec::as_slice), ask),
            ("PUT", []) => self.change(id, &ask.json()["ticket"], ask),
            ("DELETE", []) => {
                self.tickets.remove(&id);
                Reply::new(204, Value::Null)
            }
            _ => missing(),
        }
    }

    fn change(&mut self, id: i64, told: &Value, ask: &Ask) -> Reply {
        let now = &self.tickets[&id];
        if now["status"] == "closed" {
            return invalid("status", "Status: closed prevents ticket update");
        }
        if told["safe_update"] == true && told["updated_stamp"] != now["updated_at"] {
            return Reply::new(409, json!({ "error": "UpdateConflict", "description": "Safe Update prevented the update due to outdated ticket data" }));
        }
        if let Err(refused) = check(told).and_then(|()| self.comment(id, told, 1, ask)) {
            return refused;
        }
        if let Some(ticket) = self.tickets.get_mut(&id) {
            put(ticket, told);
            ticket["updated_at"] = json!(ask.now);
        }
        let audit = json!({ "id": self.number(), "ticket_id": id, "events": [] });
        Reply::new(200, json!({ "ticket": self.tickets[&id], "audit": audit }))
    }

    pub(super) fn many(&mut self, ask: &Ask, new: bool) -> Reply {
        let body = ask.json();
        let ids: Vec<i64> = ask.asked("ids").unwrap_or_default().split(',').filter_map(|id| id.parse().ok()).collect();
        let tickets: Vec<Value> = match body["tickets"].as_array() {
            Some(tickets) => tickets.clone(),
            None => ids.iter().map(|id| { let mut ticket = body["ticket"].clone(); ticket["id"] = json!(id); ticket }).collect(),
        };
        if tickets.len() > 100 {
            return Reply::new(400, json!({ "error": "TooManyTickets", "description": "at most 100 tickets" }));
        }
        let mut results = Vec::new();
        for (index, ticket) in tickets.iter().enumerate() {
            let id = ticket["id"].as_i64().unwrap_or(0);
            let reply = match new {
                true => self.create(ticket, ask),
                false if self.tickets.contains_key(&id) => self.change(id, ticket, ask),
                false => missing(),
            };
            let good = reply.status < 300;
            results.push(json!({ "index": index, "id": reply.body["ticket"]["id"], "success": good, "error": if good { Value::Null } else { reply.body } }));
        }
        let id = format!("job{}", self.number());
        let url = format!("{}/api/v2/job_statuses/{id}.json", ask.base);
        let total = results.len();
        let job = |status: &str, progress: usize, results: Value| json!({ "id": id, "url": url, "status": status, "total": total, "progress": progress, "results": results });
        self.jobs.insert(id.clone(), job("completed", total, json!(results)));
        Reply::new(200, json!({ "job_status": job("queued", 0, Value::Null) }))
    }

    /// `type:ticket external_id:…`, or words of the subject.
    pub(super) fn search(&self, ask: &Ask) -> Reply {
        let query = ask.asked("query").unwrap_or_default();
        let hit = |ticket: &&Value| {
            query.split_whitespace().all(|word| match word.split_once(':') {
                Some(("type", kind)) => kind == "ticket",
                Some(("external_id", id)) => ticket["external_id"] == id.trim_matches('"'),
                Some(("status", status)) => ticket["status"] == status,
                Some(("tags", tag)) => ticket["tags"].as_array().is_some_and(|tags| tags.contains(&json!(tag))),
                _ => ticket["subject"].as_str().is_some_and(|subject| subject.to_lowercase().contains(&word.to_lowercase())),
            })
        };
        let found = self.tickets.values().filter(hit).map(|ticket| { let mut ticket = ticket.clone(); ticket["result_type"] = json!("ticket"); ticket });
        lists::page("results", &found.collect::<Vec<_>>(), ask)
    }
}

fn check(told: &Value) -> Result<(), Reply> {
    for (field, allowed) in [("type", TYPES.as_slice()), ("priority", PRIORITIES.as_slice()), ("status", STATUSES.as_slice())] {
        if let Some(value) = told[field].as_str().filter(|value| !allowed.contains(value)) {
            return Err(invalid(field, &format!("{field}: {value} is not valid")));
        }
    }
    match told["subject"].as_str() {
        Some(subject) if subject.chars().count() > 150 => Err(invalid("subject", "Subject: is too long (maximum is 150 characters after encoding)")),
        _ => Ok(()),
    }
}

fn put(ticket: &mut Value, told: &Value) {
    for key in GIVEN {
        if !told[key].is_null() {
            ticket[key] = told[key].clone();
        }
    }
}
