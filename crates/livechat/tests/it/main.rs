//! What the live chat promises, on whichever engines are given.

mod chat;
mod chat_house;
mod chat_rate;
mod desk;
mod floor;
mod forms;
mod many;
mod news;
mod routing;
mod search;
mod visitors;
mod visitors_house;
mod widgets;
