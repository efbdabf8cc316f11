use proptest::prelude::*;
use serde_json::{Value, json};

use super::dialect::Patching;
use super::filter::Filter;
use super::resource::Object;
use super::schema::USER;
use super::{patch, resource};

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z\"\\\\\u{202e}]{0,6}".prop_map(Value::from),
    ];
    let name = prop_oneof![
        Just("value"),
        Just("type"),
        Just("primary"),
        Just("emails"),
        Just("name"),
        Just("$ref"),
        Just("manager"),
        Just("givenName"),
        Just("schemas"),
        Just("active"),
        Just("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"),
    ];
    leaf.prop_recursive(3, 16, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone().prop_map(str::to_owned), inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// Words of the filter language in any order, and any text between.
fn filter_like() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("emails".to_owned()),
        Just("[".to_owned()),
        Just("]".to_owned()),
        Just("(".to_owned()),
        Just(")".to_owned()),
        Just(" eq ".to_owned()),
        Just(" and ".to_owned()),
        Just(" not ".to_owned()),
        Just("\"a\"".to_owned()),
        Just(".value".to_owned()),
        Just("type".to_owned()),
        Just(" pr ".to_owned()),
        Just("name".to_owned()),
        Just("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User".to_owned()),
        Just(":manager".to_owned()),
        Just("title".to_owned()),
        "\\PC{0,3}",
    ];
    prop::collection::vec(word, 0..10).prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn no_filter_panics(any_text in any::<String>(), words in filter_like()) {
        for text in [any_text, words] {
            if let Ok(filter) = Filter::parse(&USER, &text) {
                filter.matches(&Object::new());
            }
        }
    }

    #[test]
    fn no_patch_panics_and_what_it_leaves_is_canonical(
        op in prop_oneof![Just("add"), Just("replace"), Just("remove")],
        path in prop::option::of(filter_like()),
        value in prop::option::of(json_value()),
    ) {
        let mut operation = json!({ "op": op });
        for (name, part) in [("path", path.map(Value::from)), ("value", value)] {
            if let Some(part) = part {
                operation[name] = part;
            }
        }
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [operation],
        });
        let user = json!({
            "userName": "x", "name": { "givenName": "G" },
            "emails": [{ "value": "a", "type": "work", "primary": true }],
        });
        let (user, body) = (user.as_object().unwrap(), body.as_object().unwrap());
        if let Ok(patched) = patch::apply(&USER, user, body, &Patching::RFC) {
            prop_assert_eq!(resource::resource(&USER, &patched).unwrap(), patched);
        }
    }
}
