//! What fills the ports: one file a vendor. Only the roof and the test kit import it.

pub mod blob;
pub mod broker;
pub mod http_out;
pub mod live;
pub mod mailer;
