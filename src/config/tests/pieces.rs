//! Hostile and cut texts: reading never panics, and cutting changes nothing.

use proptest::prelude::*;

use crate::config::load::load;
use crate::config::{Config, Loaded, Trust};

use super::{PROFILES, SETTINGS, folder};

/// What people's files are made of, and what breaks them.
const FRAGMENTS: [&str; 26] = [
    "[[people]]\n",
    "[[people]] # x\n",
    "[[extra]]\n",
    "  [[ people ]]\n",
    "[people.name]\n",
    "[people.logins]\n",
    "[[people.periods]]\n",
    "[extra.apps.directory]\n",
    "[other]\n",
    "[people]\n",
    "[[\"people\"]]\n",
    "id = \"1\"\n",
    "id = '2'\n",
    "given = \"[[people]]\"\n",
    "name = { given = \"A\" }\n",
    "email = \"a@example.com\"\n",
    "email = \"b@example.org\"\n",
    "job_code = \"ENG\"\n",
    "start_date = 2026-01-01\n",
    "title = '''\n[[people]]\n'''\n",
    "title = \"\"\"\n",
    "groups = [\n[[people]],\n",
    "]\n",
    "# xoxb-123456789012-abcdef \u{202e}é\n",
    "person = \"1\"\nuntil = 2026-01-01\nreason = \"r\"\n",
    "\r\n \t",
];

/// A sound entry, sometimes with something wrong behind it.
fn entry() -> impl Strategy<Value = String> {
    let wrong = prop_oneof![
        4 => Just(""),
        1 => Just("manager = \"3\"\n"),
        1 => Just("titel = \"x\"\n"),
        1 => Just("end_date = 2025-01-01\n"),
        1 => Just("[people.logins]\ndirectory = \"x\"\n"),
        1 => Just("[[extra]]\nperson = \"1\"\nuntil = 2026-01-01\nreason = \"r\"\n[extra.apps.directory]\ngroups = [\"g\"]\n"),
        1 => Just("title = \"unfinished\n"),
    ];
    (1..9_u8, wrong).prop_map(|(id, wrong)| {
        format!(
            "[[people]]\nid = \"{id}\"\nname = {{ given = \"P\" }}\nemail = \"p{id}@example.com\"\n\
             job_code = \"ENG\"\nstart_date = 2026-01-05\n{wrong}"
        )
    })
}

fn fragments() -> impl Strategy<Value = String> {
    let fragment = proptest::sample::select(&FRAGMENTS[..]).prop_map(str::to_owned);
    let part = prop_oneof![3 => entry(), 2 => fragment, 1 => "[\\[\\]{}a-z=\"'#\n. ]{0,8}"];
    proptest::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}

fn same(a: &Loaded, b: &Loaded) -> Result<(), TestCaseError> {
    prop_assert_eq!(&a.diagnostics, &b.diagnostics);
    let people = |loaded: &Loaded| {
        let config = loaded.config.as_ref()?;
        Some((
            config.digest,
            format!("{:?} {:?}", config.people, config.extras),
        ))
    };
    prop_assert_eq!(people(a), people(b));
    Ok(())
}

proptest! {
    #[test]
    fn cutting_changes_neither_people_nor_diagnostics(text in fragments()) {
        let folder = folder(&[
            ("provisor.toml", SETTINGS),
            ("profiles.toml", PROFILES),
            ("people.toml", &text),
        ]);
        let whole = load(folder.path(), &Trust::none(), usize::MAX);
        for size in [0, 150] {
            same(&load(folder.path(), &Trust::none(), size), &whole)?;
        }
    }

    #[test]
    fn nothing_makes_the_reader_panic(
        noise in "\\PC*",
        settings in 0..=SETTINGS.len(),
        profiles in 0..=PROFILES.len(),
        people in fragments(),
    ) {
        let texts = [
            (format!("{}{noise}", &SETTINGS[..settings]), PROFILES.to_owned()),
            (SETTINGS.to_owned(), format!("{}{noise}", &PROFILES[..profiles])),
            (noise.clone(), people.clone()),
        ];
        for (settings, profiles) in texts {
            let folder = folder(&[
                ("provisor.toml", &settings),
                ("profiles.toml", &profiles),
                ("people.toml", &people),
            ]);
            Config::load(folder.path(), &Trust::none());
        }
    }
}
