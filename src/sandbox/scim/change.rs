//! One resource: reading it, and changing it the way its vendor does.

use axum::http::{Method, StatusCode, header};
use serde_json::Value;

use super::dialect::Closing;
use super::directory::Directory;
use super::error::ScimError;
use super::query::Query;
use super::resource::{self, Object};
use super::schema::{ResourceType, USER};
use super::selection::Selection;
use super::{Answered, Scim, body, not_allowed, patch, version};
use crate::sandbox::app::{Answer, Call};

impl Scim {
    pub(super) fn resource(&self, of: &ResourceType, id: &str, call: &Call) -> Answered {
        let selection = Selection::parse(of, &Query::of_url(call)?)?;
        if call.method == Method::GET {
            let directory = self.read();
            let version = version(&directory, of, id)?;
            if self.dialect.versions
                && call
                    .header(&header::IF_NONE_MATCH)
                    .is_some_and(|tags| lists(tags, &version))
            {
                return Ok(Answer::empty(StatusCode::NOT_MODIFIED).with(header::ETAG, &version));
            }
            return self.shown(&directory, of, id, &selection, StatusCode::OK);
        }
        if !matches!(call.method, Method::PUT | Method::PATCH | Method::DELETE) {
            return Err(not_allowed());
        }
        let mut directory = self.write();
        let version = version(&directory, of, id)?;
        if self.dialect.versions
            && call
                .header(&header::IF_MATCH)
                .is_some_and(|tags| !lists(tags, &version))
        {
            let detail = format!("the resource is at version {version}");
            return Err(ScimError::plain(StatusCode::PRECONDITION_FAILED, detail));
        }
        let before = directory.view(of, id, true).unwrap_or_default();
        let is_user = of.name == USER.name;
        if call.method == Method::DELETE {
            if is_user && self.dialect.deleting == Closing::Inactive {
                let mut attributes = directory.attributes(id);
                attributes.insert("active".to_owned(), false.into());
                directory.update(of, id, attributes)?;
            } else {
                directory.delete(of, id)?;
            }
            return Ok(Answer::empty(StatusCode::NO_CONTENT));
        }
        let input = body(call)?;
        let attributes = if call.method == Method::PUT {
            resource::check_schemas(of, &input)?;
            resource::resource(of, &input)?
        } else {
            patch::apply(of, &before, &input, &self.dialect.patching)?
        };
        self.check_fixed(of, &before, &attributes)?;
        if is_user && attributes.get("active") == Some(&Value::Bool(false)) {
            let mut last = before;
            last.insert("active".to_owned(), false.into());
            self.close(&mut directory, id, attributes)?;
            if self.dialect.closing == Closing::Removed {
                return Ok(self.ok(self.dressed(selection.of(of, &last))));
            }
        } else {
            directory.update(of, id, attributes)?;
        }
        self.shown(&directory, of, id, &selection, StatusCode::OK)
    }

    /// A new user has what this vendor asks for.
    pub(super) fn check_needs(&self, attributes: &Object) -> Result<(), ScimError> {
        let mut needs = self.dialect.needs.iter();
        match needs.find(|name| !attributes.contains_key(**name)) {
            Some(name) => Err(ScimError::invalid_value(format!("`{name}` is required"))),
            None => Ok(()),
        }
    }

    /// What this vendor never changes stays.
    fn check_fixed(
        &self,
        of: &ResourceType,
        before: &Object,
        after: &Object,
    ) -> Result<(), ScimError> {
        let mut fixed = self.dialect.fixed.iter();
        let changes = |(of_type, name): &&(&str, &str)| {
            *of_type == of.name && before.get(*name) != after.get(*name)
        };
        match fixed.find(changes) {
            Some((_, name)) => Err(ScimError::mutability(format!("`{name}` cannot be changed"))),
            None => Ok(()),
        }
    }

    /// Gives a user other attributes. What becomes of one that is closed by them is the vendor's.
    pub(super) fn close(
        &self,
        directory: &mut Directory,
        id: &str,
        attributes: Object,
    ) -> Result<(), ScimError> {
        match self.dialect.closing {
            Closing::Inactive => directory.update(self.dialect.user(), id, attributes),
            Closing::Removed => directory.delete(self.dialect.user(), id),
        }
    }
}

/// True if a header of entity tags lists this one, or any.
fn lists(tags: &str, version: &str) -> bool {
    let strong = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    tags.trim() == "*" || tags.split(',').any(|tag| strong(tag) == strong(version))
}
