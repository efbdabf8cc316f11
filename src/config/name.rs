//! Which texts may be names. Names end up in paths, logs, change ids and requests.

use crate::base::foreign::is_hostile;
use crate::base::{Diagnostic, Site};

/// The longest name.
const LONGEST: usize = 128;

/// The sets of characters that names are made of, besides ASCII letters and digits.
#[derive(Clone, Copy, Debug)]
pub(super) enum Alphabet {
    /// `-_.@`: HR ids.
    PersonId,
    /// `-_.`: names of apps, of entitlements' kinds, of a person's attributes.
    AppName,
    /// `-_.@/&+` and spaces inside: job codes.
    ProfileKey,
}

impl Alphabet {
    const fn extras(self) -> &'static [char] {
        match self {
            Self::PersonId => &['-', '_', '.', '@'],
            Self::AppName => &['-', '_', '.'],
            Self::ProfileKey => &['-', '_', '.', '@', '/', '&', '+', ' '],
        }
    }

    /// True for 1 to 128 characters of the set; the first is a letter or digit (so that no name is
    /// `..` or looks like an option), the last no space.
    fn allows(self, name: &str) -> bool {
        (1..=LONGEST).contains(&name.len())
            && name.starts_with(|first: char| first.is_ascii_alphanumeric())
            && !name.ends_with(' ')
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || self.extras().contains(&c))
    }
}

/// The name, if it may be one; otherwise `invalid-name` is reported.
pub(super) fn checked<'a>(
    name: &'a str,
    alphabet: Alphabet,
    site: Site,
    problems: &mut Vec<Diagnostic>,
) -> Option<&'a str> {
    if alphabet.allows(name) {
        return Some(name);
    }
    let extras: String = alphabet.extras().iter().collect();
    problems.push(
        Diagnostic::error("invalid-name", "this cannot be a name")
            .at(site, "")
            .hint(format!(
                "a letter or digit, then letters, digits and `{extras}`: at most {LONGEST} characters"
            )),
    );
    None
}

/// The text, if it is not empty and holds nothing that could forge a screen; otherwise
/// `invalid-value` is reported.
pub(super) fn visible<'a>(
    text: &'a str,
    site: Site,
    problems: &mut Vec<Diagnostic>,
) -> Option<&'a str> {
    if !text.trim().is_empty() && !text.chars().any(is_hostile) {
        return Some(text);
    }
    problems.push(
        Diagnostic::error("invalid-value", "empty, or holds invisible characters").at(site, ""),
    );
    None
}

/// A value that is not what it should be.
pub(super) fn invalid(site: Site, message: impl Into<String>, hint: &str) -> Diagnostic {
    Diagnostic::error("invalid-value", message)
        .at(site, "")
        .hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_in_paths_and_on_screens() {
        assert!(Alphabet::PersonId.allows("c-204@hr.example"));
        assert!(Alphabet::ProfileKey.allows("R&D / Lead 2"));
        for bad in ["", "..", "-x", "a/b", "a\nb", "a\u{202e}", " a"] {
            assert!(!Alphabet::AppName.allows(bad), "{bad:?}");
            assert!(!Alphabet::PersonId.allows(bad), "{bad:?}");
        }
        assert!(!Alphabet::ProfileKey.allows("MKT "));
        assert!(!Alphabet::ProfileKey.allows(&"x".repeat(129)));
    }
}
