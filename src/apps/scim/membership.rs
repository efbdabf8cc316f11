//! Putting accounts into a group and taking them out: only the difference, and never anybody else.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::apps::{Value, Written};
use crate::base::count::count_of;
use crate::model::change::AccountTag;
use crate::model::failure::{Failure, FailureKind};

use super::ScimWriter;
use super::catalogue::Catalogue;
use super::group::Asked;
use super::resource::User;
use crate::apps::written::{already_so, done, failed, unknown};

/// Into a group, or out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Granting.
    In,
    /// Revoking.
    Out,
}

impl Way {
    /// What we are doing, for failures.
    pub const fn what(self) -> &'static str {
        match self {
            Self::In => "adding to the group",
            Self::Out => "removing from the group",
        }
    }
}

/// One group while its members change.
struct Work<'a> {
    group: &'a str,
    way: Way,
    members: HashSet<String>,
    /// What came of each account that was asked for.
    verdicts: HashMap<&'a str, Written>,
}

impl<'a> Work<'a> {
    /// Those of the accounts that are not yet where they should be.
    fn left(&self, ids: &[&'a str]) -> Vec<&'a str> {
        let there = self.way == Way::In;
        let ids = ids.iter().copied();
        ids.filter(|id| self.members.contains(*id) != there)
            .collect()
    }

    fn note(&mut self, ids: &[&'a str], written: &Written) {
        let noted = ids.iter().map(|id| (*id, written.clone()));
        self.verdicts.extend(noted);
    }
}

impl ScimWriter {
    /// Moves accounts into a group or out of it; one answer per account, in their order.
    pub(super) async fn change_members(
        &self,
        value: &Value,
        accounts: &[AccountTag],
        way: Way,
    ) -> Vec<Written> {
        match self.move_all(value, accounts, way).await {
            Ok(written) => written,
            Err(failure) => vec![failed(failure); accounts.len()],
        }
    }

    async fn move_all(
        &self,
        value: &Value,
        accounts: &[AccountTag],
        way: Way,
    ) -> Result<Vec<Written>, Failure> {
        if !self.client.dialect.groups {
            let what = format!("{}: this app has none", way.what());
            let transport = &self.client.transport;
            return Err(transport.failure(FailureKind::Unsupported, what));
        }
        let server = self.server().await?;
        let read = || Catalogue::read(&self.client, server);
        let catalogue = self.catalogue.get_or_try_init(read).await?;
        let group = catalogue.group(&self.client, &value.name)?;
        // Alone with the group, so that what vanishes is known to be our doing.
        let _turn = self.turns.of(&group.id).await;
        if let (Way::Out, Some(failure)) = (way, self.takes_too_much.get()) {
            return Err(failure.clone());
        }
        let mut work = Work {
            group: &group.id,
            way,
            members: self.members_of(&group.id, way.what()).await?,
            verdicts: HashMap::new(),
        };
        let asked: BTreeSet<&str> = accounts.iter().map(|tag| tag.vendor_id.raw()).collect();
        let moving = work.left(&asked.into_iter().collect::<Vec<_>>());
        let mut chunks = moving.chunks(self.client.dialect.members_at_once);
        for chunk in chunks.by_ref() {
            if let Err(stop) = self.move_chunk(&mut work, chunk).await {
                for chunk in chunks {
                    work.note(chunk, &failed(stop.clone()));
                }
                break;
            }
        }
        let verdict = |tag: &AccountTag| {
            let known = work.verdicts.get(tag.vendor_id.raw());
            known.cloned().unwrap_or_else(|| already_so(None))
        };
        Ok(accounts.iter().map(verdict).collect())
    }

    /// Moves a chunk; if the app refuses it, its accounts one by one, so that one that the app does
    /// not take stands in no other's way. A failure stops the work on this group.
    async fn move_chunk<'a>(&self, work: &mut Work<'a>, chunk: &[&'a str]) -> Result<(), Failure> {
        let mut refusal = self.move_together(work, chunk).await?;
        let mut tries = 1;
        while work.way == Way::In && refusal.as_ref().is_some_and(broke) {
            if !self.client.transport.again(tries).await {
                break;
            }
            refusal = self.move_together(work, &work.left(chunk)).await?;
            tries += 1;
        }
        let perhaps_one = matches!(
            refusal.map(|failure| failure.kind),
            Some(FailureKind::Invalid | FailureKind::NotFound | FailureKind::Unavailable)
        );
        if perhaps_one && chunk.len() > 1 {
            for id in work.left(chunk) {
                self.move_together(work, &[id]).await?;
            }
        }
        Ok(())
    }

    /// One request and the reading back; notes what came of each account, and answers why the app
    /// did not do it, if so.
    async fn move_together<'a>(
        &self,
        work: &mut Work<'a>,
        ids: &[&'a str],
    ) -> Result<Option<Failure>, Failure> {
        let way = work.way;
        let asked = self.ask(work.group, ids, way).await;
        if let Asked::Unsent(failure) = asked {
            work.note(ids, &failed(failure.clone()));
            return Err(failure);
        }
        let accepted = matches!(asked, Asked::Accepted { .. });
        let after = match self.members_after(work, ids, accepted).await {
            Ok(after) => after,
            Err(failure) => {
                work.note(ids, &unknown(failure.clone()));
                return Err(failure);
            }
        };
        let before = std::mem::replace(&mut work.members, after);
        if way == Way::Out {
            let kept = |id: &&String| work.members.contains(*id) || ids.contains(&id.as_str());
            let vanished: Vec<&str> = before
                .iter()
                .filter(|id| !kept(id))
                .map(String::as_str)
                .collect();
            if !self.left_by_themselves(&vanished).await {
                let failure = self.took_too_much(work.group, &vanished, &asked).await;
                work.note(ids, &failed(failure.clone()));
                return Err(failure);
            }
        }
        let request_id = asked.request_id();
        work.note(ids, &done(None, request_id));
        let left = work.left(ids);
        if left.is_empty() {
            return Ok(None);
        }
        let (written, failure) = match asked {
            Asked::Refused(failure) | Asked::Unsent(failure) => (failed(failure.clone()), failure),
            Asked::Lost(failure) => (unknown(failure.clone()), failure),
            Asked::Accepted { .. } => {
                let what = format!("{}: the app answered success and did not", way.what());
                let failure = self
                    .client
                    .transport
                    .failure(FailureKind::Unsupported, what);
                (failed(failure.clone()), failure)
            }
        };
        work.note(&left, &written);
        Ok(Some(failure))
    }

    /// The members once what was accepted shows, or is not waited for any longer.
    async fn members_after(
        &self,
        work: &Work<'_>,
        ids: &[&str],
        accepted: bool,
    ) -> Result<HashSet<String>, Failure> {
        let there = work.way == Way::In;
        let mut tries = 0;
        loop {
            let members = self.members_of(work.group, work.way.what()).await?;
            let shows = ids.iter().all(|id| members.contains(*id) == there);
            tries += 1;
            if shows || !accepted || !self.client.shows_later(tries).await {
                return Ok(members);
            }
        }
    }

    /// True if all who vanished besides those we asked for are gone or closed: some servers take
    /// closed accounts out of groups, and we may be closing them at this moment.
    async fn left_by_themselves(&self, vanished: &[&str]) -> bool {
        /// More at once are no coincidence.
        const FEW: usize = 20;
        if vanished.len() > FEW {
            return false;
        }
        for id in vanished {
            let found = self
                .client
                .find("Users", id, "looking who left the group")
                .await;
            let login = self.client.dialect.login;
            let read = |record| User::read(record, login);
            match found.as_ref().map(|record| record.as_ref().map(read)) {
                Ok(None) => {}
                Ok(Some(Ok(user))) if user.active == Some(false) => {}
                _ => return false,
            }
        }
        true
    }

    /// More members vanished than were to. Those are put back where the form of our request is
    /// known to be misread, and nothing is revoked in this app any more.
    async fn took_too_much(&self, group: &str, vanished: &[&str], asked: &Asked) -> Failure {
        let mut put_back = 0;
        if matches!(asked, Asked::Accepted { by_value: true, .. }) {
            for chunk in vanished.chunks(self.client.dialect.members_at_once) {
                self.ask(group, chunk, Way::In).await;
            }
            if let Ok(members) = self.members_of(group, Way::In.what()).await {
                put_back = vanished.iter().filter(|id| members.contains(**id)).count();
            }
        }
        let what = format!(
            "{}: {} vanished who should have stayed ({put_back} put back); compare the group with \
             the last snapshot",
            Way::Out.what(),
            count_of(vanished.len(), "other member", "other members"),
        );
        let failure = self
            .client
            .transport
            .failure(FailureKind::Unsupported, what);
        self.takes_too_much.get_or_init(|| failure).clone()
    }
}

/// True if the app itself says that it broke, as apps do that cannot take several writes at once.
/// Having looked, we may ask again; the transport repeats removals by itself.
fn broke(failure: &Failure) -> bool {
    matches!(failure.status, Some(500 | 503))
}
