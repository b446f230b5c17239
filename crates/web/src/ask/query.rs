use crate::{Answer, Problem};
use axum::extract::{FromRequestParts, MatchedPath};
use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use base::{Kind, Page, PageRequest};
use http::request::Parts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The variable parts of a path.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        if parts.uri.path().contains("%00") {
            return Err(Problem::missing("there is nothing at this path"));
        }
        let found = axum::extract::Path::from_request_parts(parts, state).await;
        found.map(|axum::extract::Path(value)| Self(value)).map_err(|refused| match refused {
            PathRejection::FailedToDeserializePathParams(err) => match err.kind() {
                ErrorKind::ParseErrorAtKey { key, expected_type, .. } => {
                    Problem::invalid(key.clone(), format!("should be {expected_type}"))
                }
                ErrorKind::DeserializeError { key, message, .. } => Problem::invalid(key.clone(), message.clone()),
                _ => unreadable(parts),
            },
            _ => Problem::new(Kind::Invalid, "the path holds an id that cannot be read"),
        })
    }
}

/// Of a path with one variable part it is known which one is wrong.
fn unreadable(parts: &Parts) -> Problem {
    let why = "is an id that cannot be read";
    let route = parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str).unwrap_or_default();
    let mut names = route.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    match (names.next(), names.next()) {
        (Some(only), None) => Problem::invalid(only, why),
        _ => Problem::new(Kind::Invalid, format!("the path holds what {why}")),
    }
}

/// The query string as a structure.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        let query = parts.uri.query().unwrap_or_default().to_owned();
        if query.contains("%00") {
            return Err(Problem::new(Kind::Invalid, "the query must not hold the NUL character"));
        }
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(refused) => {
                let text = refused.body_text();
                let why = text.trim_start_matches("Failed to deserialize query string: ");
                Err(match why.split_once(": ") {
                    Some((field, why)) if query.contains(field) => Problem::invalid(field, why),
                    _ => Problem::new(Kind::Invalid, why),
                })
            }
        }
    }
}

/// `?after=<next of the page before>&limit=<1–200>`.
#[derive(Clone, Debug)]
pub struct Paging(pub PageRequest);

/// How the two look in the OpenAPI document: `params(PagingParams)`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PagingParams {
    /// The `next` of the page before, exactly as it was given.
    pub after: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u32>,
}

impl<S: Send + Sync> FromRequestParts<S> for Paging {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        let Query(asked) = Query::<PagingParams>::from_request_parts(parts, state).await?;
        let limit = asked.limit.unwrap_or(PageRequest::DEFAULT);
        if !(1..=PageRequest::MAX).contains(&limit) {
            return Err(Problem::invalid("limit", format!("should be 1 to {}", PageRequest::MAX)));
        }
        Ok(Self(PageRequest { after: asked.after.filter(|after| !after.is_empty()), limit }))
    }
}

/// One page of a list on the wire.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct List<T: ToSchema> {
    pub items: Vec<T>,
    /// Send it as `after` to get the next page; null after the last one.
    pub next: Option<String>,
}

impl<T: ToSchema> From<Page<T>> for List<T> {
    fn from(page: Page<T>) -> Self {
        Self { items: page.items, next: page.next }
    }
}

impl<T: ToSchema> From<Vec<T>> for List<T> {
    /// A list that is always whole.
    fn from(items: Vec<T>) -> Self {
        Self { items, next: None }
    }
}
