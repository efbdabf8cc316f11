//! Floor 4: reads all apps at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::join_all;

use crate::apps::{Context, Scope, Settings, open_reader};
use crate::model::app::AppDescription;
use crate::model::name::AppName;
use crate::model::observation::{Observed, Reading};

/// One app to read.
#[derive(Clone, Debug)]
pub struct Request {
    /// How to speak to it.
    pub settings: Settings,
    /// What its connector says of itself.
    pub description: Arc<AppDescription>,
    /// What the reading is to cover.
    pub scope: Scope,
}

/// Reads apps side by side. An app that cannot be read is an entry of its own, with the reason:
/// the others are read all the same (R21).
pub async fn observe(requests: &BTreeMap<AppName, Request>, context: &Context) -> Observed {
    let readings = requests.iter().map(|(name, request)| async move {
        let reading = match open_reader(&request.settings, &request.description, context) {
            Ok(reader) => reader.observe(&request.scope).await,
            Err(failure) => Err(failure),
        };
        let reading = match reading {
            Ok(observation) => Reading::Read(Box::new(observation)),
            Err(failure) => Reading::Unread(failure),
        };
        (name.clone(), reading)
    });
    join_all(readings).await.into_iter().collect()
}
