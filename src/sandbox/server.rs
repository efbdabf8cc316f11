//! HTTP on loopback: finds the app, checks its token, applies its faults, and answers.

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::Response;
use percent_encoding::percent_decode_str;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::app::{Answer, Call, Refusal, Simulated};
use super::connection::{Cut, CuttableListener};
use super::faults::{Fate, Fates};
use super::recorder::Recorder;

/// Bodies of requests are bounded.
const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// One app as the server knows it.
pub(super) struct Served {
    /// The app's path below the server's root, without slashes at its ends.
    pub path: String,
    pub token: String,
    pub fates: Fates,
    pub app: Arc<dyn Simulated>,
    /// Where its exchanges are noted, if they are.
    pub recorder: Option<Recorder>,
}

/// Everything that connections share.
pub(super) struct Server {
    pub apps: BTreeMap<String, Served>,
    /// Holds the data folder for as long as a connection could still write to it.
    #[expect(dead_code, reason = "held, and freed when the last connection is gone")]
    pub lock: File,
}

impl Server {
    /// Serves in the background until the sender is dropped.
    pub fn serve(self, listener: TcpListener) -> oneshot::Sender<()> {
        let (stop, stopped) = oneshot::channel::<()>();
        let router = Router::new()
            .fallback(handle)
            .with_state(Arc::new(self))
            .into_make_service_with_connect_info::<Cut>();
        let serving = axum::serve(CuttableListener(listener), router)
            .with_graceful_shutdown(async { drop(stopped.await) });
        tokio::spawn(async { drop(serving.await) });
        stop
    }

    /// What an app answers, after all apps did what is due. A write is on the disk before it is
    /// answered.
    fn answer(&self, name: &str, call: &Call, refusal: Option<&Refusal<'_>>) -> Answer {
        let app = &self.apps[name].app;
        let settled = self.apps.values().try_for_each(|each| each.app.settle());
        let answer = settled.and_then(|()| {
            if let Some(refusal) = refusal {
                return Ok(app.refuse(refusal));
            }
            let answer = app.answer(call);
            if call.writes() {
                app.flush()?;
            }
            Ok(answer)
        });
        answer.unwrap_or_else(|error| {
            let detail = format!("the sandbox cannot write: {error}");
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            app.refuse(&Refusal::new(status, &detail))
        })
    }
}

async fn handle(
    State(server): State<Arc<Server>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request,
) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    let name = path.split('/').next().unwrap_or_default().to_owned();
    let Some(app) = server.apps.get(&name) else {
        return respond(Answer::empty(StatusCode::NOT_FOUND));
    };
    if !authorised(request.headers(), app) {
        let detail = "the request does not carry this app's token";
        let refusal = Refusal::new(StatusCode::UNAUTHORIZED, detail);
        return respond(app.app.refuse(&refusal));
    }
    let call = match read(app, request).await {
        Ok(call) => call,
        Err((status, detail)) => {
            return respond(app.app.refuse(&Refusal::new(status, detail)));
        }
    };
    let fate = app.fates.next(call.writes());
    if !app.fates.latency().is_zero() {
        tokio::time::sleep(app.fates.latency()).await;
    }
    let refusal = match fate {
        Fate::Refused(status, retry_after) => Some(Refusal {
            status: status.code(),
            detail: "a fault that sandbox.toml asks for",
            retry_after,
        }),
        Fate::Answered | Fate::Unheard => None,
    };
    let ignored = app.fates.ignores_writes() && call.writes() && !makes_account(&call);
    if ignored && refusal.is_none() {
        return respond(Answer::empty(StatusCode::NO_CONTENT));
    }
    let shared = Arc::clone(&server);
    let answering = move || {
        let answer = shared.answer(&name, &call, refusal.as_ref());
        if let Some(recorder) = &shared.apps[&name].recorder {
            recorder.record(&call, &answer);
        }
        answer
    };
    let answer = tokio::task::spawn_blocking(answering).await;
    if fate == Fate::Unheard {
        cut.cut();
    }
    respond(answer.unwrap_or_else(|_| Answer::empty(StatusCode::INTERNAL_SERVER_ERROR)))
}

/// True for the creation of an account: its answer holds the id, which no app makes up.
fn makes_account(call: &Call) -> bool {
    let last = call.path.last();
    call.method == Method::POST && last.is_some_and(|last| last.eq_ignore_ascii_case("users"))
}

fn authorised(headers: &HeaderMap, served: &Served) -> bool {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return false;
    };
    let Some((scheme, given)) = value.to_str().ok().and_then(|text| text.split_once(' ')) else {
        return false;
    };
    let mut schemes = served.app.schemes().iter();
    schemes.any(|taken| scheme.eq_ignore_ascii_case(taken)) && given == served.token
}

/// The request as a call below the app's URL.
async fn read(served: &Served, request: Request) -> Result<Call, (StatusCode, &'static str)> {
    let (parts, body) = request.into_parts();
    let below = parts.uri.path().trim_start_matches('/');
    let below = below
        .strip_prefix(served.path.as_str())
        .filter(|below| below.is_empty() || below.starts_with('/'))
        .ok_or((StatusCode::NOT_FOUND, "there is nothing at this address"))?;
    let decoded = |segment: &str| percent_decode_str(segment).decode_utf8_lossy().into_owned();
    let segments = below.split('/').filter(|segment| !segment.is_empty());
    let query = parts.uri.query().unwrap_or_default();
    let body = axum::body::to_bytes(body, LARGEST_BODY).await;
    Ok(Call {
        path: segments.map(decoded).collect(),
        query: url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect(),
        method: parts.method,
        headers: parts.headers,
        body: body.map_err(|_| (StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"))?,
    })
}

fn respond(answer: Answer) -> Response {
    let body = match answer.body {
        Some(value) => Body::from(Bytes::from(value.to_string())),
        None => Body::empty(),
    };
    let mut response = Response::new(body);
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}
