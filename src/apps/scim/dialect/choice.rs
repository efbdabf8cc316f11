//! What a dialect chooses among, and the words for it.

/// A form in which attributes are changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// PATCH, one operation per path.
    ByPath,
    /// PATCH, one operation without a path, its value holding the attributes.
    WithoutPath,
    /// PUT of the whole resource as just read, with the change made.
    Whole,
}

/// How an account is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Closing {
    /// `active = false`: forms in the order in which they are tried.
    Inactive(Vec<Change>),
    /// DELETE of the user.
    Delete,
}

/// What people sign in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Login {
    /// `userName`
    UserName,
    /// The main email: the server makes a `userName` of its own from what is sent.
    Email,
}

/// Where it is told who is in which group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memberships {
    /// In `members` of the groups.
    InGroups,
    /// In `groups` of the users: the groups' own lists are empty or cut off.
    InUsers,
}

/// A form in which members are added to a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Add {
    /// `path: members` and a list of values, the RFC's.
    List,
    /// `path: members` and an object that holds the list.
    WrappedList,
}

/// A form in which members are removed from a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remove {
    /// `path: members[value eq "id"]`, the RFC's.
    ByFilter,
    /// `path: members` and a list of values. A server that ignores the list empties the group.
    ByList,
    /// `path: members` and an object that holds the list.
    ByWrappedList,
}

/// What is written one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turns {
    /// The changes of one user or group.
    PerObject,
    /// All changes.
    PerApp,
}

/// Words, and what they mean.
pub type Words<T> = &'static [(&'static str, T)];

/// `media_type`
pub const MEDIA_TYPES: &[(&str, ()); 2] =
    &[("application/scim+json", ()), ("application/json", ())];

/// `change`
pub const CHANGES: &[(&str, Change); 3] = &[
    ("path", Change::ByPath),
    ("no path", Change::WithoutPath),
    ("whole", Change::Whole),
];

/// `closing`
pub const CLOSINGS: &[(&str, Option<Change>); 4] = &[
    ("path", Some(Change::ByPath)),
    ("no path", Some(Change::WithoutPath)),
    ("whole", Some(Change::Whole)),
    ("delete", None),
];

/// `login`
pub const LOGINS: &[(&str, Login); 2] = &[("userName", Login::UserName), ("email", Login::Email)];

/// `memberships`
pub const MEMBERSHIPS: &[(&str, Memberships); 2] = &[
    ("groups", Memberships::InGroups),
    ("users", Memberships::InUsers),
];

/// `add`
pub const ADDS: &[(&str, Add); 2] = &[("list", Add::List), ("wrapped list", Add::WrappedList)];

/// `remove`
pub const REMOVES: &[(&str, Remove); 3] = &[
    ("filter", Remove::ByFilter),
    ("list", Remove::ByList),
    ("wrapped list", Remove::ByWrappedList),
];

/// `one_at_a_time`
pub const TURNS: &[(&str, Turns); 2] = &[("object", Turns::PerObject), ("app", Turns::PerApp)];

/// `manager_is`: whether the value of `manager` is an account's id; otherwise it is a login.
pub const MANAGERS: &[(&str, bool); 2] = &[("id", true), ("login", false)];
