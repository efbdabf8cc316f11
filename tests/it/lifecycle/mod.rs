//! Lifecycle stories as data: each file of `stories/` is walked day by day on a simulated clock and
//! checked at every step.
//!
//! At a step the plan must say exactly what the file expects; a perfect app then does it, and the
//! next plan must say nothing but what was withheld (R26). On every other day, and a second before
//! each step, nothing may be due. What must hold whatever happens is in [`invariants`].

mod chance;
mod files;
mod invariants;
mod lines;
mod story;
mod walk;

use std::collections::BTreeSet;
use std::path::Path;

use story::Story;
use walk::Nights;

/// One test per file.
macro_rules! stories {
    ($($name:ident),+ $(,)?) => {
        const NAMES: &[&str] = &[$(stringify!($name)),+];
        $(
            #[test]
            fn $name() {
                let story = read(stringify!($name));
                walk::walk(&story, Nights::Quiet);
                walk::walk(&story, Nights::Applied);
            }
        )+
    };
}

stories! {
    additive_then_enforce,
    app_down_for_a_day,
    app_that_removes_leavers,
    approval_expires,
    cascade_that_comes_late,
    contract_ends_on_friday,
    contractor_converts_with_a_new_id,
    dismissal_at_three,
    drift_by_hand,
    extra_expires,
    future_move,
    hire_with_an_account_that_is_there,
    incomplete_reading,
    invitation_expires,
    job_changes_under_an_approval,
    last_seat,
    leave_keeps,
    leave_suspends,
    leaver_removed_from_the_files,
    manager_leaves,
    marriage_rename,
    mistyped_group,
    mover_by_edit,
    profile_stops_naming_a_group,
    profile_stops_naming_an_app,
    recycled_address,
    rehire_with_old_roles,
    rescinded_hire,
    row_lost_in_a_bad_merge,
    scope_widens,
    second_admin_account,
    security_suspends_the_leaver,
    separation_breach_by_move,
    source_unread_while_somebody_leaves,
    start_slips_after_creation,
    state_lost,
    surplus_account,
    suspended_by_security,
    twelve_contracts_end_with_the_month,
    two_merges_in_a_minute,
    unmanaged_account,
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/lifecycle/stories")
}

fn read(name: &str) -> Story {
    let path = folder().join(format!("{name}.toml"));
    let text = std::fs::read_to_string(&path).unwrap();
    toml::from_str(&text).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()))
}

#[test]
fn every_story_is_walked_and_there_are_thirty() {
    let files = std::fs::read_dir(folder()).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let found: BTreeSet<String> = names.collect();
    let walked = NAMES.iter().map(|name| format!("{name}.toml")).collect();
    assert_eq!(found, walked);
    assert!(found.len() >= 30, "{}", found.len());
}

#[test]
fn every_story_says_what_it_is_about_and_moves_the_apps() {
    for name in NAMES {
        let story = read(name);
        assert!(!story.about.is_empty() && !story.rules.is_empty(), "{name}");
        assert!(
            story.day.iter().any(|step| !step.expect.is_empty()),
            "{name}"
        );
    }
}
