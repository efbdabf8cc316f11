//! What runs of ours gave accounts: where authority is `granted`, only that is ours to take away
//! (R10).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::change::Action;
use super::history::{Deed, RememberedApp};
use super::name::{AppName, PersonId};
use super::outcome::Outcome;

/// Per entitlement kind, by name: the values, or keys, that runs of ours gave one account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Granted(BTreeMap<String, BTreeSet<String>>);

impl Granted {
    /// True if nothing is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True if a run of ours gave a value.
    pub fn has(&self, kind: &str, value: &str) -> bool {
        self.0
            .get(kind)
            .is_some_and(|values| values.contains(value))
    }

    /// Forgets all but what is to be kept, by kind and value.
    pub fn retain(&mut self, keeps: impl Fn(&str, &str) -> bool) {
        for (kind, values) in &mut self.0 {
            values.retain(|value| keeps(kind, value));
        }
        self.0.retain(|_, values| !values.is_empty());
    }

    fn add(&mut self, kind: &str, value: &str) {
        let values = self.0.entry(kind.to_owned()).or_default();
        values.insert(value.to_owned());
    }
}

/// Takes in what runs gave and took.
pub(super) fn absorb(apps: &mut BTreeMap<AppName, RememberedApp>, deeds: &[Deed]) {
    let made = Made::by(deeds);
    for deed in deeds {
        let change = &deed.change;
        let Some(account) = made.account(deed) else {
            continue;
        };
        let ours = || match deed.outcome {
            Outcome::Done { .. } => true,
            // A new account holds from the start what it was created with.
            Outcome::AlreadySo { .. } => made.by_us.contains(&(&change.app, account)),
            _ => false,
        };
        let app = apps.entry(change.app.clone()).or_default();
        match &change.action {
            Action::Grant { kind, value, .. }
            | Action::Set {
                kind,
                key: Some(value),
                ..
            } if ours() => {
                let memory = app.memories.entry(account.to_owned()).or_default();
                memory.granted.add(kind, value);
            }
            Action::Revoke { kind, value, .. } if deed.outcome.is_good() => {
                if let Some(memory) = app.memories.get_mut(account) {
                    let is_it = |of: &str, one: &str| of == kind && one == value.raw();
                    memory.granted.retain(|of, one| !is_it(of, one));
                }
            }
            _ => {}
        }
    }
}

/// The accounts that runs made, by vendor id: what follows in the same plan names the person only.
#[derive(Default)]
struct Made<'a> {
    of_person: BTreeMap<(&'a AppName, &'a PersonId), &'a str>,
    by_us: BTreeSet<(&'a AppName, &'a str)>,
}

impl<'a> Made<'a> {
    fn by(deeds: &'a [Deed]) -> Self {
        let mut made = Self::default();
        for deed in deeds {
            let change = &deed.change;
            let (Action::Create(_) | Action::Invite { .. } | Action::Await { .. }) = &change.action
            else {
                continue;
            };
            let (id, done) = match &deed.outcome {
                Outcome::Done { vendor_id } => (vendor_id, true),
                Outcome::AlreadySo { vendor_id } => (vendor_id, false),
                _ => continue,
            };
            let (Some(id), Some(person)) = (id, &change.person) else {
                continue;
            };
            made.of_person.insert((&change.app, &person.id), id.raw());
            if done && matches!(change.action, Action::Create(_) | Action::Invite { .. }) {
                made.by_us.insert((&change.app, id.raw()));
            }
        }
        made
    }

