//! Signed references: what ties an answer to its ticket, so that nobody writes into one by guessing.
//!
//! In the address (`help+t7.<mac>@shop.example`) and in Message-IDs (`t7.3.<mac>@…`), which come back in `In-Reply-To` and
//! `References`. The MAC is of the site and the number, by a secret of the site; small letters alone, as mail servers fold them.

use base::{SiteId, constant_time_eq};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// 80 bits.
const LENGTH: usize = 16;

fn mac(site: SiteId, number: i64, secret: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(format!("ticket {site}.{number}").as_bytes());
    let bytes = mac.finalize().into_bytes();
    let mut text = String::with_capacity(LENGTH);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in bytes.iter().take(LENGTH * 5 / 8) {
        bits = (bits << 8) | u32::from(*byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            text.push(char::from(LETTERS[(bits >> held) as usize & 31]));
        }
        bits &= (1 << held) - 1;
    }
    text
}

/// Where answers to a ticket go.
pub(in crate::ticket) fn address(inbox: &str, site: SiteId, number: i64, secret: &str) -> String {
    let (local, domain) = inbox.rsplit_once('@').unwrap_or((inbox, ""));
    format!("{local}+t{number}.{}@{domain}", mac(site, number, secret))
}

/// The id of a letter, without its domain.
pub(in crate::ticket) fn message_id(site: SiteId, number: i64, seq: i64, secret: &str) -> String {
    format!("t{number}.{seq}.{}", mac(site, number, secret))
}

fn verified(site: SiteId, number: &str, told: &str, secret: &str) -> Option<i64> {
    let number: i64 = number.strip_prefix('t')?.parse().ok()?;
    let told = told.to_lowercase();
    constant_time_eq(told.as_bytes(), mac(site, number, secret).as_bytes()).then_some(number)
}

/// The ticket that an address names; none when it names none, or is not signed by us.
pub(super) fn in_address(address: &str, site: SiteId, secret: &str) -> Option<i64> {
    let (local, _) = address.rsplit_once('@')?;
    let (_, tag) = local.split_once('+')?;
    let tag = tag.to_lowercase();
    let (number, told) = tag.split_once('.')?;
    verified(site, number, told, secret)
}

/// The ticket that a Message-ID names.
pub(super) fn in_message_id(id: &str, site: SiteId, secret: &str) -> Option<i64> {
    let (local, _) = id.trim_matches(['<', '>', ' ']).rsplit_once('@')?;
    let mut parts = local.split('.');
    let (number, _, told) = (parts.next()?, parts.next()?, parts.next()?);
    verified(site, number, told, secret).filter(|_| parts.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: SiteId = SiteId(1);

    #[test]
    fn a_reference_reads_back_in_large_letters_too() {
        let to = address("help@shop.example", SITE, 7, "secret");
        assert_eq!(in_address(&to, SITE, "secret"), Some(7));
        assert_eq!(in_address(&to.to_uppercase(), SITE, "secret"), Some(7));
        let id = format!("<{}@shop.example>", message_id(SITE, 7, 3, "secret"));
        assert_eq!(in_message_id(&id, SITE, "secret"), Some(7));
    }

    #[test]
    fn what_was_guessed_or_borrowed_is_nothing() {
        let to = address("help@shop.example", SITE, 7, "secret");
        assert_eq!(in_address(&to.replace("+t7.", "+t8."), SITE, "secret"), None, "another ticket");
        assert_eq!(in_address(&to, SiteId(2), "secret"), None, "another site");
        assert_eq!(in_address(&to, SITE, "other"), None, "another secret");
        for text in ["help@shop.example", "help+t7@shop.example", "help+t7.@shop.example", "help+t7.aaaaaaaaaaaaaaaa@shop.example", "+.@"] {
            assert_eq!(in_address(text, SITE, "secret"), None, "{text}");
        }
        let id = message_id(SITE, 7, 3, "secret");
        assert_eq!(in_message_id(&format!("{id}.x@a"), SITE, "secret"), None);
    }
}
