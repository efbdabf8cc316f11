//! What the next plan does about something that somebody else changed, and why not more.

use std::collections::BTreeMap;

use crate::config::{self, AppConfig};
use crate::model::account::Status;
use crate::model::app::{Authority, KindIndex};
use crate::model::change::{Action, AttributeEdit, Change};
use crate::model::desired::{Closing, Want};
use crate::model::name::AppName;
use crate::model::observation::{Observation, Reading};
use crate::model::person::{fold_email, same_email};
use crate::model::withheld::Withheld;
use crate::plan::matching::{self, Links, Owner};
use crate::plan::{is_inside, is_said, look, scope};
use crate::reports::difference::{Entry, Value, What, leads};
use crate::reports::find::tag;

use super::{Ground, Left, Next};

/// The next plan, as drift is looked up in it.
pub(super) struct Plans<'a> {
    ground: &'a Ground<'a>,
    links: BTreeMap<AppName, Links>,
}

impl<'a> Plans<'a> {
    pub(super) fn new(ground: &'a Ground<'a>) -> Self {
        let links = look::links(ground.config, ground.history, ground.observed);
        Self { ground, links }
    }

    /// The entry with the person whom the plan takes its account for, where neither reading says
    /// whose it is.
    pub(super) fn with_person(&self, entry: Entry) -> Entry {
        let owner = || match self.owner(&entry)? {
            Owner::Person(person, _) => Some(tag(&self.ground.config.people[*person])),
            _ => None,
        };
        let person = entry.person.clone().or_else(owner);
        Entry { person, ..entry }
    }

    /// True if only an approval may give what there is now, or was before.
    pub(super) fn is_privileged(&self, entry: &Entry) -> bool {
        let What::Entitlement { kind, value } = &entry.what else {
            return false;
        };
        let settings = self.settings(entry);
        let Some((kind, _)) = settings.description.entitlement(kind) else {
            return false;
        };
        [&entry.old, &entry.new].into_iter().any(|side| {
            let level = level(side);
            level.is_some_and(|level| settings.is_privileged(kind, value.raw(), level))
        })
    }

    /// What the next plan does about it.
    pub(super) fn next(&self, entry: &Entry) -> Next {
        let back = Entry {
            old: entry.new.clone(),
            new: entry.old.clone(),
            ..entry.clone()
        };
        let undoes = |change: &&Change| is_of(change, entry) && leads(&change.action, &back);
        let changes = &self.ground.plan.changes;
        let undone = || changes.iter().filter(undoes);
        // What closes an account undoes what it was given only for want of a nearer step.
        let nearest = undone().find(|one| !matches!(one.action, Action::Deactivate { .. }));
        if let Some(change) = nearest.or_else(|| undone().next()) {
            return Next::Undone {
                due: self.settings(entry).drift == config::Drift::Revert,
                change: Box::new(change.clone()),
            };
        }
        let mut withheld = self.withheld(entry);
        if let Some(item) = withheld.find(|item| item.changes.iter().any(|one| undoes(&one))) {
            return of_withheld(item);
        }
        let mut touching = changes.iter().filter(|change| is_of(change, entry));
        if let Some(change) = touching.find(|change| touches(&change.action, &entry.what)) {
            return match change.action {
                Action::Adopt { .. } => Next::Agreed {
                    change: Some(Box::new(change.clone())),
                },
                _ => Next::Replaced {
                    change: Box::new(change.clone()),
                },
            };
        }
        if self.agrees(entry) {
            return Next::Agreed { change: None };
        }
        // What stands in the way of planning for an account at all withholds no single change.
        if let Some(item) = self
            .withheld(entry)
            .find(|item| item.changes.is_empty() || concerns(item, entry))
        {
            return of_withheld(item);
        }
        Next::Left {
            why: self.left(entry),
        }
    }

