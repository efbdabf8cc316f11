//! The group rules in force ("Group rules"): who is in a group because of them.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::model::failure::{Failure, FailureKind};

use super::{Client, listing};

/// The group rules in force.
#[derive(Debug, Default)]
pub struct Rules {
    /// By group, the rules that fill it.
    filling: HashMap<String, Vec<Rule>>,
}

/// One rule that fills a group.
#[derive(Clone, Debug)]
struct Rule {
    name: String,
    /// The ids of the users whom it leaves out.
    excluded: HashSet<String>,
}

impl Rules {
    /// Reads the rules. Whoever may not read them sees none, and takes every membership for one
    /// that a person made.
    pub async fn read(client: &Client) -> Result<Self, Failure> {
        let what = "listing the group rules";
        let target = client.target(&["groups", "rules"], &[("limit", "200")], what)?;
        let mut rules = Self::default();
        let read = listing::read(client, target, what, |record| rules.take(record)).await;
        match read {
            Err(failure) if failure.kind == FailureKind::Forbidden => Ok(Self::default()),
            read => read.map(|()| rules),
        }
    }

    /// A rule that is not in force leaves its members as they are, and anybody may take them out.
    fn take(&mut self, rule: &Value) {
        if rule["status"] != "ACTIVE" {
            return;
        }
        let ids = |list: &Value| -> Vec<String> {
            let ids = list.as_array().into_iter().flatten();
            ids.filter_map(|id| id.as_str().map(str::to_owned))
                .collect()
        };
        let excluded: HashSet<String> = ids(&rule["conditions"]["people"]["users"]["exclude"])
            .into_iter()
            .collect();
        let rule_name = rule["name"].as_str().unwrap_or_default();
        for group in ids(&rule["actions"]["assignUserToGroups"]["groupIds"]) {
            self.filling.entry(group).or_default().push(Rule {
                name: rule_name.to_owned(),
                excluded: excluded.clone(),
            });
        }
    }

    /// True if a rule may have made the membership: Okta does not tell which one did, so a member
    /// of a group that a rule fills counts as made by it unless the rule excludes that user.
    pub fn may_have_made(&self, group: &str, user: &str) -> bool {
        self.of(group)
            .iter()
            .any(|rule| !rule.excluded.contains(user))
    }

    /// The names of the rules that fill a group.
    pub fn names<'a>(&'a self, group: &str) -> impl Iterator<Item = &'a str> {
        self.of(group).iter().map(|rule| &*rule.name)
    }

    fn of(&self, group: &str) -> &[Rule] {
        self.filling.get(group).map_or(&[], Vec::as_slice)
    }
}
