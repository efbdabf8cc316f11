//! A SCIM 2.0 server (RFC 7643, RFC 7644): strict in what it takes, and it advertises exactly what
//! it does.

mod assigned;
mod dialect;
mod directory;
mod discovery;
mod error;
mod filter;
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

use std::io;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use axum::http::{Method, StatusCode, header};
use serde_json::Value;

use self::directory::Directory;
use self::error::ScimError;
use self::filter::Filter;
use self::query::Query;
use self::resource::Object;
use self::schema::{RESOURCE_TYPES, ResourceType, USER};
use self::selection::Selection;
use super::app::{Answer, Call, Refusal, Simulated};
use super::spec::AppSpec;
use super::store::{Log, StoreError};
use crate::base::Clock;

use self::dialect::Closing;
pub(super) use self::dialect::Dialect;

/// The `kind` of these apps.
pub(super) const KIND: &str = "scim";

const MEDIA_TYPE: &str = "application/scim+json";
/// The largest page, if `sandbox.toml` does not ask for a smaller one.
const LARGEST_PAGE: usize = 200;

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
        let directory = Directory::open(path, app, base.clone(), spec, clock)?;
        let page_size = spec.faults.page_size.map(|size| size.get().try_into());
        Ok(Self {
            base,
            dialect,
            largest_page: page_size.and_then(Result::ok).unwrap_or(LARGEST_PAGE),
            log: directory.log(),
            directory: RwLock::new(directory),
        })
    }

    fn route(&self, call: &Call) -> Answered {
        let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
        match path[..] {
            ["ServiceProviderConfig"] => {
                only_get(call)?;
                let config = discovery::service_provider_config(&self.base, self.largest_page);
                Ok(ok(config))
            }
            ["ResourceTypes", ref rest @ ..] => {
                discovered(call, rest, discovery::resource_types(&self.base))
            }
            ["Schemas", ref rest @ ..] => discovered(call, rest, discovery::schemas(&self.base)),
            [".search"] => self.search(&RESOURCE_TYPES, call),
            ["Me" | "Bulk"] => Err(ScimError::plain(
                StatusCode::NOT_IMPLEMENTED,
                "this server does not do that",
            )),
            [endpoint, ref rest @ ..] => {
                let mut types = RESOURCE_TYPES.iter();
                let of = types.find(|of| of.endpoint == endpoint).copied();
                let of = of.ok_or_else(|| ScimError::not_found("endpoint"))?;
                match *rest {
                    [] => self.collection(of, call),
                    [".search"] => self.search(&[of], call),
                    [id] => self.resource(of, id, call),
                    _ => Err(ScimError::not_found("endpoint")),
                }
            }
            [] => Err(ScimError::not_found("endpoint")),
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
                    attributes.entry("active").or_insert(Value::Bool(true));
                }
                let mut directory = self.write();
                let id = directory.create(of, attributes)?;
                shown(&directory, of, &id, &selection, StatusCode::CREATED)
            }
            _ => Err(not_allowed()),
        }
    }

    fn resource(&self, of: &ResourceType, id: &str, call: &Call) -> Answered {
        let selection = Selection::parse(of, &Query::of_url(call)?)?;
        if call.method == Method::GET {
            let directory = self.read();
            let version = version(&directory, of, id)?;
            if call
                .header(&header::IF_NONE_MATCH)
                .is_some_and(|tags| lists(tags, &version))
            {
                return Ok(Answer::empty(StatusCode::NOT_MODIFIED).with(header::ETAG, &version));
            }
            return shown(&directory, of, id, &selection, StatusCode::OK);
        }
        if !matches!(call.method, Method::PUT | Method::PATCH | Method::DELETE) {
            return Err(not_allowed());
        }
        let mut directory = self.write();
        let version = version(&directory, of, id)?;
        if call
            .header(&header::IF_MATCH)
            .is_some_and(|tags| !lists(tags, &version))
        {
            let detail = format!("the resource is at version {version}");
            return Err(ScimError::plain(StatusCode::PRECONDITION_FAILED, detail));
        }
        if call.method == Method::DELETE {
            directory.delete(of, id)?;
            return Ok(Answer::empty(StatusCode::NO_CONTENT));
        }
        let input = body(call)?;
        let attributes = if call.method == Method::PUT {
            resource::check_schemas(of, &input)?;
            resource::resource(of, &input)?
        } else {
            let before = directory.view(of, id, true).unwrap_or_default();
            patch::apply(of, &before, &input)?
        };
        directory.update(of, id, attributes)?;
        shown(&directory, of, id, &selection, StatusCode::OK)
    }

    /// Gives a user other attributes. What becomes of one that is closed by them is the vendor's.
    fn close(
        &self,
        directory: &mut Directory,
        id: &str,
        attributes: Object,
    ) -> Result<(), ScimError> {
        match self.dialect.closing {
            Closing::Inactive => directory.update(&USER, id, attributes),
            Closing::Removed => directory.delete(&USER, id),
        }
    }

    fn search(&self, types: &[&'static ResourceType], call: &Call) -> Answered {
        match call.method {
            Method::POST => self.list(types, &Query::of_search(&body(call)?)?),
            _ => Err(not_allowed()),
        }
    }

    /// Lists resources of some types. A type that cannot understand the query has no part in the
    /// answer, unless it is the only one.
    fn list(&self, types: &[&'static ResourceType], query: &Query) -> Answered {
        let directory = self.read();
        let mut found = Vec::new();
        let mut refused = Vec::new();
        for of in types {
            let filter = query.filter.as_deref();
            let filter = filter.map(|text| Filter::parse(of, text)).transpose();
            match (Selection::parse(of, query), filter) {
                (Ok(selection), Ok(filter)) => {
                    let selection = Arc::new(selection);
                    let ids = matching(&directory, of, filter.as_ref()).into_iter();
                    found.extend(ids.map(|id| (*of, id, Arc::clone(&selection))));
                }
                (Err(error), _) | (_, Err(error)) => refused.push(error),
            }
        }
        if refused.len() == types.len() {
            return Err(refused.swap_remove(0));
        }
        let (skip, take) = query.page(self.largest_page);
        let page = found.iter().skip(skip).take(take);
        let shown = page.filter_map(|(of, id, selection)| {
            let view = directory.view(of, id, selection.wants(of.relation))?;
            Some(Value::Object(selection.of(of, &view)))
        });
        Ok(ok(query::list(found.len(), skip, shown.collect())))
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
        self.route(call).unwrap_or_else(Answer::from)
    }

    fn refuse(&self, refusal: &Refusal) -> Answer {
        let error = ScimError::plain(refusal.status, refusal.detail);
        let answer = Answer::from(error);
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

    fn flush(&self) -> io::Result<()> {
        self.log.flush()
    }
}

/// The ids of the resources that match.
fn matching<'a>(
    directory: &'a Directory,
    of: &'a ResourceType,
    filter: Option<&Filter>,
) -> Vec<&'a str> {
    let Some(filter) = filter else {
        return directory.ids(of).collect();
    };
    let matches = |id: &&str| directory.matches(of, id, filter);
    match filter.demands("userName") {
        Some(login) => directory
            .user_of(login)
            .into_iter()
            .filter(matches)
            .collect(),
        None => directory.ids(of).filter(matches).collect(),
    }
}

