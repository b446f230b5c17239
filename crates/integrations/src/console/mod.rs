//! What the console shows of the post room: the catalogue of events, and the dead letters. Verbs are in `events`; here are the doors.

mod routes;

pub use routes::routes;
