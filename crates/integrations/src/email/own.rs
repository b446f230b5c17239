//! Addresses compared: which are ours, and what looks like an address at all.

/// Something on both sides of one `@`, a dot on the right, no spaces and no control characters: the rest only the mail server knows.
pub(crate) fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let tidy = text.len() <= 254 && !text.chars().any(|c| c.is_whitespace() || c.is_control() || "<>(),;:\"[]\\".contains(c));
    let labels = domain.split('.').count() > 1 && domain.split('.').all(|label| !label.is_empty());
    tidy && labels && !local.is_empty() && local.len() <= 64 && !local.contains('@')
}

/// Small letters, and without what follows a `+`.
pub(crate) fn bare(address: &str) -> String {
    let folded = address.trim().to_lowercase();
    match folded.rsplit_once('@') {
        Some((local, domain)) => format!("{}@{domain}", local.split('+').next().unwrap_or_default()),
        None => folded,
    }
}

pub(crate) fn same_mailbox(left: &str, right: &str) -> bool {
    !left.is_empty() && bare(left) == bare(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_large_letters_make_no_other_mailbox() {
        assert!(same_mailbox("Help+t7.abc@Shop.example", "help@shop.example"));
        assert!(!same_mailbox("help@shop.example", "helper@shop.example"));
        assert!(!same_mailbox("", ""));
    }

    #[test]
    fn what_could_carry_a_second_header_is_no_address() {
        for text in ["a@b.example\r\nBcc: c@d.example", "a b@c.example", "a@b", "@b.example", "a@b..example", "<a@b.example>", "a@@b.example"] {
            assert!(!is_address(text), "{text:?}");
        }
        assert!(is_address("小明@例子.example") && is_address("a.b+c@d.example"));
    }
}
