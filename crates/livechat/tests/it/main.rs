//! What the live chat promises, on whichever engines are given.

mod chat;
mod chat_house;
mod chat_rate;
mod desk;
mod floor;
mod forms;
mod news;
mod routing;
mod visitors;
mod visitors_house;
mod widgets;
