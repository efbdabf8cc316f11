use axum::http::{HeaderMap, HeaderValue};
use bytes::Bytes;
use tempfile::TempDir;

use super::*;
use crate::base::FileId;
use crate::sandbox::scim::{Dialect, Scim};
use crate::sandbox::spec::Spec;

const SPEC: &str = r#"
clock = 2026-03-07T09:22:00-08:00
[apps.okta]
groups = ["Everyone", "app-salesforce", "Staff", "Imported"]
imported_groups = ["Imported"]
assigns = [{ group = "app-salesforce", app = "salesforce", label = "Salesforce" }]
rules = [{ name = "Staff", group = "Staff", expression = "user.department==\"x\"" }]
DELAYS
[[apps.okta.users]]
user_name = "ana@x.example"
given = "Ana"
family = "Lee"
external_id = "7"
groups = ["app-salesforce"]
[[apps.okta.users]]
user_name = "bo@x.example"
given = "Bo"
family = "Orr"
[[apps.okta.users]]
user_name = "gone@x.example"
status = "deprovisioned"
[[apps.salesforce.users]]
user_name = "ana@x.example"
"#;

/// An organisation, and the app that it gives.
struct Fixture {
    okta: Okta,
    salesforce: Arc<Scim>,
    spec: String,
    folder: TempDir,
}

impl Fixture {
    fn new(delays: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::open(SPEC.replace("DELAYS", delays), folder)
    }

    fn open(spec: String, folder: TempDir) -> Self {
        let parsed = Spec::parse(&spec, FileId(0)).unwrap();
        let clock = Clock::frozen(parsed.clock);
        let log = |name: &str| folder.path().join(name);
        let salesforce = Scim::open(
            &log("salesforce"),
            "salesforce",
            Dialect::named(None, false),
            "http://127.0.0.1:1/salesforce/scim/v2".to_owned(),
            &parsed.apps["salesforce"],
            clock,
        );
        let salesforce = Arc::new(salesforce.unwrap());
        let target: Arc<dyn Target> = Arc::clone(&salesforce) as _;
        let okta = Okta::open(
            &log("okta"),
            "okta",
            "http://127.0.0.1:1/okta".to_owned(),
            &parsed.apps["okta"],
            clock,
            Targets::from([("salesforce".to_owned(), target)]),
        );
        Self {
            okta: okta.unwrap(),
            salesforce,
            spec,
            folder,
        }
    }

    /// A new process on the same data.
    fn restarted(self) -> Self {
        let Self { spec, folder, .. } = self;
        Self::open(spec, folder)
    }

    fn send(&self, app: &dyn Simulated, method: Method, path: &str, body: &Value) -> Answer {
        self.okta.settle().unwrap();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("1"));
        app.answer(&Call {
            method,
            path: path.split('/').map(str::to_owned).collect(),
            query: url::form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            headers,
            body: match body {
                Value::Null => Bytes::new(),
                body => Bytes::from(body.to_string()),
            },
        })
    }

    /// Status and body.
    fn call(&self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        let path = format!("api/v1/{path}");
        let answer = self.send(&self.okta, method, &path, body);
        (answer.status.as_u16(), answer.body.unwrap_or_default())
    }

    fn get(&self, path: &str) -> Value {
        let (status, body) = self.call(Method::GET, path, &Value::Null);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    fn post(&self, path: &str) -> u16 {
        self.call(Method::POST, path, &Value::Null).0
    }

    /// Status and error code.
    fn refused(&self, method: Method, path: &str, body: &Value) -> (u16, String) {
        let (status, body) = self.call(method, path, body);
        (status, body["errorCode"].as_str().unwrap().to_owned())
    }

    fn group(&self, name: &str) -> String {
        let groups = self.get(&format!("groups?q={name}"));
        groups[0]["id"].as_str().unwrap().to_owned()
    }

    fn joins(&self, method: Method, login: &str) {
        let user = self.get(&format!("users/{login}"))["id"].clone();
        let group = self.group("app-salesforce");
        let path = format!("groups/{group}/users/{}", user.as_str().unwrap());
        assert_eq!(self.call(method, &path, &Value::Null).0, 204);
    }

    /// The account in the app that the organisation gives: whether it is open, and its HR id there.
    fn account(&self, login: &str) -> Option<(bool, Value)> {
        let path = format!("Users?filter=userName eq \"{login}\"");
        let found = self.send(&*self.salesforce, Method::GET, &path, &Value::Null);
        let found = found.body.unwrap()["Resources"][0].clone();
        Some((found["active"].as_bool()?, found["externalId"].clone()))
    }

    /// `status` of the assignment to the app.
    fn assignment(&self, login: &str) -> Option<String> {
        let app = self.get("apps")[0]["id"].as_str().unwrap().to_owned();
        let path = format!("apps/{app}/users/{login}");
        let (status, body) = self.call(Method::GET, &path, &Value::Null);
        (status == 200).then(|| body["status"].as_str().unwrap().to_owned())
    }

    fn create(&self, query: &str, login: &str, more: &Value) -> (u16, Value) {
        let mut body = json!({ "profile": {
            "login": login, "email": login, "firstName": "C", "lastName": "D",
        } });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        self.call(Method::POST, &format!("users{query}"), &body)
    }
}

