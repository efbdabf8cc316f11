//! Looking for one user.

use serde_json::Value;

use crate::apps::{Sighting, Sought};
use crate::model::failure::{Failure, FailureKind};
use crate::model::person::same_email;

use super::user::User;
use super::{Client, filter, listing};

const WHAT: &str = "looking for the account";

/// How users are looked for ("User", list all users). Both find deactivated ones too.
#[derive(Clone, Copy, Debug)]
enum By {
    /// Up to date, and particular about upper and lower case.
    Filter,
    /// Not particular about case; its index lags behind.
    Search,
}

impl Client {
    /// Looks for one account, deactivated ones included.
    pub(super) async fn seek(&self, sought: &Sought) -> Result<Option<Sighting>, Failure> {
        if let Some(id) = &sought.vendor_id {
            let record = self.user(id.raw(), WHAT).await?;
            return record
                .as_ref()
                .map(|record| self.sighting(record))
                .transpose();
        }
        for by in [By::Filter, By::Search] {
            let found = self.find(by, &sought.login, &sought.email).await?;
            if let Some(record) = self.only(&found, &sought.login, &sought.email)? {
                return Ok(Some(self.sighting(record)?));
            }
        }
        Ok(None)
    }

    /// The user of a login; none if there is none.
    pub(super) async fn with_login(&self, login: &str) -> Result<Option<Value>, Failure> {
        for by in [By::Filter, By::Search] {
            let found = self.find(by, login, "").await?;
            if let Some(record) = self.only(&found, login, "")? {
                return Ok(Some(record.clone()));
            }
        }
        Ok(None)
    }

    async fn find(&self, by: By, login: &str, email: &str) -> Result<Vec<Value>, Failure> {
        let equals = |attribute: &str, value: &str| {
            filter::equals(attribute, value).map_err(|error| self.invalid(error, WHAT))
        };
        let mut expression = equals("profile.login", login)?;
        if !email.is_empty() {
            expression.push_str(" or ");
            expression.push_str(&equals("profile.email", email)?);
        }
        let parameter = match by {
            By::Filter => "filter",
            By::Search => "search",
        };
        let target = self.target(&["users"], &[(parameter, &expression)], WHAT)?;
        let mut found: Vec<Value> = Vec::new();
        listing::read(self, target, WHAT, |record| found.push(record.clone())).await?;
        Ok(found)
    }

    /// The one that was asked for: by its login, or else by its email, which several may share.
    fn only<'a>(
        &self,
        found: &'a [Value],
        login: &str,
        email: &str,
    ) -> Result<Option<&'a Value>, Failure> {
        let mut by_login = Vec::new();
        let mut by_email = Vec::new();
        for record in found {
            let user = User::read(record).map_err(|error| self.unreadable(error, WHAT))?;
            if same_email(&user.login, login) {
                by_login.push(record);
            } else if !email.is_empty() && same_email(&user.email, email) {
                by_email.push(record);
            }
        }
        let best = if by_login.is_empty() {
            by_email
        } else {
            by_login
        };
        match best[..] {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            _ => {
                let what = format!("{WHAT}: several have its login or its email");
                Err(self.transport.failure(FailureKind::Conflict, what))
            }
        }
    }

    fn sighting(&self, record: &Value) -> Result<Sighting, Failure> {
        let user = User::read(record).map_err(|error| self.unreadable(error, WHAT))?;
        Ok(Sighting {
            account: user.tag(),
            status: user.state.status(),
        })
    }
}
