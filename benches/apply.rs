//! Applying side by side. One hire in twelve apps at 100 ms takes at most 1.2 times the longest path of
//! its DAG, which is the path of any of them: what it takes in one. A thousand changes over ten apps
//! take what the hundred of the slowest take, and not the sum.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use divan::Bencher;
use provisor::apply::{self, Setting};
use provisor::apps::{Context, CredentialSource};
use provisor::base::{Clock, FileId};
use provisor::config::{Config, Trust};
use provisor::model::desired::Desired;
use provisor::model::history::History;
use provisor::model::name::AppName;
use provisor::model::observation::Observed;
use provisor::model::snapshot::Provenance;
use provisor::observe::{Request, observe};
use provisor::plan::{Approved, Circumstances, approve, plan, scope};
use provisor::sandbox::{Sandbox, Simulation, Spec};
use provisor::state::Store;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// How much there is to do, and how slow every app is.
#[derive(Clone, Copy, Debug)]
struct Work {
    apps: usize,
    hires: usize,
    latency: u32,
}

/// Work that is approved, and not begun.
struct Ready {
    work: Work,
    config: Config,
    context: Context,
    requests: BTreeMap<AppName, Request>,
    observed: Observed,
    desired: Desired,
    approved: Approved,
    store: Store,
    runtime: Runtime,
    _sandbox: Sandbox,
    _folder: TempDir,
}

impl Work {
    fn ready(self) -> Ready {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let config = self.config(&folder);
        let spec = self.spec();
        let clock = Clock::frozen(spec.clock);
        let runtime = Runtime::new().expect("a runtime");
        let simulation = |name| Simulation {
            name,
            kind: "scim",
            dialect: None,
        };
        let apps = config.apps.keys().map(|name| simulation(name.as_str()));
        let apps: Vec<Simulation<'_>> = apps.collect();
        let data = folder.path().join("data");
        let sandbox = runtime.block_on(Sandbox::start(&apps, &spec, &data, clock));
        let sandbox = sandbox.expect("the sandbox starts");
        let requests = config.apps.iter().map(|(name, app)| {
            let mut settings = app.settings.clone();
            let url = sandbox.url(name.as_str()).expect("a served app");
            settings.url = url.parse().expect("a URL");
            let token = CredentialSource::Fixed(sandbox.token(name.as_str()));
            settings.credentials = [("token".to_owned(), token)].into();
            let request = Request {
                settings,
                description: Arc::clone(&app.description),
                scope: scope(&config, name, app, None),
            };
            (name.clone(), request)
        });
        let requests = requests.collect();
        let context = Context::new(clock);
        let observed = runtime.block_on(observe(&requests, &context));
        let now = clock.started();
        let desired = provisor::desired::at(&config, now);
        let circumstances = Circumstances {
            created: now,
            commit: None,
            ..Circumstances::default()
        };
        let history = History::default();
        let plan = plan(&config, &desired, &observed, &history, &circumstances);
        // An account and a group for each.
        assert_eq!(plan.body.changes.len(), self.apps * self.hires * 2);
        Ready {
            work: self,
            store: Store::open(&folder.path().join("state")).expect("a folder"),
            approved: approve(plan),
            config,
            context,
            requests,
            observed,
            desired,
            runtime,
            _sandbox: sandbox,
            _folder: folder,
        }
    }

    fn config(self, folder: &TempDir) -> Config {
        let mut settings = "[organisation]\nname = \"Meridian\"\ndomains = [\"meridian.com\"]\n\
                            time_zone = \"America/Los_Angeles\"\n[state]\nurl = \"file:state\"\n"
            .to_owned();
        let mut profiles = "[profiles.EMPLOYEE]\ndescription = \"Everybody\"\n".to_owned();
        let mut people = String::new();
        for app in 0..self.apps {
            let _ = writeln!(
                settings,
                "[apps.app{app:02}]\nkind = \"scim\"\nurl = \"http://127.0.0.1:1/scim/v2\"\n\
                 credentials = {{ token = {{ env = \"NO_SUCH_TOKEN\" }} }}\nmode = \"enforce\"\n\
                 guards.max_creates = {{ least = 100000, most = 100000 }}"
            );
            let _ = writeln!(
                profiles,
                "[profiles.EMPLOYEE.apps.app{app:02}]\ngroups = [\"Everyone\"]"
            );
        }
        for hire in 0..self.hires {
            let _ = writeln!(
                people,
                "[[people]]\nid = \"{hire:04}\"\nname = {{ given = \"P\", family = \"N{hire}\" }}\n\
                 email = \"p{hire}@meridian.com\"\njob_code = \"EMPLOYEE\"\nstart_date = 2026-03-02"
            );
        }
        let files = [
            ("provisor.toml", settings),
            ("profiles.toml", profiles),
            ("people.toml", people),
        ];
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).expect("a file");
        }
        let loaded = Config::load(folder.path(), &Trust::none());
        loaded.config.expect("the files are sound")
    }

    fn spec(self) -> Spec {
        let mut text = "clock = 2026-03-07T09:22:00-08:00\n".to_owned();
        for app in 0..self.apps {
            let _ = writeln!(
                text,
                "[apps.app{app:02}]\ngroups = [\"Everyone\"]\nfaults.latency = \"{}ms\"",
                self.latency
            );
        }
        Spec::parse(&text, FileId(0)).expect("a sound file")
    }
}

impl Ready {
    fn apply(&self) {
        let setting = Setting {
            config: &self.config,
            desired: &self.desired,
            history: History::default(),
            overrides: &[],
            requests: &self.requests,
            context: &self.context,
            store: &self.store,
            actor: "bench".into(),
            provenance: Provenance::default(),
            signer: None,
            commit: None,
            mandate: None,
        };
        let (_sender, stop) = watch::channel(false);
        let mut unwatched = |_: apply::Seen<'_>| {};
        let run = apply::run(
            &self.approved,
            &setting,
            &self.observed,
            &[],
            &stop,
            &mut unwatched,
        );
        let finished = self
            .runtime
            .block_on(run)
            .expect("the state can be written");
        let done = finished
            .outcomes
            .iter()
            .filter(|step| step.outcome.is_good());
        assert_eq!(done.count(), self.work.apps * self.work.hires * 2);
    }
}

/// One hire: in one app, and in twelve.
#[divan::bench(args = [1, 12], sample_count = 5, sample_size = 1)]
fn hire(bencher: Bencher<'_, '_>, apps: usize) {
    let work = Work {
        apps,
        hires: 1,
        latency: 100,
    };
    let bencher = bencher.with_inputs(|| work.ready());
    bencher.bench_local_refs(|ready| ready.apply());
}

/// A hundred changes in one app, and in each of ten.
#[divan::bench(args = [1, 10], sample_count = 3, sample_size = 1)]
fn fifty_hires(bencher: Bencher<'_, '_>, apps: usize) {
    let work = Work {
        apps,
        hires: 50,
        latency: 100,
    };
    let bencher = bencher.with_inputs(|| work.ready());
    bencher.bench_local_refs(|ready| ready.apply());
}
