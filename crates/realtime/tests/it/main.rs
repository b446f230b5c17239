//! The sockets and polls over real connections, on a floor made for the tests.

mod house;
mod polls;
mod telling;
mod trouble;
