//! A small SCIM server whose every answer a test can replace.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::apps::transport::Patience;
use crate::apps::{
    Context, CredentialSource, Dialect, KindScope, Options, Reader, Scope, Settings, Writer,
};
use crate::apps::{describe, open_reader, open_writer};
use crate::base::Clock;
use crate::model::change::AccountTag;

/// What the server holds.
#[derive(Debug, Default)]
pub struct State {
    pub users: Vec<Value>,
    pub groups: Vec<Value>,
}

type Hook = dyn Fn(&Request, &mut State) -> Option<ResponseTemplate> + Send + Sync;

/// The server, and what speaks to it.
pub struct Fake {
    pub server: MockServer,
    pub state: Arc<Mutex<State>>,
    pub context: Context,
    pub reader: Box<dyn Reader>,
    pub writer: Box<dyn Writer>,
}

impl Fake {
    /// A server that does all as it should.
    pub async fn good(state: State) -> Self {
        Self::odd(state, |_, _| None).await
    }

    /// A good server that is spoken to in a dialect.
    pub async fn speaking(dialect: Arc<Dialect>, state: State) -> Self {
        let options = Options {
            dialect: Some(dialect),
            ..Options::default()
        };
        Self::with(options, state, |_, _| None).await
    }

    /// A server whose answers a hook may replace.
    pub async fn odd(
        state: State,
        hook: impl Fn(&Request, &mut State) -> Option<ResponseTemplate> + Send + Sync + 'static,
    ) -> Self {
        Self::with(Options::default(), state, hook).await
    }

    /// A server whose answers a hook may replace, spoken to with options.
    pub async fn with(
        options: Options,
        state: State,
        hook: impl Fn(&Request, &mut State) -> Option<ResponseTemplate> + Send + Sync + 'static,
    ) -> Self {
        let server = MockServer::start().await;
        let state = Arc::new(Mutex::new(state));
        let (shared, hook): (_, Box<Hook>) = (state.clone(), Box::new(hook));
        let respond = move |request: &Request| {
            let mut state = shared.lock().unwrap();
            hook(request, &mut state).unwrap_or_else(|| answer(request, &mut state))
        };
        Mock::given(any())
            .respond_with(respond)
            .mount(&server)
            .await;
        let description = describe("scim", &options).unwrap();
        let settings = Settings {
            options,
            ..settings(&server.uri())
        };
        let context = context();
        Self {
            reader: open_reader(&settings, &description, &context).unwrap(),
            writer: open_writer(&settings, &description, &context).unwrap(),
            server,
            state,
            context,
        }
    }

    /// What was sent to change something: method, path and body.
    pub async fn writes(&self) -> Vec<(String, String, Value)> {
        let received = self.server.received_requests().await.unwrap();
        let writes = received
            .iter()
            .filter(|request| request.method.as_str() != "GET");
        let short = |request: &Request| {
            let body = request.body_json().unwrap_or(Value::Null);
            (
                request.method.to_string(),
                request.url.path().to_owned(),
                body,
            )
        };
        writes.map(short).collect()
    }

    /// How many requests of a method came for a path that begins so.
    pub fn calls(&self, method: &str, path: &str) -> usize {
        let calls = self.context.calls().drain();
        let of = |call: &&crate::apps::transport::Call| {
            call.method == method && call.path.raw().starts_with(path)
        };
        calls.iter().filter(of).count()
    }
}

/// The settings of an app at an address.
pub fn settings(url: &str) -> Settings {
    let token = CredentialSource::Fixed(SecretString::from("token"));
    Settings {
        app: "crm".into(),
        kind: "scim".to_owned(),
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
        longest: Duration::from_millis(1),
        total: Duration::from_secs(5),
        exchange: Duration::from_secs(1),
        idle: Duration::from_secs(1),
    };
    Context::with_patience(Clock::running(), patience)
}

pub fn user(number: usize) -> Value {
    json!({"id": format!("u{number}"), "userName": format!("user{number}@x.example"), "active": true})
}

pub fn users(count: usize) -> Vec<Value> {
    (1..=count).map(user).collect()
}

pub fn group(id: &str, name: &str, members: &[&str]) -> Value {
    let members: Value = members.iter().map(|id| json!({"value": id})).collect();
    json!({"id": id, "displayName": name, "members": members})
}

