//! Servers that keep buckets: started, with one bucket made in each, and what the environment says
//! to whoever uses it.

use std::fs::File;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use provisor::base::Clock;
use reqwest::{Client, RequestBuilder};
use ring::hmac;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::google::Google;
use crate::server::Peer;

/// Who keeps the bucket.
#[derive(Clone, Copy, Debug)]
pub enum Vendor {
    /// S3, by moto.
    S3,
    /// Azure, by azurite.
    Azure,
    /// Google, simulated.
    Google,
}

impl Vendor {
    pub const ALL: [Self; 3] = [Self::S3, Self::Azure, Self::Google];

    /// The server that others wrote, where there is one.
    pub fn peer(self) -> Option<Peer> {
        match self {
            Self::S3 => Some(Peer::client("moto")),
            Self::Azure => Some(Peer::client("azurite")),
            Self::Google => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::S3 => "moto",
            Self::Azure => "azurite",
            Self::Google => "google",
        }
    }

    /// A `[state] url` in the bucket that there is.
    pub fn url(self) -> &'static str {
        match self {
            Self::S3 => "s3://evidence/meridian/people",
            Self::Azure => "az://evidence/meridian/people",
            Self::Google => "gs://evidence/meridian/people",
        }
    }
}

/// A server with one empty bucket, `evidence`. It ends when this is dropped.
#[derive(Debug)]
pub struct Bucket {
    /// What the environment says.
    pub environment: Vec<(&'static str, String)>,
    server: Kept,
}

#[derive(Debug)]
enum Kept {
    Peer(
        Child,
        #[expect(dead_code, reason = "kept while it runs")] TempDir,
    ),
    Google(#[expect(dead_code, reason = "kept while it runs")] Google),
}

impl Drop for Bucket {
    fn drop(&mut self) {
        if let Kept::Peer(child, _) = &mut self.server {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Bucket {
    pub fn start(vendor: Vendor) -> Self {
        let Some(peer) = vendor.peer() else {
            let google = Google::start();
            return Self {
                environment: vec![
                    ("GOOGLE_BASE_URL", google.url.clone()),
                    ("GOOGLE_SERVICE_ACCOUNT_KEY", SERVICE_ACCOUNT.to_owned()),
                ],
                server: Kept::Google(google),
            };
        };
        // Between our finding a free port and the server's taking it, others may take it.
        let mut tries = (0..3).filter_map(|_| Self::of_peer(vendor, &peer));
        let started = tries.next();
        started.unwrap_or_else(|| panic!("{} does not start", peer.name))
    }

    fn of_peer(vendor: Vendor, peer: &Peer) -> Option<Self> {
        let scratch = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let log = File::create(scratch.path().join("log")).unwrap();
        let process = Command::new("bash")
            .arg(peer.script())
            .arg(peer.folder())
            .args([&port.to_string(), "-"])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let url = format!("http://127.0.0.1:{port}");
        let own = |key, value: &str| (key, value.to_owned());
        let mut bucket = Self {
            environment: match vendor {
                Vendor::Azure => vec![
                    own("AZURE_STORAGE_USE_EMULATOR", "true"),
                    own("AZURITE_BLOB_STORAGE_URL", &url),
                ],
                _ => vec![
                    own("AWS_ENDPOINT_URL", &url),
                    own("AWS_ACCESS_KEY_ID", "worker"),
                    own("AWS_SECRET_ACCESS_KEY", "canary-of-s3"),
                    own("AWS_REGION", "us-east-1"),
                ],
            },
            server: Kept::Peer(process, scratch),
        };
        bucket.comes_up(vendor, &url).then_some(bucket)
    }

    /// Makes the bucket, as soon as the server answers.
    fn comes_up(&mut self, vendor: Vendor, url: &str) -> bool {
        // An error means that the process has a provider already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (client, runtime) = (
            Client::builder().no_proxy().build().unwrap(),
            Runtime::new().unwrap(),
        );
        for _ in 0..1200 {
            if let Kept::Peer(child, _) = &mut self.server
                && child.try_wait().unwrap().is_some()
            {
                return false;
            }
            let request = match vendor {
                Vendor::Azure => container(&client, url),
                _ => client.put(format!("{url}/evidence")),
            };
            let answer = runtime.block_on(request.send());
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        false
    }
}

/// A service account that needs no token; no other credential is then looked for.
const SERVICE_ACCOUNT: &str = r#"{"private_key":"canary-of-google","private_key_id":"1",
"client_email":"worker@meridian.example","disable_oauth":true}"#;

/// The account of every emulator, and its key.
const ACCOUNT: &str = "devstoreaccount1";
const KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// The signed request that makes a container.
fn container(client: &Client, url: &str) -> RequestBuilder {
    let version = "2021-08-06";
    let date = httpdate::fmt_http_date(Clock::running().now().into());
    let signed = format!(
        "PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:{date}\nx-ms-version:{version}\n\
         /{ACCOUNT}/{ACCOUNT}/evidence\nrestype:container"
    );
    let key = BASE64_STANDARD.decode(KEY).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let signature = BASE64_STANDARD.encode(hmac::sign(&key, signed.as_bytes()));
    client
        .put(format!("{url}/{ACCOUNT}/evidence?restype=container"))
        .header("x-ms-date", date)
        .header("x-ms-version", version)
        .header("content-length", 0)
        .header("authorization", format!("SharedKey {ACCOUNT}:{signature}"))
}