fn words(of: &Value, name: &str) -> Vec<String> {
    let items = of.as_array().unwrap().iter();
    let mut words: Vec<String> = items
        .map(|item| item[name].as_str().unwrap_or_default().to_owned())
        .collect();
    words.sort();
    words
}

#[test]
fn a_list_hides_the_deactivated_unless_it_is_asked_for() {
    let org = Fixture::new("");
    assert_eq!(words(&org.get("users"), "status"), ["ACTIVE", "ACTIVE"]);
    let gone = org.get("users?filter=status eq \"DEPROVISIONED\"");
    assert_eq!(words(&gone, "status"), ["DEPROVISIONED"]);
    let all = org.get("users?search=status pr");
    assert_eq!(words(&all, "status"), ["ACTIVE", "ACTIVE", "DEPROVISIONED"]);
    let (status, code) = org.refused(Method::GET, "users?filter=status pr", &Value::Null);
    assert_eq!((status, code.as_str()), (400, "E0000031"));
}

#[test]
fn pages_lead_on_by_link_and_repeat_nobody() {
    let org = Fixture::new("");
    let mut path = "api/v1/users?search=status pr&limit=2".to_owned();
    let mut seen = Vec::new();
    let mut pages = 0;
    loop {
        let answer = org.send(&org.okta, Method::GET, &path, &Value::Null);
        seen.extend(words(&answer.body.unwrap(), "id"));
        pages += 1;
        let links = answer.headers.get_all(header::LINK).iter();
        let mut links = links.map(|link| link.to_str().unwrap());
        let Some(next) = links.find(|link| link.ends_with("rel=\"next\"")) else {
            break;
        };
        let start = "<http://127.0.0.1:1/okta/";
        path = next
            .strip_prefix(start)
            .unwrap()
            .replace(">; rel=\"next\"", "");
    }
    let before = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((before, seen.len(), pages), (3, 3, 2));
}

#[test]
fn a_created_user_is_on_its_way_and_arrives_where_its_password_leads() {
    let org = Fixture::new("");
    let password = json!({ "credentials": { "password": { "value": "x" } } });
    for (query, more, shown, arrived) in [
        ("", json!({}), json!("PROVISIONED"), "PROVISIONED"),
        ("?activate=true", password, json!("ACTIVE"), "ACTIVE"),
        ("?activate=false", json!({}), Value::Null, "STAGED"),
    ] {
        let login = format!("{}@x.example", arrived.to_lowercase());
        let (status, user) = org.create(query, &login, &more);
        assert_eq!((status, &user["status"]), (200, &json!("STAGED")));
        assert_eq!(user["transitioningToStatus"], shown);
        let user = org.get(&format!("users/{login}"));
        assert_eq!(user["status"], arrived);
        assert!(user.get("transitioningToStatus").is_none());
    }
}

