//! Filters, built by escaping, never by pasting.

/// A text that no filter may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a control character cannot stand in a filter")]
pub struct ControlCharacter;

/// `attribute eq "value"`
pub fn equals(attribute: &str, value: &str) -> Result<String, ControlCharacter> {
    if value.chars().any(char::is_control) {
        return Err(ControlCharacter);
    }
    let escaped = value.replace('\\', r"\\").replace('"', "\\\"");
    Ok(format!("{attribute} eq \"{escaped}\""))
}

/// `members[value eq "id"]`: the path of one member of a group.
pub fn member(id: &str) -> Result<String, ControlCharacter> {
    Ok(format!("members[{}]", equals("value", id)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_leave_its_quotes() {
        assert_eq!(
            equals("userName", r#"o"neil\@example.com"#).unwrap(),
            r#"userName eq "o\"neil\\@example.com""#
        );
        assert_eq!(
            member(r#"x"] or members[value pr"#).unwrap(),
            r#"members[value eq "x\"] or members[value pr"]"#
        );
        assert_eq!(equals("userName", "a\u{7}b"), Err(ControlCharacter));
        assert_eq!(equals("userName", "a\nb"), Err(ControlCharacter));
    }
}
