//! A SCIM 2.0 server (RFC 7643, RFC 7644): strict in what it takes, and it advertises exactly what
//! it does.

mod assigned;
mod change;
mod dialect;
#[cfg(test)]
mod dialect_tests;
mod directory;
mod discovery;
mod error;
mod filter;
mod invitations;
mod listing;
mod patch;
#[cfg(test)]
mod properties;
mod query;
mod record;
mod resource;
mod schema;
mod seed;
mod selection;
#[cfg(test)]
mod tests;
mod vendors;

use std::io;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use axum::http::{Method, StatusCode, header};
use serde_json::Value;

use self::dialect::Meta;
use self::directory::Directory;
use self::error::ScimError;
use self::invitations::INVITATION;
use self::query::Query;
use self::resource::Object;
use self::schema::{ResourceType, USER};
use self::selection::Selection;
use super::app::{Answer, Call, Refusal, Simulated};
use super::spec::AppSpec;
use super::store::{Log, StoreError};
use crate::base::Clock;

pub(super) use self::dialect::Dialect;

/// The `kind` of these apps.
pub(super) const KIND: &str = "scim";

const MEDIA_TYPE: &str = "application/scim+json";

/// One simulated SCIM server.
pub(super) struct Scim {
    base: String,
    dialect: &'static Dialect,
    largest_page: usize,
    directory: RwLock<Directory>,
    log: Arc<Log>,
}

type Answered = Result<Answer, ScimError>;

impl Scim {
    /// Opens the app's data; `base` is its URL.
    pub fn open(
        path: &Path,
        app: &str,
        dialect: &'static Dialect,
        base: String,
        spec: &AppSpec,
        clock: Clock,
    ) -> Result<Self, StoreError> {
        let mut directory = Directory::open(path, app, dialect, base.clone(), spec, clock)?;
        if let Some(spec) = spec.invitations.as_ref().filter(|_| dialect.invites()) {
            invitations::settle(&mut directory, dialect, spec)
                .map_err(|error| io::Error::other(error.detail))?;
        }
        let page_size = spec.faults.page_size.map(|size| size.get().try_into());
        Ok(Self {
            base,
            dialect,
            largest_page: match page_size.and_then(Result::ok) {
                Some(size) => dialect.pages.largest.min(size),
                None => dialect.pages.largest,
            },
            log: directory.log(),
            directory: RwLock::new(directory),
        })
    }

    fn route(&self, call: &Call) -> Answered {
        let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
        let missing = || ScimError::not_found("endpoint");
        let types = self.dialect.types;
        match path[..] {
            [document, ref rest @ ..] if self.dialect.documents.contains(&document) => {
                self.document(call, document, rest)
            }
            [".search"] if self.dialect.searches => self.search(types, call),
            ["Me" | "Bulk"] => Err(ScimError::plain(
                StatusCode::NOT_IMPLEMENTED,
                "this server does not do that",
            )),
            [endpoint, ref rest @ ..] => {
                let mut types = types.iter();
                let of = types.find(|of| of.endpoint == endpoint).copied();
                let of = of.ok_or_else(missing)?;
                match *rest {
                    [] => self.collection(of, call),
                    [".search"] if self.dialect.searches => self.search(&[of], call),
                    [id] => self.resource(of, id, call),
                    _ => Err(missing()),
                }
            }
            [] => Err(missing()),
        }
    }

    /// What the server says of itself.
    fn document(&self, call: &Call, document: &str, rest: &[&str]) -> Answered {
        let (base, dialect) = (&self.base, self.dialect);
        let documents = match document {
            "ResourceTypes" => discovery::resource_types(base, dialect.types),
            "Schemas" => discovery::schemas(base, dialect.types),
            _ => {
                only_get(call)?;
                let config = discovery::service_provider_config(base, dialect, self.largest_page);
                return Ok(self.ok(config));
            }
        };
        only_get(call)?;
        match rest {
            [] if call.parameter("filter").is_some() => Err(ScimError::plain(
                StatusCode::FORBIDDEN,
                "there are no filters here",
            )),
            [] => Ok(self.ok(query::list(documents.len(), 0, documents))),
            [id] => {
                let mut documents = documents.into_iter();
                let document = documents.find(|document| document["id"] == *id);
                Ok(self.ok(document.ok_or_else(|| ScimError::not_found(id))?))
            }
            _ => Err(ScimError::not_found("endpoint")),
        }
    }

