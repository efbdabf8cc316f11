//! What `plan` and `apply` both begin with: the files, the clock, the apps and the state.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use crate::apps::{Context, CredentialSource};
use crate::base::{Clock, Severity, Sources};
use crate::config::{Config, SignWith, Trust};
use crate::desired::obey;
use crate::model::history::History;
use crate::model::name::AppName;
use crate::model::order::Order;
use crate::observe::Request;
use crate::plan::WINDOW;

use crate::sandbox::{Sandbox, Simulation, Spec};
use crate::state::signature::SigningKey;
use crate::state::{Place, Store, order};

use super::arguments::Global;
use super::environment;
use super::terminal::Terminal;
use super::trouble::Trouble;

/// The folder of everything that a rehearsal leaves behind.
const REHEARSAL: &str = ".provisor";

/// The files, the clock, the way to the apps, and where the state is.
#[derive(Debug)]
pub struct World {
    /// The files.
    pub config: Config,
    /// The clock and the way to each app.
    pub context: Context,
    /// Where the state is.
    pub state: Place,
    /// The orders that people leave, given and not rescinded.
    orders: Vec<Order>,
    /// The numbers of all orders ever given.
    numbers: BTreeSet<u64>,
    /// The simulated apps, served for as long as this lives.
    sandbox: Option<Sandbox>,
}

impl World {
    /// Reads the files and starts the sandbox, if it is wanted. People's own problems are told and
    /// do not stop anything. Whom an order made leave has left, whatever the files say.
    pub async fn open(global: &Global, terminal: &Terminal) -> Result<Self, Trouble> {
        let mut world = Self::of_files(global, terminal).await?;
        world.listen().await?;
        Ok(world)
    }

    /// Obeys the orders that stand by now, and no others.
    pub async fn listen(&mut self) -> Result<(), Trouble> {
        let store = Store::at(&self.state)?;
        self.numbers = order::numbers(&store).await?;
        self.orders.clear();
        if self.numbers.is_empty() {
            return Ok(());
        }
        self.heed(order::standing(&store).await?);
        Ok(())
    }

    async fn of_files(global: &Global, terminal: &Terminal) -> Result<Self, Trouble> {
        let config = load(global, terminal)?;
        if !global.sandbox {
            let clock = Clock::running();
            terminal.tell_time(clock);
            let context = Context::new(clock);
            return Ok(Self {
                state: config.state.clone(),
                context,
                config,
                orders: Vec::new(),
                numbers: BTreeSet::new(),
                sandbox: None,
            });
        }
        let spec = spec(&global.folder)?;
        let clock = Clock::frozen(spec.clock);
        terminal.tell_time(clock);
        let sandbox = sandbox(&config, &spec, &global.folder, 0, clock).await?;
        let state = Place::folder(&rehearsal_state(&global.folder));
        Ok(Self {
            config,
            context: Context::new(clock),
            state,
            orders: Vec::new(),
            numbers: BTreeSet::new(),
            sandbox: Some(sandbox),
        })
    }

    /// The orders that people leave, given and not rescinded.
    pub fn orders(&self) -> &[Order] {
        &self.orders
    }

    /// The numbers of all orders that were given when this was opened, or by this process since.
    pub fn numbers(&self) -> &BTreeSet<u64> {
        &self.numbers
    }

    /// The number of an order whose moment came after this was opened: what is planned for then
    /// does not know it.
    pub fn overtaking(&self) -> Option<u64> {
        let clock = self.context.clock();
        let come = |order: &&Order| clock.started() < order.at && order.at <= clock.now();
        self.orders.iter().find(come).map(|order| order.number)
    }

    /// Has more orders obeyed.
    pub fn heed(&mut self, orders: Vec<Order>) {
        self.numbers.extend(orders.iter().map(|order| order.number));
        self.orders.extend(orders);
        obey(
            &mut self.config,
            &self.orders,
            self.context.clock().started(),
        );
    }

    /// Has an order obeyed no more.
    pub fn disregard(&mut self, number: u64) {
        self.orders.retain(|order| order.number != number);
        obey(
            &mut self.config,
            &self.orders,
            self.context.clock().started(),
        );
    }

    /// How to speak to each app, and what of it to read.
    pub fn requests(&self, history: &History) -> BTreeMap<AppName, Request> {
        let request = |(name, app): (&AppName, &crate::config::AppConfig)| {
            let mut settings = app.settings.clone();
            if let Some(sandbox) = &self.sandbox {
                let url = sandbox.url(name.as_str()).and_then(|url| url.parse().ok());
                settings.url = url.expect("the sandbox serves every configured app");
                // The first way to sign in that the connector names, whatever the files choose:
                // the simulated app knows no keys, only its token.
                let first = app.description.credentials.first().copied();
                let fixed = || CredentialSource::Fixed(sandbox.token(name.as_str()));
                let credentials = first.unwrap_or_default().iter();
                settings.credentials = credentials
                    .map(|credential| ((*credential).to_owned(), fixed()))
                    .collect();
            }
            let scope = crate::plan::scope(&self.config, name, app, history.apps.get(name));
            let request = Request {
                settings,
                description: Arc::clone(&app.description),
                scope,
            };
            (name.clone(), request)
        };
        self.config.apps.iter().map(request).collect()
    }

