//! JSON Schemas of the files, for editors: in general, and for the apps of one configuration.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::apps::{Options, describe, kinds};
use crate::base::Schema;
use crate::base::fields::{Fields, Form, Named};
use crate::base::schema::Vocabulary;
use crate::model::app::{AppDescription, Shape};

use super::{Config, accounts, approvals, people, profiles, settings, trust};

/// The files: what their schemas are called, what they describe, and their fields.
const FILES: [(&str, &str, &Fields); 6] = [
    (
        "provisor",
        "provisor.toml: settings and apps",
        &settings::ROOT,
    ),
    ("profiles", "profiles.toml: who gets what", &profiles::ROOT),
    (
        "people",
        "people.toml and people/*.toml: who, and when",
        &people::ROOT,
    ),
    (
        "accounts",
        "accounts.toml: every account that is not a person's main one",
        &accounts::ROOT,
    ),
    (
        "approvals",
        "approvals.toml: who approved what only an approval may give",
        &approvals::ROOT,
    ),
    ("trust", "The file that PROVISOR_TRUST names", &trust::ROOT),
];

/// What the schemas are called.
pub fn names() -> impl Iterator<Item = &'static str> {
    FILES.into_iter().map(|(name, _, _)| name)
}

/// The schema of each file, by name, for any configuration.
pub fn general() -> Vec<(&'static str, Schema)> {
    all(&General)
}

/// The schema of each file, by name, for the apps and the profiles of one configuration.
pub fn of(config: &Config) -> Vec<(&'static str, Schema)> {
    let mut schemas = all(&Project { config });
    // The trust file is not beside the others, and knows nothing of them.
    schemas.retain(|(name, _)| *name != "trust");
    schemas
}

fn all(vocabulary: &dyn Vocabulary) -> Vec<(&'static str, Schema)> {
    let document = |(name, title, fields): (_, &str, _)| {
        let schema = Schema::document(title.to_owned(), fields, vocabulary);
        (name, schema)
    };
    FILES.into_iter().map(document).collect()
}

/// What is known of every configuration: the connectors.
struct General;

impl Vocabulary for General {
    fn names(&self, named: Named) -> Vec<String> {
        let of_all = |words: fn(&AppDescription) -> Vec<&'static str>| {
            let all: BTreeSet<&str> = connectors().iter().flat_map(|known| words(known)).collect();
            all.into_iter().map(str::to_owned).collect()
        };
        match named {
            Named::Connector => kinds().into_iter().map(str::to_owned).collect(),
            Named::Leaving => of_all(|known| known.leaving_choices.to_vec()),
            Named::Credential => of_all(|known| known.credentials.concat()),
            Named::App
            | Named::Profile
            | Named::Person
            // A configuration may have dialects of its own.
            | Named::Dialect
            | Named::Entitlement
            | Named::Attribute
            | Named::Free => Vec::new(),
        }
    }

    fn entries(&self, named: Named, form: &Form) -> Schema {
        match named {
            Named::Credential => closed(self.names(named), form, self),
            _ => Schema::map([], Some(Schema::of(form, self))),
        }
    }

    fn gives(&self) -> Schema {
        let text = || Schema::text(Vec::new());
        let levels = Schema::map([], Some(text()));
        let held = Schema::either(vec![text(), Schema::list(text()), levels]);
        Schema::map([], Some(Schema::map([], Some(held))))
    }
}

/// What every connector says of itself, without options.
fn connectors() -> Vec<Arc<AppDescription>> {
    let kinds = kinds().into_iter();
    kinds
        .filter_map(|kind| describe(kind, &Options::default()))
        .collect()
}

/// What one configuration adds: its apps and its profiles.
struct Project<'a> {
    config: &'a Config,
}