    fn settings(&self, entry: &Entry) -> &'a AppConfig {
        &self.ground.config.apps[&entry.app]
    }

    fn reading(&self, entry: &Entry) -> Option<&'a Observation> {
        match self.ground.observed.get(&entry.app)? {
            Reading::Read(reading) => Some(reading),
            Reading::Unread(_) => None,
        }
    }

    /// Whose the account is now, if it is there.
    fn owner(&self, entry: &Entry) -> Option<&Owner> {
        let account = self.reading(entry)?.find(entry.account.vendor_id.raw())?;
        let owners = &self.links.get(&entry.app)?.owners;
        owners.get(account.index().0 as usize)
    }

    /// The person of an entry and its app, by their indices.
    fn indices(&self, entry: &Entry) -> Option<(usize, usize)> {
        let id = &entry.person.as_ref()?.id;
        let people = &self.ground.config.people;
        let person = people.binary_search_by(|one| one.id.cmp(id)).ok()?;
        let app = self.ground.desired.apps.binary_search(&entry.app).ok()?;
        Some((person, app))
    }

    /// True if the account is the main one of its person, or was.
    fn is_main(&self, entry: &Entry, person: usize) -> bool {
        let links = self.links.get(&entry.app);
        let main = links.and_then(|links| links.main(person));
        let Some(reading) = self.reading(entry) else {
            return false;
        };
        match main {
            Some((main, _)) => {
                reading.account(main).vendor_id().raw() == entry.account.vendor_id.raw()
            }
            None => reading.find(entry.account.vendor_id.raw()).is_none(),
        }
    }

    /// What is not done to the entry's account or person there.
    fn withheld<'b>(&'b self, entry: &'b Entry) -> impl Iterator<Item = &'b Withheld> {
        let items = self.ground.plan.withheld.iter();
        items.filter(|item| {
            let here = item.app.as_ref().is_none_or(|app| *app == entry.app);
            let theirs = item.person.is_some() && item.person == entry.person;
            here && (theirs || item.changes.iter().any(|change| is_of(change, entry)))
        })
    }

    /// True if what there is now is as the files say.
    fn agrees(&self, entry: &Entry) -> bool {
        let Some((person, app)) = self.indices(entry) else {
            return false;
        };
        let (config, desired) = (self.ground.config, self.ground.desired);
        let known = &config.people[person];
        let settings = self.settings(entry);
        let want = desired.want(person, app);
        let main = self.is_main(entry, person);
        let wanted = main && matches!(want, Want::Account { .. });
        let is = |text: &str| matches!(&entry.new, Value::Is(new) if same_email(new.raw(), text));
        match &entry.what {
            What::Account | What::Status => match &entry.new {
                Value::Absent => !matches!(want, Want::Account { .. }),
                Value::Is(status) if status.raw() == Status::Inactive.word() => {
                    main && matches!(want, Want::Closed(_))
                }
                _ => wanted,
            },
            What::Entitlement { kind, value } => {
                let Some((kind, _)) = settings.description.entitlement(kind) else {
                    return false;
                };
                let gives = match want {
                    Want::Account { gives, .. } => desired.holdings(person, app, gives),
                    _ => Vec::new(),
                };
                let wanted = gives.iter().find(|(one, _)| {
                    one.kind == kind && one.value.eq_ignore_ascii_case(value.raw())
                });
                match (wanted, level(&entry.new)) {
                    (Some((one, _)), Some(held)) => main && one.level.as_deref() == held,
                    (None, None) => self.is_named(entry, kind, value.raw()),
                    _ => false,
                }
            }
            What::Attribute { name } => {
                let (Want::Account { period, .. }, Some(reading)) = (want, self.reading(entry))
                else {
                    return false;
                };
                main && is_said(name, known, &known.periods[period], settings, reading)
            }
            What::Login => wanted && is(&matching::login(known, &entry.app, &settings.login)),
            What::Email => wanted && is(known.email.raw()),
            What::HrId => wanted && is(known.id.as_str()),
            What::Owner => false,
        }
    }

    /// True if the files, or a past run, name a value, or manage all of its kind (R10).
    fn is_named(&self, entry: &Entry, kind: KindIndex, value: &str) -> bool {
        let settings = self.settings(entry);
        let remembered = self.ground.history.apps.get(&entry.app);
        let scope = scope(self.ground.config, &entry.app, settings, remembered);
        let asked = &scope.kinds[usize::from(kind.0)];
        asked.all
            || asked
                .named
                .iter()
                .any(|named| named.eq_ignore_ascii_case(value))
    }

    fn left(&self, entry: &Entry) -> Left {
        let owner = self.owner(entry);
        match owner {
            Some(Owner::Nobody) if self.protects(entry) => return Left::Protected,
            Some(Owner::Nobody) => return Left::Unmanaged,
            Some(Owner::Listed(index)) => {
                let kind = self.ground.config.accounts[*index].kind;
                return Left::Listed { kind };
            }
            Some(Owner::Gone(_)) => return Left::Gone,
            Some(Owner::Contested | Owner::Person(..)) | None => {}
        }
        let Some((person, app)) = self.indices(entry) else {
            return match entry.person {
                Some(_) => Left::Gone,
                None => Left::Unmanaged,
            };
        };
        let desired = self.ground.desired;
        if owner.is_some() && !self.is_main(entry, person) {
            return Left::Second;
        }
        if !is_inside(self.ground.config, &desired.people[person], person) {
            return Left::OutOfScope;
        }
        match desired.want(person, app) {
            Want::Nothing => return Left::Surplus,
            Want::NotYet { .. } => return Left::NotYet,
            Want::Closed(Closing::Left(_) | Closing::Leave(_)) => return Left::Closed,
            Want::Account { .. } => {}
        }
        self.left_of_account(entry)
    }

    /// Why something is left alone of an account that its person should have.
    fn left_of_account(&self, entry: &Entry) -> Left {
        let settings = self.settings(entry);
        match &entry.what {
            What::Entitlement { kind, value } => {
                let inherited = [&entry.old, &entry.new].into_iter().any(is_inherited);
                match settings.description.entitlement(kind) {
                    _ if inherited => Left::Inherited,
                    Some((kind, _)) if !self.is_named(entry, kind, value.raw()) => Left::Unnamed,
                    Some((kind, _))
                        if settings.authority[usize::from(kind.0)] == Authority::Granted =>
                    {
                        Left::NotGiven
                    }
                    // What only has to be known of is read too, and named by nobody (R12, R13).
                    Some(_) if entry.old == Value::Absent => Left::Unnamed,
                    _ => Left::NotPlanned,
                }
            }
            What::Attribute { .. } | What::Login | What::Email | What::HrId => Left::NotOurs,
            What::Account | What::Status | What::Owner => Left::NotPlanned,
        }
    }

    fn protects(&self, entry: &Entry) -> bool {
        let protected = &self.settings(entry).protected;
        let is = |text: &str| protected.contains(&fold_email(text));
        is(entry.account.login.raw()) || is(entry.account.vendor_id.raw())
    }
}

