//! Looking for an account that may or may not be there.

use std::collections::HashSet;

use serde_json::Value;

use crate::apps::paging::ACCOUNT_CAME_TWICE;
use crate::apps::transport::Target;
use crate::model::account::Status;
use crate::model::failure::Failure;
use crate::model::person::fold_email;

use super::dialect::Login;
use super::discovery::Server;
use super::listing::{self, Sink};
use super::resource::{Unreadable, User, at, boolean, items, member};
use super::{Client, filter};

const WHAT: &str = "looking for the account";

/// Who is looked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The HR id that marks the account as this person's, if the app stores it.
    pub hr_id: Option<&'a str>,
    /// What they sign in with.
    pub login: &'a str,
    /// Their address; empty if nobody is to be found by it.
    pub email: &'a str,
}

/// An account that was found by looking.
#[derive(Clone, Debug)]
pub struct Found {
    /// The server's id.
    pub id: String,
    /// What they sign in with.
    pub login: String,
    /// `externalId`; empty if there is none, or it is not ours.
    pub hr_id: String,
    /// Whether it can be used.
    pub status: Status,
}

impl Found {
    /// A user of a dialect.
    pub fn of(client: &Client, record: &Value, user: User<'_>) -> Self {
        let invites = client.dialect.invitation.as_ref();
        let told = invites.and_then(|invites| at(record, invites.pending.as_ref()?));
        let pending = told.and_then(boolean) == Some(true);
        Self {
            id: user.id.into_owned(),
            login: user.login.into_owned(),
            hr_id: if client.dialect.stores_hr_id {
                user.hr_id.into_owned()
            } else {
                String::new()
            },
            status: match user.active {
                Some(false) => Status::Inactive,
                _ if pending => Status::Pending,
                _ => Status::Active,
            },
        }
    }

    /// True if its HR id says so.
    pub fn is_of(&self, hr_id: Option<&str>) -> bool {
        hr_id == Some(self.hr_id.as_str())
    }
}

/// What looking brought.
#[derive(Debug)]
pub enum Look {
    /// It, or what may be it.
    Found(Found),
    /// A complete look did not find it.
    Absent,
    /// Several match as well.
    Several,
    /// Nothing can be concluded, and why.
    Unclear(String),
}

impl Client {
    /// Looks for an account: by filters, and where those find nothing, which may only mean that the
    /// server does not filter, in the whole listing.
    pub async fn look(&self, server: &Server, wanted: Wanted<'_>) -> Result<Look, Failure> {
        let (look, denied) = self.look_by_filter(server, wanted).await?;
        match look {
            Look::Absent => self.look_in_listing(server, wanted, denied).await,
            look => Ok(look),
        }
    }

    /// Looks by filters. Also whether those said, in words that no server reads in another way, that
    /// there is nobody: it may only mean that the server does not filter.
    pub async fn look_by_filter(
        &self,
        server: &Server,
        wanted: Wanted<'_>,
    ) -> Result<(Look, bool), Failure> {
        if !server.filters {
            return Ok((Look::Absent, false));
        }
        let by_email = wanted.email.is_empty() || self.dialect.email_filter.is_some();
        let mut denied = self.login_filter().is_some() && by_email;
        let mut candidates = Candidates::of(self, wanted);
        for (attribute, value) in self.filters(wanted) {
            let answered = self.filtered(attribute, value, &mut candidates).await?;
            denied &= answered && is_plain(value);
            if !candidates.none() {
                break;
            }
        }
        Ok((candidates.judge(), denied))
    }

    /// Looks in the whole listing. One that others write to meanwhile is always in doubt: then it
    /// counts that filters denied it, if they find somebody who is surely there.
    pub async fn look_in_listing(
        &self,
        server: &Server,
        wanted: Wanted<'_>,
        denied: bool,
    ) -> Result<Look, Failure> {
        let make = || Candidates::of(self, wanted);
        let mut listed = listing::read(self, server, "Users", WHAT, make).await?;
        let control = listed.sink.control.take();
        let Some(doubt) = listed.doubt.filter(|_| listed.sink.none()) else {
            return Ok(listed.sink.judge());
        };
        let by_email = !wanted.email.is_empty();
        Ok(if denied && self.filters_work(control, by_email).await? {
            Look::Absent
        } else {
            Look::Unclear(doubt)
        })
    }

    /// True if filters find one of the first accounts, and nobody else.
    pub async fn filters_find_the_first(&self) -> Result<bool, Failure> {
        let nobody = Wanted {
            hr_id: None,
            login: "",
            email: "",
        };
        let mut first = Candidates::of(self, nobody);
        let target = Target::new(&["Users"])
            .and_then(|target| target.parameter("startIndex", "1"))
            .and_then(|target| target.parameter("count", "10"))
            .map_err(|error| self.unaddressable(error, WHAT))?;
        self.taken(target, &mut first).await?;
        self.filters_work(first.control, true).await
    }

