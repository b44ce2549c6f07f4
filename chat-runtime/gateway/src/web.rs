//! The web client: its built files, served from memory, so that no request ever touches the disk.
//!
//! Paths that are no files belong to the client's own router and get its page. Without built files, the page says how
//! to get them.

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, Method, Uri, header};

use crate::problem::{Code, Problem};

/// What the client's pages may do: use what comes from here, and show pictures that were just chosen.
const POLICY: &str = "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";
/// Bytes of all files together; a built client has far less, so that more is a wrong folder.
const MAX_BYTES: u64 = 64 * 1024 * 1024;
const INDEX: &str = "index.html";
const MISSING: &str = include_str!("web/missing.html");

/// The files.
#[derive(Clone, Debug)]
pub struct Site {
    files: Arc<HashMap<String, File>>,
}

#[derive(Clone, Debug)]
struct File {
    content: Bytes,
    content_type: &'static str,
    cache: &'static str,
}

impl Site {
    /// No client: a page that says how to get it.
    pub fn missing() -> Self {
        let page = File::new(INDEX, Bytes::from_static(MISSING.as_bytes()));
        Self {
            files: Arc::new(HashMap::from([(INDEX.to_owned(), page)])),
        }
    }

    /// The files of a folder and the folders in it, read once. Blocks: for the start only.
    ///
    /// # Errors
    /// When a file cannot be read, there is no `index.html`, or it is far too much for a web client.
    pub fn load(folder: &Path) -> io::Result<Self> {
        let mut files = HashMap::new();
        let mut budget = MAX_BYTES;
        let mut folders = vec![folder.to_owned()];
        while let Some(next) = folders.pop() {
            for entry in std::fs::read_dir(next)? {
                let entry = entry?;
                let path = entry.path();
                if entry.file_type()?.is_dir() {
                    folders.push(path);
                    continue;
                }
                let size = entry.metadata()?.len();
                budget = budget
                    .checked_sub(size)
                    .ok_or_else(|| io::Error::other("too large for a web client"))?;
                let name = url_path(folder, &path)?;
                files.insert(name.clone(), File::new(&name, std::fs::read(&path)?.into()));
            }
        }
        if !files.contains_key(INDEX) {
            return Err(io::Error::new(io::ErrorKind::NotFound, "there is no index.html"));
        }
        Ok(Self { files: Arc::new(files) })
    }

    /// One file more, or another one under a name that is there.
    pub fn with_file(mut self, name: &str, content: impl Into<Bytes>) -> Self {
        Arc::make_mut(&mut self.files).insert(name.to_owned(), File::new(name, content.into()));
        self
    }

    /// Everything that no other route takes.
    pub(crate) fn router(self) -> Router {
        Router::new().fallback(serve).with_state(self)
    }

    fn find(&self, path: &str, headers: &HeaderMap) -> Option<&File> {
        let path = path.trim_start_matches('/');
        let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
        let page = path.is_empty() || accept.is_some_and(|accept| accept.contains("text/html"));
        self.files.get(path).or_else(|| self.files.get(INDEX).filter(|_| page))
    }
}

async fn serve(State(site): State<Site>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    match site.find(uri.path(), &headers) {
        Some(file) if method == Method::GET || method == Method::HEAD => file.clone().into_response(),
        Some(_) => {
            let mut response = Problem::new(Code::MethodNotAllowed).into_response();
            response
                .headers_mut()
                .insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            response
        }
        None => Problem::new(Code::NotFound).into_response(),
    }
}

impl File {
    fn new(name: &str, content: Bytes) -> Self {
        // The builder puts a hash of the content into the names of everything under `assets`.
        let cache = match name.starts_with("assets/") {
            true => "public, max-age=31536000, immutable",
            false => "no-cache",
        };
        Self {
            content,
            content_type: content_type(name),
            cache,
        }
    }
}

impl IntoResponse for File {
    fn into_response(self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, self.content_type),
            (header::CACHE_CONTROL, self.cache),
            (header::CONTENT_SECURITY_POLICY, POLICY),
        ];
        (headers, self.content).into_response()
    }
}

/// A file's path below the folder, as it stands in a URL.
fn url_path(folder: &Path, file: &Path) -> io::Result<String> {
    let below: PathBuf = file.strip_prefix(folder).map_err(io::Error::other)?.to_owned();
    let parts: Option<Vec<&str>> = below.iter().map(|part| part.to_str()).collect();
    parts
        .map(|parts| parts.join("/"))
        .ok_or_else(|| io::Error::other("a file's name is not UTF-8"))
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        folder
    }

    #[test]
    fn files_are_found_by_their_paths_and_pages_by_any() {
        let site = Site::load(folder(&[("index.html", "page"), ("assets/app-1a.js", "code")]).path()).unwrap();
        let found = |path: &str, accept: &'static str| {
            let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]);
            let file = site.find(path, &headers);
            file.map(|file| (file.content.clone(), file.content_type, file.cache))
        };
        let page = Some((Bytes::from("page"), "text/html; charset=utf-8", "no-cache"));
        assert_eq!(found("/", "*/*"), page);
        assert_eq!(found("/chat/some-id", "text/html,*/*"), page);
        assert_eq!(found("/chat/some-id", "*/*"), None);
        let (code, content_type, cache) = found("/assets/app-1a.js", "*/*").unwrap();
        assert_eq!(
            (code, content_type),
            (Bytes::from("code"), "text/javascript; charset=utf-8")
        );
        assert!(cache.ends_with("immutable"));
        assert_eq!(found("/../Cargo.toml", "*/*"), None);
    }

    #[test]
    fn a_folder_without_a_page_is_refused() {
        let error = Site::load(folder(&[("app.js", "code")]).path()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert!(Site::load(Path::new("/nowhere")).is_err());
    }
}
