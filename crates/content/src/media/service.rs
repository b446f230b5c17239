use super::model::{FileRules, Owner, Upload};
use super::sniff::{self, Told, Utf8Check};
use super::{names, store};
use base::{ChatId, Fault, Kind, SiteId, UploadId, constant_time_eq};
use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use sha2::{Digest, Sha256};
use sockets::blob::{Blob, BlobError, BlobKey, BlobStream};
use sockets::{Db, StoreError};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum UploadError {
    #[error("there is no file at this address")]
    Missing,
    #[error("the file is empty")]
    Empty,
    #[error("the file is larger than {0} bytes")]
    TooLarge(u64),
    #[error("files of type {0} are not taken here")]
    Unsupported(String),
    #[error("the file says that it is text, but it is not valid UTF-8")]
    NotText,
    #[error("the range lies outside the file")]
    OutOfRange,
    #[error("the file was not sent to its end")]
    Cut,
    #[error("the file could not be kept")]
    Blob(#[source] BlobError),
    #[error("storing the file's entry failed")]
    Store(#[from] StoreError),
}

impl Fault for UploadError {
    fn kind(&self) -> Kind {
        match self {
            Self::Missing => Kind::Missing,
            Self::Empty | Self::Cut | Self::OutOfRange => Kind::Invalid,
            Self::TooLarge(_) => Kind::TooLarge,
            Self::Unsupported(_) | Self::NotText => Kind::Unsupported,
            Self::Blob(err) => err.kind(),
            Self::Store(err) => err.kind(),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Empty | Self::Cut | Self::TooLarge(_) | Self::Unsupported(_) | Self::NotText => Some("file"),
            _ => None,
        }
    }
}

impl From<BlobError> for UploadError {
    fn from(err: BlobError) -> Self {
        match err {
            BlobError::Missing => Self::Missing,
            BlobError::OutOfRange => Self::OutOfRange,
            BlobError::Cut(_) => Self::Cut,
            other => Self::Blob(other),
        }
    }
}

/// A file on its way in: what its sender calls it, and its bytes.
pub struct Incoming<'a> {
    pub name: String,
    /// What the sender says it is; believed only between kinds of text.
    pub declared: Option<String>,
    pub bytes: BoxStream<'a, Result<Bytes, std::io::Error>>,
}

/// Files that are swept in one commit.
const AT_ONCE: u64 = 100;

/// The files of all sites.
#[derive(Clone)]
pub struct Uploads {
    db: Db,
    blob: Arc<dyn Blob>,
}

impl Uploads {
    pub fn new(db: Db, blob: Arc<dyn Blob>) -> Self {
        Self { db, blob }
    }

    /// Takes a file in as it comes, with constant memory. What breaks a rule is refused as soon as it is seen, and nothing of it stays.
    pub async fn receive(
        &self,
        site: SiteId,
        owner: Owner,
        chat: Option<ChatId>,
        rules: &FileRules,
        mut file: Incoming<'_>,
    ) -> Result<Upload, UploadError> {
        let (head, rest) = head_of(&mut file.bytes, rules.max_bytes).await?;
        let media_type = judge(&head, file.declared.as_deref(), rules)?;
        let size = sniff::dimensions(media_type, &head);
        let check = Mutex::new(Check::new(media_type, rules.max_bytes));
        let id = UploadId(self.db.minter().uuid());
        let key = BlobKey::new(site, id.0);
        let all = stream::iter([Ok(head)]).chain(stream::iter(rest.map(Ok))).chain(file.bytes.map_err(|_| UploadError::Cut));
        let kept = self.blob.put(&key, checked(all.boxed(), &check)).await;
        let checked = check.into_inner().unwrap_or_else(PoisonError::into_inner);
        let bytes = match (checked.refused, kept) {
            (Some(refused), _) => return Err(refused),
            (None, kept) => kept?,
        };
        let upload = Upload {
            id,
            site,
            owner,
            chat,
            name: names::clean_name(&file.name, media_type),
            media_type: media_type.to_owned(),
            size: bytes,
            sha256: hex(&checked.hash.finalize()),
            width: size.map(|(width, _)| width),
            height: size.map(|(_, height)| height),
            signature: hex(&self.db.minter().bytes::<16>()),
            created: self.db.clock().now(),
        };
        if let Err(err) = self.enter(&upload).await {
            if let Err(left) = self.blob.delete(&key).await {
                tracing::warn!(error = %left, upload = %id, "a file without an entry could not be removed");
            }
            return Err(err.into());
        }
        Ok(upload)
    }

    async fn enter(&self, upload: &Upload) -> Result<(), StoreError> {
        let tx = self.db.begin().await?;
        store::insert(&tx, upload).await?;
        tx.commit().await
    }

    pub async fn find(&self, site: SiteId, id: UploadId) -> Result<Option<Upload>, UploadError> {
        Ok(store::find(&self.db, site, id).await?)
    }

    /// Those of `ids` that are of this site, in no order.
    pub async fn find_many(&self, site: SiteId, ids: &[UploadId]) -> Result<Vec<Upload>, UploadError> {
        Ok(store::find_many(&self.db, site, ids).await?)
    }

    /// Enters a file that was sent ahead as that chat's. One that is another chat's stays so.
    pub async fn join(&self, site: SiteId, id: UploadId, chat: ChatId) -> Result<(), UploadError> {
        let tx = self.db.begin().await?;
        store::join(&tx, site, id, chat).await?;
        Ok(tx.commit().await?)
    }

    /// Removes files older than this that visitors sent ahead of a request, and that no request named. How many they were.
    pub async fn sweep(&self, age: Duration) -> Result<u64, UploadError> {
        let (before, mut swept) = (self.db.clock().now().minus(age), 0);
        loop {
            let some = store::unused(&self.db, before, AT_ONCE).await?;
            for upload in &some {
                // The bytes first: what is cut off in between is found again by its entry.
                match self.blob.delete(&BlobKey::new(upload.site, upload.id.0)).await {
                    Ok(()) | Err(BlobError::Missing) => {}
                    Err(err) => return Err(UploadError::Blob(err)),
                }
            }
            let ids: Vec<UploadId> = some.iter().map(|upload| upload.id).collect();
            let tx = self.db.begin().await?;
            swept += store::forget(&tx, &ids).await?;
            tx.commit().await?;
            if (some.len() as u64) < AT_ONCE {
                return Ok(swept);
            }
        }
    }

    /// The file behind a public address.
    pub async fn behind(&self, id: UploadId, signature: &str) -> Result<Upload, UploadError> {
        let found = store::find_anywhere(&self.db, id).await?;
        found
            .filter(|upload| constant_time_eq(upload.signature.as_bytes(), signature.as_bytes()))
            .ok_or(UploadError::Missing)
    }

    pub async fn open(&self, upload: &Upload, range: Option<Range<u64>>) -> Result<BlobStream<'static>, UploadError> {
        Ok(self.blob.get(&BlobKey::new(upload.site, upload.id.0), range).await?)
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

/// The beginning that a file is judged by, and what came with its last piece beyond that.
async fn head_of(bytes: &mut BoxStream<'_, Result<Bytes, std::io::Error>>, most: u64) -> Result<(Bytes, Option<Bytes>), UploadError> {
    let mut head = Vec::new();
    while let Some(piece) = bytes.try_next().await.map_err(|_| UploadError::Cut)? {
        let room = sniff::HEAD - head.len();
        if piece.len() >= room {
            head.extend_from_slice(&piece[..room]);
            return Ok((head.into(), Some(piece.slice(room..))));
        }
        head.extend_from_slice(&piece);
        if head.len() as u64 > most {
            return Err(UploadError::TooLarge(most));
        }
    }
    if head.is_empty() { Err(UploadError::Empty) } else { Ok((head.into(), None)) }
}

fn judge(head: &[u8], declared: Option<&str>, rules: &FileRules) -> Result<&'static str, UploadError> {
    let media_type = match sniff::look(head) {
        Told::Markup => return Err(UploadError::Unsupported("text/html".to_owned())),
        Told::Type(found) => found,
        Told::Text => match sniff::text_type(declared) {
            declared if rules.takes(declared) => declared,
            _ => "text/plain",
        },
    };
    if rules.takes(media_type) { Ok(media_type) } else { Err(UploadError::Unsupported(media_type.to_owned())) }
}

/// What is watched while the bytes pass.
struct Check {
    most: u64,
    size: u64,
    hash: Sha256,
    text: Option<Utf8Check>,
    refused: Option<UploadError>,
}

impl Check {
    fn new(media_type: &str, most: u64) -> Self {
        let is_text = media_type.starts_with("text/") || media_type == "application/json";
        Self { most, size: 0, hash: Sha256::new(), text: is_text.then(Utf8Check::default), refused: None }
    }

    fn piece(&mut self, piece: &[u8]) -> Result<(), UploadError> {
        self.size += piece.len() as u64;
        if self.size > self.most {
            return Err(UploadError::TooLarge(self.most));
        }
        if self.text.as_mut().is_some_and(|text| !text.feed(piece)) {
            return Err(UploadError::NotText);
        }
        self.hash.update(piece);
        Ok(())
    }

    fn end(&self) -> Result<(), UploadError> {
        if self.text.as_ref().is_some_and(|text| !text.ended_well()) { Err(UploadError::NotText) } else { Ok(()) }
    }
}

/// The same bytes, cut where they break a rule; the reason stays in `check`.
fn checked<'a>(bytes: BoxStream<'a, Result<Bytes, UploadError>>, check: &'a Mutex<Check>) -> BlobStream<'a> {
    let pieces = bytes.map(Some).chain(stream::iter([None]));
    pieces
        .filter_map(move |piece| {
            let mut check = check.lock().unwrap_or_else(PoisonError::into_inner);
            let passed = match piece {
                Some(Ok(piece)) => check.piece(&piece).map(|()| Some(piece)),
                Some(Err(err)) => Err(err),
                None => check.end().map(|()| None),
            };
            let out = match passed {
                Ok(piece) => piece.map(Ok),
                Err(refused) => {
                    let told = refused.to_string();
                    check.refused = Some(refused);
                    Some(Err(BlobError::Cut(told.into())))
                }
            };
            std::future::ready(out)
        })
        .boxed()
}
