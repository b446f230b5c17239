use super::me::MePatch;
use super::service::{Attempt, Opened, SignIn};
use super::views::{
    Credentials, CurrentView, LinkToken, MePatchBody, NewPassword, PasswordProof, RecoveryCodesView, TotpCode, TotpSecretView,
};
use crate::identity::Whence;
use crate::identity::input::Email;
use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse};
use base::{Digest, Secret};
use http::{HeaderMap, StatusCode, header};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{Answer, Bucket, ClientAddress, Json, SameOrigin, Secure, ShownOnce, SignedIn, Throttle, doc, session_cookie};

pub(in crate::identity) fn routes(sign_in: Arc<SignIn>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(doc::open(routes!(with_password)))
        .routes(doc::signed_in(routes!(who_am_i, sign_out)))
        .routes(doc::open(routes!(with_link)))
        .routes(doc::signed_in(routes!(change_me)))
        .routes(doc::signed_in(routes!(change_password)))
        .routes(doc::signed_in(routes!(begin_totp, confirm_totp, remove_totp)))
        .with_state(sign_in)
}

fn whence(address: ClientAddress, headers: &HeaderMap) -> Whence {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Whence { agent: agent.to_owned(), address: address.to_string() }
}

/// The cookie and who it is for; an earlier session of the browser is not carried on.
async fn welcome(sign_in: &SignIn, opened: Opened, secure: Secure) -> Answer<impl IntoResponse + use<>> {
    let view = CurrentView::from(sign_in.who(opened.user).await?);
    let cookie = session_cookie(Some((&opened.secret, sign_in.spans.longest)), secure);
    Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), ShownOnce, Json(view)))
}

/// Signs in by password. The answer does not tell whether the address or the password was wrong.
#[utoipa::path(post, path = "/v1/session", tag = "session", operation_id = "sign_in", request_body = Credentials, responses((status = 200, body = CurrentView), (status = 401, description = "`unauthenticated`, or `totp-required` when the second factor is missing or wrong", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json")))]
async fn with_password(
    _: SameOrigin,
    throttle: Throttle,
    State(sign_in): State<Arc<SignIn>>,
    address: ClientAddress,
    secure: Secure,
    headers: HeaderMap,
    Json(body): Json<Credentials>,
) -> Answer<impl IntoResponse> {
    throttle.check(Bucket::SignInAddress, &address.rate_key())?;
    throttle.check(Bucket::SignInEmail, &Digest::of(&Email::fold(&body.email)).0)?;
    let attempt = Attempt { email: body.email, password: body.password, totp: body.totp };
    let opened = sign_in.with_password(&attempt, &whence(address, &headers)).await?;
    welcome(&sign_in, opened, secure).await
}

/// Signs in by a one-time link.
#[utoipa::path(post, path = "/v1/session/link", tag = "session", operation_id = "sign_in_by_link", request_body = LinkToken, responses((status = 200, body = CurrentView), (status = 401, description = "`unauthenticated`, or `totp-required` when the second factor is missing or wrong", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json")))]
async fn with_link(
    _: SameOrigin,
    throttle: Throttle,
    State(sign_in): State<Arc<SignIn>>,
    address: ClientAddress,
    secure: Secure,
    headers: HeaderMap,
    Json(body): Json<LinkToken>,
) -> Answer<impl IntoResponse> {
    let link = Secret::from(body.token);
    throttle.check(Bucket::SignInAddress, &address.rate_key())?;
    throttle.check(Bucket::SignInEmail, &link.digest().0)?;
    let opened = sign_in.with_link(&link, body.totp.as_deref(), &whence(address, &headers)).await?;
    welcome(&sign_in, opened, secure).await
}

/// Who am I, and what may I where?
#[utoipa::path(get, path = "/v1/session", tag = "session", operation_id = "who_am_i", responses((status = 200, body = CurrentView)))]
async fn who_am_i(SignedIn(_caller, user, ..): SignedIn, State(sign_in): State<Arc<SignIn>>) -> Answer<Json<CurrentView>> {
    Ok(Json(sign_in.who(user).await?.into()))
}

