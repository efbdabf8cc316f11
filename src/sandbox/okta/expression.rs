//! `filter` and `search`: comparisons joined by `and` and `or`.
//!
//! Source: Okta's "Core Okta API", section Filter, and the descriptions of `filter` and `search` in
//! the Management API specification.

use super::error::OktaError;

/// Which of the two languages an expression is in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Language {
    /// The operators that every attribute takes.
    operators: &'static [Operator],
    /// The attributes there are, and those with an order; `None` is any.
    attributes: Option<(&'static [&'static str], &'static [&'static str])>,
    /// Whether values match whatever their case.
    folds: bool,
}

/// `filter` of users: few attributes, exact values.
pub(super) const USER_FILTER: Language = Language {
    operators: &[Operator::Equal],
    attributes: Some((
        &[
            "status",
            "lastUpdated",
            "id",
            "profile.login",
            "profile.email",
            "profile.firstName",
            "profile.lastName",
        ],
        &["lastUpdated"],
    )),
    folds: false,
};

/// `filter` of groups.
pub(super) const GROUP_FILTER: Language = Language {
    operators: &[Operator::Equal],
    attributes: Some((
        &["id", "type", "lastUpdated", "lastMembershipUpdated"],
        &["lastUpdated", "lastMembershipUpdated"],
    )),
    folds: false,
};

/// `filter` of apps.
pub(super) const APP_FILTER: Language = Language {
    operators: &[Operator::Equal],
    attributes: Some((&["id", "status", "name"], &[])),
    folds: false,
};

/// `search`: all attributes, whatever the case of the value.
pub(super) const SEARCH: Language = Language {
    operators: &[
        Operator::Equal,
        Operator::Starts,
        Operator::Contains,
        Operator::Present,
        Operator::Greater,
        Operator::GreaterOrEqual,
        Operator::Less,
        Operator::LessOrEqual,
    ],
    attributes: None,
    folds: true,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    Starts,
    Contains,
    Present,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

const WORDS: [(&str, Operator); 8] = [
    ("eq", Operator::Equal),
    ("sw", Operator::Starts),
    ("co", Operator::Contains),
    ("pr", Operator::Present),
    ("gt", Operator::Greater),
    ("ge", Operator::GreaterOrEqual),
    ("lt", Operator::Less),
    ("le", Operator::LessOrEqual),
];

/// A parsed expression.
#[derive(Debug)]
pub(super) enum Expression {
    All(Vec<Self>),
    Any(Vec<Self>),
    Comparison(Comparison),
}

/// `profile.login eq "a@x.example"`
#[derive(Debug)]
pub(super) struct Comparison {
    attribute: String,
    operator: Operator,
    value: String,
    folds: bool,
}

impl Expression {
    pub fn parse(language: Language, text: &str) -> Result<Self, OktaError> {
        let mut parser = Parser {
            language,
            tokens: tokens(text).ok_or_else(OktaError::bad_search)?,
            at: 0,
            depth: 0,
        };
        let parsed = parser.any();
        let whole = parser.at == parser.tokens.len();
        parsed.filter(|_| whole).ok_or_else(OktaError::bad_search)
    }

    /// True if it holds of something whose attributes `value` tells.
    pub fn holds(&self, value: &dyn Fn(&str) -> Option<String>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(value)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(value)),
            Self::Comparison(comparison) => comparison.holds(value),
        }
    }
}

impl Comparison {
    fn holds(&self, value: &dyn Fn(&str) -> Option<String>) -> bool {
        let fold = |text: &str| {
            if self.folds {
                text.to_lowercase()
            } else {
                text.to_owned()
            }
        };
        let Some(found) = value(&self.attribute).map(|found| fold(&found)) else {
            return false;
        };
        let wanted = fold(&self.value);
        match self.operator {
            Operator::Present => true,
            Operator::Equal => found == wanted,
            Operator::Starts => found.starts_with(&wanted),
            Operator::Contains => found.contains(&wanted),
            Operator::Greater => found > wanted,
            Operator::GreaterOrEqual => found >= wanted,
            Operator::Less => found < wanted,
            Operator::LessOrEqual => found <= wanted,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Word(String),
    Text(String),
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' => {
                tokens.push(Token::Open);
                1
            }
            ')' => {
                tokens.push(Token::Close);
                1
            }
            '"' => {
                let mut parsed = serde_json::Deserializer::from_str(rest).into_iter::<String>();
                tokens.push(Token::Text(parsed.next()?.ok()?));
                parsed.byte_offset()
            }
            _ => {
                let ends = |found: char| found.is_whitespace() || "()\"".contains(found);
                let end = rest.find(ends).unwrap_or(rest.len());
                tokens.push(Token::Word(rest[..end].to_owned()));
                end
            }
        };
        rest = rest[length..].trim_start();
    }
    Some(tokens)
}

