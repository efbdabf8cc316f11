//! Accounts that another app makes and closes here, as a provisioning integration does: not over
//! the wire, and without this server's quirks.

use std::io;

use serde_json::{Value, json};

use super::Scim;
use super::error::ScimError;
use super::resource::Object;
use crate::sandbox::app::{Assignee, Target};

impl Target for Scim {
    fn account(&self, assignee: &Assignee) -> Option<String> {
        self.read().account_of(&assignee.id, &assignee.login)
    }

    fn open_account(&self, assignee: &Assignee) -> io::Result<String> {
        let mut directory = self.write();
        let id = match directory.account_of(&assignee.id, &assignee.login) {
            Some(id) => {
                let mut attributes = directory.attributes(&id);
                attributes.insert("active".to_owned(), true.into());
                // What another system wrote here is not overwritten.
                let external_id = attributes.entry("externalId");
                external_id.or_insert_with(|| assignee.id.as_str().into());
                directory
                    .update(self.dialect.user(), &id, attributes)
                    .map_err(failed)?;
                id
            }
            None => directory
                .create(self.dialect.user(), account(assignee))
                .map_err(failed)?,
        };
        drop(directory);
        self.log.flush()?;
        Ok(id)
    }

    fn close_account(&self, assignee: &Assignee) -> io::Result<()> {
        let mut directory = self.write();
        let Some(id) = directory.account_of(&assignee.id, &assignee.login) else {
            return Ok(());
        };
        let mut attributes = directory.attributes(&id);
        attributes.insert("active".to_owned(), false.into());
        self.close(&mut directory, &id, attributes)
            .map_err(failed)?;
        drop(directory);
        self.log.flush()
    }
}

fn account(assignee: &Assignee) -> Object {
    let given = assignee.given.as_deref();
    let family = assignee.family.as_deref();
    let whole: Vec<&str> = given.into_iter().chain(family).collect();
    let whole = whole.join(" ");
    let mut account = Object::new();
    let mut put = |name: &str, value: Value| drop(account.insert(name.to_owned(), value));
    put("userName", assignee.login.as_str().into());
    put("externalId", assignee.id.as_str().into());
    put("active", true.into());
    if !whole.is_empty() {
        let parts = [
            ("givenName", given),
            ("familyName", family),
            ("formatted", Some(&whole)),
        ];
        let parts = parts.into_iter();
        let parts: Object = parts
            .filter_map(|(name, part)| Some((name.to_owned(), part?.into())))
            .collect();
        put("name", parts.into());
        put("displayName", whole.into());
    }
    if let Some(email) = &assignee.email {
        let email = json!([{ "value": email, "type": "work", "primary": true }]);
        put("emails", email);
    }
    account
}

fn failed(error: ScimError) -> io::Error {
    io::Error::other(error.detail)
}
