//! The OpenAPI document: made of the routes themselves.
//!
//! A route table wraps its `routes!` in one of [`needs`], [`staff`], [`signed_in`], [`superadmin`], [`visitors`], [`open`]. That writes
//! who may call into the document as `x-access` (a permission's name, or one of `staff`, `user`, `superadmin`, `visitor`, `anyone`),
//! which a test walks and demands proof of.

mod examples;

use crate::problem::TYPES;
use base::Permission;
use serde_json::json;
use std::collections::BTreeMap;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, Paths};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, ContentBuilder, InfoBuilder, OpenApi, Ref, RefOr, Required, Response, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

/// How a [`Problem`](crate::Problem) looks in the document.
#[derive(ToSchema)]
#[schema(as = Problem, example = json!({
    "type": "https://switchboard.example/problems/invalid",
    "title": "the input is wrong",
    "status": 400,
    "detail": "invalid type: integer `7`, expected a string",
    "field": "fields[2].key",
    "request_id": "019ab2c3d4e57f80a1b2c3d4e5f60718"
}))]
#[expect(dead_code, reason = "only its schema is used")]
struct ProblemView {
    /// Stable: its last word tells the kind.
    r#type: String,
    title: String,
    status: u16,
    /// What is wrong and what to do, in English.
    detail: String,
    /// The field at fault, as a path.
    field: Option<String>,
    /// Quote it when you ask for help.
    request_id: Option<String>,
}

const ACCESS: &str = "x-access";

/// Callers with this permission: [`Agent<P>`](crate::Agent).
pub fn needs<S>(permission: Permission, routes: UtoipaMethodRouter<S>) -> UtoipaMethodRouter<S> {
    marked(routes, permission.wire(), &["session", "api_key"])
}

/// Users and API keys, whatever they may: [`Staff`](crate::Staff).
pub fn staff<S>(routes: UtoipaMethodRouter<S>) -> UtoipaMethodRouter<S> {
    marked(routes, "staff", &["session", "api_key"])
}

/// Users with a session: [`SignedIn`](crate::SignedIn).
pub fn signed_in<S>(routes: UtoipaMethodRouter<S>) -> UtoipaMethodRouter<S> {
    marked(routes, "user", &["session"])
}

/// [`Superadmin`](crate::Superadmin)s.
pub fn superadmin<S>(routes: UtoipaMethodRouter<S>) -> UtoipaMethodRouter<S> {
    marked(routes, "superadmin", &["session"])
}

/// [`Visitor`](crate::Visitor)s.
pub fn visitors<S>(routes: UtoipaMethodRouter<S>) -> UtoipaMethodRouter<S> {
    marked(routes, "visitor", &["visitor"])
}

/// Anyone at all.
pub fn open<S>(routes: UtoipaMethodRouter<S>) -> UtoipaMethodRouter<S> {
    marked(routes, "anyone", &[])
}

fn marked<S>((schemas, mut paths, router): UtoipaMethodRouter<S>, access: &str, schemes: &[&str]) -> UtoipaMethodRouter<S> {
    for (_, operation) in operations(&mut paths) {
        operation.extensions.get_or_insert_default().insert(ACCESS.to_owned(), json!(access));
        operation.security = Some(schemes.iter().map(|scheme| SecurityRequirement::new(*scheme, [""; 0])).collect());
    }
    (schemas, paths, router)
}

fn operations(paths: &mut Paths) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    paths.paths.values_mut().flat_map(|item| {
        let all = [
            ("get", item.get.as_mut()),
            ("put", item.put.as_mut()),
            ("post", item.post.as_mut()),
            ("patch", item.patch.as_mut()),
            ("delete", item.delete.as_mut()),
        ];
        all.into_iter().filter_map(|(method, operation)| Some((method, operation?)))
    })
}

