use std::sync::Arc;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::model::account::LinkRule;
use crate::model::app::{
    AttributeKind, AttributeSource, Authority, Comparison, EntitlementKind, Leaving, Shape,
};

const AT: Timestamp = Timestamp::UNIX_EPOCH;

fn description(kinds: &[&'static str], attributes: &[&'static str]) -> AppDescription {
    let kind = |name: &&'static str| EntitlementKind {
        name: (*name).into(),
        shape: Shape::Many,
        authority: Authority::Named,
        summary: "".into(),
        privileged: Vec::new(),
        seats: None,
    };
    let attribute = |name: &&'static str| AttributeKind {
        name,
        source: AttributeSource::Title,
        required: false,
        compare: Comparison::Exact,
    };
    AppDescription {
        kind: "test",
        summary: "".into(),
        domains: Vec::new(),
        entitlements: kinds.iter().map(kind).collect(),
        attributes: attributes.iter().map(attribute).collect(),
        stores_hr_id: true,
        leaving: Leaving {
            effect: "".into(),
            reversible: true,
            destroys_data: false,
            unassigns: false,
            tasks: Vec::new(),
        },
        leaving_choices: &[],
        invitation: None,
        identity_provider: false,
        assigns: None,
        credentials: &[],
        read_scopes: "".into(),
        write_scopes: "".into(),
    }
}

fn write_all(reading: &Observation, memories: &[Memory], description: &AppDescription) -> Object {
    let named = BTreeSet::from(["Engineering".to_owned()]);
    let asked = Asked {
        named: &named,
        all: false,
    };
    let asked = vec![asked; description.entitlements.len()];
    write(reading, memories, description, &asked)
}

fn read(object: &Object, description: &AppDescription) -> Recorded {
    let parsed = parse(object, &"app".into(), description, AT);
    parsed.unwrap().expect("the same kind of connector")
}

fn row<'a>(vendor_id: &'a str, login: &'a str) -> NewRow<'a> {
    NewRow {
        vendor_id,
        login,
        email: login,
        hr_id: "",
        status: Status::Active,
    }
}

/// Two accounts of an app named `app`, the first of which holds `Engineering` and has a title.
#[test]
fn a_count_that_no_machine_can_hold_is_only_wrong() {
    let (description, object) = small();
    let text = std::str::from_utf8(object.bytes()).unwrap();
    let said = format!("\"accounts\":{}", u64::MAX);
    let text = text.replacen("\"accounts\":2", &said, 1);
    let parsed = parse(
        &Object::new(text),
        &"app".into(),
        &description,
        Timestamp::UNIX_EPOCH,
    );
    let error = parsed.unwrap_err().to_string();
    assert!(error.contains("it has 2 accounts and says"), "{error}");
}

pub(in crate::state) fn small() -> (Arc<AppDescription>, Object) {
    let description = description(&["roles", "groups"], &["title", "department"]);
    let mut builder = ObservationBuilder::new(&"app".into(), 2, 2);
    builder.account(row("b", "ben@example.com"));
    let emma = builder.account(row("a", "emma@example.com"));
    let value = builder.value(KindIndex(1), "Engineering", "g1");
    builder.hold(emma, value, None, Origin::Direct);
    builder.attribute(emma, 0, "Chief \"of\" everything");
    builder.attribute_unknown(1);
    let memory = Memory {
        person: Some("1042".into()),
        link: Some(LinkRule::Email),
        desired: true,
        ..Memory::default()
    };
    let memories = [memory, Memory::default()];
    let object = write_all(&builder.finish(AT), &memories, &description);
    (Arc::new(description), object)
}

#[test]
fn a_reading_is_a_header_and_a_line_per_account() {
    let (_, object) = small();
    let text = std::str::from_utf8(object.bytes()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines,
        [
            concat!(
                r#"{"format":"provisor.reading/1","app":"app","kind":"test","accounts":2,"#,
                r#""completeness":{"answer":"complete"},"hr_ids":true,"attributes":["title"],"#,
                r#""entitlements":{"groups":{"all":false,"named":["Engineering"],"#,
                r#""completeness":{"answer":"complete"},"values":[["Engineering","g1"]]},"#,
                r#""roles":{"all":false,"named":["Engineering"],"#,
                r#""completeness":{"answer":"complete"},"values":[]}}}"#,
            ),
            concat!(
                r#"{"vendor_id":"a","login":"emma@example.com","email":"emma@example.com","#,
                r#""hr_id":"","status":"active","#,
                r#""attributes":{"title":"Chief \"of\" everything"},"#,
                r#""entitlements":{"groups":[{"value":"Engineering"}]},"#,
                r#""memory":{"person":"1042","link":"email","desired":true}}"#,
            ),
            concat!(
                r#"{"vendor_id":"b","login":"ben@example.com","email":"ben@example.com","#,
                r#""hr_id":"","status":"active","attributes":{},"entitlements":{},"memory":{}}"#,
            ),
        ]
    );
}

