//! What tickets and e-mail ask of the rooms beside them: who works on a site, and the files that people sent. The roof fills both.

use base::{DepartmentId, Fault, Kind, SiteId, UploadId, UserId};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sockets::StoreError;
use thiserror::Error;
use utoipa::ToSchema;

/// A site, as letters and clocks need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteCard {
    pub name: String,
    pub time_zone: String,
    /// In the order of preference; at least one.
    pub languages: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentCard {
    pub id: UserId,
    pub name: String,
    pub email: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepartmentCard {
    pub id: DepartmentId,
    pub name: String,
    pub is_default: bool,
    pub members: Vec<UserId>,
}

#[async_trait::async_trait]
pub trait Office: Send + Sync + 'static {
    /// None: there is no such site.
    async fn site(&self, site: SiteId) -> Result<Option<SiteCard>, StoreError>;

    async fn departments(&self, site: SiteId) -> Result<Vec<DepartmentCard>, StoreError>;

    /// Those of `ids` who work on this site and are not disabled, in no order.
    async fn agents(&self, site: SiteId, ids: &[UserId]) -> Result<Vec<AgentCard>, StoreError>;
}

/// A file as a ticket carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "id": "019ab2c4-0b11-7d02-9e3f-5a6b7c8d9e0f", "name": "receipt.pdf", "type": "application/pdf", "size": 48_213,
    "url": "/f/019ab2c4-0b11-7d02-9e3f-5a6b7c8d9e0f/9f86d081884c7d659a2feaa0c55ad015/receipt.pdf"
}))]
pub struct FileCard {
    #[schema(value_type = uuid::Uuid)]
    pub id: UploadId,
    #[schema(example = "receipt.pdf")]
    pub name: String,
    /// The media type that its bytes tell.
    #[serde(rename = "type")]
    #[schema(example = "application/pdf")]
    pub media_type: String,
    /// Bytes.
    pub size: u64,
    /// The address of the file on this host.
    pub url: String,
}

/// Why a file was not taken or is not given.
#[derive(Debug, Error)]
#[error("{words}")]
pub struct FileError {
    pub kind: Kind,
    pub words: String,
}

impl Fault for FileError {
    fn kind(&self) -> Kind {
        self.kind
    }

    fn field(&self) -> Option<&str> {
        (self.kind == Kind::Invalid || self.kind == Kind::TooLarge || self.kind == Kind::Unsupported).then_some("file")
    }
}

/// Who brings a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bearer {
    Agent(UserId),
    /// Somebody outside, by mail.
    Outside,
}

#[async_trait::async_trait]
pub trait Files: Send + Sync + 'static {
    /// Those of `ids` that are of this site, in no order.
    async fn find(&self, site: SiteId, ids: &[UploadId]) -> Result<Vec<FileCard>, FileError>;

    /// Takes a whole file in.
    async fn keep(&self, site: SiteId, bearer: Bearer, name: &str, declared: Option<&str>, bytes: Bytes) -> Result<FileCard, FileError>;

    /// All of it; none when it is not there.
    async fn read(&self, site: SiteId, id: UploadId) -> Result<Option<Bytes>, FileError>;
}
