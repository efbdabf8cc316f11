//! Runs that no snapshot names yet: those that died, and those that closed their journal and died
//! before their manifest was written.
//!
//! The next run finds them, looks what became of each change that was begun and not ended, and
//! names them in its own manifest. What they created and closed is ours all the same.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::base::Digest;
use crate::model::call::Call;
use crate::model::change::{Change, ChangeId};
use crate::model::name::RunId;
use crate::model::outcome::{Outcome, StepOutcome};
use crate::model::plan::{self, Body};
use crate::model::snapshot::{Counts, RunEnd, RunRecord};
use crate::model::withheld::{Withheld, WithheldState};

use super::journal::{self, Opened};
use super::segment::{self, Entry, Tail};
use super::snapshot::Snapshot;
use super::store::Store;
use super::{StateError, format, object, snapshot};

/// A run that no snapshot names, as its journal has it.
#[derive(Debug)]
pub struct PastRun {
    /// What it said of itself.
    pub opened: Opened,
    /// What it was to do.
    pub plan: Body,
    outcomes: BTreeMap<ChangeId, StepOutcome>,
    open: BTreeSet<ChangeId>,
    calls: Vec<Call>,
    record: Option<RunRecord>,
    tail: Tail,
}

/// The runs since the last snapshot, in their order. To be asked under the lock only: a run that
/// is alive looks like one that died.
pub async fn since_last_snapshot(store: &Store) -> Result<Vec<PastRun>, StateError> {
    let recorded = last_recorded(store, snapshot::latest(store).await?).await?;
    let mut runs = Vec::new();
    for number in journal::numbers(store).await? {
        if number > recorded
            && let Some(run) = PastRun::load(store, segment::run_id(number)).await?
        {
            runs.push(run);
        }
    }
    Ok(runs)
}

/// Refuses a run that was planned on a state that is not as it was: another run left a snapshot since,
/// or opened a journal of a lower number that is not among the runs that this one knows, so that no
/// snapshot would ever name it. To be asked once the run's own journal is open: of several that open
/// theirs at once, all but the first find the others.
pub async fn refuse_if_moved(
    store: &Store,
    head: Option<Digest>,
    known: &[PastRun],
    own: &RunId,
) -> Result<(), StateError> {
    let latest = snapshot::unmoved(store, head).await?;
    let recorded = last_recorded(store, latest).await?;
    let own = segment::number(own).unwrap_or(u64::MAX);
    let known: BTreeSet<&RunId> = known.iter().map(PastRun::run).collect();
    for number in journal::numbers(store).await? {
        let run = segment::run_id(number);
        let between = recorded < number && number < own;
        if between && !known.contains(&run) && segment::opened(store, &run).await?.is_some() {
            let piece = segment::folder(&run);
            return Err(StateError::Raced { piece });
        }
    }
    Ok(())
}

/// The runs of one plan since an instant, from the first. To be asked under the lock only.
pub async fn of_plan(
    store: &Store,
    plan: Digest,
    since: Timestamp,
) -> Result<Vec<PastRun>, StateError> {
    let mut runs = Vec::new();
    for number in journal::numbers(store).await?.into_iter().rev() {
        let run = segment::run_id(number);
        match segment::opened(store, &run).await? {
            Some(opened) if opened.started < since => break,
            Some(opened) if opened.plan == plan => runs.extend(PastRun::load(store, run).await?),
            _ => {}
        }
    }
    runs.reverse();
    Ok(runs)
}

/// The highest number of a run that a manifest names. Each manifest names all runs since the one
/// before it, so that no lower run is unnamed.
async fn last_recorded(store: &Store, latest: Option<Snapshot>) -> Result<u64, StateError> {
    let mut next = latest;
    while let Some(snapshot) = next {
        let runs = snapshot.manifest.runs.iter();
        if let Some(last) = runs.filter_map(|record| segment::number(&record.run)).max() {
            return Ok(last);
        }
        next = match snapshot.manifest.serial {
            0 | 1 => None,
            serial => snapshot::load(store, serial - 1).await?,
        };
    }
    Ok(0)
}

