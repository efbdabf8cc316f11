//! A small Okta whose every answer a test can replace. It answers pages of two.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::specification::specification;
use crate::apps::transport::{Call, Patience};
use crate::apps::{
    Context, CredentialSource, KindScope, Options, Reader, Scope, Settings, Writer, describe,
    open_reader, open_writer,
};
use crate::apps::{Value as Entitlement, Written};
use crate::base::Clock;
use crate::model::app::KindIndex;
use crate::model::change::{AccountTag, NewAccount};
use crate::model::failure::FailureKind;
use crate::model::outcome::Outcome;

const PAGE: usize = 2;

/// What the organisation holds.
#[derive(Debug, Default)]
pub struct State {
    pub users: Vec<Value>,
    pub groups: Vec<Value>,
    /// By group.
    pub members: BTreeMap<String, BTreeSet<String>>,
    /// By group.
    pub apps: BTreeMap<String, Vec<Value>>,
    pub rules: Vec<Value>,
    /// So many looks at a user show what Okta is still at work on.
    pub slowness: usize,
    /// The looks that are left, by user.
    pub at_work: BTreeMap<String, usize>,
    /// Where it is.
    pub url: String,
    /// Requests that break Okta's specification.
    pub wrong: Vec<String>,
}

type Hook = dyn Fn(&Request, &mut State) -> Option<ResponseTemplate> + Send + Sync;

/// The organisation, and what speaks to it.
pub struct Fake {
    pub server: MockServer,
    pub state: Arc<Mutex<State>>,
    pub context: Context,
    pub reader: Box<dyn Reader>,
    pub writer: Box<dyn Writer>,
}

impl Fake {
    /// One that does all as it should.
    pub async fn good(state: State) -> Self {
        Self::odd(state, |_, _| None).await
    }

    /// One whose answers a hook may replace.
    pub async fn odd(
        state: State,
        hook: impl Fn(&Request, &mut State) -> Option<ResponseTemplate> + Send + Sync + 'static,
    ) -> Self {
        Self::configured(state, |_| (), hook).await
    }

    /// One that the files configure in another way.
    pub async fn configured(
        mut state: State,
        configure: impl FnOnce(&mut Settings),
        hook: impl Fn(&Request, &mut State) -> Option<ResponseTemplate> + Send + Sync + 'static,
    ) -> Self {
        let server = MockServer::start().await;
        state.url = server.uri();
        let state = Arc::new(Mutex::new(state));
        let (shared, hook): (_, Box<Hook>) = (state.clone(), Box::new(hook));
        let respond = move |request: &Request| {
            let mut state = shared.lock().unwrap();
            let of_the_api = request.url.path().starts_with("/api/");
            if let Some(specification) = specification().filter(|_| of_the_api) {
                let wrong = specification.judge(request);
                state.wrong.extend(wrong);
            }
            hook(request, &mut state).unwrap_or_else(|| answer(request, &mut state))
        };
        Mock::given(any())
            .respond_with(respond)
            .mount(&server)
            .await;
        let (mut settings, context) = (settings(&server.uri()), context());
        configure(&mut settings);
        let description = describe("okta", &settings.options).unwrap();
        Self {
            reader: open_reader(&settings, &description, &context).unwrap(),
            writer: open_writer(&settings, &description, &context).unwrap(),
            server,
            state,
            context,
        }
    }

    /// One where a leaver's account is deactivated, or suspended.
    pub async fn leaving(state: State, way: &str) -> Self {
        let way = Some(way.to_owned());
        let choose = |settings: &mut Settings| settings.options.leaving = way;
        Self::configured(state, choose, |_, _| None).await
    }

    /// The requests since this was last asked: `POST /api/v1/users?activate`.
    pub fn calls(&self) -> Vec<String> {
        let calls = self.context.calls().drain();
        let line = |call: &Call| format!("{} {}", call.method, call.path.raw());
        calls.iter().map(line).collect()
    }