impl Vocabulary for Project<'_> {
    fn names(&self, named: Named) -> Vec<String> {
        match named {
            Named::App => self
                .config
                .apps
                .keys()
                .map(|app| app.as_str().to_owned())
                .collect(),
            Named::Profile => {
                let profiles = self.config.profiles.keys();
                profiles
                    .map(|profile| profile.as_str().to_owned())
                    .collect()
            }
            _ => General.names(named),
        }
    }

    fn entries(&self, named: Named, form: &Form) -> Schema {
        match (named, form) {
            // The entries of `[apps]`: each of its own kind, and others that are to come.
            (Named::App, Form::Table(_)) => {
                let known = self.config.apps.iter().map(|(name, app)| {
                    let of_app = OfApp {
                        project: self,
                        description: &app.description,
                    };
                    let about = app.description.summary.as_ref();
                    (
                        name.as_str().to_owned(),
                        Schema::of(form, &of_app).about(about),
                    )
                });
                Schema::map(known, Some(Schema::of(form, self)))
            }
            (Named::App, _) => closed(self.names(named), form, self),
            (Named::Credential, _) => General.entries(named, form),
            _ => Schema::map([], Some(Schema::of(form, self))),
        }
    }

    fn gives(&self) -> Schema {
        let apps = self.config.apps.iter().map(|(name, app)| {
            let entitlements = app.description.entitlements.iter().map(|kind| {
                let schema = shape(&kind.shape).about(&kind.summary);
                (kind.name.clone().into_owned(), schema)
            });
            let schema = Schema::map(entitlements, None).about(&app.description.summary);
            (name.as_str().to_owned(), schema)
        });
        Schema::map(apps, None)
    }
}

/// What the connector of one configured app adds.
struct OfApp<'a> {
    project: &'a Project<'a>,
    description: &'a AppDescription,
}

impl Vocabulary for OfApp<'_> {
    fn names(&self, named: Named) -> Vec<String> {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        match named {
            Named::Leaving => owned(self.description.leaving_choices),
            Named::Credential => owned(&self.description.credentials.concat()),
            Named::Entitlement => {
                let kinds = self.description.entitlements.iter();
                kinds.map(|kind| kind.name.clone().into_owned()).collect()
            }
            Named::Attribute => {
                let attributes = self.description.attributes.iter();
                attributes.map(|kind| kind.name.to_owned()).collect()
            }
            _ => self.project.names(named),
        }
    }

    fn entries(&self, named: Named, form: &Form) -> Schema {
        match named {
            Named::Credential | Named::Entitlement => closed(self.names(named), form, self),
            _ => self.project.entries(named, form),
        }
    }

    fn gives(&self) -> Schema {
        self.project.gives()
    }
}

/// A table whose keys are these names and no others.
fn closed(names: Vec<String>, form: &Form, vocabulary: &dyn Vocabulary) -> Schema {
    let value = Schema::of(form, vocabulary);
    Schema::map(names.into_iter().map(|name| (name, value.clone())), None)
}

/// The values of an entitlement kind.
fn shape(shape: &Shape) -> Schema {
    let values = || Schema::list(Schema::text(Vec::new()));
    match shape {
        Shape::One => Schema::text(Vec::new()),
        Shape::Many => values(),
        Shape::Keyed { levels, .. } => {
            let levels = levels.iter().map(|level| level.clone().into_owned());
            let keyed = Schema::map([], Some(Schema::text(levels.collect())));
            Schema::either(vec![values(), keyed])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_knows_each_shape_and_the_levels_of_keyed_values() {
        let json = |shape_: &Shape| serde_json::to_value(shape(shape_)).unwrap();
        let values = serde_json::json!({ "type": "array", "items": { "type": "string" } });
        assert_eq!(json(&Shape::One), serde_json::json!({ "type": "string" }));
        assert_eq!(json(&Shape::Many), values);
        let keyed = Shape::Keyed {
            default_level: "Viewer".into(),
            levels: vec!["Viewer".into(), "Admin".into()],
        };
        let levels = serde_json::json!({ "type": "string", "enum": ["Viewer", "Admin"] });
        let table = serde_json::json!({ "type": "object", "additionalProperties": levels });
        assert_eq!(
            json(&keyed),
            serde_json::json!({ "anyOf": [values, table] })
        );
    }
}
