//! Reading a list to its end, page by page (Okta API, "Pagination").

use serde_json::Value;

use crate::apps::paging::Pages;
use crate::apps::transport::Target;
use crate::model::failure::{Failure, FailureKind};

use super::Client;

/// Reads a list to its end and gives each record to `take`. The next page is wherever Okta says
/// that it is, as long as that is within the list; a page that came before is an error.
pub async fn read(
    client: &Client,
    first: Target,
    what: &str,
    mut take: impl FnMut(&Value),
) -> Result<(), Failure> {
    let mut pages = Pages::default();
    let mut target = first;
    pages.start(target.clone());
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
        // Okta tells no total.
        let taken = pages.take(records.len(), None);
        let Some(next) = &answer.next else {
            return Ok(());
        };
        let following = client.transport.following(&target, next);
        let following = following.map_err(|error| broken(&error.to_string()))?;
        taken
            .and_then(|()| pages.follow(following.clone()))
            .map_err(|doubt| broken(&doubt.to_string()))?;
        target = following;
    }
}
