//! A plan as a file: canonical JSON that holds its own digests, so that an edit shows.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};

use crate::base::Digest;
use crate::base::digest::canonical;
use crate::base::foreign::escape;
use crate::model::plan::{Body, Envelope, FORMAT, Plan};

/// The largest file that is read: a first plan of a very large company is no larger.
pub const LARGEST_FILE: u64 = 1024 * 1024 * 1024;

/// The file: one line of canonical JSON and a line break.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "A saved plan")]
struct File {
    /// `provisor.plan/1`
    format: String,
    /// The plan's id: the digest of its body.
    id: Digest,
    /// The digest of id and envelope.
    seal: Digest,
    /// When and by what it was made, and until when it may be applied.
    envelope: Envelope,
    /// What it says.
    body: Body,
}

#[derive(Deserialize)]
struct Tag {
    format: String,
}

/// Why a file is no plan that may be believed.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is cut, or something else.
    #[error("it is not a saved plan, or only a part of one")]
    Foreign(#[source] serde_json::Error),
    /// It is something else of ours, or of a newer version.
    #[error("its format is `{}`, and this provisor reads `{FORMAT}`", escape(.0))]
    Format(String),
    /// It says something else than what was planned.
    #[error("it was edited after it was made: {0}")]
    Edited(String),
}

/// A plan as the content of a file.
pub fn write(plan: &Plan) -> Vec<u8> {
    let id = plan.id();
    let mut bytes = canonical(&File {
        format: FORMAT.to_owned(),
        id,
        seal: seal(id, &plan.envelope),
        envelope: plan.envelope.clone(),
        body: plan.body.clone(),
    });
    bytes.push(b'\n');
    bytes
}

fn seal(id: Digest, envelope: &Envelope) -> Digest {
    Digest::of_value(&(id, envelope))
}

/// Reads a plan back. What was changed is named as closely as it can be.
///
/// # Errors
/// If the file is none of ours, of a version that is not known, or not as it was written.
pub fn read(bytes: &[u8]) -> Result<Plan, Unreadable> {
    let Tag { format } = serde_json::from_slice(bytes).map_err(Unreadable::Foreign)?;
    if format != FORMAT {
        return Err(Unreadable::Format(format));
    }
    let file: File = serde_json::from_slice(bytes).map_err(Unreadable::Foreign)?;
    let (id, said) = (file.id, file.seal);
    let plan = Plan {
        envelope: file.envelope,
        body: file.body,
    };
    if plan.body.format != FORMAT {
        return Err(Unreadable::Format(plan.body.format));
    }
    if plan.id() != id {
        return Err(Unreadable::Edited(culprit(&plan, id)));
    }
    if seal(id, &plan.envelope) != said {
        let what = "its envelope (when it was made, and until when it may be applied) does not \
                    have the digest that it names";
        return Err(Unreadable::Edited(what.to_owned()));
    }
    let rightly = write(&plan);
    if rightly != bytes {
        let same = rightly.iter().zip(bytes).take_while(|(a, b)| a == b);
        let place = same.count() + 1;
        let what = format!("byte {place} is not as it was written");
        return Err(Unreadable::Edited(what));
    }
    Ok(plan)
}

/// The first change that does not have the id that it names; otherwise, that the digests differ.
fn culprit(plan: &Plan, id: Digest) -> String {
    let forged = plan.body.changes.iter().find(|change| !change.has_own_id());
    match forged {
        Some(change) => format!("change {} is not the one of that id", change.id),
        None => format!(
            "its body has the digest {}, and it names {}",
            plan.id().short(),
            id.short()
        ),
    }
}

/// The JSON Schema of the file, and a line break.
pub fn schema(title: &str) -> String {
    let mut generator = SchemaSettings::draft07().into_generator();
    let mut schema = generator.root_schema_for::<File>();
    schema.insert("title".to_owned(), title.into());
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
    text.push('\n');
    text
}