    fn account(&self, deed: &'a Deed) -> Option<&'a str> {
        let change = &deed.change;
        match (&change.account, &change.person) {
            (Some(account), _) => Some(account.vendor_id.raw()),
            (None, Some(person)) => self.of_person.get(&(&change.app, &person.id)).copied(),
            (None, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::model::account::LinkRule;
    use crate::model::change::{AccountTag, Change, NewAccount, PersonTag};
    use crate::model::reason::Cause;

    fn deed(run: &str, account: Option<&str>, action: Action, outcome: Outcome) -> Deed {
        let person = PersonTag {
            id: "7".into(),
            name: "Priya".into(),
        };
        let account = account.map(|id| AccountTag {
            vendor_id: id.into(),
            login: "priya".into(),
        });
        let change = Change::new(
            &"okta".into(),
            Some(person),
            account,
            action,
            Cause::Files,
            Vec::new(),
        );
        Deed {
            run: run.into(),
            change,
            outcome,
            ended: Timestamp::UNIX_EPOCH,
        }
    }

    fn create() -> Action {
        Action::Create(NewAccount {
            login: "priya".to_owned(),
            email: "priya".to_owned(),
            hr_id: None,
            attributes: BTreeMap::new(),
        })
    }

    fn grant(value: &str) -> Action {
        Action::Grant {
            kind: "groups".to_owned(),
            value: value.to_owned(),
            level: None,
        }
    }

    fn done(id: Option<&str>) -> Outcome {
        Outcome::Done {
            vendor_id: id.map(Into::into),
        }
    }

    fn already(id: Option<&str>) -> Outcome {
        Outcome::AlreadySo {
            vendor_id: id.map(Into::into),
        }
    }

    /// What `u1` is remembered to be given.
    fn given(deeds: &[Deed]) -> Granted {
        let mut apps = BTreeMap::new();
        absorb(&mut apps, deeds);
        let app = apps.remove("okta");
        let memory = app.and_then(|mut app: RememberedApp| app.memories.remove("u1"));
        memory.unwrap_or_default().granted
    }

    #[test]
    fn r10_what_was_already_so_somebody_else_gave() {
        let deeds = [deed("1", Some("u1"), grant("a"), already(None))];
        assert!(given(&deeds).is_empty());
        let deeds = [deed("1", Some("u1"), grant("a"), done(None))];
        assert!(given(&deeds).has("groups", "a"));
    }

    #[test]
    fn r10_what_an_account_was_created_with_is_ours() {
        let made = |outcome| {
            [
                deed("1", None, create(), outcome),
                deed("1", None, grant("a"), already(None)),
                deed("1", None, grant("b"), done(None)),
            ]
        };
        let ours = given(&made(done(Some("u1"))));
        assert!(ours.has("groups", "a") && ours.has("groups", "b"));
        let theirs = given(&made(already(Some("u1"))));
        assert!(!theirs.has("groups", "a") && theirs.has("groups", "b"));
    }

    #[test]
    fn r10_the_level_that_a_run_set_is_ours_and_a_one_is_not_remembered() {
        let set = |key: Option<&str>| Action::Set {
            kind: "projects".to_owned(),
            key: key.map(str::to_owned),
            before: None,
            after: "Developers".to_owned(),
        };
        let deeds = [
            deed("1", Some("u1"), set(Some("MKTG")), done(None)),
            deed("1", Some("u1"), set(None), done(None)),
        ];
        let mut ours = Granted::default();
        ours.add("projects", "MKTG");
        assert_eq!(given(&deeds), ours);
    }

    #[test]
    fn r10_what_was_taken_back_or_failed_is_not_ours() {
        let revoke = Action::Revoke {
            kind: "groups".to_owned(),
            value: "a".into(),
            level: None,
        };
        let deeds = [
            deed("1", Some("u1"), grant("a"), done(None)),
            deed("1", Some("u1"), grant("b"), Outcome::NotStarted),
            deed("1", Some("u2"), grant("c"), done(None)),
            deed("2", Some("u1"), revoke, already(None)),
        ];
        assert!(given(&deeds).is_empty());
    }

    #[test]
    fn r10_an_adoption_gives_nothing() {
        let adopt = Action::Adopt {
            rule: LinkRule::Email,
            before: "".into(),
            hr_id: "7".to_owned(),
        };
        let deeds = [
            deed("1", Some("u1"), adopt, done(None)),
            deed("1", Some("u1"), grant("a"), already(None)),
        ];
        assert!(given(&deeds).is_empty());
    }
}
