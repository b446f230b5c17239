//! `/f/{upload}/{signature}/{name}`, and what the wings need to take files in.

use super::range::{Asked, asked};
use super::{FileRules, Incoming, Owner, Upload, UploadError, Uploads, names};
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request, State};
use axum::response::Response;
use base::{ChatId, Kind, SiteId, UploadId};
use futures_util::{StreamExt, TryStreamExt, stream};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{Answer, Path, Problem, doc};

pub fn routes(uploads: Uploads) -> OpenApiRouter {
    OpenApiRouter::new().routes(doc::open(routes!(give))).with_state(uploads)
}

/// A file as messages carry it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UploadView {
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
    #[schema(example = "/f/019ab2c3-d4e5-7f80-a1b2-c3d4e5f60718/9f86d081884c7d659a2feaa0c55ad015/receipt.pdf")]
    pub url: String,
    /// Of a picture, in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
}

impl From<Upload> for UploadView {
    fn from(upload: Upload) -> Self {
        Self {
            id: upload.id,
            url: upload.url(),
            name: upload.name,
            media_type: upload.media_type,
            size: upload.size,
            width: upload.width,
            height: upload.height,
        }
    }
}

/// How a form with one file looks in the document: `request_body(content = UploadForm, content_type = "multipart/form-data")`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct UploadForm {
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// A form with one file in its field `file`, not read yet. It is as large as the rules it is received by allow.
pub struct FileForm {
    form: Multipart,
    told: Option<u64>,
}

/// What a form has besides the file: boundaries and headers.
const AROUND: u64 = 16 * 1024;
/// So much of a refused file is still read, for a browser that is cut off while sending never sees the answer.
const DRAINED: u64 = 64 * 1024 * 1024;

impl<S: Send + Sync> FromRequest<S> for FileForm {
    type Rejection = Problem;

    async fn from_request(mut request: Request, state: &S) -> Answer<Self> {
        let told = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        DefaultBodyLimit::disable().apply(&mut request);
        match Multipart::from_request(request, state).await {
            Ok(form) => Ok(Self { form, told }),
            Err(_) => Err(Problem::new(Kind::Unsupported, "send the file as multipart/form-data")),
        }
    }
}

impl From<Multipart> for FileForm {
    /// A form that somebody else took out of the request, with a body that nobody limits.
    fn from(form: Multipart) -> Self {
        Self { form, told: None }
    }
}

impl FileForm {
    /// Takes the file in as it comes.
    ///
    /// # Errors
    /// A problem that names the field `file`.
    pub async fn receive(
        mut self,
        uploads: &Uploads,
        site: SiteId,
        owner: Owner,
        chat: Option<ChatId>,
        rules: &FileRules,
    ) -> Answer<Upload> {
        if self.told.is_some_and(|told| told > rules.max_bytes.saturating_add(AROUND).saturating_add(DRAINED)) {
            return Err(UploadError::TooLarge(rules.max_bytes).into());
        }
        loop {
            let field = self.form.next_field().await.map_err(|_| Problem::from(UploadError::Cut))?;
            let Some(mut field) = field else {
                return Err(Problem::invalid("file", "is missing; send the file as the form field `file`"));
            };
            if field.name() != Some("file") {
                continue;
            }
            let name = field.file_name().unwrap_or_default().to_owned();
            let declared = field.content_type().map(str::to_owned);
            let bytes = stream::poll_fn(|cx| field.poll_next_unpin(cx)).map_err(std::io::Error::other).boxed();
            let got = uploads.receive(site, owner, chat, rules, Incoming { name, declared, bytes }).await;
            let Err(refused) = got else { return got.map_err(Problem::from) };
            let mut left = DRAINED;
            while let Ok(Some(piece)) = field.chunk().await {
                left = left.saturating_sub(piece.len() as u64);
                if left == 0 {
                    break;
                }
            }
            return Err(refused.into());
        }
    }
}

/// Fetch a file.
///
/// The address holds 128 random bits: who knows it may fetch the file. Pictures, sound and film are shown, everything else is only saved.
#[utoipa::path(
    get,
    path = "/f/{upload}/{signature}/{name}",
    tag = "files",
    params(
        ("upload" = String, Path, description = "the file's id"),
        ("signature" = String, Path, description = "the unguessable part"),
        ("name" = String, Path, description = "any name; the file's own is told in the answer"),
    ),
    responses(
        (status = 200, description = "The file.", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 206, description = "The part that `Range` asked for.", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 304, description = "Unchanged."),
        (status = 416, description = "The range lies outside the file."),
    ),
)]
async fn give(
    State(uploads): State<Uploads>,
    Path(address): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Answer<Response> {
    let (upload, signature, _) = address;
    let id: UploadId = upload.parse().map_err(|_| UploadError::Missing)?;
    let upload = uploads.behind(id, &signature).await?;
    let etag = format!("\"{}\"", &upload.sha256[..32]);
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if text(header::IF_NONE_MATCH).is_some_and(|known| known.split(',').any(|tag| matches(tag, &etag))) {
        return answer(StatusCode::NOT_MODIFIED, &upload, &etag, None, Body::empty());
    }
    let same = text(header::IF_RANGE).is_none_or(|tag| tag.trim() == etag);
    match asked(text(header::RANGE).filter(|_| same), upload.size) {
        Asked::Whole => {
            let body = Body::from_stream(uploads.open(&upload, None).await?);
            answer(StatusCode::OK, &upload, &etag, Some((upload.size, None)), body)
        }
        Asked::Part(range) => {
            let told = format!("bytes {}-{}/{}", range.start, range.end - 1, upload.size);
            let length = range.end - range.start;
            let body = Body::from_stream(uploads.open(&upload, Some(range)).await?);
            answer(StatusCode::PARTIAL_CONTENT, &upload, &etag, Some((length, Some(told))), body)
        }
        Asked::Outside => {
            let told = format!("bytes */{}", upload.size);
            answer(StatusCode::RANGE_NOT_SATISFIABLE, &upload, &etag, Some((0, Some(told))), Body::empty())
        }
    }
}

fn matches(known: &str, etag: &str) -> bool {
    let known = known.trim();
    known == "*" || known.strip_prefix("W/").unwrap_or(known) == etag
}

/// Types that browsers show and that cannot act.
fn is_shown(media_type: &str) -> bool {
    matches!(media_type, "image/png" | "image/jpeg" | "image/gif" | "image/webp" | "audio/mpeg" | "video/mp4")
}

fn answer(status: StatusCode, upload: &Upload, etag: &str, length: Option<(u64, Option<String>)>, body: Body) -> Answer<Response> {
    let media_type = match upload.media_type.as_str() {
        text if text.starts_with("text/") => "text/plain; charset=utf-8",
        other => other,
    };
    let mut response = Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, media_type)
        .header(header::CONTENT_DISPOSITION, names::disposition(is_shown(&upload.media_type), &upload.name))
        .header(header::ETAG, etag)
        .header(header::ACCEPT_RANGES, "bytes")
        .header(header::CACHE_CONTROL, "private, max-age=31536000, immutable")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'")
        .header("cross-origin-resource-policy", "cross-origin");
    if let Some((length, range)) = length {
        response = response.header(header::CONTENT_LENGTH, length);
        if let Some(range) = range {
            response = response.header(header::CONTENT_RANGE, range);
        }
    }
    response.body(body).map_err(|err| {
        tracing::error!(error = %err, upload = %upload.id, "a stored file's headers cannot be sent");
        Problem::new(Kind::Broken, "the file cannot be sent")
    })
}
