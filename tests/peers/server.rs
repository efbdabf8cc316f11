//! A server that others wrote: started as a process, and spoken to in plain HTTP, so that what the
//! tests see does not come from the connector under test.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A program that can be started with `NAME.sh FOLDER PORT TOKEN`.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// Of its script, without `.sh`.
    pub name: &'static str,
    /// The path of its base URL.
    base: &'static str,
    /// What it keeps no place for, of what we write.
    lacks: &'static [&'static str],
}

/// All servers that the scenarios run against.
pub const PEERS: &[Peer] = &[
    Peer {
        name: "scim2-server",
        base: "",
        lacks: &[],
    },
    Peer {
        name: "scimmy",
        base: "/scim",
        lacks: &[],
    },
    Peer {
        name: "django-scim2-server",
        base: "/scim/v2",
        lacks: &["displayName", "title", ENTERPRISE],
    },
];

#[expect(
    clippy::disallowed_methods,
    reason = "how CI tells where the servers are"
)]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl Peer {
    /// A program that no scenario runs against.
    pub const fn client(name: &'static str) -> Self {
        Self {
            name,
            base: "",
            lacks: &[],
        }
    }

    /// `PROVISOR_PEERS` names the folder of all of them; `target/peers` by default.
    pub fn folder(&self) -> PathBuf {
        let folder = variable("PROVISOR_PEERS").unwrap_or_else(|| "target/peers".to_owned());
        PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join(folder)
            .join(self.name)
    }

    pub fn script(&self) -> PathBuf {
        let scripts = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/peers");
        scripts.join(self.name).with_extension("sh")
    }

    pub fn is_installed(&self) -> bool {
        self.folder().join("installed").is_file()
    }

    pub fn how_to_install(&self) -> String {
        let (name, folder) = (self.name, self.folder());
        format!("tests/peers/{name}.sh {} install -", folder.display())
    }
}

/// A server that runs, empty at first. It is killed when this is dropped.
#[derive(Debug)]
pub struct Server {
    /// Which one.
    pub peer: &'static Peer,
    /// Where its `/Users` is.
    pub url: String,
    /// The bearer token that it accepts.
    pub token: String,
    process: Child,
    client: Client,
    runtime: Runtime,
    _scratch: TempDir,
}

impl Server {
    pub fn start(peer: &'static Peer) -> Self {
        // Between our finding a free port and the server's taking it, others may take it.
        const TRIES: usize = 3;
        (0..TRIES)
            .find_map(|_| Self::try_to_start(peer))
            .unwrap_or_else(|| panic!("{} does not start", peer.name))
    }

    fn try_to_start(peer: &'static Peer) -> Option<Self> {
        let scratch = tempfile::tempdir().unwrap();
        let port = {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            listener.local_addr().unwrap().port()
        };
        let token = format!("token-of-{port}");
        let log = File::create(scratch.path().join("log")).unwrap();
        let process = Command::new("bash")
            .arg(peer.script())
            .arg(peer.folder())
            .args([&port.to_string(), &token])
            .env("SCRATCH", scratch.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        // An error means that the process has a provider already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut server = Self {
            peer,
            url: format!("http://127.0.0.1:{port}{}", peer.base),
            token,
            process,
            client: Client::builder().no_proxy().build().unwrap(),
            runtime: Runtime::new().unwrap(),
            _scratch: scratch,
        };
        server.comes_up().then_some(server)
    }

    fn comes_up(&mut self) -> bool {
        const PAUSE: Duration = Duration::from_millis(50);
        const PATIENCE: usize = 1200;
        for _ in 0..PATIENCE {
            if self.process.try_wait().unwrap().is_some() {
                return false;
            }
            let answer = self.send(Method::GET, "ServiceProviderConfig", None);
            if answer.is_ok_and(|(status, _)| status == 200) {
                return true;
            }
            std::thread::sleep(PAUSE);
        }
        false
    }

    fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> reqwest::Result<(u16, Value)> {
        self.runtime.block_on(async {
            let mut request = self
                .client
                .request(method, format!("{}/{path}", self.url))
                .bearer_auth(&self.token);
            if let Some(body) = body {
                request = request
                    .header("content-type", "application/scim+json")
                    .body(body.to_string());
            }
            let answer = request.send().await?;
            let status = answer.status().as_u16();
            let body = serde_json::from_slice(&answer.bytes().await?).unwrap_or(Value::Null);
            Ok((status, body))
        })
    }

