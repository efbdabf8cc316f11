//! Whether evidence stands up: whatever is done to a state that runs left, `snapshot verify` finds
//! it and names the piece.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use provisor::base::Digest;
use provisor::state::Store;
use provisor::state::verify::{Anchor, Note, Verified, verify};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use serde_json::Value;
use snapbox::file;

use crate::environment::Environment;

/// A small state that two runs in the sandbox left, the digest of its head, and a copy to harm.
struct Evidence {
    runtime: Runtime,
    folder: TempDir,
    pieces: BTreeMap<String, Vec<u8>>,
    anchor: Anchor,
}

impl Evidence {
    fn new() -> Self {
        let environment = Environment::example();
        // One person only: the fewer bytes, the sooner each was edited.
        let people = fs::read_to_string(environment.path("people.toml")).unwrap();
        let emma = people.split("# Luis moved").next().unwrap();
        fs::write(environment.path("people.toml"), emma).unwrap();
        environment.edit("people.toml", "2026-03-17", "2026-03-02");
        environment.run("apply --yes").exits(0);
        environment
            .run("apply --leaver 1042 --reason x --yes")
            .exits(0);
        let pieces: BTreeMap<_, _> = ["objects", "snapshots", "runs", "orders"]
            .into_iter()
            .flat_map(|folder| environment.pieces(folder))
            .collect();
        Self::of(pieces)
    }

    fn of(pieces: BTreeMap<String, Vec<u8>>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (key, bytes) in &pieces {
            put(folder.path(), key, bytes);
        }
        let head = Some(Digest::of(&pieces["snapshots/00000002.json"]));
        Self {
            runtime: tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap(),
            folder,
            pieces,
            anchor: Anchor {
                head,
                ..Anchor::default()
            },
        }
    }

    /// The same state in a folder of its own.
    fn copy(&self) -> Self {
        Self::of(self.pieces.clone())
    }

    fn verified(&self) -> Verified {
        let store = Store::open(self.folder.path()).unwrap();
        self.runtime.block_on(verify(&store, &self.anchor)).unwrap()
    }

    /// The pieces that are found not to be as they were.
    fn named(&self) -> BTreeSet<String> {
        let verified = self.verified();
        let findings = verified.findings.iter();
        findings.map(|one| one.piece.raw().to_owned()).collect()
    }

    fn put(&self, key: &str, bytes: &[u8]) {
        put(self.folder.path(), key, bytes);
    }

    fn remove(&self, key: &str) {
        fs::remove_file(self.folder.path().join(key)).unwrap();
    }
}

