//! Notices to mail servers that others wrote, with TLS and without, and to an endpoint that checks
//! signatures with a library that others wrote.

use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::company::{Company, Said};
use crate::server::{PEERS, Peer, Server};

/// The servers.
pub const NOTICES: Peer = Peer::client("notices");

/// Where the people's accounts are.
pub const APP: &Peer = &PEERS[0];

/// The password, and what signs.
const TOKEN: &str = "c4n4ry-of-the-notices";

/// All that is tried.
pub const TRIALS: &[(&str, fn())] = &[
    #[cfg(feature = "mail")]
    ("mail_goes_out_signed_in_and_encrypted", mail),
    #[cfg(feature = "mail")]
    (
        "mail_goes_to_nobody_who_cannot_prove_who_they_are",
        strangers,
    ),
    ("a_signature_satisfies_the_standards_own_library", signature),
];

/// The servers, running; killed when this is dropped.
struct Takers {
    process: Child,
    ports: Value,
    scratch: TempDir,
}

impl Takers {
    fn start() -> Self {
        const PAUSE: Duration = Duration::from_millis(50);
        let scratch = tempfile::tempdir().unwrap();
        let log = File::create(scratch.path().join("log")).unwrap();
        let mut process = Command::new("bash")
            .arg(NOTICES.script())
            .arg(NOTICES.folder())
            .args(["-", TOKEN])
            .env("SCRATCH", scratch.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        for _ in 0..1200 {
            if let Ok(ready) = std::fs::read(scratch.path().join("ready.json")) {
                let ports = serde_json::from_slice(&ready).unwrap();
                return Self {
                    process,
                    ports,
                    scratch,
                };
            }
            assert!(process.try_wait().unwrap().is_none(), "they do not start");
            std::thread::sleep(PAUSE);
        }
        panic!("they do not come up");
    }

    fn taken(&self) -> Vec<Value> {
        let entry = |number: usize| {
            let path = self.scratch.path().join(format!("taken-{number}.json"));
            Some(serde_json::from_slice(&std::fs::read(path).ok()?).unwrap())
        };
        (0..).map_while(entry).collect()
    }
}

impl Drop for Takers {
    fn drop(&mut self) {
        // They may have ended by themselves.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A company that tells one channel.
fn company(channel: &str) -> Company {
    let company = Company::new(Server::start(APP));
    company.with_groups();
    company.people([company.person("1042", "Zoë", "Johnson", "MKT")]);
    company.settings(&format!("[notify.it]\n{channel}\n"));
    company
}

/// `apply --notify`, whatever becomes of the notice.
fn apply(company: &Company, takers: &Takers, password: &str, trusting: bool) -> Said {
    let mut command = company.apply(&["apply", "--yes", "--notify"]);
    command.env("NOTICE_TOKEN", password);
    if trusting {
        command.env("SSL_CERT_FILE", takers.scratch.path().join("authority.pem"));
    }
    let said = Said::from(command.output().unwrap());
    assert_eq!(said.code, 0, "{}\n{}", said.out, said.err);
    assert!(!said.err.contains("c4n4ry"), "{}", said.err);
    said
}

#[cfg(feature = "mail")]
fn smtp(takers: &Takers, way: &str, signing_in: bool) -> String {
    // A way that a server does not go is asked of the one without any.
    let port = takers.ports.get(way).unwrap_or(&takers.ports["none"]);
    let signing_in = if signing_in {
        "user = \"provisor\"\npassword = { env = \"NOTICE_TOKEN\" }\n"
    } else {
        ""
    };
    format!(
        "kind = \"smtp\"\nhost = \"localhost\"\nport = {port}\nsecurity = \"{way}\"\n{signing_in}\
         from = \"provisor@meridian.com\"\nto = [\"it@meridian.com\", \"hr@meridian.com\"]"
    )
}

#[cfg(feature = "mail")]
fn mail() {
    let takers = Takers::start();
    for (way, signing_in) in [("starttls", true), ("tls", true), ("none", false)] {
        let company = company(&smtp(&takers, way, signing_in));
        let said = apply(&company, &takers, TOKEN, true);
        assert!(said.err.contains("told it (smtp)"), "{way}: {}", said.err);
        let taken = takers.taken();
        let mail = taken.last().unwrap();
        assert_eq!(mail["tls"], way != "none", "{mail}");
        assert_eq!(mail["signed_in"], signing_in, "{mail}");
        assert_eq!(mail["from"], "provisor@meridian.com");
        assert_eq!(
            mail["to"],
            serde_json::json!(["it@meridian.com", "hr@meridian.com"])
        );
        let message = mail["message"].as_str().unwrap();
        for expected in [
            "Auto-Submitted: auto-generated\r\n",
            "Subject: Meridian: run 000001, ",
            "To: it@meridian.com, hr@meridian.com\r\n",
        ] {
            assert!(message.contains(expected), "{message}");
        }
    }
    assert_eq!(takers.taken().len(), 3);
}

#[cfg(feature = "mail")]
fn strangers() {
    let takers = Takers::start();
    for (way, port, password, trusting, words) in [
        (
            "tls",
            "tls",
            TOKEN,
            false,
            "no secret connection to localhost:",
        ),
        (
            "starttls",
            "starttls",
            TOKEN,
            false,
            "no secret connection to localhost:",
        ),
        (
            "starttls",
            "none",
            TOKEN,
            true,
            "does not offer what is needed",
        ),
        (
            "tls",
            "tls",
            "c4n4ry-wrong",
            true,
            "refused the mail (SMTP 535)",
        ),
        (
            "none",
            "starttls",
            TOKEN,
            true,
            "refused the mail (SMTP 530)",
        ),
    ] {
        let (own, other) = (&takers.ports[way], &takers.ports[port]);
        let channel = smtp(&takers, way, way != "none");
        let channel = channel.replace(&format!("port = {own}"), &format!("port = {other}"));
        let said = apply(&company(&channel), &takers, password, trusting);
        assert!(said.err.contains("not told: it (smtp): "), "{}", said.err);
        assert!(said.err.contains(words), "{way} {port}: {}", said.err);
    }
    assert!(takers.taken().is_empty(), "{:?}", takers.taken());
}

fn signature() {
    let takers = Takers::start();
    let port = &takers.ports["hook"];
    let channel = format!(
        "kind = \"webhook\"\nurl = \"http://127.0.0.1:{port}/\"\nsecret = {{ env = \"NOTICE_TOKEN\" }}"
    );
    let said = apply(&company(&channel), &takers, TOKEN, false);
    assert!(said.err.contains("told it (webhook)"), "{}", said.err);
    let taken = takers.taken();
    assert_eq!(taken[0]["notice"]["occasion"], "apply");
    let said = apply(
        &company(&channel),
        &takers,
        "c4n4ry-of-somebody-else",
        false,
    );
    assert!(said.err.contains("(HTTP 401"), "{}", said.err);
    assert_eq!(takers.taken().len(), 1);
}
