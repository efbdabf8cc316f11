//! Exit codes: what CI can tell from one number.

use std::process::ExitCode;

/// How a command ended. The strongest wins: usage, locked, error, unreadable or stale, guard,
/// unfinished, pending, done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Done, or nothing to do.
    Done,
    /// Changes are pending (only with `--detailed-exitcode`).
    Pending,
    /// `drift`: somebody changed something outside of provisor.
    Drift,
    /// Some changes failed, were refused, held or blocked, or an app could not be read.
    Unfinished,
    /// A guard refused; nothing of that kind was written.
    Guard,
    /// `plan`: an app could not be read.
    Incomplete,
    /// `apply`: the saved plan is not to be applied any more; nothing was written.
    Stale,
    /// An error; nothing was written.
    Error,
    /// Another run holds the lock.
    Locked,
    /// The command line makes no sense.
    Usage,
}

impl Exit {
    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Error => 1,
            Self::Pending | Self::Drift => 2,
            Self::Guard => 3,
            Self::Incomplete | Self::Stale => 4,
            Self::Unfinished => 5,
            Self::Locked => 6,
            Self::Usage => 64,
        }
    }

    /// What the last line on stderr says.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Error => "error, nothing written",
            Self::Pending => "changes pending",
            Self::Guard => "a guard refused; nothing of that kind written",
            Self::Incomplete => "an app could not be read",
            Self::Stale => "stale plan, nothing written",
            Self::Drift => "changed outside of provisor",
            Self::Unfinished => "not everything is done; safe to run again",
            Self::Locked => "locked by another run",
            Self::Usage => "usage",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_wins() {
        let mut order = [
            Exit::Usage,
            Exit::Locked,
            Exit::Error,
            Exit::Incomplete,
            Exit::Guard,
            Exit::Unfinished,
            Exit::Pending,
            Exit::Done,
        ];
        order.reverse();
        assert!(order.is_sorted());
        assert_eq!(order.map(Exit::code), [0, 2, 5, 3, 4, 1, 6, 64]);
    }
}