fn put(folder: &Path, key: &str, bytes: &[u8]) {
    let path = folder.join(key);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn only(key: &str) -> BTreeSet<String> {
    BTreeSet::from([key.to_owned()])
}

#[test]
fn what_nobody_touched_is_sound() {
    let evidence = Evidence::new();
    let verified = evidence.verified();
    assert_eq!(verified.findings, []);
    assert!(evidence.pieces.len() >= 18, "{:?}", verified.read);
    assert_eq!(verified.read.snapshots, 2);
    let bytes: usize = evidence.pieces.values().map(Vec::len).sum();
    assert_eq!(verified.read.bytes, bytes as u64, "every byte was read");
}

#[test]
fn every_edited_byte_is_found_and_its_piece_named() {
    let evidence = Evidence::new();
    let bytes = evidence.pieces.iter();
    let bytes: Vec<_> = bytes
        .flat_map(|(key, bytes)| (0..bytes.len()).map(move |position| (key, position)))
        .collect();
    assert!(bytes.len() > 8000);
    let threads = std::thread::available_parallelism().unwrap().get();
    std::thread::scope(|scope| {
        for share in bytes.chunks(bytes.len().div_ceil(threads)) {
            let harmed = evidence.copy();
            scope.spawn(move || {
                for (key, position) in share {
                    let mut edited = harmed.pieces[*key].clone();
                    edited[*position] ^= 1;
                    harmed.put(key, &edited);
                    assert_eq!(harmed.named(), only(key), "byte {position} of {key}");
                    harmed.put(key, &harmed.pieces[*key]);
                }
            });
        }
    });
}

#[test]
fn every_removed_or_truncated_piece_is_found_and_named() {
    let evidence = Evidence::new();
    for (key, bytes) in &evidence.pieces {
        evidence.remove(key);
        assert_eq!(evidence.named(), only(key), "{key} is removed");
        for length in [0, 1, bytes.len() / 2, bytes.len() - 1] {
            evidence.put(key, &bytes[..length]);
            assert_eq!(evidence.named(), only(key), "{key} is cut to {length}");
        }
        evidence.put(key, &[bytes.as_slice(), b"\n"].concat());
        assert_eq!(evidence.named(), only(key), "{key} is longer");
        evidence.put(key, bytes);
    }
}

#[test]
fn every_swapped_pair_is_found_and_both_are_named() {
    let evidence = Evidence::new();
    for (one, its) in &evidence.pieces {
        for (other, others) in evidence.pieces.range(one.clone()..) {
            if its == others {
                continue;
            }
            evidence.put(one, others);
            evidence.put(other, its);
            // The log of a run whose last segment is not as it was has nothing to be compared with.
            let notes = evidence.verified().notes.into_iter();
            let unvouched = notes.filter_map(|note| match note {
                Note::Unvouched { piece, .. } => Some(piece),
                _ => None,
            });
            let mut named = evidence.named();
            named.extend(unvouched);
            assert!(
                named.contains(one) && named.contains(other),
                "{one} and {other} are swapped: {named:?}"
            );
            evidence.put(one, its);
            evidence.put(other, others);
        }
    }
}

#[test]
fn what_no_run_leaves_is_foreign() {
    let evidence = Evidence::new();
    for key in [
        "notes.txt",
        "objects/notes.txt",
        "objects/ABCDEF",
        "snapshots/00000001.json.bak",
        "snapshots/1.json",
        "snapshots/99999999999.json",
        "runs/000001/000001.json.bak",
        "runs/000001/99999999999999.json",
        "runs/1/000000.json",
        "runs/\u{202e}evil\n::error::/x",
    ] {
        evidence.put(key, b"{}");
        let named = evidence.named();
        assert_eq!(named.len(), 1, "{key}: {named:?}");
        let named = named.first().unwrap();
        assert!(key.starts_with(named), "{key}: {named}");
        fs::remove_dir_all(evidence.folder.path().join(named))
            .or_else(|_| fs::remove_file(evidence.folder.path().join(named)))
            .unwrap();
    }
    assert!(evidence.named().is_empty());
}

#[test]
fn a_tail_that_is_cut_off_whole_shows_against_a_digest_kept_elsewhere() {
    let mut evidence = Evidence::new();
    evidence.remove("snapshots/00000002.json");
    let folder = evidence.folder.path().join("runs/000002");
    fs::remove_dir_all(folder).unwrap();
    assert_eq!(evidence.named(), only("snapshots/00000001.json"));
    // Without one, nothing in the state can tell.
    evidence.anchor.head = None;
    assert!(evidence.named().is_empty());
    let notes = evidence.verified().notes;
    assert!(format!("{notes:?}").contains("Unanchored"), "{notes:?}");
}

/// An SSH key in the company's folder, and the file that says who may sign with it.
fn key(environment: &Environment, name: &str, principal: &str) {
    let path = environment.path(name);
    let arguments = ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"];
    let status = std::process::Command::new("ssh-keygen")
        .args(arguments)
        .arg(&path)
        .status();
    assert!(status.unwrap().success());
    let public = fs::read_to_string(path.with_extension("pub")).unwrap();
    let signers = format!("{principal} namespaces=\"provisor-snapshot\" {public}");
    fs::write(environment.path(format!("{name}.signers")), signers).unwrap();
}

/// The exit code of a run, and all that it said.
fn told(environment: &Environment, arguments: &str) -> (i32, String) {
    let output = environment.command(arguments).output().unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.code().unwrap(), text)
}

