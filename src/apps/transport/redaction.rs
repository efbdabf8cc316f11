//! What an app said, without our secrets.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret as _, SecretString};

use super::target::ESCAPED;

/// The start of what an app said, with every echo of our secrets blotted out: as it is, as JSON
/// writes it, and percent-encoded, as much as can be or as we do it.
pub fn excerpt(said: &str, secrets: &[SecretString], characters: usize) -> String {
    let mut text = said.to_owned();
    for secret in secrets.iter().map(SecretString::expose_secret) {
        let quoted = serde_json::Value::from(secret).to_string();
        let encoded = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
        let in_path = utf8_percent_encode(secret, ESCAPED).to_string();
        for form in [secret, &quoted[1..quoted.len() - 1], &encoded, &in_path] {
            if !form.is_empty() && text.contains(form) {
                text = text.replace(form, "[secret]");
            }
        }
    }
    text.trim().chars().take(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_form_of_the_secret_stays_and_the_cut_comes_last() {
        let secret = SecretString::from(r#"a"b/c-d"#);
        let said = r#"Bearer a"b/c-d and a\"b/c-d and a%22b%2Fc%2Dd and a%22b%2Fc-d"#;
        assert_eq!(
            excerpt(said, &[secret], 200),
            "Bearer [secret] and [secret] and [secret] and [secret]"
        );
        let long = format!("{}{}", "x".repeat(196), "secretsecret");
        let cut = excerpt(&long, &[SecretString::from("secretsecret")], 200);
        assert!(!cut.contains("secret]") && !cut.contains("secretse"));
        assert_eq!(cut.chars().count(), 200);
    }
}
