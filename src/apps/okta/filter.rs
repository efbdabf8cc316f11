//! Filter and search expressions, built by escaping, never by pasting.

/// A text that no expression may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a control character cannot stand in a filter")]
pub struct ControlCharacter;

/// `attribute eq "value"`: values are JSON strings (Okta API, "Filter").
pub fn equals(attribute: &str, value: &str) -> Result<String, ControlCharacter> {
    if value.chars().any(char::is_control) {
        return Err(ControlCharacter);
    }
    Ok(format!("{attribute} eq {}", serde_json::Value::from(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_leave_its_quotes() {
        assert_eq!(
            equals("profile.login", r#"o"neil\@x.example"#).unwrap(),
            r#"profile.login eq "o\"neil\\@x.example""#
        );
        assert_eq!(
            equals("profile.login", r#"x" or status eq "ACTIVE"#).unwrap(),
            r#"profile.login eq "x\" or status eq \"ACTIVE""#
        );
        assert_eq!(equals("profile.login", "a\nb"), Err(ControlCharacter));
    }
}
