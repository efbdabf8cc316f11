//! A company in which, today, every verb has one person: as files, and as apps that hold yesterday.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use provisor::base::FileId;
use provisor::config::{Config, Trust};
use provisor::sandbox::{Faults, Spec};
use tempfile::TempDir;

/// When the company was as it should be, and when it is to change.
const YESTERDAY: &str = "2026-02-20T09:22:00-08:00";
const TODAY: &str = "2026-03-07T09:22:00-08:00";

/// The app in which everything happens.
pub const APP: &str = "directory";
/// The app that Okta gives to the members of a group.
pub const CRM: &str = "crm";

/// Which kind of app the directory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Okta,
    Scim(&'static str),
}

impl Kind {
    pub const ALL: [Self; 4] = [
        Self::Okta,
        Self::Scim("generic"),
        Self::Scim("slack"),
        Self::Scim("zoom"),
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Okta => "okta",
            Self::Scim(dialect) => dialect,
        }
    }

    /// The path of its users below its URL, and of its groups.
    pub fn lists(self) -> [&'static str; 2] {
        match self {
            Self::Okta => ["api/v1/users", "api/v1/groups"],
            Self::Scim(_) => ["Users", "Groups"],
        }
    }

    fn settings(self) -> String {
        let app = match self {
            Self::Okta => {
                "kind = \"okta\"\nleaving = \"suspend\"\ninvitation_lifetime = \"7 days\""
                    .to_owned()
            }
            Self::Scim("generic") => "kind = \"scim\"".to_owned(),
            Self::Scim(dialect) => format!("kind = \"scim\"\ndialect = \"{dialect}\""),
        };
        let crm = match self {
            Self::Okta => {
                "[apps.crm]\nkind = \"scim\"\nurl = \"http://127.0.0.1:1/crm\"\n\
                 credentials = { token = { env = \"TOKEN\" } }\nmode = \"enforce\"\n\
                 provisioned_by = { app = \"directory\", groups = [\"app-crm\"], deadline = \"1 s\" }\n"
            }
            Self::Scim(_) => "",
        };
        format!(
            "[organisation]\nname = \"Meridian\"\ndomains = [\"meridian.com\"]\n\
             time_zone = \"America/Los_Angeles\"\n[lifecycle]\n\
             provision_before_start = \"10 business days\"\n[state]\nurl = \"file:state\"\n\
             [apps.directory]\n{app}\nurl = \"http://127.0.0.1:1/\"\n\
             credentials = {{ token = {{ env = \"TOKEN\" }} }}\nmode = \"enforce\"\n{crm}"
        )
    }
}

const PROFILES: &str = r#"
[profiles.PLAIN.apps.directory]
groups = ["Staff"]
[profiles.MORE.apps.directory]
groups = ["Staff", "Marketing"]
"#;

const CASCADED: &str = r#"
[profiles.CRM]
includes = ["PLAIN"]
[profiles.CRM.apps.crm]
"#;

/// One person: id, name, profile today, title today, manager today, and further lines.
struct Person {
    id: &'static str,
    given: &'static str,
    yesterday: Option<Day>,
    today: Day,
}

#[derive(Clone, Copy)]
struct Day {
    profile: &'static str,
    title: &'static str,
    manager: &'static str,
    dates: &'static str,
}

const USUAL: Day = Day {
    profile: "PLAIN",
    title: "Engineer",
    manager: "10",
    dates: "start_date = 2020-01-01",
};

const fn person(id: &'static str, given: &'static str, today: Day) -> Person {
    Person {
        id,
        given,
        yesterday: Some(USUAL),
        today,
    }
}

const PEOPLE: [Person; 11] = [
    Person {
        id: "1",
        given: "Joan",
        yesterday: None,
        today: Day {
            profile: "MORE",
            dates: "start_date = 2026-03-10",
            ..USUAL
        },
    },
    person("2", "Ines", USUAL),
    Person {
        id: "3",
        given: "Rhea",
        yesterday: Some(Day {
            dates: "start_date = 2026-03-10",
            ..USUAL
        }),
        today: Day {
            dates: "start_date = 2026-03-10",
            ..USUAL
        },
    },
    person(
        "4",
        "Uma",
        Day {
            title: "Architect",
            ..USUAL
        },
    ),
    person(
        "5",
        "Gail",
        Day {
            profile: "MORE",
            ..USUAL
        },
    ),
    Person {
        id: "6",
        given: "Rex",
        yesterday: Some(Day {
            profile: "MORE",
            ..USUAL
        }),
        today: USUAL,
    },
    person(
        "7",
        "Max",
        Day {
            manager: "11",
            ..USUAL
        },
    ),
    person(
        "8",
        "Dee",
        Day {
            dates: "start_date = 2020-01-01\nend_date = 2026-03-06",
            ..USUAL
        },
    ),
    Person {
        id: "9",
        given: "Will",
        yesterday: Some(USUAL),
        today: Day {
            profile: "CRM",
            ..USUAL
        },
    },
    Person {
        id: "10",
        given: "Bo",
        yesterday: Some(Day {
            manager: "",
            ..USUAL
        }),
        today: Day {
            manager: "",
            ..USUAL
        },
    },
    person("11", "Ann", USUAL),
];

