//! Every fault on every verb: what becomes of it, as a table that a reviewer can read.
//!
//! A clean run of each verb says which call is the verb's own; then each fault strikes that call,
//! in a company of its own. Whatever becomes of it, the next run ends where the clean one did.

mod company;
mod run;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use provisor::base::Digest;
use provisor::model::change::Verb as Step;
use provisor::model::failure::Failure;
use provisor::model::observation::{Completeness, Reading};
use provisor::model::outcome::Outcome;
use provisor::render::outcomes::{Recorded, text};
use provisor::render::plan::Detail;
use provisor::render::style::Colour;
use provisor::sandbox::{Exchange, Fault};
use snapbox::{assert_data_eq, file};

use company::{APP, CRM, Company, Kind};
use run::{Ran, accounts, run};

/// The longest that one struck run may take, however busy the machine: its own bounds are a tenth.
const DEADLINE: Duration = Duration::from_mins(1);

/// What is done, whose it is today, and which of its calls is struck.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verb {
    FirstPage,
    SecondPage,
    Groups,
    Create,
    Invite,
    Reactivate,
    Update,
    Grant,
    Revoke,
    SetManager,
    Deactivate,
    Await,
    ReadBack,
}

impl Verb {
    const ALL: [Self; 13] = [
        Self::FirstPage,
        Self::SecondPage,
        Self::Groups,
        Self::Create,
        Self::Invite,
        Self::Reactivate,
        Self::Update,
        Self::Grant,
        Self::Revoke,
        Self::SetManager,
        Self::Deactivate,
        Self::Await,
        Self::ReadBack,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::FirstPage => "users, page 1",
            Self::SecondPage => "users, page 2",
            Self::Groups => "groups",
            Self::Create => "create",
            Self::Invite => "invite",
            Self::Reactivate => "reactivate",
            Self::Update => "update",
            Self::Grant => "grant",
            Self::Revoke => "revoke",
            Self::SetManager => "set manager",
            Self::Deactivate => "deactivate",
            Self::Await => "await",
            Self::ReadBack => "read-back",
        }
    }

    /// Whom the run is for, and which step of theirs is looked at.
    fn of(self) -> (&'static str, Step) {
        match self {
            Self::FirstPage | Self::SecondPage | Self::Groups | Self::Update | Self::ReadBack => {
                ("4", Step::Update)
            }
            Self::Create => ("1", Step::Create),
            Self::Invite => ("2", Step::Invite),
            Self::Reactivate => ("3", Step::Reactivate),
            Self::Grant => ("5", Step::Grant),
            Self::Revoke => ("6", Step::Revoke),
            Self::SetManager => ("7", Step::Update),
            Self::Deactivate => ("8", Step::Deactivate),
            Self::Await => ("9", Step::Await),
        }
    }

    fn app(self) -> &'static str {
        if self == Self::Await { CRM } else { APP }
    }

    /// Which exchange of a clean run is the verb's own.
    fn target(self, kind: Kind, clean: &Ran) -> Option<usize> {
        let noted = clean.noted.get(self.app())?;
        let planning = clean.planning[self.app()];
        let [users, groups] = kind.lists();
        let is = |exchange: &Exchange, path: &str| {
            exchange.method == "GET" && exchange.path.join("/") == path
        };
        match self {
            Self::FirstPage => noted.iter().position(|exchange| is(exchange, users)),
            Self::Groups => noted.iter().position(|exchange| is(exchange, groups)),
            Self::SecondPage => noted.iter().position(|exchange| {
                let mut query = exchange.query.iter();
                let later = |(name, value): &(String, String)| {
                    name == "after" || (name == "startIndex" && value != "1")
                };
                is(exchange, users) && query.any(later)
            }),
            Self::ReadBack => {
                let first = &noted[Self::FirstPage.target(kind, clean)?];
                noted
                    .iter()
                    .rposition(|exchange| is(exchange, users) && exchange.query == first.query)
            }
            Self::Await => {
                let found = noted[planning..]
                    .iter()
                    .position(|exchange| is(exchange, "Users"));
                found.map(|index| planning + index)
            }
            _ => {
                // Sessions are ended beside the verb, before it too.
                let beside =
                    |exchange: &Exchange| exchange.path.ends_with(&["sessions".to_owned()]);
                let writes = |exchange: &Exchange| exchange.method != "GET" && !beside(exchange);
                let found = noted[planning..].iter().position(writes);
                found.map(|index| planning + index)
            }
        }
    }
}

