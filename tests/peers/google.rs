//! A small Google Cloud Storage: the four requests of its XML API that a store makes, in memory.
//!
//! The emulators at hand either refuse these requests or ignore their conditions. The vendor's
//! documentation says what is done here: `x-goog-if-generation-match: 0` makes an object unless one
//! is there, another number replaces that generation and no other, and 412 refuses.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::TcpListener;
use std::ops::Bound;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use provisor::base::Digest;
use tokio::runtime::Runtime;

const BUCKET: &str = "evidence";
const PAGE: usize = 1000;
const MODIFIED: &str = "Sat, 07 Mar 2026 17:22:00 GMT";

type Objects = Arc<Mutex<BTreeMap<String, (u64, Bytes)>>>;

/// Serves one bucket, `evidence`, while it lives.
#[derive(Debug)]
pub struct Google {
    /// The base URL.
    pub url: String,
    _runtime: Runtime,
}

impl Google {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new()
            .route("/{bucket}", get(list))
            .route("/{bucket}/{*key}", get(read).put(write))
            .with_state(Objects::default());
        let runtime = Runtime::new().unwrap();
        runtime.spawn(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, routes).await.unwrap();
        });
        Self {
            url,
            _runtime: runtime,
        }
    }
}

fn refused(status: StatusCode, word: &str) -> Response {
    (status, format!("<Error><Code>{word}</Code></Error>")).into_response()
}

fn no_bucket(bucket: &str) -> Option<Response> {
    (bucket != BUCKET).then(|| refused(StatusCode::NOT_FOUND, "NoSuchBucket"))
}

fn about(generation: u64, content: &Bytes) -> [(&'static str, String); 3] {
    [
        ("etag", format!("\"{}\"", Digest::of(content))),
        ("last-modified", MODIFIED.to_owned()),
        ("x-goog-generation", generation.to_string()),
    ]
}

async fn read(
    State(objects): State<Objects>,
    Path((bucket, key)): Path<(String, String)>,
) -> Response {
    if let Some(refused) = no_bucket(&bucket) {
        return refused;
    }
    let found = objects.lock().unwrap().get(&key).cloned();
    match found {
        Some((generation, content)) => (about(generation, &content), content).into_response(),
        None => refused(StatusCode::NOT_FOUND, "NoSuchKey"),
    }
}

async fn write(
    State(objects): State<Objects>,
    Path((bucket, key)): Path<(String, String)>,
    headers: HeaderMap,
    content: Bytes,
) -> Response {
    if let Some(refused) = no_bucket(&bucket) {
        return refused;
    }
    let mut objects = objects.lock().unwrap();
    let there = objects.get(&key).map_or(0, |(generation, _)| *generation);
    let wanted = headers.get("x-goog-if-generation-match");
    let wanted = wanted.map(|wanted| wanted.to_str().unwrap().parse::<u64>().unwrap());
    assert!(wanted.is_some(), "the state is written under a condition");
    if wanted != Some(there) {
        return refused(StatusCode::PRECONDITION_FAILED, "PreconditionFailed");
    }
    let answer = about(there + 1, &content);
    objects.insert(key, (there + 1, content));
    answer.into_response()
}

async fn list(
    State(objects): State<Objects>,
    Path(bucket): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    if let Some(refused) = no_bucket(&bucket) {
        return refused;
    }
    let prefix = query.get("prefix").cloned().unwrap_or_default();
    let after = query.get("continuation-token").cloned().unwrap_or_default();
    let mut names: BTreeMap<String, Option<usize>> = BTreeMap::new();
    for (key, (_, content)) in objects.lock().unwrap().iter() {
        let Some(rest) = key.strip_prefix(&prefix) else {
            continue;
        };
        match rest.split_once('/') {
            Some((folder, _)) => names.insert(format!("{prefix}{folder}/"), None),
            None => names.insert(key.clone(), Some(content.len())),
        };
    }
    let mut answer = String::from("<ListBucketResult>");
    let rest = names.range::<String, _>((Bound::Excluded(&after), Bound::Unbounded));
    for (name, size) in rest.clone().take(PAGE) {
        let _ = match size {
            Some(size) => write!(
                answer,
                "<Contents><Key>{name}</Key><Size>{size}</Size>\
                 <LastModified>2026-03-07T17:22:00Z</LastModified></Contents>"
            ),
            None => write!(
                answer,
                "<CommonPrefixes><Prefix>{name}</Prefix></CommonPrefixes>"
            ),
        };
    }
    if let Some((last, _)) = rest.clone().nth(PAGE - 1).filter(|_| rest.count() > PAGE) {
        let _ = write!(
            answer,
            "<NextContinuationToken>{last}</NextContinuationToken>"
        );
    }
    answer.push_str("</ListBucketResult>");
    answer.into_response()
}