pub fn tag(id: &str) -> AccountTag {
    AccountTag {
        vendor_id: id.into(),
        login: id.into(),
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

pub fn parameter(request: &Request, name: &str) -> Option<String> {
    let mut pairs = request.url.query_pairs();
    pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
}

pub fn ok(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

pub fn error(status: u16, scim_type: &str) -> ResponseTemplate {
    let body = json!({"status": status, "scimType": scim_type, "detail": "no"});
    ResponseTemplate::new(status).set_body_json(body)
}

/// What a good server answers.
pub fn answer(request: &Request, state: &mut State) -> ResponseTemplate {
    let segments: Vec<&str> = request.url.path_segments().unwrap().collect();
    let resources = match segments[0] {
        "Users" => &mut state.users,
        "Groups" => &mut state.groups,
        _ => return error(404, ""),
    };
    if let (Some(id), "DELETE") = (segments.get(1), request.method.as_str()) {
        let before = resources.len();
        resources.retain(|resource| resource["id"] != *id);
        let status = if resources.len() < before { 204 } else { 404 };
        return ResponseTemplate::new(status);
    }
    let Some(id) = segments.get(1) else {
        if request.method.as_str() == "POST" {
            return create(request, resources);
        }
        return list(request, resources);
    };
    let Some(resource) = resources.iter_mut().find(|resource| resource["id"] == *id) else {
        return error(404, "");
    };
    match request.method.as_str() {
        "PUT" => *resource = request.body_json().unwrap(),
        "PATCH" => {
            let body: Value = request.body_json().unwrap();
            for operation in body["Operations"].as_array().unwrap() {
                patch(resource, operation);
            }
            return ResponseTemplate::new(204);
        }
        _ => {}
    }
    ok(resource)
}

fn create(request: &Request, resources: &mut Vec<Value>) -> ResponseTemplate {
    let mut resource: Value = request.body_json().unwrap();
    let taken = |other: &Value| other["userName"] == resource["userName"];
    if resources.iter().any(taken) {
        return error(409, "uniqueness");
    }
    resource["id"] = json!(format!("u{}", resources.len() + 1));
    resources.push(resource.clone());
    ResponseTemplate::new(201).set_body_json(resource)
}

fn list(request: &Request, resources: &[Value]) -> ResponseTemplate {
    let filter = parameter(request, "filter");
    let matching: Vec<&Value> = resources
        .iter()
        .filter(|resource| {
            let login = format!("userName eq {}", resource["userName"]);
            let email = format!("emails.value eq {}", resource["emails"][0]["value"]);
            let wanted = |filter: &String| *filter == login || *filter == email;
            filter.as_ref().is_none_or(wanted)
        })
        .collect();
    let number =
        |name, default| parameter(request, name).map_or(default, |text| text.parse().unwrap());
    let page: Vec<&Value> = matching
        .iter()
        .skip(number("startIndex", 1) - 1)
        .take(number("count", 100))
        .copied()
        .collect();
    ok(&json!({"totalResults": matching.len(), "Resources": page}))
}

fn patch(resource: &mut Value, operation: &Value) {
    let value = &operation["value"];
    let members = value.get("members").unwrap_or(value);
    match (
        operation["op"].as_str().unwrap(),
        operation["path"].as_str(),
    ) {
        ("add", Some("members")) => {
            let listed = resource["members"].as_array_mut().unwrap();
            listed.extend(members.as_array().unwrap().iter().cloned());
        }
        ("remove", Some("members")) => {
            let listed = resource["members"].as_array_mut().unwrap();
            let gone = members.as_array().unwrap();
            listed.retain(|member| !gone.contains(member));
        }
        ("remove", Some(path)) if path.starts_with("members[") => {
            let id = path.split('"').nth(1).unwrap();
            let members = resource["members"].as_array_mut().unwrap();
            members.retain(|member| member["value"] != id);
        }
        ("replace", Some(path)) => match path.rsplit_once(':') {
            Some((urn, path)) => resource[urn][path] = value.clone(),
            None => resource[path] = value.clone(),
        },
        ("remove", Some(path)) => match path.rsplit_once(':') {
            Some((urn, path)) => resource[urn][path] = Value::Null,
            None => resource[path] = Value::Null,
        },
        ("replace", None) => {
            for (key, value) in value.as_object().unwrap() {
                resource[key] = value.clone();
            }
        }
        _ => {}
    }
}