    pub fn user(&self, id: &str) -> Value {
        let state = self.state.lock().unwrap();
        let found = state.users.iter().find(|user| user["id"] == id);
        found.cloned().unwrap_or_default()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let state = self.state.lock().unwrap();
            assert!(
                state.wrong.is_empty(),
                "by Okta's specification: {:?}",
                state.wrong
            );
        }
    }
}

/// The settings of an organisation at an address.
pub fn settings(url: &str) -> Settings {
    let token = CredentialSource::Fixed(SecretString::from("00token"));
    Settings {
        app: "okta".into(),
        kind: "okta".to_owned(),
        url: url.parse().unwrap(),
        credentials: [("token".to_owned(), token)].into(),
        options: Options::default(),
    }
}

/// A context with little patience.
pub fn context() -> Context {
    let patience = Patience {
        tries: 2,
        first: Duration::from_millis(1),
        longest: Duration::from_millis(10),
        total: Duration::from_millis(500),
        exchange: Duration::from_millis(300),
    };
    Context::with_patience(Clock::running(), patience)
}

pub fn user(id: &str, status: &str) -> Value {
    json!({
        "id": id,
        "status": status,
        "profile": {
            "login": format!("{id}@x.example"),
            "email": format!("{id}@x.example"),
            "employeeNumber": format!("hr-{id}"),
            "title": null,
        },
    })
}

pub fn group(id: &str, name: &str) -> Value {
    json!({"id": id, "type": "OKTA_GROUP", "profile": {"name": name}})
}

pub fn tag(id: &str) -> AccountTag {
    AccountTag {
        vendor_id: id.into(),
        login: id.into(),
    }
}

pub fn in_group(name: &str) -> Entitlement {
    Entitlement {
        kind: KindIndex(0),
        name: name.to_owned(),
        level: None,
    }
}

pub fn naming(groups: &[&str]) -> Scope {
    let named = groups.iter().map(|name| (*name).to_owned()).collect();
    Scope {
        kinds: vec![KindScope {
            named,
            ..KindScope::default()
        }],
    }
}

pub fn emma() -> NewAccount {
    let text = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    NewAccount {
        login: "emma@x.example".to_owned(),
        email: "emma@x.example".to_owned(),
        hr_id: Some("1042".to_owned()),
        attributes: [text("given_name", "Emma"), text("cost_centre", "4410")].into(),
    }
}

pub fn failure_kind(written: &Written) -> Option<FailureKind> {
    match &written.outcome {
        Outcome::Failed { failure } => Some(failure.kind),
        _ => None,
    }
}

pub fn is_done(written: &Written) -> bool {
    matches!(written.outcome, Outcome::Done { .. })
}

pub fn is_already_so(written: &Written) -> bool {
    matches!(written.outcome, Outcome::AlreadySo { .. })
}

pub fn is_unknown(written: &Written) -> bool {
    matches!(written.outcome, Outcome::Unknown { .. })
}

/// The id of what was made, or was there.
pub fn made(written: &Written) -> Option<&str> {
    match &written.outcome {
        Outcome::Done { vendor_id } | Outcome::AlreadySo { vendor_id } => {
            vendor_id.as_ref().map(crate::base::Foreign::raw)
        }
        _ => None,
    }
}

pub fn parameter(request: &Request, name: &str) -> Option<String> {
    let mut pairs = request.url.query_pairs();
    pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
}

