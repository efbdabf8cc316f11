//! The keys of a dialect.

use crate::base::fields::{Named, words};
use crate::base::{Field, Fields, Form};

use super::choice::{
    ADDS, CHANGES, CLOSINGS, LOGINS, MANAGERS, MEDIA_TYPES, MEMBERSHIPS, REMOVES, TURNS,
};

/// The keys of a dialect.
pub const FIELDS: Fields = Fields::new(&[
    Field::optional(
        "based_on",
        TEXT,
        "The dialect that this one starts from: `generic` otherwise",
    ),
    Field::optional("summary", TEXT, "One line for people"),
    Field::optional(
        "domains",
        Form::List(&TEXT),
        "The vendor's own domains; only in what ships",
    ),
    Field::optional("media_type", Form::Word(&words(MEDIA_TYPES)), "Of bodies"),
    Field::optional("page_size", NUMBER, "The most resources of one page"),
    Field::optional(
        "members_at_once",
        NUMBER,
        "The most members to name in one request",
    ),
    Field::optional(
        "discovery",
        FLAG,
        "Whether `/ServiceProviderConfig` and `/Schemas` are there to be asked",
    ),
    Field::optional("filters", FLAG, "Whether filters are of use"),
    Field::optional(
        "email_filter",
        Form::Either(&TEXT, &FLAG),
        "The attribute by which users are filtered for an email, or false",
    ),
    Field::optional(
        "login",
        Form::Word(&words(LOGINS)),
        "What people sign in with",
    ),
    Field::optional(
        "stores_hr_id",
        FLAG,
        "Whether `externalId` may hold the HR id",
    ),
    Field::optional(
        "attributes",
        Form::Map(Named::Free, &TEXT),
        "All attributes that the app takes, by our names, each with its path",
    ),
    Field::optional(
        "manager_is",
        Form::Word(&words(MANAGERS)),
        "What the value of `manager` is: an account's id or its login",
    ),
    Field::optional(
        "change",
        Form::Some(&Form::Word(&words(CHANGES))),
        "How attributes are changed: forms, in the order in which they are tried",
    ),
    Field::optional(
        "closing",
        Form::Some(&Form::Word(&words(CLOSINGS))),
        "How an account is closed: `active = false` in these forms, or \"delete\" alone",
    ),
    Field::optional(
        "reactivates",
        FLAG,
        "Whether a closed account can be opened again",
    ),
    Field::optional(
        "shows_late",
        FLAG,
        "Whether what was written shows a while later",
    ),
    Field::optional(
        "value_paths",
        FLAG,
        "Whether `emails[type eq \"work\"]` is understood",
    ),
    Field::optional("groups", FLAG, "Whether there are groups"),
    Field::optional(
        "memberships",
        Form::Word(&words(MEMBERSHIPS)),
        "Where it is told who is in which group",
    ),
    Field::optional("add", Form::Word(&words(ADDS)), "How members are added"),
    Field::optional(
        "remove",
        Form::Some(&Form::Word(&words(REMOVES))),
        "How members are removed: forms, in the order in which they are tried",
    ),
    Field::optional(
        "one_at_a_time",
        Form::Word(&words(TURNS)),
        "What takes one write at a time",
    ),
    Field::optional(
        "leaving",
        Form::Table(&LEAVING),
        "What closing an account means",
    ),
    Field::optional(
        "invitation",
        Form::Table(&INVITATION),
        "Whoever is given an account is invited, and has to accept",
    ),
    Field::optional("read_scopes", TEXT, "What a token must be allowed, to read"),
    Field::optional(
        "write_scopes",
        TEXT,
        "What a token must be allowed, to write",
    ),
]);

/// `leaving` of a dialect.
pub const LEAVING: Fields = Fields::new(&[
    Field::required("effect", TEXT, "The final effect, in words for the plan"),
    Field::required(
        "reversible",
        FLAG,
        "Whether the account comes back as it was",
    ),
    Field::required("destroys_data", FLAG, "Whether data is destroyed"),
    Field::optional(
        "tasks",
        Form::List(&TEXT),
        "What the API leaves undone, for the app's owner; without it, as in what this is based on",
    ),
]);

/// `invitation` of a dialect.
pub const INVITATION: Fields = Fields::new(&[
    Field::optional(
        "lifetime",
        Form::Pattern("^[0-9]+ days?$"),
        "How long it can be accepted; without it, it does not expire",
    ),
    Field::optional(
        "pending",
        TEXT,
        "The path of what is true for as long as it is not accepted, where the app tells",
    ),
    Field::optional(
        "gives_early",
        FLAG,
        "Whether groups can be given before it is accepted",
    ),
]);

const TEXT: Form = Form::Text;
const FLAG: Form = Form::Boolean;
const NUMBER: Form = Form::Integer(1);
