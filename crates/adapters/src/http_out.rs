//! The web outside by way of reqwest: names are looked up once and only addresses that passed are connected to, redirects are
//! answers, and nothing reaches the private network unless the configuration allows it.

use futures_util::StreamExt;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use sockets::http_out::{HttpOut, OutAnswer, OutError, OutRequest};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use thiserror::Error;

#[derive(Clone, Copy, Debug, Default)]
pub struct OutOptions {
    /// Addresses of the private network, of this machine and other special ranges may be called too, and `http:` as well.
    pub allow_private: bool,
}

pub struct ReqwestOut {
    client: reqwest::Client,
    options: OutOptions,
    /// Addresses that may be called, as they were read: a busy one is called thousands of times a second.
    known: Mutex<HashMap<String, reqwest::Url>>,
}

/// Addresses that are remembered at most.
const KNOWN: usize = 1_024;

impl ReqwestOut {
    /// # Errors
    /// When the machine has no usable TLS.
    pub fn new(options: OutOptions) -> Result<Self, OutError> {
        // A second call finds it installed, which is as well.
        let _already = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(Vetted { options }))
            .connect_timeout(Duration::from_secs(10))
            // Several webhooks of one host, each with all its places: a busy one should not open a connection for each event.
            .pool_max_idle_per_host(256)
            .pool_idle_timeout(Duration::from_secs(30))
            .user_agent(concat!("Switchboard/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|err| OutError::Refused(format!("the HTTP client cannot be built: {}", chain(&err))))?;
        Ok(Self { client, options, known: Mutex::default() })
    }
}

#[async_trait::async_trait]
impl HttpOut for ReqwestOut {
    async fn send(&self, request: OutRequest) -> Result<OutAnswer, OutError> {
        let url = self.known(&request.url)?;
        let timeout = request.timeout;
        tokio::time::timeout(timeout, self.exchange(url, request)).await.unwrap_or(Err(OutError::Timeout(timeout)))
    }

    fn vet(&self, url: &str) -> Result<(), OutError> {
        self.read(url).map(|_| ())
    }
}

impl ReqwestOut {
    fn known(&self, url: &str) -> Result<reqwest::Url, OutError> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(read) = known().get(url) {
            return Ok(read.clone());
        }
        let read = self.read(url)?;
        let mut known = known();
        if known.len() >= KNOWN {
            known.clear();
        }
        known.insert(url.to_owned(), read.clone());
        Ok(read)
    }

    /// The address, when it is one that may be called as far as can be told without asking anybody.
    fn read(&self, url: &str) -> Result<reqwest::Url, OutError> {
        let url = reqwest::Url::parse(url).map_err(|err| OutError::Refused(format!("the URL cannot be read: {err}")))?;
        match url.scheme() {
            "https" => {}
            "http" if self.options.allow_private => {}
            "http" => return Err(OutError::Refused("only https addresses are called".into())),
            other => return Err(OutError::Refused(format!("{other:?} addresses are not called"))),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(OutError::Refused("the URL must not hold a user name or a password".into()));
        }
        let host = url.host_str().ok_or_else(|| OutError::Refused("the URL names no host".into()))?;
        match host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            // A literal address never passes the resolver.
            Ok(ip) if !self.options.allow_private && !is_global(ip) => Err(OutError::Refused(private(ip))),
            _ => Ok(url),
        }
    }

    async fn exchange(&self, url: reqwest::Url, request: OutRequest) -> Result<OutAnswer, OutError> {
        let mut out = reqwest::Request::new(request.method, url);
        *out.headers_mut() = request.headers;
        *out.body_mut() = Some(request.body.into());
        let mut answer = self.client.execute(out).await.map_err(|err| told(&err, request.timeout))?;
        let (status, headers) = (answer.status().as_u16(), std::mem::take(answer.headers_mut()));
        let (mut body, mut cut) = (Vec::new(), false);
        let mut chunks = answer.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            let Ok(chunk) = chunk else {
                // The status was heard; a body that breaks off changes nothing of it.
                cut = true;
                break;
            };
            let room = request.keep - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if chunk.len() > room {
                cut = true;
                break;
            }
        }
        Ok(OutAnswer { status, headers, body: body.into(), cut })
    }
}

fn told(err: &reqwest::Error, timeout: Duration) -> OutError {
    if let Some(refused) = find::<Private>(err) {
        return OutError::Refused(refused.to_string());
    }
    if err.is_timeout() && !err.is_connect() {
        OutError::Timeout(timeout)
    } else if err.is_builder() {
        OutError::Refused(chain(err))
    } else if err.is_connect() {
        OutError::Connect(chain(err))
    } else {
        OutError::Broken(chain(err))
    }
}

