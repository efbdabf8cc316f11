//! Waiting for what another app makes or closes (R18): looked at once, then with growing pauses.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::apps::{Reader, Sighting, Sought, Written};
use crate::base::Clock;
use crate::model::account::Status;
use crate::model::change::{AccountTag, Cascade, Change, NewAccount};
use crate::model::failure::{Failure, FailureKind};
use crate::model::name::AppName;
use crate::model::outcome::Outcome;

/// The pause after the first look, and the longest, where the deadline is not short.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(15);

/// A look at an app that hangs is given up after so long, even past the deadline.
const LOOK: Duration = Duration::from_secs(10);

/// How a wait ended.
#[derive(Debug)]
pub enum End {
    /// It is so; the account, unless it is gone.
    So(Option<Sighting>),
    /// The deadline passed; why the last look failed, if it did.
    Late(Option<Failure>),
    /// The run was told to stop.
    Stopped,
}

/// One wait.
pub struct Wait<'a> {
    /// Where.
    pub app: &'a AppName,
    /// What looks.
    pub reader: &'a dyn Reader,
    /// For which account.
    pub sought: Sought,
    /// For how long.
    pub limit: Duration,
    /// Measures real time.
    pub clock: Clock,
}

impl Wait<'_> {
    /// Looks until it is so, or the time is up, or `stop` becomes true. A look that fails is
    /// followed by another.
    pub async fn until(
        &self,
        stop: &watch::Receiver<bool>,
        is_so: impl Fn(Option<&Sighting>) -> bool,
    ) -> End {
        let stopwatch = self.clock.stopwatch();
        let mut pause = FIRST.min(self.limit / 8);
        let longest = LONGEST.min(self.limit / 4);
        loop {
            let left = self.limit.saturating_sub(stopwatch.elapsed());
            let looked = tokio::select! {
                biased;
                () = stopped(stop.clone()) => return End::Stopped,
                looked = timeout(left.max(LOOK), self.reader.seek(&self.sought)) => looked,
            };
            let failure = match looked {
                Ok(Ok(found)) if is_so(found.as_ref()) => return End::So(found),
                Ok(Ok(_)) => None,
                Ok(Err(failure)) => Some(failure),
                Err(_) => {
                    let what = "looking for the account: the app does not answer";
                    Some(Failure::new(self.app, FailureKind::Unavailable, what))
                }
            };
            let left = self.limit.saturating_sub(stopwatch.elapsed());
            if left.is_zero() {
                return End::Late(failure);
            }
            tokio::select! {
                biased;
                () = stopped(stop.clone()) => return End::Stopped,
                () = sleep(pause.min(left)) => {}
            }
            pause = (pause * 2).min(longest);
        }
    }
}

/// Waits until the run is told to stop, for ever if nobody is left to tell it.
pub async fn stopped(mut stop: watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// What to look for, to see what became of an account that was to come.
pub fn awaited(account: Option<&AccountTag>, new: &NewAccount) -> Sought {
    Sought {
        vendor_id: account.map(|account| account.vendor_id.clone()),
        login: new.login.clone(),
        email: new.email.clone(),
    }
}

/// What to look for, to see whether an account is closed.
pub fn known(account: &AccountTag) -> Sought {
    Sought {
        vendor_id: Some(account.vendor_id.clone()),
        login: account.login.raw().to_owned(),
        email: String::new(),
    }
}

/// True if an account is there and can be used.
pub fn is_open(found: Option<&Sighting>) -> bool {
    found.is_some_and(|found| found.status != Status::Inactive)
}

/// What became of an await.
pub fn arrival(change: &Change, by: &Cascade, end: End) -> Written {
    let outcome = match end {
        End::So(found) => Outcome::Done {
            vendor_id: found.map(|found| found.account.vendor_id),
        },
        End::Late(failure) => Outcome::Failed {
            failure: late(change, by, failure),
        },
        End::Stopped => Outcome::NotStarted,
    };
    Written {
        outcome,
        request_id: None,
    }
}

/// The failure of an await whose time is up; where the app could not be looked at, that it is.
fn late(change: &Change, by: &Cascade, failure: Option<Failure>) -> Failure {
    let verb = if change.account.is_some() {
        "open"
    } else {
        "make"
    };
    let what = format!(
        "waiting {} for {} to {verb} the account",
        by.wait(),
        by.source
    );
    match failure {
        None => Failure::new(&change.app, FailureKind::Overdue, what),
        Some(failure) => Failure {
            what: format!("{what}: at last, {}", failure.what),
            ..failure
        },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::apps::Scope;
    use crate::model::observation::Observation;

    /// Answers what it is told to, one look after the other; the last answer stands.
    struct Answers(Mutex<Vec<Result<Option<Status>, FailureKind>>>);

    #[async_trait::async_trait]
    impl Reader for Answers {
        async fn observe(&self, _: &Scope) -> Result<Observation, Failure> {
            unreachable!("a wait looks for one account")
        }

        async fn seek(&self, _: &Sought) -> Result<Option<Sighting>, Failure> {
            let mut answers = self.0.lock().unwrap();
            let next = if answers.len() > 1 {
                answers.remove(0)
            } else {
                answers[0]
            };
            let seen = |status| Sighting {
                account: AccountTag {
                    vendor_id: "u1".into(),
                    login: "emma".into(),
                },
                status,
            };
            next.map(|found| found.map(seen))
                .map_err(|kind| Failure::new(&"crm".into(), kind, "looking"))
        }
    }

    async fn wait(answers: Vec<Result<Option<Status>, FailureKind>>, stop: bool) -> End {
        let reader = Answers(Mutex::new(answers));
        let wait = Wait {
            app: &"crm".into(),
            reader: &reader,
            sought: known(&AccountTag {
                vendor_id: "u1".into(),
                login: "emma".into(),
            }),
            limit: Duration::from_millis(40),
            clock: Clock::running(),
        };
        let (_sender, stop) = watch::channel(stop);
        wait.until(&stop, is_open).await
    }

    #[tokio::test]
    async fn r18_an_account_that_comes_late_or_after_an_outage_is_seen() {
        let answers = vec![
            Ok(None),
            Err(FailureKind::Unavailable),
            Ok(Some(Status::Inactive)),
            Ok(Some(Status::Active)),
        ];
        let end = wait(answers, false).await;
        assert!(matches!(end, End::So(Some(_))), "{end:?}");
    }

    #[tokio::test]
    async fn r18_a_wait_ends_at_its_deadline_and_tells_of_an_outage() {
        let end = wait(vec![Ok(None)], false).await;
        assert!(matches!(end, End::Late(None)), "{end:?}");
        let end = wait(vec![Ok(None), Err(FailureKind::Unavailable)], false).await;
        let End::Late(Some(failure)) = end else {
            panic!("{end:?}")
        };
        assert_eq!(failure.kind, FailureKind::Unavailable);
    }

    #[tokio::test]
    async fn a_wait_that_is_told_to_stop_stops() {
        let end = wait(vec![Ok(None)], true).await;
        assert!(matches!(end, End::Stopped), "{end:?}");
    }
}
