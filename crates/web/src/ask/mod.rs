//! What comes in, and lists that go out. Every refusal is a [`Problem`](crate::Problem).

mod json;
mod query;

pub(crate) use json::{is_json, read_body};
pub use json::{Json, JsonLimit, read_json};
pub use query::{List, Paging, PagingParams, Path, Query};
