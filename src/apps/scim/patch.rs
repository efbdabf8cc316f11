//! Changes of one user, in the forms that servers understand. Pure: from a record as read to a
//! body.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::dialect::Change;
use super::resource::{at, boolean, is_work, items, main_email, member, text};
use super::schema::{self, Path};

/// One thing that a user's record is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// A text at a path; an empty one is removed.
    Text(Path, String),
    /// Whether the account can be used.
    Active(bool),
    /// The main email.
    Email(String),
    /// Another account, by its id, at a path whose last key holds it; none is removed with all
    /// that holds it.
    Account(Path, Option<String>),
}

impl Edit {
    /// True if the record says so.
    pub fn holds(&self, record: &Value) -> bool {
        match self {
            Self::Text(path, wanted) => {
                let found = at(record, path).and_then(text).unwrap_or_default();
                *found == **wanted || (*path == schema::LOGIN && folded_equal(&found, wanted))
            }
            Self::Account(path, wanted) => {
                let found = at(record, path).and_then(text).unwrap_or_default();
                *found == *wanted.as_deref().unwrap_or_default()
            }
            Self::Active(wanted) => {
                let told = at(record, &schema::ACTIVE).and_then(boolean);
                told.unwrap_or(true) == *wanted
            }
            Self::Email(wanted) => {
                main_email(record).is_some_and(|(_, email)| folded_equal(&email, wanted))
            }
        }
    }

    /// SCIM's name of what changes.
    pub fn name(&self) -> String {
        self.path().written()
    }

    /// What is set: for an account, what holds its id.
    fn path(&self) -> Cow<'_, Path> {
        match self {
            Self::Text(path, _) => Cow::Borrowed(path),
            Self::Active(_) => Cow::Borrowed(&schema::ACTIVE),
            Self::Email(_) => Cow::Borrowed(&schema::EMAILS),
            Self::Account(path, _) => match path.split() {
                Some((holder, _)) => Cow::Owned(holder),
                None => Cow::Borrowed(path),
            },
        }
    }

    /// The value at the edit's path; none to remove it.
    fn value(&self, record: &Value) -> Option<Value> {
        match self {
            Self::Text(_, wanted) if wanted.is_empty() => None,
            Self::Text(_, wanted) => Some(Value::from(wanted.as_str())),
            Self::Active(wanted) => Some(Value::from(*wanted)),
            Self::Email(wanted) => Some(emails_with(record, wanted)),
            Self::Account(path, wanted) => {
                let id = wanted.as_deref()?;
                Some(match path.split() {
                    Some((_, key)) => json!({key: id}),
                    None => Value::from(id),
                })
            }
        }
    }

    fn operation(&self, record: &Value, value_paths: bool) -> Value {
        let path = self.name();
        match self {
            Self::Email(wanted) if value_paths && one_work_email_will_do(record, wanted) => {
                json!({"op": "replace", "path": "emails[type eq \"work\"].value", "value": wanted})
            }
            _ => match self.value(record) {
                Some(value) => json!({"op": "replace", "path": path, "value": value}),
                None => json!({"op": "remove", "path": path}),
            },
        }
    }
}

/// The body that makes edits in a form; `record` is the user as just read.
pub fn body(form: Change, record: &Value, edits: &[Edit], value_paths: bool) -> Value {
    match form {
        Change::ByPath => {
            let operations = edits.iter().map(|edit| edit.operation(record, value_paths));
            operations_body(&operations.collect::<Vec<_>>())
        }
        Change::WithoutPath => {
            let after = edited(record, edits);
            let mut value = Map::new();
            for edit in edits {
                // Whole top-level attributes, since servers do not agree on merging parts.
                let path = edit.path();
                let key = path.outermost();
                let now = member(&after, key).cloned().unwrap_or(Value::Null);
                value.insert(key.to_owned(), now);
            }
            operations_body(&[json!({"op": "replace", "value": value})])
        }
        Change::Whole => restored(edited(record, edits)),
    }
}

/// A PATCH of these operations.
pub fn operations_body(operations: &[Value]) -> Value {
    json!({"schemas": [schema::PATCH], "Operations": operations})
}

/// The record as it should be, with everything kept that we do not know.
pub fn edited(record: &Value, edits: &[Edit]) -> Value {
    let mut after = record.clone();
    for edit in edits {
        set(&mut after, &edit.path(), edit.value(record));
    }
    after
}

/// A record in the RFC's own form.
fn restored(mut record: Value) -> Value {
    if let Some(emails) = member(&record, "emails").map(emails_restored) {
        put(&mut record, "emails", Some(emails.into()));
    }
    record
}

