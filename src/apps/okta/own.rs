//! The account that an API token is of: whoever made it ("Create an API token": "API tokens inherit
//! the privilege level of the admin account that's used to create them", and are revoked with it).

use super::Client;

impl Client {
    /// The id of the account whose token is used; none if Okta does not say. A service app has no
    /// account, and is not asked for.
    pub(super) async fn own_account(&self) -> Option<String> {
        const WHAT: &str = "asking whose API token this is";
        if !self.by_token {
            return None;
        }
        let target = self.target(&["users", "me"], &[], WHAT).ok()?;
        let answer = self.get(&target, WHAT).await.ok()?;
        let record = answer.json().filter(|_| answer.status == 200)?;
        record["id"].as_str().map(str::to_owned)
    }
}
