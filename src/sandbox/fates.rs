//! What becomes of a call: the faults of an app with their counters.

use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::Method;

use super::app::{Call, Refusal};
use super::faults::{At, Calls, FailStatus, Fault, Faults, Strike};

/// What becomes of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is answered.
    Answered,
    /// It is refused with this status, and `Retry-After` seconds, before the app sees it.
    Refused(FailStatus, Option<u32>),
    /// Something else goes wrong, perhaps after the app did what it was asked.
    Struck(Fault, bool),
}

impl Fate {
    /// What goes wrong besides a refusal that `sandbox.toml` spells out.
    pub fn fault(self) -> Option<Fault> {
        match self {
            Self::Struck(fault, _) => Some(fault),
            Self::Answered | Self::Refused(..) => None,
        }
    }

    /// Whether the app hears of the call, and does what it is asked.
    pub fn is_heard(self) -> bool {
        match self {
            Self::Answered => true,
            Self::Refused(..) => false,
            Self::Struck(fault, done) => done || fault.is_damage(),
        }
    }

    /// The refusal that is answered, in the app's own words.
    pub fn refusal(self) -> Option<Refusal<'static>> {
        let (status, retry_after) = match self {
            Self::Answered => return None,
            Self::Refused(status, retry_after) => (status.code(), retry_after),
            Self::Struck(fault, _) => (fault.status()?, None),
        };
        Some(Refusal {
            status,
            detail: "a fault that sandbox.toml asks for",
            retry_after,
        })
    }
}

/// The faults of one app with their counters.
#[derive(Debug, Default)]
pub(super) struct Fates {
    latency: Duration,
    outage: Option<FailStatus>,
    ignores_writes: bool,
    /// In their order: the first that strikes decides, and those behind it never hear of the call.
    awaiting: Vec<Awaiting>,
}

/// A fate with the calls that it counts.
#[derive(Debug)]
struct Awaiting {
    fate: Fate,
    calls: Calls,
    path: Option<Vec<String>>,
    at: At,
    matched: AtomicU64,
}

impl Fates {
    pub fn new(faults: Faults) -> Self {
        let of = |fate, calls, nth| Awaiting {
            fate,
            calls,
            path: None,
            at: At::Nth(nth),
            matched: AtomicU64::new(0),
        };
        let refused = faults.fail_call.map(|fail| {
            let fate = Fate::Refused(fail.status, fail.retry_after);
            of(fate, Calls::All, fail.nth)
        });
        let unheard = faults.lose_answer.map(|nth: NonZeroU64| {
            let fate = Fate::Struck(Fault::HangUp, true);
            of(fate, Calls::Writes, nth)
        });
        let strikes = faults.strikes.into_iter().map(Awaiting::from);
        Self {
            latency: faults.latency,
            outage: faults.outage,
            ignores_writes: faults.ignores_writes,
            awaiting: refused.into_iter().chain(unheard).chain(strikes).collect(),
        }
    }

    /// How long every answer is delayed.
    pub fn latency(&self) -> Duration {
        self.latency
    }

    /// True if a write is answered as if it were done.
    pub fn ignores_writes(&self) -> bool {
        self.ignores_writes
    }

    /// Counts a call and says what becomes of it.
    pub fn next(&self, call: &Call) -> Fate {
        if let Some(status) = self.outage {
            return Fate::Refused(status, None);
        }
        let mut awaiting = self.awaiting.iter();
        let struck = awaiting.find(|one| one.matches(call) && one.strikes());
        struck.map_or(Fate::Answered, |one| one.fate)
    }
}

impl From<Strike> for Awaiting {
    fn from(strike: Strike) -> Self {
        Self {
            fate: Fate::Struck(strike.fault, strike.done),
            calls: strike.calls,
            path: strike.path,
            at: strike.at,
            matched: AtomicU64::new(0),
        }
    }
}

impl Awaiting {
    fn matches(&self, call: &Call) -> bool {
        let method = match self.calls {
            Calls::All => true,
            Calls::Reads => !call.writes(),
            Calls::Writes => call.writes(),
            Calls::Get => call.method == Method::GET,
            Calls::Post => call.method == Method::POST,
            Calls::Put => call.method == Method::PUT,
            Calls::Patch => call.method == Method::PATCH,
            Calls::Delete => call.method == Method::DELETE,
        };
        let path = self.path.as_ref().is_none_or(|path| {
            let same = |(wanted, given): (&String, &String)| wanted == "*" || wanted == given;
            path.len() == call.path.len() && path.iter().zip(&call.path).all(same)
        });
        method && path
    }

    /// Counts a call that matches.
    fn strikes(&self) -> bool {
        let number = self.matched.fetch_add(1, Ordering::Relaxed) + 1;
        match self.at {
            At::Each => true,
            At::Nth(nth) => number == nth.get(),
            At::From(from) => number >= from.get(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fates(faults: &str) -> Fates {
        Fates::new(toml::from_str(faults).unwrap())
    }

    fn call(method: Method, path: &str) -> Call {
        Call {
            method,
            path: path.split('/').map(str::to_owned).collect(),
            query: Vec::new(),
            headers: axum::http::HeaderMap::new(),
            body: bytes::Bytes::new(),
        }
    }

    fn read() -> Call {
        call(Method::GET, "Users")
    }

    fn write() -> Call {
        call(Method::POST, "Users")
    }

    #[test]
    fn a_fault_strikes_the_call_it_names_and_no_other() {
        let fates =
            fates("fail_call = { nth = 2, status = 429, retry_after = 1 }\nlose_answer = 1");
        assert_eq!(fates.next(&read()), Fate::Answered);
        assert_eq!(
            fates.next(&write()),
            Fate::Refused(FailStatus::TooManyRequests, Some(1)),
            "a refused write is not the first write"
        );
        assert_eq!(fates.next(&write()), Fate::Struck(Fault::HangUp, true));
        assert_eq!(fates.next(&write()), Fate::Answered);
    }

    #[test]
    fn an_outage_strikes_every_call() {
        let fates = fates("outage = 503");
        for call in [read(), write(), read()] {
            let refused = Fate::Refused(FailStatus::ServiceUnavailable, None);
            assert_eq!(fates.next(&call), refused);
        }
    }

    #[test]
    fn a_strike_counts_the_calls_of_its_method_and_path() {
        let fates = fates(
            "strikes = [{ fault = \"reset\", calls = \"PATCH\", path = \"Groups/*\", nth = 2 }]",
        );
        let group = call(Method::PATCH, "Groups/1");
        for passing in [
            call(Method::PATCH, "Groups"),
            call(Method::PATCH, "Users/1"),
            call(Method::PATCH, "Groups/1/x"),
            call(Method::GET, "Groups/1"),
            call(Method::PATCH, "Groups/2"),
        ] {
            assert_eq!(fates.next(&passing), Fate::Answered);
        }
        assert_eq!(fates.next(&group), Fate::Struck(Fault::Reset, false));
        assert_eq!(fates.next(&group), Fate::Answered);
    }

    #[test]
    fn what_begins_goes_on() {
        let fates = fates("strikes = [{ fault = \"expired\", from = 2 }]");
        let expired = Fate::Struck(Fault::Expired, false);
        let seen = [read(), write(), read()].map(|call| fates.next(&call));
        assert_eq!(seen, [Fate::Answered, expired, expired]);
    }
}
