//! The fields of the tables that a user writes: one description, which the reader checks keys
//! against and which the schemas are made of.

/// The keys that a table may hold.
#[derive(Clone, Copy, Debug)]
pub struct Fields {
    /// Those that are read.
    pub known: &'static [Field],
    /// Those that are designed and not built: refused by name rather than ignored.
    pub planned: &'static [&'static str],
    /// Which of them must be there, where that is not a matter of one alone.
    pub alternatives: Alternatives,
}

/// Sets of fields of which one must be there as a whole.
#[derive(Clone, Copy, Debug)]
pub enum Alternatives {
    /// There is nothing to choose.
    None,
    /// At least one of these sets.
    AnyOf(&'static [&'static [&'static str]]),
    /// Exactly one of these sets.
    OneOf(&'static [&'static [&'static str]]),
}

impl Fields {
    /// Keys that are all read.
    pub const fn new(known: &'static [Field]) -> Self {
        Self {
            known,
            planned: &[],
            alternatives: Alternatives::None,
        }
    }

    /// Adds keys that are not built yet.
    #[must_use]
    pub const fn planned(self, planned: &'static [&'static str]) -> Self {
        Self { planned, ..self }
    }

    /// At least one of these sets of fields must be there.
    #[must_use]
    pub const fn any_of(self, sets: &'static [&'static [&'static str]]) -> Self {
        Self {
            alternatives: Alternatives::AnyOf(sets),
            ..self
        }
    }

    /// Exactly one of these sets of fields must be there.
    #[must_use]
    pub const fn one_of(self, sets: &'static [&'static [&'static str]]) -> Self {
        Self {
            alternatives: Alternatives::OneOf(sets),
            ..self
        }
    }

    /// The names of the keys that are read.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + Clone + use<> {
        self.known.iter().map(|field| field.name)
    }
}

/// One key of a table.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The key.
    pub name: &'static str,
    /// What its value is.
    pub form: Form,
    /// Whether it must be there, whatever else is.
    pub required: bool,
    /// One line for people.
    pub about: &'static str,
}

impl Field {
    /// A key that must be there.
    pub const fn required(name: &'static str, form: Form, about: &'static str) -> Self {
        Self {
            name,
            form,
            required: true,
            about,
        }
    }

    /// A key that may be there.
    pub const fn optional(name: &'static str, form: Form, about: &'static str) -> Self {
        Self {
            required: false,
            ..Self::required(name, form, about)
        }
    }
}

/// What a value may be, as far as can be said without the rest of the files.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// A string.
    Text,
    /// A string that matches a regular expression.
    Pattern(&'static str),
    /// One of these strings.
    Word(&'static [&'static str]),
    /// The name of something that the files or the connectors define.
    Name(Named),
    /// True or false.
    Boolean,
    /// A whole number, at least this.
    Integer(u32),
    /// A day.
    Date,
    /// A time with an offset.
    Instant,
    /// A list.
    List(&'static Self),
    /// A list that is not empty.
    Some(&'static Self),
    /// Either of two forms.
    Either(&'static Self, &'static Self),
    /// A table of fields.
    Table(&'static Fields),
    /// A table whose keys are names that the user chooses or refers to, each with a value.
    Map(Named, &'static Self),
    /// What a profile or an extra gives: a table per app, in the shapes of the app's own
    /// entitlement kinds.
    Gives,
}

/// What a name is the name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// An app of `provisor.toml`.
    App,
    /// A profile of `profiles.toml`.
    Profile,
    /// A person's id.
    Person,
    /// A kind of connector.
    Connector,
    /// A dialect of a protocol.
    Dialect,
    /// What leaving may mean in an app.
    Leaving,
    /// A credential that a connector asks for.
    Credential,
    /// An entitlement kind of an app.
    Entitlement,
    /// An attribute that an app's connector writes.
    Attribute,
    /// Anything that the user makes up.
    Free,
}

/// The words of a list of words with their meanings.
pub const fn words<T, const N: usize>(meanings: &[(&'static str, T); N]) -> [&'static str; N] {
    let mut words = [""; N];
    let mut index = 0;
    while index < N {
        words[index] = meanings[index].0;
        index += 1;
    }
    words
}
