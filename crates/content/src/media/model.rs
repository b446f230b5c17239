use base::{ChatId, SiteId, Timestamp, UploadId, UserId, VisitorId};

/// Who sent a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    User(UserId),
    Visitor(VisitorId),
}

/// A file as the catalogue knows it; its bytes rest in the blob store under the same id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    pub id: UploadId,
    pub site: SiteId,
    pub owner: Owner,
    pub chat: Option<ChatId>,
    pub name: String,
    /// The media type that its bytes tell.
    pub media_type: String,
    pub size: u64,
    /// Hex.
    pub sha256: String,
    /// Of a picture, in pixels.
    pub width: Option<u32>,
    pub height: Option<u32>,
    /// 128 random bits in hex: who knows the address may fetch the file.
    pub signature: String,
    pub created: Timestamp,
}

impl Upload {
    /// The address of the file, without the host.
    pub fn url(&self) -> String {
        format!("/f/{}/{}/{}", self.id, self.signature, super::names::in_url(&self.name))
    }
}

/// What may be sent: how much, and which kinds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRules {
    pub max_bytes: u64,
    /// Media types; `image/*` stands for every kind of picture.
    pub types: Vec<String>,
}

impl FileRules {
    pub fn takes(&self, media_type: &str) -> bool {
        self.types.iter().any(|rule| {
            let rule = rule.trim();
            match rule.strip_suffix("/*") {
                Some(group) => media_type.split('/').next().is_some_and(|of| of.eq_ignore_ascii_case(group)),
                None => rule.eq_ignore_ascii_case(media_type),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_of_types_is_taken_by_its_star() {
        let rules = FileRules { max_bytes: 1, types: vec!["image/*".into(), "Application/PDF".into()] };
        assert!(rules.takes("image/webp") && rules.takes("application/pdf"));
        assert!(!rules.takes("imagery/png") && !rules.takes("text/plain"));
    }
}
