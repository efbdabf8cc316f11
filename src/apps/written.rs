//! What a connector says became of one account, in the four ways a write can end.

use crate::apps::Written;
use crate::base::Foreign;
use crate::model::failure::Failure;
use crate::model::outcome::Outcome;

/// It was done, and the app says so.
pub fn done(vendor_id: Option<&str>, request_id: Option<Foreign>) -> Written {
    Written {
        outcome: Outcome::Done {
            vendor_id: vendor_id.map(Foreign::from),
        },
        request_id,
    }
}

/// It was so before.
pub fn already_so(vendor_id: Option<&str>) -> Written {
    Written {
        outcome: Outcome::AlreadySo {
            vendor_id: vendor_id.map(Foreign::from),
        },
        request_id: None,
    }
}

/// It may have happened.
pub fn unknown(failure: Failure) -> Written {
    Written {
        request_id: failure.request_id.clone(),
        outcome: Outcome::Unknown { failure },
    }
}

/// It did not happen.
pub fn failed(failure: Failure) -> Written {
    Written {
        request_id: failure.request_id.clone(),
        outcome: Outcome::Failed { failure },
    }
}

/// The account's outcome, whether its call answered or failed.
pub fn written(result: Result<Written, Failure>) -> Written {
    result.unwrap_or_else(failed)
}
