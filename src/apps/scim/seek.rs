//! Looking for an account that may or may not have been made.

use serde_json::Value;

use crate::apps::transport::Target;
use crate::model::change::NewAccount;
use crate::model::failure::Failure;
use crate::model::person::fold_email;

use super::listing::{self, Sink};
use super::resource::{Unreadable, User, items, member};
use super::{ScimWriter, filter};

const WHAT: &str = "looking for the account";

/// An account that was found by looking.
#[derive(Clone)]
pub struct Found {
    /// The server's id.
    pub id: String,
    /// `externalId`; empty if there is none.
    pub hr_id: String,
    /// It is not closed.
    pub usable: bool,
}

/// What looking brought.
pub enum Look {
    /// It, or what may be it.
    Found(Found),
    /// A complete look did not find it.
    Absent,
    /// Nothing can be concluded.
    Unclear,
}

impl ScimWriter {
    /// Looks for the account: by filter, and where that finds nothing, which may only mean that the
    /// server does not filter, in the whole listing. A listing that others write to meanwhile is
    /// always in doubt: then the filter's word counts, if it finds somebody who is surely there.
    pub(super) async fn seek(&self, account: &NewAccount) -> Result<Look, Failure> {
        let server = self.server().await?;
        let mut denied = false;
        if server.filters {
            let mut candidates = Candidates::of(account);
            denied = self.filtered(&account.login, &mut candidates).await?;
            match candidates.judge() {
                Look::Absent => {}
                look => return Ok(look),
            }
        }
        let make = || Candidates::of(account);
        let mut listed = listing::read(&self.client, server, "Users", WHAT, make).await?;
        let control = listed.sink.control.take();
        let look = listed.sink.judge();
        if !matches!(look, Look::Absent) || listed.doubt.is_none() {
            return Ok(look);
        }
        let sure = denied && is_plain(&account.login) && self.filter_works(control).await?;
        Ok(if sure { Look::Absent } else { Look::Unclear })
    }

    /// True if the filter finds somebody who is surely there, and nobody else.
    async fn filter_works(&self, control: Option<Control>) -> Result<bool, Failure> {
        let Some(Control { id, login }) = control else {
            return Ok(false);
        };
        let mut found = Ids(Vec::new());
        Ok(self.filtered(&login, &mut found).await? && found.0 == [id])
    }

    /// Asks for the users of a login. False if the answer is no list.
    async fn filtered(&self, login: &str, sink: &mut impl Sink) -> Result<bool, Failure> {
        let Ok(filter) = filter::equals("userName", login) else {
            return Ok(false);
        };
        let target = Target::new(&["Users"]).and_then(|target| target.parameter("filter", &filter));
        let target = target.map_err(|error| self.client.unaddressable(error, WHAT))?;
        let answer = self.client.get(target, WHAT).await?;
        let list = answer.json().filter(|_| answer.is_success());
        let resources = list.as_ref().and_then(|list| member(list, "Resources"));
        for record in resources.map_or(&[][..], items) {
            // An unreadable record is not the one; the full listing will judge it.
            let _ = sink.take(record);
        }
        let told = list.as_ref().and_then(|list| member(list, "totalResults"));
        Ok(told.is_some())
    }
}

/// True if its HR id says so.
pub fn is_ours(found: &Found, account: &NewAccount) -> bool {
    account.hr_id.as_deref() == Some(found.hr_id.as_str())
}

/// True for a login that no server reads in another way than we write it: some escape or fold.
fn is_plain(login: &str) -> bool {
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'@' | b'-' | b'_');
    !login.is_empty() && login.bytes().all(plain)
}

/// Somebody else, who is surely there.
struct Control {
    id: String,
    login: String,
}

/// The ids of whoever is found.
struct Ids(Vec<String>);

impl Sink for Ids {
    fn take(&mut self, record: &Value) -> Result<(), Unreadable> {
        self.0.push(User::read(record)?.id.into_owned());
        Ok(())
    }
}

/// The users that may be the one we look for, by how well they match: servers ignore filters, so
/// each is checked.
struct Candidates<'a> {
    account: &'a NewAccount,
    login: String,
    same_hr_id: Vec<Found>,
    same_login: Vec<Found>,
    same_but_for_case: Vec<Found>,
    control: Option<Control>,
}

impl<'a> Candidates<'a> {
    fn of(account: &'a NewAccount) -> Self {
        Self {
            login: fold_email(&account.login),
            account,
            same_hr_id: Vec::new(),
            same_login: Vec::new(),
            same_but_for_case: Vec::new(),
            control: None,
        }
    }

    /// The one that matches best; several that match as well are never guessed among.
    fn judge(self) -> Look {
        let ranks = [&self.same_hr_id, &self.same_login, &self.same_but_for_case];
        match ranks.into_iter().find(|rank| !rank.is_empty()) {
            None => Look::Absent,
            Some(found) if found.len() == 1 => Look::Found(found[0].clone()),
            Some(_) => Look::Unclear,
        }
    }
}

impl Sink for Candidates<'_> {
    fn take(&mut self, record: &Value) -> Result<(), Unreadable> {
        let user = User::read(record)?;
        let found = Found {
            id: user.id.into_owned(),
            hr_id: user.hr_id.into_owned(),
            usable: user.active != Some(false),
        };
        let rank = if is_ours(&found, self.account) {
            &mut self.same_hr_id
        } else if *user.login == *self.account.login {
            &mut self.same_login
        } else if fold_email(&user.login) == self.login {
            &mut self.same_but_for_case
        } else {
            if self.control.is_none() && is_plain(&user.login) {
                self.control = Some(Control {
                    id: found.id,
                    login: user.login.into_owned(),
                });
            }
            return Ok(());
        };
        rank.push(found);
        Ok(())
    }
}