    /// What to filter for: the login, then the email.
    fn filters<'a>(&'a self, wanted: Wanted<'a>) -> impl Iterator<Item = (&'a str, &'a str)> {
        let emails = self.dialect.email_filter.as_deref();
        let by_email = emails.filter(|_| !wanted.email.is_empty());
        self.login_filter()
            .map(|attribute| (attribute, wanted.login))
            .into_iter()
            .chain(by_email.map(|attribute| (attribute, wanted.email)))
    }

    fn login_filter(&self) -> Option<&str> {
        match self.dialect.login {
            Login::UserName => Some("userName"),
            Login::Email => self.dialect.email_filter.as_deref(),
        }
    }

    /// True if filters find somebody who is surely there, and nobody else.
    async fn filters_work(
        &self,
        control: Option<Control>,
        by_email: bool,
    ) -> Result<bool, Failure> {
        let (Some(control), Some(by_login)) = (control, self.login_filter()) else {
            return Ok(false);
        };
        let emails = self.dialect.email_filter.as_deref().filter(|_| by_email);
        let emails = emails.map(|attribute| (attribute, &control.email));
        for (attribute, value) in [(by_login, &control.login)].into_iter().chain(emails) {
            let mut found = Ids(self.dialect.login, Vec::new());
            let answered = self.filtered(attribute, value, &mut found).await?;
            if !answered || found.1 != [control.id.as_str()] {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Asks for the users of a value. False if the answer is no list.
    async fn filtered(
        &self,
        attribute: &str,
        value: &str,
        sink: &mut impl Sink,
    ) -> Result<bool, Failure> {
        let Ok(filter) = filter::equals(attribute, value) else {
            return Ok(false);
        };
        let target = Target::new(&["Users"]).and_then(|target| target.parameter("filter", &filter));
        let target = target.map_err(|error| self.unaddressable(error, WHAT))?;
        self.taken(target, sink).await
    }

    /// Takes what a request lists. False if the answer is no list.
    async fn taken(&self, target: Target, sink: &mut impl Sink) -> Result<bool, Failure> {
        let answer = self.get(target, WHAT).await?;
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

/// True for a login that no server reads in another way than we write it: some escape or fold.
fn is_plain(login: &str) -> bool {
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'@' | b'-' | b'_');
    !login.is_empty() && login.bytes().all(plain)
}

/// Somebody else, who is surely there.
struct Control {
    id: String,
    login: String,
    email: String,
}

/// The ids of whoever is found.
struct Ids(Login, Vec<String>);

impl Sink for Ids {
    fn take(&mut self, record: &Value) -> Result<(), Unreadable> {
        self.1.push(User::read(record, self.0)?.id.into_owned());
        Ok(())
    }
}

/// The users that may be the one we look for, by how well they match: servers ignore filters, so
/// each is checked.
struct Candidates<'a> {
    client: &'a Client,
    wanted: Wanted<'a>,
    login: String,
    email: String,
    /// By HR id, by login, by login but for case, by email.
    ranks: [Vec<Found>; 4],
    /// In a listing, an id that comes twice means that another was left out.
    seen: HashSet<String>,
    control: Option<Control>,
}

impl<'a> Candidates<'a> {
    fn of(client: &'a Client, wanted: Wanted<'a>) -> Self {
        Self {
            login: fold_email(wanted.login),
            email: fold_email(wanted.email),
            client,
            wanted,
            ranks: Default::default(),
            seen: HashSet::new(),
            control: None,
        }
    }

    fn none(&self) -> bool {
        self.ranks.iter().all(Vec::is_empty)
    }

    /// The one that matches best; several that match as well are never guessed among.
    fn judge(self) -> Look {
        let best = self.ranks.into_iter().find(|rank| !rank.is_empty());
        match best.map(<[Found; 1]>::try_from) {
            None => Look::Absent,
            Some(Ok([found])) => Look::Found(found),
            Some(Err(_)) => Look::Several,
        }
    }
}

impl Sink for Candidates<'_> {
    fn take(&mut self, record: &Value) -> Result<(), Unreadable> {
        let user = User::read(record, self.client.dialect.login)?;
        let email = user.email.clone().into_owned();
        let found = Found::of(self.client, record, user);
        if !self.seen.insert(found.id.clone()) {
            return Err(Unreadable(ACCOUNT_CAME_TWICE));
        }
        let rank = if found.is_of(self.wanted.hr_id) {
            0
        } else if found.login == self.wanted.login {
            1
        } else if fold_email(&found.login) == self.login {
            2
        } else if !self.email.is_empty() && fold_email(&email) == self.email {
            3
        } else {
            if self.control.is_none() && is_plain(&found.login) {
                let Found { id, login, .. } = found;
                self.control = Some(Control { id, login, email });
            }
            return Ok(());
        };
        self.ranks[rank].push(found);
        Ok(())
    }
}
