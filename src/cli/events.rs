//! `--json-events`: talk as one line of JSON per event, and nothing else on that stream.

use std::io::{self, Write as _};
use std::sync::{Mutex, PoisonError};

use crate::apply::Seen;
use crate::base::{Clock, Diagnostic, Sources};
use crate::model::event::{EVENT_FORMAT, Event, What};
use crate::model::name::{AppName, RunId};
use crate::model::observation::{Completeness, Reading};
use crate::model::outcome::Outcome;
use crate::model::plan::Plan;
use crate::observe::Watched;
use crate::render::json;
use crate::state::Snapshot;

use super::exit::Exit;
use super::trouble::Trouble;

/// The flag, as it is looked for where the command line itself makes no sense.
pub const FLAG: &str = "--json-events";

/// The stream of events, on stderr.
#[derive(Debug, Default)]
pub struct Events(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    begun: bool,
    clock: Option<Clock>,
    run: Option<RunId>,
}

impl Events {
    /// A stream that does not know the time yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells the story's time from here on.
    pub fn tell_time(&self, clock: Clock) {
        self.state().clock = Some(clock);
    }

    /// Writes an event.
    pub fn write(&self, what: What<'_>) {
        let mut state = self.state();
        let event = Event {
            format: (!state.begun).then_some(EVENT_FORMAT),
            time: state.clock.map(|clock| clock.now()),
            run: state.run.clone(),
            what,
        };
        state.begun = true;
        // Under the lock, so that lines stand in their order. A reader that went away has seen enough.
        let _ = io::stderr()
            .lock()
            .write_all(json::event(&event).as_bytes());
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells how reading an app goes.
    pub fn reading(&self, app: &AppName, watched: Watched<'_>) {
        self.write(match watched {
            Watched::Started => What::ReadingStarted { app },
            Watched::Finished(Reading::Read(observation), milliseconds) => What::ReadingFinished {
                app,
                accounts: observation.len(),
                complete: !matches!(observation.completeness, Completeness::Incomplete(_)),
                milliseconds,
            },
            Watched::Finished(Reading::Unread(failure), milliseconds) => What::ReadingFailed {
                app,
                failure,
                milliseconds,
            },
        });
    }

    /// Tells that a plan is made.
    pub fn plan(&self, plan: &Plan) {
        self.write(What::PlanMade {
            plan: plan.id(),
            changes: plan.body.changes.len(),
            withheld: plan.body.withheld.len(),
            incomplete: plan.body.is_incomplete(),
            due: plan.body.due,
        });
    }

    /// Tells what a run does.
    pub fn run(&self, seen: Seen<'_>) {
        match seen {
            Seen::Opened { run, plan } => {
                self.state().run = Some(run.clone());
                self.write(What::RunStarted { plan });
            }
            Seen::Begun(change) => self.write(What::StepStarted {
                change: &change.id,
                app: &change.app,
                person: change.person.as_ref().map(|person| &person.id),
                verb: change.action.verb(),
            }),
            Seen::Ended(_, step) => self.write(match &step.outcome {
                Outcome::Skipped { root } => What::StepSkipped {
                    change: &step.change,
                    root,
                },
                outcome => What::StepFinished {
                    change: &step.change,
                    outcome,
                    milliseconds: step.milliseconds,
                    request_id: step.request_id.as_ref(),
                },
            }),
        }
    }

    /// Tells what a run left behind.
    pub fn finished(&self, snapshot: &Snapshot) {
        let Snapshot { manifest, digest } = snapshot;
        self.write(What::SnapshotWritten {
            serial: manifest.serial,
            head: *digest,
        });
        let counts = manifest.counts;
        self.write(What::RunFinished { counts });
    }

    /// Tells the problems of the files.
    pub fn problems(&self, problems: &[Diagnostic], sources: &Sources) {
        for problem in problems {
            let place = problem.labels.first();
            let place = place.map(|label| sources.locate(label.site));
            let (file, line) = place.map(|place| (place.file, place.line)).unzip();
            self.write(What::Problem {
                severity: problem.severity,
                code: problem.code,
                message: &problem.message,
                file,
                line,
                hint: problem.hint.as_deref(),
            });
        }
    }

    /// Tells what ended a command.
    pub fn trouble(&self, trouble: Trouble) {
        if let Trouble::Files {
            diagnostics,
            sources,
        } = &trouble
        {
            self.problems(diagnostics, sources);
        }
        let hint = trouble.hint().map(std::borrow::Cow::into_owned);
        let error = anyhow::Error::new(trouble);
        self.write(What::Error {
            message: error.to_string(),
            because: error.chain().skip(1).map(ToString::to_string).collect(),
            hint,
        });
    }

    /// Names the exit code: the last line.
    pub fn last(&self, exit: Exit) {
        self.write(What::Exit {
            code: exit.code(),
            words: exit.words(),
        });
    }
}

/// The schema of a line, as JSON.
pub fn schema(title: &str) -> String {
    let mut generator = schemars::generate::SchemaSettings::draft07().into_generator();
    let mut schema = generator.root_schema_for::<Event<'static>>();
    schema.insert("title".to_owned(), title.into());
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
    text.push('\n');
    text
}
