//! The scripts for GitLab, against its API simulated as far as they speak it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use super::outcomes::git;
use super::{Named, Said, of_forge, said};

pub const TRIALS: [Named; 2] = [
    ("gitlab_keeps_one_note_of_the_newest_commit", one_note),
    ("gitlab_collects_the_plan_of_each_merge", each_merge),
];

const HEAD: &str = "1111111111111111111111111111111111111111";

/// What `GET` answers, by path, and every other request.
#[derive(Debug, Default)]
struct Holds {
    answers: BTreeMap<String, Value>,
    writes: Vec<(String, String)>,
}

struct Forge {
    holds: Arc<Mutex<Holds>>,
    url: String,
    _runtime: Runtime,
}

impl Forge {
    fn start() -> Self {
        let holds = Arc::new(Mutex::new(Holds::default()));
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new().fallback(answer);
        let routes = routes.with_state(Arc::clone(&holds));
        runtime.spawn(async move { axum::serve(listener, routes).await });
        let forge = Self {
            holds,
            url,
            _runtime: runtime,
        };
        forge.answers("user", json!({ "username": "project_1_bot" }));
        forge
    }

    fn holds(&self) -> MutexGuard<'_, Holds> {
        self.holds.lock().unwrap()
    }

    fn answers(&self, path: &str, answer: Value) {
        self.holds().answers.insert(format!("/{path}"), answer);
    }

    fn run(&self, name: &str, arguments: &[&str], folder: &Path) -> Said {
        let mut command = Command::new(of_forge("gitlab", name));
        command.args(arguments).current_dir(folder);
        command
            .env("CI_API_V4_URL", &self.url)
            .env("FORGE_TOKEN", "token");
        command
            .env("CI_PROJECT_ID", "1")
            .env("CI_DEFAULT_BRANCH", "main");
        command
            .env("CI_MERGE_REQUEST_IID", "7")
            .env("CI_COMMIT_SHA", HEAD);
        said(&mut command)
    }

    fn writes(&self) -> Vec<(String, String)> {
        std::mem::take(&mut self.holds().writes)
    }
}

async fn answer(
    State(holds): State<Arc<Mutex<Holds>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut holds = holds.lock().unwrap();
    if headers
        .get("private-token")
        .is_none_or(|token| token != "token")
    {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    if method != Method::GET {
        let body = String::from_utf8(body.to_vec()).unwrap();
        holds
            .writes
            .push((format!("{method} {}", uri.path()), body));
        return axum::Json(json!({})).into_response();
    }
    match holds.answers.get(uri.path()) {
        Some(answer) => axum::Json(answer).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn one_note() {
    let forge = Forge::start();
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("plan.md"),
        "<!-- provisor-plan -->\nREADY\n",
    )
    .unwrap();
    let note = || forge.run("note.sh", &["plan", "plan.md"], folder.path());
    let notes = "projects/1/merge_requests/7/notes";
    let by =
        |login: &str, body: &str| json!({ "id": 3, "author": { "username": login }, "body": body });

    forge.answers("projects/1/merge_requests/7", json!({ "sha": HEAD }));
    forge.answers(
        notes,
        json!([by("mallory", "<!-- provisor-plan -->\nREADY\n")]),
    );
    let said = note();
    assert_eq!(said.code, 0, "{said:?}");
    let writes = forge.writes();
    assert_eq!(writes[0].0, format!("POST /{notes}"));
    assert!(writes[0].1.contains("READY"), "{writes:?}");

    forge.answers(
        notes,
        json!([by("project_1_bot", "<!-- provisor-plan -->\nold")]),
    );
    assert_eq!(note().code, 0);
    assert_eq!(forge.writes()[0].0, format!("PUT /{notes}/3"));

    forge.answers(
        notes,
        json!([by("project_1_bot", "<!-- provisor-plan -->\nREADY\n")]),
    );
    assert_eq!(note().code, 0);
    assert_eq!(forge.writes(), [], "nothing is said twice");

    forge.answers("projects/1/merge_requests/7", json!({ "sha": "2222" }));
    let said = note();
    assert_eq!(said.code, 0);
    assert!(said.out.contains("a newer pipeline speaks"), "{said:?}");
    assert_eq!(forge.writes(), []);
}

fn each_merge() {
    let forge = Forge::start();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    git(folder, &["init", "--quiet", "."]);
    let commit = |text: &str| {
        fs::write(folder.join("people.toml"), text).unwrap();
        git(folder, &["add", "people.toml"]);
        git(folder, &["commit", "--quiet", "--message", text]);
        git(folder, &["rev-parse", "HEAD"])
    };
    let base = commit("base");
    fs::write(folder.join("covered"), base).unwrap();
    // One merged with a commit of its own, one squashed, one fast-forward without a plan, one pushed.
    for (number, kind) in [
        (7, "merge_commit_sha"),
        (8, "squash_commit_sha"),
        (9, "sha"),
    ] {
        let commit = commit(kind);
        let mut merged =
            json!({ "iid": number, "state": "merged", "target_branch": "main", "sha": HEAD });
        merged[kind] = commit.clone().into();
        forge.answers(
            &format!("projects/1/repository/commits/{commit}/merge_requests"),
            json!([{ "iid": 1, "state": "closed", "merge_commit_sha": commit }, merged]),
        );
        let of_it = |id: u64| {
            let of = format!("refs/merge-requests/{number}/head");
            json!({ "id": id, "source": "merge_request_event", "ref": of })
        };
        // The newest is one of the branch, which is not of the merge request.
        let of_branch = json!({ "id": number * 10 + 2, "source": "push", "ref": "topic" });
        let pipelines = json!([of_it(number * 10), of_it(number * 10 + 1), of_branch]);
        forge.answers(
            &format!("projects/1/merge_requests/{number}/pipelines"),
            pipelines,
        );
        let file = if number == 9 { Value::Null } else { json!({}) };
        let job = json!({ "id": number * 100, "name": "plan", "artifacts_file": file });
        let jobs = format!("projects/1/pipelines/{}/jobs", number * 10 + 1);
        forge.answers(&jobs, json!([{ "id": 1, "name": "note" }, job]));
        let plan = format!(
            "projects/1/jobs/{}/artifacts/planned/plan/plan.json",
            number * 100
        );
        forge.answers(&plan, json!({ "id": number }));
    }
    let pushed = commit("pushed");
    let path = format!("projects/1/repository/commits/{pushed}/merge_requests");
    let collect = |to: &str| forge.run("merged.sh", &["covered", to], folder);
    let collected = collect("lost");
    assert_ne!(
        collected.code, 0,
        "an outage is not the lack of a plan: {collected:?}"
    );
    forge.answers(&path, json!([]));
    let collected = collect("plans");
    assert_eq!(collected.code, 0, "{collected:?}");
    let read = |name: &str| fs::read_to_string(folder.join("plans").join(name)).unwrap();
    assert_eq!(read("0001-7.json"), "{\"id\":7}");
    assert_eq!(read("0002-8.json"), "{\"id\":8}");
    assert_eq!(read("0003-9.none"), "its last pipeline left no plan\n");
    assert!(read("0004-0.none").contains("came without a merge request"));
}
