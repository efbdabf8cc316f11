//! `validate` of 100,000 people: at most 1 s and 500 MiB on two cores.

use std::fmt::Write as _;
use std::path::Path;

use provisor::config::{Config, Trust};

const PEOPLE: usize = 100_000;
const PROFILES: usize = 300;

fn main() {
    divan::main();
}

/// Loads one large file of people; the report's throughput is in bytes of that file.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn one_hundred_thousand_people(bencher: divan::Bencher<'_, '_>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bytes = write(folder.path());
    bencher
        .counter(divan::counter::BytesCount::new(bytes))
        .bench(|| {
            let loaded = Config::load(folder.path(), &Trust::none());
            let config = loaded.config.expect("the files are sound");
            assert_eq!(config.people.len(), PEOPLE);
            config
        });
}

/// The digests of what concerns each person.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn facts_of_one_hundred_thousand_people(bencher: divan::Bencher<'_, '_>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write(folder.path());
    let loaded = Config::load(folder.path(), &Trust::none());
    let config = loaded.config.expect("the files are sound");
    bencher.bench(|| config.facts());
}

/// Writes a configuration; answers the size of its people.
fn write(folder: &Path) -> usize {
    let settings = "[organisation]\nname = \"Example\"\ndomains = [\"example.com\"]\n\
                    time_zone = \"America/Los_Angeles\"\n[apps.directory]\nkind = \"scim\"\n\
                    url = \"http://127.0.0.1:8080\"\nmode = \"enforce\"\n";
    let mut profiles =
        String::from("[profiles.everyone.apps.directory]\ngroups = [\"Everyone\"]\n");
    for profile in 0..PROFILES {
        let _ = write!(
            profiles,
            "[profiles.JOB-{profile}]\nincludes = [\"everyone\"]\n\
             [profiles.JOB-{profile}.apps.directory]\ngroups = [\"Team {profile}\", \"Floor {}\"]\n",
            profile % 10
        );
    }
    let mut people = String::new();
    for person in 0..PEOPLE {
        let (job, manager) = (person % PROFILES, person / 10);
        let _ = write!(
            people,
            "[[people]]\nid = \"{person:06}\"\n\
             name = {{ given = \"Given{person}\", family = \"Family{person}\" }}\n\
             email = \"given{person}.family{person}@example.com\"\njob_code = \"JOB-{job}\"\n\
             title = \"Engineer of the {job}th grade\"\ndepartment = \"Department {job}\"\n"
        );
        if person > 0 {
            let _ = writeln!(people, "manager = \"{manager:06}\"");
        }
        people.push_str("employment = \"employee\"\nstart_date = 2024-03-17\n\n");
    }
    for (name, text) in [
        ("provisor.toml", settings),
        ("profiles.toml", &profiles),
        ("people.toml", &people),
    ] {
        std::fs::write(folder.join(name), text).expect("a file in a temporary folder");
    }
    people.len()
}