#[test]
fn a_signature_vouches_for_a_snapshot_and_its_absence_is_named() {
    let environment = Environment::example();
    key(&environment, "ours", "ci@meridianmanufacturing.com");
    key(&environment, "theirs", "mallory@example.com");
    environment.edit(
        "provisor.toml",
        "url = \"file:state\"",
        "url = \"file:state\"\nsign_with = { file = \"ours\" }",
    );
    let (code, said) = told(&environment, "apply --yes");
    assert_eq!(code, 0, "{said}");
    let verify = "snapshot verify --allowed-signers ours.signers";
    let (code, said) = told(&environment, verify);
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("1 snapshot signed by ci@meridianmanufacturing.com"),
        "{said}"
    );
    assert!(said.contains("every piece is as its run left it"), "{said}");

    let (code, said) = told(
        &environment,
        "snapshot verify --allowed-signers theirs.signers",
    );
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("signature not accepted"), "{said}");
    let (_, said) = told(&environment, "snapshot verify");
    assert!(said.contains("1 signature not checked"), "{said}");

    // Whoever rewrites the last manifest cannot sign it.
    let path = environment.state("snapshots/00000001.json");
    let manifest = fs::read_to_string(&path).unwrap();
    fs::write(&path, manifest.replace("\"ci\"", "\"me\"")).unwrap();
    let (code, said) = told(&environment, verify);
    assert!(
        code == 1 && said.contains("snapshots/00000001.json · edited"),
        "{said}"
    );
    fs::write(&path, manifest).unwrap();

    // A pull request that takes the key away is found by the next verification.
    environment.edit("provisor.toml", "\nsign_with = { file = \"ours\" }", "");
    environment.run("apply --yes").exits(0);
    let (code, said) = told(&environment, verify);
    assert!(
        code == 1 && said.contains("snapshots/00000002.json · unsigned"),
        "{said}"
    );
}

#[test]
fn nothing_is_done_that_could_not_be_signed() {
    let environment = Environment::example();
    environment.edit(
        "provisor.toml",
        "url = \"file:state\"",
        "url = \"file:state\"\nsign_with = { env = \"SIGNING_KEY\" }",
    );
    let ended = environment.run("apply --yes").exits(1);
    assert!(
        ended.stderr.contains("SIGNING_KEY does not name a key"),
        "{}",
        ended.stderr
    );
    let mut command = environment.command("apply --yes");
    let output = command.env("SIGNING_KEY", "nowhere");
    let ended = environment.ended(output.output().unwrap()).exits(1);
    assert!(
        ended.stderr.contains("cannot be signed"),
        "{}",
        ended.stderr
    );
    assert!(environment.pieces("runs").is_empty(), "no run began");
    // A command is no key.
    environment.edit(
        "provisor.toml",
        "env = \"SIGNING_KEY\"",
        "command = [\"evil\"]",
    );
    let ended = environment.run("validate").exits(1);
    assert!(ended.stderr.contains("command"), "{}", ended.stderr);
}

/// Meridian before and after its first run, and with one group given by hand after that.
fn story() -> Environment {
    let environment = Environment::meridian();
    environment.run("state init --reason begin").exits(0);
    environment.run("apply --yes").exits(5);
    environment
}

#[test]
fn each_difference_is_explained_by_the_run_that_made_it() {
    let environment = story();
    let run = environment.run("snapshot diff 1 2");
    run.exits(0).prints(file!["golden/difference.txt"]);
    let run = environment.run("snapshot diff 1 2 --format markdown");
    run.exits(0).prints(file!["golden/difference.md": Text]);
    let told = environment
        .run("snapshot diff 1 2026-03-07 --format json")
        .exits(0);
    let told: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(told["to"]["serial"], 2, "a day means its last snapshot");
    let entries = told["entries"].as_array().unwrap();
    assert!(entries.len() > 40);
    for entry in entries {
        assert_eq!(entry["explained"]["by"], "run", "{entry}");
        assert_eq!(entry["explained"]["run"], "000002");
        assert!(!entry["person"].is_null(), "{entry}");
    }
    let csv = environment.run("snapshot diff 1 2 --format csv").exits(0);
    assert_eq!(csv.stdout.lines().count(), entries.len() + 1);
    let html = environment.run("snapshot diff 1 --format html").exits(0);
    assert!(html.stdout.contains("no run") || html.stdout.contains("by a run"));
    let same = environment.run("snapshot diff 2 2").exits(0);
    assert!(same.stdout.contains("0 changes"), "{}", same.stdout);
    // A copy elsewhere is as good as the state.
    let copy = environment.path("copy");
    for folder in ["objects", "snapshots", "runs"] {
        for (key, bytes) in environment.pieces(folder) {
            put(&copy, &key, &bytes);
        }
    }
    let by_file = environment.run("snapshot diff copy/snapshots/00000001.json 2");
    assert!(by_file.exits(0).stdout.contains("a run explains each"));
}