#[test]
fn what_a_create_may_not_say_is_refused_by_its_code() {
    let org = Fixture::new("");
    let (status, body) = org.create("", "ANA@x.example", &json!({}));
    assert_eq!((status, &body["errorCode"]), (400, &json!("E0000001")));
    let cause = body["errorCauses"][0]["errorSummary"].as_str().unwrap();
    assert!(cause.starts_with("login: An object with this field already exists"));
    let groups = vec!["x"; 21];
    let (status, body) = org.create("", "c@x.example", &json!({ "groupIds": groups }));
    assert_eq!((status, &body["errorCode"]), (400, &json!("E0000093")));
    let profile = json!({ "profile": { "login": "c@x.example", "shoe": "9" } });
    let refused = org.refused(Method::POST, "users", &profile);
    assert_eq!(refused, (400, "E0000001".to_owned()));
}

#[test]
fn each_step_of_the_lifecycle_needs_its_status() {
    let org = Fixture::new("lifecycle_delay = \"1h\"");
    let step = |step: &str| {
        let path = format!("users/bo@x.example/lifecycle/{step}");
        let (status, body) = org.call(Method::POST, &path, &Value::Null);
        (
            status,
            body["errorCode"].as_str().unwrap_or_default().to_owned(),
        )
    };
    let refused = |status: u16, code: &str| (status, code.to_owned());
    let done = || (200, String::new());
    assert_eq!(step("activate"), refused(403, "E0000016"));
    assert_eq!(step("reactivate"), refused(403, "E0000038"));
    assert_eq!(step("unsuspend"), refused(400, "E0000028"));
    assert_eq!(step("suspend"), done());
    assert_eq!(step("suspend"), refused(400, "E0000028"));
    assert_eq!(step("unlock"), refused(403, "E0000038"));
    assert_eq!(step("unsuspend"), done());
    assert_eq!(step("deactivate"), done());
    assert_eq!(step("deactivate"), refused(409, "E0000112"), "under way");
    let org = org.restarted();
    let bo = org.get("users/bo@x.example");
    assert_eq!(bo["status"], "DEPROVISIONED", "done at the next start");
    let change = json!({ "profile": { "title": "x" } });
    let refused = org.refused(Method::POST, "users/bo@x.example", &change);
    assert_eq!(refused, (403, "E0000038".to_owned()));
    assert_eq!(org.post("users/bo@x.example/lifecycle/activate"), 200);
}

#[test]
fn nobody_joins_a_group_that_another_fills() {
    let org = Fixture::new("");
    let bo = org.get("users/bo@x.example")["id"].clone();
    for name in ["Everyone", "Imported"] {
        let group = org.group(name);
        for method in [Method::PUT, Method::DELETE] {
            let path = format!("groups/{group}/users/{}", bo.as_str().unwrap());
            let refused = org.refused(method, &path, &Value::Null);
            assert_eq!(refused, (403, "E0000006".to_owned()));
        }
    }
    let everyone = org.group("Everyone");
    let members = org.get(&format!("groups/{everyone}/users"));
    assert_eq!(words(&members, "id").len(), 3);
}

#[test]
fn an_assignment_becomes_an_account_and_its_end_closes_it() {
    let org = Fixture::new("");
    assert_eq!(org.account("ana@x.example"), Some((true, Value::Null)));
    assert_eq!(org.assignment("ana@x.example").unwrap(), "PROVISIONED");
    assert_eq!(org.account("bo@x.example"), None);
    org.joins(Method::PUT, "bo@x.example");
    let id = org.get("users/bo@x.example")["id"].clone();
    assert_eq!(org.account("bo@x.example"), Some((true, id.clone())));
    assert_eq!(org.assignment("bo@x.example").unwrap(), "PROVISIONED");
    org.joins(Method::DELETE, "bo@x.example");
    assert_eq!(org.account("bo@x.example"), Some((false, id.clone())));
    assert_eq!(org.assignment("bo@x.example"), None);
    org.joins(Method::PUT, "bo@x.example");
    assert_eq!(
        org.account("bo@x.example"),
        Some((true, id)),
        "opened again"
    );
}

