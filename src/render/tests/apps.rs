//! Kinds of apps with everything that a connector can say of itself.

use std::sync::Arc;

use crate::model::app::{
    AppDescription, AttributeKind, AttributeSource, Authority, Comparison, EntitlementKind,
    KindIndex, Leaving, Shape,
};
use crate::render::apps::{Choice, Connector, Spoken, full, list};
use crate::render::{Colour, json};

fn description() -> AppDescription {
    let kind = |name: &'static str, shape, authority| EntitlementKind {
        name: name.into(),
        shape,
        authority,
        summary: "what it is".into(),
        privileged: Vec::new(),
        seats: None,
    };
    AppDescription {
        kind: "made_up",
        summary: "an app with everything".into(),
        domains: vec!["made-up.example".into()],
        entitlements: vec![
            kind("role", Shape::One, Authority::All),
            kind("groups", Shape::Many, Authority::Granted),
            kind(
                "projects",
                Shape::Keyed {
                    default_level: "Viewer".into(),
                    levels: vec!["Viewer".into(), "Admin".into()],
                },
                Authority::Named,
            ),
        ],
        attributes: vec![AttributeKind {
            name: "manager",
            source: AttributeSource::Manager,
            required: true,
            compare: Comparison::Folded,
        }],
        stores_hr_id: false,
        invitation: None,
        leaving: leaving(false),
        leaving_choices: &["suspend", "delete"],
        identity_provider: true,
        assigns: Some(KindIndex(1)),
        credentials: &[&["token"], &["client_id", "private_key"]],
        read_scopes: "users:read".into(),
        write_scopes: "users:write".into(),
    }
}

fn leaving(destroys_data: bool) -> Leaving {
    Leaving {
        effect: "cannot sign in".into(),
        reversible: !destroys_data,
        destroys_data,
        unassigns: destroys_data,
        tasks: vec!["revoke the tokens that they made".into()],
    }
}

fn connector() -> Connector {
    let suspended = description();
    let deleted = AppDescription {
        leaving: leaving(true),
        ..description()
    };
    Connector {
        leaving: vec![
            Choice::new("suspend", &suspended),
            Choice::new("delete", &deleted),
        ],
        dialects: vec![Spoken::new("strange", &suspended)],
        description: Arc::new(suspended),
    }
}

#[test]
fn a_page_says_all_that_a_connector_says() {
    let page = full(&connector(), 100).to_text(Colour::Plain);
    for line in [
        "  role            one value · all values are ours · what it is",
        "  groups          list · values we gave are ours · what it is",
        "  projects        table of levels: Viewer, Admin · named values are ours · what it is",
        "  credentials     token",
        "  or              client_id and private_key",
        "  leaving         \"suspend\": cannot sign in",
        "  cascades        its groups can make accounts in other apps (provisioned_by)",
        "  dialects        strange",
        "  trusted hosts   made-up.example, and all below",
        "  HR id           not stored: accounts are found by login and email",
        "  manager         manager, once they have an account · needed at creation",
        "Dialects\n  strange         an app with everything\n  leaving         cannot sign in\n  \
         by hand         revoke the tokens that they made\n  trusted hosts   made-up.example, and all below\n  plan needs      users:read\n  apply needs     \
         users:write",
    ] {
        assert!(page.contains(line), "{line}\n\n{page}");
    }
    assert!(
        page.contains("⚠ destroys data: needs allow_destructive = true"),
        "{page}"
    );
    let brief = list(&[connector()], 60).to_text(Colour::Plain);
    assert!(
        brief.lines().all(|line| line.chars().count() <= 60),
        "{brief}"
    );
}

#[test]
fn the_data_has_what_the_page_has() {
    let text = json::apps(&[connector()], json::Layout::Compact);
    let data: serde_json::Value = serde_json::from_str(&text).unwrap();
    let app = &data["apps"][0];
    assert_eq!(app["cascades_by"], "groups");
    assert_eq!(app["entitlements"][2]["default_level"], "Viewer");
    assert_eq!(app["leaving_choices"][1]["leaving"]["destroys_data"], true);
    assert_eq!(app["credentials"][1][1], "private_key");
    let dialect = &app["dialects"][0];
    assert_eq!(dialect["name"], "strange");
    assert_eq!(dialect["domains"][0], "made-up.example");
    assert_eq!(dialect["read_scopes"], "users:read");
    assert_eq!(dialect["write_scopes"], "users:write");
    assert_eq!(dialect["leaving"]["reversible"], true);
}
