//! Numbers with names: on the wire they are the seeds' numbers.

/// Enums that serialise as numbers. A number is also read from a string or by its name, as other systems write enums.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident { $($(#[$mark:meta])* $variant:ident = $number:literal),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum $name { $($(#[$mark])* $variant),* }

        impl $name {
            pub const fn code(self) -> i32 {
                match self { $(Self::$variant => $number),* }
            }

            fn from_code(code: i64) -> Option<Self> {
                $(if code == $number { return Some(Self::$variant); })*
                None
            }

            fn from_word(word: &str) -> Option<Self> {
                match word {
                    $(stringify!($variant) => Some(Self::$variant),)*
                    number => number.parse().ok().and_then(Self::from_code),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_i32(self.code())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let value = serde_json::Value::deserialize(from)?;
                let found = match &value {
                    serde_json::Value::Number(number) => number.as_i64().and_then(Self::from_code),
                    serde_json::Value::String(word) => Self::from_word(word),
                    _ => None,
                };
                found.ok_or_else(|| serde::de::Error::custom(format!("{value} is no {}", stringify!($name))))
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let meanings: Vec<String> = vec![$(format!("{} {}", $number, stringify!($variant))),*];
                schemars::json_schema!({ "type": "integer", "enum": [$($number),*], "description": meanings.join(", ") })
            }
        }
    )*};
}

codes! {
    SocialMedia { #[default] None = 0, Facebook = 1, GooglePlus = 2 }
    ChatType { #[default] AgentOnly = 0, ChatbotOnly = 1, FromChatbotToAgent = 2, Chatbot = 3 }
    ChatSource { #[default] Button = 0, AutoInvitation = 1, ManualInvitation = 2 }
    MissedChatStatus { #[default] Normal = 0, AgentRefused = 1, Missed = 2, OfflineMessage = 3 }
    LastMessageBy { #[default] Unknown = -1, Visitor = 0, Agent = 1, System = 2 }
    RelatedType { #[default] None = 0, Agent = 1, User = 2, Contract = 3, EmailAddress = 4, Cookie = 5, Visitor = 6 }
    /// What to do in Salesforce when a chat ends.
    PurposeChatEnd {
        #[default] CreateCase = 0,
        AttachCaseToContact = 1,
        AttachTaskToContact = 2,
        AttachTaskToLead = 3,
        CreateContactAndAttachCase = 4,
        CreateContactAndAttachTask = 5,
        CreateLeadAndAttachTask = 6,
        UpdateNullContactFieldsAndAttachCase = 7,
        UpdateAllContactFieldsAndAttachCase = 8,
        UpdateNullContactFieldsAndAttachTask = 9,
        UpdateAllContactFieldsAndAttachTask = 10,
    }
    TransferType { #[default] Agent = 0, Department = 1 }
    CobrowseStatus { #[default] Inited = 0, Requested = 1, Accepted = 2, Completed = 3 }
    BotAnswerType { #[default] HighConfidenceAnswer = 0, PossibleAnswer = 1, NoAnswer = 2 }
    RouteToType { #[default] Site = 0, Department = 1, Operator = 2, Empty = 3, OfflineMessage = 4 }
    /// The seed gives no numbers; these are ours.
    AgentStatus { #[default] Offline = 0, Online = 1, Away = 2 }
    InvitationAnswer { #[default] Miss = 0, Accept = 1, Refuse = 2 }
    TranscriptType { #[default] Chat = 0, OfflineMessage = 1, Navigation = 2 }
    ConversionAccelerateType { #[default] FirstChat = 0, LastChat = 1 }
    BanType { #[default] VisitorId = 0, Ip = 1, IpRange = 2 }
}
