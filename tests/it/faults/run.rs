//! One run of a company in this process: what `apply` does, with little patience.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use provisor::apply::{Finished, Setting, recall, resolve};
use provisor::apps::transport::{Call, Clients, Patience};
use provisor::apps::{Context, CredentialSource};
use provisor::base::Clock;
use provisor::model::name::PersonId;
use provisor::model::observation::{Observed, Reading};
use provisor::model::plan::Plan;
use provisor::model::snapshot::Provenance;
use provisor::observe::{Request, observe};
use provisor::plan::{Circumstances, approve, plan, scope, select};
use provisor::sandbox::{Exchange, Sandbox, Simulation, Spec, exchanges};
use provisor::state::{Place, Store, past, snapshot};
use tokio::sync::watch;

use super::company::{APP, CRM, Company, Kind};

/// As patient as a test can be: tries and looks as in earnest, and all of it in moments.
const PATIENCE: Patience = Patience {
    tries: 3,
    first: Duration::from_millis(1),
    longest: Duration::from_millis(40),
    total: Duration::from_secs(3),
    exchange: Duration::from_secs(5),
    idle: Duration::from_secs(1),
};

/// Made once for all runs.
static CLIENTS: LazyLock<Arc<Clients>> = LazyLock::new(Arc::default);

/// What a run found, did and left.
pub struct Ran {
    /// The plan, of one person if only theirs was asked for.
    pub plan: Plan,
    /// What was read before.
    pub before: Observed,
    /// What the run did; none if there was nothing to do.
    pub finished: Option<Finished>,
    /// Every call to an app, from the first reading to the last.
    pub calls: Vec<Call>,
    /// What each app's simulation noted.
    pub noted: BTreeMap<&'static str, Vec<Exchange>>,
    /// How many exchanges of each app were for planning.
    pub planning: BTreeMap<&'static str, usize>,
}

/// Plans and applies: everything, or what is for one person.
pub async fn run(company: &Company, spec: &Spec, only: Option<&str>) -> Ran {
    let clock = Clock::frozen(spec.clock);
    let config = &*company.config;
    let apps: Vec<Simulation<'_>> = config
        .apps
        .iter()
        .map(|(name, app)| Simulation {
            name: name.as_str(),
            kind: &app.settings.kind,
            dialect: app.settings.options.dialect.as_ref().map(|one| &*one.name),
        })
        .collect();
    let data = company.data();
    let sandbox = Sandbox::start(&apps, spec, &data, clock).await.unwrap();
    let context = Context::with_patience(clock, PATIENCE).sharing(Arc::clone(&CLIENTS));
    let store = Store::at(&Place::folder(&company.state())).unwrap();
    let history = snapshot::history(&store).await.unwrap();
    let mut past = past::since_last_snapshot(&store).await.unwrap();
    let requests = config.apps.iter().map(|(name, app)| {
        let mut settings = app.settings.clone();
        settings.url = sandbox.url(name.as_str()).unwrap().parse().unwrap();
        let token = CredentialSource::Fixed(sandbox.token(name.as_str()));
        settings.credentials = [("token".to_owned(), token)].into();
        let request = Request {
            settings,
            description: Arc::clone(&app.description),
            scope: scope(config, name, app, history.apps.get(name)),
        };
        (name.clone(), request)
    });
    let requests = requests.collect();
    let names: &[&'static str] = match company.kind {
        Kind::Okta => &[APP, CRM],
        Kind::Scim(_) => &[APP],
    };
    let earlier: BTreeMap<_, _> = names
        .iter()
        .map(|app| (*app, noted(company, app).len()))
        .collect();
    let before = observe(&requests, &context).await;
    let planning: BTreeMap<_, _> = earlier
        .iter()
        .map(|(app, earlier)| (*app, noted(company, app).len() - earlier))
        .collect();
    let desired = provisor::desired::at(config, clock.started());
    let circumstances = Circumstances {
        created: clock.started(),
        expires: jiff::Timestamp::MAX,
        rehearsal: true,
        ..Circumstances::default()
    };
    let mut setting = Setting {
        config,
        desired: &desired,
        history,
        overrides: &[],
        requests: &requests,
        context: &context,
        store: &store,
        actor: "a test".into(),
        provenance: Provenance::default(),
        signer: None,
        commit: None,
        mandate: None,
    };
    resolve(&setting, &mut past, &before).await.unwrap();
    recall(&mut setting.history, &past);
    let mut plan = plan(config, &desired, &before, &setting.history, &circumstances);
    if let Some(person) = only {
        let people = BTreeSet::from([PersonId::from(person)]);
        plan = select(plan, &people, &BTreeSet::new());
    }
    let approved = approve(plan.clone());
    let (_go_on, stop) = watch::channel(false);
    let mut calls = Vec::new();
    let finished = if plan.body.changes.is_empty() {
        calls = context.calls().drain();
        None
    } else {
        let mut unseen = |_: provisor::apply::Seen<'_>| {};
        let ran = provisor::apply::run(&approved, &setting, &before, &past, &stop, &mut unseen);
        let mut finished = ran.await.unwrap();
        calls.append(&mut finished.calls);
        Some(finished)
    };
    let noted = earlier
        .into_iter()
        .map(|(app, earlier)| (app, noted(company, app).split_off(earlier)));
    Ran {
        plan,
        before,
        finished,
        calls,
        noted: noted.collect(),
        planning,
    }
}

fn noted(company: &Company, app: &str) -> Vec<Exchange> {
    let text = std::fs::read_to_string(exchanges(&company.data(), app)).unwrap_or_default();
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// All accounts of all apps, a line each: what two ways to one end must agree on.
pub fn accounts(observed: &Observed) -> Vec<String> {
    let mut lines = Vec::new();
    for (app, reading) in observed {
        let Reading::Read(observation) = reading else {
            lines.push(format!("{app}: unread"));
            continue;
        };
        for account in observation.accounts() {
            let held = account.holdings().iter();
            let mut held: Vec<_> = held
                .map(|holding| observation.value(holding.value).name.raw().to_owned())
                .collect();
            held.sort();
            let attributes: Vec<_> = (0..observation.attributes_known.len())
                .filter_map(|index| Some(account.attribute(index)?.raw().to_owned()))
                .collect();
            lines.push(format!(
                "{app}: {} {:?} {} {}",
                account.login().raw(),
                account.status(),
                attributes.join(","),
                held.join(","),
            ));
        }
    }
    lines.sort();
    lines
}