    /// Since when what runs did counts for guards.
    pub fn window(&self) -> Timestamp {
        let now = self.context.clock().now();
        now.checked_sub(WINDOW).unwrap_or(Timestamp::MIN)
    }

    /// True if the apps are simulated.
    pub fn is_rehearsal(&self) -> bool {
        self.sandbox.is_some()
    }

    /// The instant that `--as-of` means; the clock's by default.
    pub fn as_of(&self, text: Option<&str>) -> Result<Timestamp, Trouble> {
        instant(&self.config, text, self.context.clock())
    }
}

/// The files and the state, where no app is spoken to. Whom an order made leave has left.
pub async fn remembered(global: &Global, terminal: &Terminal) -> Result<(Config, Store), Trouble> {
    let mut config = load(global, terminal)?;
    let store = Store::at(&state(global, &config))?;
    let orders = order::standing(&store).await?;
    obey(&mut config, &orders, clock(global)?.started());
    Ok((config, store))
}

/// The clock, where no app is spoken to.
pub fn clock(global: &Global) -> Result<Clock, Trouble> {
    Ok(if global.sandbox {
        Clock::frozen(spec(&global.folder)?.clock)
    } else {
        Clock::running()
    })
}

/// Where the state is.
pub fn state(global: &Global, config: &Config) -> Place {
    if global.sandbox {
        Place::folder(&rehearsal_state(&global.folder))
    } else {
        config.state.clone()
    }
}

/// The instant that `--as-of` means; the clock's by default. A day means its start, in the
/// organisation's time zone.
pub fn instant(config: &Config, text: Option<&str>, clock: Clock) -> Result<Timestamp, Trouble> {
    let Some(text) = text else {
        return Ok(clock.started());
    };
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant);
    }
    let day = text.parse::<jiff::civil::Date>().ok();
    let start = day.and_then(|day| day.to_zoned(config.organisation.time_zone.clone()).ok());
    start
        .map(|start| start.timestamp())
        .ok_or_else(|| Trouble::AsOf(text.to_owned()))
}

/// Reads the files; says what is wrong with single people.
pub fn load(global: &Global, terminal: &Terminal) -> Result<Config, Trouble> {
    let loaded = Config::load(&global.folder, &trust());
    let Some(config) = loaded.config else {
        let diagnostics = loaded
            .diagnostics
            .into_iter()
            .filter(|one| one.severity == Severity::Error);
        return Err(Trouble::Files {
            diagnostics: diagnostics.collect(),
            sources: loaded.sources,
        });
    };
    terminal.problems(&loaded.diagnostics, &loaded.sources);
    Ok(config)
}

/// The key that signs snapshots, if the files name one. A rehearsal is no evidence, and signed all
/// the same: it shows whether the key can.
pub fn signer(config: &Config) -> Result<Option<SigningKey>, Trouble> {
    let path = match &config.sign_with {
        None => return Ok(None),
        Some(SignWith::File { path, .. }) => path.clone(),
        Some(SignWith::Env(name)) => {
            let path = environment::get(name);
            PathBuf::from(path.ok_or_else(|| Trouble::NoSigningKey(name.clone()))?)
        }
    };
    Ok(Some(SigningKey(path)))
}

/// The trust file that the environment names.
pub fn trust() -> Trust {
    environment::get(environment::TRUST)
        .map_or_else(Trust::none, |path| Trust::file(PathBuf::from(path)))
}

/// Reads `sandbox.toml`.
pub fn spec(folder: &Path) -> Result<Spec, Trouble> {
    let path = folder.join("sandbox.toml");
    let text = std::fs::read_to_string(&path).map_err(|error| Trouble::NoSandbox {
        path: path.clone(),
        error,
    })?;
    let mut sources = Sources::default();
    let file = sources.add("sandbox.toml".into(), text);
    Spec::parse(&sources.file(file).text, file).map_err(|diagnostic| Trouble::Files {
        diagnostics: vec![*diagnostic],
        sources: Arc::new(sources),
    })
}

/// What to simulate for a configuration: an own dialect as the vendor's that it is built on.
pub fn simulations(config: &Config) -> Vec<Simulation<'_>> {
    let apps = config.apps.iter().map(|(name, app)| {
        let dialect = app.settings.options.dialect.as_ref();
        Simulation {
            name: name.as_str(),
            kind: app.settings.kind.as_str(),
            dialect: dialect.map(|dialect| dialect.vendor.as_str()),
        }
    });
    apps.collect()
}

/// Starts the simulated apps of a configuration; port 0 is any free one.
pub async fn sandbox(
    config: &Config,
    spec: &Spec,
    folder: &Path,
    port: u16,
    clock: Clock,
) -> Result<Sandbox, Trouble> {
    let apps = simulations(config);
    Ok(Sandbox::start_on(port, &apps, spec, &data(folder), clock).await?)
}

/// Where the simulated apps keep their data.
pub fn data(folder: &Path) -> PathBuf {
    folder.join(REHEARSAL).join("sandbox")
}

/// Where rehearsals keep their state.
pub fn rehearsal_state(folder: &Path) -> PathBuf {
    folder.join(REHEARSAL).join("state")
}
