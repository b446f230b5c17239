use base::{DeliveryId, Fault, Invalid, Kind, WebhookId};
use sockets::StoreError;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum WebhookError {
    #[error("webhook {0} not found")]
    Missing(WebhookId),
    #[error("webhook delivery {0} not found")]
    NoDelivery(DeliveryId),
    #[error("a site has at most {0} webhooks; remove one first")]
    TooMany(i64),
    #[error("{0} old secrets sign already; let them expire first")]
    TooManySecrets(usize),
    #[error("the webhook is disabled; enable it first")]
    Disabled,
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error("storing webhooks failed")]
    Store(#[from] StoreError),
}

impl Fault for WebhookError {
    fn kind(&self) -> Kind {
        match self {
            Self::Missing(_) | Self::NoDelivery(_) => Kind::Missing,
            Self::TooMany(_) | Self::TooManySecrets(_) | Self::Disabled => Kind::Conflict,
            Self::Invalid(_) => Kind::Invalid,
            Self::Store(err) => err.kind(),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid(invalid) => invalid.field(),
            _ => None,
        }
    }
}
