//! The files that people sent, which another module keeps: the roof fills this in.

use super::FileRef;
use base::{SiteId, UploadId};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use std::fmt;

/// A file as it is sent on.
#[derive(Clone, PartialEq, Eq)]
pub struct FetchedFile {
    pub name: String,
    pub media_type: String,
    pub bytes: Bytes,
}

impl fmt::Debug for FetchedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, {} bytes)", self.name, self.media_type, self.bytes.len())
    }
}

/// Fetches files for other systems.
#[async_trait::async_trait]
pub trait Files: Send + Sync + 'static {
    /// None: it is not there (any more), or larger than `most`.
    ///
    /// # Errors
    /// Why it could not be read just now.
    async fn fetch(&self, site: SiteId, id: UploadId, most: u64) -> Result<Option<FetchedFile>, String>;
}

/// For a house without files.
pub struct NoFiles;

#[async_trait::async_trait]
impl Files for NoFiles {
    async fn fetch(&self, _: SiteId, _: UploadId, _: u64) -> Result<Option<FetchedFile>, String> {
        Ok(None)
    }
}

impl FileRef {
    /// The file itself, wherever it rests.
    ///
    /// # Errors
    /// Why it could not be read just now.
    pub async fn fetch(&self, files: &dyn Files, site: SiteId, most: u64) -> Result<Option<FetchedFile>, String> {
        match self {
            Self::Upload { id, .. } => files.fetch(site, *id, most).await,
            Self::Here { name, content } => {
                let bytes = STANDARD.decode(content.trim()).unwrap_or_default();
                let media_type = "application/octet-stream".to_owned();
                let fits = !bytes.is_empty() && bytes.len() as u64 <= most;
                Ok(fits.then(|| FetchedFile { name: name.clone(), media_type, bytes: bytes.into() }))
            }
        }
    }
}
