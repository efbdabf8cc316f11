//! Who is in which group, where only the users tell.

use std::collections::HashSet;

use serde_json::Value;

use crate::model::failure::{Failure, FailureKind};

use super::Client;
use super::dialect::Login;
use super::discovery::Server;
use super::listing::{self, Sink};
use super::resource::{Unreadable, User, items, member, text};

/// The ids of the groups that a user says to be in directly.
pub fn groups_of(record: &Value) -> impl Iterator<Item = String> {
    let groups = member(record, "groups").map_or(&[][..], items);
    let direct = |group: &&Value| {
        let kind = member(group, "type").and_then(text);
        kind.is_none_or(|kind| !kind.eq_ignore_ascii_case("indirect"))
    };
    let groups = groups.iter().filter(direct);
    groups.filter_map(|group| Some(text(member(group, "value").unwrap_or(group))?.into_owned()))
}

/// The ids of a group's members, from the listing of all users.
pub async fn listed(
    client: &Client,
    server: &Server,
    group: &str,
    what: &str,
) -> Result<HashSet<String>, Failure> {
    let make = || Members {
        group,
        login: client.dialect.login,
        ids: HashSet::new(),
    };
    let listed = listing::read(client, server, "Users", what, make).await?;
    match listed.doubt {
        None => Ok(listed.sink.ids),
        Some(why) => {
            let what = format!("{what}: {why}");
            Err(client.transport.failure(FailureKind::Unavailable, what))
        }
    }
}

struct Members<'a> {
    group: &'a str,
    login: Login,
    ids: HashSet<String>,
}

impl Sink for Members<'_> {
    fn take(&mut self, record: &Value) -> Result<(), Unreadable> {
        let user = User::read(record, self.login)?;
        if groups_of(record).any(|group| group == self.group) {
            self.ids.insert(user.id.into_owned());
        }
        Ok(())
    }
}