#[test]
fn suspending_keeps_the_app_and_deactivating_takes_it() {
    let org = Fixture::new("");
    assert_eq!(org.post("users/ana@x.example/lifecycle/suspend"), 200);
    assert!(org.account("ana@x.example").unwrap().0);
    assert_eq!(org.post("users/ana@x.example/lifecycle/deactivate"), 200);
    assert!(!org.account("ana@x.example").unwrap().0);
    assert_eq!(org.post("users/bo@x.example/lifecycle/suspend"), 200);
    org.joins(Method::PUT, "bo@x.example");
    assert_eq!(
        org.account("bo@x.example"),
        None,
        "the suspended gain nothing"
    );
    assert_eq!(org.post("users/bo@x.example/lifecycle/unsuspend"), 200);
    assert!(org.account("bo@x.example").unwrap().0);
}

#[test]
fn a_staged_user_gets_its_app_once_it_is_activated() {
    let org = Fixture::new("");
    let groups = json!({ "groupIds": [org.group("app-salesforce")] });
    org.create("?activate=false", "c@x.example", &groups);
    assert_eq!(org.account("c@x.example"), None);
    assert_eq!(org.post("users/c@x.example/lifecycle/activate"), 200);
    assert!(org.account("c@x.example").unwrap().0);
}

#[test]
fn a_cascade_takes_its_time_and_no_longer_than_to_the_next_start() {
    let org = Fixture::new("cascade_delay = \"1h\"");
    org.joins(Method::PUT, "bo@x.example");
    org.joins(Method::DELETE, "ana@x.example");
    assert_eq!(org.account("bo@x.example"), None);
    assert_eq!(org.assignment("bo@x.example").unwrap(), "STAGED");
    assert!(org.account("ana@x.example").unwrap().0);
    assert_eq!(org.assignment("ana@x.example").unwrap(), "DEPROVISIONED");
    let org = org.restarted();
    assert!(org.account("bo@x.example").unwrap().0);
    assert_eq!(org.assignment("bo@x.example").unwrap(), "PROVISIONED");
    assert!(!org.account("ana@x.example").unwrap().0);
    assert_eq!(org.assignment("ana@x.example"), None);
}

#[test]
fn a_cascade_that_never_comes_does_not_come_at_a_start_either() {
    let org = Fixture::new("cascade_delay = \"never\"");
    org.joins(Method::PUT, "bo@x.example");
    let org = org.restarted();
    assert_eq!(org.account("bo@x.example"), None);
    assert_eq!(org.assignment("bo@x.example").unwrap(), "STAGED");
}

#[test]
fn a_refused_call_says_when_to_come_back_in_the_storys_time() {
    let org = Fixture::new("");
    let refusal = Refusal {
        retry_after: Some(7),
        ..Refusal::new(StatusCode::TOO_MANY_REQUESTS, "")
    };
    let answer = org.okta.refuse(&refusal);
    assert_eq!(answer.body.unwrap()["errorCode"], "E0000047");
    assert_eq!(answer.headers["x-rate-limit-remaining"], "0");
    let reset: i64 = answer.headers["x-rate-limit-reset"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(
        reset,
        "2026-03-07T17:22:07Z"
            .parse::<Timestamp>()
            .unwrap()
            .as_second()
    );
    assert_eq!(answer.headers["date"], "Sat, 07 Mar 2026 17:22:00 GMT");
    assert!(!answer.headers.contains_key(header::RETRY_AFTER));
}

#[test]
fn a_body_that_is_not_there_has_a_length_too() {
    let org = Fixture::new("");
    let path = "api/v1/users/bo@x.example/lifecycle/suspend";
    let answer = org.okta.answer(&Call {
        method: Method::POST,
        path: path.split('/').map(str::to_owned).collect(),
        query: Vec::new(),
        headers: HeaderMap::new(),
        body: Bytes::new(),
    });
    assert_eq!(answer.status, StatusCode::LENGTH_REQUIRED);
    assert_eq!(org.get("users/bo@x.example")["status"], "ACTIVE");
}
