//! Walking a plan through apps that do as they are told, and note what that was.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::watch;

use crate::apps::transport::Calls;
use crate::apps::{Options, Reader, Scope, Sighting, Sought, Value, Writer, Written, describe};
use crate::base::{Clock, Digest};
use crate::model::account::Status;
use crate::model::change::{
    AccountTag, Action, AttributeEdit, Cascade, Change, NewAccount, PersonTag,
};
use crate::model::failure::{Failure, FailureKind};
use crate::model::observation::Observation;
use crate::model::outcome::{Outcome, StepOutcome};
use crate::model::plan::{Body, Edge, EdgeKind, Envelope, FORMAT, Plan};
use crate::model::reason::Cause;
use crate::plan::approve;
use crate::state::journal::Opened;
use crate::state::{Journal, StateError, Store};

use super::executor::{CutShort, execute};
use super::ways::Way;

/// An app in memory.
#[derive(Default)]
struct App {
    /// What was called, in order.
    calls: Mutex<Vec<String>>,
    /// Accounts by login.
    accounts: Mutex<BTreeMap<String, Status>>,
    /// Every write fails.
    broken: bool,
}

impl App {
    fn with(accounts: &[(&str, Status)]) -> Arc<Self> {
        let accounts = accounts
            .iter()
            .map(|(login, status)| ((*login).to_owned(), *status));
        Arc::new(Self {
            accounts: Mutex::new(accounts.collect()),
            ..Self::default()
        })
    }

    fn broken() -> Arc<Self> {
        Arc::new(Self {
            broken: true,
            ..Self::default()
        })
    }

    fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }

    fn note(&self, call: String, made: Option<&str>) -> Written {
        self.calls.lock().unwrap().push(call);
        let outcome = if self.broken {
            let what = "writing";
            Outcome::Failed {
                failure: Failure::new(&"app".into(), FailureKind::Forbidden, what),
            }
        } else {
            Outcome::Done {
                vendor_id: made.map(Into::into),
            }
        };
        Written {
            outcome,
            request_id: None,
        }
    }
}

#[async_trait]
impl Reader for App {
    async fn observe(&self, _: &Scope) -> Result<Observation, Failure> {
        unreachable!("a walk looks for single accounts")
    }

    async fn seek(&self, sought: &Sought) -> Result<Option<Sighting>, Failure> {
        let accounts = self.accounts.lock().unwrap();
        let status = accounts.get(&sought.login);
        Ok(status.map(|status| Sighting {
            account: tag(&sought.login),
            status: *status,
        }))
    }
}

#[async_trait]
impl Writer for App {
    async fn create(&self, account: &NewAccount, initial: &[Value]) -> Written {
        let names: Vec<&str> = initial.iter().map(|value| value.name.as_str()).collect();
        let call = format!("create {} {}", account.login, names.join("+"));
        self.note(call.trim_end().to_owned(), Some(&account.login))
    }

    async fn invite_again(&self, account: &AccountTag, _: &NewAccount) -> Written {
        self.note(format!("invite {} again", account.login.raw()), None)
    }

    async fn adopt(&self, _: &AccountTag, _: &str) -> Written {
        self.note("adopt".to_owned(), None)
    }

    async fn update(&self, _: &AccountTag, _: &[AttributeEdit]) -> Written {
        self.note("update".to_owned(), None)
    }

    async fn activate(&self, account: &AccountTag) -> Written {
        self.note(format!("activate {}", account.login.raw()), None)
    }

    async fn deactivate(&self, account: &AccountTag) -> Written {
        self.note(format!("deactivate {}", account.login.raw()), None)
    }

    async fn grant(&self, value: &Value, accounts: &[AccountTag]) -> Vec<Written> {
        let to = |account: &AccountTag| {
            self.note(
                format!("grant {} to {}", value.name, account.vendor_id.raw()),
                None,
            )
        };
        accounts.iter().map(to).collect()
    }

