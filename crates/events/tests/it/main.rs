//! Promises of the post room, on whichever engine the run was given.

mod clockwork;
mod consumers;
mod house;
mod journey;
mod speed;
