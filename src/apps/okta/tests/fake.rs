//! A small Okta whose every answer a test can replace.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::answers::answer;
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
        exchange: Duration::from_secs(1),
        idle: Duration::from_secs(1),
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
