//! Everybody whom other files may refer to, by id or by email: also those whose entry is not sound,
//! so that one mistake is not reported twice.

use std::collections::HashMap;

use crate::base::document::did_you_mean;
use crate::base::{Diagnostic, Value};
use crate::model::name::PersonId;
use crate::model::person::fold_email;

use super::name::{Alphabet, checked};
use super::people::Draft;

/// People by id, now or in the past, and by email.
#[derive(Debug, Default)]
pub(super) struct Roster {
    ids: HashMap<String, PersonId>,
    emails: HashMap<String, PersonId>,
}

impl Roster {
    pub fn of(drafts: &[Draft]) -> Self {
        let mut roster = Self::default();
        for draft in drafts {
            let id = || draft.id.clone();
            roster.ids.insert(draft.id.as_str().to_owned(), id());
            roster
                .emails
                .extend(draft.email.iter().map(|(email, _)| (email.clone(), id())));
        }
        for draft in drafts {
            let past = draft.person.iter().flat_map(|person| &person.previous_ids);
            for past in past {
                let known = roster.ids.entry(past.as_str().to_owned());
                known.or_insert_with(|| draft.id.clone());
            }
        }
        roster
    }

    /// The person of an id; `unknown-person` if there is none.
    pub fn by_id(&self, value: &Value<'_>, problems: &mut Vec<Diagnostic>) -> Option<PersonId> {
        let text = value.text(problems)?;
        let text = checked(text, Alphabet::PersonId, value.site(), problems)?;
        let known = self.ids.get(text).cloned();
        if known.is_none() {
            problems.push(self.unknown(text, "nobody has this id", value));
        }
        known
    }

    /// The person of an id or an email; `unknown-person` if there is none.
    pub fn named(&self, value: &Value<'_>, problems: &mut Vec<Diagnostic>) -> Option<PersonId> {
        let text = value.text(problems)?;
        let known = self.ids.get(text.trim());
        let known = known.or_else(|| self.emails.get(&fold_email(text)));
        if known.is_none() {
            problems.push(self.unknown(text, "nobody has this id or email", value));
        }
        known.cloned()
    }

    fn unknown(&self, text: &str, message: &str, value: &Value<'_>) -> Diagnostic {
        /// Beyond this many people a hint would cost more than it helps.
        const COMPARED: usize = 20_000;
        let known = self.ids.keys().chain(self.emails.keys());
        let hint = did_you_mean(text, known.take(COMPARED).map(String::as_str));
        Diagnostic::error("unknown-person", message)
            .at(value.site(), "")
            .hint(hint.unwrap_or_else(|| "name the `id` of an entry of people".into()))
    }
}
