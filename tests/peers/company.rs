//! A company that uses the binary on one server: its files, and what the binary says of them.

use std::path::Path;
use std::process::{Command, Output};

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use provisor::base::Clock;
use tempfile::TempDir;
use toml::{Table, Value};

use crate::server::Server;

const PROFILES: &str = r#"
[profiles.SALES]
apps.directory.groups = ["Everyone", "Sales"]
[profiles.MKT]
apps.directory.groups = ["Everyone", "Marketing"]
"#;

/// A folder of files, and the server that they name.
#[derive(Debug)]
pub struct Company {
    /// The one app.
    pub server: Server,
    folder: TempDir,
    today: Date,
}

/// What a command said, and how it ended.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Company {
    /// A company without people. Its token is in the environment, as in real life.
    pub fn new(server: Server) -> Self {
        Self::with_state(server, "file:state")
    }

    /// A company that keeps its state there.
    pub fn with_state(server: Server, state: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = format!(
            r#"
[organisation]
name = "Meridian"
domains = ["meridian.com"]
time_zone = "UTC"
[state]
url = "{state}"
[apps.directory]
kind = "scim"
url = "{}"
credentials = {{ token = {{ env = "DIRECTORY_TOKEN" }} }}
mode = "enforce"
[apps.directory.guards]
max_creates = 300
"#,
            server.url
        );
        let now = Clock::running().now();
        let company = Self {
            server,
            folder,
            today: now.to_zoned(TimeZone::UTC).date(),
        };
        company.write("provisor.toml", &settings);
        company.write("profiles.toml", PROFILES);
        company
    }

    /// Makes the groups that the profiles name, without members.
    pub fn with_groups(&self) -> &Self {
        for name in ["Everyone", "Sales", "Marketing"] {
            self.server.make_group(name, &[]);
        }
        self
    }

    /// Writes `profiles.toml` anew.
    pub fn profiles(&self, text: &str) {
        self.write("profiles.toml", text);
    }

    /// Writes `people.toml` anew.
    pub fn people(&self, people: impl IntoIterator<Item = Person>) {
        let people: Vec<Value> = people
            .into_iter()
            .map(|person| Value::Table(person.0))
            .collect();
        let file: Table = [("people".to_owned(), Value::Array(people))]
            .into_iter()
            .collect();
        self.write("people.toml", &file.to_string());
    }

    /// Adds lines to `provisor.toml`.
    pub fn settings(&self, lines: &str) {
        let path = self.folder.path().join("provisor.toml");
        let before = std::fs::read_to_string(path).unwrap();
        self.write("provisor.toml", &format!("{before}\n{lines}"));
    }

    /// A command, with the right token, on the company's own files.
    pub fn apply(&self, arguments: &[&str]) -> Command {
        self.command(self.folder.path(), arguments)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// The day so many days from now.
    pub fn day(&self, offset: i32) -> Date {
        self.today.checked_add(offset.days()).unwrap()
    }

    /// Somebody employed since long ago.
    pub fn person(&self, id: &str, given: &str, family: &str, profile: &str) -> Person {
        let email = format!("{given}.{family}@meridian.com").to_lowercase();
        let mut name = Table::new();
        name.insert("given".into(), given.into());
        name.insert("family".into(), family.into());
        Person(Table::from_iter([
            ("id".to_owned(), id.into()),
            ("name".to_owned(), name.into()),
            ("email".to_owned(), email.into()),
            ("job_code".to_owned(), profile.into()),
            ("start_date".to_owned(), date(self.day(-400))),
        ]))
    }

    /// Runs a command, with the right token.
    pub fn run(&self, arguments: &[&str]) -> Said {
        self.run_with(&self.server.token, arguments)
    }

    /// Runs a command with a token.
    pub fn run_with(&self, token: &str, arguments: &[&str]) -> Said {
        let mut command = self.command(self.folder.path(), arguments);
        Said::from(command.env("DIRECTORY_TOKEN", token).output().unwrap())
    }

    /// A command, with the right token, on the files of a folder.
    pub fn command(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(Path::new(env!("CARGO_BIN_EXE_provisor")));
        command
            .args(["-C", folder.to_str().unwrap()])
            .args(arguments)
            .env("DIRECTORY_TOKEN", &self.server.token)
            .env("NO_COLOR", "1")
            .env_remove("PROVISOR_TRUST");
        command
    }

    /// The same files in a folder of their own, as another machine has them.
    pub fn checkout(&self) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in std::fs::read_dir(self.folder.path()).unwrap() {
            let file = file.unwrap();
            if file.file_type().unwrap().is_file() {
                std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
            }
        }
        folder
    }

    /// Runs a command that must end with this exit code.
    #[track_caller]
    pub fn expect(&self, code: i32, arguments: &[&str]) -> Said {
        let said = self.run(arguments);
        assert_eq!(said.code, code, "{arguments:?}\n{}\n{}", said.out, said.err);
        said
    }

    /// Changes are pending; they are made; then none is pending, and there is one snapshot more.
    /// Returns what was planned.
    #[track_caller]
    pub fn converge(&self) -> String {
        let before = self.snapshots();
        let planned = self.expect(2, &["plan", "--detailed-exitcode"]);
        self.expect(0, &["apply", "--yes"]);
        self.settled();
        assert_eq!(self.snapshots(), before + 1);
        planned.out
    }

    /// Nothing is pending.
    #[track_caller]
    pub fn settled(&self) {
        self.expect(0, &["plan", "--detailed-exitcode"]);
    }

    /// How many snapshots there are.
    pub fn snapshots(&self) -> usize {
        let folder = self.folder.path().join("state/snapshots");
        let listed = self.expect(0, &["snapshot", "list"]).out;
        let kept = std::fs::read_dir(folder).map_or(0, Iterator::count);
        let serials = listed
            .lines()
            .filter(|line| line.starts_with(|first: char| first.is_ascii_digit()))
            .count();
        assert_eq!(serials, kept, "{listed}");
        kept
    }
}

/// An entry of `people.toml`.
#[derive(Clone, Debug)]
pub struct Person(Table);

impl Person {
    /// With another value of a key.
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.insert(key.to_owned(), value.into());
        self
    }

    /// With periods instead of a start: first day, last day, profile, title.
    pub fn periods(mut self, periods: &[(Date, Option<Date>, &str, &str)]) -> Self {
        self.0.remove("start_date");
        self.0.remove("job_code");
        let periods = periods.iter().map(|(from, until, profile, title)| {
            let mut period = Table::new();
            period.insert("from".into(), date(*from));
            if let Some(until) = until {
                period.insert("until".into(), date(*until));
            }
            period.insert("job_code".into(), (*profile).into());
            period.insert("title".into(), (*title).into());
            Value::Table(period)
        });
        let periods = periods.collect::<Vec<_>>();
        self.with("periods", periods)
    }
}

/// A day, as TOML has it.
pub fn date(day: Date) -> Value {
    Value::Datetime(day.to_string().parse().unwrap())
}
