use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $wire:literal),* $(,)?) => {
        /// What a role may do on its site. Denied unless granted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Permission { $($(#[$doc])* $name),* }

        impl Permission {
            pub const ALL: [Self; [$($wire),*].len()] = [$(Self::$name),*];

            /// The name on the wire and in the database.
            pub const fn wire(self) -> &'static str {
                match self { $(Self::$name => $wire),* }
            }
        }

        impl FromStr for Permission {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($wire => Ok(Self::$name),)*
                    other => Err(format!("there is no permission {other:?}")),
                }
            }
        }
    };
}

permissions! {
    /// Take, answer and end chats.
    AnswerChats = "answer_chats",
    ViewVisitors = "view_visitors",
    /// Read ended chats of one's own departments.
    ViewHistory = "view_history",
    /// See running chats of other agents.
    ViewAllChats = "view_all_chats",
    ManageWidgets = "manage_widgets",
    ManageDepartments = "manage_departments",
    ManageUsers = "manage_users",
    ManageRoles = "manage_roles",
    ManageApiKeys = "manage_api_keys",
    ManageWebhooks = "manage_webhooks",
    /// Connect the site to Salesforce, Zendesk, a mailbox.
    ManageIntegrations = "manage_integrations",
    ManageSite = "manage_site",
    /// Read events, queues, subscriptions and dead letters.
    ViewEvents = "view_events",
    /// Change subscriptions, pause queues, replay and drop events.
    ManageEvents = "manage_events",
    /// Read and answer the tickets of the site.
    AnswerTickets = "answer_tickets",
    /// Set up tickets: clocks, hours, addresses, shared views, macros.
    ManageTickets = "manage_tickets",
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.wire())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_reads_back_from_its_wire_name() {
        for permission in Permission::ALL {
            assert_eq!(permission.wire().parse(), Ok(permission));
            assert_eq!(serde_json::to_string(&permission).ok(), Some(format!("{:?}", permission.wire())));
        }
    }
}
