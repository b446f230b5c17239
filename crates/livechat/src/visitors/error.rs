use crate::widgets::WidgetError;
use base::{Fault, Invalid, Kind, VisitorId, WidgetId};
use sockets::StoreError;
use sockets::live::LiveError;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum VisitorError {
    #[error("visitor {0} not found")]
    Missing(VisitorId),
    #[error("this visit has ended; begin another one with POST /widget/visits")]
    VisitOver,
    #[error("widget {0} is switched off")]
    SwitchedOff(WidgetId),
    #[error("widget {widget} may not be shown on a page {origin}; add the page's address to allowed_origins of the widget")]
    WrongPage { widget: WidgetId, origin: String },
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error(transparent)]
    Widget(#[from] WidgetError),
    #[error("storing visitors failed")]
    Store(#[from] StoreError),
    #[error(transparent)]
    Live(#[from] LiveError),
}

impl Fault for VisitorError {
    fn kind(&self) -> Kind {
        match self {
            Self::Missing(_) | Self::VisitOver | Self::SwitchedOff(_) => Kind::Missing,
            Self::WrongPage { .. } => Kind::Denied,
            Self::Invalid(_) => Kind::Invalid,
            Self::Widget(err) => err.kind(),
            Self::Store(err) => err.kind(),
            Self::Live(err) => err.kind(),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid(err) => Some(&err.field),
            Self::Widget(err) => err.field(),
            _ => None,
        }
    }
}
