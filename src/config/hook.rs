//! Addresses that notices are posted to. One that is a secret is judged when it is known, which is
//! when something is sent.

use url::Url;

use crate::apps::transport::is_loopback;

use super::notify::Kept;
use super::trust::Hosts;

/// Where notices are posted to.
#[derive(Clone, Debug)]
pub struct Hook {
    /// Where the address is kept, or what it is.
    pub place: HookPlace,
    /// Which addresses may be posted to.
    pub admits: Admission,
}

/// Which addresses may be posted to: this machine's, a vendor's own, and those of the trust file.
#[derive(Clone, Debug)]
pub struct Admission {
    /// The vendor's own domains, where one vendor takes the notices.
    pub(super) domains: &'static [&'static str],
    /// The hosts of the trust file.
    pub(super) hosts: Hosts,
}

/// An address that is a secret, or one that is not.
#[derive(Clone, Debug)]
pub enum HookPlace {
    /// Whoever knows it may post.
    Secret(Kept),
    /// As the files write it, and admitted.
    Written(Url),
}

/// Why nothing is posted to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAdmitted {
    /// It is none.
    #[error("the address is not a URL")]
    NotUrl,
    /// It holds more than an address.
    #[error("the address holds a user name or a password")]
    Named,
    /// It is neither https nor on this machine.
    #[error("the address is not https, and not on this machine")]
    Insecure,
    /// Nobody said that notices may go there.
    #[error("nobody trusts the host of the address with notices")]
    Untrusted,
}

impl Admission {
    /// The address, if notices may be posted to it.
    pub fn url(&self, text: &str) -> Result<Url, NotAdmitted> {
        let url = Url::parse(text.trim()).map_err(|_| NotAdmitted::NotUrl)?;
        let host = url.host_str().ok_or(NotAdmitted::NotUrl)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(NotAdmitted::Named);
        }
        let loopback = is_loopback(&url);
        match url.scheme() {
            "https" => {}
            "http" if loopback => {}
            _ => return Err(NotAdmitted::Insecure),
        }
        let of_vendor = url.port().is_none()
            && self.domains.iter().any(|domain| {
                let rest = host.strip_suffix(domain);
                rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            });
        if loopback || of_vendor || self.hosts.has(&url) {
            Ok(url)
        } else {
            Err(NotAdmitted::Untrusted)
        }
    }
}

impl Hook {
    /// As the files name it.
    pub(super) fn words(&self) -> String {
        match &self.place {
            HookPlace::Secret(kept) => kept.words.clone(),
            HookPlace::Written(url) => url.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_go_to_the_vendor_to_this_machine_and_to_whom_somebody_trusts() {
        let admission = Admission {
            domains: &["hooks.slack.com", "logic.azure.com"],
            hosts: Hosts::of(["hooks.example.com", "other.example.com:8443"]),
        };
        for good in [
            "https://hooks.slack.com/services/T0/B0/x",
            "https://prod-12.westus.logic.azure.com:443/workflows/x?sig=y",
            "https://hooks.example.com/x",
            "https://hooks.example.com:8080/x",
            "https://other.example.com:8443/x",
            "http://127.0.0.1:9/x",
            "https://localhost/x",
        ] {
            assert!(admission.url(good).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("hooks.slack.com/services", NotAdmitted::NotUrl),
            ("xoxb-1", NotAdmitted::NotUrl),
            ("https://me:pass@hooks.slack.com/x", NotAdmitted::Named),
            ("http://hooks.slack.com/x", NotAdmitted::Insecure),
            ("file:///etc/passwd", NotAdmitted::NotUrl),
            ("ftp://hooks.slack.com/x", NotAdmitted::Insecure),
            ("https://hooks.slack.com:8443/x", NotAdmitted::Untrusted),
            ("https://evilhooks.slack.com/x", NotAdmitted::Untrusted),
            (
                "https://hooks.slack.com.evil.example/x",
                NotAdmitted::Untrusted,
            ),
            ("https://other.example.com/x", NotAdmitted::Untrusted),
            ("http://x.localhost/x", NotAdmitted::Insecure),
        ] {
            assert_eq!(admission.url(bad), Err(why), "{bad}");
        }
    }
}
