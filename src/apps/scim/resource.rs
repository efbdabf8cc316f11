//! Resources as servers really write them: any case of keys, numbers as texts, one email without
//! its list.

use std::borrow::Cow;

use serde_json::Value;

use super::dialect::Login;
use super::schema::{self, Path};

/// A member of an object, whatever the case of its key.
pub fn member<'a>(object: &'a Value, key: &str) -> Option<&'a Value> {
    let object = object.as_object()?;
    let found = object.get(key).or_else(|| {
        let mut members = object.iter();
        members.find_map(|(name, value)| name.eq_ignore_ascii_case(key).then_some(value))
    });
    found.filter(|value| !value.is_null())
}

/// What is at a path, nested or with its keys in one (`"name.formatted"`).
pub fn at<'a>(record: &'a Value, path: &Path) -> Option<&'a Value> {
    let keys = path.keys();
    let nested = keys
        .iter()
        .try_fold(record, |value, key| member(value, key));
    nested.or_else(|| match keys {
        [_] => None,
        _ => member(record, &path.written()),
    })
}

/// A text; a number is one too.
pub fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        _ => None,
    }
}

/// True or false, in any of the spellings of the field.
pub fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A count, as a number or a text.
pub fn number(value: &Value) -> Option<usize> {
    match value {
        Value::Number(number) => usize::try_from(number.as_u64()?).ok(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The items of a list; a single object is a list of one.
pub fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        Value::Object(_) | Value::String(_) => std::slice::from_ref(value),
        _ => &[],
    }
}

/// Why a record cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable(pub &'static str);

/// A user, as far as every server has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User<'a> {
    /// The server's id.
    pub id: Cow<'a, str>,
    /// What the person signs in with.
    pub login: Cow<'a, str>,
    /// The main email, or else a login that is one; empty if there is none.
    pub email: Cow<'a, str>,
    /// `externalId`; empty if there is none.
    pub hr_id: Cow<'a, str>,
    /// `active`, if it is told.
    pub active: Option<bool>,
}

impl<'a> User<'a> {
    /// Reads a user: id, login, and an `active` that means something are required.
    pub fn read(record: &'a Value, login: Login) -> Result<Self, Unreadable> {
        let id = identifier(record).ok_or(Unreadable("a user has no id"))?;
        let name = at(record, &schema::LOGIN).and_then(text);
        let name = name
            .filter(|name| !name.is_empty())
            .ok_or(Unreadable("a user has no userName"))?;
        let active = match at(record, &schema::ACTIVE) {
            None => None,
            Some(value) => Some(
                boolean(value).ok_or(Unreadable("a user's `active` is neither true nor false"))?,
            ),
        };
        let email = main_email(record).map(|(_, email)| email);
        let email = email.or_else(|| name.contains('@').then(|| name.clone()));
        Ok(Self {
            login: match (login, &email) {
                (Login::Email, Some(email)) => email.clone(),
                _ => name,
            },
            email: email.unwrap_or_default(),
            hr_id: at(record, &schema::HR_ID)
                .and_then(text)
                .unwrap_or_default(),
            id,
            active,
        })
    }
}

/// The main email, and its place in the list: the primary one, else work, else the first.
pub fn main_email(record: &Value) -> Option<(usize, Cow<'_, str>)> {
    let emails = at(record, &schema::EMAILS).map_or(&[][..], items);
    let usable = || {
        let all = emails.iter().enumerate();
        all.filter_map(|(place, item)| Some((place, item, address(item)?)))
            .filter(|(_, _, email)| !email.is_empty())
    };
    let primary = |item: &Value| member(item, "primary").and_then(boolean) == Some(true);
    usable()
        .find(|(_, item, _)| primary(item))
        .or_else(|| usable().find(|(_, item, _)| is_work(item)))
        .or_else(|| usable().next())
        .map(|(place, _, email)| (place, email))
}

fn address(email: &Value) -> Option<Cow<'_, str>> {
    text(member(email, "value").unwrap_or(email))
}

/// True for an email of the type `work`.
pub fn is_work(email: &Value) -> bool {
    let kind = member(email, "type").and_then(text);
    kind.is_some_and(|kind| kind.eq_ignore_ascii_case("work"))
}

/// A group, as far as every server has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group<'a> {
    /// The server's id.
    pub id: Cow<'a, str>,
    /// `displayName`
    pub name: Cow<'a, str>,
    /// The ids of its members that are not groups themselves; none if the server does not tell.
    pub members: Option<Vec<Cow<'a, str>>>,
}

