//! R19 end to end: the binary against simulated apps that invite, with the story's clock moved.

use crate::environment::{Ended, Environment};

/// The example, in which Emma is invited to `directory` for a week.
fn company(invitations: &str) -> Environment {
    let environment = Environment::example();
    environment.edit(
        "provisor.toml",
        "mode = \"enforce\"",
        "mode = \"enforce\"\ndialect = \"inviting\"",
    );
    environment.append(
        "provisor.toml",
        "[dialects.inviting]\nbased_on = \"generic\"\n[dialects.inviting.invitation]\n\
         lifetime = \"7 days\"\n\
         pending = \"urn:example:params:scim:schemas:extension:invitation:2.0:User:pending\"",
    );
    let entry = format!("[apps.directory.invitations]\n{invitations}\n[apps.directory.faults]");
    environment.edit("sandbox.toml", "[apps.directory.faults]", &entry);
    environment
}

/// Moves the clock to nine in the morning of a day, which is Pacific time.
fn on(environment: &Environment, day: &str) {
    let text = std::fs::read_to_string(environment.path("sandbox.toml")).unwrap();
    let clock = text.lines().find(|line| line.starts_with("clock = "));
    let now = format!("clock = {day}T09:00:00-07:00");
    environment.edit("sandbox.toml", clock.expect("a clock"), &now);
}

fn applied<'a>(environment: &'a Environment, day: &str, code: i32) -> Ended<'a> {
    on(environment, day);
    environment.run("apply --yes").exits(code)
}

#[test]
fn r19_invited_waiting_accepted_granted() {
    let environment = company("lifetime = \"7 days\"\naccepted_after = \"3 days\"");
    // R1: good for a week, it goes out six days before the first, which is the 17th.
    on(&environment, "2026-03-10");
    environment
        .run("apply --yes")
        .exits(0)
        .shows("11 March 2026     + Emma Johnson");
    applied(&environment, "2026-03-11", 0)
        .shows("+ invite  directory")
        .shows("once accepted: ")
        .shows("1 waiting");
    on(&environment, "2026-03-12");
    environment
        .run("plan --detailed-exitcode")
        .exits(0)
        .shows("Waiting · 1 · they have not accepted their invitation yet")
        .shows("invited 11 March 2026, 09:00 PDT")
        .shows("until 18 March 2026, 09:00 PDT")
        .shows("Nothing to do");
    environment
        .run("plan --format markdown")
        .exits(0)
        .shows("### ⚪ NO CHANGES – 0 to deactivate · 1 waiting");
    environment.run("apply --yes").exits(0);
    on(&environment, "2026-03-15");
    environment
        .run("plan --detailed-exitcode")
        .exits(2)
        .shows("groups Everyone, Marketing");
    environment.run("apply --yes").exits(0).shows("2 done");
    environment
        .run("plan --detailed-exitcode")
        .exits(0)
        .shows("Nothing to do: all accounts are as the files say.");
}

#[test]
fn r19_an_invitation_that_expires_and_vanishes_is_sent_three_times_in_all() {
    let environment = company("lifetime = \"7 days\"");
    applied(&environment, "2026-03-11", 0);
    applied(&environment, "2026-03-18", 0).shows("again: the first expired");
    applied(&environment, "2026-03-19", 0).shows("Nothing to do");
    applied(&environment, "2026-03-25", 0).shows("for the last time: the second expired");
    for day in ["2026-04-01", "2026-04-02"] {
        applied(&environment, day, 5)
            .shows("Held · 1 · a human must decide")
            .shows("expired")
            .shows("sent again 2 times before");
    }
}

#[test]
fn r19_declined_or_left_is_held() {
    let environment = company("lifetime = \"7 days\"");
    applied(&environment, "2026-03-11", 0);
    environment.edit(
        "sandbox.toml",
        "lifetime = \"7 days\"\n[",
        "lifetime = \"7 days\"\ngone = [\"emma.johnson@meridianmanufacturing.com\"]\n[",
    );
    for day in ["2026-03-12", "2026-03-13", "2026-03-30"] {
        applied(&environment, day, 5)
            .shows("Held · 1 · a human must decide")
            .shows("declined or withdrawn");
    }
}

#[test]
fn r19_okta_mails_its_welcome_again_twice() {
    let environment = Environment::meridian();
    let mails = || {
        let seen = crate::conformance::recorded(&environment.path(".provisor/sandbox"), "okta");
        let again = |path: &[String]| path.last().is_some_and(|last| last == "reactivate");
        seen.iter().filter(|exchange| again(&exchange.path)).count()
    };
    environment.edit("sandbox.toml", "clock = ", "record = true\nclock = ");
    environment.run("apply --yes").exits(5).shows("+ invite");
    assert_eq!(mails(), 0);
    // The mail is good for a fortnight here.
    applied(&environment, "2026-03-20", 5).shows("invited 7 March 2026");
    assert_eq!(mails(), 0);
    applied(&environment, "2026-03-22", 5).shows("again: the first expired");
    applied(&environment, "2026-03-23", 5);
    assert_eq!(mails(), 1);
    applied(&environment, "2026-04-06", 5).shows("for the last time");
    assert_eq!(mails(), 2);
    applied(&environment, "2026-04-22", 5).shows("sent again 2 times before");
    assert_eq!(mails(), 2);
}
