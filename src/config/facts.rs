//! What the files give each person, as digests that tell whose facts an edit changed.

use std::collections::{BTreeMap, HashMap};

use crate::base::Digest;
use crate::model::name::{PersonId, ProfileKey};

use super::Config;
use super::decisions::{approval_entry, listed_entry};
use super::digest::holdings;
use super::entries::{entry, given_extra};

impl Config {
    /// For each person, in order: the digest of everything that the files give them: their entry,
    /// what the profiles of all their periods give, their extras with what these imply, their
    /// approvals and the listed accounts that they own. Equal digests mean that an edit of the files did not concern the person
    /// (R22).
    pub fn facts(&self) -> Vec<Digest> {
        let mut bundles: HashMap<Vec<ProfileKey>, Digest> = HashMap::new();
        let mut accounts: HashMap<&PersonId, Vec<Digest>> = HashMap::new();
        for account in &self.accounts {
            let owned = accounts.entry(&account.owner).or_default();
            owned.push(Digest::of_value(&listed_entry(account)));
        }
        let mut extras = self.extras.iter().peekable();
        self.people
            .iter()
            .map(|person| {
                let mut parts = vec![Digest::of_value(&entry(person))];
                for period in &person.periods {
                    let keys = self.profiles_of(person, period);
                    let digest = bundles
                        .entry(keys)
                        .or_insert_with_key(|keys| self.given(keys));
                    parts.push(*digest);
                }
                while extras.next_if(|extra| extra.person < person.id).is_some() {}
                let mut own = Vec::new();
                while let Some(extra) = extras.next_if(|extra| extra.person == person.id) {
                    let implied = self.implied(extra);
                    let implied: Vec<_> = implied
                        .iter()
                        .map(|(cascaded, gives)| (cascaded.source, holdings(gives)))
                        .collect();
                    own.push(Digest::of_value(&(given_extra(extra), implied)));
                }
                let approvals = self.approvals_of(&person.id).iter();
                own.extend(approvals.map(|one| Digest::of_value(&approval_entry(one))));
                own.extend(accounts.get(&person.id).into_iter().flatten());
                own.sort_unstable();
                Digest::of_value(&(parts, own))
            })
            .collect()
    }

    /// The digest of a person's own entry, by index: what it says, not where.
    pub fn entry_digest(&self, person: usize) -> Digest {
        Digest::of_value(&entry(&self.people[person]))
    }

    /// The digest of what profiles give together.
    fn given(&self, keys: &[ProfileKey]) -> Digest {
        let bundle = self.compose(keys).unwrap_or_default();
        let apps = self.apps.keys().zip(&bundle.apps);
        let given: BTreeMap<_, _> = apps
            .filter_map(|(name, app)| Some((name, holdings(app.as_ref()?))))
            .collect();
        Digest::of_value(&given)
    }
}
