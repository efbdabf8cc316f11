//! One exchange with an app, as a run's log of calls tells it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::base::Foreign;

use super::name::AppName;

/// One exchange with an app, or one try at it: never a secret, never a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// When it began, by the story's clock.
    pub at: Timestamp,
    /// The app.
    pub app: AppName,
    /// `GET`, `POST`, ..
    pub method: String,
    /// The path, with the names of its parameters and without their values.
    pub path: Foreign,
    /// The HTTP status, if an answer came.
    pub status: Option<u16>,
    /// Real milliseconds until the whole answer was there.
    pub milliseconds: u64,
    /// The vendor's id of the request, for their support.
    pub request_id: Option<Foreign>,
}
