//! Names of topics: Kafka takes letters of ASCII, digits, dots, lines and dashes, 249 at most.

/// A different topic for each queue. What Kafka does not take, and the line itself, is written as `_` and two digits.
pub(super) fn topic(prefix: &str, queue: &str) -> String {
    let mut name = String::with_capacity(prefix.len() + queue.len());
    for byte in prefix.bytes().chain(queue.bytes()) {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' => name.push(byte.into()),
            b'.' if !name.is_empty() => name.push('.'),
            _ => name.push_str(&format!("_{byte:02x}")),
        }
    }
    if name.len() > 249 {
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        name.truncate(230);
        name.push_str(&format!("__{hash:016x}"));
    }
    name
}

#[cfg(test)]
mod tests {
    use super::topic;

    #[test]
    fn plain_names_stay_and_others_are_spelt_out() {
        assert_eq!(topic("", "Chat.Ended-2"), "Chat.Ended-2");
        assert_eq!(topic("sb.", "a_b c"), "sb.a_5fb_20c");
        assert_eq!(topic("", ".."), "_2e.");
        assert_eq!(topic("", "总"), "_e6_80_bb");
    }

    #[test]
    fn different_queues_are_different_topics() {
        let long = "q".repeat(300);
        let names = ["a.b", "a_b", "a-b", "a b", "A.b", "a_2eb", "a_5fb", &long, &format!("{long}q")];
        let topics: std::collections::HashSet<String> = names.iter().map(|name| topic("", name)).collect();
        assert_eq!(topics.len(), names.len());
        assert!(topics.iter().all(|topic| topic.len() <= 249));
    }
}
