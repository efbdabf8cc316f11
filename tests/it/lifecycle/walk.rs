//! Walks a story day by day.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use provisor::config::Config;
use provisor::model::account::Status;
use provisor::model::guard::Override;
use provisor::model::history::History;
use provisor::model::plan::Plan;
use provisor::plan::{Approved, Ground, current, saved, verify};
use provisor::render::Colour;
use provisor::render::plan::{Detail, text};

use super::files::Files;
use super::invariants::Watch;
use super::lines;
use super::story::{Account as Which, Edit, Event, Made, Membership, Step, Story};
use crate::world::{Account, Source, World, crm};

const DAY: SignedDuration = SignedDuration::from_hours(24);
const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// How often somebody applies until things come to rest.
const MOST_RUNS: usize = 8;

/// Whether somebody applies on the days on which nothing is due, too. A story goes the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nights {
    Quiet,
    Applied,
}

/// Walks a story from its first moment to its last.
pub fn walk(story: &Story, nights: Nights) {
    let mut walker = Walker::new(story, nights);
    let mut morning = story.from;
    let mut before = story.from - SECOND;
    for step in &story.day {
        assert!(step.at > before, "{} is out of order", step.at);
        before = step.at;
        while morning < step.at {
            walker.quiet(morning);
            morning += DAY;
        }
        if step.at > story.from {
            walker.quiet(step.at - SECOND);
        }
        walker.step(step);
        if morning == step.at {
            morning += DAY;
        }
    }
    while morning <= story.until {
        walker.quiet(morning);
        morning += DAY;
    }
}

/// Walks one story.
pub struct Walker<'a> {
    story: &'a Story,
    nights: Nights,
    files: Files,
    config: Config,
    world: World,
    watch: Watch,
    /// What every plan says until something happens.
    residue: Vec<String>,
    saved: Option<Plan>,
    /// A plan waits for its review, or some of what is due was not part of it.
    reviewing: bool,
}

impl<'a> Walker<'a> {
    pub fn new(story: &'a Story, nights: Nights) -> Self {
        let files = Files::of(story);
        let config = files.load(&story.apps);
        let mut world = World::default();
        world.removing = story.apps.removing;
        if !story.apps.cascade {
            world.source = Source::Apart;
        }
        world.groups.extend(story.apps.groups.iter().cloned());
        for given in &story.accounts {
            world.add_in(&given.app.as_str().into(), account(given, &config));
        }
        let mut walker = Self {
            story,
            nights,
            watch: Watch::default(),
            files,
            config,
            world,
            residue: Vec::new(),
            saved: None,
            reviewing: false,
        };
        if story.settled {
            let planned = walker.apply(story.from);
            assert_eq!(
                lines::withheld(&planned),
                [""; 0],
                "nothing stands in the way"
            );
        }
        walker
    }

    /// A moment at which nothing is due beyond what is known to be open.
    fn quiet(&mut self, at: Timestamp) {
        let planned = self.plan(at);
        let found = lines::all(&planned, &self.config);
        assert_eq!(found, self.residue, "on a quiet day, {at}");
        self.watch.look(&self.config, &self.world, &planned, at);
        if self.nights == Nights::Applied && !self.reviewing {
            self.carry_out(&planned, at);
        }
    }

    fn step(&mut self, step: &Step) {
        self.edit(&step.edit);
        for event in &step.event {
            self.happen(event);
        }
        let allowed = step.allow.iter().map(|allowed| Override {
            app: allowed.app.as_deref().map(Into::into),
            guard: allowed.guard,
            number: allowed.number,
            entry: None,
            reason: "INC-7".into(),
        });
        self.world.overrides = allowed.collect();
        let at = step.at;
        if step.save {
            let planned = self.plan(at);
            self.residue = lines::all(&planned, &self.config);
            assert_eq!(self.residue, step.expect, "{at}: {}", step.what);
            self.saved = Some(planned);
            self.reviewing = true;
            return;
        }
        if step.apply_saved {
            self.apply_saved(step);
        } else {
            let planned = self.plan(at);
            let found = lines::all(&planned, &self.config);
            assert_eq!(found, step.expect, "{at}: {}", step.what);
            let page = text(&planned, Detail::Full, 400).to_text(Colour::Plain);
            for words in &step.tells {
                assert!(page.contains(words), "{at}: `{words}` in\n{page}");
            }
            self.carry_out(&planned, at);
            self.reviewing = false;
            self.world.overrides.clear();
            let open = lines::withheld(&planned);
            let again = step.again.as_ref().unwrap_or(&open);
            self.settled(again, at);
        }
    }