fn people(kind: Kind, day: impl Fn(&Person) -> Option<Day>) -> String {
    let one = |person: &Person| {
        let Day {
            profile,
            title,
            manager,
            dates,
        } = day(person)?;
        let profile = match (profile, kind) {
            ("CRM", Kind::Scim(_)) => "PLAIN",
            _ => profile,
        };
        let (id, given) = (person.id, person.given);
        let manager = match manager {
            "" => String::new(),
            manager => format!("manager = \"{manager}\"\n"),
        };
        Some(format!(
            "[[people]]\nid = \"{id}\"\nname = {{ given = \"{given}\", family = \"Example\" }}\n\
             email = \"{}\"\njob_code = \"{profile}\"\ntitle = \"{title}\"\n\
             department = \"Works\"\n{manager}{dates}\n",
            login(given)
        ))
    };
    PEOPLE.iter().filter_map(one).collect()
}

fn login(given: &str) -> String {
    format!("{}@meridian.com", given.to_lowercase())
}

/// `sandbox.toml` at an instant.
fn sandbox(kind: Kind, clock: &str) -> Spec {
    let mut text = format!("clock = {clock}\nrecord = true\n[apps.directory]\n");
    text += "groups = [\"Staff\", \"Marketing\", \"app-crm\"]\n";
    if kind == Kind::Okta {
        text += "assigns = [{ group = \"app-crm\", app = \"crm\" }]\n";
    }
    for person in &PEOPLE {
        let Some(Day { title, manager, .. }) = person.yesterday else {
            continue;
        };
        let (id, given) = (person.id, person.given);
        let _ = write!(
            text,
            "[[apps.directory.users]]\nuser_name = \"{0}\"\nexternal_id = \"{id}\"\n\
             given = \"{given}\"\nfamily = \"Example\"\nemail = \"{0}\"\ntitle = \"{title}\"\n\
             department = \"Works\"\n",
            login(given)
        );
        if !manager.is_empty() {
            text += "manager = \"bo@meridian.com\"\n";
        }
        text += match (id, kind) {
            ("2", Kind::Okta) => "status = \"pending\"\ninvited = 2026-02-20T09:00:00-08:00\n",
            ("3", Kind::Okta) => "status = \"suspended\"\n",
            ("3", Kind::Scim(_)) => "active = false\n",
            _ => "",
        };
    }
    let lifetime = "[apps.directory.invitations]\nlifetime = \"7 days\"\n";
    if kind == Kind::Okta {
        text += lifetime;
    }
    text += "[apps.directory.faults]\npage_size = 6\n[apps.crm]\n";
    let text = match kind {
        Kind::Okta => text,
        Kind::Scim(_) => text.replace("[apps.crm]\n", ""),
    };
    Spec::parse(&text, FileId(0)).unwrap_or_else(|problem| panic!("{problem:?}\n{text}"))
}

/// The files, the apps' data and the state of one company, in a folder of its own.
pub struct Company {
    pub kind: Kind,
    /// Its files, read.
    pub config: Arc<Config>,
    /// Its `sandbox.toml`.
    pub spec: Arc<Spec>,
    folder: TempDir,
}

impl Company {
    /// With the files of yesterday.
    pub fn yesterday(kind: Kind) -> Self {
        let folder = folder();
        let files = people(kind, |person| person.yesterday);
        Self {
            kind,
            config: Arc::new(config(kind, folder.path(), &files)),
            spec: Arc::new(sandbox(kind, YESTERDAY)),
            folder,
        }
    }

    /// Today, after the changes to the files were merged.
    pub fn today(self) -> Self {
        let files = people(self.kind, |person| Some(person.today));
        Self {
            config: Arc::new(config(self.kind, self.folder.path(), &files)),
            spec: Arc::new(sandbox(self.kind, TODAY)),
            ..self
        }
    }

    /// The same company once more, in a folder of its own.
    pub fn copy(&self) -> Self {
        let folder = folder();
        copy(self.folder.path(), folder.path());
        Self {
            kind: self.kind,
            config: Arc::clone(&self.config),
            spec: Arc::clone(&self.spec),
            folder,
        }
    }

    /// What `sandbox.toml` says when something goes wrong in an app.
    pub fn struck(&self, app: &str, strike: &str) -> Spec {
        let faults: Faults = toml::from_str(&format!("strikes = [{strike}]")).unwrap();
        let mut spec = Spec::clone(&self.spec);
        spec.apps.get_mut(app).unwrap().faults.strikes = faults.strikes;
        spec
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }
}

fn config(kind: Kind, folder: &Path, people: &str) -> Config {
    let profiles = match kind {
        Kind::Okta => format!("{PROFILES}{CASCADED}"),
        Kind::Scim(_) => PROFILES.to_owned(),
    };
    for (name, text) in [
        ("provisor.toml", kind.settings().as_str()),
        ("profiles.toml", &profiles),
        ("people.toml", people),
    ] {
        fs::write(folder.join(name), text).unwrap();
    }
    let loaded = Config::load(folder, &Trust::none());
    let problems = loaded.diagnostics;
    loaded.config.unwrap_or_else(|| panic!("{problems:#?}"))
}

/// In memory where the machine has such a place: what is on a disk is waited for, and there is much.
fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
