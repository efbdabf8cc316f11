//! Reading a list to its end, page by page (Okta API, "Pagination").

use std::collections::HashSet;

use serde_json::Value;

use crate::apps::transport::Target;
use crate::model::failure::{Failure, FailureKind};

use super::Client;

/// So many pages without anything on them, and the list is taken to have no end. Okta leaves out
/// what an administrator may not see, so some are nothing odd.
const MOST_EMPTY_PAGES: usize = 100;

/// Reads a list to its end and gives each record to `take`. The next page is wherever Okta says
/// that it is, as long as that is within the list; a page that came before is an error.
pub async fn read(
    client: &Client,
    first: Target,
    what: &str,
    mut take: impl FnMut(&Value),
) -> Result<(), Failure> {
    let mut seen = HashSet::new();
    let mut empty_pages = 0;
    let mut target = first;
    loop {
        let answer = client.get(&target, what).await?;
        if !answer.is_success() {
            return Err(client.refused(&answer, what));
        }
        let broken = |why: &str| {
            let mut failure = client.transport.refused(&answer, what, Some(""));
            failure.kind = FailureKind::Protocol;
            failure.what = format!("{what}: {why}");
            failure
        };
        let Some(Value::Array(records)) = answer.json() else {
            return Err(broken("the answer is no list"));
        };
        records.iter().for_each(&mut take);
        empty_pages = if records.is_empty() {
            empty_pages + 1
        } else {
            0
        };
        let Some(next) = &answer.next else {
            return Ok(());
        };
        let following = client.transport.following(&target, next);
        let following = following.map_err(|error| broken(&error.to_string()))?;
        seen.insert(target);
        if seen.contains(&following) {
            return Err(broken("a page names one before it as the next"));
        }
        if empty_pages > MOST_EMPTY_PAGES {
            return Err(broken("page after page holds nothing, without an end"));
        }
        target = following;
    }
}
