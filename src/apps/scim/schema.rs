//! Where SCIM keeps what we read and write.

use std::borrow::Cow;

/// The core schema of users.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The enterprise extension of users.
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// The message that holds operations.
pub const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// The login.
pub static LOGIN: Path = Path(Cow::Borrowed(&[Cow::Borrowed("userName")]));
/// Our HR id.
pub static HR_ID: Path = Path(Cow::Borrowed(&[Cow::Borrowed("externalId")]));
/// Whether the account can be used.
pub static ACTIVE: Path = Path(Cow::Borrowed(&[Cow::Borrowed("active")]));
/// All emails.
pub static EMAILS: Path = Path(Cow::Borrowed(&[Cow::Borrowed("emails")]));

/// What only the connector itself writes, or nobody.
const RESERVED: [&str; 10] = [
    "active",
    "emails",
    "externalId",
    "groups",
    "id",
    "members",
    "meta",
    "password",
    "schemas",
    "userName",
];

/// How the names of the core schemas begin.
const CORE: &str = "urn:ietf:params:scim:schemas:core";

/// Where an attribute is in a resource: keys, from the outside in. The first may be the URN of an
/// extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path(Cow<'static, [Cow<'static, str>]>);

impl Path {
    /// Reads a path as PATCH writes it; none if it is no path of an attribute that a dialect may
    /// name.
    pub fn parse(text: &str) -> Option<Self> {
        let (urn, names) = if starts_urn(text) {
            let (urn, names) = text.rsplit_once(':')?;
            (Some(urn), names)
        } else {
            (None, text)
        };
        let names: Vec<&str> = names.split('.').collect();
        let plain = |text: &str, extra: &[char]| {
            let allowed = |c: char| c.is_ascii_alphanumeric() || extra.contains(&c);
            !text.is_empty() && text.chars().all(allowed)
        };
        let reserved = |name: &str| RESERVED.iter().any(|key| key.eq_ignore_ascii_case(name));
        let sound = urn.is_none_or(|urn| plain(urn, &[':', '.', '-', '_']))
            && names.iter().all(|name| plain(name, &['_', '-', '$']))
            && match urn {
                Some(urn) => !starts(text, CORE) && !is_cut_short(urn),
                None => !reserved(names[0]),
            };
        sound.then(|| {
            let keys = urn.into_iter().chain(names);
            Self(keys.map(|key| Cow::Owned(key.to_owned())).collect())
        })
    }

    /// The keys.
    pub fn keys(&self) -> &[Cow<'static, str>] {
        &self.0
    }

    /// The outermost key: what is replaced when a part of it cannot be.
    pub fn outermost(&self) -> &str {
        &self.0[0]
    }

    /// The extension that it is in.
    pub fn extension(&self) -> Option<&str> {
        Some(self.outermost()).filter(|key| starts_urn(key))
    }

    /// The path of what holds it, and its own key; none at the top of a resource or an extension.
    pub fn split(&self) -> Option<(Self, &str)> {
        let (last, holder) = self.0.split_last()?;
        let top = holder.len() == usize::from(self.extension().is_some());
        (!top).then(|| (Self(holder.to_vec().into()), &**last))
    }

    /// True where both are at one place, or one is a part of the other.
    pub fn meets(&self, other: &Self) -> bool {
        let mut keys = self.0.iter().zip(other.0.iter());
        keys.all(|(key, other)| key.eq_ignore_ascii_case(other))
    }

    /// As PATCH writes it: a URN is followed by a colon, an attribute by a dot.
    pub fn written(&self) -> String {
        match self.extension() {
            Some(urn) => format!("{urn}:{}", self.0[1..].join(".")),
            None => self.0.join("."),
        }
    }
}

fn starts_urn(text: &str) -> bool {
    starts(text, "urn:")
}

fn starts(text: &str, with: &str) -> bool {
    let start = text.get(..with.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(with))
}

/// True for `..:2.0`: then `User` is the end of the schema's own name, and no attribute of it.
fn is_cut_short(urn: &str) -> bool {
    let (_, last) = urn.rsplit_once(':').unwrap_or_default();
    last.contains('.') && last.chars().all(|c| c.is_ascii_digit() || c == '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_as_it_is_read() {
        let manager = format!("{ENTERPRISE}:manager.value");
        for text in ["title", "name.givenName", &manager] {
            assert_eq!(Path::parse(text).unwrap().written(), text);
        }
        let (holder, key) = Path::parse(&manager)
            .unwrap()
            .split()
            .map(|(holder, key)| (holder.written(), key.to_owned()))
            .unwrap();
        assert_eq!((holder, &*key), (format!("{ENTERPRISE}:manager"), "value"));
        assert!(Path::parse("title").unwrap().split().is_none());
        let department = format!("{ENTERPRISE}:department");
        assert!(Path::parse(&department).unwrap().split().is_none());
    }

    #[test]
    fn what_is_no_attribute_of_a_dialect_is_no_path() {
        for text in [
            "",
            ".",
            "a..b",
            "urn:",
            "urn:x:",
            "emails[type eq \"work\"].value",
            "a b",
            "a\n",
            "Active",
            "userName",
            "password",
            "id.x",
            "urn:ietf:params:scim:schemas:core:2.0:User:userName",
            "URN:ietf:params:SCIM:schemas:core:2.0:user:active",
            "urn:ietf:params:scim:schemas:core:2.0:User:name.givenName",
            USER,
            ENTERPRISE,
        ] {
            assert_eq!(Path::parse(text), None, "{text}");
        }
    }
}
