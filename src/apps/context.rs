//! What connectors share: the clock, the log of calls, and one way to each app.

use std::sync::{Arc, Mutex, PoisonError};

use crate::base::Clock;
use crate::model::failure::Failure;

use super::Settings;
use super::transport::{Calls, Clients, Patience, Scheme, Transport};

/// Made once per process, and handed to whoever opens a connector.
#[derive(Debug)]
pub struct Context {
    clock: Clock,
    calls: Calls,
    patience: Patience,
    clients: Arc<Clients>,
    transports: Mutex<Vec<(Settings, Arc<Transport>)>>,
}

impl Context {
    /// A context with the usual patience.
    pub fn new(clock: Clock) -> Self {
        Self::with_patience(clock, Patience::default())
    }

    /// A context that waits differently: simulated apps need not be waited for as long.
    pub fn with_patience(clock: Clock, patience: Patience) -> Self {
        Self {
            clock,
            calls: Calls::default(),
            patience,
            clients: Arc::default(),
            transports: Mutex::default(),
        }
    }

    /// With HTTP clients that others have made: making one costs more than most runs.
    #[must_use]
    pub fn sharing(self, clients: Arc<Clients>) -> Self {
        Self { clients, ..self }
    }

    /// The clock.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// The log of all calls to all apps.
    pub fn calls(&self) -> &Calls {
        &self.calls
    }

    /// Somebody else may write by now: no request that may change something is sent any more, also
    /// of what is in flight, or waits to be tried again. Looking goes on.
    pub fn write_no_more(&self) {
        let transports = self.transports.lock();
        for (_, transport) in &*transports.unwrap_or_else(PoisonError::into_inner) {
            transport.write_no_more();
        }
    }

    /// The way to an app: the same for its reader and its writer, so that they share its limits
    /// and its credential is fetched once.
    pub fn transport(&self, settings: &Settings) -> Result<Arc<Transport>, Failure> {
        self.transport_by(settings, Scheme::Token("Bearer"))
    }

    /// [`Self::transport`], its requests authorised in another way than by a bearer token.
    pub fn transport_by(
        &self,
        settings: &Settings,
        scheme: Scheme,
    ) -> Result<Arc<Transport>, Failure> {
        let mut transports = self
            .transports
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let known = transports.iter().find(|(other, _)| {
            other.app == settings.app && other.url == settings.url && other.kind == settings.kind
        });
        if let Some((_, transport)) = known {
            return Ok(transport.clone());
        }
        let transport = Arc::new(Transport::new(
            settings,
            scheme,
            self.clock,
            self.calls.clone(),
            self.clients.clone(),
            self.patience,
        )?);
        transports.push((settings.clone(), transport.clone()));
        Ok(transport)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_app_has_one_way_to_it() {
        let context = Context::new(Clock::running());
        let settings = |app: &str| Settings {
            app: app.into(),
            kind: "scim".to_owned(),
            url: "https://app.example".parse().unwrap(),
            credentials: std::collections::BTreeMap::new(),
            options: crate::apps::Options::default(),
        };
        let first = context.transport(&settings("crm")).unwrap();
        let again = context.transport(&settings("crm")).unwrap();
        let other = context.transport(&settings("erp")).unwrap();
        assert!(Arc::ptr_eq(&first, &again) && !Arc::ptr_eq(&first, &other));
    }
}
