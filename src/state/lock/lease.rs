//! The lock of a bucket: a lease that its holder renews.
//!
//! Whoever stops renewing loses it. A lease is taken over once it expired long ago by the clocks
//! of both, or once it was watched for its whole term without being renewed, which needs no clock
//! that agrees. It is never deleted, only replaced as it was last seen, so that of several who try,
//! one has it.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::base::digest::canonical;
use crate::base::{Clock, Stopwatch};
use crate::state::place::Bucket;
use crate::state::store::remote::{Remote, Versioned};
use crate::state::{StateError, format};

use super::{Freed, LockError, Owner};

const FORMAT: &str = "provisor.lease/1";
const KEY: &str = "lease.json";

/// How long things of a lease last.
#[derive(Clone, Copy, Debug)]
struct Terms {
    /// The lease, if it is not renewed.
    term: Duration,
    /// Between two renewals.
    renewal: Duration,
    /// After a renewal that failed.
    again: Duration,
    /// Between two looks at somebody else's lease.
    look: Duration,
    /// By how much the clocks of two machines may differ.
    skew: Duration,
}

const TERMS: Terms = Terms {
    term: Duration::from_mins(1),
    renewal: Duration::from_secs(15),
    again: Duration::from_secs(3),
    look: Duration::from_secs(1),
    skew: Duration::from_mins(5),
};

/// What the bucket says of its lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lease {
    format: String,
    /// Absent if it is free.
    owner: Option<Owner>,
    /// Until when it lasts, by its holder's clock.
    expires: Timestamp,
    /// How often it was renewed: no two states of a lease are alike.
    renewals: u64,
}

/// A lease that is held, and renewed until it is released or lost.
#[derive(Debug)]
pub struct Held {
    release: watch::Sender<bool>,
    lost: watch::Receiver<bool>,
}

/// Takes the lease of a bucket; looks for so long whether it becomes free.
pub async fn take(
    bucket: &Bucket,
    owner: &Owner,
    clock: Clock,
    patience: Duration,
) -> Result<Held, LockError> {
    take_from(Remote::open(bucket)?, owner, clock, patience, TERMS).await
}

async fn take_from(
    remote: Remote,
    owner: &Owner,
    clock: Clock,
    patience: Duration,
    terms: Terms,
) -> Result<Held, LockError> {
    let since = clock.stopwatch();
    let mut watched: Option<(Bytes, Stopwatch)> = None;
    loop {
        let sent = clock.stopwatch();
        let ours = lease(Some(owner), clock, terms, 0);
        let Some(seen) = remote.look(KEY).await? else {
            if let Some(made) = remote.make(KEY, ours).await? {
                return Ok(held(remote, made, sent, owner, clock, terms));
            }
            continue;
        };
        let known: Lease = format::parse(KEY, &seen.content, FORMAT)?;
        let unchanged = watched
            .as_ref()
            .filter(|(content, _)| *content == seen.content);
        let abandoned =
            unchanged.is_some_and(|(_, since)| since.elapsed() > terms.term + terms.again);
        if known.owner.is_none() || abandoned || expired(&known, clock, terms) {
            if let Some(taken) = remote.replace(KEY, &seen, ours).await? {
                return Ok(held(remote, taken, sent, owner, clock, terms));
            }
            // Another one was first: who, the next look tells.
            continue;
        }
        if unchanged.is_none() {
            watched = Some((seen.content, clock.stopwatch()));
        }
        if since.elapsed() >= patience {
            return Err(LockError::Held {
                owner: known.owner,
                until: Some(known.expires),
            });
        }
        tokio::time::sleep(terms.look).await;
    }
}

/// Frees the lease of a bucket, whoever holds it; `None` if nobody does.
pub async fn free(bucket: &Bucket, clock: Clock) -> Result<Option<Freed>, LockError> {
    free_in(&Remote::open(bucket)?, clock).await
}

async fn free_in(remote: &Remote, clock: Clock) -> Result<Option<Freed>, LockError> {
    loop {
        let Some(seen) = remote.look(KEY).await? else {
            return Ok(None);
        };
        let (owner, renewals) = match format::parse::<Lease>(KEY, &seen.content, FORMAT) {
            Ok(Lease { owner: None, .. }) => return Ok(None),
            Ok(known) => (known.owner, known.renewals),
            // Nobody could ever take a lease that is none.
            Err(StateError::Damaged { .. }) => (None, 0),
            Err(error) => return Err(error.into()),
        };
        let freed = lease(None, clock, TERMS, renewals + 1);
        if remote.replace(KEY, &seen, freed).await?.is_some() {
            return Ok(Some(Freed { owner }));
        }
    }
}

impl Held {
    /// Becomes true when somebody else took the lease, it could not be renewed in time, or it was let
    /// go.
    pub fn lost(&self) -> watch::Receiver<bool> {
        self.lost.clone()
    }

