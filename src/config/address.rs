//! Addresses that credentials may be sent to.

use std::borrow::Cow;

use url::{Host, Url};

use crate::base::{Diagnostic, Value};

use super::secret::secret_in_file;
use super::trust::Trusted;

/// Where an app is: https and trusted, or this machine.
pub(super) fn url(
    value: &Value<'_>,
    domains: &[Cow<'static, str>],
    trusted: &Trusted,
    problems: &mut Vec<Diagnostic>,
) -> Option<Url> {
    let text = value.text(problems)?;
    let mut refuse = |message: &str, hidden: bool| {
        let mut problem = Diagnostic::error("invalid-url", message)
            .at(value.key, "")
            .hint("write it as \"https://scim.example.com/v2\"");
        problem.redact.extend(hidden.then(|| value.site()));
        problems.push(problem);
    };
    let Ok(mut url) = Url::parse(text) else {
        refuse("this is not a URL", text.contains('@'));
        return None;
    };
    if !url.username().is_empty() || url.password().is_some() {
        problems.push(secret_in_file(value.key, value.site()));
        return None;
    }
    if url.query().is_some() || url.fragment().is_some() {
        refuse("the URL has a query or a fragment", true);
        return None;
    }
    if !matches!(url.scheme(), "https" | "http") || url.host().is_none() {
        refuse("the URL is neither https nor http", false);
        return None;
    }
    if !is_loopback(&url) {
        if url.scheme() == "http" {
            problems.push(
                Diagnostic::error("insecure-url", "http is for this machine only")
                    .at(value.site(), "")
                    .hint("use https: credentials would cross the network in the clear"),
            );
        }
        // Trusting the host would not make the address safe: one thing at a time.
        else if !within(&url, domains) && !trusted.host(&url) {
            let host = url.host_str().unwrap_or_default();
            problems.push(
                Diagnostic::error(
                    "untrusted-host",
                    format!("nobody trusts the host `{host}` with credentials"),
                )
                .at(value.site(), "")
                .hint(format!(
                    "add hosts = [\"{host}\"] to the file that PROVISOR_TRUST names, outside of \
                     the reviewed tree"
                )),
            );
        }
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Some(url)
}

/// True for an address in one of a vendor's own domains.
fn within(url: &Url, domains: &[Cow<'static, str>]) -> bool {
    let host = url.host_str().unwrap_or_default();
    let below = |domain: &str| {
        host.strip_suffix(domain)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let standard_port = url.port().is_none();
    standard_port && domains.iter().any(|domain| below(domain))
}

/// True for an address of this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
