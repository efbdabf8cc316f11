//! `[notify.X]` of `kind = "smtp"`: a mail server, and who writes to whom.

use crate::base::fields::words;
use crate::base::{Diagnostic, Table, Value};

use super::apps::Ground;
use super::name::invalid;
use super::notify::{Kept, UNTRUSTED, kept};
use super::settings::word;

/// A mail server, and who writes to whom.
#[derive(Clone, Debug)]
pub struct Smtp {
    /// A name or an address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is made secret.
    pub security: Security,
    /// Who signs in, if anybody does.
    pub login: Option<Login>,
    /// The sender.
    pub from: String,
    /// The recipients.
    pub to: Vec<String>,
}

/// Who signs in to a mail server.
#[derive(Clone, Debug)]
pub struct Login {
    /// The name.
    pub user: String,
    /// The password.
    pub password: Kept,
}

/// How a connection to a mail server is made secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// From its first byte.
    Tls,
    /// By the command `STARTTLS`, without which nothing is said.
    StartTls,
    /// Not at all: on this machine only.
    None,
}

const SECURITY: [(&str, Security); 3] = [
    ("tls", Security::Tls),
    ("starttls", Security::StartTls),
    ("none", Security::None),
];
/// The words of `security`.
pub(super) const SECURITY_WORDS: [&str; 3] = words(&SECURITY);

impl Smtp {
    /// As the files name it.
    pub(super) fn words(&self) -> String {
        let Self {
            host,
            port,
            security,
            login,
            from,
            to,
        } = self;
        let security = match security {
            Security::Tls => "tls",
            Security::StartTls => "starttls",
            Security::None => "no security",
        };
        let login = login.as_ref().map(|Login { user, password }| {
            format!(" as {user} with the password of {}", password.words)
        });
        let to = to.join(", ");
        format!(
            "{to} from {from} by {host}:{port} ({security}){}",
            login.unwrap_or_default()
        )
    }
}

/// Reads it: every field that must be there is.
pub(super) fn smtp(
    table: &Table<'_>,
    ground: &Ground<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Smtp> {
    let before = problems.len();
    let security = table.get("security").map_or(Some(Security::Tls), |value| {
        word(&value, &SECURITY, problems)
    });
    let host = table.get("host").and_then(|value| {
        let host = value.text(problems)?.to_lowercase();
        let parsed = url::Host::parse(&host).ok().filter(|_| host.is_ascii());
        if parsed.is_none() {
            let hint = "a name or an address, without a port: \"smtp.example.com\"";
            problems.push(invalid(value.site(), "not a mail server", hint));
        }
        Some((value, host, parsed?))
    });
    let port = port(table, security, problems);
    let from = table
        .get("from")
        .and_then(|value| address(value.text(problems)?, &value, problems));
    let to = table.get("to").map(|value| recipients(&value, problems));
    let login = login(table, ground, problems);
    if !cfg!(feature = "mail") {
        problems.push(
            Diagnostic::error("no-mail", "this provisor was built without mail")
                .at(table.site, "")
                .hint("build it with --features mail, or take a release; or choose another `kind`"),
        );
    }
    let (value, host, parsed) = host?;
    let loopback = match parsed {
        url::Host::Domain(name) => name == "localhost",
        url::Host::Ipv4(address) => address.is_loopback(),
        url::Host::Ipv6(address) => address.is_loopback(),
    };
    if security == Some(Security::None) && !loopback {
        problems.push(
            Diagnostic::error("insecure-url", "mail in the clear is for this machine only")
                .at(value.site(), "")
                .hint("choose security = \"tls\" or \"starttls\""),
        );
    } else if let Some(port) = port
        && !loopback
        && !ground.trusted.hosts.names(&host, port)
    {
        let message = format!("nobody trusts the host `{host}` with notices");
        problems.push(
            Diagnostic::error("untrusted-host", message)
                .at(value.site(), "")
                .hint(UNTRUSTED),
        );
    }
    if problems.len() > before {
        return None;
    }
    Some(Smtp {
        host,
        port: port?,
        security: security?,
        login,
        from: from?,
        to: to?,
    })
}

fn port(
    table: &Table<'_>,
    security: Option<Security>,
    problems: &mut Vec<Diagnostic>,
) -> Option<u16> {
    let Some(value) = table.get("port") else {
        return Some(match security? {
            Security::Tls => 465,
            Security::StartTls => 587,
            Security::None => 25,
        });
    };
    let port = value.integer(problems)?;
    let port = u16::try_from(port).ok().filter(|port| *port > 0);
    if port.is_none() {
        let hint = "a number from 1 to 65535";
        problems.push(invalid(value.site(), "not a port", hint));
    }
    port
}

fn login(table: &Table<'_>, ground: &Ground<'_>, problems: &mut Vec<Diagnostic>) -> Option<Login> {
    match (table.get("user"), table.get("password")) {
        (None, None) => None,
        (Some(user), Some(password)) => {
            let name = user.text(problems)?;
            if name.is_empty() || name.chars().any(char::is_control) {
                let hint = "the name that the mail server knows";
                problems.push(invalid(user.site(), "nobody is called this", hint));
            }
            Some(Login {
                user: name.to_owned(),
                password: kept(&password, ground, problems)?,
            })
        }
        (Some(one), None) | (None, Some(one)) => {
            let hint = "whoever signs in has a `user` and a `password`";
            problems.push(invalid(one.key, "one of two is missing", hint));
            None
        }
    }
}

fn recipients(list: &Value<'_>, problems: &mut Vec<Diagnostic>) -> Vec<String> {
    let items = list.list(problems);
    if items.is_empty() {
        let hint = "name at least one: [\"it@example.com\"]";
        problems.push(invalid(list.site(), "nobody to write to", hint));
    }
    let mut addresses = Vec::new();
    for item in items {
        let text = item.text(problems);
        addresses.extend(text.and_then(|text| address(text, &item, problems)));
    }
    addresses
}

/// A bare address: no name beside it, nothing quoted, nothing that could end a header.
fn address(text: &str, value: &Value<'_>, problems: &mut Vec<Diagnostic>) -> Option<String> {
    if is_address(text) {
        return Some(text.to_owned());
    }
    let hint = "write it as \"it@example.com\", without a name";
    problems.push(invalid(value.site(), "not an address", hint));
    None
}

fn is_address(text: &str) -> bool {
    const LOCAL: &str = "!#$%&'*+-/=?^_{|}~";
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let dotted = |text: &str, allowed: &dyn Fn(char) -> bool| {
        let mut parts = text.split('.');
        parts.all(|part| !part.is_empty() && part.chars().all(allowed))
    };
    let letter = |c: char| c.is_ascii_alphanumeric();
    text.len() <= 254
        && local.len() <= 64
        && dotted(local, &|c| letter(c) || LOCAL.contains(c))
        && dotted(domain, &|c| letter(c) || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_nothing_but_one() {
        for good in [
            "it@example.com",
            "it+provisor@mail.example.com",
            "root@localhost",
        ] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "it",
            "@example.com",
            "it@",
            "it@example..com",
            "it@example.com\r\nBcc: all@example.com",
            "it@example.com, all@example.com",
            "IT <it@example.com>",
            "\"it\"@example.com",
            "it @example.com",
            "it@exa mple.com",
            "it@example.com>",
            "İt@example.com",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
