//! Files that people send: received in a stream, kept in the blob store, given out under an unguessable address.
//!
//! A file is what its first bytes say, never what its sender says. Nothing that a browser could run is taken as such, and what is
//! given out is given with headers that keep it from acting in our origin. Announces nothing, hears nothing: a file becomes news
//! with the message that carries it.

mod migrations;
mod model;
mod names;
mod range;
mod routes;
mod service;
mod sniff;
mod store;

pub use migrations::migrations;
pub use model::{FileRules, Owner, Upload};
pub use names::clean_name;
pub use routes::{FileForm, UploadForm, UploadView, routes};
pub use service::{Incoming, UploadError, Uploads};
