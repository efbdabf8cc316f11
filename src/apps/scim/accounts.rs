//! Taking users into an observation.

use serde_json::Value;

use crate::apps::paging::ACCOUNT_CAME_TWICE;
use crate::model::app::AppDescription;
use crate::model::name::AppName;
use crate::model::observation::{AccountIndex, NewRow, ObservationBuilder};

use super::dialect::{Attribute, Memberships};
use super::discovery::Server;
use super::listing::Sink;
use super::members::groups_of;
use super::resource::{Unreadable, User, at, text};
use super::seek::Found;
use super::{Client, schema};

/// Takes users.
pub struct Users<'a> {
    client: &'a Client,
    builder: ObservationBuilder,
    /// Those that the server lists, by their index in the description.
    attributes: Vec<(usize, &'a Attribute)>,
    /// Accounts that name another by its id, in which attribute.
    naming: Vec<(AccountIndex, usize, String)>,
    /// Accounts that say in which groups they are.
    within: Vec<(AccountIndex, String)>,
}

/// All users, and who is in which group as far as the users tell.
pub struct Taken {
    /// The accounts.
    pub builder: ObservationBuilder,
    /// Accounts and the ids of the groups that they are in.
    pub within: Vec<(AccountIndex, String)>,
}

impl<'a> Users<'a> {
    /// Takes none yet.
    pub fn new(
        app: &AppName,
        description: &AppDescription,
        client: &'a Client,
        server: &Server,
    ) -> Self {
        let dialect = &client.dialect;
        let (kinds, attributes) = (description.entitlements.len(), description.attributes.len());
        let mut builder = ObservationBuilder::new(app, kinds, attributes);
        let mut attributes = Vec::new();
        for (index, attribute) in dialect.attributes.iter().enumerate() {
            if server.knows(&attribute.path) {
                attributes.push((index, attribute));
            } else {
                builder.attribute_unknown(index);
            }
        }
        if !dialect.stores_hr_id || !server.knows(&schema::HR_ID) {
            builder.hr_id_unknown();
        }
        Self {
            client,
            builder,
            attributes,
            naming: Vec::new(),
            within: Vec::new(),
        }
    }

    /// What was taken. Who is named by an id is known by login now; an unknown id stays as it is.
    pub fn taken(self) -> Taken {
        let mut builder = self.builder;
        for (account, index, id) in self.naming {
            let named = builder
                .find(&id)
                .map(|named| builder.login(named).to_owned());
            builder.attribute(account, index, &named.unwrap_or(id));
        }
        Taken {
            builder,
            within: self.within,
        }
    }
}

impl Sink for Users<'_> {
    fn take(&mut self, record: &Value) -> Result<(), Unreadable> {
        let dialect = &self.client.dialect;
        let user = User::read(record, dialect.login)?;
        if self.builder.find(&user.id).is_some() {
            return Err(Unreadable(ACCOUNT_CAME_TWICE));
        }
        let email = user.email.clone();
        let found = Found::of(self.client, record, user);
        let account = self.builder.account(NewRow {
            vendor_id: &found.id,
            login: &found.login,
            email: &email,
            hr_id: &found.hr_id,
            status: found.status,
        });
        for (index, attribute) in &self.attributes {
            let Some(value) = at(record, &attribute.path).and_then(text) else {
                continue;
            };
            if attribute.names_an_account {
                self.naming.push((account, *index, value.into_owned()));
            } else {
                self.builder.attribute(account, *index, &value);
            }
        }
        if dialect.memberships == Memberships::InUsers {
            let groups = groups_of(record).map(|group| (account, group));
            self.within.extend(groups);
        }
        Ok(())
    }
}
