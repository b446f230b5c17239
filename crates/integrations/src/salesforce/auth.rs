//! Signing in: three flows of OAuth 2, one answer.

use super::settings::{Flow, RefreshToken, Settings};
use crate::outside::encoded;
use base::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::json;

/// Salesforce takes assertions that end within five minutes.
const ASSERTION_S: i64 = 180;

/// The form to send to the token address.
///
/// # Errors
/// When the private key cannot sign.
pub(super) fn form(settings: &Settings, refresh: &RefreshToken, now: Timestamp) -> Result<String, String> {
    let mut pairs: Vec<(&str, String)> = Vec::new();
    match settings.flow {
        Flow::JwtBearer => {
            pairs.push(("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer".into()));
            pairs.push(("assertion", assertion(settings, now)?));
        }
        Flow::ClientCredentials => {
            pairs.push(("grant_type", "client_credentials".into()));
            pairs.push(("client_id", settings.client_id.clone()));
            pairs.push(("client_secret", settings.client_secret.clone()));
        }
        Flow::RefreshToken => {
            pairs.push(("grant_type", "refresh_token".into()));
            pairs.push(("client_id", settings.client_id.clone()));
            if !settings.client_secret.is_empty() {
                pairs.push(("client_secret", settings.client_secret.clone()));
            }
            pairs.push(("refresh_token", refresh.token().to_owned()));
        }
    }
    Ok(pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&"))
}

fn assertion(settings: &Settings, now: Timestamp) -> Result<String, String> {
    let claims = json!({
        "iss": settings.client_id,
        "sub": settings.username,
        "aud": settings.audience(),
        "exp": now.millis().div_euclid(1_000) + ASSERTION_S,
    });
    let part = |text: String| URL_SAFE_NO_PAD.encode(text);
    let signed = format!("{}.{}", part(json!({ "alg": "RS256" }).to_string()), part(claims.to_string()));
    let key = key_of(&settings.private_key)?;
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
        .map_err(|_| "the private key cannot sign".to_owned())?;
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// The key of a PEM text, of either usual form.
///
/// # Errors
/// A sentence for who pasted it.
pub(super) fn key_of(pem: &str) -> Result<RsaKeyPair, String> {
    let unread = |why: &str| format!("is no RSA key that can be used ({why}); paste the PEM text, from BEGIN to END");
    let between = |name: &str| {
        let (_, rest) = pem.split_once(&format!("-----BEGIN {name}-----"))?;
        let (body, _) = rest.split_once(&format!("-----END {name}-----"))?;
        STANDARD.decode(body.split_whitespace().collect::<String>()).ok()
    };
    let key = match (between("PRIVATE KEY"), between("RSA PRIVATE KEY")) {
        (Some(pkcs8), _) => RsaKeyPair::from_pkcs8(&pkcs8),
        (None, Some(pkcs1)) => RsaKeyPair::from_der(&pkcs1),
        (None, None) => return Err(unread("no BEGIN PRIVATE KEY")),
    };
    key.map_err(|err| unread(&err.to_string()))
}
