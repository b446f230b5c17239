//! Files go in and come out as promised.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use base::{ChatId, Fault, Kind, SiteId, UploadId, UserId};
use content::media::{FileForm, FileRules, Incoming, Owner, Upload, UploadError, UploadView, Uploads};
use futures_util::{StreamExt, stream};
use http::{Request, StatusCode, header};
use sockets::blob::{Blob, BlobError, BlobKey, BlobStream};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use testkit::TestDb;
use tower::ServiceExt;
use web::{Door, DoorSettings, Doorkeepers, Json};

const SITE: SiteId = SiteId(1);
const OWNER: Owner = Owner::User(UserId(1));
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x20\0\0\0\x10\x08\x06\0\0\0";

struct House {
    test: TestDb,
    uploads: Uploads,
    _folder: tempfile::TempDir,
    path: std::path::PathBuf,
}

async fn house() -> House {
    let test = TestDb::open(&[content::migrations]).await;
    let folder = tempfile::tempdir().expect("a folder");
    let blob = adapters::blob::folder(folder.path()).expect("opens");
    let path = folder.path().to_owned();
    House { uploads: Uploads::new(test.db.clone(), blob), test, _folder: folder, path }
}

fn rules() -> FileRules {
    let types = ["image/png", "image/jpeg", "application/pdf", "text/plain", "video/mp4"];
    FileRules { max_bytes: 1_000_000, types: types.map(String::from).to_vec() }
}

fn incoming(name: &str, declared: &str, bytes: &[u8]) -> Incoming<'static> {
    let parts: Vec<_> = bytes.chunks(7_777).map(|part| Ok(bytes::Bytes::copy_from_slice(part))).collect();
    Incoming { name: name.into(), declared: Some(declared.into()), bytes: stream::iter(parts).boxed() }
}

impl House {
    async fn send(&self, name: &str, declared: &str, bytes: &[u8]) -> Result<Upload, UploadError> {
        self.uploads.receive(SITE, OWNER, Some(ChatId(self.test.minter.uuid())), &rules(), incoming(name, declared, bytes)).await
    }

    fn files(&self) -> usize {
        fn count(folder: &std::path::Path) -> usize {
            let entries = std::fs::read_dir(folder).expect("is read").flatten();
            entries.map(|entry| if entry.path().is_dir() { count(&entry.path()) } else { 1 }).sum()
        }
        count(&self.path)
    }

    fn app(&self) -> Router {
        let (files, _) = content::media::routes(self.uploads.clone()).split_for_parts();
        let uploads = self.uploads.clone();
        let take = async |State(uploads): State<Uploads>, form: FileForm| {
            form.receive(&uploads, SITE, OWNER, None, &rules()).await.map(|upload| Json(UploadView::from(upload)))
        };
        let routes = files.route("/take/uploads", post(take).with_state(uploads));
        Door::new(self.test.db.clone(), DoorSettings::default(), Doorkeepers::nobody()).fit(routes)
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        let request = headers.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
        self.app().oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer")
    }
}

async fn text(response: Response) -> String {
    String::from_utf8(to_bytes(response.into_body(), 1 << 22).await.expect("is read").to_vec()).expect("is text")
}

#[tokio::test]
async fn a_picture_is_told_by_its_bytes_and_measured() {
    let house = house().await;
    let upload = house.send("../x/猫.exe", "image/jpeg", PNG).await.expect("is taken");
    assert_eq!((upload.media_type.as_str(), upload.name.as_str()), ("image/png", "猫.exe.png"));
    assert_eq!((upload.width, upload.height, upload.size), (Some(32), Some(16), PNG.len() as u64));
    assert_eq!(house.uploads.find(SITE, upload.id).await.expect("reads"), Some(upload.clone()));
    assert_eq!(house.uploads.find(SiteId(2), upload.id).await.expect("reads"), None);
    assert_eq!(house.uploads.find_many(SITE, &[upload.id]).await.expect("reads"), vec![upload]);
}

