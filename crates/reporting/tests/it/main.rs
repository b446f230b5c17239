//! What the ledger promises, on whichever engine is given.

mod archive;
mod doors;
mod house;
mod replay;
mod retention;
mod way;
