//! Floor 8: tells people who do not watch what a command did or found. It is told after all is done
//! and recorded: a channel that fails is reported, and changes nothing.

mod fit;
#[cfg(feature = "mail")]
mod mail;
mod post;
mod slack;
mod teams;
#[cfg(test)]
mod tests;
mod webhook;

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::join_all;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::apps::transport::Clients;
use crate::base::{Clock, Digest};
use crate::config::{Channel, Hook, HookPlace, Kept, Medium};
use crate::model::name::ChannelName;
use crate::model::notice::{Notice, Occasion};

use post::Post;

/// How long one channel may take, once its secrets are there.
const PATIENCE: Duration = Duration::from_secs(15);

/// What became of a notice in one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Which.
    pub channel: ChannelName,
    /// The kind of channel, as the files name it.
    pub medium: &'static str,
    /// Real milliseconds that it took.
    pub milliseconds: u64,
    /// Whether the channel took it.
    pub result: Result<(), Unsent>,
}

/// Why a channel did not take a notice. Nothing in it is a secret, nor what a server wrote at will.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Unsent {
    /// What happened.
    pub why: String,
    /// What to do.
    pub todo: &'static str,
}

impl Unsent {
    fn new(why: impl Into<String>, todo: &'static str) -> Self {
        let why = why.into();
        Self { why, todo }
    }
}

/// The channels that are told of an occasion.
pub fn listening(
    channels: &BTreeMap<ChannelName, Channel>,
    occasion: Occasion,
) -> impl Iterator<Item = (&ChannelName, &Channel)> {
    let channels = channels.iter();
    channels.filter(move |(_, channel)| channel.on.contains(&occasion))
}

/// Sends a notice to every channel that is told of its occasion, to all at once, and once to each: who
/// misses one finds the same in the snapshot, and two of one are worse than none.
pub async fn send(
    notice: &Notice,
    channels: &BTreeMap<ChannelName, Channel>,
    clock: Clock,
) -> Vec<Delivery> {
    let clients = Clients::default();
    let clients = &clients;
    let each = listening(channels, notice.occasion).map(|(name, channel)| async move {
        let stopwatch = clock.stopwatch();
        let result = deliver(notice, &channel.medium, clients).await;
        Delivery {
            channel: name.clone(),
            medium: channel.medium.word(),
            milliseconds: u64::try_from(stopwatch.elapsed().as_millis()).unwrap_or(u64::MAX),
            result,
        }
    });
    join_all(each).await
}

async fn deliver(notice: &Notice, medium: &Medium, clients: &Clients) -> Result<(), Unsent> {
    let post = match medium {
        Medium::Slack(hook) => Post::json(address(hook).await?, slack::body(notice)),
        Medium::Teams(hook) => Post::json(address(hook).await?, teams::body(notice)),
        Medium::Webhook { url, secret } => {
            let key = fetched(secret).await?;
            let url = address(url).await?;
            let body = webhook::body(notice);
            let signed = webhook::sign(&key, &id(notice), notice.time, &body)?;
            Post::json(url, body).with(signed)
        }
        #[cfg(feature = "mail")]
        Medium::Smtp(smtp) => {
            let password = match &smtp.login {
                Some(login) => Some(fetched(&login.password).await?),
                None => None,
            };
            let sent = mail::send(notice, smtp, password.as_ref());
            return within(sent).await;
        }
        // Such a channel is refused where the files are read.
        #[cfg(not(feature = "mail"))]
        Medium::Smtp(_) => {
            let todo = "build it with --features mail";
            return Err(Unsent::new("this provisor was built without mail", todo));
        }
    };
    within(post.send(clients)).await
}

async fn within(sending: impl Future<Output = Result<(), Unsent>>) -> Result<(), Unsent> {
    let late = |_| {
        let why = format!("no answer within {} s", PATIENCE.as_secs());
        Unsent::new(
            why,
            "see whether the server is up; nothing is sent again by itself",
        )
    };
    tokio::time::timeout(PATIENCE, sending)
        .await
        .map_err(late)?
}

async fn fetched(kept: &Kept) -> Result<SecretString, Unsent> {
    let todo = "see that the secret is where provisor.toml says that it is kept";
    let secret = kept.source.fetch().await;
    secret.map_err(|why| Unsent::new(format!("no secret from {why}"), todo))
}

/// Where to post, judged once it is known.
async fn address(hook: &Hook) -> Result<Url, Unsent> {
    let kept = match &hook.place {
        HookPlace::Written(url) => return Ok(url.clone()),
        HookPlace::Secret(kept) => kept,
    };
    let text = fetched(kept).await?;
    let url = hook.admits.url(text.expose_secret());
    url.map_err(|why| {
        let todo = "keep the whole https address of the webhook there; one that is not the vendor's \
            own must be in `hosts` of the file that PROVISOR_TRUST names";
        Unsent::new(why.to_string(), todo)
    })
}

/// The same for the same notice: a receiver knows one that it has seen.
fn id(notice: &Notice) -> String {
    Digest::of_value(notice).to_string()[..32].to_owned()
}

/// The schema of what is posted to an endpoint, as JSON.
pub fn schema(title: &str) -> String {
    let mut generator = schemars::generate::SchemaSettings::draft07().into_generator();
    let mut schema = generator.root_schema_for::<webhook::Document>();
    schema.insert("title".to_owned(), title.into());
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
    text.push('\n');
    text
}
