//! What objects there are and what their fields are like.

use serde_json::{Value, json};

pub(super) struct Field {
    pub name: &'static str,
    pub kind: &'static str,
    pub length: usize,
    pub required: bool,
    pub createable: bool,
    pub updateable: bool,
    /// Unique, and may be used in an upsert.
    pub external: bool,
    /// Values that are allowed; empty: any.
    pub picks: &'static [&'static str],
    pub refers: &'static [&'static str],
}

const PLAIN: Field =
    Field { name: "", kind: "string", length: 255, required: false, createable: true, updateable: true, external: false, picks: &[], refers: &[] };

const fn text(name: &'static str, length: usize) -> Field {
    Field { name, length, ..PLAIN }
}

const fn required(name: &'static str, length: usize) -> Field {
    Field { name, length, required: true, ..PLAIN }
}

const fn of(name: &'static str, kind: &'static str) -> Field {
    Field { name, kind, length: 0, ..PLAIN }
}

const fn pick(name: &'static str, picks: &'static [&'static str]) -> Field {
    Field { name, kind: "picklist", picks, ..PLAIN }
}

const fn to(name: &'static str, refers: &'static [&'static str]) -> Field {
    Field { name, kind: "reference", length: 18, refers, ..PLAIN }
}

const fn system(name: &'static str, kind: &'static str) -> Field {
    Field { name, kind, length: 0, createable: false, updateable: false, ..PLAIN }
}

const fn external(name: &'static str) -> Field {
    Field { name, length: 64, external: true, ..PLAIN }
}

pub(super) struct Object {
    pub name: &'static str,
    pub prefix: &'static str,
    fields: &'static [Field],
}

const SYSTEM: [Field; 4] =
    [system("Id", "id"), system("CreatedDate", "datetime"), system("LastModifiedDate", "datetime"), system("IsDeleted", "boolean")];

impl Object {
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        SYSTEM.iter().chain(self.fields)
    }

    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields().find(|field| field.name.eq_ignore_ascii_case(name))
    }

    pub fn describe(&self) -> Value {
        let field = |field: &Field| {
            json!({
                "name": field.name, "label": field.name, "type": field.kind, "length": field.length, "nillable": !field.required,
                "createable": field.createable, "updateable": field.updateable, "externalId": field.external, "unique": field.external,
                "defaultedOnCreate": false, "restrictedPicklist": !field.picks.is_empty(), "referenceTo": field.refers,
                "custom": field.name.ends_with("__c"),
                "picklistValues": field.picks.iter().map(|pick| json!({ "value": pick, "label": pick, "active": true })).collect::<Vec<_>>(),
            })
        };
        json!({
            "name": self.name, "label": self.name, "keyPrefix": self.prefix, "createable": true, "updateable": true, "queryable": true,
            "fields": self.fields().map(field).collect::<Vec<_>>(), "childRelationships": [], "recordTypeInfos": [],
            "urls": { "sobject": format!("/services/data/v62.0/sobjects/{}", self.name) },
        })
    }
}

const STATUS: &[&str] = &["New", "Working", "Escalated", "Closed"];
const PRIORITY: &[&str] = &["High", "Medium", "Low"];

const OBJECTS: [Object; 6] = [
    Object { name: "Account", prefix: "001", fields: &[required("Name", 255), text("Phone", 40), text("Website", 255), text("Industry", 40)] },
    Object {
        name: "Contact",
        prefix: "003",
        fields: &[
            required("LastName", 80), text("FirstName", 40), system("Name", "string"), text("Email", 80), text("Phone", 40), text("MobilePhone", 40),
            to("AccountId", &["Account"]), text("Title", 128), text("MailingCity", 40), text("MailingCountry", 80), text("Description", 32_000),
            text("LeadSource", 255), of("HasOptedOutOfEmail", "boolean"), of("Birthdate", "date"), of("Score__c", "double"),
        ],
    },
    Object {
        name: "Lead",
        prefix: "00Q",
        fields: &[
            required("LastName", 80), required("Company", 255), text("FirstName", 40), system("Name", "string"), text("Status", 255),
            text("Email", 80), text("Phone", 40), text("Title", 128), text("City", 40), text("Country", 80), text("LeadSource", 255),
            text("Description", 32_000), of("IsConverted", "boolean"),
        ],
    },
    Object {
        name: "Case",
        prefix: "500",
        fields: &[
            system("CaseNumber", "string"), text("Subject", 255), text("Description", 32_000), pick("Status", STATUS), text("Origin", 255),
            pick("Priority", PRIORITY), text("Type", 255), text("Reason", 255), to("ContactId", &["Contact"]), to("AccountId", &["Account"]),
            text("SuppliedName", 80), text("SuppliedEmail", 80), text("SuppliedPhone", 40), text("SuppliedCompany", 80),
            external("Switchboard_Chat_Id__c"),
        ],
    },
    Object {
        name: "Task",
        prefix: "00T",
        fields: &[
            text("Subject", 255), pick("Status", &["Not Started", "In Progress", "Completed"]), pick("Priority", &["High", "Normal", "Low"]),
            of("ActivityDate", "date"), text("Description", 32_000), text("Type", 255), to("WhoId", &["Contact", "Lead"]),
            to("WhatId", &["Account", "Case"]), of("CallDurationInSeconds", "int"), external("Switchboard_Chat_Id__c"),
        ],
    },
    Object {
        name: "ContentVersion",
        prefix: "068",
        fields: &[
            text("Title", 255), required("PathOnClient", 500), required("VersionData", 0),
            to("FirstPublishLocationId", &["Case", "Task", "Contact", "Lead", "Account"]),
        ],
    },
];

pub(super) fn all() -> impl Iterator<Item = &'static Object> {
    static ALL: [Object; 6] = OBJECTS;
    ALL.iter()
}

pub(super) fn object(name: &str) -> Option<&'static Object> {
    all().find(|object| object.name.eq_ignore_ascii_case(name))
}
