use super::entry::UploadView;
use super::{ChatError, Files};
use base::{ChatId, Fault as _, SiteId, UploadId, VisitorId};
use bytes::Bytes;
use content::media::{Owner, Upload, UploadError, Uploads};
use futures_util::TryStreamExt as _;

/// A file as the chat shows it.
pub fn upload_view(upload: &Upload) -> UploadView {
    UploadView {
        id: upload.id,
        name: upload.name.clone(),
        media_type: upload.media_type.clone(),
        size: i64::try_from(upload.size).unwrap_or(i64::MAX),
        url: upload.url(),
        width: upload.width.map(i64::from),
        height: upload.height.map(i64::from),
    }
}

#[async_trait::async_trait]
impl Files for Uploads {
    async fn view(&self, site: SiteId, chat: ChatId, id: UploadId) -> Result<Option<UploadView>, ChatError> {
        let found = self.find(site, id).await.map_err(|err| ChatError::elsewhere(&err))?;
        Ok(found.filter(|upload| upload.chat == Some(chat)).map(|upload| upload_view(&upload)))
    }

    async fn ahead(&self, site: SiteId, visitor: VisitorId, id: UploadId) -> Result<Option<UploadView>, ChatError> {
        let found = self.find(site, id).await.map_err(|err| ChatError::elsewhere(&err))?;
        let his = found.filter(|upload| upload.chat.is_none() && upload.owner == Owner::Visitor(visitor));
        Ok(his.map(|upload| upload_view(&upload)))
    }

    async fn bytes(&self, site: SiteId, id: UploadId) -> Result<Bytes, ChatError> {
        let found = self.find(site, id).await.map_err(|err| ChatError::elsewhere(&err))?;
        let upload = found.ok_or_else(|| ChatError::elsewhere(&UploadError::Missing))?;
        let pieces = self.open(&upload, None).await.map_err(|err| ChatError::elsewhere(&err))?;
        let pieces: Vec<Bytes> = pieces.try_collect().await.map_err(|err| ChatError::Elsewhere(err.to_string(), err.kind()))?;
        Ok(pieces.concat().into())
    }

    async fn bind(&self, site: SiteId, id: UploadId, chat: ChatId) -> Result<(), ChatError> {
        self.join(site, id, chat).await.map_err(|err| ChatError::elsewhere(&err))
    }
}