    fn make(&self, collection: &str, body: &Value) -> String {
        let (status, answer) = self.send(Method::POST, collection, Some(body)).unwrap();
        assert_eq!(status, 201, "{}: {answer}", self.peer.name);
        answer["id"].as_str().unwrap().to_owned()
    }

    /// Whether a user has a value, where the server has a place for it.
    #[track_caller]
    pub fn assert(&self, user: &Value, attribute: &str, wanted: impl Into<Value>) {
        if !self.peer.lacks.contains(&attribute) {
            assert_eq!(user[attribute], wanted.into(), "{attribute} of {user}");
        }
    }

    /// Makes a user, with what the server has a place for; returns its id.
    pub fn make_user(&self, user: &Value) -> String {
        let mut body = user.clone();
        body.as_object_mut()
            .unwrap()
            .retain(|key, _| !self.peer.lacks.contains(&key.as_str()));
        let mut schemas = vec!["urn:ietf:params:scim:schemas:core:2.0:User"];
        if body.get(ENTERPRISE).is_some() {
            schemas.push(ENTERPRISE);
        }
        body["schemas"] = json!(schemas);
        self.make("Users", &body)
    }

    /// Closes a user's account, as an administrator of the app may.
    pub fn close(&self, login: &str) {
        let user = self.user(login);
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "active", "value": false}],
        });
        let path = format!("Users/{}", user["id"].as_str().unwrap());
        let (status, answer) = self.send(Method::PATCH, &path, Some(&body)).unwrap();
        assert!(matches!(status, 200 | 204), "{status}: {answer}");
        assert_eq!(self.user(login)["active"], false);
    }

    /// Makes a group of users.
    pub fn make_group(&self, name: &str, members: &[&str]) {
        let schemas = ["urn:ietf:params:scim:schemas:core:2.0:Group"];
        let mut body = json!({"schemas": schemas, "displayName": name});
        if !members.is_empty() {
            body["members"] = members.iter().map(|id| json!({"value": id})).collect();
        }
        self.make("Groups", &body);
    }

    fn all(&self, collection: &str) -> Vec<Value> {
        let mut all = Vec::new();
        loop {
            let path = format!("{collection}?startIndex={}&count=100", all.len() + 1);
            let (status, page) = self.send(Method::GET, &path, None).unwrap();
            assert_eq!(status, 200, "{page}");
            let records = page["Resources"].as_array().cloned().unwrap_or_default();
            let end = records.is_empty();
            all.extend(records);
            if end || Some(all.len() as u64) == page["totalResults"].as_u64() {
                return all;
            }
        }
    }

    /// All users by login.
    pub fn users(&self) -> BTreeMap<String, Value> {
        let users = self.all("Users");
        let count = users.len();
        let by_login: BTreeMap<_, _> = users
            .into_iter()
            .map(|user| (user["userName"].as_str().unwrap().to_owned(), user))
            .collect();
        assert_eq!(by_login.len(), count, "two users have one login");
        by_login
    }

    /// The user of a login.
    pub fn user(&self, login: &str) -> Value {
        let users = self.users();
        let user = users.get(login).cloned();
        user.unwrap_or_else(|| panic!("no user {login} among {:?}", users.keys()))
    }

    /// The logins of a group's members, in order; one who is in it twice comes twice.
    pub fn members(&self, name: &str) -> Vec<String> {
        let logins: BTreeMap<String, String> = self
            .users()
            .into_iter()
            .map(|(login, user)| (user["id"].as_str().unwrap().to_owned(), login))
            .collect();
        let groups = self.all("Groups");
        let group = groups.iter().find(|group| group["displayName"] == name);
        let id = group.unwrap_or_else(|| panic!("no group {name}"))["id"]
            .as_str()
            .unwrap();
        let (_, group) = self
            .send(Method::GET, &format!("Groups/{id}"), None)
            .unwrap();
        let members = group["members"].as_array().cloned().unwrap_or_default();
        let mut members: Vec<String> = members
            .iter()
            .map(|member| logins[member["value"].as_str().unwrap()].clone())
            .collect();
        members.sort();
        members
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The extension that holds the department.
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