fn of_withheld(item: &Withheld) -> Next {
    Next::Withheld {
        state: item.state,
        why: Box::new(item.why.clone()),
    }
}

/// True if a change is of the account of an entry, or makes one for its person.
fn is_of(change: &Change, entry: &Entry) -> bool {
    change.app == entry.app
        && match &change.account {
            Some(account) => account.vendor_id == entry.account.vendor_id,
            None => change.person.is_some() && change.person == entry.person,
        }
}

/// True if what is withheld is the opening or closing of the entry's account as a whole.
fn concerns(item: &Withheld, entry: &Entry) -> bool {
    let whole = matches!(entry.what, What::Account | What::Status);
    let mut changes = item.changes.iter();
    whole && changes.any(|change| is_of(change, entry) && change.action.verb().is_of_account())
}

/// True if an action changes the same thing of an account, be it to something else.
fn touches(action: &Action, what: &What) -> bool {
    let edits = |name: &str| {
        let named = |edit: &AttributeEdit| edit.attribute == name;
        matches!(action, Action::Update { edits } if edits.iter().any(named))
    };
    match what {
        What::Account | What::Status => action.verb().is_of_account(),
        What::Login => edits("login"),
        What::Email => edits("email"),
        What::HrId => matches!(action, Action::Adopt { .. }),
        What::Attribute { name } => edits(name),
        What::Entitlement { kind, value } => {
            let same = |text: &str| text.eq_ignore_ascii_case(value.raw());
            match action {
                Action::Grant {
                    kind: of, value, ..
                } => of == kind && same(value),
                Action::Revoke {
                    kind: of, value, ..
                } => of == kind && same(value.raw()),
                Action::Set { kind: of, key, .. } => of == kind && key.as_deref().is_none_or(same),
                _ => false,
            }
        }
        What::Owner => false,
    }
}

/// The level of what is held, if it is: none where the kind has no levels.
#[expect(
    clippy::option_option,
    reason = "what is not held has no level, nor has what is plainly held"
)]
fn level(value: &Value) -> Option<Option<&str>> {
    let Value::Is(text) = value else {
        return None;
    };
    let text = text.raw();
    let level = text.strip_suffix(INHERITED).unwrap_or(text);
    Some((level != "held").then_some(level))
}

fn is_inherited(value: &Value) -> bool {
    matches!(value, Value::Is(text) if text.raw().ends_with(INHERITED))
}

/// What follows the level of what is held through something else.
const INHERITED: &str = ", inherited";
