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
use tokio::task::JoinHandle;

use crate::base::digest::canonical;
use crate::base::{Clock, Stopwatch};
use crate::state::place::Bucket;
use crate::state::store::Creation;
use crate::state::store::remote::{Remote, Versioned};
use crate::state::{StateError, format};

use super::{LockError, Owner};

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
    term: Duration::from_mins(2),
    renewal: Duration::from_secs(30),
    again: Duration::from_secs(5),
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
    renewing: JoinHandle<()>,
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
        let ours = lease(Some(owner), clock, terms, 0);
        let Some(seen) = remote.look(KEY).await? else {
            if remote.create(KEY, ours.clone()).await? == Creation::Made
                && let Some(made) = remote.look(KEY).await?
            {
                return Ok(held(remote, made, owner, clock, terms));
            }
            continue;
        };
        let known: Lease = format::parse(KEY, &seen.content, FORMAT)?;
        let unchanged = watched
            .as_ref()
            .filter(|(content, _)| *content == seen.content);
        let abandoned =
            unchanged.is_some_and(|(_, since)| since.elapsed() > terms.term + terms.again);
        let is_free = known.owner.is_none() || abandoned || expired(&known, clock, terms);
        if is_free {
            if let Some(taken) = remote.replace(KEY, &seen, ours).await? {
                return Ok(held(remote, taken, owner, clock, terms));
            }
            continue;
        }
        if unchanged.is_none() {
            watched = Some((seen.content, clock.stopwatch()));
        }
        if since.elapsed() >= patience {
            return Err(LockError::Held { owner: known.owner });
        }
        tokio::time::sleep(terms.look).await;
    }
}

/// Frees the lease of a bucket, whoever holds it; says who did.
pub async fn free(bucket: &Bucket, clock: Clock) -> Result<Option<Owner>, LockError> {
    let remote = Remote::open(bucket)?;
    loop {
        let Some(seen) = remote.look(KEY).await? else {
            return Ok(None);
        };
        let known: Lease = format::parse(KEY, &seen.content, FORMAT)?;
        if known.owner.is_none() {
            return Ok(None);
        }
        let freed = lease(None, clock, TERMS, known.renewals + 1);
        if remote.replace(KEY, &seen, freed).await?.is_some() {
            return Ok(known.owner);
        }
    }
}

impl Held {
    /// Becomes true when somebody else took the lease, or it could not be renewed in time.
    pub fn lost(&self) -> watch::Receiver<bool> {
        self.lost.clone()
    }

    /// Lets go, so that the next one need not wait.
    pub async fn release(self) {
        // Whoever renews is gone only if the lease is.
        let _ = self.release.send(true);
        let _ = self.renewing.await;
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

fn held(remote: Remote, seen: Versioned, owner: &Owner, clock: Clock, terms: Terms) -> Held {
    let (release, released) = watch::channel(false);
    let (lose, lost) = watch::channel(false);
    let owner = owner.clone();
    let renewing = tokio::spawn(async move {
        let renewal = Renewal {
            remote,
            owner,
            clock,
            terms,
        };
        if renewal.until(seen, released).await.is_err() {
            // Nobody listens any more once the run is over.
            let _ = lose.send(true);
        }
    });
    Held {
        renewing,
        release,
        lost,
    }
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
    /// Renews until the lease is released.
    async fn until(
        &self,
        mut seen: Versioned,
        mut released: watch::Receiver<bool>,
    ) -> Result<(), Lost> {
        let mut renewals = 0;
        let mut since = self.clock.stopwatch();
        let Terms {
            term,
            renewal,
            again,
            ..
        } = self.terms;
        let mut pause = renewal;
        loop {
            let ended = tokio::time::timeout(pause, released.wait_for(|released| *released));
            let ends = ended.await.is_ok();
            renewals += 1;
            let next = lease(
                (!ends).then_some(&self.owner),
                self.clock,
                self.terms,
                renewals,
            );
            let sent = self.clock.stopwatch();
            match self.renew(&seen, next).await {
                Ok(renewed) => (seen, since, pause) = (renewed, sent, renewal),
                Err(Some(lost)) => return Err(lost),
                Err(None) if since.elapsed() + renewal > term => return Err(Lost),
                Err(None) => pause = again,
            }
            if ends {
                return Ok(());
            }
        }
    }

    /// Replaces the lease as it was seen. After an answer that was lost, what is there may be ours.
    async fn renew(&self, seen: &Versioned, next: Bytes) -> Result<Versioned, Option<Lost>> {
        match self.remote.replace(KEY, seen, next.clone()).await {
            Ok(Some(renewed)) => return Ok(renewed),
            Ok(None) | Err(StateError::Store { .. }) => {}
            Err(_) => return Err(None),
        }
        match self.remote.look(KEY).await {
            Ok(Some(there)) if there.content == next => Ok(there),
            Ok(Some(there)) if there.content == seen.content => Err(None),
            Ok(_) => Err(Some(Lost)),
            Err(_) => Err(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let LockError::Held { owner: Some(owner) } = error else {
            panic!("{error:?}")
        };
        assert_eq!(
            owner.process, 1,
            "longer than its term, and renewed meanwhile"
        );
        assert!(!*held.lost().borrow());
        held.release().await;
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
        // Another one frees it, and takes it.
        let seen = remote.look(KEY).await.unwrap().unwrap();
        let freed = lease(None, Clock::running(), QUICK, 9);
        while remote
            .replace(KEY, &seen, freed.clone())
            .await
            .unwrap()
            .is_none()
        {
            let seen = remote.look(KEY).await.unwrap().unwrap();
            if remote
                .replace(KEY, &seen, freed.clone())
                .await
                .unwrap()
                .is_some()
            {
                break;
            }
        }
        lost.wait_for(|lost| *lost).await.unwrap();
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