/// R18: what a group makes in other apps is part of what was read, and so is that it makes nothing.
#[test]
fn what_values_assign_survives_a_round_trip() {
    let description = description(&["roles", "groups"], &[]);
    let mut builder = ObservationBuilder::new(&"app".into(), 2, 0);
    let [crm, idle] = ["CRM", "Idle"].map(|name| builder.value(KindIndex(1), name, name));
    builder.value(KindIndex(1), "Unasked", "Unasked");
    builder.assigns(crm, vec!["Salesforce".into(), "Box".into()]);
    builder.assigns(idle, Vec::new());
    builder.given_by(idle, vec!["the rule of the house".into()]);
    let object = write_all(&builder.finish(AT), &[], &description);
    let reading = read(&object, &description).reading;
    let assigned = |name| {
        let value = reading.value_named(KindIndex(1), name).unwrap();
        reading.assigns.get(&value).cloned()
    };
    assert_eq!(
        assigned("CRM"),
        Some(vec!["Box".into(), "Salesforce".into()])
    );
    assert_eq!(assigned("Idle"), Some(Vec::new()));
    assert_eq!(assigned("Unasked"), None);
    let idle = reading.value_named(KindIndex(1), "Idle").unwrap();
    let given_by = [(idle, vec!["the rule of the house".into()])];
    assert_eq!(reading.given_by, given_by.into());
}

#[test]
fn an_old_reading_is_read_by_name_for_a_connector_that_changed() {
    let (_, object) = small();
    let now = description(
        &["groups", "channels"],
        &["department", "nickname", "title"],
    );
    let app = read(&object, &now);
    let emma = app.reading.find("a").unwrap();
    assert_eq!(emma.attribute(2).unwrap().raw(), "Chief \"of\" everything");
    assert_eq!(app.reading.attributes_known, [false, false, true]);
    assert_eq!(
        app.reading.value(emma.holdings()[0].value).kind,
        KindIndex(0)
    );
    assert_eq!(app.reading.kinds[0], Completeness::Complete);
    assert!(matches!(app.reading.kinds[1], Completeness::Incomplete(_)));
    assert!(app.named[0].contains("Engineering") && app.named[1].is_empty());
    assert_eq!(app.memories[0].person, Some("1042".into()));
    assert_eq!(app.memories[1], Memory::default());

    let other = AppDescription {
        kind: "another",
        ..now
    };
    assert!(parse(&object, &"app".into(), &other, AT).unwrap().is_none());
}

