//! Credentials of every form, and apps that echo them wherever an answer can hold them: no output and
//! no file ever does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use tokio::runtime::Runtime;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::environment::Environment;

/// Part of every credential here; the rest of a token is what JSON and URLs write otherwise.
const CANARY: &str = "c4n4ry7f3a";
const TOKEN: &str = r#"c4n4ry7f3a"\/+&<tail"#;

/// How an app answers.
#[derive(Clone, Copy, Debug)]
enum Manner {
    /// Nothing but this status.
    Always(u16),
    /// Elsewhere, with the credential in the address.
    Redirects,
    /// It can be read; writes get this status.
    Writes(u16),
}

/// An app that says what it was sent in everything that it answers.
struct Echo {
    runtime: Runtime,
    server: MockServer,
}

impl Echo {
    fn new(manner: Manner) -> Self {
        let runtime = Runtime::new().unwrap();
        let server = runtime.block_on(async {
            let server = MockServer::start().await;
            let respond = move |request: &Request| respond(request, manner);
            Mock::given(any())
                .respond_with(respond)
                .mount(&server)
                .await;
            server
        });
        Self { runtime, server }
    }

    /// What came as proof of being the client: signed, and good for a while.
    fn assertions(&self) -> Vec<String> {
        let requests = self.runtime.block_on(self.server.received_requests());
        let requests = requests.unwrap();
        let forms = requests.iter().map(|request| {
            let fields = url::form_urlencoded::parse(&request.body).into_owned();
            fields.filter(|(name, _)| name == "client_assertion")
        });
        forms.flatten().map(|(_, assertion)| assertion).collect()
    }
}

fn respond(request: &Request, manner: Manner) -> ResponseTemplate {
    let sent = request.headers.get("authorization");
    let sent = sent
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let token = sent.split_once(' ').map_or("", |(_, token)| token);
    let posted = String::from_utf8_lossy(&request.body).into_owned();
    let path = request.url.path();
    let echo = |status| {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "detail": format!("you sent {sent} and {posted}"),
            "errorSummary": format!("you sent {sent} and {posted}"),
            "error_description": format!("you sent {sent} and {posted}"),
            "raw": token,
        });
        ResponseTemplate::new(status)
            .insert_header("x-request-id", token)
            .insert_header("x-okta-request-id", token)
            .insert_header("retry-after", "0")
            .set_body_json(body)
    };
    let gives_token = path == "/oauth2/v1/token" && !matches!(manner, Manner::Always(400));
    if gives_token {
        let body = json!({"token_type": "Bearer", "expires_in": 3600, "access_token": CANARY});
        return ResponseTemplate::new(200).set_body_json(body);
    }
    match manner {
        Manner::Redirects => {
            let address = url::form_urlencoded::byte_serialize(token.as_bytes());
            let address = format!("http://127.0.0.1:1/{}", address.collect::<String>());
            echo(302).insert_header("location", address.as_str())
        }
        Manner::Writes(_) if request.method == "GET" => {
            let group = |name: &str| json!({"id": name, "displayName": name});
            let resources = match path {
                path if path.ends_with("/Groups") => {
                    ["Everyone", "Marketing", "Sales"].map(group).to_vec()
                }
                path if path.ends_with("/Users") => Vec::new(),
                _ => return echo(404),
            };
            ResponseTemplate::new(200)
                .insert_header("x-request-id", token)
                .set_body_json(json!({
                    "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
                    "totalResults": resources.len(), "startIndex": 1,
                    "itemsPerPage": resources.len(), "Resources": resources,
                }))
        }
        Manner::Always(status) | Manner::Writes(status) => echo(status),
    }
}

/// Where a credential comes from.
#[derive(Clone, Copy, Debug)]
enum Form {
    Variable,
    File,
    Command,
    PrivateKey,
}

/// Outside of the folder of the company, and of what is searched.
fn secrets(environment: &Environment) -> PathBuf {
    environment.folder().with_file_name("secrets")
}

