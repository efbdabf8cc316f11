//! What the files give each person, as digests that tell whose facts an edit changed.

use std::collections::{BTreeMap, HashMap};

use crate::base::Digest;
use crate::model::name::{PersonId, ProfileKey};

use super::decisions::{approval_entry, listed_entry};
use super::digest::{PEOPLE, holdings};
use super::entries::given_extra;
use super::pieces::side_by_side;
use super::{Config, Extra};

impl Config {
    /// For each person, in order: the digest of everything that the files give them: their entry,
    /// what the profiles of all their periods give, their extras with what these imply, their
    /// approvals and the listed accounts that they own. Equal digests mean that an edit of the files did not concern the person
    /// (R22).
    pub fn facts(&self) -> Vec<Digest> {
        let mut accounts: HashMap<&PersonId, Vec<Digest>> = HashMap::new();
        for account in &self.accounts {
            let owned = accounts.entry(&account.owner).or_default();
            owned.push(Digest::of_value(&listed_entry(account)));
        }
        let people: Vec<usize> = (0..self.people.len()).collect();
        let tasks: Vec<&[usize]> = people.chunks(PEOPLE).collect();
        let facts = side_by_side(&tasks, |people| {
            let mut given = HashMap::new();
            let people = people.iter();
            people
                .map(|person| self.facts_of(*person, &accounts, &mut given))
                .collect::<Vec<_>>()
        });
        facts.concat()
    }

    /// Those of one person, with the listed accounts by owner; `given` holds what is known of sets of
    /// profiles.
    fn facts_of(
        &self,
        index: usize,
        accounts: &HashMap<&PersonId, Vec<Digest>>,
        given: &mut HashMap<Vec<ProfileKey>, Digest>,
    ) -> Digest {
        let person = &self.people[index];
        let mut parts = vec![self.entries[index]];
        for period in &person.periods {
            let keys = self.profiles_of(person, period);
            let digest = given.entry(keys);
            parts.push(*digest.or_insert_with_key(|keys| self.given(keys)));
        }
        let extras = self.extras_of(&person.id).iter().map(|extra| {
            let implied = self.implied(extra);
            let implied: Vec<_> = implied
                .iter()
                .map(|(cascaded, gives)| (cascaded.source, holdings(gives)))
                .collect();
            Digest::of_value(&(given_extra(extra), implied))
        });
        let approvals = self.approvals_of(&person.id).iter();
        let approvals = approvals.map(|one| Digest::of_value(&approval_entry(one)));
        let owned = accounts.get(&person.id).into_iter().flatten().copied();
        let mut own: Vec<Digest> = extras.chain(approvals).chain(owned).collect();
        own.sort_unstable();
        Digest::of_value(&(parts, own))
    }

    /// The extras of a person.
    fn extras_of(&self, person: &PersonId) -> &[Extra] {
        let all = &self.extras;
        let start = all.partition_point(|extra| extra.person < *person);
        let end = all.partition_point(|extra| extra.person <= *person);
        &all[start..end]
    }

    /// The digest of a person's own entry, by index: what it says, not where.
    pub fn entry_digest(&self, person: usize) -> Digest {
        self.entries[person]
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
