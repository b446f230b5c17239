use super::entry::UploadView;
use super::{ChatError, Files};
use base::{ChatId, SiteId, UploadId};
use content::media::{Upload, Uploads};

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
}
