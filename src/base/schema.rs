//! JSON Schemas, for editors: made of the field tables that the reader checks against.
//!
//! The dialect is draft-07, the newest that Taplo (behind Even Better TOML) validates with, and of
//! it only what draft 4 has too, which is what Taplo promises to understand
//! (<https://taplo.tamasfe.dev/configuration/developing-schemas.html>). Everything stands inline:
//! no reference needs to be resolved.

use std::collections::BTreeMap;

use serde::Serialize;

use super::fields::{Alternatives, Field, Fields, Form, Named};

/// What `$schema` says.
const DIALECT: &str = "http://json-schema.org/draft-07/schema#";

/// A schema; what is absent constrains nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Schema {
    #[serde(rename = "$schema", skip_serializing_if = "Option::is_none")]
    dialect: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(rename = "enum", skip_serializing_if = "Vec::is_empty")]
    words: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pattern: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Box<Self>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_items: Option<u32>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    properties: BTreeMap<String, Self>,
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_properties: Option<Others>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    required: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    any_of: Vec<Self>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    one_of: Vec<Self>,
}

/// What keys other than the named ones hold.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
enum Others {
    /// There may be none.
    Refused(Refused),
    /// A value like this.
    Like(Box<Schema>),
}

/// `false`
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(into = "bool")]
struct Refused;

impl From<Refused> for bool {
    fn from(_: Refused) -> Self {
        false
    }
}

/// The names that stand in the place of a kind of name, as far as they are known.
pub trait Vocabulary {
    /// The names of this kind; if there are none, any will do.
    fn names(&self, named: Named) -> Vec<String>;

    /// A table whose keys are names of this kind, each with a value of this form.
    fn entries(&self, named: Named, form: &Form) -> Schema;

    /// What a profile or an extra gives; see [`Form::Gives`].
    fn gives(&self) -> Schema;
}

impl Schema {
    /// The schema of a whole file.
    pub fn document(title: String, fields: &Fields, vocabulary: &dyn Vocabulary) -> Self {
        Self {
            dialect: Some(DIALECT),
            title: Some(title),
            ..Self::table(fields, vocabulary)
        }
    }

    /// A table of fields.
    pub fn table(fields: &Fields, vocabulary: &dyn Vocabulary) -> Self {
        let property = |field: &Field| {
            let schema = Self::of(&field.form, vocabulary).about(field.about);
            (field.name.to_owned(), schema)
        };
        let mut schema = Self::map(fields.known.iter().map(property), None);
        let required = fields.known.iter().filter(|field| field.required);
        schema.required = required.map(|field| field.name).collect();
        let sets = |sets: &'static [&'static [&'static str]]| {
            let of_one = |set: &&'static [&'static str]| Self {
                required: set.to_vec(),
                ..Self::default()
            };
            sets.iter().map(of_one).collect()
        };
        match fields.alternatives {
            Alternatives::None => {}
            Alternatives::AnyOf(alternatives) => schema.any_of = sets(alternatives),
            Alternatives::OneOf(alternatives) => schema.one_of = sets(alternatives),
        }
        schema
    }

    /// A table with these keys; others hold values like `others`, or are refused.
    pub fn map(properties: impl IntoIterator<Item = (String, Self)>, others: Option<Self>) -> Self {
        Self {
            properties: properties.into_iter().collect(),
            additional_properties: Some(match others {
                Some(schema) => Others::Like(Box::new(schema)),
                None => Others::Refused(Refused),
            }),
            ..Self::typed("object")
        }
    }

    /// A list.
    pub fn list(items: Self) -> Self {
        Self {
            items: Some(Box::new(items)),
            ..Self::typed("array")
        }
    }

    /// Any of these.
    pub fn either(schemas: Vec<Self>) -> Self {
        Self {
            any_of: schemas,
            ..Self::default()
        }
    }

    /// A string; one of these words, if there are any.
    pub fn text(words: Vec<String>) -> Self {
        Self {
            words,
            ..Self::typed("string")
        }
    }

    /// Adds a line for people; none if it is empty.
    #[must_use]
    pub fn about(self, about: &str) -> Self {
        Self {
            description: (!about.is_empty())
                .then(|| about.to_owned())
                .or(self.description),
            ..self
        }
    }

    /// What it describes, if it is a document's.
    pub fn title(&self) -> &str {
        self.title.as_deref().unwrap_or_default()
    }

    /// The schema as pretty JSON, with a line break at its end.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a schema is plain data");
        text.push('\n');
        text
    }

    fn typed(kind: &'static str) -> Self {
        Self {
            kind: Some(kind),
            ..Self::default()
        }
    }

    /// A value of a form.
    pub fn of(form: &Form, vocabulary: &dyn Vocabulary) -> Self {
        match form {
            Form::Text => Self::text(Vec::new()),
            Form::Pattern(pattern) => Self {
                pattern: Some(pattern),
                ..Self::typed("string")
            },
            Form::Word(words) => Self::text(words.iter().map(|word| (*word).to_owned()).collect()),
            Form::Name(named) => Self::text(vocabulary.names(*named)),
            Form::Boolean => Self::typed("boolean"),
            Form::Integer(minimum) => Self {
                minimum: Some(*minimum),
                ..Self::typed("integer")
            },
            // TOML's own dates and times reach a schema as strings.
            Form::Date => Self {
                format: Some("date"),
                pattern: Some("^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
                ..Self::typed("string")
            },
            Form::Instant => Self {
                format: Some("date-time"),
                pattern: Some("^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ].*([Zz]|[+-][0-9]{2}:[0-9]{2})$"),
                ..Self::typed("string")
            },
            Form::List(of) => Self::list(Self::of(of, vocabulary)),
            Form::Some(of) => Self {
                min_items: Some(1),
                ..Self::list(Self::of(of, vocabulary))
            },
            Form::Either(one, other) => {
                Self::either(vec![Self::of(one, vocabulary), Self::of(other, vocabulary)])
            }
            Form::Table(fields) => Self::table(fields, vocabulary),
            Form::Map(named, of) => vocabulary.entries(*named, of),
            Form::Gives => vocabulary.gives(),
        }
    }
}