impl PastRun {
    /// Which run.
    pub fn run(&self) -> &RunId {
        &self.tail.run
    }

    /// Its end, for the next manifest; `None` if it died and is not resolved.
    pub fn record(&self) -> Option<&RunRecord> {
        self.record.as_ref()
    }

    /// True if it closed its journal with all of its plan done, and the plan wanted nothing that was
    /// withheld or could not be read.
    pub fn is_through(&self) -> bool {
        let good = |change: &Change| {
            let step = self.outcomes.get(&change.id);
            step.is_some_and(|step| step.outcome.is_good())
        };
        let closed = |record: &RunRecord| record.end == RunEnd::Closed;
        let waits = |item: &Withheld| item.state == WithheldState::Waiting;
        let whole = self.plan.withheld.iter().all(waits) && !self.plan.is_incomplete();
        whole && self.record.as_ref().is_some_and(closed) && self.plan.changes.iter().all(good)
    }

    /// Changes that were begun and of which nothing says what became, in the plan's order. Each
    /// may have happened.
    pub fn open_changes(&self) -> impl Iterator<Item = &Change> {
        let changes = self.plan.changes.iter();
        changes.filter(|change| self.open.contains(&change.id))
    }

    /// What became of each change, in the plan's order.
    pub fn outcomes(&self) -> impl Iterator<Item = (&Change, &StepOutcome)> {
        let changes = self.plan.changes.iter();
        changes.filter_map(|change| Some((change, self.outcomes.get(&change.id)?)))
    }

    /// Ends a run that died, once it was looked what became of each of its open changes. Of its log
    /// of API calls, what its segments hold is kept.
    pub async fn resolve(
        &mut self,
        store: &Store,
        found: &[StepOutcome],
        at: Timestamp,
    ) -> Result<RunRecord, StateError> {
        if let Some(record) = &self.record {
            return Ok(record.clone());
        }
        let known: BTreeSet<&ChangeId> = found.iter().map(|step| &step.change).collect();
        if let Some(change) = self.open.iter().find(|change| !known.contains(change)) {
            return Err(StateError::Unresolved {
                run: self.run().clone(),
                change: change.clone(),
            });
        }
        if !found.is_empty() {
            let outcomes = found.to_vec();
            self.tail
                .extend(store, Entry::Outcomes { outcomes }, &[])
                .await?;
            self.ended(found.to_vec());
        }
        // It may have died after its log, or another one that resolved it.
        let audit = match store.get(&segment::audit_key(self.run())).await? {
            Some(audit) => Some(Digest::of(&audit)),
            None => segment::keep_audit(store, self.run(), &self.calls).await?,
        };
        let counts = self.counts();
        let closed = journal::close(store, &mut self.tail, counts, RunEnd::Died, audit, at);
        let record = closed.await?;
        self.record = Some(record.clone());
        Ok(record)
    }