/// Emails in the RFC's own form. Some servers show them as one object and truth as text (Figma,
/// "Users" of scim-supported-schemas), and take them as the RFC has them.
fn emails_restored(emails: &Value) -> Vec<Value> {
    let mut list = items(emails).to_vec();
    for email in list.iter_mut().filter_map(Value::as_object_mut) {
        if let Some(primary) = email.get_mut("primary")
            && let Some(word) = primary.as_str()
        {
            *primary = word.eq_ignore_ascii_case("true").into();
        }
    }
    list
}

/// Sets what is at a path, in the spelling of keys that the record has.
pub fn set(record: &mut Value, path: &Path, value: Option<Value>) {
    if path.keys().len() > 1 && member(record, &path.written()).is_some() {
        return put(record, &path.written(), value);
    }
    if let Some(urn) = path.extension().filter(|_| value.is_some()) {
        declare(record, urn);
    }
    set_within(record, path.keys(), value);
}

fn set_within(record: &mut Value, keys: &[Cow<'static, str>], value: Option<Value>) {
    match keys {
        [] => {}
        [key] => put(record, key, value),
        [first, rest @ ..] => {
            let mut inner = member(record, first).cloned().unwrap_or_else(|| json!({}));
            set_within(&mut inner, rest, value);
            put(record, first, Some(inner));
        }
    }
}

fn put(record: &mut Value, key: &str, value: Option<Value>) {
    let Some(object) = record.as_object_mut() else {
        return;
    };
    let spelt = object
        .keys()
        .find(|name| name.eq_ignore_ascii_case(key))
        .cloned()
        .unwrap_or_else(|| key.to_owned());
    match value {
        Some(value) => drop(object.insert(spelt, value)),
        None => drop(object.remove(&spelt)),
    }
}

/// Names a schema among the record's.
fn declare(record: &mut Value, urn: &str) {
    let mut schemas = member(record, "schemas").map_or(Vec::new(), |found| items(found).to_vec());
    if !schemas.iter().any(|schema| schema == urn) {
        schemas.push(Value::from(urn));
        put(record, "schemas", Some(Value::from(schemas)));
    }
}

/// The list of emails with another main one, the others kept.
fn emails_with(record: &Value, wanted: &str) -> Value {
    let emails = at(record, &schema::EMAILS).map_or(Vec::new(), emails_restored);
    let Some((main, _)) = main_email(record) else {
        return json!([{"value": wanted, "type": "work", "primary": true}]);
    };
    let mut changed = Vec::with_capacity(emails.len());
    for (place, email) in emails.into_iter().enumerate() {
        if place == main {
            let mut email = if email.is_object() { email } else { json!({}) };
            put(&mut email, "value", Some(Value::from(wanted)));
            put(&mut email, "display", None);
            changed.push(email);
        } else if !is_address(&email, wanted) {
            changed.push(email);
        }
    }
    Value::from(changed)
}

/// True if changing the value of the emails of the type `work` changes the main one and no other.
fn one_work_email_will_do(record: &Value, wanted: &str) -> bool {
    let emails = at(record, &schema::EMAILS).map_or(&[][..], items);
    let main_is_work = main_email(record).is_some_and(|(place, _)| is_work(&emails[place]));
    main_is_work
        && emails.iter().filter(|email| is_work(email)).count() == 1
        && !emails.iter().any(|email| is_address(email, wanted))
}

fn is_address(email: &Value, wanted: &str) -> bool {
    let value = member(email, "value").unwrap_or(email);
    text(value).is_some_and(|found| folded_equal(&found, wanted))
}

fn folded_equal(left: &str, right: &str) -> bool {
    left.trim().to_lowercase() == right.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Path {
        Path::parse(text).unwrap()
    }

    fn enterprise(name: &str) -> Path {
        path(&format!("{}:{name}", schema::ENTERPRISE))
    }

    fn emma() -> Value {
        json!({
            "schemas": [schema::USER], "id": "1", "userName": "emma@x.example", "Active": true,
            "name": {"givenName": "Emma", "honorificPrefix": "Dr"},
            "emails": [
                {"value": "private@y.example", "type": "home"},
                {"value": "emma@x.example", "type": "work", "primary": true},
            ],
            "urn:vendor": {"kept": 1},
        })
    }

    fn operation(edit: &Edit, record: &Value) -> Value {
        let body = body(Change::ByPath, record, std::slice::from_ref(edit), true);
        body["Operations"][0].clone()
    }

    #[test]
    fn the_form_of_the_standard_names_one_path_per_operation() {
        let record = emma();
        let department = Edit::Text(enterprise("department"), "R&D".into());
        assert_eq!(
            operation(&department, &record),
            json!({"op": "replace", "value": "R&D",
                "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"})
        );
        assert_eq!(
            operation(&Edit::Active(false), &record),
            json!({"op": "replace", "path": "active", "value": false})
        );
        assert_eq!(
            operation(&Edit::Text(path("title"), String::new()), &record),
            json!({"op": "remove", "path": "title"})
        );
        assert_eq!(
            operation(&Edit::Email("new@x.example".into()), &record),
            json!({"op": "replace", "path": "emails[type eq \"work\"].value", "value": "new@x.example"})
        );
    }

    #[test]
    fn another_email_is_never_lost_and_never_doubled() {
        let mut record = emma();
        record["emails"][1]["type"] = json!("other");
        let edit = Edit::Email("private@y.example".into());
        assert_eq!(
            operation(&edit, &record)["value"],
            json!([{"value": "private@y.example", "type": "other", "primary": true}])
        );
        record["emails"] = json!({"value": "old@x.example"});
        let edit = Edit::Email("new@x.example".into());
        assert_eq!(
            operation(&edit, &record)["value"],
            json!([{"value": "new@x.example"}])
        );
        record["emails"] = json!([]);
        assert_eq!(
            operation(&edit, &record)["value"],
            json!([{"value": "new@x.example", "type": "work", "primary": true}])
        );
    }

    #[test]
    fn the_other_forms_keep_what_they_do_not_change() {
        let record = emma();
        let edits = [
            Edit::Text(path("name.givenName"), "Emmy".into()),
            Edit::Text(enterprise("department"), "R&D".into()),
            Edit::Active(false),
        ];
        let patch = body(Change::WithoutPath, &record, &edits, true);
        let value = &patch["Operations"][0]["value"];
        assert_eq!(
            value["name"],
            json!({"givenName": "Emmy", "honorificPrefix": "Dr"})
        );
        assert_eq!(value[schema::ENTERPRISE], json!({"department": "R&D"}));
        assert_eq!(value["active"], json!(false));
        assert!(value.get("userName").is_none());
        let whole = body(Change::Whole, &record, &edits, true);
        assert_eq!(whole["urn:vendor"], json!({"kept": 1}));
        assert_eq!(whole["Active"], json!(false), "the server's spelling stays");
        assert!(whole.get("active").is_none());
        assert_eq!(whole["schemas"], json!([schema::USER, schema::ENTERPRISE]));
        assert!(edits.iter().all(|edit| edit.holds(&whole)));
        assert!(edits.iter().all(|edit| !edit.holds(&record)));
    }

    #[test]
    fn an_account_is_set_and_removed_with_what_holds_it() {
        let record = emma();
        let set = Edit::Account(enterprise("manager.value"), Some("u7".into()));
        let path = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";
        assert_eq!(
            operation(&set, &record),
            json!({"op": "replace", "path": path, "value": {"value": "u7"}})
        );
        let whole = body(Change::Whole, &record, std::slice::from_ref(&set), true);
        assert_eq!(whole[schema::ENTERPRISE]["manager"], json!({"value": "u7"}));
        assert!(set.holds(&whole) && !set.holds(&record));
        let none = Edit::Account(enterprise("manager.value"), None);
        assert_eq!(
            operation(&none, &whole),
            json!({"op": "remove", "path": path})
        );
        assert!(none.holds(&record) && !none.holds(&whole));
        let without = body(Change::Whole, &whole, &[none], true);
        assert_eq!(without[schema::ENTERPRISE], json!({}));
    }

    #[test]
    fn emails_are_sent_as_the_rfc_has_them_whatever_is_shown() {
        let edit = Edit::Email("new@x.example".into());
        let sent = |emails: Value| {
            let record = json!({ "id": "1", "userName": "a", "emails": emails });
            let body = body(Change::ByPath, &record, std::slice::from_ref(&edit), false);
            body["Operations"][0]["value"].clone()
        };
        let main = json!({ "value": "old@x.example", "type": "work", "primary": "true" });
        let changed = json!({ "value": "new@x.example", "type": "work", "primary": true });
        assert_eq!(sent(main.clone()), json!([changed]));
        let home = json!({ "value": "home@y.example", "primary": "False" });
        let kept = json!({ "value": "home@y.example", "primary": false });
        assert_eq!(sent(json!([main, home])), json!([changed, kept]));
    }

    #[test]
    fn a_whole_record_is_sent_as_the_rfc_has_it() {
        let shown = json!({ "id": "1", "userName": "a", "active": true,
            "emails": { "value": "a@x.example", "type": "work", "primary": "true" } });
        let sent = body(Change::Whole, &shown, &[Edit::Active(false)], true);
        let emails = json!([{ "value": "a@x.example", "type": "work", "primary": true }]);
        assert_eq!(sent["emails"], emails);
        assert_eq!(sent["active"], json!(false));
    }
}
