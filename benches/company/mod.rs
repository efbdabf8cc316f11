//! A company of any size, as files, as what its apps say, and as what the last run remembers.
//!
//! It is in its steady state: of a hundred people one changes (a title, a job, the last day, or
//! something that an app lost), and some six in a thousand join.

mod apps;
mod past;

pub use past::Scene;

use std::fmt::Write as _;
use std::path::Path;

use jiff::Timestamp;
use provisor::config::{Config, Trust};

/// How large the company is.
#[derive(Clone, Copy, Debug)]
pub struct Company {
    pub people: usize,
    pub profiles: usize,
    pub apps: usize,
}

/// When one looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// At the last run: nobody has changed or joined yet.
    LastRun,
    /// A day later.
    Today,
}

impl Moment {
    pub fn instant(self) -> Timestamp {
        let text = match self {
            Self::LastRun => "2026-03-06T17:22:00Z",
            Self::Today => "2026-03-07T17:22:00Z",
        };
        text.parse().expect("an instant")
    }
}

/// What changes about a person between the last run and today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    None,
    Title,
    Job,
    Leaves,
    /// An app lost a group of theirs.
    Drift,
}

impl Turn {
    fn of(person: usize) -> Self {
        match person % 400 {
            7 => Self::Title,
            107 => Self::Job,
            207 => Self::Leaves,
            307 => Self::Drift,
            _ => Self::None,
        }
    }
}

impl Company {
    /// The files of a moment, loaded.
    pub fn load(self, moment: Moment) -> Config {
        let folder = tempfile::tempdir().expect("a temporary folder");
        self.write(folder.path(), moment);
        let loaded = Config::load(folder.path(), &Trust::none());
        loaded.config.expect("the files are sound")
    }

    /// Writes the files of a moment; answers the size of its people's.
    pub fn write(self, folder: &Path, moment: Moment) -> usize {
        let people = self.people(moment);
        for (name, text) in [
            ("provisor.toml", self.settings()),
            ("profiles.toml", self.profiles()),
            ("people.toml", people.clone()),
        ] {
            std::fs::write(folder.join(name), text).expect("a file in a temporary folder");
        }
        people.len()
    }

    fn settings(self) -> String {
        let mut text = String::from(
            // So large a company changes more in a week than the guards of a small one let pass.
            "[guards]\nmax_deactivations = 100_000\nmax_removals = 100_000\nmax_updates = 100_000\n\
             max_reactivations = 100_000\nmax_creates = 100_000\n\
             [organisation]\nname = \"Example\"\ndomains = [\"example.com\"]\n\
             time_zone = \"America/Los_Angeles\"\n",
        );
        for app in 0..self.apps {
            let _ = write!(
                text,
                "[apps.app-{app:02}]\nkind = \"scim\"\nmode = \"enforce\"\n\
                 url = \"http://127.0.0.1:{}\"\n",
                8000 + app
            );
        }
        text
    }

    /// Everybody has every app: two thirds of them from what all have in common, the others from
    /// the job; and two groups of the job in each.
    fn profiles(self) -> String {
        let mut text = String::from("[profiles.everyone]\n");
        for app in 0..(self.apps * 2).div_ceil(3) {
            let _ = writeln!(
                text,
                "[profiles.everyone.apps.app-{app:02}]\ngroups = [\"Everyone\"]"
            );
        }
        for job in 0..self.profiles {
            let _ = writeln!(text, "[profiles.JOB-{job}]\nincludes = [\"everyone\"]");
            for app in 0..self.apps {
                let _ = writeln!(
                    text,
                    "[profiles.JOB-{job}.apps.app-{app:02}]\ngroups = [\"Team {job}\", \"Floor {}\"]",
                    job % 10
                );
            }
        }
        text
    }

    fn people(self, moment: Moment) -> String {
        let joiners = match moment {
            Moment::LastRun => 0,
            Moment::Today => self.people * 6 / 1_000,
        };
        let mut text = String::new();
        for person in 0..self.people + joiners {
            let turn = if moment == Moment::Today && person < self.people {
                Turn::of(person)
            } else {
                Turn::None
            };
            let job = (person + usize::from(turn == Turn::Job)) % self.profiles;
            let grade = if turn == Turn::Title { "next" } else { "first" };
            let _ = write!(
                text,
                "[[people]]\nid = \"{person:06}\"\n\
                 name = {{ given = \"Given{person}\", family = \"Family{person}\" }}\n\
                 email = \"given{person}.family{person}@example.com\"\njob_code = \"JOB-{job}\"\n\
                 title = \"Engineer of the {grade} grade\"\ndepartment = \"Department {job}\"\n\
                 employment = \"employee\"\n"
            );
            if person > 0 {
                let _ = writeln!(text, "manager = \"{:06}\"", person / 10);
            }
            if turn == Turn::Leaves {
                text.push_str("end_date = 2026-03-06\n");
            }
            let start = if person < self.people {
                "2024-03-17"
            } else {
                "2026-03-17"
            };
            let _ = writeln!(text, "start_date = {start}\n");
        }
        text
    }
}