pub fn ok(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

pub fn error(status: u16, code: &str, cause: &str) -> ResponseTemplate {
    let causes = json!([{"errorSummary": cause}]);
    let body = json!({"errorCode": code, "errorSummary": "no", "errorCauses": causes});
    ResponseTemplate::new(status).set_body_json(body)
}

/// One page of a list, and where the next one is.
fn page(request: &Request, state: &State, records: &[&Value]) -> ResponseTemplate {
    let start: usize = parameter(request, "after").map_or(0, |after| after.parse().unwrap());
    let page: Vec<_> = records.iter().skip(start).take(PAGE).collect();
    let answer = ResponseTemplate::new(200).set_body_json(page);
    if start + PAGE >= records.len() {
        return answer;
    }
    let mut next = request.url.clone();
    let others: Vec<_> = request
        .url
        .query_pairs()
        .filter(|(name, _)| name != "after")
        .collect();
    next.query_pairs_mut()
        .clear()
        .extend_pairs(others)
        .append_pair("after", &(start + PAGE).to_string());
    let (path, query) = (next.path(), next.query().unwrap());
    let link = format!("<{}{path}?{query}>; rel=\"next\"", state.url);
    let own = format!("<{}>; rel=\"self\"", state.url);
    answer
        .append_header("link", own)
        .append_header("link", link)
}

/// What a good Okta answers.
pub fn answer(request: &Request, state: &mut State) -> ResponseTemplate {
    let path = request.url.path().to_owned();
    let segments: Vec<&str> = path.trim_start_matches("/api/v1/").split('/').collect();
    let not_found = || error(404, "E0000007", "not found");
    match (request.method.as_str(), &segments[..]) {
        ("GET", ["users"]) => list_users(request, state),
        ("POST", ["users"]) => create(request, state),
        ("GET", ["users", id]) => look(id, state),
        ("POST", ["users", id]) => update(id, request, state),
        ("GET", ["users", id, "groups"]) => {
            let member = |group: &&Value| {
                let members = &state.members[group["id"].as_str().unwrap()];
                members.contains(*id)
            };
            // The one list that has no pages.
            ok(&state.groups.iter().filter(member).cloned().collect())
        }
        ("POST", ["users", id, "lifecycle", verb]) => turn(id, verb, state),
        ("DELETE", ["users", _, "sessions"]) => ResponseTemplate::new(204),
        ("GET", ["groups"]) => {
            let groups: Vec<_> = state.groups.iter().collect();
            page(request, state, &groups)
        }
        ("GET", ["groups", "rules"]) => {
            let rules: Vec<_> = state.rules.iter().collect();
            page(request, state, &rules)
        }
        ("GET", ["groups", id, "users"]) => {
            let members = state.members.get(*id).cloned().unwrap_or_default();
            let member = |user: &&Value| members.contains(user["id"].as_str().unwrap());
            let users: Vec<_> = state.users.iter().filter(member).collect();
            page(request, state, &users)
        }
        ("GET", ["groups", id, "apps"]) => {
            let apps = state.apps.get(*id).map_or(&[][..], Vec::as_slice);
            page(request, state, &apps.iter().collect::<Vec<_>>())
        }
        ("PUT", ["groups", group, "users", id]) => {
            let members = state.members.entry((*group).to_owned()).or_default();
            members.insert((*id).to_owned());
            ResponseTemplate::new(204)
        }
        ("DELETE", ["groups", group, "users", id]) => {
            if let Some(members) = state.members.get_mut(*group) {
                members.remove(*id);
            }
            ResponseTemplate::new(204)
        }
        _ => not_found(),
    }
}

fn list_users(request: &Request, state: &State) -> ResponseTemplate {
    let equals = |name: &str, value: &Value| format!("{name} eq {value}");
    let filter = parameter(request, "filter");
    let search = parameter(request, "search").map(|search| search.to_lowercase());
    let wanted = |user: &&Value| {
        let profile = &user["profile"];
        let terms = [
            equals("status", &user["status"]),
            equals("profile.login", &profile["login"]),
            equals("profile.email", &profile["email"]),
        ];
        let says = |expression: &str, term: &str| {
            let rest = expression.strip_prefix(term);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(" or "))
                || expression.ends_with(&format!(" or {term}"))
        };
        match (&filter, &search) {
            (Some(filter), _) => terms.iter().any(|term| says(filter, term)),
            (_, Some(search)) => terms.iter().any(|term| says(search, &term.to_lowercase())),
            _ => user["status"] != "DEPROVISIONED",
        }
    };
    let users: Vec<_> = state.users.iter().filter(wanted).collect();
    page(request, state, &users)
}

