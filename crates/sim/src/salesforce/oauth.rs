//! Tokens: the three flows.

use super::{CLIENT_ID, CLIENT_SECRET, Salesforce, USERNAME};
use crate::vendor::{Ask, Reply, pairs};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::{Value, json};

const ORG: &str = "00D000000000001EAA";

pub(super) fn token(org: &mut Salesforce, ask: &Ask) -> Reply {
    let form = pairs(&String::from_utf8_lossy(&ask.body));
    let field = |name: &str| form.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str()).unwrap_or_default();
    let basic = ask.header("authorization").and_then(|value| value.strip_prefix("Basic ")).and_then(|text| STANDARD.decode(text).ok());
    let basic = basic.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    let (id, secret) = basic.split_once(':').unwrap_or((field("client_id"), field("client_secret")));
    let refuse = |error: &str, why: &str| Reply::new(400, json!({ "error": error, "error_description": why }));
    let told = match field("grant_type") {
        "urn:ietf:params:oauth:grant-type:jwt-bearer" => assertion(org, ask, field("assertion")),
        _ if id != CLIENT_ID => Err(("invalid_client_id", "client identifier invalid")),
        "client_credentials" if secret == CLIENT_SECRET => Ok(()),
        "client_credentials" => Err(("invalid_client", "invalid client credentials")),
        "refresh_token" if field("refresh_token") == org.refresh_token => Ok(()),
        "refresh_token" => Err(("invalid_grant", "expired access/refresh token")),
        _ => Err(("unsupported_grant_type", "grant type not supported")),
    };
    if let Err((error, why)) = told {
        return refuse(error, why);
    }
    org.issued += 1;
    let access = format!("{}!AQ{:06}", &ORG[..15], org.issued);
    org.tokens.insert(access.clone());
    let mut granted = json!({
        "access_token": access, "instance_url": ask.base, "id": format!("{}/id/{ORG}/005000000000001AAA", ask.base),
        "token_type": "Bearer", "issued_at": ask.now.millis().to_string(), "signature": "simulated", "scope": "api refresh_token",
    });
    if org.rotate && field("grant_type") == "refresh_token" {
        org.refresh_token = format!("sim-refresh-{}", org.issued);
        granted["refresh_token"] = json!(org.refresh_token);
    }
    Reply::new(200, granted)
}

type Refused = (&'static str, &'static str);

fn assertion(org: &Salesforce, ask: &Ask, jwt: &str) -> Result<(), Refused> {
    let bad = ("invalid_grant", "invalid assertion");
    let (signed, signature) = jwt.rsplit_once('.').ok_or(bad)?;
    let (head, claims) = signed.split_once('.').ok_or(bad)?;
    let read = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
    let (head, claims) = (read(head).ok_or(bad)?, read(claims).ok_or(bad)?);
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| bad)?;
    if head["alg"] != "RS256" {
        return Err(("invalid_grant", "unsupported algorithm"));
    }
    let key = org.public_key.as_ref().ok_or(("invalid_grant", "no certificate is registered"))?;
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key);
    key.verify(signed.as_bytes(), &signature).map_err(|_| ("invalid_grant", "invalid signature"))?;
    if claims["iss"] != CLIENT_ID {
        return Err(("invalid_client_id", "client identifier invalid"));
    }
    if claims["sub"] != USERNAME {
        return Err(("invalid_grant", "user hasn't approved this consumer"));
    }
    let audience = claims["aud"].as_str().unwrap_or_default();
    if audience != ask.base && audience != "https://login.salesforce.com" && audience != "https://test.salesforce.com" {
        return Err(("invalid_grant", "audience is invalid"));
    }
    let left = claims["exp"].as_i64().unwrap_or(0) - ask.now.millis().div_euclid(1_000);
    if !(1..=300).contains(&left) {
        return Err(("invalid_grant", "expired authorization code"));
    }
    Ok(())
}

pub(super) fn identity(ask: &Ask) -> Reply {
    Reply::new(
        200,
        json!({
            "id": format!("{}/id/{ORG}/005000000000001AAA", ask.base), "user_id": "005000000000001AAA", "organization_id": ORG,
            "username": USERNAME, "preferred_username": USERNAME, "display_name": "Simulated Agent", "email": USERNAME, "active": true,
        }),
    )
}
