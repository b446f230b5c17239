//! Files on disk, and in memory for tests.

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{Error, GetOptions, GetRange, MultipartUpload, ObjectStore, ObjectStoreExt};
use sockets::blob::{Blob, BlobError, BlobKey, BlobStream};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// Bytes written at once.
const PART: usize = 256 * 1024;
/// A half-written file this old belongs to a process that was killed.
const ABANDONED: Duration = Duration::from_secs(24 * 3600);

/// A folder of files.
///
/// # Errors
/// When the folder cannot be made or is not a folder.
pub fn folder(path: &std::path::Path) -> Result<Arc<dyn Blob>, BlobError> {
    std::fs::create_dir_all(path).map_err(|err| broken(err.into()))?;
    let store = LocalFileSystem::new_with_prefix(path).map_err(from_store)?.with_fsync(true);
    let root = path.to_owned();
    // Not waited for: it may be a large folder, and nothing depends on it.
    std::thread::spawn(move || sweep(&root));
    Ok(Arc::new(Objects(Arc::new(store))))
}

/// Files that end with the process.
pub fn memory() -> Arc<dyn Blob> {
    Arc::new(Objects(Arc::new(InMemory::new())))
}

struct Objects(Arc<dyn ObjectStore>);

#[async_trait::async_trait]
impl Blob for Objects {
    async fn put(&self, key: &BlobKey, bytes: BlobStream<'_>) -> Result<u64, BlobError> {
        let mut upload = self.0.put_multipart(&place(key)).await.map_err(from_store)?;
        match fill(upload.as_mut(), bytes).await {
            Ok(size) => Ok(size),
            Err(err) => {
                if let Err(left) = upload.abort().await {
                    tracing::warn!(error = %left, "a half-written file could not be removed");
                }
                Err(err)
            }
        }
    }

    async fn get(&self, key: &BlobKey, range: Option<Range<u64>>) -> Result<BlobStream<'static>, BlobError> {
        let place = place(key);
        if let Some(range) = &range {
            let size = self.0.head(&place).await.map_err(from_store)?.size;
            if range.start >= size || range.is_empty() {
                return Err(BlobError::OutOfRange);
            }
        }
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let found = self.0.get_opts(&place, options).await.map_err(from_store)?;
        Ok(found.into_stream().map_err(from_store).boxed())
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError> {
        match self.0.delete(&place(key)).await.map_err(from_store) {
            Err(BlobError::Missing) => Ok(()),
            other => other,
        }
    }
}

async fn fill(upload: &mut dyn MultipartUpload, mut bytes: BlobStream<'_>) -> Result<u64, BlobError> {
    let mut size = 0;
    let mut part: Vec<Bytes> = Vec::new();
    let mut held = 0;
    while let Some(chunk) = bytes.try_next().await? {
        held += chunk.len();
        size += chunk.len() as u64;
        part.push(chunk);
        if held >= PART {
            held = 0;
            upload.put_part(std::mem::take(&mut part).into_iter().collect()).await.map_err(from_store)?;
        }
    }
    if held > 0 || size == 0 {
        upload.put_part(part.into_iter().collect()).await.map_err(from_store)?;
    }
    upload.complete().await.map_err(from_store)?;
    Ok(size)
}

fn place(key: &BlobKey) -> Path {
    Path::from(key.path())
}

fn from_store(err: Error) -> BlobError {
    match err {
        Error::NotFound { .. } => BlobError::Missing,
        other => broken(Box::new(other)),
    }
}

fn broken(err: sockets::blob::Source) -> BlobError {
    use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(err.as_ref());
    while let Some(cause) = next {
        let io = cause.downcast_ref::<std::io::Error>();
        if io.is_some_and(|io| matches!(io.kind(), StorageFull | QuotaExceeded | FileTooLarge)) {
            return BlobError::Full(err);
        }
        next = cause.source();
    }
    BlobError::Unavailable(err)
}

/// Removes what killed processes left half-written: files named `…#n` that nobody has touched for a day.
fn sweep(folder: &std::path::Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let Ok(meta) = entry.metadata() else { continue };
        if meta.is_dir() {
            sweep(&entry.path());
        } else if entry.file_name().to_string_lossy().contains('#')
            && meta.modified().ok().and_then(|at| at.elapsed().ok()).is_some_and(|age| age > ABANDONED)
            && let Err(err) = std::fs::remove_file(entry.path())
        {
            tracing::warn!(error = %err, file = %entry.path().display(), "a half-written file could not be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_through_the_stores_own_errors() {
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        let err = from_store(Error::Generic { store: "LocalFileSystem", source: Box::new(full) });
        assert!(matches!(err, BlobError::Full(_)));
    }
}