fn create(request: &Request, state: &mut State) -> ResponseTemplate {
    let body: Value = request.body_json().unwrap();
    let groups: Vec<String> = serde_json::from_value(body["groupIds"].clone()).unwrap_or_default();
    if groups.len() > 20 {
        return error(400, "E0000093", "too many");
    }
    let login = &body["profile"]["login"];
    if state
        .users
        .iter()
        .any(|user| user["profile"]["login"] == *login)
    {
        let cause = "login: An object with this field already exists in the current organization";
        return error(400, "E0000001", cause);
    }
    let id = format!("00u{}", state.users.len() + 1);
    let activate = parameter(request, "activate").is_none_or(|activate| activate == "true");
    let mut made = json!({"id": id, "status": "STAGED", "profile": body["profile"]});
    state.users.push(made.clone());
    for group in groups {
        state.members.entry(group).or_default().insert(id.clone());
    }
    if activate {
        begin(&id, "PROVISIONED", state);
        made = state.users.last().unwrap().clone();
    }
    ok(&made)
}

/// Okta begins to change a status; so many looks later it has.
fn begin(id: &str, status: &str, state: &mut State) {
    let slowness = state.slowness;
    let user = state
        .users
        .iter_mut()
        .find(|user| user["id"] == id)
        .unwrap();
    if slowness == 0 {
        user["status"] = json!(status);
    } else {
        user["transitioningToStatus"] = json!(status);
        state.at_work.insert(id.to_owned(), slowness);
    }
}

fn look(id: &str, state: &mut State) -> ResponseTemplate {
    let Some(user) = state.users.iter_mut().find(|user| user["id"] == id) else {
        return error(404, "E0000007", "not found");
    };
    let shown = user.clone();
    if let Some(left) = state.at_work.get_mut(id) {
        *left -= 1;
        if *left == 0 {
            state.at_work.remove(id);
            user["status"] = user["transitioningToStatus"].take();
        }
    }
    ok(&shown)
}

fn update(id: &str, request: &Request, state: &mut State) -> ResponseTemplate {
    let Some(user) = state.users.iter_mut().find(|user| user["id"] == id) else {
        return error(404, "E0000007", "not found");
    };
    let body: Value = request.body_json().unwrap();
    for (name, value) in body["profile"].as_object().unwrap() {
        user["profile"][name] = value.clone();
    }
    ok(user)
}

/// The lifecycle, as strict as Okta's.
fn turn(id: &str, verb: &str, state: &mut State) -> ResponseTemplate {
    let Some(user) = state.users.iter().find(|user| user["id"] == id) else {
        return error(404, "E0000007", "not found");
    };
    let status = user["status"].as_str().unwrap().to_owned();
    if state.at_work.contains_key(id) {
        return error(409, "E0000112", "still being activated");
    }
    let becomes = match (verb, status.as_str()) {
        ("activate", "STAGED" | "DEPROVISIONED") => "PROVISIONED",
        ("suspend", "ACTIVE") => "SUSPENDED",
        ("unsuspend", "SUSPENDED") => "ACTIVE",
        ("deactivate", status) if status != "DEPROVISIONED" => "DEPROVISIONED",
        _ => return error(403, "E0000038", "not allowed in the user's current status"),
    };
    let slow = matches!(verb, "activate" | "deactivate");
    let slowness = if slow { state.slowness } else { 0 };
    let slowness = std::mem::replace(&mut state.slowness, slowness);
    begin(id, becomes, state);
    state.slowness = slowness;
    ResponseTemplate::new(200)
}
