//! `accounts.toml`: accounts that are not a person's main one (R5).

use provisor::config::{Config, Loaded, Trust};
use provisor::model::account::Status;
use provisor::model::mode::Mode;
use provisor::model::plan::Plan;
use provisor::model::reminder::Reminds;
use provisor::model::withheld::Impediment;
use provisor::render::plan::{Detail, text};
use provisor::render::{Colour, html, markdown};

use crate::world::{Account, NOW, PROFILES, SETTINGS, World, account, person, short, withheld};

fn load(people: &str, accounts: &str) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("provisor.toml", SETTINGS),
        ("profiles.toml", PROFILES),
        ("people.toml", people),
        ("accounts.toml", accounts),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    Config::load(folder.path(), &Trust::none())
}

fn files(rest: &str, accounts: &str) -> Config {
    let loaded = load(&person("7", "Priya", "SALES", "2020-01-01", rest), accounts);
    let shown = format!("{:#?}", loaded.diagnostics);
    loaded.config.unwrap_or_else(|| panic!("{shown}"))
}

fn entry(login: &str, kind: &str, review: &str) -> String {
    format!(
        "[[account]]\napp = \"directory\"\nlogin = \"{login}\"\nkind = \"{kind}\"\n\
         owner = \"priya@meridian.com\"\npurpose = \"x\"\nreview = {review}\n"
    )
}

/// An account with another login than Priya's, which stores her HR id all the same.
fn second(login: &str, groups: &[&str]) -> Account {
    Account {
        login: login.to_owned(),
        ..account("7", "Priya", groups)
    }
}

fn world() -> World {
    World::with([
        account("7", "Priya", &["Everyone", "Sales"]),
        second("priya.admin@meridian.com", &["Everyone"]),
        second("robot@meridian.com", &["Sales"]),
    ])
}

/// The same with two accounts for emergencies, so that there are administrators left.
fn guarded() -> World {
    let mut world = world();
    for login in EMERGENCY {
        let account = account("", "Emergency", &["Sales"]);
        world.add(Account {
            login: login.to_owned(),
            ..account
        });
    }
    world
}

const EMERGENCY: [&str; 2] = ["one@meridian.com", "two@meridian.com"];

fn emergency() -> String {
    EMERGENCY
        .map(|login| entry(login, "break_glass", "2027-01-01"))
        .concat()
}

fn listed() -> String {
    entry("Priya.Admin@meridian.com", "admin", "2027-01-01")
        + &entry("u0003", "service", "2027-01-01")
}

#[test]
fn r5_listed_accounts_are_no_main_accounts_not_unmanaged_and_not_touched() {
    let planned = world().plan(&files("", &listed()), NOW);
    assert_eq!((short(&planned), withheld(&planned)), (vec![], vec![]));
    assert!(planned.body.unmanaged.is_empty() && planned.body.surplus.is_empty());
    // Unlisted, they are a question.
    let planned = world().plan(&files("", ""), NOW);
    assert_eq!(withheld(&planned), ["7 held R8"]);
}

#[test]
fn r5_a_persons_admin_accounts_close_with_the_person_and_no_others() {
    let config = files("end_date = 2026-03-01", &(listed() + &emergency()));
    let mut world = guarded();
    let planned = world.run(&config, NOW);
    assert_eq!(short(&planned), ["7 deactivate", "7 deactivate"]);
    let closed: Vec<_> = world
        .accounts
        .values()
        .map(|account| account.status == Status::Inactive)
        .collect();
    assert_eq!(closed, [true, true, false, false, false]);
    let reason = planned.body.changes.iter().filter_map(|change| {
        let admin = change.account.as_ref()?.login.raw().contains("admin");
        admin.then(|| change.reasons[1].at.as_ref().unwrap().to_string())
    });
    assert_eq!(reason.collect::<Vec<_>>(), ["accounts.toml:1"]);
    let next = world.plan(&config, NOW);
    assert_eq!((short(&next), withheld(&next)), (vec![], vec![]));
    // Somebody opens it again: it is closed again.
    world.accounts.get_mut("u0002").unwrap().status = Status::Active;
    assert_eq!(short(&world.plan(&config, NOW)), ["7 deactivate"]);
    // After the release nothing of theirs is held, and the service account holds what it held.
    world.run(&config, "2026-04-15T12:00:00Z");
    assert!(world.accounts["u0002"].groups.is_empty());
    assert_eq!(world.accounts["u0003"].groups.len(), 1);
}

#[test]
fn r5_a_review_that_is_due_and_an_owner_who_left_are_shown() {
    let due = entry("priya.admin@meridian.com", "admin", "2026-03-07");
    let planned = world().plan(
        &files("", &(due + &entry("u0003", "service", "2026-03-08"))),
        NOW,
    );
    let whys: Vec<_> = planned.body.reminders.iter().map(|one| one.why).collect();
    assert!(matches!(whys[..], [Reminds::ReviewDue { .. }]), "{whys:?}");
    let page = text(&planned, Detail::Brief, 100).to_text(Colour::Plain);
    assert!(
        page.contains("⚠ admin account priya.admin@meridian.com in directory"),
        "{page}"
    );
    let planned = world().plan(&files("end_date = 2026-03-01", &listed()), NOW);
    let whys: Vec<_> = planned
        .body
        .reminders
        .iter()
        .map(|one| (one.kind.word(), one.why))
        .collect();
    assert!(
        matches!(whys[..], [("service", Reminds::OwnerLeft { .. })]),
        "{whys:?}"
    );
}