    async fn revoke(&self, _: &Value, accounts: &[AccountTag]) -> Vec<Written> {
        accounts
            .iter()
            .map(|_| self.note("revoke".to_owned(), None))
            .collect()
    }

    async fn set(&self, _: &Value, accounts: &[AccountTag]) -> Vec<Written> {
        accounts
            .iter()
            .map(|_| self.note("set".to_owned(), None))
            .collect()
    }
}

fn tag(login: &str) -> AccountTag {
    AccountTag {
        vendor_id: login.into(),
        login: login.into(),
    }
}

fn new(login: &str) -> NewAccount {
    NewAccount {
        login: login.to_owned(),
        email: String::new(),
        hr_id: None,
        attributes: BTreeMap::new(),
    }
}

fn change(app: &str, who: &str, account: Option<AccountTag>, action: Action) -> Change {
    let person = PersonTag {
        id: who.into(),
        name: who.into(),
    };
    let reasons = Vec::new();
    Change::new(
        &app.into(),
        Some(person),
        account,
        action,
        Cause::Files,
        reasons,
    )
}

fn by(deadline: u32) -> Cascade {
    Cascade {
        source: "okta".into(),
        deadline,
    }
}

fn awaits(who: &str, deadline: u32) -> Change {
    let (account, by) = (new(who), by(deadline));
    change("crm", who, None, Action::Await { account, by })
}

fn closes(who: &str, by: Option<Cascade>) -> Change {
    let app = if by.is_some() { "crm" } else { "okta" };
    let effect = String::new();
    change(app, who, Some(tag(who)), Action::Deactivate { effect, by })
}

fn grant(app: &str, who: &str, value: &str) -> Change {
    let (kind, value) = ("groups".to_owned(), value.to_owned());
    let level = None;
    change(app, who, None, Action::Grant { kind, value, level })
}

fn edge(before: &Change, after: &Change, kind: EdgeKind) -> Edge {
    Edge {
        before: before.id.clone(),
        after: after.id.clone(),
        kind,
    }
}

fn plan(changes: Vec<Change>, edges: Vec<Edge>) -> Plan {
    Plan {
        envelope: Envelope {
            created: Timestamp::UNIX_EPOCH,
            tool: String::new(),
            commit: None,
            fetched_at: BTreeMap::new(),
            expires: Timestamp::MAX,
            rehearsal: false,
        },
        body: Body {
            format: FORMAT.to_owned(),
            organisation: "Example".into(),
            as_of: Timestamp::UNIX_EPOCH,
            time_zone: "UTC".to_owned(),
            configuration: Digest::of(b""),
            settings: Digest::of(b"settings"),
            against: None,
            selection: None,
            edited: BTreeMap::new(),
            due: false,
            first_run: false,
            apps: BTreeMap::new(),
            changes,
            edges,
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
        },
    }
}

/// Walks a plan through the apps `okta` and `crm`. The run is told to stop once a change of this id
/// has ended.
async fn walk(plan: Plan, okta: &Arc<App>, crm: &Arc<App>, last: Option<&str>) -> Vec<Outcome> {
    let steps = walked(plan, okta, crm, last, None).await.unwrap();
    steps.into_iter().map(|step| step.outcome).collect()
}

