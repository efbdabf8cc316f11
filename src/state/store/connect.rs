//! How a vendor's library reaches the network: over TLS, but for this machine and the addresses at
//! which clouds tell their machines who they are.

use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
    ReqwestConnector,
};
use object_store::{ClientOptions, Result};
use url::{Host, Url};

/// Connects with TLS wherever somebody could listen, whatever the environment allows.
#[derive(Debug)]
pub struct Encrypted;

impl HttpConnector for Encrypted {
    fn connect(&self, options: &ClientOptions) -> Result<HttpClient> {
        let client =
            |plain| ReqwestConnector::default().connect(&options.clone().with_allow_http(plain));
        Ok(HttpClient::new(Clients {
            // It follows no redirect to an address without TLS either.
            encrypted: client(false)?,
            plain: client(true)?,
        }))
    }
}

#[derive(Debug)]
struct Clients {
    encrypted: HttpClient,
    plain: HttpClient,
}

#[async_trait::async_trait]
impl HttpService for Clients {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let client = match may_be_plain(&request.uri().to_string()) {
            Some(true) => &self.plain,
            Some(false) => &self.encrypted,
            None => return Err(HttpError::new(HttpErrorKind::Unknown, Unencrypted)),
        };
        client.execute(request).await
    }
}

#[derive(Debug, thiserror::Error)]
#[error("http is for this machine only: the address must begin with https")]
struct Unencrypted;

/// Whether an address is one without TLS; `None` if it is and must not be.
fn may_be_plain(address: &str) -> Option<bool> {
    let address = Url::parse(address).ok()?;
    if address.scheme() == "https" {
        return Some(false);
    }
    // Link-local addresses are where clouds answer their own machines.
    let near = match address.host()? {
        Host::Domain(name) => matches!(name, "localhost" | "metadata" | "metadata.google.internal"),
        Host::Ipv4(address) => address.is_loopback() || address.is_link_local(),
        Host::Ipv6(address) => address.is_loopback() || address.segments()[..2] == [0xfd00, 0xec2],
    };
    near.then_some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_can_listen() {
        for (address, expected) in [
            ("https://evidence.s3.amazonaws.com/people", Some(false)),
            ("https://127.0.0.1:9000/evidence", Some(false)),
            ("http://127.0.0.1:9000/evidence", Some(true)),
            ("http://[::1]:9000/evidence", Some(true)),
            ("http://localhost:9000/evidence", Some(true)),
            ("http://169.254.169.254/latest/meta-data", Some(true)),
            ("http://[fd00:ec2::254]/latest/meta-data", Some(true)),
            (
                "http://metadata.google.internal/computeMetadata",
                Some(true),
            ),
            ("http://minio.meridian.com:9000/evidence", None),
            ("http://127.0.0.1.evil.example/evidence", None),
            ("http://localhost.evil.example/evidence", None),
            ("http://10.0.0.7/evidence", None),
            ("ftp://evidence.example", None),
        ] {
            assert_eq!(may_be_plain(address), expected, "{address}");
        }
    }
}
