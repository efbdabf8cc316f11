//! Vendors' peculiarities, in the company of the story.

use crate::environment::Environment;

/// Figma shows `emails` as one object and truth as text.
#[test]
fn a_new_address_goes_out_in_the_standards_form_and_stays() {
    let environment = Environment::meridian();
    environment.run("apply --yes").exits(5);
    environment.edit(
        "people.toml",
        "email = \"daniel.reyes@meridianmanufacturing.com\"",
        "email = \"dan.reyes@meridianmanufacturing.com\"\n\
         previous_emails = [\"daniel.reyes@meridianmanufacturing.com\"]",
    );
    environment.edit("sandbox.toml", "clock = ", "record = true\nclock = ");
    environment
        .run("apply --yes")
        .exits(5)
        .shows("dan.reyes@meridianmanufacturing.com");
    let sent = crate::conformance::recorded(&environment.path(".provisor/sandbox"), "figma");
    let sent = format!("{sent:?}");
    assert!(sent.contains("dan.reyes@"), "{sent}");
    environment
        .run("plan")
        .exits(0)
        .shows("Nothing to do: all other accounts are as the files say.");
}

/// What a company calls its dialect does not change whose app is simulated.
#[test]
fn an_own_dialect_is_rehearsed_as_the_one_that_it_is_built_on() {
    let environment = Environment::meridian();
    environment.edit("provisor.toml", "dialect = \"slack\"", "dialect = \"mine\"");
    environment.edit("sandbox.toml", "clock = ", "record = true\nclock = ");
    environment.append("provisor.toml", "[dialects.mine]\nbased_on = \"slack\"");
    environment
        .run("apply --yes")
        .exits(5)
        .shows("Run: 64 done · 1 held or blocked");
    let read = crate::conformance::recorded(&environment.path(".provisor/sandbox"), "slack");
    let users = read.iter().find(|exchange| exchange.path == ["Users"]);
    let users = users.and_then(|exchange| exchange.answer.as_ref()).unwrap();
    let meta = &users["Resources"][0]["meta"];
    assert!(meta.is_object(), "{users}");
    assert!(meta["version"].is_null(), "Slack has no versions: {meta}");
}
