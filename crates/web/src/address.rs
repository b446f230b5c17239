use crate::{Answer, Door, Problem};
use axum::extract::{ConnectInfo, FromRequestParts};
use http::request::Parts;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

/// Where the request came from: the peer, or what a trusted proxy says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Answer<Self> {
        Ok(Self::of(parts, &Door::of(&parts.extensions)?.settings.trusted_proxies))
    }
}

impl ClientAddress {
    /// Walks `X-Forwarded-For` from its end, which the nearest proxy wrote, for as long as the writers are trusted.
    pub(crate) fn of(parts: &Parts, trusted: &[Network]) -> Self {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip().to_canonical());
        let mut address = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let told: Vec<&str> = parts
            .headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .collect();
        for hop in told.into_iter().rev() {
            if !trusted.iter().any(|network| network.holds(address)) {
                break;
            }
            let Ok(before) = hop.trim().parse::<IpAddr>() else { break };
            address = before.to_canonical();
        }
        Self(address)
    }

    /// By what an address is counted: whole IPv4, the first half of IPv6, as one subscriber has all of the rest.
    pub fn rate_key(self) -> String {
        match self.0 {
            IpAddr::V4(v4) => v4.to_string(),
            IpAddr::V6(v6) => hex::encode(&v6.octets()[..8]),
        }
    }
}

impl fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An address range like `10.0.0.0/8`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    prefix: u8,
}

impl Network {
    pub fn holds(&self, address: IpAddr) -> bool {
        let bits = |ip: IpAddr| match ip {
            IpAddr::V4(v4) => (u128::from(v4.to_bits()) << 96, 32),
            IpAddr::V6(v6) => (v6.to_bits(), 128),
        };
        let ((own, width), (other, other_width)) = (bits(self.first), bits(address));
        let differ = own ^ other;
        width == other_width && differ.leading_zeros() >= u32::from(self.prefix)
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("{text:?} is no address range; write one like 10.0.0.0/8");
        let (first, prefix) = match text.split_once('/') {
            Some((first, prefix)) => (first, Some(prefix.parse::<u8>().map_err(|_| wrong())?)),
            None => (text, None),
        };
        let first: IpAddr = first.trim().parse().map_err(|_| wrong())?;
        let width = if first.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(width);
        if prefix > width {
            return Err(wrong());
        }
        Ok(Self { first, prefix })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &str, trusted: &[Network]) -> String {
        let mut request = http::Request::new(());
        request.headers_mut().insert("x-forwarded-for", forwarded.parse().expect("a header"));
        let peer: SocketAddr = peer.parse().expect("an address");
        request.extensions_mut().insert(ConnectInfo(peer));
        let (parts, ()) = request.into_parts();
        ClientAddress::of(&parts, trusted).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_may_say_who_it_speaks_for() {
        let trusted = ["10.0.0.0/8".parse().expect("a range")];
        assert_eq!(seen("203.0.113.9:1", "198.51.100.1", &trusted), "203.0.113.9");
        assert_eq!(seen("10.1.2.3:1", "198.51.100.1", &trusted), "198.51.100.1");
        assert_eq!(seen("10.1.2.3:1", "1.1.1.1, 198.51.100.1, 10.9.9.9", &trusted), "198.51.100.1");
        assert_eq!(seen("10.1.2.3:1", "nonsense", &trusted), "10.1.2.3");
        assert_eq!(seen("10.1.2.3:1", "198.51.100.1", &[]), "10.1.2.3");
    }

    #[test]
    fn ranges_hold_their_addresses() {
        let net: Network = "2001:db8::/32".parse().expect("a range");
        assert!(net.holds("2001:db8:1::5".parse().expect("an address")));
        assert!(!net.holds("2001:db9::1".parse().expect("an address")));
        assert!(!net.holds("32.1.13.184".parse().expect("an address")));
        assert!("10.0.0.0/33".parse::<Network>().is_err());
        assert!("0.0.0.0/0".parse::<Network>().expect("all").holds("9.9.9.9".parse().expect("an address")));
    }
}
