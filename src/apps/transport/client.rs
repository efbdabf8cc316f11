//! The HTTP clients, made when the first app is spoken to.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;

/// How long a connection may take to be made, TLS included.
const CONNECT: Duration = Duration::from_secs(10);

/// One client for all apps, and one for apps on this machine, which never speaks to a proxy: their
/// tokens would cross the network in clear text.
#[derive(Debug)]
pub struct Clients {
    connect: Duration,
    world: OnceLock<Client>,
    loopback: OnceLock<Client>,
}

impl Default for Clients {
    fn default() -> Self {
        Self::connecting_within(CONNECT)
    }
}

impl Clients {
    /// Clients that wait so long for a connection.
    pub fn connecting_within(connect: Duration) -> Self {
        Self {
            connect,
            world: OnceLock::new(),
            loopback: OnceLock::new(),
        }
    }

    /// The client to speak to a host with.
    pub fn for_host(&self, loopback: bool) -> Result<Client, reqwest::Error> {
        let slot = if loopback {
            &self.loopback
        } else {
            &self.world
        };
        if let Some(client) = slot.get() {
            return Ok(client.clone());
        }
        let client = self.build(loopback)?;
        Ok(slot.get_or_init(|| client).clone())
    }

    fn build(&self, loopback: bool) -> Result<Client, reqwest::Error> {
        // An error means that the process has a provider already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = Client::builder()
            .user_agent(concat!("provisor/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .connect_timeout(self.connect)
            .https_only(!loopback)
            .gzip(true);
        if loopback {
            builder.no_proxy().build()
        } else {
            builder.build()
        }
    }
}
