//! Filters (RFC 7644 section 3.4.2.2): parsed against the schema, then matched.

use jiff::Timestamp;
use serde_json::Value;

use super::error::ScimError;
use super::resource::Object;
use super::schema::{ResourceType, Steps, Type, resolve};

/// A filter whose attributes exist and whose values fit them.
#[derive(Debug)]
pub(super) enum Filter {
    /// Joined by `and`. A list, since a chain of thousands must not become as deep as it is long.
    All(Vec<Self>),
    /// Joined by `or`.
    Any(Vec<Self>),
    Not(Box<Self>),
    /// The attribute has a value.
    Present(Steps),
    /// One of the attribute's values compares so.
    Compare(Steps, Operator, Literal),
    /// One item of a multi-valued attribute matches by itself: `emails[type eq "work"]`.
    Item(Steps, Box<Self>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Contains,
    StartsWith,
    EndsWith,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

#[derive(Debug)]
pub(super) enum Literal {
    Null,
    Boolean(bool),
    Instant(Timestamp),
    Exact(String),
    /// Lower case, compared with lower case.
    Folded(String),
}

impl Filter {
    /// Parses a filter of resources.
    pub fn parse(of: &ResourceType, text: &str) -> Result<Self, ScimError> {
        let mut parser = Parser::new(text);
        let filter = parser.disjunction(&|path| of.resolve(path))?;
        parser.skip_space();
        if !parser.rest.is_empty() {
            return Err(parser.unexpected());
        }
        Ok(filter)
    }

    /// Parses a filter of an attribute's items up to its closing bracket; also returns what
    /// follows it.
    pub fn parse_items<'a>(of: &Steps, text: &'a str) -> Result<(Self, &'a str), ScimError> {
        let mut parser = Parser::new(text);
        let filter = parser.items(of)?;
        Ok((filter, parser.rest))
    }

    /// True if the object matches.
    pub fn matches(&self, object: &Object) -> bool {
        match self {
            Self::All(filters) => filters.iter().all(|filter| filter.matches(object)),
            Self::Any(filters) => filters.iter().any(|filter| filter.matches(object)),
            Self::Not(inner) => !inner.matches(object),
            Self::Present(steps) => any(object, steps, &|_| true),
            // Null is what an attribute without a value has.
            Self::Compare(steps, Operator::Equal, Literal::Null) => !any(object, steps, &|_| true),
            Self::Compare(steps, Operator::NotEqual, Literal::Null) => {
                any(object, steps, &|_| true)
            }
            Self::Compare(steps, Operator::NotEqual, literal) => !any(object, steps, &|value| {
                literal.compares(Operator::Equal, value)
            }),
            Self::Compare(steps, operator, literal) => {
                any(object, steps, &|value| literal.compares(*operator, value))
            }
            Self::Item(steps, inner) => any(object, steps, &|value| {
                value.as_object().is_some_and(|item| inner.matches(item))
            }),
        }
    }

    /// The value that a single attribute must equal for the filter to match at all, if it is that
    /// simple: lets a server look into an index.
    pub fn demands(&self, name: &str) -> Option<&str> {
        match self {
            Self::All(filters) => filters.iter().find_map(|filter| filter.demands(name)),
            Self::Any(filters) => match &filters[..] {
                [only] => only.demands(name),
                _ => None,
            },
            Self::Compare(steps, Operator::Equal, Literal::Folded(text) | Literal::Exact(text)) => {
                matches!(&steps[..], [only] if only.name == name).then_some(text)
            }
            _ => None,
        }
    }

    /// True if the filter is nothing but "equal", on one of these attributes.
    pub fn is_equality_on(&self, names: &[&str]) -> bool {
        match self {
            Self::All(filters) | Self::Any(filters) => match &filters[..] {
                [only] => only.is_equality_on(names),
                _ => false,
            },
            Self::Compare(steps, Operator::Equal, _) => {
                matches!(&steps[..], [only] if names.contains(&only.name))
            }
            _ => false,
        }
    }

    /// True if the filter looks at an attribute of the resource.
    pub fn mentions(&self, name: &str) -> bool {
        match self {
            Self::All(filters) | Self::Any(filters) => {
                filters.iter().any(|filter| filter.mentions(name))
            }
            Self::Not(inner) => inner.mentions(name),
            Self::Present(steps) | Self::Compare(steps, ..) | Self::Item(steps, _) => {
                steps.first().is_some_and(|first| first.name == name)
            }
        }
    }
}

/// True if one of the values at the end of the steps passes.
fn any(
    object: &Object,
    steps: &[&super::schema::Attribute],
    passes: &dyn Fn(&Value) -> bool,
) -> bool {
    let Some((first, rest)) = steps.split_first() else {
        return false;
    };
    let reached = |value: &Value| match rest {
        [] => passes(value),
        _ => value
            .as_object()
            .is_some_and(|inner| any(inner, rest, passes)),
    };
    match object.get(first.name) {
        Some(Value::Array(items)) => items.iter().any(reached),
        Some(value) => reached(value),
        None => false,
    }
}

impl Literal {
    fn compares(&self, operator: Operator, value: &Value) -> bool {
        match (self, value) {
            (Self::Boolean(wanted), Value::Bool(value)) => value == wanted,
            (Self::Exact(wanted), Value::String(value)) => text_compares(operator, value, wanted),
            (Self::Folded(wanted), Value::String(value)) => {
                text_compares(operator, &value.to_lowercase(), wanted)
            }
            (Self::Instant(wanted), Value::String(value)) => {
                let value = value.parse::<Timestamp>();
                value.is_ok_and(|value| ordered(operator, &value, wanted))
            }
            _ => false,
        }
    }
}

fn text_compares(operator: Operator, value: &str, wanted: &str) -> bool {
    match operator {
        Operator::Contains => value.contains(wanted),
        Operator::StartsWith => value.starts_with(wanted),
        Operator::EndsWith => value.ends_with(wanted),
        _ => ordered(operator, value, wanted),
    }
}

fn ordered<T: Ord + ?Sized>(operator: Operator, value: &T, wanted: &T) -> bool {
    match operator {
        Operator::Equal => value == wanted,
        Operator::Greater => value > wanted,
        Operator::GreaterOrEqual => value >= wanted,
        Operator::Less => value < wanted,
        Operator::LessOrEqual => value <= wanted,
        _ => false,
    }
}

/// Finds the attribute of a path, in the resource or in the item at hand.
type Resolve<'a> = dyn Fn(&str) -> Option<Steps> + 'a;

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

/// Parentheses deeper than this are refused: a parser that recurses must not run out of stack.
const DEEPEST: usize = 32;

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            rest: text,
            depth: 0,
        }
    }

    fn disjunction(&mut self, scope: &Resolve<'_>) -> Result<Filter, ScimError> {
        let mut filters = vec![self.conjunction(scope)?];
        while self.word("or") {
            filters.push(self.conjunction(scope)?);
        }
        Ok(Filter::Any(filters))
    }

    fn conjunction(&mut self, scope: &Resolve<'_>) -> Result<Filter, ScimError> {
        let mut filters = vec![self.term(scope)?];
        while self.word("and") {
            filters.push(self.term(scope)?);
        }
        Ok(Filter::All(filters))
    }

    fn term(&mut self, scope: &Resolve<'_>) -> Result<Filter, ScimError> {
        let not = self.word("not");
        if self.symbol('(') {
            self.depth += 1;
            if self.depth > DEEPEST {
                return Err(ScimError::invalid_filter("the filter is too deep"));
            }
            let filter = self.disjunction(scope)?;
            self.depth -= 1;
            return match (self.symbol(')'), not) {
                (false, _) => Err(self.unexpected()),
                (true, true) => Ok(Filter::Not(filter.into())),
                (true, false) => Ok(filter),
            };
        }
        if not {
            return Err(self.unexpected());
        }
        self.comparison(scope)
    }

    fn comparison(&mut self, scope: &Resolve<'_>) -> Result<Filter, ScimError> {
        self.skip_space();
        let is_path =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '$' | '_' | '-');
        let end = self.rest.find(|c| !is_path(c)).unwrap_or(self.rest.len());
        let (path, rest) = self.rest.split_at(end);
        if path.is_empty() {
            return Err(self.unexpected());
        }
        let unknown = || ScimError::invalid_filter(format!("unknown attribute `{path}`"));
        let mut steps = scope(path).ok_or_else(unknown)?;
        self.rest = rest;
        if let Some(inner) = rest.strip_prefix('[') {
            self.rest = inner;
            let filter = self.items(&steps)?;
            return Ok(Filter::Item(steps, filter.into()));
        }
        if self.word("pr") {
            return Ok(Filter::Present(steps));
        }
        let operator = self.operator()?;
        let last = steps.last().expect("a path has a step");
        if let Type::Complex(inside) = last.of {
            // `emails eq "x"` means `emails.value eq "x"`.
            let value = super::schema::named(inside.iter(), "value");
            steps.push(value.ok_or_else(|| {
                ScimError::invalid_filter(format!("`{path}` has parts; compare one of them"))
            })?);
        }
        let literal = self.literal(&steps, operator)?;
        Ok(Filter::Compare(steps, operator, literal))
    }

    /// The rest of a value path, after its bracket.
    fn items(&mut self, of: &Steps) -> Result<Filter, ScimError> {
        let last = of.last().expect("a path has a step");
        if !last.multi_valued || last.inside().is_empty() {
            let detail = format!("`{}` has no items to choose from", last.name);
            return Err(ScimError::invalid_filter(detail));
        }
        let filter = self.disjunction(&|path| resolve(last.inside().iter(), path))?;
        if !self.symbol(']') {
            return Err(self.unexpected());
        }
        Ok(filter)
    }

    fn operator(&mut self) -> Result<Operator, ScimError> {
        let operators = [
            ("eq", Operator::Equal),
            ("ne", Operator::NotEqual),
            ("co", Operator::Contains),
            ("sw", Operator::StartsWith),
            ("ew", Operator::EndsWith),
            ("gt", Operator::Greater),
            ("ge", Operator::GreaterOrEqual),
            ("lt", Operator::Less),
            ("le", Operator::LessOrEqual),
        ];
        let found = operators.into_iter().find(|(word, _)| self.word(word));
        found
            .map(|(_, operator)| operator)
            .ok_or_else(|| self.unexpected())
    }

    fn literal(&mut self, steps: &Steps, operator: Operator) -> Result<Literal, ScimError> {
        let of = steps.last().expect("a path has a step");
        let equality = matches!(operator, Operator::Equal | Operator::NotEqual);
        let unfit = || ScimError::invalid_filter(format!("the value does not fit `{}`", of.name));
        match (self.json()?, of.of) {
            (Value::Null, _) if equality => Ok(Literal::Null),
            (Value::Bool(value), Type::Boolean) if equality => Ok(Literal::Boolean(value)),
            (Value::String(text), Type::Instant) => {
                let instant = text.parse().map_err(|_| unfit())?;
                Ok(Literal::Instant(instant))
            }
            (Value::String(text), Type::Text | Type::Reference(_)) => Ok(if of.case_exact {
                Literal::Exact(text)
            } else {
                Literal::Folded(text.to_lowercase())
            }),
            _ => Err(unfit()),
        }
    }

    /// A JSON string, number, `true`, `false` or `null`.
    fn json(&mut self) -> Result<Value, ScimError> {
        self.skip_space();
        let end = match self.rest.strip_prefix('"') {
            Some(text) => {
                let mut escaped = false;
                let closing = text.bytes().position(|byte| {
                    let closes = byte == b'"' && !escaped;
                    escaped = byte == b'\\' && !escaped;
                    closes
                });
                closing.map(|index| index + 2)
            }
            None => self.rest.find([' ', ')', ']']).or(Some(self.rest.len())),
        };
        let literal = end.map(|end| self.rest.split_at(end));
        let parsed =
            literal.and_then(|(text, rest)| Some((serde_json::from_str(text).ok()?, rest)));
        let Some((value, rest)) = parsed else {
            return Err(self.unexpected());
        };
        self.rest = rest;
        Ok(value)
    }

    /// Takes a word, whatever its case, unless it only begins like it.
    fn word(&mut self, word: &str) -> bool {
        self.skip_space();
        let Some((start, rest)) = self.rest.split_at_checked(word.len()) else {
            return false;
        };
        let ends = !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || ".:_-$[".contains(c));
        let taken = ends && start.eq_ignore_ascii_case(word);
        if taken {
            self.rest = rest;
        }
        taken
    }

    fn symbol(&mut self, symbol: char) -> bool {
        self.skip_space();
        let rest = self.rest.strip_prefix(symbol);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches(' ');
    }

    fn unexpected(&self) -> ScimError {
        let near: String = self.rest.chars().take(20).collect();
        ScimError::invalid_filter(if near.is_empty() {
            "the filter ends too early".to_owned()
        } else {
            format!("the filter is not understood at `{near}`")
        })
    }
}
