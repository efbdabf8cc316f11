//! Addresses of requests, built by escaping, never by pasting.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::{Host, Url};

/// Everything but the unreserved characters of RFC 3986 is encoded.
pub const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The address of a next page that is not where the page before was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the app names a next page elsewhere than the page before it")]
pub struct Elsewhere;

/// A text that cannot be one segment of a path, or one value of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an empty text, `.`, `..` or a control character cannot stand in an address")]
pub struct NotAddressable;

/// What is asked for below an app's url: segments and parameters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    path: String,
    query: String,
    names: String,
}

impl Target {
    /// The segments below the app's url, each one segment whatever it holds: `../` cannot escape.
    pub fn new(segments: &[&str]) -> Result<Self, NotAddressable> {
        let mut path = String::new();
        for segment in segments {
            // URL parsers take even an encoded `..` for the parent folder.
            if matches!(*segment, "" | "." | "..") {
                return Err(NotAddressable);
            }
            path.push('/');
            path.push_str(&encode(segment)?);
        }
        Ok(Self {
            path,
            query: String::new(),
            names: String::new(),
        })
    }

    /// Adds a parameter; an empty value leaves the bare name.
    pub fn parameter(mut self, name: &'static str, value: &str) -> Result<Self, NotAddressable> {
        let separator = if self.query.is_empty() { '?' } else { '&' };
        self.query.push(separator);
        self.query.push_str(name);
        if !value.is_empty() {
            self.query.push('=');
            self.query.push_str(&encode(value)?);
        }
        self.names.push(separator);
        self.names.push_str(name);
        Ok(self)
    }

    /// The next page of this one, at an address that the app wrote: its parameters unchanged, as
    /// long as its host and path are those of this page. Our credentials go nowhere else.
    pub fn following(&self, base: &Url, next: &str) -> Result<Self, Elsewhere> {
        let page = self.below(base).map_err(|_| Elsewhere)?;
        let next = base.join(next).map_err(|_| Elsewhere)?;
        let address = |url: &Url| {
            let host = url.host_str().map(str::to_owned);
            let place = (url.scheme().to_owned(), host, url.port_or_known_default());
            (place, url.path().to_owned())
        };
        let named = !next.username().is_empty() || next.password().is_some();
        if named || next.fragment().is_some() || address(&page) != address(&next) {
            return Err(Elsewhere);
        }
        let mut following = Self {
            path: self.path.clone(),
            query: String::new(),
            names: String::new(),
        };
        if let Some(query) = next.query() {
            following.query = format!("?{query}");
            for (index, pair) in query.split('&').enumerate() {
                following.names.push(if index == 0 { '?' } else { '&' });
                following
                    .names
                    .push_str(pair.split('=').next().unwrap_or_default());
            }
        }
        Ok(following)
    }

    /// The whole address below a base.
    pub fn below(&self, base: &Url) -> Result<Url, url::ParseError> {
        let base = base.as_str().trim_end_matches('/');
        Url::parse(&format!("{base}{}{}", self.path, self.query))
    }

    /// Path and names of parameters: what a log may hold.
    pub fn loggable(&self, base: &Url) -> String {
        format!(
            "{}{}{}",
            base.path().trim_end_matches('/'),
            self.path,
            self.names
        )
    }
}

fn encode(text: &str) -> Result<String, NotAddressable> {
    if text.chars().any(char::is_control) {
        return Err(NotAddressable);
    }
    Ok(utf8_percent_encode(text, ESCAPED).to_string())
}

/// True if an address never leaves this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Url {
        Url::parse("https://app.example/scim/v2").unwrap()
    }

    #[test]
    fn values_are_encoded_so_that_servers_decode_them_as_meant() {
        let target = Target::new(&["Users"])
            .unwrap()
            .parameter("filter", r#"userName eq "zoë+x@example.com""#)
            .unwrap()
            .parameter("cursor", "")
            .unwrap();
        assert_eq!(
            target.below(&base()).unwrap().as_str(),
            "https://app.example/scim/v2/Users?filter=userName%20eq%20%22zo%C3%AB%2Bx%40example.com%22&cursor"
        );
        assert_eq!(
            target.loggable(&base()),
            "/scim/v2/Users?filter&cursor",
            "no value is logged"
        );
    }

    #[test]
    fn an_id_stays_one_segment() {
        let url = |id: &str| Target::new(&["Users", id]).map(|t| t.below(&base()).unwrap());
        for id in ["../Groups/1", "a/b", "%2e%2e", "a?b#c", "..%2f"] {
            let url = url(id).unwrap();
            assert_eq!(url.path_segments().unwrap().count(), 4, "{url}");
            assert!(url.path().starts_with("/scim/v2/Users/"), "{url}");
            assert!(url.query().is_none() && url.fragment().is_none(), "{url}");
        }
        for id in ["", ".", "..", "a\nb", "a\0"] {
            assert_eq!(url(id), Err(NotAddressable), "{id:?}");
        }
    }

    #[test]
    fn a_next_page_is_followed_unchanged_and_nowhere_else() {
        let page = Target::new(&["Users"]).unwrap();
        let next = "https://app.example/scim/v2/Users?after=a%2Fb+c&limit=2";
        let following = page.following(&base(), next).unwrap();
        assert_eq!(following.below(&base()).unwrap().as_str(), next);
        assert_eq!(following.loggable(&base()), "/scim/v2/Users?after&limit");
        for elsewhere in [
            "https://evil.example/scim/v2/Users?after=x",
            "https://app.example.evil.example/scim/v2/Users?after=x",
            "https://app.example:444/scim/v2/Users?after=x",
            "http://app.example/scim/v2/Users?after=x",
            "https://me@app.example/scim/v2/Users?after=x",
            "https://app.example/scim/v2/Groups?after=x",
            "https://app.example/scim/v2/Users/../../admin?after=x",
            "//evil.example/scim/v2/Users",
            "https://app.example/scim/v2/Users?after=x#y",
            "",
        ] {
            assert_eq!(
                page.following(&base(), elsewhere),
                Err(Elsewhere),
                "{elsewhere}"
            );
        }
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for (address, loopback) in [
            ("http://127.0.0.1:80", true),
            ("http://[::1]/x", true),
            ("http://localhost", true),
            ("http://localhost.example.com", false),
            ("http://127.0.0.1.example.com", false),
            ("http://0.0.0.0", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(address).unwrap()), loopback);
        }
    }
}