    fn collection(&self, of: &'static ResourceType, call: &Call) -> Answered {
        match call.method {
            Method::GET => self.list(&[of], &Query::of_url(call)?),
            Method::POST => {
                let selection = Selection::parse(of, &Query::of_url(call)?)?;
                let input = body(call)?;
                resource::check_schemas(of, &input)?;
                let mut attributes = resource::resource(of, &input)?;
                if of.name == USER.name {
                    self.check_needs(&attributes)?;
                    attributes.entry("active").or_insert(Value::Bool(true));
                }
                let mut directory = self.write();
                if of.name == USER.name && self.dialect.invites() {
                    let sent = invitations::sent(directory.now());
                    attributes.insert(INVITATION.to_owned(), sent);
                }
                let id = directory.create(of, attributes)?;
                self.shown(&directory, of, &id, &selection, StatusCode::CREATED)
            }
            _ => Err(not_allowed()),
        }
    }

    /// A resource in the vendor's own shape.
    fn dressed(&self, mut resource: Object) -> Value {
        if self.dialect.single_email
            && let Some(Value::Array(emails)) = resource.get_mut("emails")
        {
            let mut email = emails.first_mut().map_or(Value::Null, Value::take);
            if let Some(primary) = email["primary"].as_bool() {
                email["primary"] = primary.to_string().into();
            }
            resource.insert("emails".to_owned(), email);
        }
        if let Some(Value::Object(about)) = resource.get_mut("meta") {
            if self.dialect.meta != Meta::Rfc {
                about.remove("version");
            }
            if self.dialect.meta == Meta::Capitals
                && let Some(Value::String(name)) = about.get_mut("resourceType")
            {
                name.make_ascii_uppercase();
            }
        }
        Value::Object(resource)
    }

    fn ok(&self, body: Value) -> Answer {
        Answer::json(StatusCode::OK, self.dialect.media_type, body)
    }

    fn shown(
        &self,
        directory: &Directory,
        of: &ResourceType,
        id: &str,
        selection: &Selection,
        status: StatusCode,
    ) -> Answered {
        let missing = || ScimError::not_found(of.name);
        let view = directory.view(of, id, selection.wants(of.relation));
        let view = view.ok_or_else(missing)?;
        let location = view["meta"]["location"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let shown = self.dressed(selection.of(of, &view));
        let mut answer = Answer::json(status, self.dialect.media_type, shown);
        if self.dialect.versions {
            answer = answer.with(header::ETAG, &version(directory, of, id)?);
        }
        Ok(match status {
            StatusCode::CREATED => answer.with(header::LOCATION, &location),
            _ => answer,
        })
    }

    fn refused(&self, error: ScimError) -> Answer {
        error.answer(self.dialect.errors, self.dialect.media_type)
    }

    fn read(&self) -> RwLockReadGuard<'_, Directory> {
        self.directory
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Directory> {
        self.directory
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Simulated for Scim {
    fn answer(&self, call: &Call) -> Answer {
        self.route(call).unwrap_or_else(|error| self.refused(error))
    }

    fn refuse(&self, refusal: &Refusal) -> Answer {
        let error = ScimError::plain(refusal.status, refusal.detail);
        let answer = self.refused(error);
        let answer = match refusal.retry_after {
            Some(seconds) => answer.with(header::RETRY_AFTER, &seconds.to_string()),
            None => answer,
        };
        match refusal.status {
            StatusCode::UNAUTHORIZED => {
                answer.with(header::WWW_AUTHENTICATE, "Bearer realm=\"sandbox\"")
            }
            _ => answer,
        }
    }

    fn no_seat(&self) -> Option<Answer> {
        let (status, detail) = self.dialect.no_seat?;
        Some(self.refused(ScimError::plain(status, detail)))
    }

    fn flush(&self) -> io::Result<()> {
        self.log.flush()
    }
}

fn body(call: &Call) -> Result<Object, ScimError> {
    let media_type = call.header(&header::CONTENT_TYPE).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    if !matches!(media_type, MEDIA_TYPE | "application/json") {
        let detail = format!("the body's media type must be {MEDIA_TYPE}");
        return Err(ScimError::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let invalid = |error| ScimError::invalid_syntax(format!("the body is no JSON object: {error}"));
    serde_json::from_slice(&call.body).map_err(invalid)
}

fn version(directory: &Directory, of: &ResourceType, id: &str) -> Result<String, ScimError> {
    let missing = || ScimError::not_found(of.name);
    directory.version(of, id).ok_or_else(missing)
}

fn only_get(call: &Call) -> Result<(), ScimError> {
    match call.method {
        Method::GET => Ok(()),
        _ => Err(not_allowed()),
    }
}

fn not_allowed() -> ScimError {
    let detail = "the method is not possible here";
    ScimError::plain(StatusCode::METHOD_NOT_ALLOWED, detail)
}
