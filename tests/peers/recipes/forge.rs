//! GitHub's API, simulated as far as the recipes speak it: what it holds, and every write it saw.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// The one repository, and the number by which it is known.
const REPOSITORY: &str = "meridian/people";
pub const ITSELF: u64 = 1;

/// Who comments as the workflow.
pub const SELF: &str = "github-actions[bot]";

const TOKEN: &str = "token-of-the-workflow";

/// What the forge holds.
#[derive(Debug, Default)]
pub struct Holds {
    pub pulls: BTreeMap<u64, Value>,
    pub comments: BTreeMap<u64, Vec<Value>>,
    pub labels: BTreeMap<u64, BTreeSet<String>>,
    pub runs: BTreeMap<u64, Value>,
    pub artefacts: BTreeMap<u64, Artefact>,
    pub issues: BTreeMap<u64, Value>,
    /// The history of a pull request.
    pub events: BTreeMap<u64, Vec<Value>>,
    /// Commits that a pull request brought before its last one.
    pub rebased: BTreeMap<String, u64>,
    /// Every request but for `GET`, in short.
    pub writes: Vec<String>,
    /// Answers every `GET` of a path that ends so with an outage.
    pub outage: Option<&'static str>,
}

/// What a run left.
#[derive(Clone, Debug)]
pub struct Artefact {
    pub run: u64,
    pub name: String,
    pub zip: Vec<u8>,
}

/// A forge that listens. It ends when this is dropped.
#[derive(Debug)]
pub struct Forge {
    holds: Arc<Mutex<Holds>>,
    url: String,
    _runtime: Runtime,
}

impl Forge {
    pub fn start() -> Self {
        let holds = Arc::new(Mutex::new(Holds::default()));
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        let routes = Router::new().fallback(answer);
        let routes = routes.with_state((Arc::clone(&holds), port));
        runtime.spawn(async move { axum::serve(listener, routes).await });
        Self {
            holds,
            url: format!("http://127.0.0.1:{port}"),
            _runtime: runtime,
        }
    }

    pub fn holds(&self) -> MutexGuard<'_, Holds> {
        self.holds.lock().unwrap()
    }

    /// What Actions and a workflow set for a script.
    pub fn environment(&self, command: &mut Command) {
        command
            .env("GITHUB_API_URL", &self.url)
            .env("GITHUB_SERVER_URL", "https://github.com")
            .env("GITHUB_REPOSITORY", REPOSITORY)
            .env("GITHUB_TOKEN", TOKEN)
            .env("PROVISOR_SEAL", "a seal that only the default branch has");
    }
}

impl Holds {
    /// An open pull request of the branch that is at a commit, to be merged into main.
    pub fn pull(&mut self, number: u64, head: &str) {
        let pull = json!({
            "number": number,
            "state": "open",
            "merged_at": null,
            "merge_commit_sha": null,
            "base": { "ref": "main" },
            "head": { "sha": head, "ref": branch(head), "repo": { "id": ITSELF } },
        });
        self.pulls.insert(number, pull);
    }

    /// Merges it.
    pub fn merge(&mut self, number: u64, commit: &str) {
        let pull = self.pulls.get_mut(&number).unwrap();
        pull["state"] = "closed".into();
        pull["merged_at"] = "2026-03-07T17:00:00Z".into();
        pull["merge_commit_sha"] = commit.into();
    }

    /// A completed run of the plan workflow.
    pub fn run(&mut self, id: u64, head: &str) -> &mut Value {
        let run = json!({
            "id": id,
            "run_number": id,
            "event": "pull_request",
            "path": ".github/workflows/plan.yml",
            "status": "completed",
            "created_at": "2026-03-07T16:00:00Z",
            "head_sha": head,
            "head_branch": branch(head),
            "head_repository": { "id": ITSELF },
            "repository": { "id": ITSELF },
            "html_url": format!("https://github.com/{REPOSITORY}/actions/runs/{id}"),
        });
        self.runs.insert(id, run);
        self.runs.get_mut(&id).unwrap()
    }

    /// What a run left, as files.
    pub fn leaves(&mut self, run: u64, name: &str, files: &[(&str, &[u8])]) {
        let id = self.artefacts.len() as u64 + 1;
        let artefact = Artefact {
            run,
            name: name.to_owned(),
            zip: zip(files),
        };
        self.artefacts.insert(id, artefact);
    }

    pub fn comment(&mut self, number: u64, login: &str, body: &str) {
        let id = self.comments.values().map(Vec::len).sum::<usize>() + 1;
        let comment = json!({ "id": id, "user": { "login": login }, "body": body });
        self.comments.entry(number).or_default().push(comment);
    }

    /// The comments of a pull request that the workflow wrote.
    pub fn ours(&self, number: u64) -> Vec<String> {
        let comments = self.comments.get(&number).into_iter().flatten();
        let ours = comments.filter(|comment| comment["user"]["login"] == SELF);
        let body = |comment: &Value| comment["body"].as_str().unwrap().to_owned();
        ours.map(body).collect()
    }
}

/// The branch that is at a commit.
fn branch(head: &str) -> String {
    format!("branch-of-{head}")
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    let made = Command::new("python3")
        .args(["-m", "zipfile", "-c", "artefact.zip"])
        .args(files.iter().map(|(name, _)| name))
        .current_dir(folder.path())
        .status();
    assert!(made.unwrap().success());
    std::fs::read(folder.path().join("artefact.zip")).unwrap()
}

