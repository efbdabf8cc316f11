//! `state init`: how the snapshots of a new or lost state begin (R25).

use serde_json::{Value, json};

use crate::environment::Environment;

#[test]
fn r25_a_chain_begins_with_what_the_apps_hold_and_why() {
    let environment = Environment::example();
    environment.run("plan").exits(0);
    let before = environment.accounts();
    environment
        .run("state init --reason INC-7")
        .exits(0)
        .shows("the chain starts here")
        .shows("INC-7");
    assert_eq!(environment.accounts(), before, "nothing was changed");
    let [first] = &environment.manifests()[..] else {
        panic!("one snapshot")
    };
    assert_eq!(first["reason"], "INC-7");
    assert_eq!(first["previous"], Value::Null);
    assert_eq!(first["undone"], json!([]));
    assert_eq!(first["apps"]["directory"]["after"]["how"], "read");
    environment.run("snapshot show 1").exits(0).shows("INC-7");
    environment.run("plan").exits(0);
    environment.run("apply --yes").exits(0);
    environment.run("plan --detailed-exitcode").exits(0);
    assert_ne!(environment.accounts(), before);
    assert_eq!(environment.manifests()[1]["reason"], Value::Null);
}

#[test]
fn r25_a_chain_begins_once_and_with_every_app() {
    let environment = Environment::example();
    environment.run("state init").exits(64);
    environment.fault("outage = 503");
    environment
        .run("state init --reason INC-7")
        .exits(4)
        .mentions("Nothing was written");
    assert_eq!(environment.pieces("runs").len(), 0);
    assert_eq!(environment.pieces("snapshots").len(), 0);

    let environment = Environment::example();
    environment.run("apply --yes").exits(0);
    environment
        .run("state init --reason INC-7")
        .exits(1)
        .mentions("the state has snapshots already");
    assert_eq!(environment.pieces("snapshots").len(), 1);
}

#[test]
fn r25_what_was_in_the_files_when_a_chain_began_is_nobodys_to_do_unseen() {
    let environment = Environment::example();
    environment.run("plan").exits(0);
    let before = environment.accounts();
    environment.run("state init --reason INC-7").exits(0);
    environment
        .run("apply --due")
        .exits(0)
        .prints("Nothing is due; not done: 7 changes caused by the files, which `apply` does.\n");
    assert_eq!(environment.accounts(), before);
}