fn find<'a, E: std::error::Error + 'static>(err: &'a (dyn std::error::Error + 'static)) -> Option<&'a E> {
    let mut next = Some(err);
    while let Some(err) = next {
        if let Some(found) = err.downcast_ref::<E>() {
            return Some(found);
        }
        next = err.source();
    }
    None
}

fn chain(err: &dyn std::error::Error) -> String {
    let mut words = err.to_string();
    let mut next = err.source();
    while let Some(cause) = next {
        words = format!("{words}: {cause}");
        next = cause.source();
    }
    words
}

#[derive(Debug, Error)]
#[error("{0}")]
struct Private(String);

fn private(ip: IpAddr) -> String {
    format!("{ip} is not a public address; addresses of private networks are not called unless the configuration allows it")
}

/// Looks a name up once and hands on only addresses that may be called, so that no second answer can slip in.
struct Vetted {
    options: OutOptions,
}

impl Resolve for Vetted {
    fn resolve(&self, name: Name) -> Resolving {
        let options = self.options;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let allowed: Vec<SocketAddr> = found.iter().copied().filter(|at| options.allow_private || is_global(at.ip())).collect();
            match (allowed.is_empty(), found.first()) {
                (true, Some(at)) => Err(Box::new(Private(private(at.ip()))) as Box<dyn std::error::Error + Send + Sync>),
                _ => Ok(Box::new(allowed.into_iter()) as Addrs),
            }
        })
    }
}

/// Is it an address of the public network? Ranges of the IANA special-purpose registries are not.
pub(crate) fn is_global(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_global_v4(ip),
        IpAddr::V6(ip) => is_global_v6(ip),
    }
}

fn is_global_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = a == 0
        || a == 10
        || a == 127
        || (a == 100 && (64..128).contains(&b))
        || (a == 169 && b == 254)
        || (a == 172 && (16..32).contains(&b))
        || (a == 192 && b == 168)
        || (a == 192 && b == 0 && (c == 0 || c == 2))
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19))
        || (a == 198 && b == 51 && c == 100)
        || (a == 203 && b == 0 && c == 113)
        || a >= 224
        // Where Azure answers the machines that it runs, from within.
        || ip == Ipv4Addr::new(168, 63, 129, 16);
    !special
}

fn is_global_v6(ip: Ipv6Addr) -> bool {
    let s = ip.segments();
    // Addresses that carry an IPv4 address are judged by it: mapped, translated (64:ff9b::/96), 6to4.
    if let Some(v4) = ip.to_ipv4_mapped() {
        return is_global_v4(v4);
    }
    let low = Ipv4Addr::from((u32::from(s[6]) << 16) | u32::from(s[7]));
    if s[..6] == [0x64, 0xff9b, 0, 0, 0, 0] {
        return is_global_v4(low);
    }
    if s[0] == 0x2002 {
        return is_global_v4(Ipv4Addr::from((u32::from(s[1]) << 16) | u32::from(s[2])));
    }
    // Only 2000::/3 is given out, and of it not documentation, Teredo, benchmarking, ORCHID.
    let given = s[0] & 0xe000 == 0x2000;
    let special = (s[0] == 0x2001 && (s[1] < 0x0200 || s[1] == 0x0db8)) || (s[0] == 0x3fff && s[1] < 0x1000);
    given && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_ranges_are_not_global() {
        for text in [
            "127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1",
            "192.0.2.1", "198.18.0.1", "168.63.129.16", "::ffff:168.63.129.16", "::1", "::", "fe80::1", "fc00::1", "fd12::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
            "2001:db8::1", "ff02::1", "::127.0.0.1", "2001::1",
        ] {
            assert!(!is_global(text.parse().unwrap()), "{text}");
        }
        for text in ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "172.32.0.1", "100.128.0.1", "168.63.129.17"] {
            assert!(is_global(text.parse().unwrap()), "{text}");
        }
    }

    #[tokio::test]
    async fn private_addresses_are_refused_by_number_and_by_name() {
        let out = ReqwestOut::new(OutOptions::default()).unwrap();
        for url in ["https://127.0.0.1/", "https://[::1]/", "https://2130706433/", "https://0x7f.1/", "https://localhost/", "http://example.com/", "ftp://x/", "https://u:p@example.com/"] {
            let refused = out.send(OutRequest::post(url, "")).await;
            assert!(matches!(refused, Err(OutError::Refused(_))), "{url}: {refused:?}");
        }
    }
}
