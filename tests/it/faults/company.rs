//! A company in which, today, every verb has one person: as files, and as apps that hold yesterday.

use std::fs;
use std::path::{Path, PathBuf};

use provisor::base::FileId;
use provisor::config::{Config, Trust};
use provisor::sandbox::Spec;
use tempfile::TempDir;

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
                "kind = \"okta\"\nleaving = \"suspend\"\ninvitation_lifetime = \"7 days\"".to_owned()
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

/// `sandbox.toml` at an instant, with what goes wrong in each app.
pub fn sandbox(kind: Kind, clock: &str, faults: &[(&str, String)]) -> Spec {
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
        text += &format!(
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
    text += "[apps.directory.faults]\npage_size = 6\n";
    for (app, strike) in faults {
        if *app != APP {
            text += &format!("[apps.{app}.faults]\n");
        }
        text += &format!("strikes = [{strike}]\n");
    }
    Spec::parse(&text, FileId(0)).unwrap_or_else(|problem| panic!("{problem:?}\n{text}"))
}

/// The files, the apps' data and the state of one company, in a folder of its own.
pub struct Company {
    pub kind: Kind,
    folder: TempDir,
}

impl Company {
    /// With the files of yesterday.
    pub fn yesterday(kind: Kind) -> Self {
        let company = Self {
            kind,
            folder: folder(),
        };
        let profiles = match kind {
            Kind::Okta => format!("{PROFILES}{CASCADED}"),
            Kind::Scim(_) => PROFILES.to_owned(),
        };
        company.write("provisor.toml", &kind.settings());
        company.write("profiles.toml", &profiles);
        company.write("people.toml", &people(kind, |person| person.yesterday));
        company
    }

    /// Merges the changes of today into the files.
    pub fn merge(&self) {
        self.write("people.toml", &people(self.kind, |person| Some(person.today)));
    }

    /// The same company once more, in a folder of its own.
    pub fn copy(&self) -> Self {
        let folder = folder();
        copy(self.folder.path(), folder.path());
        Self {
            kind: self.kind,
            folder,
        }
    }

    pub fn config(&self) -> Config {
        let loaded = Config::load(self.folder.path(), &Trust::none());
        let problems = loaded.diagnostics;
        loaded.config.unwrap_or_else(|| panic!("{problems:#?}"))
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }
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
