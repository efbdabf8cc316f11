//! The fields of one entry of `[apps]`.

use crate::base::fields::{Named, words};
use crate::base::{Field, Fields, Form};
use crate::model::app::Authority;
use crate::model::mode::Mode;

use super::{Drift, Surplus, Unmanaged, cascade, credentials, guards, privileged, settings};

/// One entry of `[apps]`.
pub(super) const APP: Fields = Fields::new(&[
    Field::required(
        "kind",
        Form::Name(Named::Connector),
        "The connector: which kind of app this is. `provisor apps` lists them",
    ),
    Field::required(
        "url",
        Form::Text,
        "Where the app is: https, in the vendor's own domains or in the trust file; or this machine",
    ),
    Field::optional(
        "credentials",
        Form::Map(Named::Credential, &Form::Table(&credentials::SOURCE)),
        "Where each secret is kept; never the secret itself",
    ),
    Field::optional("owner", Form::Text, "Whom to ask"),
    Field::required(
        "mode",
        Form::Word(&MODE_WORDS),
        "What provisor may do: \"report\" shows what differs, \"additive\" creates and grants, \
         \"enforce\" also changes, takes away and closes",
    ),
    Field::optional(
        "after",
        Form::List(&Form::Name(Named::App)),
        "Apps whose changes for the same person come first",
    ),
    Field::optional(
        "provision_before_start",
        settings::LEAD,
        "How long before the first day accounts are made here, instead of the organisation's lead",
    ),
    Field::optional(
        "unmanaged",
        Form::Word(&UNMANAGED_WORDS),
        "What becomes of accounts that match nobody: \"report\" lists them, \"ignore\" counts \
         them, \"deactivate\" closes all that nothing protects",
    ),
    Field::optional(
        "surplus",
        Form::Word(&SURPLUS_WORDS),
        "What becomes of people's accounts that no profile ever asked for: \"report\" lists them, \
         \"deactivate\" closes all that nothing protects",
    ),
    Field::optional(
        "drift",
        DRIFT,
        "What `apply --due` does with changes made outside of provisor here, where it differs from \
         the top level's `drift`",
    ),
    Field::optional(
        "protected",
        Form::List(&Form::Text),
        "Logins and vendor ids that are never touched",
    ),
    Field::optional(
        "login",
        Form::Text,
        "The template of logins, as in \"{email}.acme\"; it holds {email}, {email_local} or {id}",
    ),
    Field::optional(
        "attributes",
        Form::List(&Form::Name(Named::Attribute)),
        "Which of the connector's attributes are written and compared, [] none; without it all are, \
         or none where another app makes the accounts. A new account is given what the app demands \
         all the same",
    ),
    Field::optional(
        "authority",
        Form::Map(Named::Entitlement, &Form::Word(&AUTHORITY_WORDS)),
        "Which values of an entitlement kind are ours to take away: \"named\" those that the files \
         name or named, \"all\" every one, \"granted\" those that a run of ours gave that very \
         account, counted from the run that first finds this set",
    ),
    Field::optional(
        "provisioned_by",
        Form::Table(&cascade::CASCADE),
        "Another app makes the accounts here",
    ),
    Field::optional(
        "leaving",
        Form::Name(Named::Leaving),
        "What closing an account means, where the connector leaves a choice",
    ),
    Field::optional(
        "invitation_lifetime",
        Form::Pattern("^[0-9]+ days?$"),
        "How long an invitation can be accepted, where the organisation chooses that in the app",
    ),
    Field::optional(
        "guards",
        Form::Table(&guards::APP_GUARDS),
        "How much is too much here, where it differs from `[guards]`",
    ),
    Field::optional("dialect", Form::Name(Named::Dialect), "How this app's SCIM differs"),
    Field::optional(
        "privileged",
        privileged::PRIVILEGED,
        "Values that only an entry of approvals.toml may give, per entitlement kind; of a keyed kind \
         a list means any level",
    ),
    Field::optional(
        "administrators",
        privileged::PRIVILEGED,
        "Values that make an administrator of the app, per entitlement kind: privileged, and never \
         taken from the last ones (`min_administrators`)",
    ),
    Field::optional(
        "seats",
        Form::Map(Named::Free, &Form::Integer(0)),
        "How many seats each pool has, where the app does not tell",
    ),
    Field::optional(
        "allow_destructive",
        Form::Boolean,
        "Closings that destroy data are allowed",
    ),
])
.planned(&[
    "scope",
    "endpoints",
]);

/// The words of `mode`.
pub(super) const MODE: [(&str, Mode); 3] = [
    (Mode::Report.word(), Mode::Report),
    (Mode::Additive.word(), Mode::Additive),
    (Mode::Enforce.word(), Mode::Enforce),
];
const MODE_WORDS: [&str; 3] = words(&MODE);
/// The words of `unmanaged`.
pub(super) const UNMANAGED: [(&str, Unmanaged); 3] = [
    ("report", Unmanaged::Report),
    ("ignore", Unmanaged::Ignore),
    ("deactivate", Unmanaged::Deactivate),
];
const UNMANAGED_WORDS: [&str; 3] = words(&UNMANAGED);
/// The words of `surplus`.
pub(super) const SURPLUS: [(&str, Surplus); 2] = [
    ("report", Surplus::Report),
    ("deactivate", Surplus::Deactivate),
];
const SURPLUS_WORDS: [&str; 2] = words(&SURPLUS);
/// The words of `drift`.
pub(super) const DRIFTS: [(&str, Drift); 2] =
    [("report", Drift::Report), ("revert", Drift::Revert)];
const DRIFT_WORDS: [&str; 2] = words(&DRIFTS);
/// What becomes of drift.
pub(super) const DRIFT: Form = Form::Word(&DRIFT_WORDS);
/// The words of `authority`.
pub(super) const AUTHORITY: [(&str, Authority); 3] = [
    (Authority::Named.word(), Authority::Named),
    (Authority::All.word(), Authority::All),
    (Authority::Granted.word(), Authority::Granted),
];
const AUTHORITY_WORDS: [&str; 3] = words(&AUTHORITY);