fn shown(
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
    let version = version(directory, of, id)?;
    let answer = Answer::json(status, MEDIA_TYPE, Value::Object(selection.of(of, &view)));
    let answer = answer.with(header::ETAG, &version);
    Ok(match status {
        StatusCode::CREATED => answer.with(header::LOCATION, &location),
        _ => answer,
    })
}

fn version(directory: &Directory, of: &ResourceType, id: &str) -> Result<String, ScimError> {
    let missing = || ScimError::not_found(of.name);
    directory.version(of, id).ok_or_else(missing)
}

/// True if a header of entity tags lists this one, or any.
fn lists(tags: &str, version: &str) -> bool {
    let strong = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    tags.trim() == "*" || tags.split(',').any(|tag| strong(tag) == strong(version))
}

fn discovered(call: &Call, rest: &[&str], documents: Vec<Value>) -> Answered {
    only_get(call)?;
    match rest {
        [] if call.parameter("filter").is_some() => Err(ScimError::plain(
            StatusCode::FORBIDDEN,
            "there are no filters here",
        )),
        [] => Ok(ok(query::list(documents.len(), 0, documents))),
        [id] => {
            let mut documents = documents.into_iter();
            let document = documents.find(|document| document["id"] == *id);
            Ok(ok(document.ok_or_else(|| ScimError::not_found(id))?))
        }
        _ => Err(ScimError::not_found("endpoint")),
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

fn ok(body: Value) -> Answer {
    Answer::json(StatusCode::OK, MEDIA_TYPE, body)
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