struct Parser {
    language: Language,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

/// Brackets within brackets, at most.
const DEEPEST: usize = 20;

impl Parser {
    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn takes(&mut self, word: &str) -> bool {
        let found = matches!(
            self.tokens.get(self.at),
            Some(Token::Word(found)) if found.eq_ignore_ascii_case(word)
        );
        self.at += usize::from(found);
        found
    }

    fn any(&mut self) -> Option<Expression> {
        let mut parts = vec![self.all()?];
        while self.takes("or") {
            parts.push(self.all()?);
        }
        Some(Expression::Any(parts))
    }

    fn all(&mut self) -> Option<Expression> {
        let mut parts = vec![self.one()?];
        while self.takes("and") {
            parts.push(self.one()?);
        }
        Some(Expression::All(parts))
    }

    fn one(&mut self) -> Option<Expression> {
        let attribute = match self.next()? {
            Token::Open => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return None;
                }
                let inside = self.any()?;
                self.depth -= 1;
                return (self.next()? == Token::Close).then_some(inside);
            }
            Token::Word(attribute) => attribute,
            Token::Close | Token::Text(_) => return None,
        };
        let Token::Word(word) = self.next()? else {
            return None;
        };
        let (_, operator) = WORDS
            .into_iter()
            .find(|(known, _)| word.eq_ignore_ascii_case(known))?;
        if !self.language.has(&attribute, operator) {
            return None;
        }
        let value = match operator {
            Operator::Present => String::new(),
            _ => match self.next()? {
                Token::Text(value) | Token::Word(value) => value,
                Token::Open | Token::Close => return None,
            },
        };
        Some(Expression::Comparison(Comparison {
            attribute,
            operator,
            value,
            folds: self.language.folds,
        }))
    }
}

impl Language {
    fn has(&self, attribute: &str, operator: Operator) -> bool {
        let Some((known, ordered)) = self.attributes else {
            return self.operators.contains(&operator);
        };
        let orders = matches!(
            operator,
            Operator::Greater | Operator::GreaterOrEqual | Operator::Less | Operator::LessOrEqual
        );
        known.contains(&attribute)
            && (self.operators.contains(&operator) || orders && ordered.contains(&attribute))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(language: Language, text: &str) -> Option<bool> {
        let expression = Expression::parse(language, text).ok()?;
        Some(expression.holds(&|name| match name {
            "status" => Some("ACTIVE".to_owned()),
            "profile.login" => Some("o\"neil@x.example".to_owned()),
            _ => None,
        }))
    }

    #[test]
    fn the_languages_take_what_is_documented_and_nothing_else() {
        let filter = |text| holds(USER_FILTER, text);
        let search = |text| holds(SEARCH, text);
        assert_eq!(filter(r#"status eq "ACTIVE""#), Some(true));
        assert_eq!(filter(r#"status eq "active""#), Some(false), "exact");
        assert_eq!(search(r#"status eq "active""#), Some(true));
        assert_eq!(
            filter(r#"profile.login eq "o\"neil@x.example""#),
            Some(true)
        );
        let either = r#"status eq "STAGED" or (status eq "ACTIVE" and id eq "x")"#;
        assert_eq!(filter(either), Some(false));
        assert_eq!(search("status pr"), Some(true));
        assert_eq!(search("profile.title pr"), Some(false));
        for refused in [
            "status pr",
            r#"profile.title eq "x""#,
            r#"status ne "ACTIVE""#,
            r#"status eq "ACTIVE" and"#,
            r#"status eq "ACTIVE" "x""#,
            r#"status eq "open"#,
            "",
        ] {
            assert_eq!(filter(refused), None, "{refused}");
        }
        assert_eq!(search(r#"status ne "ACTIVE""#), None);
    }
}