    /// Edits the files, in one merge.
    pub fn edit(&mut self, edits: &[Edit]) {
        for edit in edits {
            self.files.edit(edit);
        }
        if !edits.is_empty() {
            self.config = self.files.load(&self.story.apps);
        }
    }

    /// Applies until nothing is left to do: what one run did may free what was held in another
    /// person's way, but no more often than there are people and apps.
    pub fn come_to_rest(&mut self, at: Timestamp) {
        for _ in 0..MOST_RUNS {
            let planned = self.plan(at);
            self.carry_out(&planned, at);
            let next = self.plan(at);
            self.watch.look(&self.config, &self.world, &next, at);
            if next.body.changes.is_empty() {
                return;
            }
            let held = !planned.body.withheld.is_empty();
            let found = lines::all(&next, &self.config);
            assert!(held, "{at}: planned again: {found:?}");
        }
        panic!("{at}: runs do not come to rest");
    }

    /// The login of the account that stores an HR id.
    pub fn login(&self, app: &str, hr_id: &str) -> Option<String> {
        let mut accounts = self.world.accounts_of(&app.into()).values();
        let found = accounts.find(|account| account.hr_id == hr_id);
        found.map(|account| account.login.clone())
    }

    /// True if there is an account of a login.
    pub fn knows(&self, app: &str, login: &str) -> bool {
        let mut accounts = self.world.accounts_of(&app.into()).values();
        accounts.any(|account| account.login == login)
    }

    /// True if an account is in a group.
    pub fn holds(&self, member: &Membership) -> bool {
        let mut accounts = self.world.accounts_of(&member.app.as_str().into()).values();
        accounts.any(|one| one.login == member.login && one.groups.contains(&member.group))
    }

    /// An app that cannot be read now.
    pub fn unread(&self) -> Option<String> {
        let name = self.world.unread.first()?;
        Some(name.as_str().to_owned())
    }

    /// Asserts what the next plan says (R26), and that it is safe to leave things at that.
    fn settled(&mut self, again: &[String], at: Timestamp) {
        let planned = self.plan(at);
        self.residue = lines::all(&planned, &self.config);
        assert_eq!(self.residue, again, "{at}: planned again");
        self.watch.look(&self.config, &self.world, &planned, at);
    }

    /// Applies what was reviewed (R23), as of the moment that it was planned for.
    fn apply_saved(&mut self, step: &Step) {
        let at = step.at;
        let reviewed = self.saved.take().expect("a plan was saved before");
        let as_of = reviewed.body.as_of.to_string();
        let approved = self.judge(&reviewed, at);
        assert_eq!(
            lines::judged(&approved, &self.config),
            step.expect,
            "{at}: {}",
            step.what
        );
        let planned = approved.plan().clone();
        self.watch.before(&self.world);
        self.world
            .carry_out(&self.config, &planned, approved.settled(), &as_of);
        self.settled(step.again.as_deref().unwrap_or_default(), at);
    }

