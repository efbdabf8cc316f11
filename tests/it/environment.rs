//! A company in a folder of its own, and the real binary run in it: nothing of the machine leaks in.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

use provisor::base::Digest;
use serde_json::Value;
use snapbox::cmd::OutputAssert;
use snapbox::{Assert, IntoData, Redactions};
use tempfile::TempDir;

/// The shipped examples.
const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");

/// The most that a test waits for something that another process does, in milliseconds.
const PATIENCE: u32 = 20_000;

/// A private folder with the files of a company.
pub struct Environment {
    root: TempDir,
    state: &'static str,
    simulated: bool,
}

impl Environment {
    /// A copy of `examples/minimal`, whose app is simulated in the process.
    pub fn example() -> Self {
        Self::copy("minimal")
    }

    /// A copy of `examples/meridian`, whose seven apps are simulated in the process.
    pub fn meridian() -> Self {
        Self::copy("meridian")
    }

    fn copy(example: &str) -> Self {
        let environment = Self {
            root: tempfile::tempdir().unwrap(),
            state: ".provisor/state",
            simulated: true,
        };
        fs::create_dir(environment.folder()).unwrap();
        for entry in fs::read_dir(Path::new(EXAMPLES).join(example)).unwrap() {
            let entry = entry.unwrap();
            // What somebody's rehearsal left in the example stays there.
            if entry.file_type().unwrap().is_file() {
                fs::copy(entry.path(), environment.path(entry.file_name())).unwrap();
            }
        }
        environment
    }

    /// The example as a real configuration: its app at an address, its state where `provisor.toml`
    /// says, and its clock the machine's.
    pub fn real(url: &str) -> Self {
        let mut environment = Self::example();
        (environment.state, environment.simulated) = ("state", false);
        environment.edit("provisor.toml", "http://127.0.0.1:8080/scim/v2", url);
        environment
    }

    /// The example as a real configuration, and its app simulated by a process of its own.
    pub fn served(fault: &str) -> (Self, Running) {
        let placeholder = "http://127.0.0.1:1/";
        let environment = Self::real(placeholder);
        environment.fault(fault);
        let mut serving = environment.start("sandbox");
        let line = serving.line();
        let url = line
            .split_whitespace()
            .find(|word| word.starts_with("http"));
        environment.edit(
            "provisor.toml",
            placeholder,
            url.expect("it says where it serves"),
        );
        (environment, serving)
    }

    /// Where the files are.
    pub fn folder(&self) -> PathBuf {
        self.root.path().join("company")
    }

