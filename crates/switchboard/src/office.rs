//! What tickets and e-mail ask of people and of the files, answered by those who know.

use base::{Caller, Fault, Kind, SiteId, UploadId, UserId, VisitorId};
use bytes::Bytes;
use content::media::{FileRules, Incoming, Owner, Upload, UploadError, Uploads};
use futures_util::{StreamExt, TryStreamExt, stream};
use integrations::office::{AgentCard, Bearer, DepartmentCard, FileCard, FileError, Files, Office, SiteCard};
use people::identity::{Identity, IdentityError};
use sockets::StoreError;

/// A file of a ticket or a message at most.
const LARGEST: u64 = 25 * 1024 * 1024;
/// What is taken; what a browser could run is refused before this is asked.
const TYPES: [&str; 6] = ["image/*", "audio/*", "video/*", "text/*", "application/*", "font/*"];

/// Fills [`Office`] and [`Files`].
#[derive(Clone)]
pub struct House {
    pub identity: Identity,
    pub uploads: Uploads,
}

#[async_trait::async_trait]
impl Office for House {
    async fn site(&self, site: SiteId) -> Result<Option<SiteCard>, StoreError> {
        let found = self.identity.sites.get(site).await?;
        Ok(found.map(|site| SiteCard { name: site.name, time_zone: site.time_zone, languages: site.languages }))
    }

    async fn departments(&self, site: SiteId) -> Result<Vec<DepartmentCard>, StoreError> {
        let all = self.identity.departments.list(site).await?;
        let card = |one: people::identity::Department| DepartmentCard { id: one.id, name: one.name, is_default: one.is_default, members: one.members };
        Ok(all.into_iter().map(card).collect())
    }

    async fn agents(&self, site: SiteId, ids: &[UserId]) -> Result<Vec<AgentCard>, StoreError> {
        let (caller, mut cards) = (Caller::system(site), Vec::new());
        for id in ids {
            match self.identity.users.find(&caller, *id).await {
                Ok(user) if !user.disabled => cards.push(AgentCard { id: user.id, name: user.name, email: user.email }),
                Ok(_) => {}
                Err(IdentityError::Store(err)) => return Err(err),
                Err(err) if err.kind() == Kind::Missing => {}
                Err(err) => return Err(StoreError::Unreadable(err.to_string())),
            }
        }
        Ok(cards)
    }
}

fn card(upload: Upload) -> FileCard {
    FileCard { id: upload.id, url: upload.url(), name: upload.name, media_type: upload.media_type, size: upload.size }
}

fn told(err: UploadError) -> FileError {
    FileError { kind: err.kind(), words: err.to_string() }
}

#[async_trait::async_trait]
impl Files for House {
    async fn find(&self, site: SiteId, ids: &[UploadId]) -> Result<Vec<FileCard>, FileError> {
        Ok(self.uploads.find_many(site, ids).await.map_err(told)?.into_iter().map(card).collect())
    }

    async fn keep(&self, site: SiteId, bearer: Bearer, name: &str, declared: Option<&str>, bytes: Bytes) -> Result<FileCard, FileError> {
        let owner = match bearer {
            Bearer::Agent(user) => Owner::User(user),
            // Somebody outside, for whom no browser stands.
            Bearer::Outside => Owner::Visitor(VisitorId(uuid::Uuid::nil())),
        };
        let rules = FileRules { max_bytes: LARGEST, types: TYPES.map(str::to_owned).into() };
        let file = Incoming { name: name.to_owned(), declared: declared.map(str::to_owned), bytes: stream::once(async move { Ok(bytes) }).boxed() };
        self.uploads.receive(site, owner, None, &rules, file).await.map(card).map_err(told)
    }

    async fn read(&self, site: SiteId, id: UploadId) -> Result<Option<Bytes>, FileError> {
        let Some(upload) = self.uploads.find(site, id).await.map_err(told)? else { return Ok(None) };
        let broken = |err: sockets::blob::BlobError| FileError { kind: err.kind(), words: err.to_string() };
        let pieces: Vec<Bytes> = self.uploads.open(&upload, None).await.map_err(told)?.try_collect().await.map_err(broken)?;
        Ok(Some(pieces.concat().into()))
    }
}
