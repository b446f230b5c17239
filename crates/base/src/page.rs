use serde::Serialize;

/// The part of a list that is asked for: what follows `after`, `limit` rows at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// The `next` of the page before, exactly as it was given.
    pub after: Option<String>,
    /// 1–200.
    pub limit: u32,
}

impl PageRequest {
    pub const MAX: u32 = 200;
    pub const DEFAULT: u32 = 50;

    pub fn first(limit: u32) -> Self {
        Self { after: None, limit: limit.clamp(1, Self::MAX) }
    }
}

impl Default for PageRequest {
    fn default() -> Self {
        Self::first(Self::DEFAULT)
    }
}

/// One page and the cursor of the next; no cursor after the last page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Of `limit + 1` rows: the extra one only tells that there is more.
    pub fn cut(mut rows: Vec<T>, limit: u32, cursor: impl Fn(&T) -> String) -> Self {
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next = if more { rows.last().map(cursor) } else { None };
        Self { items: rows, next }
    }

    pub fn map<U>(self, view: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(view).collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_has_no_cursor() {
        assert_eq!(Page::cut(vec![1, 2, 3], 2, ToString::to_string).next.as_deref(), Some("2"));
        assert_eq!(Page::cut(vec![1, 2], 2, ToString::to_string).next, None);
    }
}
