//! `--allow APP.VERB=N --reason "…"`: what a guard refuses and somebody allows, by its exact number
//! (R20). There is no flag that allows everything.

use std::str::FromStr;

use clap::{ArgGroup, Args};

use crate::base::foreign::escape;
use crate::model::guard::{Guard, Judgement, Override, Verdict};
use crate::model::name::AppName;
use crate::model::plan::Plan;
use crate::plan::mistaken;

use super::trouble::Trouble;

/// What somebody allows, and why.
#[derive(Debug, Default, Args)]
#[command(group = ArgGroup::new("reasoned").multiple(true))]
pub struct Allow {
    /// Allow exactly so many of what a guard refuses, as in slack.deactivate=7; the plan names it
    #[arg(
        long,
        value_name = "APP.VERB=N",
        requires = "reason",
        group = "reasoned"
    )]
    allow: Vec<Allowance>,

    /// Why that is right; kept in the snapshot
    #[arg(long, value_name = "WHY", requires = "reasoned", value_parser = reason)]
    reason: Option<String>,
}

/// One thing that is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Allowance {
    app: Option<AppName>,
    guard: Guard,
    number: usize,
}

impl Allow {
    /// Why, if anything is said.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// The overrides that these words mean.
    pub fn overrides(&self) -> Vec<Override> {
        let reason = self.reason.as_deref().unwrap_or_default();
        let one = |allowance: &Allowance| Override {
            app: allowance.app.clone(),
            guard: allowance.guard,
            number: allowance.number,
            reason: reason.into(),
            entry: None,
        };
        self.allow.iter().map(one).collect()
    }
}

/// The words by which the command line allowed something of a plan, to be said again when it is
/// applied; none if it allowed nothing.
pub fn words(judgements: &[Judgement]) -> Option<String> {
    let mut allowed = String::new();
    let mut why = None;
    for judged in judgements {
        if let Verdict::Overridden {
            reason,
            entry: None,
        } = &judged.verdict
        {
            for word in ["--allow ", &judged.exact(), " "] {
                allowed.push_str(word);
            }
            why = Some(reason);
        }
    }
    let why = escape(why?.raw()).replace('\'', "'\\''");
    Some(format!("{allowed}--reason '{why}'"))
}

/// Refuses an override that does not say what the plan says: whoever wrote it saw another plan.
pub fn check(overrides: &[Override], plan: &Plan) -> Result<(), Trouble> {
    match mistaken(overrides, &plan.body.guards) {
        None => Ok(()),
        Some((said, number)) => {
            let right = number.map(|number| Override {
                number,
                ..said.clone()
            });
            Err(Trouble::Allowed {
                said: said.to_string(),
                right: right.map(|right| right.to_string()),
            })
        }
    }
}

pub(super) fn reason(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    (!text.is_empty())
        .then(|| text.to_owned())
        .ok_or("say why it is right")
}

impl FromStr for Allowance {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = || "write APP.VERB=N, as in slack.deactivate=7".to_owned();
        let (target, number) = text.split_once('=').ok_or_else(form)?;
        let number = number.parse().map_err(|_| form())?;
        let (app, word) = target
            .rsplit_once('.')
            .map_or((None, target), |(app, word)| (Some(app), word));
        let guard = Guard::ALL.into_iter().find(|guard| guard.word() == word);
        let guard = guard.ok_or_else(|| {
            let words = Guard::ALL.map(Guard::word);
            format!(
                "`{word}` is guarded by nothing; what is: {}",
                words.join(", ")
            )
        })?;
        Ok(Self {
            app: app.map(AppName::from),
            guard,
            number,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_override_names_app_verb_and_exact_number() {
        let read = |text: &str| text.parse::<Allowance>();
        let one = read("slack.deactivate=7").unwrap();
        assert_eq!(one.app, Some("slack".into()));
        assert_eq!((one.guard, one.number), (Guard::Deactivations, 7));
        assert_eq!(read("files=12").unwrap().app, None);
        for bad in [
            "slack",
            "slack.deactivate",
            "slack.deactivate=",
            "slack.deactivate=-1",
            "slack.deactivate=all",
            "slack.everything=7",
            "slack.=7",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert!(reason("  ").is_err());
    }
}