    /// Lets go, so that the next one need not wait.
    pub async fn release(&self) {
        self.release.send_replace(true);
        // Whoever renews says no more once it has let go.
        let _ = self.lost.clone().wait_for(|_| false).await;
    }
}

fn expired(lease: &Lease, clock: Clock, terms: Terms) -> bool {
    let skew = jiff::SignedDuration::try_from(terms.skew).unwrap_or_default();
    let surely = lease.expires.saturating_add(skew);
    surely.is_ok_and(|surely| surely < clock.now())
}

fn lease(owner: Option<&Owner>, clock: Clock, terms: Terms, renewals: u64) -> Bytes {
    let term = jiff::SignedDuration::try_from(terms.term).unwrap_or_default();
    let lease = Lease {
        format: FORMAT.to_owned(),
        owner: owner.cloned(),
        expires: clock.now().saturating_add(term).unwrap_or(Timestamp::MAX),
        renewals,
    };
    canonical(&lease).into()
}

fn held(
    remote: Remote,
    seen: Versioned,
    sent: Stopwatch,
    owner: &Owner,
    clock: Clock,
    terms: Terms,
) -> Held {
    let (release, released) = watch::channel(false);
    let (sender, lost) = watch::channel(false);
    let renewal = Renewal {
        remote,
        owner: owner.clone(),
        clock,
        terms,
    };
    tokio::spawn(async move {
        let _let_go_or_lost = renewal.until(seen, sent, released).await;
        // Nobody listens any more once the run is over.
        let _ = sender.send(true);
    });
    Held { release, lost }
}

/// The lease is somebody else's by now, or may be.
struct Lost;

struct Renewal {
    remote: Remote,
    owner: Owner,
    clock: Clock,
    terms: Terms,
}

impl Renewal {
    /// Renews until the lease is released. `since` is when it was last renewed: it counts as lost
    /// before others may think so, however long the bucket takes to answer.
    async fn until(
        &self,
        mut seen: Versioned,
        mut since: Stopwatch,
        mut released: watch::Receiver<bool>,
    ) -> Result<(), Lost> {
        let Terms {
            term,
            renewal,
            again,
            ..
        } = self.terms;
        let mut renewals = 0;
        let mut pause = renewal;
        loop {
            let ended = tokio::time::timeout(pause, released.wait_for(|released| *released));
            let ends = ended.await.is_ok();
            renewals += 1;
            let owner = (!ends).then_some(&self.owner);
            let next = lease(owner, self.clock, self.terms, renewals);
            let sent = self.clock.stopwatch();
            let left = term.saturating_sub(renewal).saturating_sub(since.elapsed());
            let left = if ends { left.min(renewal) } else { left };
            let renewed = tokio::time::timeout(left, self.renew(&seen, next)).await;
            match renewed {
                // What could not be freed ends by itself.
                _ if ends => return Ok(()),
                Ok(Ok(Renewed::Now(version))) => (seen, since, pause) = (version, sent, renewal),
                Ok(Ok(Renewed::Before(version))) => (seen, pause) = (version, again),
                Ok(Err(StateError::Store { .. })) => pause = again,
                Ok(Err(_) | Ok(Renewed::Never)) | Err(_) => return Err(Lost),
            }
        }
    }

    async fn renew(&self, seen: &Versioned, next: Bytes) -> Result<Renewed, StateError> {
        if let Some(renewed) = self.remote.replace(KEY, seen, next.clone()).await? {
            return Ok(Renewed::Now(renewed));
        }
        let Some(there) = self.remote.look(KEY).await? else {
            return Ok(Renewed::Never);
        };
        let known: Lease = format::parse(KEY, &there.content, FORMAT)?;
        Ok(if known.owner.as_ref() == Some(&self.owner) {
            Renewed::Before(there)
        } else {
            Renewed::Never
        })
    }
}

/// What came of a renewal.
enum Renewed {
    /// It was renewed.
    Now(Versioned),
    /// It is still ours: an earlier renewal came through whose answer was lost.
    Before(Versioned),
    /// It is not ours any more.
    Never,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::store::Creation;
    use crate::state::store::faulty::{Fault, Faulty};
    use std::sync::Arc;

    const QUICK: Terms = Terms {
        term: Duration::from_millis(400),
        renewal: Duration::from_millis(40),
        again: Duration::from_millis(10),
        look: Duration::from_millis(5),
        skew: Duration::from_mins(5),
    };
    const LONG: Duration = Duration::from_mins(1);

    fn owner(process: u32) -> Owner {
        Owner {
            actor: "ci".into(),
            host: "ci-7".into(),
            process,
            since: Timestamp::UNIX_EPOCH,
        }
    }

    async fn take(remote: &Remote, process: u32, patience: Duration) -> Result<Held, LockError> {
        let clock = Clock::running();
        take_from(remote.clone(), &owner(process), clock, patience, QUICK).await
    }

