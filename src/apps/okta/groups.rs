//! The groups that there are, and what a name means ("Group").

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::apps::paging::GROUP_CAME_TWICE;
use crate::model::failure::{Failure, FailureKind};

use super::{Client, listing};

/// Who decides on a group's members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Administrators, and so we: `OKTA_GROUP`.
    Okta,
    /// The app that it was imported from: `APP_GROUP`.
    App,
    /// Okta itself: `BUILT_IN`.
    BuiltIn,
}

/// A group.
#[derive(Clone, Debug)]
pub struct Group {
    /// Okta's id of it.
    pub id: String,
    /// `profile.name`
    pub name: String,
    /// Who decides on its members.
    pub kind: Kind,
}

/// All groups that a name can mean.
#[derive(Debug)]
pub struct Groups {
    /// In the order in which Okta listed them.
    pub all: Vec<Group>,
    /// What could not be read or came twice: then some may be missing.
    pub doubt: Option<&'static str>,
    by_name: HashMap<String, Vec<usize>>,
}

impl Groups {
    /// Lists the groups.
    pub async fn read(client: &Client) -> Result<Self, Failure> {
        let what = "listing the groups";
        let target = client.target(&["groups"], &[("limit", "200")], what)?;
        let mut groups = Vec::new();
        let (mut ids, mut doubt) = (HashSet::new(), None);
        listing::read(client, target, what, |record| match group(record) {
            None => doubt = Some("a group cannot be read"),
            Some(group) if !ids.insert(group.id.clone()) => {
                doubt = Some(GROUP_CAME_TWICE);
            }
            Some(group) => groups.push(group),
        })
        .await?;
        Ok(Self::of(groups, doubt))
    }

    /// Apps bring groups with the names of our own: then the name means our own.
    fn of(mut all: Vec<Group>, doubt: Option<&'static str>) -> Self {
        let ours: HashSet<String> = all
            .iter()
            .filter(|group| group.kind == Kind::Okta)
            .map(|group| group.name.clone())
            .collect();
        all.retain(|group| group.kind == Kind::Okta || !ours.contains(&group.name));
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, group) in all.iter().enumerate() {
            by_name.entry(group.name.clone()).or_default().push(index);
        }
        Self {
            all,
            doubt,
            by_name,
        }
    }

    /// The one group of a name that people can be put into and taken out of.
    pub fn changeable(&self, client: &Client, name: &str) -> Result<&Group, Failure> {
        let refuse = |kind, why: &str| {
            let what = format!("finding the group: {why}");
            Err(client.transport.failure(kind, what))
        };
        let named = self.by_name.get(name).map_or(&[][..], Vec::as_slice);
        match named {
            [] if self.doubt.is_some() => {
                refuse(FailureKind::Protocol, "the list of groups is incomplete")
            }
            [] => refuse(FailureKind::NotFound, "none has this name"),
            [one] => match self.all[*one].kind {
                Kind::Okta => Ok(&self.all[*one]),
                Kind::App => refuse(
                    FailureKind::Unsupported,
                    "the app that it comes from decides who is in it",
                ),
                Kind::BuiltIn => {
                    refuse(FailureKind::Unsupported, "Okta itself decides who is in it")
                }
            },
            _ => refuse(FailureKind::Conflict, "several have this name"),
        }
    }
}

fn group(record: &Value) -> Option<Group> {
    let text = |value: &Value| {
        value
            .as_str()
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    Some(Group {
        id: text(record.get("id")?)?,
        name: text(record.get("profile")?.get("name")?)?,
        kind: match record.get("type")?.as_str()? {
            "OKTA_GROUP" => Kind::Okta,
            "APP_GROUP" => Kind::App,
            // Also whatever comes later: what is not known to be ours is not.
            _ => Kind::BuiltIn,
        },
    })
}
