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

/// How reading an app goes, for whoever watches.
#[derive(Clone, Copy, Debug)]
pub enum Watched<'a> {
    /// It began.
    Started,
    /// It ended, after so many real milliseconds.
    Finished(&'a Reading, u64),
}

/// Reads apps side by side. An app that cannot be read is an entry of its own, with the reason:
/// the others are read all the same (R21).
pub async fn observe(requests: &BTreeMap<AppName, Request>, context: &Context) -> Observed {
    watched(requests, context, &|_, _| {}).await
}

/// The same, told as it goes.
pub async fn watched(
    requests: &BTreeMap<AppName, Request>,
    context: &Context,
    watch: &(dyn Fn(&AppName, Watched<'_>) + Sync),
) -> Observed {
    let readings = requests.iter().map(|(name, request)| async move {
        watch(name, Watched::Started);
        let stopwatch = context.clock().stopwatch();
        let reading = match open_reader(&request.settings, &request.description, context) {
            Ok(reader) => reader.observe(&request.scope).await,
            Err(failure) => Err(failure),
        };
        let reading = match reading {
            Ok(observation) => Reading::Read(Box::new(observation)),
            Err(failure) => Reading::Unread(failure),
        };
        let milliseconds = u64::try_from(stopwatch.elapsed().as_millis()).unwrap_or(u64::MAX);
        watch(name, Watched::Finished(&reading, milliseconds));
        (name.clone(), reading)
    });
    join_all(readings).await.into_iter().collect()
}
