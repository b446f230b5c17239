//! The whole house in one process, asked over HTTP.

mod assets;
mod event_doors;
mod operations;
mod routes;
mod support;
