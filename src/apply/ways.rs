//! The ways to the apps of a plan: how each is written to, and how it is looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::apps::{Context, Reader, Writer, open_reader, open_writer};
use crate::model::app::AppDescription;
use crate::model::change::Change;
use crate::model::failure::Failure;
use crate::model::name::AppName;
use crate::observe::Request;

/// The way to one app. One that cannot be opened fails the steps that need it, and no others.
#[derive(Clone)]
pub struct Way {
    /// What the connector says of itself.
    pub description: Arc<AppDescription>,
    /// What writes.
    pub writer: Result<Arc<dyn Writer>, Failure>,
    /// What looks.
    pub reader: Result<Arc<dyn Reader>, Failure>,
}

/// The ways to all apps that these changes are about.
pub fn open(
    changes: &[Change],
    targets: &BTreeMap<AppName, Request>,
    context: &Context,
) -> BTreeMap<AppName, Way> {
    let used: BTreeSet<&AppName> = changes.iter().map(|change| &change.app).collect();
    let way = |app: &AppName| {
        let Request {
            settings,
            description,
            ..
        } = &targets[app];
        let way = Way {
            description: Arc::clone(description),
            writer: open_writer(settings, description, context).map(Arc::from),
            reader: open_reader(settings, description, context).map(Arc::from),
        };
        (app.clone(), way)
    };
    used.into_iter().map(way).collect()
}
