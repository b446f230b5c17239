//! The AsyncAPI 3 document: what lies in a data queue, and what a webhook receives.

use super::{CATALOG, Entry};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// The whole document. Structures of several events are told once.
pub fn asyncapi() -> Value {
    // Draft 7 is what AsyncAPI's own schemas are made of; `$ref` must point into this very document.
    let settings = SchemaSettings::draft07().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let payloads: Vec<Value> = CATALOG.iter().map(|entry| (entry.refer)(&mut generator).to_value()).collect();
    let mut schemas = generator.take_definitions(true);
    schemas.insert("Envelope".into(), envelope());
    let mut messages = Map::new();
    for (entry, payload) in CATALOG.iter().zip(&payloads) {
        messages.insert(entry.name.into(), queued(entry, payload));
        messages.insert(webhook_name(entry), posted(entry, payload));
    }
    let channels: Map<String, Value> = CATALOG.iter().map(|entry| (entry.name.into(), channel(entry))).chain([webhooks()]).collect();
    let operations: Map<String, Value> = CATALOG.iter().map(announces).chain([delivers()]).collect();
    json!({
        "asyncapi": "3.0.0",
        "id": "urn:switchboard:events",
        "info": {
            "title": "Switchboard events",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What the product announces. An event is written in the transaction that made it true, relayed to an event \
                queue, and copied by the distributor to every data queue that is subscribed to it. It is delivered at least once: tell \
                doubles by `id`. Events of one key of a site keep their order.",
            "license": { "name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0" }
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": { "messages": messages, "schemas": schemas }
    })
}

fn webhook_name(entry: &Entry) -> String {
    format!("{}.webhook", entry.name)
}

fn reference(to: &str) -> Value {
    json!({ "$ref": to })
}

fn channel(entry: &Entry) -> Value {
    let message = reference(&format!("#/components/messages/{}", entry.name));
    json!({
        "address": format!("{}.{{consumer}}", entry.name),
        "title": entry.name,
        "summary": entry.about[0],
        "description": "A data queue. The address is how queues are named by default; a subscription may lead to a queue of any name.",
        "parameters": { "consumer": {
            "description": "Who empties the queue.",
            "examples": ["Webhook", "Email", "Ticket", "Salesforce", "Zendesk"]
        } },
        "messages": { entry.name: message }
    })
}

fn announces(entry: &Entry) -> (String, Value) {
    let channel = format!("#/channels/{}", entry.name);
    let operation = json!({
        "action": "send",
        "channel": reference(&channel),
        "summary": entry.about[0],
        "messages": [reference(&format!("{channel}/messages/{}", entry.name))]
    });
    (format!("announce.{}", entry.name), operation)
}

/// One channel for all: an endpoint chooses what it hears.
fn webhooks() -> (String, Value) {
    let message = |entry: &Entry| (webhook_name(entry), reference(&format!("#/components/messages/{}", webhook_name(entry))));
    let messages: Map<String, Value> = CATALOG.iter().map(message).collect();
    let channel = json!({
        "address": null,
        "title": "Webhooks",
        "description": "POST to the addresses that were registered as webhooks, signed by Standard Webhooks 1.0. Any 2xx is an answer.",
        "messages": messages
    });
    ("webhooks".into(), channel)
}

fn delivers() -> (String, Value) {
    let operation = json!({
        "action": "send",
        "channel": reference("#/channels/webhooks"),
        "summary": "Tell a webhook of an event",
        "bindings": { "http": { "method": "POST", "bindingVersion": "0.3.0" } }
    });
    ("deliver".into(), operation)
}

/// The message in a queue: the envelope with this very payload.
fn queued(entry: &Entry, payload: &Value) -> Value {
    let key = (entry.sample_key)();
    let sample = (entry.sample)();
    json!({
        "name": entry.name,
        "title": entry.name,
        "summary": entry.about[0],
        "description": entry.about[1],
        "contentType": "application/json",
        "payload": { "allOf": [
            reference("#/components/schemas/Envelope"),
            { "type": "object", "required": ["name", "payload"], "properties": {
                "name": { "type": "string", "const": entry.name },
                "version": { "type": "integer", "minimum": 1, "description": format!("At present {}.", entry.version) },
                "payload": payload
            } }
        ] },
        "examples": [{ "name": "sample", "payload": {
            "id": "019aa8d4-3c3e-7000-8000-4f5f6e7d8c9b", "name": entry.name, "version": entry.version, "site": 1, "key": key,
            "key_epoch": 1_795_284_714_120_i64, "key_seq": 1, "occurred_at": "2026-11-21T18:11:54.120Z", "producer": "node-0",
            "route": "main", "hops": 1, "payload": sample
        } }]
    })
}

/// The body of a webhook's request.
fn posted(entry: &Entry, payload: &Value) -> Value {
    json!({
        "name": webhook_name(entry),
        "title": format!("{} to a webhook", entry.name),
        "summary": entry.about[0],
        "contentType": "application/json",
        "headers": { "type": "object", "required": ["webhook-id", "webhook-timestamp", "webhook-signature"], "properties": {
            "webhook-id": { "type": "string", "format": "uuid", "description": "The event's id, the same at every try." },
            "webhook-timestamp": { "type": "string", "description": "Seconds since 1970, of this try." },
            "webhook-signature": { "type": "string", "description": "`v1,` and a signature; several with spaces between." }
        } },
        "payload": { "type": "object", "required": ["type", "timestamp", "data"], "properties": {
            "type": { "type": "string", "const": entry.name },
            "timestamp": { "type": "string", "format": "date-time" },
            "data": payload
        } }
    })
}

fn envelope() -> Value {
    json!({
        "title": "Envelope",
        "type": "object",
        "required": ["id", "name", "version", "site", "key", "occurred_at", "producer", "payload"],
        "properties": {
            "id": { "type": "string", "format": "uuid", "description": "Doubles are told by it, on every broker and by every receiver." },
            "name": { "type": "string" },
            "version": { "type": "integer", "minimum": 1, "description": "Raised when a reader of the older structure could be misled." },
            "site": { "type": "integer", "format": "int64" },
            "key": { "type": "string", "description": "Events of one key of a site are heard in the order they were announced." },
            "key_epoch": { "type": "integer", "format": "int64", "description": "Raised when a key begins to be counted anew." },
            "key_seq": { "type": "integer", "format": "int64", "description": "Gap-free per key and epoch, from 1." },
            "occurred_at": { "type": "string", "format": "date-time" },
            "producer": { "type": "string", "description": "The node that announced it." },
            "route": {
                "description": "Which way it came. A replay names itself: `archive:7`, `dead-letter:12`.",
                "oneOf": [
                    { "type": "string", "enum": ["main", "remote"] },
                    { "type": "object", "required": ["replay"], "properties": { "replay": { "type": "string" } } }
                ]
            },
            "hops": { "type": "integer", "minimum": 0, "description": "How many distributors passed it on." },
            "traceparent": { "type": "string" },
            "payload": { "type": "object" }
        }
    })
}