async fn answer(
    State((holds, port)): State<(Arc<Mutex<Holds>>, u16)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut holds = holds.lock().unwrap();
    let token = headers.get(header::AUTHORIZATION);
    if let Some(id) = uri.path().strip_prefix("/store/") {
        // Another host: whoever shows it the token has given it away.
        assert!(token.is_none(), "the token went to another host");
        let artefact = &holds.artefacts[&id.parse().unwrap()];
        return artefact.zip.clone().into_response();
    }
    let known = token.is_some_and(|token| token == &format!("Bearer {TOKEN}"));
    let below = uri.path().strip_prefix(&format!("/repos/{REPOSITORY}/"));
    let (true, Some(path)) = (known, below) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    if holds.outage.is_some_and(|end| path.ends_with(end)) && method == Method::GET {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    if let Some(id) = path.strip_suffix("/zip") {
        let id = id.rsplit('/').next().unwrap();
        let there = format!("http://localhost:{port}/store/{id}");
        return (StatusCode::FOUND, [(header::LOCATION, there)]).into_response();
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let query = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let query: HashMap<String, String> = query.into_owned().collect();
    let path: Vec<&str> = path.split('/').collect();
    let found = if method == Method::GET {
        read(&holds, &path, &query)
    } else {
        holds.writes.push(format!("{method} {}", path.join("/")));
        write(&mut holds, &method, &path, &body)
    };
    match found {
        Some(found) => axum::Json(found).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn read(holds: &Holds, path: &[&str], query: &HashMap<String, String>) -> Option<Value> {
    let number = |text: &str| text.parse::<u64>().ok();
    Some(match path {
        ["actions", "runs", id] => holds.runs.get(&number(id)?)?.clone(),
        ["actions", "runs", id, "artifacts"] => {
            let run = number(id)?;
            artefacts(holds, |artefact| artefact.run == run)
        }
        ["actions", "artifacts"] => artefacts(holds, |artefact| artefact.name == query["name"]),
        ["commits", commit, "pulls"] => {
            let pulls = holds.pulls.values();
            let with = pulls.filter(|pull| {
                let rebased = holds.rebased.get(*commit).copied();
                pull["head"]["sha"] == *commit
                    || pull["merge_commit_sha"] == *commit
                    || rebased.is_some_and(|number| pull["number"] == number)
            });
            with.cloned().collect()
        }
        ["pulls"] => {
            let (owner, branch) = query["head"].split_once(':')?;
            assert_eq!((owner, query["state"].as_str()), ("meridian", "all"));
            let pulls = holds.pulls.values();
            pulls
                .filter(|pull| pull["head"]["ref"] == branch)
                .cloned()
                .collect()
        }
        ["issues", id, "timeline"] => {
            page(holds.events.get(&number(id)?).into_iter().flatten(), query)
        }
        ["pulls", id] => holds.pulls.get(&number(id)?)?.clone(),
        ["issues"] => {
            let issues = holds.issues.values();
            page(issues.filter(|issue| issue["state"] == "open"), query)
        }
        ["issues", id, "comments"] => page(
            holds.comments.get(&number(id)?).into_iter().flatten(),
            query,
        ),
        ["issues", id, "labels"] => {
            let labels = holds.labels.get(&number(id)?).into_iter().flatten();
            labels.map(|name| json!({ "name": name })).collect()
        }
        _ => return None,
    })
}

fn artefacts(holds: &Holds, wanted: impl Fn(&Artefact) -> bool) -> Value {
    let found = holds.artefacts.iter().filter(|(_, one)| wanted(one));
    let found = found.map(|(id, artefact)| {
        let run = &holds.runs[&artefact.run];
        json!({
            "id": id,
            "name": artefact.name,
            "size_in_bytes": artefact.zip.len(),
            "expired": false,
            "workflow_run": {
                "head_branch": run["head_branch"],
                "head_repository_id": run["head_repository"]["id"],
                "repository_id": run["repository"]["id"],
            },
        })
    });
    json!({ "artifacts": found.collect::<Vec<_>>() })
}

fn page<'a>(all: impl Iterator<Item = &'a Value>, query: &HashMap<String, String>) -> Value {
    let size: usize = query["per_page"].parse().unwrap();
    assert!(size <= 100, "GitHub gives no more");
    let before = (query["page"].parse::<usize>().unwrap() - 1) * size;
    all.skip(before).take(size).cloned().collect()
}

fn write(holds: &mut Holds, method: &Method, path: &[&str], body: &Value) -> Option<Value> {
    let number = |text: &str| text.parse::<u64>().ok();
    match (method.as_str(), path) {
        ("POST", ["issues", id, "comments"]) => {
            holds.comment(number(id)?, SELF, body["body"].as_str()?);
        }
        ("PATCH", ["issues", "comments", id]) => {
            let id = number(id)?;
            let mut comments = holds.comments.values_mut().flatten();
            comments.find(|comment| comment["id"] == id)?["body"] = body["body"].clone();
        }
        ("POST", ["issues", id, "labels"]) => {
            let names = body["labels"].as_array()?.iter();
            let names = names.map(|name| name.as_str().unwrap().to_owned());
            holds.labels.entry(number(id)?).or_default().extend(names);
        }
        ("DELETE", ["issues", id, "labels", name]) => {
            let name = name.replace("%2F", "/");
            holds.labels.get_mut(&number(id)?)?.remove(&name);
        }
        ("POST", ["issues"]) => {
            let id = holds.issues.len() as u64 + 100;
            let mut issue = body.clone();
            issue["number"] = id.into();
            issue["state"] = "open".into();
            issue["user"] = json!({ "login": SELF });
            holds.issues.insert(id, issue);
        }
        ("PATCH", ["issues", id]) => {
            let issue = holds.issues.get_mut(&number(id)?)?;
            for (key, value) in body.as_object()? {
                issue[key] = value.clone();
            }
        }
        ("POST", ["actions", "workflows", "drift.yml", "dispatches"]) => {}
        _ => return None,
    }
    Some(json!({}))
}