    /// What the run did. What it did not come to counts as not started.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts {
            withheld: self.plan.unfinished().count(),
            ..Counts::default()
        };
        for change in &self.plan.changes {
            let step = self.outcomes.get(&change.id);
            counts.add(step.map_or(&Outcome::NotStarted, |step| &step.outcome));
        }
        counts
    }

    pub(super) async fn load(store: &Store, run: RunId) -> Result<Option<Self>, StateError> {
        let (entries, calls, tail) = segment::load(store, run).await?;
        let mut entries = entries.into_iter();
        let Some(Entry::Opened(opened)) = entries.next() else {
            return Ok(None);
        };
        let object = object::get(store, opened.plan, &segment::folder(&tail.run)).await?;
        let key = object::key(opened.plan);
        let mut run = Self {
            plan: format::parse(&key, object.bytes(), plan::FORMAT)?,
            opened,
            outcomes: BTreeMap::new(),
            open: BTreeSet::new(),
            calls,
            record: None,
            tail,
        };
        for entry in entries {
            match entry {
                Entry::Opened(_) => {}
                Entry::Intents { changes, .. } => run.open.extend(changes),
                Entry::Outcomes { outcomes } => run.ended(outcomes),
                Entry::Closed { end, .. } => {
                    run.record = run.tail.digest().map(|journal| RunRecord {
                        run: run.tail.run.clone(),
                        end,
                        journal,
                    });
                }
            }
        }
        Ok(Some(run))
    }

    fn ended(&mut self, outcomes: Vec<StepOutcome>) {
        for step in outcomes {
            self.open.remove(&step.change);
            self.outcomes.insert(step.change.clone(), step);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::digest::canonical;
    use crate::model::change::Action;
    use crate::model::plan::FORMAT;
    use crate::model::reason::Cause;
    use crate::state::Journal;
    use std::path::Path;

    const AT: Timestamp = Timestamp::UNIX_EPOCH;

    fn plan(accounts: &[&str]) -> Body {
        let change = |account: &&str| {
            let account = crate::model::change::AccountTag {
                vendor_id: (*account).into(),
                login: "x".into(),
            };
            let action = Action::Reactivate;
            Change::new(
                &"app".into(),
                None,
                Some(account),
                action,
                Cause::Files,
                Vec::new(),
            )
        };
        Body {
            format: FORMAT.to_owned(),
            organisation: "Meridian".into(),
            as_of: AT,
            time_zone: "America/Los_Angeles".to_owned(),
            configuration: Digest::of(b""),
            settings: Digest::of(b"settings"),
            against: None,
            selection: None,
            edited: BTreeMap::new(),
            due: false,
            first_run: true,
            apps: BTreeMap::new(),
            changes: accounts.iter().map(change).collect(),
            edges: Vec::new(),
            changed_settings: Vec::new(),
            unused: Vec::new(),
            guards: Vec::new(),
            accounts: Vec::new(),
            withheld: Vec::new(),
            unmanaged: Vec::new(),
            surplus: Vec::new(),
            out_of_scope: 0,
            upcoming: Vec::new(),
            privileged: Vec::new(),
            tasks: Vec::new(),
            held_through: Vec::new(),
            reminders: Vec::new(),
            ordered: Vec::new(),
            also_closed: Vec::new(),
        }
    }

    fn opened(plan: &Body) -> Opened {
        Opened {
            started: AT,
            plan: Digest::of(&canonical(plan)),
            head: None,
            actor: "ci".into(),
            commit: None,
            tool: "0.1.0".to_owned(),
        }
    }

    fn done(change: &ChangeId) -> StepOutcome {
        StepOutcome {
            change: change.clone(),
            outcome: Outcome::Done { vendor_id: None },
            ended: AT,
            milliseconds: 12,
            request_id: None,
        }
    }

    fn call(path: &str) -> Call {
        Call {
            at: AT,
            app: "app".into(),
            method: "POST".to_owned(),
            path: path.into(),
            status: Some(201),
            milliseconds: 12,
            request_id: None,
        }
    }

    /// A whole run of three changes, in six segments, with five calls.
    async fn whole_run(store: &Store) -> RunRecord {
        let plan = plan(&["a", "b", "c"]);
        let ids: Vec<ChangeId> = plan
            .changes
            .iter()
            .map(|change| change.id.clone())
            .collect();
        let mut journal = Journal::open(store, opened(&plan), &plan).await.unwrap();
        journal.note(vec![call("/read")]);
        journal.intend(&ids[..2], AT).await.unwrap();
        journal.note(vec![call("/a")]);
        journal.record(&[done(&ids[0])]).await.unwrap();
        journal.intend(&ids[2..], AT).await.unwrap();
        journal.note(vec![call("/b"), call("/c")]);
        assert_eq!(journal.unrecorded_calls(), [call("/b"), call("/c")]);
        journal
            .record(&[done(&ids[1]), done(&ids[2])])
            .await
            .unwrap();
        journal.note(vec![call("/read/again")]);
        let closed = journal.close(AT).await.unwrap();
        assert_eq!(closed.counts.done, 3);
        assert_eq!(journal.calls().len(), 5);
        closed.record
    }

    /// The state as a run left it that died when it had made so many segments.
    fn died_after(segments: usize, whole: &Path, folder: &Path) -> Store {
        std::fs::create_dir_all(folder.join("runs/000001")).unwrap();
        std::fs::create_dir_all(folder.join("objects")).unwrap();
        let mut pieces: Vec<String> = (0..segments)
            .map(|sequence| format!("runs/000001/{sequence:06}.json"))
            .collect();
        for object in std::fs::read_dir(whole.join("objects")).unwrap() {
            let name = object.unwrap().file_name().into_string().unwrap();
            pieces.push(format!("objects/{name}"));
        }
        for piece in pieces {
            std::fs::copy(whole.join(&piece), folder.join(&piece)).unwrap();
        }
        Store::open(folder).unwrap()
    }

    #[tokio::test]
    async fn a_run_that_died_after_any_segment_is_found_and_closed_once() {
        let whole = tempfile::tempdir().unwrap();
        let record = whole_run(&Store::open(whole.path()).unwrap()).await;
        let audit = |folder: &Path| std::fs::read(folder.join("runs/000001/audit.ndjson"));
        let lines = |log: &[u8]| String::from_utf8_lossy(log).lines().count();
        let log = audit(whole.path()).unwrap();
        assert_eq!(lines(&log), 5);
        // Per number of segments made: changes begun and not ended, changes ended, calls kept.
        let expected = [
            (0, 0, 0),
            (0, 0, 0),
            (2, 0, 1),
            (1, 1, 2),
            (2, 1, 2),
            (0, 3, 4),
            (0, 3, 5),
        ];
        for (segments, (open, ended, calls)) in expected.into_iter().enumerate() {
            let folder = tempfile::tempdir().unwrap();
            let store = died_after(segments, whole.path(), folder.path());
            let mut runs = since_last_snapshot(&store).await.unwrap();
            if segments == 0 {
                assert!(runs.is_empty(), "nothing was begun");
                assert_eq!(whole_run(&store).await.run.as_str(), "000001");
                continue;
            }
            let [run] = &mut runs[..] else {
                panic!("one run")
            };
            assert_eq!(run.open_changes().count(), open);
            assert_eq!(run.outcomes().count(), ended);
            if segments == expected.len() - 1 {
                assert_eq!(run.record(), Some(&record), "it closed");
                continue;
            }
            assert_eq!(run.record(), None);
            let found: Vec<_> = run.open_changes().map(|change| done(&change.id)).collect();
            if !found.is_empty() {
                let error = run.resolve(&store, &found[1..], AT).await.unwrap_err();
                assert!(matches!(error, StateError::Unresolved { .. }));
            }
            let resolved = run.resolve(&store, &found, AT).await.unwrap();
            assert_eq!(resolved.end, RunEnd::Died);
            assert_eq!(run.counts().done, open + ended);
            assert_eq!(run.counts().not_started, 3 - open - ended);
            let kept = audit(folder.path()).unwrap_or_default();
            assert_eq!(lines(&kept), calls);
            assert!(log.starts_with(&kept));
            let (entries, _, _) = segment::load(&store, resolved.run.clone()).await.unwrap();
            let Some(Entry::Closed { audit, .. }) = entries.last() else {
                panic!("it is closed")
            };
            assert_eq!(*audit, (calls > 0).then(|| Digest::of(&kept)));

            let again = since_last_snapshot(&store).await.unwrap();
            assert_eq!(again[0].record(), Some(&resolved));
            assert_eq!(again[0].open_changes().count(), 0);
            assert_eq!(again[0].outcomes().count(), open + ended);
        }
    }

    #[tokio::test]
    async fn a_snapshot_that_names_a_run_settles_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let first = whole_run(&store).await;
        let manifest = snapshot::tests::manifest(None, vec![first]);
        let head = snapshot::write(&store, manifest).await.unwrap();
        assert!(since_last_snapshot(&store).await.unwrap().is_empty());

        let second = whole_run(&store).await;
        assert_eq!(second.run.as_str(), "000002");
        let runs = since_last_snapshot(&store).await.unwrap();
        // The third was planned with the second known, and on this snapshot.
        let third = segment::run_id(3);
        let moved = refuse_if_moved(&store, Some(head.digest), &runs, &third).await;
        moved.unwrap();
        for (head, runs) in [(None, &runs[..]), (Some(head.digest), &[])] {
            let moved = refuse_if_moved(&store, head, runs, &third).await;
            assert!(matches!(moved, Err(StateError::Raced { .. })), "{head:?}");
        }
        assert_eq!(runs[0].record(), Some(&second));
        assert_eq!(runs[0].outcomes().count(), 3);

        // A snapshot without runs settles nothing.
        let manifest = snapshot::tests::manifest(Some(&head), Vec::new());
        snapshot::write(&store, manifest).await.unwrap();
        assert_eq!(since_last_snapshot(&store).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn an_edited_or_missing_segment_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        whole_run(&store).await;
        let path = folder.path().join("runs/000001/000002.json");
        let content = std::fs::read_to_string(&path).unwrap();
        let error = async || since_last_snapshot(&store).await.unwrap_err().to_string();

        std::fs::write(
            &path,
            content.replace("\"milliseconds\":12", "\"milliseconds\":13"),
        )
        .unwrap();
        let message = error().await;
        assert!(message.starts_with("runs/000001/000003.json of the state was edited"));
        assert!(message.contains("it does not follow from the one before it"));
        std::fs::write(&path, "").unwrap();
        assert!(
            error()
                .await
                .starts_with("runs/000001/000002.json of the state was edited")
        );
        std::fs::remove_file(&path).unwrap();
        assert!(
            error()
                .await
                .starts_with("runs/000001/000002.json is missing")
        );
    }

    #[tokio::test]
    async fn what_is_named_as_nothing_of_ours_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        whole_run(&store).await;
        let most = u64::MAX.to_string();
        std::fs::write(folder.path().join(format!("runs/000001/{most}.json")), "{").unwrap();
        for name in [most.as_str(), "+2", "2"] {
            std::fs::create_dir(folder.path().join("runs").join(name)).unwrap();
        }
        let runs = since_last_snapshot(&store).await.unwrap();
        assert_eq!(runs.len(), 1);
        assert_eq!(whole_run(&store).await.run.as_str(), "000002");
        let manifest = snapshot::tests::manifest(None, Vec::new());
        snapshot::write(&store, manifest).await.unwrap();
        for name in [&most, "1", "+1"] {
            let piece = folder.path().join(format!("snapshots/{name}.json"));
            std::fs::write(piece, "{").unwrap();
        }
        assert_eq!(snapshot::serials(&store).await.unwrap(), [1]);
    }

    #[tokio::test]
    async fn two_processes_that_open_a_run_get_two_numbers_and_none_writes_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let plan = plan(&["a"]);
        let open = || Journal::open(&store, opened(&plan), &plan);
        let (one, two) = tokio::join!(open(), open());
        let (mut one, two) = (one.unwrap(), two.unwrap());
        assert_ne!(one.run(), two.run());

        // Neither knew of the other: the second finds the first, and goes no further.
        let (first, second) = if one.run() < two.run() {
            (one.run(), two.run())
        } else {
            (two.run(), one.run())
        };
        refuse_if_moved(&store, None, &[], first).await.unwrap();
        let moved = refuse_if_moved(&store, None, &[], second).await;
        assert!(matches!(moved, Err(StateError::Raced { piece }) if piece == "runs/000001"));

        // Whoever takes a living run for a dead one fences it off.
        let mut runs = since_last_snapshot(&store).await.unwrap();
        let run = runs.iter_mut().find(|run| run.run() == one.run()).unwrap();
        run.resolve(&store, &[], AT).await.unwrap();
        let error = one.intend(&[plan.changes[0].id.clone()], AT).await;
        assert!(matches!(error, Err(StateError::Raced { .. })));
    }
}
