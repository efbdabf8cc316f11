//! Problems in the files a user writes, as values; `render/` draws them.

use super::source::Site;

/// How bad a problem is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Breaks the structure: nothing can be planned.
    Error,
    /// Wrong with one person: that person's grants are held, never their closing.
    Held,
    /// Worth knowing; nothing is held.
    Warning,
}

/// A place and what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub site: Site,
    /// A few words under the caret; may be empty.
    pub text: String,
}

/// One problem: a stable code, a message, the places and a hint.
///
/// Texts may hold words from files: whoever shows them escapes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad.
    pub severity: Severity,
    /// A stable name in kebab case: `unknown-profile`.
    pub code: &'static str,
    /// One sentence without a full stop.
    pub message: String,
    /// The place at fault first, then others that explain it. Empty when a whole file is at fault.
    pub labels: Vec<Label>,
    /// What to do.
    pub hint: Option<String>,
    /// Places of secrets near the labels: whoever shows source lines puts asterisks there.
    pub redact: Vec<Site>,
}

impl Diagnostic {
    /// A problem that stops the run.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            message: message.into(),
            labels: Vec::new(),
            hint: None,
            redact: Vec::new(),
        }
    }

    /// A problem of one person.
    pub fn held(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Held,
            ..Self::error(code, message)
        }
    }

    /// A remark.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, message)
        }
    }

    /// Points at a place.
    #[must_use]
    pub fn at(mut self, site: Site, text: impl Into<String>) -> Self {
        self.labels.push(Label {
            site,
            text: text.into(),
        });
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Marks a place that holds a secret.
    #[must_use]
    pub fn redact(mut self, site: Site) -> Self {
        self.redact.push(site);
        self
    }
}
