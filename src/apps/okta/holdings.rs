//! Reading who is in which group, and which apps a group assigns.

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use serde_json::Value;

use crate::apps::KindScope;
use crate::apps::transport::AT_ONCE;
use crate::base::Foreign;
use crate::model::failure::{Failure, FailureKind};
use crate::model::observation::{AccountIndex, Completeness, ObservationBuilder, Origin};

use super::groups::{Group, Groups, Kind};
use super::rules::Rules;
use super::{Client, GROUPS, listing};

/// Members per page: Okta's own default, said.
const MEMBERS: &str = "1000";

/// Apps per page.
const APPS: &str = "200";

/// Reads the groups in scope into an observation.
pub async fn read(
    client: &Client,
    scope: &KindScope,
    builder: &mut ObservationBuilder,
) -> Result<Completeness, Failure> {
    let members_matter = scope.all || !scope.named.is_empty();
    let rules = async {
        if members_matter {
            Rules::read(client).await
        } else {
            Ok(Rules::default())
        }
    };
    let (groups, rules) = futures::try_join!(Groups::read(client), rules)?;
    let mut asked = Vec::new();
    let mut assigning = Vec::new();
    for group in &groups.all {
        let value = builder.value(GROUPS, &group.name, &group.id);
        if scope.all || scope.named.contains(&group.name) {
            asked.push((group, value));
            let givers = givers(group, &rules);
            if !givers.is_empty() {
                builder.given_by(value, givers);
            }
        }
        if scope.assigning.contains(&group.name) {
            assigning.push((group, value));
        }
    }
    let (accounts, rules) = (&*builder, &rules);
    let members = asked.into_iter().map(|(group, value)| async move {
        let members = members(client, group, rules, accounts).await?;
        Ok((value, members))
    });
    let apps = assigning.into_iter().map(|(group, value)| async move {
        let apps = apps(client, group).await?;
        Ok((value, apps))
    });
    let (members, apps) = futures::try_join!(
        side_by_side(members.collect()),
        side_by_side(apps.collect())
    )?;
    for (value, members) in members {
        for (account, origin) in members {
            builder.hold(account, value, None, origin);
        }
    }
    for (value, apps) in apps {
        if let Some(apps) = apps {
            builder.assigns(value, apps);
        }
    }
    Ok(match groups.doubt {
        Some(why) => Completeness::Incomplete(why.to_owned()),
        None if scope.all => Completeness::Complete,
        None => Completeness::NamedOnly,
    })
}

/// What fills a group by itself, in words.
fn givers(group: &Group, rules: &Rules) -> Vec<Foreign> {
    match group.kind {
        Kind::Okta => {
            let rules = rules.names(&group.id);
            rules
                .map(|name| format!("the group rule {name}").into())
                .collect()
        }
        Kind::App => vec!["the app that the group is imported from".into()],
        Kind::BuiltIn => vec!["Okta itself".into()],
    }
}

async fn side_by_side<T, F>(readings: Vec<F>) -> Result<Vec<T>, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    stream::iter(readings)
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

/// The members of a group that are accounts, and how each came to be one.
async fn members(
    client: &Client,
    group: &Group,
    rules: &Rules,
    accounts: &ObservationBuilder,
) -> Result<Vec<(AccountIndex, Origin)>, Failure> {
    let what = "reading a group's members";
    let segments = ["groups", &group.id, "users"];
    let target = client.target(&segments, &[("limit", MEMBERS)], what)?;
    let mut members = Vec::new();
    let take = |record: &Value| {
        let id = record.get("id").and_then(Value::as_str).unwrap_or_default();
        let origin = if group.kind == Kind::Okta && !rules.may_have_made(&group.id, id) {
            Origin::Direct
        } else {
            Origin::Inherited
        };
        members.extend(accounts.find(id).map(|account| (account, origin)));
    };
    match listing::read(client, target, what, take).await {
        // A group that was deleted meanwhile has none.
        Err(failure) if failure.kind == FailureKind::NotFound => Ok(Vec::new()),
        read => read.map(|()| members),
    }
}

/// The names of the apps in use that a group assigns, as administrators see them (`label`); none
/// if Okta does not say.
async fn apps(client: &Client, group: &Group) -> Result<Option<Vec<Foreign>>, Failure> {
    let what = "reading which apps a group assigns";
    let segments = ["groups", &group.id, "apps"];
    let target = client.target(&segments, &[("limit", APPS)], what)?;
    let mut labels = Vec::new();
    let take = |record: &Value| {
        let label = record.get("label").and_then(Value::as_str);
        if record.get("status").is_none_or(|status| status == "ACTIVE") {
            labels.extend(label.map(Foreign::from));
        }
    };
    match listing::read(client, target, what, take).await {
        Ok(()) => Ok(Some(labels)),
        Err(failure) if failure.kind == FailureKind::Unauthorized => Err(failure),
        Err(_) => Ok(None),
    }
}