/// What goes wrong: once, or from then on.
#[derive(Clone, Copy, Debug)]
struct Trouble {
    fault: Fault,
    done: bool,
    lasts: bool,
}

impl Trouble {
    /// Every fault, before and after the app does what it is asked, once; and for good what an app
    /// may have for long.
    fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for fault in Fault::ALL {
            let once = Self {
                fault,
                done: false,
                lasts: matches!(fault, Fault::Expired | Fault::NoSeats),
            };
            all.push(once);
            if fault.may_be_done() {
                all.push(Self { done: true, ..once });
            }
            if matches!(
                fault,
                Fault::TooManyRequests | Fault::ServiceUnavailable | Fault::Reset
            ) {
                all.push(Self {
                    lasts: true,
                    ..once
                });
            }
        }
        all
    }

    fn word(self) -> &'static str {
        match self.fault {
            Fault::TooManyRequests => "429",
            Fault::InternalServerError => "500",
            Fault::BadGateway => "502",
            Fault::ServiceUnavailable => "503",
            Fault::GatewayTimeout => "504",
            Fault::HangUp => "hang-up",
            Fault::Reset => "reset",
            Fault::Html => "html",
            Fault::Expired => "expired",
            Fault::NoSeats => "no seats",
            Fault::CutBody => "cut body",
            Fault::CutConnection => "cut connection",
            Fault::ShortPage => "short page",
            Fault::RepeatedRecord => "repeated record",
            Fault::MovedTotal => "moved total",
        }
    }

    fn name(self) -> String {
        let after = if self.done { " once done" } else { "" };
        let lasts = if self.lasts { ", for good" } else { "" };
        format!("{}{after}{lasts}", self.word())
    }

    /// True if it can befall the call: what strikes pages needs one, what is done needs a write.
    fn fits(self, kind: Kind, verb: Verb, target: &Exchange, nth: usize) -> bool {
        let reads = target.method == "GET";
        let empty = target.answer.is_none();
        let okta = verb.app() == APP && kind == Kind::Okta;
        let dialect = !matches!(kind, Kind::Okta | Kind::Scim("generic"));
        match self.fault {
            // All dialects are read by the same code, and written to in ways of their own.
            _ if reads && dialect => false,
            _ if self.done && reads => false,
            Fault::NoSeats => {
                let takes = matches!(verb, Verb::Create | Verb::Reactivate | Verb::Grant);
                takes && kind == Kind::Scim("generic")
            }
            Fault::ShortPage | Fault::MovedTotal => reads && !okta,
            Fault::RepeatedRecord => reads && nth > 1,
            Fault::CutBody | Fault::CutConnection => !empty,
            _ => true,
        }
    }

    /// As `sandbox.toml` says it, for the so many-th call like this one.
    fn strike(self, target: &Exchange, nth: usize) -> String {
        // Okta's two lists of users are read side by side: which call is the second page of which,
        // nobody knows before, and a page without an earlier one of its list stays as it is.
        let side_by_side = target
            .path
            .ends_with(&["v1".to_owned(), "users".to_owned()]);
        let (at, nth) = match self.fault {
            Fault::RepeatedRecord if side_by_side => ("from", 2),
            _ if self.lasts => ("from", nth),
            _ => ("nth", nth),
        };
        format!(
            "{{ fault = \"{}\", done = {}, calls = \"{}\", path = \"{}\", {at} = {nth} }}",
            self.word(),
            self.done,
            target.method,
            target.path.join("/"),
        )
    }
}

/// A company as it was left yesterday, and what a clean run of each verb is like.
struct Ground {
    company: Company,
    clean: BTreeMap<Verb, Ran>,
    /// All accounts, once everything was done for a person.
    ends: BTreeMap<&'static str, Vec<String>>,
}

impl Ground {
    async fn of(kind: Kind) -> Self {
        let company = Company::yesterday(kind);
        run(&company, &company.spec, None).await;
        let settled = run(&company, &company.spec, None).await;
        assert_eq!(settled.plan.body.changes, [], "{kind:?}");
        let company = company.today();
        let mut clean = BTreeMap::new();
        for verb in Verb::ALL {
            let ran = run(&company.copy(), &company.spec, Some(verb.of().0)).await;
            clean.insert(verb, ran);
        }
        let mut ends = BTreeMap::new();
        for verb in Verb::ALL {
            let person = verb.of().0;
            if !ends.contains_key(person) {
                ends.insert(person, converged(&company.copy(), person).await);
            }
        }
        Self {
            company,
            clean,
            ends,
        }
    }
}