impl<'a> Group<'a> {
    /// Reads a group: id, name and readable members are required.
    pub fn read(record: &'a Value) -> Result<Self, Unreadable> {
        let id = identifier(record).ok_or(Unreadable("a group has no id"))?;
        let name = member(record, "displayName").and_then(text);
        let name = name.ok_or(Unreadable("a group has no displayName"))?;
        let members = member(record, "members").map(|members| {
            items(members)
                .iter()
                .filter(|item| !is_group(item))
                .map(|item| member(item, "value").unwrap_or(item))
                .map(|value| text(value).ok_or(Unreadable("a member of a group has no value")))
                .collect()
        });
        Ok(Self {
            id,
            name,
            members: members.transpose()?,
        })
    }
}

fn identifier(record: &Value) -> Option<Cow<'_, str>> {
    member(record, "id")
        .and_then(text)
        .filter(|id| !id.is_empty())
}

fn is_group(item: &Value) -> bool {
    let kind = member(item, "type").and_then(text);
    kind.is_some_and(|kind| kind.eq_ignore_ascii_case("group"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_what_servers_of_the_field_write() {
        let record = json!({
            "ID": 42, "username": "Emma@example.com", "externalID": 1042, "Active": "False",
            "emails": {"value": "emma@example.com", "primary": "true"},
            "name.givenName": "Emma",
        });
        let user = User::read(&record, Login::UserName).unwrap();
        assert_eq!((&*user.id, &*user.login), ("42", "Emma@example.com"));
        assert_eq!((&*user.email, &*user.hr_id), ("emma@example.com", "1042"));
        assert_eq!(user.active, Some(false));
        let given = at(&record, &Path::parse("name.givenName").unwrap()).and_then(text);
        assert_eq!(given.as_deref(), Some("Emma"));
    }

    #[test]
    fn where_the_server_makes_the_user_name_the_email_is_the_login() {
        let mut record = json!({"id": "1", "userName": "emma_j", "emails": [{"value": "e@x"}]});
        let login = |record: &Value| {
            let user = User::read(record, Login::Email).unwrap();
            user.login.into_owned()
        };
        assert_eq!(login(&record), "e@x");
        record["emails"] = json!([]);
        assert_eq!(login(&record), "emma_j");
    }

    #[test]
    fn the_main_email_is_primary_then_work_then_first_then_the_login() {
        let email = |emails: Value| {
            let record = json!({"id": "1", "userName": "u@x.example", "emails": emails});
            User::read(&record, Login::UserName)
                .unwrap()
                .email
                .into_owned()
        };
        let (home, work) = (
            json!({"value": "h", "type": "home"}),
            json!({"value": "w", "type": "Work"}),
        );
        assert_eq!(
            email(json!([home, work, {"value": "p", "primary": true}])),
            "p"
        );
        assert_eq!(email(json!([home, work])), "w");
        assert_eq!(email(json!([{"value": ""}, home])), "h");
        assert_eq!(email(json!(["plain"])), "plain");
        assert_eq!(email(json!([])), "u@x.example");
        assert_eq!(email(json!(null)), "u@x.example");
    }

    #[test]
    fn what_lacks_the_required_is_unreadable() {
        for record in [
            json!({"userName": "a"}),
            json!({"id": "1"}),
            json!({"id": "", "userName": "a"}),
            json!({"id": "1", "userName": "a", "active": "perhaps"}),
            json!([]),
            json!(null),
        ] {
            assert!(User::read(&record, Login::UserName).is_err(), "{record}");
        }
        assert!(Group::read(&json!({"id": "1"})).is_err());
        assert!(Group::read(&json!({"id": "1", "displayName": "a", "members": [{}]})).is_err());
    }

    #[test]
    fn a_group_without_the_key_does_not_tell_its_members() {
        let read = |record: &Value| {
            let members = Group::read(record).unwrap().members;
            members.map(|members| members.into_iter().map(Cow::into_owned).collect::<Vec<_>>())
        };
        assert_eq!(read(&json!({"id": 1, "displayName": "g"})), None);
        assert_eq!(
            read(&json!({"id": 1, "displayName": "g", "members": []})),
            Some(vec![])
        );
        let mixed = json!({"id": 1, "displayName": "g", "Members": [
            {"value": "u1"}, {"value": 2, "type": "User"}, {"value": "g2", "type": "Group"},
        ]});
        assert_eq!(read(&mixed), Some(vec!["u1".to_owned(), "2".to_owned()]));
    }

    fn anything() -> impl Strategy<Value = Value> {
        let key = prop_oneof![
            proptest::sample::select(vec![
                "id",
                "ID",
                "userName",
                "active",
                "emails",
                "value",
                "type",
                "primary",
                "members",
                "displayName",
                "externalId",
                "name",
            ])
            .prop_map(str::to_owned),
            "\\PC{0,4}"
        ];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "\\PC{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::hash_map(key.clone(), inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_record_makes_us_panic(record in anything()) {
            let _ = User::read(&record, Login::Email);
            let _ = Group::read(&record);
            let _ = main_email(&record);
        }
    }
}
