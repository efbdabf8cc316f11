//! The front door for output: results to stdout, talk to stderr.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _, Write as _};

use crate::apps::Context;
use crate::apps::transport::Call;
use crate::base::foreign::escape;
use crate::base::{Clock, Diagnostic, Sources};
use crate::model::event::What;
use crate::model::failure::Failure;
use crate::model::name::AppName;
use crate::model::observation::Observed;
use crate::observe::{self, Request, Watched};
use crate::render::{Colour, Screen, diagnostics, failure};

use super::arguments::{ColourChoice, Global};
use super::environment;
use super::events::Events;
use super::exit::Exit;
use super::trouble::Trouble;

/// The terminal's width; where there is none, what the environment says.
fn width() -> usize {
    let terminal = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let said = || {
        environment::get(environment::COLUMNS)?
            .to_str()?
            .parse()
            .ok()
    };
    terminal.or_else(said).unwrap_or(USUAL_WIDTH)
}

const USUAL_WIDTH: usize = 80;

/// Where and how to print.
#[derive(Debug)]
pub struct Terminal {
    out: Colour,
    talk: Colour,
    width: usize,
    quiet: bool,
    verbose: u8,
    /// In place of talk.
    events: Option<Events>,
}

impl Terminal {
    /// Looks at the screens and at what the user wants.
    pub fn new(global: &Global) -> Self {
        Self {
            out: colour(global.color, io::stdout().is_terminal()),
            talk: colour(global.color, io::stderr().is_terminal()),
            width: width(),
            quiet: global.quiet,
            verbose: global.verbose,
            events: global.json_events.then(Events::new),
        }
    }

    /// Where events go, if a machine watches instead of a person.
    pub fn events(&self) -> Option<&Events> {
        self.events.as_ref()
    }

    /// Tells events the story's time.
    pub fn tell_time(&self, clock: Clock) {
        if let Some(events) = &self.events {
            events.tell_time(clock);
        }
    }

    /// Reads every app, and tells events how that goes.
    pub async fn watched(
        &self,
        requests: &BTreeMap<AppName, Request>,
        context: &Context,
    ) -> Observed {
        let watch = |app: &AppName, watched: Watched<'_>| {
            if let Some(events) = &self.events {
                events.reading(app, watched);
            }
        };
        observe::watched(requests, context, &watch).await
    }

    /// Display columns of a line.
    pub fn width(&self) -> usize {
        self.width
    }

    /// True if a person watches, on a screen on which lines can be drawn anew.
    pub fn draws(&self) -> bool {
        let talks = !self.quiet && self.verbose == 0 && self.events.is_none();
        let dumb = environment::get(environment::TERM).is_none_or(|term| term == "dumb");
        talks && !dumb && io::stderr().is_terminal()
    }

    /// How to colour talk.
    pub fn talk_colour(&self) -> Colour {
        self.talk
    }

    /// Prints a result.
    pub fn result(&self, screen: &Screen) {
        self.data(&screen.to_text(self.out));
    }

    /// Prints data that is safe as it is: JSON.
    #[expect(clippy::unused_self, reason = "output leaves by this door only")]
    pub fn data(&self, text: &str) {
        // A reader that went away has seen enough.
        let _ = io::stdout().lock().write_all(text.as_bytes());
    }

    /// Says something beside the result.
    pub fn say(&self, text: &str) {
        if !self.quiet || self.events.is_some() {
            self.insist(text);
        }
    }

    /// Says something with `--verbose` only.
    pub fn detail(&self, text: &str) {
        if self.verbose > 0 && self.events.is_none() {
            self.insist(text);
        }
    }

    /// Says something that even `--quiet` does not silence. Escapes in it must be our own.
    pub fn insist(&self, text: &str) {
        if let Some(events) = &self.events {
            return events.write(What::Note { message: text });
        }
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    /// Reports problems of the files.
    pub fn problems(&self, problems: &[Diagnostic], sources: &Sources) {
        if let Some(events) = &self.events {
            events.problems(problems, sources);
        } else if !problems.is_empty() {
            self.insist(diagnostics::text(problems, sources, self.width, self.talk).trim_end());
        }
    }

    /// Reports what ended a command.
    pub fn trouble(&self, trouble: Trouble) {
        if let Some(events) = &self.events {
            return events.trouble(trouble);
        }
        match trouble {
            Trouble::Files {
                diagnostics,
                sources,
            } => self.problems(&diagnostics, &sources),
            other => {
                let hint = other.hint();
                let error = anyhow::Error::new(other);
                self.insist(&format!("error: {}", escape(&error.to_string())));
                for cause in error.chain().skip(1) {
                    self.insist(&format!("  because: {}", escape(&cause.to_string())));
                }
                if let Some(hint) = hint {
                    self.insist(&format!("  hint: {}", escape(&hint)));
                }
            }
        }
    }

    /// Reports what went wrong with one app.
    pub fn failure(&self, failure: &Failure) {
        if let Some(events) = &self.events {
            return events.write(What::ReadingFailed {
                app: &failure.app,
                failure,
                milliseconds: 0,
            });
        }
        let text = failure::text(failure, self.width).to_text(self.talk);
        self.insist(text.trim_end());
    }

    /// Lists the calls to the apps, with `--verbose`.
    pub fn calls(&self, calls: &[Call]) {
        if self.verbose == 0 {
            return;
        }
        for call in calls {
            if let Some(events) = &self.events {
                events.write(What::Call {
                    app: &call.app,
                    method: &call.method,
                    path: &call.path,
                    status: call.status,
                    milliseconds: call.milliseconds,
                });
                continue;
            }
            let status = call
                .status
                .map_or_else(|| "no answer".to_owned(), |status| status.to_string());
            let (method, path) = (&call.method, escape(call.path.raw()));
            let id = call.request_id.as_ref().filter(|_| self.verbose > 1);
            let id = id.map_or_else(String::new, |id| format!(", request {}", escape(id.raw())));
            self.insist(&format!(
                "{}: {method} {path} → {status}, {} ms{id}",
                call.app, call.milliseconds
            ));
        }
    }

    /// Names the exit code, as the last line.
    pub fn last(&self, exit: Exit) {
        if let Some(events) = &self.events {
            events.last(exit);
        } else if !self.quiet {
            last(exit);
        }
    }
}

/// Names the exit code, as the last line.
pub fn last(exit: Exit) {
    let _ = writeln!(
        io::stderr().lock(),
        "exit {}: {}",
        exit.code(),
        exit.words()
    );
}

fn colour(choice: ColourChoice, terminal: bool) -> Colour {
    let wanted = match choice {
        ColourChoice::Always => true,
        ColourChoice::Never => false,
        ColourChoice::Auto if environment::get(environment::NO_COLOR).is_some() => false,
        ColourChoice::Auto
            if environment::get(environment::FORCE_COLOR).is_some_and(|value| value != "0") =>
        {
            true
        }
        ColourChoice::Auto => {
            terminal && environment::get(environment::TERM).is_none_or(|term| term != "dumb")
        }
    };
    if wanted { Colour::Ansi } else { Colour::Plain }
}