#[tokio::test]
async fn what_lies_or_could_act_is_refused_and_nothing_stays() {
    let house = house().await;
    let big = vec![b'a'; 1_000_001];
    let mut late_nul = vec![b'a'; 300_000];
    late_nul.push(0);
    let cut_character = "客".as_bytes()[..2].to_vec();
    for (declared, bytes, kind) in [
        ("image/png", b"MZ\x90\0\x03\0\0\0".to_vec(), Kind::Unsupported),
        ("image/png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec(), Kind::Unsupported),
        ("text/plain", b"\n<!doctype html><script>alert(1)</script>".to_vec(), Kind::Unsupported),
        ("image/gif", b"GIF89a\x02\0\x03\0\0\0\0".to_vec(), Kind::Unsupported),
        ("text/plain", late_nul, Kind::Unsupported),
        ("text/plain", cut_character, Kind::Unsupported),
        ("text/plain", big, Kind::TooLarge),
        ("text/plain", Vec::new(), Kind::Invalid),
    ] {
        let refused = house.send("a", declared, &bytes).await.expect_err("is refused");
        assert_eq!((refused.kind(), refused.field()), (kind, Some("file")), "{refused}");
    }
    let cut = stream::iter([Ok(bytes::Bytes::from(vec![b'a'; 200_000])), Err(std::io::Error::other("gone"))]).boxed();
    let cut = Incoming { name: "a".into(), declared: None, bytes: cut };
    let refused = house.uploads.receive(SITE, OWNER, None, &rules(), cut).await.expect_err("is refused");
    assert!(matches!(refused, UploadError::Cut));
    assert_eq!(house.files(), 0);
}

#[tokio::test]
async fn a_file_comes_back_whole_in_parts_and_not_again_when_it_is_known() {
    let house = house().await;
    let body: String = (0..30_000).map(|n| format!("行 {n}\n")).collect();
    let upload = house.send("notes.log", "text/plain", body.as_bytes()).await.expect("is taken");
    let url = upload.url();

    let whole = house.get(&url, &[]).await;
    assert_eq!(whole.status(), StatusCode::OK);
    let headers = whole.headers().clone();
    for (name, value) in [
        ("content-type", "text/plain; charset=utf-8"),
        ("content-disposition", "attachment; filename=\"notes.log\"; filename*=UTF-8''notes.log"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "sandbox; default-src 'none'"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("accept-ranges", "bytes"),
    ] {
        assert_eq!(headers[name], value);
    }
    assert_eq!(headers[header::CONTENT_LENGTH], body.len().to_string().as_str());
    assert_eq!(text(whole).await, body);

    let etag = headers[header::ETAG].to_str().expect("is text");
    assert_eq!(house.get(&url, &[("if-none-match", etag)]).await.status(), StatusCode::NOT_MODIFIED);
    let part = house.get(&url, &[("range", "bytes=0-4"), ("if-range", etag)]).await;
    assert_eq!((part.status(), part.headers()[header::CONTENT_RANGE].clone()), (StatusCode::PARTIAL_CONTENT, format!("bytes 0-4/{}", body.len()).parse().expect("a header")));
    assert_eq!(text(part).await, "行 0");
    let other = house.get(&url, &[("range", "bytes=0-4"), ("if-range", "\"other\"")]).await;
    assert_eq!(other.status(), StatusCode::OK);
    let outside = house.get(&url, &[("range", "bytes=99999999-")]).await;
    assert_eq!(outside.status(), StatusCode::RANGE_NOT_SATISFIABLE);
}

#[tokio::test]
async fn without_the_signature_there_is_nothing() {
    let house = house().await;
    let upload = house.send("a.png", "image/png", PNG).await.expect("is taken");
    assert!(house.get(&upload.url(), &[]).await.headers()["content-disposition"].to_str().expect("is text").starts_with("inline"));
    let other = UploadId(house.test.minter.uuid());
    for path in [
        format!("/f/{}/{}/a.png", upload.id, "0".repeat(32)),
        format!("/f/{}/x/a.png", upload.id),
        format!("/f/{other}/{}/a.png", upload.signature),
        format!("/f/7/{}/a.png", upload.signature),
    ] {
        assert_eq!(house.get(&path, &[]).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_form_is_taken_and_a_wrong_one_is_told() {
    let house = house().await;
    let form = |disposition: &str, body: &[u8]| {
        let mut whole = format!("--X\r\nContent-Disposition: form-data; {disposition}\r\nContent-Type: image/png\r\n\r\n").into_bytes();
        whole.extend_from_slice(body);
        whole.extend_from_slice(b"\r\n--X--\r\n");
        Request::post("/take/uploads").header("content-type", "multipart/form-data; boundary=X").body(Body::from(whole)).expect("a request")
    };
    let ask = |request| house.app().oneshot(request);
    let taken = ask(form("name=\"file\"; filename=\"a.png\"", PNG)).await.expect("an answer");
    assert_eq!(taken.status(), StatusCode::OK);
    let told: serde_json::Value = serde_json::from_str(&text(taken).await).expect("is JSON");
    assert_eq!((&told["type"], &told["width"], &told["size"]), (&"image/png".into(), &32.into(), &PNG.len().into()));
    assert_eq!(house.get(told["url"].as_str().expect("an address"), &[]).await.status(), StatusCode::OK);

    let elsewhere = ask(form("name=\"picture\"; filename=\"a.png\"", PNG)).await.expect("an answer");
    assert_eq!(elsewhere.status(), StatusCode::BAD_REQUEST);
    let large = ask(form("name=\"file\"; filename=\"a.txt\"", &vec![b'a'; 3_000_000])).await.expect("an answer");
    assert_eq!(large.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let json = Request::post("/take/uploads").header("content-type", "application/json").body(Body::from("{}")).expect("a request");
    assert_eq!(ask(json).await.expect("an answer").status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

/// A store without room.
struct FullStore(AtomicUsize);

#[async_trait::async_trait]
impl Blob for FullStore {
    async fn put(&self, _: &BlobKey, _: BlobStream<'_>) -> Result<u64, BlobError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Err(BlobError::Full("no space left".into()))
    }

    async fn get(&self, _: &BlobKey, _: Option<Range<u64>>) -> Result<BlobStream<'static>, BlobError> {
        Err(BlobError::Missing)
    }

    async fn delete(&self, _: &BlobKey) -> Result<(), BlobError> {
        Ok(())
    }
}

#[tokio::test]
async fn a_full_disk_is_said_to_be_full() {
    let test = TestDb::open(&[content::migrations]).await;
    let uploads = Uploads::new(test.db.clone(), Arc::new(FullStore(AtomicUsize::new(0))));
    let refused = uploads.receive(SITE, OWNER, None, &rules(), incoming("a.png", "image/png", PNG)).await.expect_err("no room");
    assert_eq!(refused.kind(), Kind::Full);
}

#[tokio::test]
async fn a_file_sent_ahead_becomes_the_first_chat_s_that_it_is_joined_to() {
    let house = house().await;
    let sent = house.uploads.receive(SITE, OWNER, None, &rules(), incoming("a.png", "image/png", PNG)).await.expect("taken");
    let (first, second) = (ChatId(house.test.minter.uuid()), ChatId(house.test.minter.uuid()));
    for (site, chat) in [(SiteId(2), second), (SITE, first), (SITE, second)] {
        house.uploads.join(site, sent.id, chat).await.expect("answers");
    }
    assert_eq!(house.uploads.find(SITE, sent.id).await.expect("reads").expect("there").chat, Some(first));
}

#[tokio::test]
async fn files_that_were_sent_ahead_and_never_used_are_swept_and_others_stay() {
    let house = house().await;
    let day = std::time::Duration::from_secs(24 * 3600);
    let visitor = Owner::Visitor(base::VisitorId(house.test.minter.uuid()));
    let send = async |owner| house.uploads.receive(SITE, owner, None, &rules(), incoming("a.png", "image/png", PNG)).await.expect("taken");
    let (unused, used, of_user) = (send(visitor).await, send(visitor).await, send(Owner::User(UserId(1))).await);
    house.uploads.join(SITE, used.id, ChatId(house.test.minter.uuid())).await.expect("joined");
    house.test.clock.advance(day);
    let young = send(visitor).await;
    assert_eq!(house.uploads.sweep(day).await.expect("swept"), 0, "it is just old enough to stay");
    house.test.clock.advance(std::time::Duration::from_secs(1));
    assert_eq!(house.uploads.sweep(day).await.expect("swept"), 1);
    assert_eq!(house.get(&unused.url(), &[]).await.status(), StatusCode::NOT_FOUND);
    assert!(matches!(house.uploads.open(&unused, None).await, Err(UploadError::Missing)), "its bytes are gone too");
    for kept in [used, of_user, young] {
        assert_eq!(house.get(&kept.url(), &[]).await.status(), StatusCode::OK);
    }
}
