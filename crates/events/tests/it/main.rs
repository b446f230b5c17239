//! Promises of the post room, on whichever engine the run was given.

mod brokers;
mod clockwork;
mod consumers;
mod doubles;
mod house;
mod journey;
mod picky;
mod pressure;
mod refusals;
mod speed;
mod subscribing;
