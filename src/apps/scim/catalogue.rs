//! The groups that an app has, by name.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use crate::apps::paging::GROUP_CAME_TWICE;
use crate::model::failure::{Failure, FailureKind};

use super::Client;
use super::discovery::Server;
use super::listing::{self, Sink};
use super::resource::{Group, Unreadable};

/// All groups, listed once per writer.
#[derive(Debug)]
pub struct Catalogue {
    by_name: HashMap<String, Entry>,
    doubt: bool,
}

/// What one name means.
#[derive(Debug)]
enum Entry {
    One(Arc<KnownGroup>),
    Several,
}

/// A group that can be written to.
#[derive(Debug)]
pub struct KnownGroup {
    /// The server's id.
    pub id: String,
}

impl Catalogue {
    /// Lists the groups.
    pub async fn read(client: &Client, server: &Server) -> Result<Self, Failure> {
        let what = "listing the groups";
        let make = || Names(HashMap::new());
        let listed = listing::read(client, server, "Groups", what, make).await?;
        Ok(Self {
            by_name: listed.sink.0,
            doubt: listed.doubt.is_some(),
        })
    }

    /// The one group of a name.
    pub fn group(&self, client: &Client, name: &str) -> Result<Arc<KnownGroup>, Failure> {
        let transport = &client.transport;
        match self.by_name.get(name) {
            Some(Entry::One(group)) => Ok(group.clone()),
            Some(Entry::Several) => Err(transport.failure(
                FailureKind::Conflict,
                "finding the group: several have this name",
            )),
            None if self.doubt => Err(transport.failure(
                FailureKind::Protocol,
                "finding the group: the list of groups is incomplete",
            )),
            None => Err(transport.failure(
                FailureKind::NotFound,
                "finding the group: none has this name",
            )),
        }
    }
}

struct Names(HashMap<String, Entry>);

impl Sink for Names {
    fn take(&mut self, record: &Value) -> Result<(), Unreadable> {
        let group = Group::read(record)?;
        let entry = Entry::One(Arc::new(KnownGroup {
            id: group.id.clone().into_owned(),
        }));
        let name = group.name.into_owned();
        match self.0.get(&name) {
            Some(Entry::One(known)) if known.id == group.id => {
                return Err(Unreadable(GROUP_CAME_TWICE));
            }
            Some(_) => drop(self.0.insert(name, Entry::Several)),
            None => drop(self.0.insert(name, entry)),
        }
        Ok(())
    }
}
