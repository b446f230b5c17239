use base::{SiteId, Timestamp};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    pub id: SiteId,
    pub name: String,
    pub time_zone: String,
    /// In the order of preference; at least one.
    pub languages: Vec<String>,
    pub created_at: Timestamp,
}

#[derive(Clone, Debug)]
pub struct NewSite {
    pub name: String,
    pub time_zone: String,
    pub languages: Vec<String>,
}

#[derive(Clone, Debug, Default)]
pub struct SitePatch {
    pub name: Option<String>,
    pub time_zone: Option<String>,
    pub languages: Option<Vec<String>>,
}