    /// A path below the folder.
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder().join(name)
    }

    /// A path below the folder of the state.
    pub fn state(&self, key: &str) -> PathBuf {
        self.path(self.state).join(key)
    }

    /// Adds lines to the end of a file.
    pub fn append(&self, name: &str, text: &str) {
        let path = self.path(name);
        let before = fs::read_to_string(&path).unwrap();
        fs::write(path, format!("{before}\n{text}\n")).unwrap();
    }

    /// Replaces a piece of a file, which must be there.
    #[track_caller]
    pub fn edit(&self, name: &str, from: &str, to: &str) {
        let path = self.path(name);
        let before = fs::read_to_string(&path).unwrap();
        assert!(before.contains(from), "{name} has no `{from}`");
        fs::write(path, before.replace(from, to)).unwrap();
    }

    /// Lets something go wrong in the simulated app: a line of `[apps.directory.faults]`, with
    /// which the example's `sandbox.toml` ends.
    pub fn fault(&self, line: &str) {
        self.append("sandbox.toml", line);
    }

    /// The binary with arguments, which are separated by blanks.
    pub fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_provisor"));
        if self.simulated {
            command.arg("--sandbox");
        }
        command
            .args(arguments.split_whitespace())
            .current_dir(self.folder())
            .env_clear()
            .env("HOME", self.root.path())
            .env("TMPDIR", self.root.path())
            .env("USER", "ci")
            .env("GIT_CEILING_DIRECTORIES", self.root.path())
            .stdin(Stdio::null());
        if !self.simulated {
            // What the simulated app expects, wherever it is served.
            command.env("DIRECTORY_TOKEN", "sandbox-token-of-directory");
        }
        command
    }

    /// Runs the binary to its end.
    pub fn run(&self, arguments: &str) -> Run<'_> {
        self.ended(self.command(arguments).output().unwrap())
    }

    /// Starts the binary.
    pub fn start(&self, arguments: &str) -> Running {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Running(command.spawn().unwrap())
    }

    /// What a process left, to be looked at.
    pub fn ended(&self, output: Output) -> Run<'_> {
        Run {
            environment: self,
            output,
        }
    }

    /// Every file of a folder of the state, by its key.
    pub fn pieces(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            let Ok(entries) = fs::read_dir(self.state(&folder)) else {
                continue;
            };
            for entry in entries {
                let entry = entry.unwrap();
                let name = entry.file_name().into_string().unwrap();
                let key = format!("{folder}/{name}");
                if entry.file_type().unwrap().is_dir() {
                    folders.push(key);
                } else if !name.starts_with('.') {
                    found.extend(fs::read(entry.path()).ok().map(|bytes| (key, bytes)));
                }
            }
        }
        found
    }

    /// The manifests of all snapshots, from the first.
    pub fn manifests(&self) -> Vec<Value> {
        let pieces = self.pieces("snapshots");
        let manifests = pieces.values();
        manifests
            .map(|bytes| serde_json::from_slice(bytes).unwrap())
            .collect()
    }

    /// The segments of all runs' journals, in their order. A run may have none, if it died early.
    pub fn journals(&self) -> BTreeMap<String, Vec<Value>> {
        let mut journals: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for (key, bytes) in self.pieces("runs") {
            let run = key.split('/').nth(1).unwrap().to_owned();
            if !key.ends_with("audit.ndjson") {
                let segment: Value = serde_json::from_slice(&bytes).unwrap();
                journals.entry(run).or_default().push(segment);
            }
        }
        journals
    }

    /// The logins of all accounts that the simulated app holds, as its own data has it.
    pub fn accounts(&self) -> Vec<String> {
        let mut documents = BTreeMap::new();
        for line in self.log().lines().skip(1) {
            // A torn last line never happened.
            let Ok(edits) = serde_json::from_str::<Vec<(String, Value)>>(line) else {
                break;
            };
            documents.extend(edits);
        }
        let users = documents
            .iter()
            .filter(|(key, document)| key.starts_with("User/") && !document.is_null());
        let login = |user: &Value| user["resource"]["attributes"]["userName"].clone();
        let mut logins: Vec<String> = users
            .map(|(_, user)| login(user).as_str().unwrap().to_lowercase())
            .collect();
        logins.sort_unstable();
        logins
    }

    /// The log of the simulated app: a header, then one line per transaction.
    pub fn log(&self) -> String {
        let log = fs::read(self.path(".provisor/sandbox/directory.ndjson")).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    /// What differs from release to release and from run to run: the version, and the digests of snapshots, since these name the journal, which
    /// says how long each step really took.
    fn redactions(&self) -> Redactions {
        let mut redactions = Redactions::new();
        let version = env!("CARGO_PKG_VERSION");
        redactions.insert("[VERSION]", version).unwrap();
        for bytes in self.pieces("snapshots").values() {
            let head = Digest::of(bytes).to_string();
            redactions.insert("[HEAD]", head[..12].to_owned()).unwrap();
            redactions.insert("[HEAD]", head).unwrap();
        }
        redactions
    }
}

/// A run whose exit code nobody has looked at yet.
#[must_use]
pub struct Run<'a> {
    environment: &'a Environment,
    output: Output,
}

