//! Identity through its own routes, with the door in front, on a database of its own.

mod app;

mod access;
mod input;
mod management;
mod sessions;
mod sign_in;
