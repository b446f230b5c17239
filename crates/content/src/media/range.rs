//! One byte range of a request, as RFC 9110 has it. Several ranges at once are answered with the whole file, which is allowed.

use std::ops::Range;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    Whole,
    Part(Range<u64>),
    /// Lies outside the file: 416.
    Outside,
}

pub fn asked(header: Option<&str>, size: u64) -> Asked {
    let Some(spec) = header.and_then(|text| text.trim().strip_prefix("bytes=")) else { return Asked::Whole };
    let Some((from, to)) = spec.trim().split_once('-') else { return Asked::Whole };
    let number = |text: &str| match text.trim() {
        "" => Ok(None),
        digits => digits.parse::<u64>().map(Some),
    };
    match (number(from), number(to)) {
        (Ok(Some(from)), Ok(to)) => {
            let end = to.map_or(size, |to| to.saturating_add(1).min(size));
            match to {
                Some(to) if to < from => Asked::Whole,
                _ if from >= size => Asked::Outside,
                _ => Asked::Part(from..end),
            }
        }
        (Ok(None), Ok(Some(0))) => Asked::Outside,
        (Ok(None), Ok(Some(_))) if size == 0 => Asked::Outside,
        (Ok(None), Ok(Some(last))) => Asked::Part(size.saturating_sub(last)..size),
        _ => Asked::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_standard_says() {
        for (header, answer) in [
            (None, Asked::Whole),
            (Some("bytes=0-4"), Asked::Part(0..5)),
            (Some("bytes=5-"), Asked::Part(5..10)),
            (Some("bytes=-3"), Asked::Part(7..10)),
            (Some("bytes=-300"), Asked::Part(0..10)),
            (Some("bytes=8-99"), Asked::Part(8..10)),
            (Some("bytes=10-"), Asked::Outside),
            (Some("bytes=-0"), Asked::Outside),
            (Some("bytes=4-2"), Asked::Whole),
            (Some("bytes=0-1,3-4"), Asked::Whole),
            (Some("lines=0-1"), Asked::Whole),
            (Some("bytes=a-b"), Asked::Whole),
        ] {
            assert_eq!(asked(header, 10), answer, "{header:?}");
        }
    }
}
