//! Files: bytes under a key that always names its site.

use base::{Fault, Kind, SiteId};
use bytes::Bytes;
use futures_util::stream::BoxStream;
use std::ops::Range;
use thiserror::Error;
use uuid::Uuid;

pub type BlobStream<'a> = BoxStream<'a, Result<Bytes, BlobError>>;

/// Where the bytes of one file rest. It cannot be made without a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BlobKey {
    pub site: SiteId,
    pub id: Uuid,
}

impl BlobKey {
    pub fn new(site: SiteId, id: Uuid) -> Self {
        Self { site, id }
    }

    /// `site/xx/uuid`: folders by the random end of the id, so that none grows too long.
    pub fn path(&self) -> String {
        let id = self.id.simple().to_string();
        format!("{}/{}/{id}", self.site, &id[30..])
    }
}

#[derive(Debug, Error)]
pub enum BlobError {
    #[error("the file is not there")]
    Missing,
    #[error("there is no room for the file; free some space and try again")]
    Full(#[source] Source),
    #[error("the range lies outside the file")]
    OutOfRange,
    #[error("the file store does not answer")]
    Unavailable(#[source] Source),
    /// The bytes to be put ended with an error of their sender; nothing was kept.
    #[error("the file was not sent to its end")]
    Cut(#[source] Source),
}

pub type Source = Box<dyn std::error::Error + Send + Sync>;

impl Fault for BlobError {
    fn kind(&self) -> Kind {
        match self {
            Self::Missing => Kind::Missing,
            Self::Full(_) => Kind::Full,
            Self::OutOfRange | Self::Cut(_) => Kind::Invalid,
            Self::Unavailable(_) => Kind::Unavailable,
        }
    }
}

/// A store of files. Memory needed does not grow with their size.
#[async_trait::async_trait]
pub trait Blob: Send + Sync + 'static {
    /// Keeps all of `bytes`, durably, or nothing of them; tells the size. A file under the same key is replaced.
    async fn put(&self, key: &BlobKey, bytes: BlobStream<'_>) -> Result<u64, BlobError>;

    /// The file, or the part of it that lies in `range` (cut at the file's end; a start beyond the end is out of range).
    async fn get(&self, key: &BlobKey, range: Option<Range<u64>>) -> Result<BlobStream<'static>, BlobError>;

    /// Removing what is not there is no error.
    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError>;
}
