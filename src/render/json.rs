//! Plans and outcomes as data, for machines.

use serde::Serialize;

use crate::apply::UnrecordedLine;
use crate::base::Digest;
use crate::base::foreign::is_hostile;
use crate::model::event::Event;
use crate::model::outcome::StepOutcome;
use crate::model::plan::Plan;
use crate::reports::access::Access;
use crate::reports::difference::Difference;
use crate::reports::drift::Drift;
use crate::reports::explain::Explanation;
use crate::reports::figures::Report;
use crate::reports::impact::Impact;
use crate::reports::leaver::Certificate;
use crate::reports::readiness::Readiness;
use crate::reports::upcoming::Upcoming;
use crate::state::verify::Verified;

use super::apps::{Connector, ConnectorData};

/// How JSON is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// One line.
    #[default]
    Compact,
    /// Indented, for the eye.
    Pretty,
}

/// A plan: its envelope and its body, and a line break.
pub fn plan(plan: &Plan, layout: Layout) -> String {
    write(plan, layout)
}

/// The outcomes of a run, and a line break.
pub fn outcomes(plan: &Plan, steps: &[StepOutcome], layout: Layout) -> String {
    write(
        &OutcomeReport {
            format: OUTCOME_FORMAT,
            plan: plan.id(),
            steps,
        },
        layout,
    )
}

/// Kinds of apps, and a line break.
pub fn apps(connectors: &[Connector], layout: Layout) -> String {
    let report = AppsReport {
        format: APPS_FORMAT,
        apps: connectors.iter().map(ConnectorData::from).collect(),
    };
    write(&report, layout)
}

/// Why somebody has what they have, and a line break.
pub fn explanation(explanation: &Explanation, layout: Layout) -> String {
    write(explanation, layout)
}

/// Who has what, and a line break.
pub fn access(access: &Access, layout: Layout) -> String {
    write(access, layout)
}

/// What changed between two snapshots, and a line break.
pub fn difference(difference: &Difference, layout: Layout) -> String {
    write(difference, layout)
}

/// What the runs came to, and a line break.
pub fn figures(report: &Report, layout: Layout) -> String {
    write(report, layout)
}

/// A leaver's certificate, and a line break.
pub fn leaver(certificate: &Certificate, layout: Layout) -> String {
    write(certificate, layout)
}

/// Who is ready for their first day, and a line break.
pub fn readiness(readiness: &Readiness, layout: Layout) -> String {
    write(readiness, layout)
}

/// What changed outside of provisor, and a line break.
pub fn drift(drift: &Drift, layout: Layout) -> String {
    write(drift, layout)
}

/// What an edit means for people, and a line break.
pub fn impact(impact: &Impact, layout: Layout) -> String {
    write(impact, layout)
}

/// One line of a stream of events.
pub fn event(event: &Event<'_>) -> String {
    write(event, Layout::Compact)
}

/// What dates will bring, and a line break.
pub fn upcoming(upcoming: &Upcoming, layout: Layout) -> String {
    write(upcoming, layout)
}

/// What a look at every piece of a state found, and a line break.
pub fn verification(verified: &Verified, layout: Layout) -> String {
    let report = VerificationReport {
        format: VERIFICATION_FORMAT,
        sound: verified.is_sound(),
        verified,
    };
    write(&report, layout)
}

const VERIFICATION_FORMAT: &str = "provisor.verification/1";

#[derive(Serialize)]
struct VerificationReport<'a> {
    format: &'static str,
    sound: bool,
    #[serde(flatten)]
    verified: &'a Verified,
}

const APPS_FORMAT: &str = "provisor.apps/1";

#[derive(Serialize)]
struct AppsReport<'a> {
    format: &'static str,
    apps: Vec<ConnectorData<'a>>,
}

const OUTCOME_FORMAT: &str = "provisor.outcomes/1";

#[derive(Serialize)]
struct OutcomeReport<'a> {
    format: &'static str,
    plan: Digest,
    steps: &'a [StepOutcome],
}

/// One line of a record of what a run did.
pub fn line(line: &UnrecordedLine<'_>) -> String {
    write(line, Layout::Compact)
}

/// Any value of ours, and a line break.
pub(super) fn value<T: Serialize>(value: &T, layout: Layout) -> String {
    write(value, layout)
}

/// Data is the machine's copy and keeps every character; those that could forge a screen are
/// written as JSON's own escapes, so that the same data is harmless on one.
fn write<T: Serialize>(value: &T, layout: Layout) -> String {
    use std::fmt::Write as _;
    let text = match layout {
        Layout::Compact => serde_json::to_string(value),
        Layout::Pretty => serde_json::to_string_pretty(value),
    }
    .expect("the type is serialisable as JSON");
    let mut safe = String::with_capacity(text.len() + 1);
    for character in text.chars() {
        if character != '\n' && is_hostile(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(safe, "\\u{unit:04x}").expect("a String takes all text");
            }
        } else {
            safe.push(character);
        }
    }
    safe.push('\n');
    safe
}
