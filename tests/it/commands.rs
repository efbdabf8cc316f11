//! The commands that speak to no app: `init`, `explain`, `apps`, `schema`, `completions`, `man`.

#![expect(clippy::needless_raw_string_hashes, reason = "snapbox writes them so")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use provisor::model::name::AppName;
use provisor::model::reason::Why;
use provisor::reports::explain::explain;
use serde_json::Value;
use snapbox::{file, str};

use crate::environment::Environment;
use crate::world::{NOW, PROFILES, SETTINGS, config, person};

#[test]
fn a_starter_is_sound_and_rehearses_until_nothing_is_left() {
    let environment = Environment::real("http://127.0.0.1:1/");
    let ended = environment.run("init starter").exits(0);
    ended
        .prints(str![[r#"
✓ wrote provisor.toml, profiles.toml, people.toml, sandbox.toml, .gitignore

Next
  provisor -C starter validate          finds all mistakes at once
  provisor -C starter --sandbox plan    plans for simulated apps
  provisor -C starter schema --project  teaches your editor the files

"#]])
        .says(str![[r#"
exit 0: done

"#]]);
    environment
        .run("-C starter validate")
        .exits(0)
        .says(str![[r#"
warning[unguarded-administrators]: nothing tells who administers `directory`: no
                                   guard keeps the last one
  --> provisor.toml:24:7
   |
24 | [apps.directory]
   |       ^^^^^^^^^
   |
   = help: name in `administrators` what makes one, or list their accounts
           as "admin" or "break_glass" in accounts.toml

1 problem: 1 warning
2 people, 2 profiles, 1 app
exit 0: done

"#]]);
    let ended = environment.run("-C starter --sandbox plan").exits(0);
    let _ = ended
        .shows("Joins · 1 person\n+ Alan Turing · 1002 · alan.turing@example.com · starts 12 January 2026 as ENG")
        .shows("+ create  directory  groups Engineering, Everyone; manager");
    let ended = environment.run("-C starter --sandbox plan --full").exits(0);
    ended.shows("+ grant   directory  groups Everyone           everyone · profiles.toml:7");
    environment.run("-C starter --sandbox apply --yes").exits(0);
    let ended = environment.run("-C starter --sandbox plan --detailed-exitcode");
    ended.exits(0).shows("Nothing to do");
}

#[test]
fn a_starter_overwrites_nothing_and_leaves_nothing_half_done() {
    let environment = Environment::real("http://127.0.0.1:1/");
    let folder = environment.path("starter");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("people.toml"), "mine").unwrap();
    let ended = environment.run("init starter").exits(1);
    ended.prints("").says(str![[r#"
error: starter/people.toml is there already: nothing was written
  hint: name another folder: provisor init DIR
exit 1: error, nothing written

"#]]);
    assert_eq!(
        files(&folder),
        [("people.toml".to_owned(), "mine".to_owned())].into()
    );

    // A name that leads nowhere is somebody's too.
    fs::remove_file(folder.join("people.toml")).unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere", folder.join("sandbox.toml")).unwrap();
        environment
            .run("init starter")
            .exits(1)
            .mentions("starter/sandbox.toml is there already");
        assert!(!folder.join("nowhere").exists());
    }
}

/// The files of a folder with their texts.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let read = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().unwrap();
        (name, fs::read_to_string(entry.path()).unwrap())
    };
    entries.map(read).collect()
}

#[test]
fn a_person_is_explained_to_file_and_line() {
    let environment = Environment::example();
    let ended = environment.run("explain emma.johnson@meridianmanufacturing.com");
    ended.exits(0).prints(file!["golden/explain.txt"]);
    let ended = environment.run("explain 1042 --color always").exits(0);
    ended.prints(file!["golden/explain.term.svg": TermSvg]);
    let ended = environment.run("explain Priya directory").exits(0);
    ended.prints(str![[r#"
Priya Nair · 0733 · priya.nair@meridianmanufacturing.com · people.toml:27
  as of 7 March 2026, 09:22 PST · access ended 7 March 2026, 00:00 PST

Periods
  1 February 2021 to 6 March 2026 · SALES · employee · over · people.toml:31

- directory · scim · no open account
    because   last day 6 March 2026 · people.toml:27

"#]]);
    // A month later there is more to say of whoever left, and less a month before.
    let ended = environment
        .run("explain 0733 directory --as-of 2026-04-30")
        .exits(0);
    let _ = ended.shows("left on 6 March 2026");
    let ended = environment
        .run("explain 1042 directory --as-of 2026-02-01")
        .exits(0);
    let _ = ended.shows("not yet · provisioning opens 3 March 2026");
    assert!(
        !environment.path(".provisor").exists(),
        "nothing was started"
    );
}

#[test]
fn an_extra_and_a_held_entry_are_explained() {
    let environment = Environment::example();
    environment.edit(
        "people.toml",
        "job_code = \"MKT\" # the profile",
        "job_code = \"MTK\"",
    );
    environment.append(
        "people.toml",
        "[[extra]]\nperson = \"0815\"\nuntil = 2026-06-01\nreason = \"INC-123\"\n\
         apps.directory.groups = [\"Sales\"]\n",
    );
    let ended = environment.run("explain Luis").exits(0);
    ended.prints(str![[r#"
Luis Ortega · 0815 · luis.ortega@meridianmanufacturing.com · people.toml:17
  as of 7 March 2026, 09:22 PST

Periods
  16 May 2022 to 1 March 2026 · SALES · employee · over · people.toml:22
  2 March 2026 on · MKT · employee · runs · people.toml:23

✓ directory · scim · an account · provisioning opened 2 May 2022, 00:00 PDT
    because            MKT since 2 March 2026 · people.toml:23
    named by           MKT · profiles.toml:6
    groups Everyone    MKT · profiles.toml:8
    groups Marketing   MKT · profiles.toml:8
    groups Sales       extra until 1 June 2026: INC-123 · people.toml:41

"#]]);
    let ended = environment.run("explain Emma").exits(0);
    ended.prints(str![[r#"
Emma Johnson · 1042 · emma.johnson@meridianmanufacturing.com · people.toml:6
  as of 7 March 2026, 09:22 PST
  ? held: unknown profile `MTK` · nothing is given or taken until the entry is
    mended: provisor validate

Periods
  17 March 2026 on · MTK · employee · to come · people.toml:10

  directory · scim · nothing
    because   app not in MTK · people.toml:10
    so        an account that is there stays as it is until the entry is mended

"#]]);
}

#[test]
fn an_explanation_as_data_is_the_same() {
    let environment = Environment::example();
    let ended = environment.run("explain Luis --format json").exits(0);
    let data: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(data["format"], "provisor.explanation/1");
    assert_eq!(data["periods"][0]["stands"], "over");
    let app = &data["apps"][0];
    assert!(app["want"]["account"]["opened"].is_string(), "{app}");
    assert_eq!(app["holds"][1]["value"], "Marketing");
    assert_eq!(app["holds"][1]["reasons"][0]["at"]["file"], "profiles.toml");
}

/// R18: a group that nobody wrote down for its own sake.
#[test]
fn what_provides_another_app_says_so() {
    let config = config(
        SETTINGS,
        PROFILES,
        &person("1", "Ann", "MKT", "2026-01-05", ""),
    );
    let mut desired = provisor::desired::at(&config, NOW.parse().unwrap());
    let app: AppName = "directory".into();
    let bundle = desired.bundles[0].apps[0].as_mut().unwrap();
    bundle.entitlements[0].from.provides = Some("salesforce".into());
    let explained = explain(&config, &desired, 0, Some(&app));
    let holds = &explained.apps[0].holds;
    let provides = Why::Provides {
        app: "salesforce".into(),
    };
    assert_eq!(holds[0].reasons[0].why, provides);
    let chain = vec!["MKT".into()];
    assert_eq!(holds[0].reasons[1].why, Why::Profile { chain });
    assert_eq!(holds[1].reasons.len(), 1);
    let page = provisor::render::explain::text(&explained, 80);
    let page = page.to_text(provisor::render::Colour::Plain);
    assert!(
        page.contains("groups Everyone    provides salesforce; MKT · profiles.toml:"),
        "{page}"
    );
}

#[test]
fn whoever_is_not_found_or_not_alone_is_asked_about() {
    let environment = Environment::example();
    environment.append(
        "people.toml",
        "[[people]]\nid = \"0900\"\nname = { given = \"Emma\", family = \"Ortega\" }\n\
         email = \"emma.ortega@meridianmanufacturing.com\"\njob_code = \"MKT\"\n\
         start_date = 2020-01-01\n",
    );
    for (arguments, says) in [
        (
            "explain Ema",
            str![[r#"
error: nobody has the id, the email or the name `Ema`
  hint: did you mean Emma Ortega (0900) or Emma Johnson (1042)?
exit 64: usage

"#]],
        ),
        (
            "explain Emma",
            str![[r#"
error: 2 people are called `Emma`
  hint: name one by id: Emma Ortega (0900), Emma Johnson (1042)
exit 64: usage

"#]],
        ),
        (
            "explain 1042 directry",
            str![[r#"
error: provisor.toml has no app `directry`
  hint: did you mean `directory`?
exit 64: usage

"#]],
        ),
        (
            "explain xyzzy",
            str![[r#"
error: nobody has the id, the email or the name `xyzzy`
exit 64: usage

"#]],
        ),
    ] {
        environment.run(arguments).exits(64).prints("").says(says);
    }
}

#[test]
fn the_kinds_of_apps_describe_themselves() {
    let environment = Environment::example();
    environment
        .run("apps")
        .exits(0)
        .prints(file!["golden/apps.txt"]);
    let ended = environment.run("apps scim").exits(0);
    ended.prints(file!["golden/apps-scim.txt"]);
    let ended = environment.run("apps scim --format json").exits(0);
    let data: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(data["apps"][0]["kind"], "scim");
    assert_eq!(data["apps"][0]["credentials"][0][0], "token");
    environment.run("apps slak").exits(64).prints("");
}

#[test]
fn schemas_are_listed_printed_and_written() {
    let environment = Environment::example();
    environment.run("schema").exits(0).prints(str![[r#"
provisor   provisor.toml: settings and apps
profiles   profiles.toml: who gets what
people     people.toml and people/*.toml: who, and when
accounts   accounts.toml: every account that is not a person's main one
approvals  approvals.toml: who approved what only an approval may give
trust      The file that PROVISOR_TRUST names
sandbox    sandbox.toml: what the simulated apps start with
plan       A saved plan: what `plan --out` writes and `apply` takes
event      One line of `--json-events`: what a command is doing
readiness  Who is ready for their first day: what `readiness --format json`
           prints
report     What the runs came to, in figures: what `report --format json` prints
leaver     A leaver's certificate: what `report leaver --format json` prints
notice     A notice: what `--notify` posts to a channel of kind "webhook"
drift      What `drift --format json` prints: what changed outside of provisor

"#]]);
    let printed = environment.run("schema people").exits(0).stdout;
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/people.schema.json");
    assert_eq!(printed, fs::read_to_string(kept).unwrap());
    environment.run("schema persons").exits(64).prints("");
    environment
        .run("schema people --project")
        .exits(64)
        .prints("");

    environment.run("schema --write all").exits(0).prints("");
    assert_eq!(
        files(&environment.path("all"))["people.schema.json"],
        printed
    );
    environment.run("schema --project").exits(0).prints("");
    let own = files(&environment.path("schemas"));
    let profiles: Value = serde_json::from_str(&own["profiles.schema.json"]).unwrap();
    let profile = &profiles["properties"]["profiles"]["additionalProperties"]["properties"];
    let app = &profile["apps"]["properties"]["directory"]["properties"];
    assert_eq!(app["groups"]["type"], "array");
    assert_eq!(
        profile["includes"]["items"]["enum"],
        serde_json::json!(["MKT", "SALES"])
    );
}

#[test]
fn completions_and_manual_know_every_command() {
    let environment = Environment::example();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ended = environment.run(&format!("completions {shell}")).exits(0);
        let _ = ended.shows("detailed-exitcode").shows("explain");
    }
    let _ = environment.run("man").exits(0).shows(".TH provisor 1");
    environment.run("man pages").exits(0).prints("");
    let pages = files(&environment.path("pages"));
    assert!(pages["provisor-explain.1"].contains("an email or a name"));
}
