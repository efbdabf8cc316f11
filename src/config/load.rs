//! Loads a configuration: every file, every mistake, in one order.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::base::{Diagnostic, Digest, Document, Severity, Sources};
use crate::model::guard::Limits;
use crate::model::name::{AppName, ChannelName};

use super::apps::Catalogue;
use super::pieces::PIECE;
use super::roster::Roster;
use super::{AppConfig, Channel, Config, Lifecycle, Organisation, Trust};
use super::{
    accounts, approvals, apps, check, files, guards, notify, people, pieces, profiles, rollout,
    secret, settings,
};

/// What came of loading a configuration.
#[derive(Debug)]
pub struct Loaded {
    /// The files that could be read, to show diagnostics in.
    pub sources: Arc<Sources>,
    /// Everything that is wrong, by file, place and code; what is wrong with whole files first.
    pub diagnostics: Vec<Diagnostic>,
    /// The configuration, if there is no [`Severity::Error`].
    pub config: Option<Config>,
}

impl Config {
    /// Reads the files of a folder. No credential is resolved and nothing is contacted.
    pub fn load(folder: &Path, trust: &Trust) -> Loaded {
        load(folder, trust, PIECE)
    }
}

/// Loads, parsing people in pieces of at least so many bytes.
pub(super) fn load(folder: &Path, trust: &Trust, piece: usize) -> Loaded {
    let mut problems = Vec::new();
    let mut sources = Sources::default();
    let read = files::read(folder, &mut sources, &mut problems);
    let trusted = trust.read(folder, &mut sources, &mut problems);
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let ground = apps::Ground {
        folder: &folder,
        trusted: &trusted,
    };

    let settings = match read.settings {
        Some(file) => {
            let text = &sources.file(file).text;
            secret::scan(file, text, 0, &mut problems);
            Document::read(file, text, 0, &mut problems, |document, problems| {
                settings(document, &ground, problems)
            })
        }
        None => Settings::default(),
    };
    let profiles = read
        .profiles
        .map(|file| profiles::read(file, &sources, &settings.catalogue, &mut problems));
    let ground = people::Ground {
        catalogue: &settings.catalogue,
        organisation: settings.organisation.as_ref(),
    };
    let entries = pieces::read(&read.people, &sources, &ground, piece, &mut problems);
    let roster = match (read.approvals, read.accounts) {
        (None, None) => Roster::default(),
        _ => Roster::of(&entries.drafts),
    };
    let ground = accounts::Ground {
        catalogue: &settings.catalogue,
        apps: &settings.apps,
        roster: &roster,
    };
    let accounts = read
        .accounts
        .map(|file| accounts::read(file, &sources, &ground, &mut problems));
    let ground = approvals::Ground {
        catalogue: &settings.catalogue,
        apps: &settings.apps,
        roster: &roster,
    };
    let approvals = read
        .approvals
        .map(|file| approvals::read(file, &sources, &ground, &mut problems))
        .unwrap_or_default();
    let (people, extras) = check::people(entries, profiles.as_ref(), &mut problems);
    let profiles = profiles.unwrap_or_default();
    if let Some(scope) = &settings.scope {
        scope.check(&profiles, &people, &mut problems);
    }
    check::compositions(&people, &profiles, &settings.catalogue, &mut problems);

    secret::redact(&sources, &mut problems);
    sort(&mut problems);
    let sources = Arc::new(sources);
    let is_sound = problems
        .iter()
        .all(|problem| problem.severity != Severity::Error);
    let config = match settings {
        Settings {
            organisation: Some(organisation),
            lifecycle: Some(lifecycle),
            state: Some(state),
            guards,
            scope,
            notify,
            apps,
            ..
        } if is_sound => {
            let config = Config {
                sources: Arc::clone(&sources),
                organisation,
                lifecycle,
                guards,
                rollout: scope.map(|written| written.rollout),
                state: state.place,
                state_url: state.url,
                sign_with: state.sign_with,
                notify,
                apps,
                profiles,
                people,
                entries: Vec::new(),
                extras,
                approvals: approvals.given,
                separations: approvals.separations,
                allowances: approvals.allowances,
                accounts: accounts.unwrap_or_default(),
                digest: Digest::of(b""),
                settings: Digest::of(b""),
            };
            problems.extend(config.breaches());
            sort(&mut problems);
            Some(config.digested(&folder))
        }
        _ => None,
    };
    Loaded {
        sources,
        diagnostics: problems,
        config,
    }
}

/// `provisor.toml`, as far as it is sound.
#[derive(Debug, Default)]
struct Settings {
    organisation: Option<Organisation>,
    lifecycle: Option<Lifecycle>,
    state: Option<settings::State>,
    guards: Limits,
    scope: Option<rollout::Written>,
    notify: BTreeMap<ChannelName, Channel>,
    catalogue: Catalogue,
    apps: BTreeMap<AppName, AppConfig>,
}

fn settings(
    document: &Document<'_>,
    ground: &apps::Ground<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Settings {
    let root = document.root(&settings::ROOT, problems);
    let organisation = settings::organisation(&root, problems);
    let lifecycle = Some(settings::lifecycle(&root, problems));
    let state = settings::state(&root, ground.folder, problems);
    let scope = rollout::scope(&root, problems);
    let guards = root.get("guards");
    let guards = guards::limits(
        guards.as_ref(),
        &guards::GUARDS,
        Limits::default(),
        problems,
    );
    let notify = notify::channels(&root, ground, problems);
    let (catalogue, apps) = apps::apps(&root, ground, &guards, problems);
    Settings {
        organisation,
        lifecycle,
        state,
        guards,
        scope,
        notify,
        catalogue,
        apps,
    }
}

/// By file, place and code: the same whatever order the files were read in.
fn sort(problems: &mut Vec<Diagnostic>) {
    problems.sort_by(|a, b| {
        let first = |problem: &Diagnostic| problem.labels.first().map(|label| label.site);
        let places = |problem: &Diagnostic| -> Vec<_> {
            problem.labels.iter().map(|label| label.site).collect()
        };
        (first(a), a.code, &a.message)
            .cmp(&(first(b), b.code, &b.message))
            .then_with(|| places(a).cmp(&places(b)))
    });
    problems.dedup();
}