#[test]
fn r5_a_listed_account_with_the_login_of_a_main_one_holds_instead_of_making_a_second() {
    let world = World::with([account("", "Priya", &["Everyone"])]);
    let planned = world.plan(
        &files("", &entry("priya@meridian.com", "shared", "2027-01-01")),
        NOW,
    );
    assert_eq!(short(&planned), [""; 0]);
    assert_eq!(withheld(&planned), ["7 held R5"]);
    assert!(matches!(
        planned.body.withheld[0].why,
        Impediment::Listed { .. }
    ));
}

/// Who administers an app is told by accounts.toml too: nobody closes the last of them.
#[test]
fn r20_accounts_that_are_listed_for_their_power_are_administrators() {
    let leaves = "end_date = 2026-03-01";
    let admin = "u0002";
    let closed = |planned: &Plan| -> Vec<String> {
        let changes = planned.body.changes.iter();
        let accounts = changes.filter_map(|change| change.account.as_ref());
        accounts.map(|tag| tag.vendor_id.raw().to_owned()).collect()
    };
    let planned = world().plan(&files(leaves, &listed()), NOW);
    assert_eq!(closed(&planned), ["u0001"], "her own account closes");
    assert_eq!(withheld(&planned), ["7 blocked R20"]);
    let judgement = planned.body.tripped().next().unwrap();
    assert_eq!(judgement.exact(), "directory.administrators=0");

    let accounts = listed() + &emergency();
    let mut world = guarded();
    let planned = world.plan(&files(leaves, &accounts), NOW);
    assert!(closed(&planned).contains(&admin.to_owned()));
    // An account that is closed can help nobody.
    let last = world.accounts.values_mut().last().unwrap();
    last.status = Status::Inactive;
    let planned = world.plan(&files(leaves, &accounts), NOW);
    assert_eq!(closed(&planned), ["u0001"]);
    // No program and no room administers anything.
    let service = accounts.replace("break_glass", "service");
    let planned = guarded().plan(&files(leaves, &service), NOW);
    assert_eq!(closed(&planned), ["u0001"]);
}

#[test]
fn r20_where_nothing_tells_who_administers_an_app_everybody_is_told() {
    let leaves = "end_date = 2026-03-01";
    let words = "not checked: the last administrators of directory";
    let pages = |planned: &Plan| {
        let wide = text(planned, Detail::Brief, 300).to_text(Colour::Plain);
        [
            wide.replace('\u{a0}', " "),
            markdown::plan(planned, markdown::MOST_BYTES),
        ]
    };
    let robot = entry("u0003", "service", "2027-01-01");
    let bare = || World::with([account("7", "Priya", &["Everyone", "Sales"])]);
    let config = files(leaves, &robot);
    for page in pages(&bare().plan(&config, NOW)) {
        assert!(page.contains(words), "{page}");
    }
    for page in pages(&bare().plan(&files("", &robot), NOW)) {
        assert!(!page.contains(words), "nobody is closed: {page}");
    }
    let guards = files(leaves, &(robot + &emergency()));
    for page in pages(&guarded().plan(&guards, NOW)) {
        assert!(!page.contains(words), "{page}");
    }
    let told = |config: &Config| -> Vec<&'static str> {
        let told = config.unguarded_administrators();
        told.iter().map(|one| one.code).collect()
    };
    assert_eq!(told(&config), ["unguarded-administrators"]);
    assert_eq!(told(&guards), [""; 0]);
    let mut reports = config;
    reports
        .apps
        .values_mut()
        .for_each(|app| app.mode = Mode::Report);
    assert_eq!(told(&reports), [""; 0]);
}

/// Two accounts of one person in one app are told apart, on every page.
#[test]
fn r5_of_two_accounts_of_one_person_a_plan_says_which_is_which() {
    let config = files("end_date = 2026-03-01", &(listed() + &emergency()));
    let planned = guarded().plan(&config, NOW);
    let wide = |detail| text(&planned, detail, 300).to_text(Colour::Plain);
    for page in [
        wide(Detail::Brief),
        wide(Detail::Full),
        markdown::plan(&planned, markdown::MOST_BYTES),
        html::plan(&planned),
    ] {
        let page = page.replace('\u{a0}', " ");
        for words in [
            "priya@meridian.com",
            "priya.admin@meridian.com",
            "admin account",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
    }
    let markdown = markdown::plan(&planned, markdown::MOST_BYTES);
    let row = markdown
        .lines()
        .find(|line| line.starts_with("| ") && line.contains("Priya"));
    assert!(row.unwrap().contains("last day"), "{row:?}");
}
