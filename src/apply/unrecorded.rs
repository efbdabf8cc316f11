//! What a run did and its state could not take: a disk that is full, a bucket that is gone. It is
//! kept elsewhere; the next run does without it, since it looks what became of each open intent.

use serde::Serialize;

use crate::apps::transport::Call;
use crate::model::change::Change;
use crate::model::name::RunId;
use crate::model::outcome::StepOutcome;

const FORMAT: &str = "provisor.unrecorded/1";

/// What a run did and its state could not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unrecorded {
    /// The run.
    pub run: RunId,
    /// Steps that came to an end, in the order in which they did.
    pub steps: Vec<UnrecordedStep>,
    /// Its calls to the apps.
    pub calls: Vec<Call>,
}

/// A step that came to an end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnrecordedStep {
    /// What was to be done.
    pub change: Change,
    /// What became of it.
    pub ended: StepOutcome,
}

/// One line of the record elsewhere.
#[derive(Debug, Serialize)]
pub struct UnrecordedLine<'a> {
    format: &'static str,
    run: &'a RunId,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<&'a UnrecordedStep>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<&'a Call>,
}

impl Unrecorded {
    /// A line per step.
    pub fn steps(&self) -> impl Iterator<Item = UnrecordedLine<'_>> {
        self.steps.iter().map(|step| self.line(Some(step), None))
    }

    /// A line per call.
    pub fn calls(&self) -> impl Iterator<Item = UnrecordedLine<'_>> {
        self.calls.iter().map(|call| self.line(None, Some(call)))
    }

    fn line<'a>(
        &'a self,
        step: Option<&'a UnrecordedStep>,
        call: Option<&'a Call>,
    ) -> UnrecordedLine<'a> {
        UnrecordedLine {
            format: FORMAT,
            run: &self.run,
            step,
            call,
        }
    }
}
