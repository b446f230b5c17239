//! The eleven things that may be done when a chat is over.

use events::catalog::PurposeChatEnd;

/// What is written of the chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Record {
    Case,
    Task,
}

impl Record {
    pub fn object(self) -> &'static str {
        match self {
            Self::Case => "Case",
            Self::Task => "Task",
        }
    }

    /// The field that points to the person.
    pub fn link(self) -> &'static str {
        match self {
            Self::Case => "ContactId",
            Self::Task => "WhoId",
        }
    }

    /// For the log.
    pub fn created(self) -> &'static str {
        match self {
            Self::Case => "case_created",
            Self::Task => "task_created",
        }
    }
}

/// Whom it is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Person {
    Nobody,
    Contact,
    Lead,
    NewContact,
    NewLead,
    /// A contact whose blank fields are filled in.
    FilledContact,
    /// A contact whose fields are overwritten.
    RenewedContact,
}

pub(super) fn plan(purpose: PurposeChatEnd) -> (Person, Record) {
    use PurposeChatEnd as P;
    match purpose {
        P::CreateCase => (Person::Nobody, Record::Case),
        P::AttachCaseToContact => (Person::Contact, Record::Case),
        P::AttachTaskToContact => (Person::Contact, Record::Task),
        P::AttachTaskToLead => (Person::Lead, Record::Task),
        P::CreateContactAndAttachCase => (Person::NewContact, Record::Case),
        P::CreateContactAndAttachTask => (Person::NewContact, Record::Task),
        P::CreateLeadAndAttachTask => (Person::NewLead, Record::Task),
        P::UpdateNullContactFieldsAndAttachCase => (Person::FilledContact, Record::Case),
        P::UpdateAllContactFieldsAndAttachCase => (Person::RenewedContact, Record::Case),
        P::UpdateNullContactFieldsAndAttachTask => (Person::FilledContact, Record::Task),
        P::UpdateAllContactFieldsAndAttachTask => (Person::RenewedContact, Record::Task),
    }
}
