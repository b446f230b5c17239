//! Webhooks: addresses that are told of events, by Standard Webhooks 1.0.
//!
//! Hears every event of the catalogue on a queue of its own (`Chat.Ended.Webhook`), writes one delivery for each endpoint that asked
//! for it, and the [`Sender`] carries deliveries out: signed, with retries, those of a chat in order, each endpoint in a lane of its own
//! and on one node at a time, so that a slow one costs only itself. What happens while an endpoint is disabled is kept and can be sent
//! by hand. Announces nothing; raises an alarm when an endpoint had to be disabled. Never follows a redirect and never calls a private
//! address.

mod accept;
mod consumer;
mod deliveries;
mod due;
mod endpoints;
mod error;
mod headers;
mod heard;
mod hold;
mod manner;
mod model;
mod notices;
mod routes;
mod schema;
mod sender;
mod service;
mod signature;
mod trace;
mod tries;
#[cfg(test)]
mod tests;
mod wire;

pub use consumer::listeners;
pub use error::WebhookError;
pub use manner::{Manner, MannerPatch};
pub use model::{Again, Attempt, Delivery, DeliveryState, Endpoint, EndpointPatch, NewEndpoint, Place};
pub use notices::raise_alarms;
pub use routes::routes;
pub(crate) use schema::migrations;
pub use sender::{ForgetDeliveries, Sender, SenderOptions};
pub use service::{WebhookNews, Webhooks};
pub use signature::{Algorithm, SigningSecret, sign};
pub use trace::DeliveryTrace;