fn company(form: Form, echo: &Echo) -> Environment {
    let environment = Environment::real(&echo.server.uri());
    let folder = secrets(&environment);
    fs::create_dir(&folder).unwrap();
    let (file, trust) = (folder.join("token"), folder.join("trust.toml"));
    fs::write(&file, TOKEN).unwrap();
    let path = file.to_str().unwrap();
    fs::write(&trust, format!("commands = [[\"cat\", \"{path}\"]]\n")).unwrap();
    let source = match form {
        Form::Variable => return environment,
        Form::File => format!("token = {{ file = \"{path}\" }}"),
        Form::Command => format!("token = {{ command = [\"cat\", \"{path}\"] }}"),
        Form::PrivateKey => {
            fs::write(&file, private_key()).unwrap();
            environment.edit("provisor.toml", "kind = \"scim\"", "kind = \"okta\"");
            format!(
                "client_id = {{ env = \"CLIENT\" }}, private_key = {{ file = \"{path}\" }}, \
                 key_id = {{ env = \"CLIENT\" }}"
            )
        }
    };
    environment.edit(
        "provisor.toml",
        "token = { env = \"DIRECTORY_TOKEN\" }",
        &source,
    );
    environment
}

fn private_key() -> String {
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
    let random = ring::rand::SystemRandom::new();
    let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let (begin, end) = ("-----BEGIN PRIVATE", "-----END PRIVATE");
    format!(
        "{begin} KEY-----\n{}\n{end} KEY-----\n",
        STANDARD.encode(key.as_ref())
    )
}

fn run(environment: &Environment, arguments: &str) -> Output {
    let mut command = environment.command(arguments);
    command
        .env("DIRECTORY_TOKEN", TOKEN)
        .env("CLIENT", "the-client")
        .env("PROVISOR_TRUST", secrets(environment).join("trust.toml"));
    command.output().unwrap()
}

/// All that lies below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let found = entries.map(|path| {
        if path.is_dir() {
            files(&path)
        } else {
            vec![path]
        }
    });
    found.flatten().collect()
}

/// Runs every command that speaks to the app, and looks for what must not be seen.
fn check(form: Form, manner: Manner) {
    let echo = Echo::new(manner);
    let environment = company(form, &echo);
    let plan = environment.path("plan.json");
    let commands = [
        format!("plan -vvv --full --out {}", plan.display()),
        "plan -vvv --json-events --format json".to_owned(),
        "access -vvv".to_owned(),
        "apply -vvv --yes --full".to_owned(),
        "apply --yes --json-events -vvv".to_owned(),
        "snapshot show".to_owned(),
    ];
    let mut secrets_of_form = vec![CANARY.to_owned()];
    if matches!(form, Form::PrivateKey) {
        let key = fs::read_to_string(secrets(&environment).join("token")).unwrap();
        secrets_of_form.push(key.lines().nth(1).unwrap()[10..40].to_owned());
    }
    let mut seen = Vec::new();
    for arguments in &commands {
        let output = run(&environment, arguments);
        let said = [output.stdout, output.stderr].concat();
        seen.push((
            arguments.clone(),
            String::from_utf8_lossy(&said).into_owned(),
        ));
    }
    assert!(
        seen[3].1.contains("exit 5"),
        "{form:?} {manner:?}: {}",
        seen[3].1
    );
    for path in files(&environment.folder()) {
        let content = fs::read(&path).unwrap();
        let content = String::from_utf8_lossy(&content).into_owned();
        seen.push((path.display().to_string(), content));
    }
    assert!(seen.iter().any(|(name, _)| name.ends_with("audit.ndjson")));
    secrets_of_form.extend(echo.assertions());
    for (name, text) in &seen {
        for secret in &secrets_of_form {
            assert!(
                !text.contains(secret),
                "{form:?} {manner:?}: {name} tells {secret}:\n{text}"
            );
        }
    }
    // The echo is what we look for: without it nothing would be shown.
    let blotted = seen.iter().any(|(_, text)| text.contains("[secret]"));
    assert!(
        blotted || matches!(form, Form::PrivateKey),
        "{form:?} {manner:?}: {seen:#?}"
    );
}

#[test]
fn no_credential_is_ever_shown_or_kept() {
    let mut cases = Vec::new();
    for form in [Form::Variable, Form::File, Form::Command, Form::PrivateKey] {
        cases.extend([401, 400, 403].map(|status| (form, Manner::Always(status))));
        cases.push((form, Manner::Redirects));
    }
    cases.push((Form::Variable, Manner::Always(500)));
    cases.extend([401, 400, 501].map(|status| (Form::Variable, Manner::Writes(status))));
    std::thread::scope(|scope| {
        for (form, manner) in cases {
            scope.spawn(move || check(form, manner));
        }
    });
}
