//! The whole house in one process, asked over HTTP.

mod assets;
mod document;
mod event_doors;
mod examples;
mod operations;
mod other_sites;
mod routes;
mod support;
