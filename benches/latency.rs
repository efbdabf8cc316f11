//! Apps side by side: where each call takes 100 ms, planning Meridian takes at most 1.15 times what
//! reading its slowest app alone takes. `read` is one app by itself, `plan` all of them with
//! everything that planning does besides.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use divan::Bencher;
use provisor::apps::{Context, CredentialSource};
use provisor::base::{Clock, FileId};
use provisor::config::{Config, Trust};
use provisor::model::history::History;
use provisor::model::name::AppName;
use provisor::model::observation::Reading;
use provisor::observe::{Request, observe};
use provisor::plan::{Circumstances, plan as planned, scope};
use provisor::sandbox::{Sandbox, Simulation, Spec};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const APPS: [&str; 7] = [
    "figma",
    "github",
    "notion",
    "okta",
    "salesforce",
    "slack",
    "zoom",
];

/// Meridian, served with a latency until dropped.
struct Meridian {
    config: Config,
    clock: Clock,
    requests: BTreeMap<AppName, Request>,
    runtime: Runtime,
    _sandbox: Sandbox,
    _data: TempDir,
}

impl Meridian {
    fn slow() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/meridian");
        let config = Config::load(&folder, &Trust::none()).config;
        let config = config.expect("the example is sound");
        let text = std::fs::read_to_string(folder.join("sandbox.toml"));
        let mut spec = Spec::parse(&text.expect("a file"), FileId(0)).expect("a sound file");
        for app in spec.apps.values_mut() {
            app.faults.latency = std::time::Duration::from_millis(100);
        }
        let clock = Clock::frozen(spec.clock);
        let runtime = Runtime::new().expect("a runtime");
        let data = tempfile::tempdir().expect("a temporary folder");
        let apps: Vec<Simulation<'_>> = config
            .apps
            .iter()
            .map(|(name, app)| Simulation {
                name: name.as_str(),
                kind: &app.settings.kind,
                dialect: app.settings.options.dialect.as_ref().map(|one| &*one.name),
            })
            .collect();
        let sandbox = runtime.block_on(Sandbox::start(&apps, &spec, data.path(), clock));
        let sandbox = sandbox.expect("the sandbox starts");
        let request = |(name, app): (&AppName, &provisor::config::AppConfig)| {
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
        };
        let requests = config.apps.iter().map(request).collect();
        Self {
            requests,
            config,
            clock,
            runtime,
            _sandbox: sandbox,
            _data: data,
        }
    }

    fn read(&self, requests: &BTreeMap<AppName, Request>) -> BTreeMap<AppName, Reading> {
        let context = Context::new(self.clock);
        let observed = self.runtime.block_on(observe(requests, &context));
        let read = |reading: &Reading| matches!(reading, Reading::Read(_));
        assert!(observed.values().all(read));
        observed
    }
}

#[divan::bench(args = APPS, sample_count = 10, sample_size = 1)]
fn read(bencher: Bencher<'_, '_>, app: &str) {
    let meridian = Meridian::slow();
    let requests = meridian.requests.iter();
    let alone = requests.filter(|(name, _)| name.as_str() == app);
    let alone = alone
        .map(|(name, request)| (name.clone(), request.clone()))
        .collect();
    bencher.bench(|| meridian.read(&alone));
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn plan(bencher: Bencher<'_, '_>) {
    let meridian = Meridian::slow();
    bencher.bench(|| {
        let observed = meridian.read(&meridian.requests);
        let now = meridian.clock.started();
        let desired = provisor::desired::at(&meridian.config, now);
        let circumstances = Circumstances {
            created: now,
            commit: None,
            ..Circumstances::default()
        };
        let history = History::default();
        planned(
            &meridian.config,
            &desired,
            &observed,
            &history,
            &circumstances,
        )
    });
}