/// Runs without any fault until nothing is left to do for a person, which is after one run; all
/// accounts then.
async fn converged(company: &Company, person: &str) -> Vec<String> {
    let next = run(company, &company.spec, Some(person)).await;
    if let Some(finished) = &next.finished {
        let bad: Vec<_> = finished
            .outcomes
            .iter()
            .filter(|step| !step.outcome.is_good())
            .collect();
        assert!(bad.is_empty(), "the next run: {bad:#?}");
    }
    let after = run(company, &company.spec, Some(person)).await;
    assert_eq!(
        after.plan.body.changes,
        [],
        "R26: then there is nothing to do"
    );
    accounts(&after.before)
}

/// What became of one fault on one verb, in a word or two.
async fn outcome(ground: &Ground, verb: Verb, trouble: Trouble) -> Option<String> {
    let kind = ground.company.kind;
    let clean = &ground.clean[&verb];
    let index = verb.target(kind, clean)?;
    let noted = &clean.noted[verb.app()];
    let target = &noted[index];
    let alike = |other: &&Exchange| other.method == target.method && other.path == target.path;
    let nth = noted[..=index].iter().filter(alike).count();
    if !trouble.fits(kind, verb, target, nth) {
        return None;
    }
    let company = ground.company.copy();
    let spec = company.struck(verb.app(), &trouble.strike(target, nth));
    let struck = tokio::time::timeout(DEADLINE, run(&company, &spec, Some(verb.of().0)));
    let struck = struck.await.expect("a run ends in time");
    let word = judged(verb, clean, target, &struck);
    let person = verb.of().0;
    assert_eq!(
        converged(&company, person).await,
        ground.ends[person],
        "{} on {} in {}",
        trouble.name(),
        verb.name(),
        kind.name()
    );
    Some(word)
}

fn judged(verb: Verb, clean: &Ran, target: &Exchange, struck: &Ran) -> String {
    let reads = target.method == "GET";
    let often = |ran: &Ran| {
        let alike = |call: &&provisor::apps::transport::Call| (call.method == "GET") == reads;
        ran.calls.iter().filter(alike).count()
    };
    let more = match (
        often(struck) > often(clean),
        struck.calls.len() > clean.calls.len(),
    ) {
        // How often somebody looks who waits is a matter of time.
        _ if verb == Verb::Await => "",
        (true, _) => ", retried",
        (false, true) => ", looked",
        _ => "",
    };
    match &struck.before[verb.app()] {
        Reading::Unread(failure) => {
            is_clear(failure, verb.app());
            return format!("unread: {}", failure.kind.words());
        }
        Reading::Read(observation) => {
            let doubts = std::iter::once(&observation.completeness).chain(&observation.kinds);
            for doubt in doubts {
                if let Completeness::Incomplete(why) = doubt {
                    assert!(!why.is_empty());
                    return "incomplete".to_owned();
                }
            }
        }
    }
    let (person, step) = verb.of();
    let changes = struck.plan.body.changes.iter();
    let change = changes
        .filter(|change| change.app.as_str() == verb.app())
        .filter(|change| match (change.action.verb(), verb) {
            // Okta makes an account by inviting.
            (Step::Create | Step::Invite, Verb::Create) => true,
            (planned, _) => planned == step,
        })
        .find(|change| {
            change
                .person
                .as_ref()
                .is_some_and(|of| of.id == person.into())
        });
    let (Some(change), Some(finished)) = (change, &struck.finished) else {
        return "not planned".to_owned();
    };
    let mut steps = finished.outcomes.iter();
    let outcome = steps.find(|step| step.change == change.id);
    let word = match outcome.map(|step| &step.outcome) {
        Some(Outcome::Done { .. }) => format!("done{more}"),
        Some(Outcome::AlreadySo { .. }) => format!("already so{more}"),
        Some(Outcome::Failed { failure }) => {
            is_told(struck, failure, change.app.as_str());
            format!("failed: {}", failure.kind.words())
        }
        Some(Outcome::Unknown { failure }) => {
            is_told(struck, failure, change.app.as_str());
            format!("unknown: {}", failure.kind.words())
        }
        other => panic!("{}: {other:?}", verb.name()),
    };
    match finished.unread.first() {
        Some(failure) => {
            is_clear(failure, verb.app());
            format!("{word}; not read back: {}", failure.kind.words())
        }
        None => word,
    }
}

