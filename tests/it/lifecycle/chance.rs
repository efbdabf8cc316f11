//! Stories that nobody wrote: people, dates and accidents at random. Nothing is expected of a plan
//! but what holds whatever happens.

use std::fmt::Write as _;

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;

use super::story::{Account, Apps, Edit, Event, Made, Membership, Story};
use super::walk;

const NAMES: [&str; 4] = ["Ada", "Bo", "Cy", "Di"];
const PROFILES: [&str; 3] = ["MKT", "SALES", "NONE"];
const GROUPS: [&str; 3] = ["Everyone", "Marketing", "Sales"];
const APPS: [&str; 2] = ["directory", "crm"];

/// The first day of all stories.
const FIRST: Date = date(2026, 3, 2);

/// What the files say of one person.
#[derive(Clone, Debug)]
struct Entry {
    profile: usize,
    start: i32,
    end: Option<i32>,
    renamed: bool,
    present: bool,
}

/// What happens on a day, and to whom.
#[derive(Clone, Debug)]
enum Accident {
    Entry(usize, Entry),
    Suspend(usize, usize),
    Open(usize, usize),
    Delete(usize, usize),
    Give(usize, usize, usize),
    Take(usize, usize, usize),
    Add(usize, usize, bool),
    Unread(usize),
    Read,
    Incomplete(bool),
    LoseState,
}

fn entry() -> impl Strategy<Value = Entry> {
    let end = proptest::option::of(0..60_i32);
    (
        0..PROFILES.len(),
        -400..40_i32,
        end,
        any::<bool>(),
        prop::bool::weighted(0.8),
    )
        .prop_map(|(profile, start, end, renamed, present)| Entry {
            profile,
            start,
            end: end.map(|days| days.max(start)),
            renamed,
            present,
        })
}

fn accident() -> impl Strategy<Value = Accident> {
    let who = || 0..NAMES.len();
    let app = || 0..APPS.len();
    let group = || 0..GROUPS.len();
    prop_oneof![
        6 => (who(), entry()).prop_map(|(who, entry)| Accident::Entry(who, entry)),
        1 => (app(), who()).prop_map(|(app, who)| Accident::Suspend(app, who)),
        1 => (app(), who()).prop_map(|(app, who)| Accident::Open(app, who)),
        1 => (app(), who()).prop_map(|(app, who)| Accident::Delete(app, who)),
        1 => (app(), who(), group()).prop_map(|(app, who, group)| Accident::Give(app, who, group)),
        1 => (app(), who(), group()).prop_map(|(app, who, group)| Accident::Take(app, who, group)),
        1 => (app(), who(), any::<bool>()).prop_map(|(app, who, own)| Accident::Add(app, who, own)),
        1 => app().prop_map(Accident::Unread),
        2 => Just(Accident::Read),
        1 => any::<bool>().prop_map(Accident::Incomplete),
        1 => Just(Accident::LoseState),
    ]
}

fn address(who: usize, renamed: bool) -> String {
    let dot = if renamed { ".new" } else { "" };
    format!("{}{dot}@meridian.com", NAMES[who].to_lowercase())
}

/// The text of `people.toml`.
fn people(entries: &[Entry]) -> String {
    let day = |days: i32| FIRST + days.days();
    let mut text = String::from("people = []\n");
    let present = entries
        .iter()
        .enumerate()
        .filter(|(_, entry)| entry.present);
    for (who, entry) in present {
        if text.starts_with("people = []") {
            text.clear();
        }
        let name = NAMES[who];
        let (email, profile) = (address(who, entry.renamed), PROFILES[entry.profile]);
        let start = day(entry.start);
        write!(
            text,
            "[[people]]\nid = \"{who}\"\nname = {{ given = \"{name}\", family = \"Example\" }}\n\
             email = \"{email}\"\njob_code = \"{profile}\"\nstart_date = {start}\n"
        )
        .unwrap();
        if entry.renamed {
            let before = address(who, false);
            writeln!(text, "previous_emails = [\"{before}\"]").unwrap();
        }
        if let Some(end) = entry.end {
            writeln!(text, "end_date = {}", day(end)).unwrap();
        }
    }
    text
}

/// What a story's walker does for an accident, as far as there is something to do it to.
fn event(accident: &Accident, walker: &walk::Walker<'_>) -> Option<Event> {
    let app = |app: usize| APPS[app].to_owned();
    let login = |place: usize, who: usize| walker.login(APPS[place], &who.to_string());
    let which = |place: usize, who: usize| {
        let login = login(place, who)?;
        Some(Account {
            app: app(place),
            login,
        })
    };
    let member = |place: usize, who: usize, group: usize| {
        let (login, group) = (login(place, who)?, GROUPS[group].to_owned());
        Some(Membership {
            app: app(place),
            login,
            group,
        })
    };
    match accident {
        Accident::Entry(..) => None,
        Accident::Suspend(place, who) => Some(Event::Suspend(which(*place, *who)?)),
        Accident::Open(place, who) => Some(Event::Open(which(*place, *who)?)),
        Accident::Delete(place, who) => Some(Event::Delete(which(*place, *who)?)),
        Accident::Give(place, who, group) => {
            let member = member(*place, *who, *group)?;
            (!walker.holds(&member)).then_some(Event::Give(member))
        }
        Accident::Take(place, who, group) => {
            let member = member(*place, *who, *group)?;
            walker.holds(&member).then_some(Event::Take(member))
        }
        Accident::Add(place, who, own) => {
            let login = address(*who, true);
            let free = !walker.knows(APPS[*place], &login);
            free.then(|| {
                Event::Add(Made {
                    app: app(*place),
                    login,
                    hr_id: if *own { who.to_string() } else { String::new() },
                    given: NAMES[*who].to_owned(),
                    family: "Example".to_owned(),
                    groups: vec![GROUPS[0].to_owned()],
                    inactive: false,
                })
            })
        }
        Accident::Unread(place) => Some(Event::Unread(app(*place))),
        Accident::Read => Some(Event::Read(walker.unread()?)),
        Accident::Incomplete(is_so) => Some(Event::Incomplete(*is_so)),
        Accident::LoseState => Some(Event::LoseState),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens in whatever order: no second account for a person, nobody who left with an
    /// open account that no plan names, no write without a reason, no account touched that no step
    /// names; and runs come to rest (R26).
    #[test]
    fn whatever_happens_nobody_is_harmed(
        first in proptest::collection::vec(entry(), NAMES.len()),
        days in proptest::collection::vec((1..12_i64, accident()), 1..10),
    ) {
        let mut entries = first;
        let from: Timestamp = "2026-03-02T17:00:00Z".parse().unwrap();
        let story = Story {
            about: String::new(),
            rules: Vec::new(),
            from,
            until: from,
            settled: false,
            apps: Apps::default(),
            files: [("people.toml".to_owned(), people(&entries))].into(),
            accounts: Vec::new(),
            day: Vec::new(),
        };
        let mut walker = walk::Walker::new(&story, walk::Nights::Applied);
        walker.come_to_rest(from);
        let mut now = from;
        for (later, accident) in &days {
            now += SignedDuration::from_hours(24 * later);
            if let Accident::Entry(who, entry) = accident {
                entries[*who] = entry.clone();
                let text = Some(people(&entries));
                walker.edit(&[Edit { file: "people.toml".to_owned(), text, append: None, replace: None, with: String::new() }]);
            } else if let Some(event) = event(accident, &walker) {
                walker.happen(&event);
            }
            walker.come_to_rest(now);
        }
    }
}