impl<'a> Run<'a> {
    /// The exit code; none if a signal ended it.
    pub fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    /// Checks the exit code, and that the last line of the talk names it.
    #[track_caller]
    pub fn exits(self, code: i32) -> Ended<'a> {
        let (stdout, stderr) = (text(&self.output.stdout), text(&self.output.stderr));
        let _ = OutputAssert::new(self.output).code(code);
        let last = stderr.lines().last().unwrap_or_default();
        let named = last.starts_with(&format!("exit {code}: "));
        assert!(named || code == 64, "the last line is `{last}`");
        Ended {
            environment: self.environment,
            stdout,
            stderr,
        }
    }
}

impl<'a> Run<'a> {
    /// What it left, whatever its exit code is: for whoever reads that elsewhere.
    pub fn ended(self) -> Ended<'a> {
        Ended {
            environment: self.environment,
            stdout: text(&self.output.stdout),
            stderr: text(&self.output.stderr),
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("output is UTF-8")
}

/// A run that exited as it should.
pub struct Ended<'a> {
    environment: &'a Environment,
    /// The result.
    pub stdout: String,
    /// The talk.
    pub stderr: String,
}

impl Ended<'_> {
    /// Checks the result to the letter.
    #[track_caller]
    pub fn prints(self, expected: impl IntoData) -> Self {
        self.assert().eq(&self.stdout, expected);
        self
    }

    /// Checks the talk to the letter.
    #[track_caller]
    pub fn says(self, expected: impl IntoData) -> Self {
        self.assert().eq(&self.stderr, expected);
        self
    }

    /// Checks that the talk contains something.
    #[track_caller]
    pub fn mentions(self, piece: &str) -> Self {
        assert!(
            self.stderr.contains(piece),
            "no `{piece}` in:\n{}",
            self.stderr
        );
        self
    }

    /// Checks that the result contains something.
    #[track_caller]
    pub fn shows(self, piece: &str) -> Self {
        assert!(
            self.stdout.contains(piece),
            "no `{piece}` in:\n{}",
            self.stdout
        );
        self
    }

    /// The result without what differs from run to run.
    pub fn redacted(&self) -> String {
        self.environment.redactions().redact(&self.stdout)
    }

    fn assert(&self) -> Assert {
        Assert::new()
            .action_env(snapbox::assert::DEFAULT_ACTION_ENV)
            .redact_with(self.environment.redactions())
    }
}

/// A process that goes on; killed at the end of its test, if it still does.
pub struct Running(Child);

impl Running {
    /// Waits until something is so; false if the process ended before.
    #[track_caller]
    pub fn until(&mut self, mut so: impl FnMut() -> bool) -> bool {
        for _ in 0..PATIENCE {
            if so() {
                return true;
            }
            if self.0.try_wait().unwrap().is_some() {
                return so();
            }
            sleep(Duration::from_millis(1));
        }
        panic!("waited in vain");
    }

    /// Reads a line of its result.
    pub fn line(&mut self) -> String {
        let mut line = Vec::new();
        let mut byte = [0];
        while byte != *b"\n" && self.0.stdout.as_mut().unwrap().read(&mut byte).unwrap() == 1 {
            line.extend(byte);
        }
        String::from_utf8(line).unwrap()
    }

    /// Kills it, as `kill -9` does.
    pub fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Asks it to stop, as Ctrl-C does.
    pub fn interrupt(&self) {
        self.signal("INT");
    }

    /// Asks it to stop, as CI does that cancels a job.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    fn signal(&self, name: &str) {
        let process = self.0.id().to_string();
        let status = Command::new("kill").args(["-s", name, &process]).status();
        assert!(status.unwrap().success());
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Waits for its end.
    pub fn end(mut self) -> Output {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        // Both fit into the pipes' buffers, so that one after the other does not block.
        self.0
            .stdout
            .take()
            .unwrap()
            .read_to_end(&mut stdout)
            .unwrap();
        self.0
            .stderr
            .take()
            .unwrap()
            .read_to_end(&mut stderr)
            .unwrap();
        let status: ExitStatus = self.0.wait().unwrap();
        Output {
            status,
            stdout,
            stderr,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