/// The same, where the journal cannot be written any more once a change of the id `broken` has begun.
async fn walked(
    plan: Plan,
    okta: &Arc<App>,
    crm: &Arc<App>,
    last: Option<&str>,
    broken: Option<&str>,
) -> Result<Vec<StepOutcome>, CutShort> {
    let description = describe("scim", &Options::default()).unwrap();
    let way = |app: &Arc<App>| Way {
        description: Arc::clone(&description),
        writer: Ok(Arc::clone(app) as Arc<dyn Writer>),
        reader: Ok(Arc::clone(app) as Arc<dyn Reader>),
    };
    let ways = [("okta".into(), way(okta)), ("crm".into(), way(crm))].into();
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let opened = Opened {
        started: Timestamp::UNIX_EPOCH,
        plan: plan.id(),
        head: None,
        actor: "test".into(),
        commit: None,
        tool: String::new(),
    };
    let mut journal = Journal::open(&store, opened, &plan.body).await.unwrap();
    let (sender, stop) = watch::channel(false);
    let mut finished = |seen: super::Seen<'_>| match seen {
        super::Seen::Ended(change, _) if Some(change.id.as_str()) == last => {
            sender.send(true).unwrap();
        }
        super::Seen::Begun(change) if Some(change.id.as_str()) == broken => {
            let runs = folder.path().join("runs");
            std::fs::remove_dir_all(&runs).unwrap();
            std::fs::write(runs, "in the way").unwrap();
        }
        _ => {}
    };
    let approved = approve(plan);
    let clock = Clock::running();
    let (calls, finished) = (Calls::default(), &mut finished);
    execute(
        &approved,
        &ways,
        clock,
        &mut journal,
        &calls,
        &stop,
        finished,
    )
    .await
}

#[tokio::test]
async fn what_is_in_flight_when_the_journal_breaks_is_finished_and_told_and_nothing_more_begins() {
    let (ann, zoe) = (
        change("okta", "ann", None, Action::Create(new("ann"))),
        change("okta", "zoe", None, Action::Create(new("zoe"))),
    );
    let (next, waits) = (grant("okta", "ann", "Sales"), awaits("ann", 600));
    let edges = vec![edge(&ann, &next, EdgeKind::Requires)];
    let ids = [&ann, &zoe].map(|change| change.id.clone());
    let (okta, crm) = (App::with(&[]), App::with(&[]));
    let plan = plan(vec![ann, zoe, next, waits], edges);
    let cut = walked(plan, &okta, &crm, None, Some(ids[0].as_str())).await;
    let cut = cut.unwrap_err();
    assert!(
        matches!(cut.error, StateError::Store { .. }),
        "{:?}",
        cut.error
    );
    let told: BTreeSet<_> = cut.unrecorded.iter().map(|step| &step.change).collect();
    assert_eq!(told, ids.iter().collect(), "and nobody waits ten minutes");
    assert!(cut.unrecorded.iter().all(|step| step.outcome.is_good()));
    let calls = okta.calls();
    assert!(
        calls.iter().all(|call| call.starts_with("create")),
        "{calls:?}"
    );
    assert_eq!(calls.len(), 2);
}

fn done(vendor_id: Option<&str>) -> Outcome {
    Outcome::Done {
        vendor_id: vendor_id.map(Into::into),
    }
}

#[tokio::test]
async fn a_new_account_is_told_what_it_is_given_next() {
    let create = change("okta", "ann", None, Action::Create(new("ann")));
    let other = change("okta", "bob", None, Action::Create(new("bob")));
    let (first, second) = (
        grant("okta", "ann", "Everyone"),
        grant("okta", "ann", "Late"),
    );
    let edges = vec![
        edge(&create, &first, EdgeKind::Requires),
        edge(&create, &second, EdgeKind::Requires),
        edge(&other, &second, EdgeKind::Follows),
    ];
    let okta = App::with(&[]);
    let plan = plan(vec![create, other, first, second], edges);
    walk(plan, &okta, &App::with(&[]), None).await;
    let calls: BTreeSet<String> = okta.calls().into_iter().collect();
    let expected = [
        "create ann Everyone",
        "create bob",
        "grant Everyone to ann",
        "grant Late to ann",
    ];
    assert_eq!(calls, expected.map(str::to_owned).into());
}

