use super::{NewSite, Site, SitePatch};
use crate::identity::Identity;
use axum::extract::State;
use base::{Permission, SiteId, Timestamp};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::may::ManageSite;
use web::{Agent, Answer, Json, List, Paging, PagingParams, Path, Staff, Superadmin, doc};

pub(in crate::identity) fn routes(identity: Identity) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(doc::superadmin(routes!(list, create)))
        .routes(doc::staff(routes!(find)))
        .routes(doc::needs(Permission::ManageSite, routes!(change)))
        .with_state(identity)
}

#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": 1, "name": "My shop", "time_zone": "Asia/Shanghai", "languages": ["zh", "en"], "created_at": "2026-11-21T18:11:54.123Z"
}))]
struct SiteView {
    #[schema(value_type = i64)]
    id: SiteId,
    name: String,
    time_zone: String,
    languages: Vec<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<Site> for SiteView {
    fn from(site: Site) -> Self {
        let Site { id, name, time_zone, languages, created_at } = site;
        Self { id, name, time_zone, languages, created_at }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSite, example = json!({"name": "Second shop", "time_zone": "Europe/Berlin", "languages": ["en"]}))]
struct NewSiteBody {
    name: String,
    #[serde(default = "utc")]
    time_zone: String,
    #[serde(default = "both")]
    languages: Vec<String>,
}

fn utc() -> String {
    "UTC".to_owned()
}

fn both() -> Vec<String> {
    vec!["zh".to_owned(), "en".to_owned()]
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SitePatch, example = json!({"time_zone": "Asia/Shanghai"}))]
struct SitePatchBody {
    name: Option<String>,
    time_zone: Option<String>,
    languages: Option<Vec<String>>,
}

/// All sites of the installation.
#[utoipa::path(get, path = "/v1/sites", tag = "sites", operation_id = "list_sites", params(PagingParams), responses((status = 200, body = List<SiteView>)))]
async fn list(_: Superadmin, State(identity): State<Identity>, Paging(ask): Paging) -> Answer<Json<List<SiteView>>> {
    let page = identity.sites.list(&ask).await?;
    Ok(Json(page.map(SiteView::from).into()))
}

/// Makes a site with its built-in roles and a first department; the caller becomes its administrator.
#[utoipa::path(post, path = "/v1/sites", tag = "sites", operation_id = "create_site", request_body = NewSiteBody, responses((status = 201, body = SiteView)))]
async fn create(
    Superadmin(caller): Superadmin,
    State(identity): State<Identity>,
    Json(body): Json<NewSiteBody>,
) -> Answer<(StatusCode, Json<SiteView>)> {
    let NewSiteBody { name, time_zone, languages } = body;
    let site = identity.new_site_with_defaults(NewSite { name, time_zone, languages }, caller.user()).await?;
    Ok((StatusCode::CREATED, Json(site.into())))
}

#[utoipa::path(get, path = "/v1/sites/{id}", tag = "sites", operation_id = "get_site", params(("id" = i64, Path)), responses((status = 200, body = SiteView)))]
async fn find(Staff(caller): Staff, State(identity): State<Identity>, Path(id): Path<SiteId>) -> Answer<Json<SiteView>> {
    Ok(Json(identity.sites.find(&caller, id).await?.into()))
}

/// Changes what is given; the rest stays.
#[utoipa::path(patch, path = "/v1/sites/{id}", tag = "sites", operation_id = "change_site", params(("id" = i64, Path)), request_body = SitePatchBody, responses((status = 200, body = SiteView)))]
async fn change(
    Agent(caller, ..): Agent<ManageSite>,
    State(identity): State<Identity>,
    Path(id): Path<SiteId>,
    Json(body): Json<SitePatchBody>,
) -> Answer<Json<SiteView>> {
    let patch = SitePatch { name: body.name, time_zone: body.time_zone, languages: body.languages };
    Ok(Json(identity.sites.change(&caller, id, patch).await?.into()))
}
