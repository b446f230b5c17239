//! How the address of a Kafka is written, and whom to trust.

use rskafka::client::{Credentials, SaslConfig};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use sockets::broker::BrokerError;

#[derive(Debug)]
pub(super) struct Address {
    pub servers: Vec<String>,
    pub tls: bool,
    pub sasl: Option<SaslConfig>,
}

/// `host:9092,host:9092`, `kafka://…`, `kafkas://…` for TLS, with `user:word@` before the servers for SASL, and behind them
/// `?sasl=scram-sha-256` or `?sasl=scram-sha-512` where PLAIN will not do.
pub(super) fn read(text: &str) -> Result<Address, BrokerError> {
    let wrong = |why: &str| BrokerError::Fatal(format!("the address of Kafka is no list like kafka://host:9092,host:9092: {why}"));
    let (tls, rest) = match text.split_once("://") {
        None => (false, text),
        Some(("kafka", rest)) => (false, rest),
        Some(("kafkas", rest)) => (true, rest),
        Some((other, _)) => return Err(wrong(&format!("{other}:// is unknown"))),
    };
    let (who, rest) = rest.rsplit_once('@').map_or((None, rest), |(who, rest)| (Some(who), rest));
    let (servers, mechanism) = match rest.split_once('?') {
        None => (rest, "plain"),
        Some((servers, asked)) => (servers, asked.strip_prefix("sasl=").ok_or_else(|| wrong("only sasl= may stand behind the ?"))?),
    };
    let sasl = match who {
        None if mechanism != "plain" => return Err(wrong("sasl= without a user")),
        None => None,
        Some(who) => {
            let (user, word) = who.split_once(':').ok_or_else(|| wrong("a user without a password"))?;
            Some(sasl(mechanism, Credentials::new(user.into(), word.into())).ok_or_else(|| wrong("sasl= is plain, scram-sha-256 or scram-sha-512"))?)
        }
    };
    let servers: Vec<String> = servers.trim_end_matches('/').split(',').map(|server| server.trim().to_owned()).collect();
    if servers.iter().any(|server| server.rsplit_once(':').is_none_or(|(host, port)| host.is_empty() || port.parse::<u16>().is_err())) {
        return Err(wrong("each server is a host with a port"));
    }
    Ok(Address { servers, tls, sasl })
}

fn sasl(mechanism: &str, who: Credentials) -> Option<SaslConfig> {
    match mechanism {
        "plain" => Some(SaslConfig::Plain(who)),
        "scram-sha-256" => Some(SaslConfig::ScramSha256(who)),
        "scram-sha-512" => Some(SaslConfig::ScramSha512(who)),
        _ => None,
    }
}

/// Trusts the web's authorities and those of the given PEM.
pub(super) fn tls(ca: Option<&str>) -> Result<rustls::ClientConfig, BrokerError> {
    let mut roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in CertificateDer::pem_slice_iter(ca.unwrap_or_default().as_bytes()) {
        let certificate = certificate.map_err(|err| BrokerError::Fatal(format!("a certificate to trust cannot be read: {err}")))?;
        roots.add(certificate).map_err(|err| BrokerError::Fatal(format!("a certificate to trust is none: {err}")))?;
    }
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    Ok(builder.map_err(|err| BrokerError::Fatal(err.to_string()))?.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let plain = read("127.0.0.1:9092").expect("an address");
        assert!(!plain.tls && plain.sasl.is_none() && plain.servers == ["127.0.0.1:9092"]);
        let full = read("kafkas://me:se@cret@a.example:9092, b.example:9093/").expect("an address");
        assert!(full.tls && full.servers == ["a.example:9092", "b.example:9093"]);
        assert!(matches!(full.sasl, Some(SaslConfig::Plain(who)) if who.username == "me" && who.password == "se@cret"));
        let scram = read("kafka://me:secret@a.example:9092?sasl=scram-sha-512").expect("an address");
        assert!(matches!(scram.sasl, Some(SaslConfig::ScramSha512(who)) if who.password == "secret") && scram.servers == ["a.example:9092"]);
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for wrong in ["", "host", "host:port", ":9092", "amqp://host:9092", "kafka://me@host:9092", "a:1,,b:2", "a:1?sasl=scram-sha-512", "kafka://me:x@a:1?sasl=md5", "a:1?ssl=1"] {
            assert!(matches!(read(wrong), Err(BrokerError::Fatal(_))), "{wrong}");
        }
    }

    #[test]
    fn authorities_are_read_from_pem() {
        assert!(tls(None).is_ok());
        assert!(tls(Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")).is_err());
    }
}