#[test]
fn what_cannot_have_been_written_is_refused() {
    let (description, object) = small();
    let text = std::str::from_utf8(object.bytes()).unwrap();
    let refused = |text: String| {
        let parsed = parse(&Object::new(text), &"app".into(), &description, AT);
        parsed.unwrap_err().to_string()
    };
    let mut lines: Vec<&str> = text.lines().collect();
    lines.swap(1, 2);
    assert!(refused(lines.join("\n")).contains("line 3 is out of order"));
    assert!(refused(lines[..2].join("\n")).contains("it has 1 accounts and says 2"));
    let unknown = text.replace(r#"{"value":"Engineering"}"#, r#"{"value":"Sales"}"#);
    assert!(refused(unknown).contains("line 2 holds what the app does not know"));
    assert!(refused(text.replace("reading/1", "reading/2")).contains("newer provisor"));
    assert!(refused(String::new()).contains("damaged"));
    let parsed = parse(&object, &"other".into(), &description, AT);
    assert!(
        parsed
            .unwrap_err()
            .to_string()
            .contains("it is a reading of app")
    );
}

#[derive(Clone, Debug)]
struct Account {
    texts: [String; 4],
    status: Status,
    /// Value, level, inherited.
    holdings: Vec<(usize, Option<String>, bool)>,
    memory: Memory,
}

fn accounts() -> impl Strategy<Value = Vec<(String, Account)>> {
    let status = prop_oneof![
        Just(Status::Active),
        Just(Status::Pending),
        Just(Status::Inactive)
    ];
    let memory = (
        option::of("[0-9]{4}"),
        option::of(0_i64..2_000_000_000),
        any::<bool>(),
    );
    let memory = memory.prop_map(|(person, since, desired)| Memory {
        granted: crate::model::granted::Granted::default(),
        link: person.is_some().then_some(LinkRule::HrId),
        person: person.map(Into::into),
        created_by: desired.then(|| "000007".into()),
        closed_by: None,
        desired,
        inactive_since: since.map(|since| Timestamp::from_second(since).unwrap()),
        reopening: desired,
        invited: since.map(|since| Timestamp::from_second(since).unwrap()),
        renewals: u8::from(desired),
        missing_since: None,
    });
    let holding = (0..VALUES.len(), option::of("[ab]"), any::<bool>());
    let account = (any::<[String; 4]>(), status, vec(holding, 0..6), memory);
    let account = account.prop_map(|(texts, status, holdings, memory)| Account {
        texts,
        status,
        holdings,
        memory,
    });
    btree_map(any::<String>(), account, 0..12)
        .prop_map(|accounts| accounts.into_iter().collect::<Vec<_>>())
        .prop_shuffle()
}

/// Kind, name and vendor id; two share a name.
const VALUES: [(u8, &str, &str); 5] = [
    (0, "Everyone", "r1"),
    (1, "Everyone", "g1"),
    (1, "Everyone", "g2"),
    (1, "#\u{202e}\"general\n", "g3"),
    (1, "", "g4"),
];

fn observe(accounts: &[(String, Account)], reverse: bool) -> (Observation, Vec<Memory>) {
    let mut builder = ObservationBuilder::new(&"app".into(), 2, 2);
    let mut order: Vec<usize> = (0..VALUES.len()).collect();
    if reverse {
        order.reverse();
    }
    for index in order {
        let (kind, name, id) = VALUES[index];
        builder.value(KindIndex(kind), name, id);
    }
    let mut memories = BTreeMap::new();
    let mut add = |(id, account): &(String, Account)| {
        let [login, email, hr_id, title] = &account.texts;
        let index = builder.account(NewRow {
            vendor_id: id,
            login,
            email,
            hr_id,
            status: account.status,
        });
        builder.attribute(index, 0, title);
        let mut seen = BTreeSet::new();
        for (value, level, inherited) in &account.holdings {
            if !seen.insert(value) {
                continue;
            }
            let (kind, name, id) = VALUES[*value];
            let value = builder.value(KindIndex(kind), name, id);
            let origin = if *inherited {
                Origin::Inherited
            } else {
                Origin::Direct
            };
            builder.hold(index, value, level.as_deref(), origin);
        }
        memories.insert(id.clone(), account.memory.clone());
    };
    if reverse {
        accounts.iter().rev().for_each(&mut add);
    } else {
        accounts.iter().for_each(&mut add);
    }
    (builder.finish(AT), memories.into_values().collect())
}

proptest! {
    #[test]
    fn any_reading_survives_a_round_trip(accounts in accounts()) {
        let description = description(&["roles", "groups"], &["title", "department"]);
        let (reading, memories) = observe(&accounts, false);
        let object = write_all(&reading, &memories, &description);
        let (reversed, same) = observe(&accounts, true);
        prop_assert_eq!(&write_all(&reversed, &same, &description), &object, "order of arrival");

        let parsed = read(&object, &description);
        prop_assert_eq!(&parsed.memories, &memories);
        for (id, account) in &accounts {
            let found = parsed.reading.find(id).unwrap();
            let [login, email, hr_id, title] = &account.texts;
            prop_assert_eq!(found.login().into_raw(), login);
            prop_assert_eq!(found.email().into_raw(), email);
            prop_assert_eq!(found.hr_id().into_raw(), hr_id);
            prop_assert_eq!(found.attribute(0).unwrap_or_default().into_raw(), title);
            prop_assert_eq!(found.status(), account.status);
            let held = |id: &str| {
                let mut holdings = found.holdings().iter();
                holdings.find(|h| parsed.reading.value(h.value).vendor_id.raw() == id).copied()
            };
            for (index, (_, _, value)) in VALUES.iter().enumerate() {
                let given = account.holdings.iter().find(|(value, ..)| *value == index);
                let held = held(value).map(|held| {
                    let level = parsed.reading.level(held).map(|level| level.raw().to_owned());
                    (index, level, held.origin == Origin::Inherited)
                });
                prop_assert_eq!(held.as_ref(), given);
            }
        }
        let again = write_all(&parsed.reading, &parsed.memories, &description);
        prop_assert_eq!(again, object);
    }
}

/// R14: how many seats there were when the app was read is part of what was read.
#[test]
fn seats_survive_a_round_trip() {
    let description = description(&["licences"], &[]);
    let mut builder = ObservationBuilder::new(&"app".into(), 1, 0);
    let seats = SeatPool { used: 7, total: 9 };
    builder.seats("Full", seats);
    let object = write_all(&builder.finish(AT), &[], &description);
    let reading = read(&object, &description).reading;
    assert_eq!(reading.seats, [("Full".to_owned(), seats)].into());
}
