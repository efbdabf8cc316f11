//! Orders that somebody leaves at once, before the files say so.

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Foreign;
use crate::base::source::Location;

use super::change::PersonTag;

/// Somebody's order that a person's access ends at a moment, whatever the files say. It stands until
/// the files agree, or until it is rescinded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// From 1, without gaps: what `--rescind` takes.
    pub number: u64,
    /// Who leaves.
    pub person: PersonTag,
    /// When their access ends.
    pub at: Timestamp,
    /// Why. Told to auditors, and in no plan.
    pub reason: Foreign,
    /// Who ordered it, as the machine tells.
    pub actor: Foreign,
    /// When it was given, by the story's clock.
    pub given: Timestamp,
}

/// That an order stands no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rescission {
    /// Of which order.
    pub order: u64,
    /// Why.
    pub reason: Foreign,
    /// Who, as the machine tells.
    pub actor: Foreign,
    /// When, by the story's clock.
    pub given: Timestamp,
}

/// What a run does by order, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "does", deny_unknown_fields)]
pub enum Mandate {
    /// It closes what a person has.
    Leave(Order),
    /// It gives back what the files give to a person.
    Return {
        /// Whom the order was about.
        person: PersonTag,
        /// That it stands no more.
        rescission: Rescission,
    },
}

impl Mandate {
    /// Whom it is about.
    pub fn person(&self) -> &PersonTag {
        match self {
            Self::Leave(order) => &order.person,
            Self::Return { person, .. } => person,
        }
    }
}

/// In a plan: that a person left by an order, and that the files still have them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ordered {
    /// Who.
    pub person: PersonTag,
    /// The number of the order.
    pub order: u64,
    /// When their access ended.
    pub at: Timestamp,
    /// Their last working day, as the files say it; none if they say none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Their entry in the files.
    pub entry: Location,
}