/// Which app, what happened, and what to do.
fn is_clear(failure: &Failure, app: &str) {
    assert_eq!(failure.app.as_str(), app);
    assert!(!failure.what.is_empty() && !failure.kind.advice().is_empty());
}

/// On the screen: the person, the app, what happened, and what to do.
fn is_told(ran: &Ran, failure: &Failure, app: &str) {
    is_clear(failure, app);
    let finished = ran.finished.as_ref().unwrap();
    let recorded = Recorded {
        run: "r".into(),
        snapshot: None::<(u64, Digest)>,
    };
    let screen = text(
        &ran.plan,
        &finished.outcomes,
        &recorded,
        Detail::Brief,
        100_000,
    );
    let screen = screen.to_text(Colour::Plain);
    let words: Vec<&str> = screen.split_whitespace().collect();
    let screen = words.join(" ");
    for told in [" Example", app, &failure.what, failure.kind.advice()] {
        assert!(screen.contains(told), "`{told}` is missing:\n{screen}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_fault_on_every_verb_is_done_retried_or_clearly_failed() {
    let grounds = futures::future::join_all(Kind::ALL.map(|kind| tokio::spawn(Ground::of(kind))));
    let grounds = grounds.await.into_iter();
    let grounds: Vec<_> = grounds.map(|ground| Arc::new(ground.unwrap())).collect();
    for ground in &grounds {
        covers(ground);
    }
    let mut cases = Vec::new();
    for ground in &grounds {
        for trouble in Trouble::all() {
            for verb in Verb::ALL {
                cases.push((Arc::clone(ground), trouble, verb));
            }
        }
    }
    let cells = futures::stream::iter(cases)
        .map(|(ground, trouble, verb)| async move {
            let place = (verb, trouble.name(), ground.company.kind);
            let case = tokio::spawn(async move { outcome(&ground, verb, trouble).await });
            // A case that panicked is a cell that no golden table has, so that all are seen.
            let word = case.await.unwrap_or_else(|_| Some("WRONG".to_owned()));
            (place, word.unwrap_or_else(|| "-".to_owned()))
        })
        .buffer_unordered(8);
    let cells: BTreeMap<_, _> = cells.collect().await;
    assert_data_eq!(table(&cells), file!["../golden/faults.txt"].raw());
}

/// No verb may silently fall out of the table.
fn covers(ground: &Ground) {
    let kind = ground.company.kind;
    let missing = Verb::ALL.into_iter();
    let missing = missing.filter(|verb| verb.target(kind, &ground.clean[verb]).is_none());
    let expected: &[Verb] = match kind {
        Kind::Okta => &[],
        // Nobody is invited or cascades there, and Zoom tells of no manager.
        Kind::Scim("zoom") => &[Verb::Invite, Verb::SetManager, Verb::Await],
        Kind::Scim(_) => &[Verb::Invite, Verb::Await],
    };
    assert_eq!(missing.collect::<Vec<_>>(), expected, "{kind:?}");
}

/// A section per verb, in it a row per fault and a column per kind of app; verbs that a kind has
/// no call for are left out.
fn table(cells: &BTreeMap<(Verb, String, Kind), String>) -> String {
    let mut page = String::new();
    for verb in Verb::ALL {
        let said = |kind: &Kind| {
            let of = |name: String| &cells[&(verb, name, *kind)];
            Trouble::all().iter().any(|one| of(one.name()) != "-")
        };
        let kinds: Vec<Kind> = Kind::ALL.into_iter().filter(said).collect();
        let mut rows: Vec<Vec<String>> = vec![
            std::iter::once(verb.name().to_owned())
                .chain(kinds.iter().map(|kind| kind.name().to_owned()))
                .collect(),
        ];
        for trouble in Trouble::all() {
            let row: Vec<String> = kinds
                .iter()
                .map(|kind| cells[&(verb, trouble.name(), *kind)].clone())
                .collect();
            if row.iter().any(|cell| cell != "-") {
                rows.push(std::iter::once(trouble.name()).chain(row).collect());
            }
        }
        let widths: Vec<usize> = (0..=kinds.len())
            .map(|column| rows.iter().map(|row| row[column].len()).max().unwrap_or(0))
            .collect();
        for row in rows {
            let cells = row.iter().zip(&widths);
            let line: String = cells.fold(String::new(), |mut line, (cell, width)| {
                let width = *width;
                write!(line, "{cell:width$}  ").unwrap();
                line
            });
            writeln!(page, "{}", line.trim_end()).unwrap();
        }
        page.push('\n');
    }
    page
}
