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
use super::damage::{self, Pages};
use super::fates::{Fate, Fates};
use super::faults::Fault;
use super::recorder::Recorder;

/// Bodies of requests are bounded.
const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// One app as the server knows it.
pub(super) struct Served {
    /// The app's path below the server's root, without slashes at its ends.
    pub path: String,
    pub token: String,
    pub fates: Fates,
    pub pages: Pages,
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

    /// What an app answers, after all apps did what is due; none where a fault keeps the call from
    /// it and answers otherwise. A write is on the disk before it is answered.
    fn answer(&self, name: &str, call: &Call, fate: Fate) -> Option<Answer> {
        let served = &self.apps[name];
        let app = &served.app;
        let settled = self.apps.values().try_for_each(|each| each.app.settle());
        let answer = settled.and_then(|()| {
            let answer = fate.is_heard().then(|| app.answer(call));
            if call.writes() && answer.is_some() {
                app.flush()?;
            }
            if fate == Fate::Struck(Fault::NoSeats, false) {
                return Ok(app.no_seat());
            }
            Ok(match fate.refusal() {
                Some(refusal) => Some(app.refuse(&refusal)),
                None => answer,
            })
        });
        let mut answer = answer.unwrap_or_else(|error| {
            let detail = format!("the sandbox cannot write: {error}");
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            Some(app.refuse(&Refusal::new(status, &detail)))
        })?;
        served.pages.pass(call, &mut answer, fate.fault());
        if let Some(recorder) = &served.recorder {
            recorder.record(call, &answer);
        }
        Some(answer)
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
        return respond(Answer::empty(StatusCode::NOT_FOUND), None);
    };
    if !authorised(request.headers(), app) {
        let detail = "the request does not carry this app's token";
        let refusal = Refusal::new(StatusCode::UNAUTHORIZED, detail);
        return respond(app.app.refuse(&refusal), None);
    }
    let call = match read(app, request).await {
        Ok(call) => call,
        Err((status, detail)) => {
            return respond(app.app.refuse(&Refusal::new(status, detail)), None);
        }
    };
    let fate = app.fates.next(&call);
    if !app.fates.latency().is_zero() {
        tokio::time::sleep(app.fates.latency()).await;
    }
    let ignored = app.fates.ignores_writes() && call.writes() && !makes_account(&call);
    if ignored && fate == Fate::Answered {
        return respond(Answer::empty(StatusCode::NO_CONTENT), None);
    }
    let shared = Arc::clone(&server);
    let answering = move || shared.answer(&name, &call, fate);
    let answer = tokio::task::spawn_blocking(answering).await;
    let broken = || Some(Answer::empty(StatusCode::INTERNAL_SERVER_ERROR));
    let answer = answer.unwrap_or_else(|_| broken());
    match fate.fault() {
        Some(Fault::HangUp) => cut.close(),
        Some(Fault::Reset) => cut.reset(),
        _ => {}
    }
    match (answer, fate.fault()) {
        (None, _) | (_, Some(Fault::Html)) => damage::web_page(),
        (Some(answer), fault) => respond(answer, fault),
    }
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

fn respond(answer: Answer, fault: Option<Fault>) -> Response {
    let whole = answer.body.map(|value| Bytes::from(value.to_string()));
    let whole = whole.unwrap_or_default();
    let mut response = match fault {
        Some(Fault::CutBody) => Response::new(damage::cut_body(&whole)),
        Some(Fault::CutConnection) if !whole.is_empty() => damage::cut_connection(&whole),
        _ => Response::new(Body::from(whole)),
    };
    *response.status_mut() = answer.status;
    response.headers_mut().extend(answer.headers);
    response
}
