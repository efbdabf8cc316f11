//! Numbers with their nouns: "1 account", "2 accounts", "1,204 people".

use std::fmt;

/// A count with its noun, pluralised; `Display` writes thousands with commas.
#[derive(Clone, Copy, Debug)]
pub struct Count<'a> {
    number: usize,
    one: &'a str,
    many: Option<&'a str>,
}

/// A count of a noun that takes an `s`.
pub fn count(number: usize, noun: &str) -> Count<'_> {
    Count {
        number,
        one: noun,
        many: None,
    }
}

/// A count of a noun with a plural of its own: `count_of(2, "person", "people")`.
pub fn count_of<'a>(number: usize, one: &'a str, many: &'a str) -> Count<'a> {
    Count {
        number,
        one,
        many: Some(many),
    }
}

impl fmt::Display for Count<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", thousands(self.number))?;
        match (self.number, self.many) {
            (1, _) => f.write_str(self.one),
            (_, Some(many)) => f.write_str(many),
            (_, None) => write!(f, "{}s", self.one),
        }
    }
}

/// A number with commas between its thousands.
pub fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_agree_with_their_nouns() {
        assert_eq!(count(1, "account").to_string(), "1 account");
        assert_eq!(count(0, "account").to_string(), "0 accounts");
        assert_eq!(
            count_of(1204, "person", "people").to_string(),
            "1,204 people"
        );
        assert_eq!(thousands(1_000_000), "1,000,000");
        assert_eq!(thousands(999), "999");
    }
}
