//! The API of tickets. Beyond its first shape it has `PUT /v1/tickets/{id}/read` and `POST /v1/ticket-uploads`; a ticket also tells
//! its `chat`, its language, `follows` (the closed ticket that it goes on with) and when it was solved; the settings also hold
//! `acknowledge`, `staff_news`, `close_after_days` and tell the path of the mail hook.

mod one;
mod set_up;
mod views;
mod wire;

use super::Tickets;
use base::Permission;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::doc;

pub fn routes(tickets: Tickets) -> OpenApiRouter {
    let (answers, manages) = (Permission::AnswerTickets, Permission::ManageTickets);
    OpenApiRouter::new()
        .routes(doc::needs(answers, routes!(one::list, one::create)))
        .routes(doc::needs(answers, routes!(one::show, one::change)))
        .routes(doc::needs(answers, routes!(one::entries, one::say)))
        .routes(doc::needs(answers, routes!(one::read)))
        .routes(doc::needs(answers, routes!(one::upload)))
        .routes(doc::needs(answers, routes!(views::list, views::create)))
        .routes(doc::needs(answers, routes!(views::change, views::remove)))
        .routes(doc::needs(answers, routes!(views::macros)))
        .routes(doc::needs(manages, routes!(set_up::create_macro)))
        .routes(doc::needs(manages, routes!(set_up::change_macro, set_up::remove_macro)))
        .routes(doc::needs(manages, routes!(set_up::settings, set_up::set)))
        .with_state(tickets)
}