#[test]
fn what_no_run_did_is_said_to_be_nobodys() {
    let environment = Environment::example();
    environment.run("apply --yes").exits(0);
    // Somebody renames an account in the app itself.
    let log = environment.log();
    let path = environment.path(".provisor/sandbox/directory.ndjson");
    assert!(log.contains("Campaign Manager"), "{log}");
    fs::write(path, log.replace("Campaign Manager", "Chief of Campaigns")).unwrap();
    environment.edit("provisor.toml", "mode = \"enforce\"", "mode = \"report\"");
    environment.run("apply --yes").ended();
    let ended = environment.run("snapshot diff 1 2");
    let ended = ended.exits(0);
    assert!(ended.stdout.contains("no run explains"), "{}", ended.stdout);
    assert!(
        ended
            .stdout
            .contains("Campaign Manager → Chief of Campaigns"),
        "{}",
        ended.stdout
    );
}

#[test]
fn an_export_counts_what_it_holds() {
    let environment = story();
    environment.run("snapshot export --out tables").exits(0);
    let manifest = fs::read_to_string(environment.path("tables/manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(
        (&manifest["snapshot"], &manifest["complete"]),
        (&2.into(), &true.into())
    );
    for file in manifest["files"].as_array().unwrap() {
        let path = environment
            .path("tables")
            .join(file["name"].as_str().unwrap());
        let content = fs::read(path).unwrap();
        assert_eq!(file["sha256"], Digest::of(&content).to_string());
        let rows = content.split(|byte| *byte == b'\n').count() - 2;
        assert_eq!(file["rows"], rows, "{file}");
        assert!(rows > 5);
    }
    for app in manifest["apps"].as_array().unwrap() {
        assert!(app["pages"].as_u64().unwrap() > 0, "{app}");
        assert_eq!(app["asked"]["accounts"]["answer"], "complete");
    }
    // What is there is never overwritten.
    environment.run("snapshot export --out tables").exits(1);
    environment
        .run("snapshot export 1 --format jsonl --out lines")
        .exits(0);
    let people = fs::read_to_string(environment.path("lines/people.jsonl")).unwrap();
    let first: Value = serde_json::from_str(people.lines().next().unwrap()).unwrap();
    assert!(first["person_id"].is_string());
}

#[test]
fn a_manifest_says_who_asked_for_it_and_since_when_the_files_say_so() {
    let environment = Environment::example();
    let git = |arguments: &[&str], at: &str| {
        let status = std::process::Command::new("git")
            .args(["-c", "user.name=HR", "-c", "user.email=hr@example.com"])
            .args(arguments)
            .current_dir(environment.folder())
            .env("GIT_AUTHOR_DATE", at)
            .env("GIT_COMMITTER_DATE", "2026-03-06T00:00:00Z")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .status();
        assert!(status.unwrap().success());
    };
    git(&["init", "-q", "."], "");
    git(
        &["add", "people.toml", "profiles.toml", "provisor.toml"],
        "",
    );
    git(&["commit", "-q", "-m", "a"], "2026-02-01T08:00:00Z");
    environment.edit("people.toml", "2026-03-17", "2026-03-16");
    git(
        &["commit", "-q", "-a", "-m", "Emma comes earlier"],
        "2026-03-05T09:00:00Z",
    );
    // Nobody committed what is said of Priya now.
    environment.edit("people.toml", "2026-03-06 #", "2026-03-05 #");
    let mut command = environment.command("apply --yes");
    let run = command
        .env(
            "PROVISOR_PULL_REQUEST",
            "https://git.example.com/people/pull/12",
        )
        .env("PROVISOR_APPROVERS", "mia, tomás")
        .output();
    environment.ended(run.unwrap()).exits(0);
    let told = &environment.manifests()[0]["provenance"];
    assert_eq!(told["request"], "https://git.example.com/people/pull/12");
    assert_eq!(told["approvers"], serde_json::json!(["mia", "tomás"]));
    let since =
        serde_json::json!({ "0815": "2026-02-01T08:00:00Z", "1042": "2026-03-05T09:00:00Z" });
    assert_eq!(told["said"], since);
    let shown = environment.run("snapshot show").exits(0).stdout;
    assert!(
        shown.contains("2 people by lines of 1 February 2026, 08:00 UTC to"),
        "{shown}"
    );
}