    #[tokio::test]
    async fn a_lease_is_renewed_while_it_is_held_and_free_when_it_is_released() {
        let remote = Remote::in_memory();
        let held = take(&remote, 1, Duration::ZERO).await.unwrap();
        let error = take(&remote, 2, QUICK.term * 2).await.unwrap_err();
        let LockError::Held {
            owner: Some(owner), ..
        } = error
        else {
            panic!("{error:?}")
        };
        assert_eq!(
            owner.process, 1,
            "longer than its term, and renewed meanwhile"
        );
        assert!(!*held.lost().borrow());
        held.release().await;
        assert!(*held.lost().borrow(), "whoever let go has it no more");
        take(&remote, 2, Duration::ZERO).await.unwrap();
    }

    #[tokio::test]
    async fn a_lease_that_nobody_renews_is_taken_over_and_its_holder_is_told() {
        let remote = Remote::in_memory();
        let dead = lease(Some(&owner(1)), Clock::running(), QUICK, 7);
        let made = remote.create(KEY, dead).await.unwrap();
        assert_eq!(made, Creation::Made);
        let error = take(&remote, 2, Duration::ZERO).await.unwrap_err();
        assert!(matches!(error, LockError::Held { .. }), "it may live");
        let held = take(&remote, 2, LONG).await.unwrap();
        let mut lost = held.lost();
        let freed = free_in(&remote, Clock::running()).await.unwrap().unwrap();
        assert_eq!(freed.owner, Some(owner(2)));
        lost.wait_for(|lost| *lost).await.unwrap();
    }

    #[tokio::test]
    async fn a_lease_whose_renewals_lose_their_answers_is_kept_and_let_go() {
        let faulty = Arc::new(Faulty::default());
        let remote = Remote::of(Arc::<Faulty>::clone(&faulty));
        faulty.fail([Fault::Lost, Fault::Down, Fault::Lost]);
        let held = take(&remote, 1, Duration::ZERO).await.unwrap();
        // Each of them fails five times, having come through once.
        faulty.fail([Fault::Lost; 5]);
        let error = take(&remote, 2, QUICK.term * 2).await.unwrap_err();
        assert!(matches!(error, LockError::Held { .. }));
        assert!(!*held.lost().borrow());
        faulty.fail([Fault::Lost]);
        held.release().await;
        take(&remote, 2, Duration::ZERO).await.unwrap();
    }

    #[tokio::test]
    async fn a_bucket_that_hangs_keeps_nobody_believing_in_a_lease() {
        let faulty = Arc::new(Faulty::default());
        let remote = Remote::of(Arc::<Faulty>::clone(&faulty));
        let held = take(&remote, 1, Duration::ZERO).await.unwrap();
        let since = Clock::running().stopwatch();
        faulty.fail([Fault::Hang]);
        held.lost().wait_for(|lost| *lost).await.unwrap();
        assert!(since.elapsed() < QUICK.term, "{:?}", since.elapsed());
        held.release().await;
    }

    #[tokio::test]
    async fn what_is_no_lease_is_named_and_can_be_freed() {
        let remote = Remote::in_memory();
        let _ = remote.create(KEY, Bytes::from("{")).await.unwrap();
        let error = take(&remote, 1, Duration::ZERO).await.unwrap_err();
        assert!(error.to_string().contains("lease.json of the state"));
        let clock = Clock::running();
        let freed = free_in(&remote, clock).await.unwrap().unwrap();
        assert_eq!(freed.owner, None);
        assert_eq!(free_in(&remote, clock).await.unwrap(), None);
        take(&remote, 1, Duration::ZERO).await.unwrap();
    }

    #[tokio::test]
    async fn a_lease_is_believed_for_as_long_as_clocks_may_differ() {
        let remote = Remote::in_memory();
        let clock = |seconds: i64| {
            let long_ago = Timestamp::from_second(1_700_000_000 + seconds).unwrap();
            Clock::frozen(long_ago)
        };
        let dead = lease(Some(&owner(1)), clock(0), QUICK, 7);
        let _ = remote.create(KEY, dead).await.unwrap();
        let take = |seconds| {
            let remote = remote.clone();
            async move { take_from(remote, &owner(2), clock(seconds), Duration::ZERO, QUICK).await }
        };
        assert!(matches!(take(290).await, Err(LockError::Held { .. })));
        take(310).await.unwrap();
    }

    #[tokio::test]
    async fn of_many_who_want_a_free_lease_one_has_it() {
        let remote = Remote::in_memory();
        let takes = (0..16).map(|process| {
            let remote = remote.clone();
            tokio::spawn(async move { take(&remote, process, Duration::ZERO).await })
        });
        let mut held = 0;
        for taken in takes.collect::<Vec<_>>() {
            held += usize::from(taken.await.unwrap().is_ok());
        }
        assert_eq!(held, 1);
    }
}