/// Signs out.
#[utoipa::path(delete, path = "/v1/session", tag = "session", operation_id = "sign_out", responses((status = 204)))]
async fn sign_out(
    SignedIn(_caller, user, session): SignedIn,
    State(sign_in): State<Arc<SignIn>>,
    secure: Secure,
) -> Answer<impl IntoResponse> {
    sign_in.sign_out(user, session).await?;
    Ok((StatusCode::NO_CONTENT, AppendHeaders([(header::SET_COOKIE, session_cookie(None, secure))])))
}

/// Changes what is given; the rest stays.
#[utoipa::path(patch, path = "/v1/me", tag = "session", operation_id = "change_me", request_body = MePatchBody, responses((status = 200, body = CurrentView)))]
async fn change_me(
    SignedIn(_caller, user, ..): SignedIn,
    State(sign_in): State<Arc<SignIn>>,
    Json(body): Json<MePatchBody>,
) -> Answer<Json<CurrentView>> {
    let MePatchBody { name, language, time_zone } = body;
    sign_in.change_me(user, MePatch { name, language, time_zone }).await?;
    Ok(Json(sign_in.who(user).await?.into()))
}

/// Sets a password. All other sessions of mine end, and all links.
#[utoipa::path(put, path = "/v1/me/password", tag = "session", operation_id = "change_my_password", request_body = NewPassword, responses((status = 204)))]
async fn change_password(
    SignedIn(_caller, user, session): SignedIn,
    throttle: Throttle,
    State(sign_in): State<Arc<SignIn>>,
    Json(body): Json<NewPassword>,
) -> Answer<StatusCode> {
    throttle.check(Bucket::SignInEmail, &format!("user {user}"))?;
    sign_in.change_password(user, session, body.current.as_deref(), &body.new).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Begins to set up a second factor: put the secret into an authenticator, then show a code of it.
#[utoipa::path(post, path = "/v1/me/totp", tag = "session", operation_id = "begin_totp", responses((status = 200, body = TotpSecretView)))]
async fn begin_totp(
    SignedIn(_caller, user, ..): SignedIn,
    State(sign_in): State<Arc<SignIn>>,
) -> Answer<(ShownOnce, Json<TotpSecretView>)> {
    let (secret, otpauth_url) = sign_in.begin_totp(user).await?;
    Ok((ShownOnce, Json(TotpSecretView { secret, otpauth_url })))
}

/// Turns the second factor on.
#[utoipa::path(put, path = "/v1/me/totp", tag = "session", operation_id = "confirm_totp", request_body = TotpCode, responses((status = 200, body = RecoveryCodesView)))]
async fn confirm_totp(
    SignedIn(_caller, user, ..): SignedIn,
    throttle: Throttle,
    State(sign_in): State<Arc<SignIn>>,
    Json(body): Json<TotpCode>,
) -> Answer<Json<RecoveryCodesView>> {
    throttle.check(Bucket::SignInEmail, &format!("user {user}"))?;
    let recovery_codes = sign_in.confirm_totp(user, &body.code).await?;
    Ok(Json(RecoveryCodesView { recovery_codes }))
}

/// Removes the second factor.
#[utoipa::path(delete, path = "/v1/me/totp", tag = "session", operation_id = "remove_totp", request_body = PasswordProof, responses((status = 204)))]
async fn remove_totp(
    SignedIn(_caller, user, ..): SignedIn,
    throttle: Throttle,
    State(sign_in): State<Arc<SignIn>>,
    Json(body): Json<PasswordProof>,
) -> Answer<StatusCode> {
    throttle.check(Bucket::SignInEmail, &format!("user {user}"))?;
    sign_in.remove_totp(user, &body.password).await?;
    Ok(StatusCode::NO_CONTENT)
}
