//! What every file store promises. Call [`run`] with a fresh store.

use base::SiteId;
use futures_util::{StreamExt, TryStreamExt, stream};
use sockets::blob::{Blob, BlobError, BlobKey, BlobStream};
use std::sync::Arc;
use uuid::Uuid;

/// Runs the whole suite.
pub async fn run(blob: Arc<dyn Blob>) {
    what_was_put_comes_back(&*blob).await;
    ranges_are_cut_at_the_end(&*blob).await;
    a_cut_sender_leaves_nothing(&*blob).await;
    sites_do_not_meet(&*blob).await;
    what_is_deleted_is_gone(&*blob).await;
}

fn key(site: i64) -> BlobKey {
    BlobKey::new(SiteId(site), Uuid::new_v4())
}

fn chunks(all: &[u8], of: usize) -> BlobStream<'static> {
    let parts: Vec<_> = all.chunks(of.max(1)).map(|part| Ok(part.to_vec().into())).collect();
    stream::iter(parts).boxed()
}

async fn read(found: BlobStream<'static>) -> Vec<u8> {
    found.try_fold(Vec::new(), |mut all, part| async move {
        all.extend_from_slice(&part);
        Ok(all)
    })
    .await
    .expect("the file is read to its end")
}

async fn what_was_put_comes_back(blob: &dyn Blob) {
    let all: Vec<u8> = (0..700_001_u32).map(|n| (n % 251) as u8).collect();
    for (size, step) in [(0, 1), (1, 1), (65_536, 1_000), (700_001, 65_536)] {
        let key = key(1);
        assert_eq!(blob.put(&key, chunks(&all[..size], step)).await.expect("is kept"), size as u64);
        assert_eq!(read(blob.get(&key, None).await.expect("is there")).await, &all[..size]);
    }
    let twice = key(1);
    for text in ["first, and longer", "second"] {
        blob.put(&twice, chunks(text.as_bytes(), 4)).await.expect("is kept");
    }
    assert_eq!(read(blob.get(&twice, None).await.expect("is there")).await, b"second");
}

async fn ranges_are_cut_at_the_end(blob: &dyn Blob) {
    let key = key(1);
    blob.put(&key, chunks(b"0123456789", 3)).await.expect("is kept");
    for (range, text) in [(0..10, "0123456789"), (2..5, "234"), (8..100, "89"), (9..10, "9")] {
        let part = blob.get(&key, Some(range)).await.expect("lies inside");
        assert_eq!(read(part).await, text.as_bytes());
    }
    for range in [10..12, 4..4] {
        assert!(matches!(blob.get(&key, Some(range)).await.err(), Some(BlobError::OutOfRange)));
    }
}

async fn a_cut_sender_leaves_nothing(blob: &dyn Blob) {
    let key = key(1);
    let cut = stream::iter([Ok("half".into()), Err(BlobError::Cut("the line broke".into()))]).boxed();
    assert!(matches!(blob.put(&key, cut).await, Err(BlobError::Cut(_))));
    assert!(matches!(blob.get(&key, None).await.err(), Some(BlobError::Missing)));
}

async fn sites_do_not_meet(blob: &dyn Blob) {
    let here = key(1);
    let there = BlobKey::new(SiteId(2), here.id);
    blob.put(&here, chunks(b"ours", 4)).await.expect("is kept");
    assert!(matches!(blob.get(&there, None).await.err(), Some(BlobError::Missing)));
    blob.delete(&there).await.expect("nothing to delete is no error");
    assert_eq!(read(blob.get(&here, None).await.expect("is there")).await, b"ours");
}

async fn what_is_deleted_is_gone(blob: &dyn Blob) {
    let key = key(1);
    blob.put(&key, chunks(b"gone soon", 4)).await.expect("is kept");
    blob.delete(&key).await.expect("is deleted");
    assert!(matches!(blob.get(&key, None).await.err(), Some(BlobError::Missing)));
    blob.delete(&key).await.expect("a second time is no error");
}