#[tokio::test]
async fn r18_what_came_is_given_what_the_source_does_not_give() {
    let arrives = awaits("ann", 600);
    let gives = grant("crm", "ann", "Users");
    let edges = vec![edge(&arrives, &gives, EdgeKind::Requires)];
    let crm = App::with(&[("ann", Status::Active)]);
    let outcomes = walk(
        plan(vec![arrives, gives], edges),
        &App::with(&[]),
        &crm,
        None,
    )
    .await;
    assert_eq!(outcomes, [done(Some("ann")), done(None)]);
    assert_eq!(crm.calls(), ["grant Users to ann"]);
}

#[tokio::test]
async fn r18_what_does_not_come_in_time_fails_and_skips_what_requires_it() {
    let arrives = awaits("ann", 0);
    let gives = grant("crm", "ann", "Users");
    let edges = vec![edge(&arrives, &gives, EdgeKind::Requires)];
    let root = arrives.id.clone();
    let crm = App::with(&[("ann", Status::Inactive)]);
    let outcomes = walk(
        plan(vec![arrives, gives], edges),
        &App::with(&[]),
        &crm,
        None,
    )
    .await;
    let Outcome::Failed { failure } = &outcomes[0] else {
        panic!("{outcomes:?}")
    };
    assert_eq!(failure.kind, FailureKind::Overdue);
    assert!(
        failure.what.ends_with("for okta to make the account"),
        "{failure}"
    );
    assert_eq!(outcomes[1], Outcome::Skipped { root });
    assert_eq!(crm.calls(), [""; 0]);
}

#[tokio::test]
async fn r18_an_awaited_closing_is_ours_and_one_that_does_not_come_is_done_by_us() {
    for (status, deadline, calls) in [
        (Status::Inactive, 600, vec![]),
        (Status::Active, 0, vec!["deactivate ann"]),
    ] {
        let (here, there) = (closes("ann", None), closes("ann", Some(by(deadline))));
        let edges = vec![edge(&here, &there, EdgeKind::Follows)];
        let crm = App::with(&[("ann", status)]);
        let outcomes = walk(plan(vec![here, there], edges), &App::with(&[]), &crm, None).await;
        assert_eq!(outcomes, [done(None), done(None)]);
        assert_eq!(crm.calls(), calls);
    }
}

#[tokio::test]
async fn r17_a_source_that_fails_is_not_waited_for() {
    let (here, there) = (closes("ann", None), closes("ann", Some(by(600))));
    let edges = vec![edge(&here, &there, EdgeKind::Follows)];
    let crm = App::with(&[("ann", Status::Active)]);
    let outcomes = walk(plan(vec![here, there], edges), &App::broken(), &crm, None).await;
    assert!(!outcomes[0].is_good() && outcomes[1].is_good());
    assert_eq!(crm.calls(), ["deactivate ann"]);
}

/// More awaits than an app may have calls in flight, a closing that waits, and one step that works.
#[tokio::test]
async fn r18_waiting_keeps_nobody_from_working_and_ends_when_told_to_stop() {
    let names: Vec<String> = (0..40).map(|number| format!("p{number}")).collect();
    let mut changes: Vec<Change> = names.iter().map(|name| awaits(name, 600)).collect();
    let here = closes("zoe", None);
    let there = closes("zoe", Some(by(600)));
    let works = change("crm", "ann", None, Action::Create(new("ann")));
    let edges = vec![
        edge(&here, &there, EdgeKind::Follows),
        edge(&here, &works, EdgeKind::Follows),
    ];
    let last = works.id.as_str().to_owned();
    changes.extend([here, there, works]);
    let crm = App::with(&[("zoe", Status::Active)]);
    let outcomes = walk(plan(changes, edges), &App::with(&[]), &crm, Some(&last)).await;
    assert_eq!(outcomes[..40], vec![Outcome::NotStarted; 40]);
    assert_eq!(outcomes[42], done(Some("ann")));
    // Whoever is to lose access is not left with it.
    assert_eq!(outcomes[41], done(None));
    assert!(crm.calls().contains(&"deactivate zoe".to_owned()));
}