    fn judge(&self, reviewed: &Plan, at: Timestamp) -> Approved {
        let as_of = reviewed.body.as_of.to_string();
        let ground = Ground {
            config: &self.config,
            now: at,
            rehearsal: false,
            runs: &[],
        };
        let reviewed = saved::read(&saved::write(reviewed)).unwrap();
        let reviewed = current(reviewed, &ground).unwrap();
        let fresh = self.world.plan(&self.config, &as_of);
        let observed = self.world.observed(&self.config, &as_of);
        let today = self.plan(at);
        verify(
            reviewed,
            &fresh,
            Some(&today),
            &self.config,
            &observed,
            &self.world.history,
        )
    }

    fn plan(&self, at: Timestamp) -> Plan {
        self.world.plan(&self.config, &at.to_string())
    }

    fn apply(&mut self, at: Timestamp) -> Plan {
        let planned = self.plan(at);
        self.carry_out(&planned, at);
        planned
    }

    fn carry_out(&mut self, planned: &Plan, at: Timestamp) {
        self.watch.writes(&self.config, &self.world, planned, at);
        self.watch.before(&self.world);
        let none = BTreeMap::new();
        self.world
            .carry_out(&self.config, planned, &none, &at.to_string());
        self.watch
            .bystanders(&self.world, planned, self.story.apps.cascade);
    }

    /// Lets something happen in the apps.
    pub fn happen(&mut self, event: &Event) {
        match event {
            Event::Add(given) => {
                let made = account(given, &self.config);
                self.world.add_in(&given.app.as_str().into(), made);
            }
            Event::Suspend(which) => self.known(which).status = Status::Inactive,
            Event::Open(which) => self.known(which).status = Status::Active,
            Event::Rename(rename) => {
                self.member(&rename.app, &rename.login)
                    .login
                    .clone_from(&rename.to);
            }
            Event::Delete(which) => {
                let accounts = self.world.accounts_mut(&which.app.as_str().into());
                let before = accounts.len();
                accounts.retain(|_, account| account.login != which.login);
                assert_eq!(accounts.len() + 1, before, "{which:?}");
            }
            Event::Give(member) => {
                let known = self.member(&member.app, &member.login);
                assert!(known.groups.insert(member.group.clone()), "{member:?}");
            }
            Event::Take(member) => {
                let known = self.member(&member.app, &member.login);
                assert!(known.groups.remove(&member.group), "{member:?}");
            }
            Event::Unread(app) => _ = self.world.unread.insert(app.as_str().into()),
            Event::Read(app) => {
                assert!(self.world.unread.remove(app.as_str()), "{app}");
            }
            Event::Incomplete(is_so) => self.world.incomplete = *is_so,
            Event::Slow(true) => self.world.source = Source::Slow,
            Event::Slow(false) => {
                self.world.source = Source::Prompt;
                self.world.settle();
            }
            Event::LoseState => self.world.history = History::default(),
        }
    }

    fn known(&mut self, which: &Which) -> &mut Account {
        self.member(&which.app, &which.login)
    }

    fn member(&mut self, app: &str, login: &str) -> &mut Account {
        let accounts = self.world.accounts_mut(&app.into());
        let found = accounts.values_mut().find(|account| account.login == login);
        found.unwrap_or_else(|| panic!("{login} in {app}"))
    }
}

/// An account as a story gives it: named after the person whose id it stores, if the story does not
/// say otherwise.
fn account(given: &Made, config: &Config) -> Account {
    let known = config.people.iter();
    let mut known = known.filter(|person| person.id.as_str() == given.hr_id);
    let (first, last) = match known.next() {
        Some(person) if given.given.is_empty() => (person.given.raw(), person.family.raw()),
        _ => (&*given.given, &*given.family),
    };
    let whole = format!("{first} {last}");
    let attributes = [
        ("given_name", first),
        ("family_name", last),
        ("display_name", whole.trim()),
    ];
    let attributes = attributes.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert!(
        given.app == "directory" || given.app == crm().as_str(),
        "{given:?}"
    );
    Account {
        login: given.login.clone(),
        hr_id: given.hr_id.clone(),
        status: given.status(),
        attributes: attributes.into(),
        groups: given.groups.iter().cloned().collect(),
    }
}
