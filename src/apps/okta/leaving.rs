//! The two ways of closing an account ("User lifecycle").

use std::borrow::Cow;

use crate::apps::Options;
use crate::model::app::Leaving;

use super::lifecycle::Step;
use super::user::State;

/// What `leaving` may say; the first is the default.
pub const CHOICES: &[&str] = &["suspend", "deactivate"];

/// How an account is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Reversibly: groups and apps are kept.
    Suspend,
    /// Apps are taken away, and with them what they kept for the user; the former password does
    /// not come back.
    Deactivate,
}

impl Way {
    /// The way that the files choose.
    pub fn chosen(options: &Options) -> Self {
        match options.leaving.as_deref() {
            Some("deactivate") => Self::Deactivate,
            _ => Self::Suspend,
        }
    }

    /// What it means, for the plan.
    ///
    /// Deactivation destroys nothing in Okta itself, so it is not said to destroy data; what the
    /// apps do that it takes away is theirs, and the effect says so.
    pub fn leaving(self) -> Leaving {
        match self {
            Self::Suspend => Leaving {
                effect: "suspended: cannot sign in; groups and app assignments stay; an account \
                         that was never used, or is locked, is deactivated"
                    .into(),
                reversible: true,
                destroys_data: false,
                unassigns: false,
                tasks: tasks(),
            },
            Self::Deactivate => Leaving {
                effect: "deactivated: cannot sign in; Okta takes its apps away, and some of them \
                         may delete what they hold; the profile stays, the password does not"
                    .into(),
                reversible: false,
                destroys_data: false,
                unassigns: true,
                tasks: tasks(),
            },
        }
    }

    /// What closes an account that is in a state; none if it is closed.
    ///
    /// Okta suspends only who is `ACTIVE`. Everybody else who is not closed is deactivated, also
    /// where the files say `suspend`: whoever is `STAGED` or `PROVISIONED` has nothing to keep, and
    /// a leaver who is `LOCKED_OUT`, `PASSWORD_EXPIRED` or in `RECOVERY` is still enabled and could
    /// come back in. To unlock one first, so as to suspend, would open the door.
    pub fn step(self, state: State) -> Option<Step> {
        match (self, state) {
            (_, State::Deprovisioned) | (Self::Suspend, State::Suspended) => None,
            (Self::Suspend, State::Active) => Some(Step::Suspend),
            _ => Some(Step::Deactivate),
        }
    }
}

/// What Okta's API leaves undone: it ends Okta's own sessions and tokens, and no others ("User
/// sessions").
fn tasks() -> Vec<Cow<'static, str>> {
    let task = "end their sessions in the apps that they entered by Okta and that provisor does not \
                close: Okta ends its own only";
    vec![task.into()]
}