/// Name of the shared answer, its status, what it means, and which operations have it.
type Common = (&'static str, &'static str, &'static str, fn(Asked) -> bool);

const COMMON: [Common; 9] = [
    ("Invalid", "400", "The input is wrong; `field` names the field at fault.", |asked| asked.body || asked.parameters || asked.once),
    ("Unauthenticated", "401", "Not signed in, or the key or token is not valid.", |asked| asked.guarded),
    ("Denied", "403", "Known, but not allowed.", |asked| asked.guarded),
    ("Missing", "404", "Not there, or of another site.", |asked| asked.named),
    ("TooLarge", "413", "The body is too long.", |asked| asked.body),
    ("Unsupported", "415", "The body is of a kind that is not taken here.", |asked| asked.body),
    ("KeyOfAnother", "422", "The `Idempotency-Key` came with another request before; use a fresh key for each.", |asked| asked.once),
    ("TooMany", "429", "Too many requests; `Retry-After` tells when.", |_| true),
    ("Unavailable", "503", "Cannot be served now; `Retry-After` tells when.", |_| true),
];

#[derive(Clone, Copy)]
struct Asked {
    body: bool,
    parameters: bool,
    guarded: bool,
    named: bool,
    /// May carry an idempotency key.
    once: bool,
}

impl Asked {
    fn of(method: &str, path_has_ids: bool, operation: &Operation) -> Self {
        let guarded = operation.security.as_ref().is_some_and(|schemes| !schemes.is_empty());
        Self {
            body: operation.request_body.is_some(),
            parameters: operation.parameters.as_ref().is_some_and(|all| !all.is_empty()),
            guarded,
            named: path_has_ids,
            // The key is its caller's: without a caller there is nobody to remember it for.
            once: method == "post" && guarded,
        }
    }
}

/// The name of the shared parameter.
const ONCE: &str = "IdempotencyKey";

fn idempotency_key() -> Parameter {
    let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(128)).build();
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "A fresh UUID for each intent. Sent again with the same key within a day, the same request is answered as it was the first \
             time (`Idempotency-Replayed: true`) and done once; a failure is not kept. Where the answer holds a secret that is shown once, \
             a second time is told 409.",
        ))
        .schema(Some(text))
        .example(Some(json!("019ab2c3-d4e5-7f80-a1b2-c3d4e5f60718")))
        .build()
}

/// Merges the modules' routes and finishes their document: schemes, the problem, every operation's common failures, examples.
pub fn openapi(title: &str, version: &str, routers: impl IntoIterator<Item = OpenApiRouter>) -> (axum::Router, OpenApi) {
    let all = routers.into_iter().fold(OpenApiRouter::default(), |all, one| {
        debug_assert_eq!(clash(all.get_openapi(), one.get_openapi()), None, "two modules give one name to different structures");
        all.merge(one)
    });
    let (router, mut api) = all.split_for_parts();
    api.info = InfoBuilder::new().title(title).version(version).build();
    let components = api.components.get_or_insert_default();
    add_schemes(components);
    components.schemas.insert("Problem".to_owned(), ProblemView::schema());
    components.parameters.insert(ONCE.to_owned(), RefOr::T(idempotency_key()));
    examples::complete(components);
    for (name, _, meaning, _) in COMMON {
        components.responses.insert(name.to_owned(), RefOr::T(problem_response(meaning)));
    }
    let named: BTreeMap<String, bool> = api.paths.paths.keys().map(|path| (path.clone(), path.contains('{'))).collect();
    for (path, item) in &mut api.paths.paths {
        let mut one = Paths::new();
        one.paths.insert(path.clone(), std::mem::take(item));
        for (method, operation) in operations(&mut one) {
            finish(operation, Asked::of(method, named[path], operation));
        }
        if let Some(done) = one.paths.remove(path) {
            *item = done;
        }
    }
    (router, api)
}

/// The name that both documents use, each for another structure; the second would vanish behind the first.
fn clash(one: &OpenApi, other: &OpenApi) -> Option<String> {
    let (one, other) = (one.components.as_ref()?, other.components.as_ref()?);
    let fields = |schema: &RefOr<Schema>| {
        let schema = serde_json::to_value(schema).unwrap_or_default();
        let names = schema["properties"].as_object().map(|all| all.keys().cloned().collect::<Vec<_>>());
        (names, schema["enum"].clone())
    };
    let differ = |name: &&String| other.schemas.get(*name).is_some_and(|theirs| fields(theirs) != fields(&one.schemas[*name]));
    one.schemas.keys().find(differ).cloned()
}

fn finish(operation: &mut Operation, asked: Asked) {
    if asked.once {
        operation.parameters.get_or_insert_default().push(RefOr::Ref(Ref::new(format!("#/components/parameters/{ONCE}"))));
    }
    for (name, status, _, applies) in COMMON {
        if applies(asked) {
            let shared = || RefOr::Ref(Ref::from_response_name(name));
            operation.responses.responses.entry(status.to_owned()).or_insert_with(shared);
        }
    }
}

fn problem_response(meaning: &str) -> Response {
    let schema = Ref::from_schema_name("Problem");
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new().description(format!("{meaning} Types begin with {TYPES}")).content("application/problem+json", content).build()
}

fn add_schemes(components: &mut Components) {
    let cookie = ApiKeyValue::with_description(crate::SESSION_COOKIE, "A user of the console, after signing in.");
    let bearer = |format: &str, what: &str| {
        SecurityScheme::Http(
            HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format(format).description(Some(what)).build(),
        )
    };
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    components.add_security_scheme("api_key", bearer("sbk_…", "A program with an API key of one site."));
    components.add_security_scheme("visitor", bearer("sbv_…", "A browser that carries the widget."));
}
