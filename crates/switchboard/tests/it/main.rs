//! The whole house in one process, asked over HTTP.

mod assets;
mod operations;
mod routes;
mod support;
