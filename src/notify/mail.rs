//! A notice by mail: plain text, by one server, over TLS.

use std::error::Error as _;
use std::io;
use std::time::{Duration, SystemTime};

use lettre::message::header::{ContentType, HeaderName, HeaderValue, MIME_VERSION_1_0};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use secrecy::{ExposeSecret as _, SecretString};

use crate::base::foreign::escape;
use crate::config::{Security, Smtp};
use crate::model::notice::{Notice, Section};

use super::fit::{self, Room};
use super::{PATIENCE, Unsent, id};

/// Servers take megabytes; nobody reads them.
const ROOM: Room = Room {
    all: 200_000,
    section: 100_000,
    line: 4,
};

/// Sends it to all recipients at once.
pub async fn send(
    notice: &Notice,
    smtp: &Smtp,
    password: Option<&SecretString>,
) -> Result<(), Unsent> {
    let message = message(notice, smtp)?;
    let transport = transport(smtp, password)?;
    let sent = transport.send(message).await;
    sent.map(drop).map_err(|error| failed(&error, smtp))
}

/// The message. Only our own words, addresses that are nothing else, and a title on one line stand in
/// its headers.
fn message(notice: &Notice, smtp: &Smtp) -> Result<Message, Unsent> {
    let domain = smtp.from.rsplit('@').next().unwrap_or_default();
    let seconds = u64::try_from(notice.time.as_second()).unwrap_or_default();
    let mut builder = Message::builder()
        .from(mailbox(&smtp.from)?)
        .subject(fit::title(notice))
        .date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
        .message_id(Some(format!("<{}@{domain}>", id(notice))))
        .raw_header(own("Auto-Submitted", "auto-generated"))
        .raw_header(own("X-Auto-Response-Suppress", "All"))
        .header(MIME_VERSION_1_0)
        .header(ContentType::TEXT_PLAIN);
    for recipient in &smtp.to {
        builder = builder.to(mailbox(recipient)?);
    }
    let message = builder.body(text(notice));
    message.map_err(|error| Unsent::new(format!("no message can be made ({error})"), ADDRESSES))
}

const ADDRESSES: &str = "see `from` and `to` of the channel in provisor.toml";

fn own(name: &'static str, value: &'static str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn mailbox(address: &str) -> Result<Mailbox, Unsent> {
    let address: Result<Address, _> = address.parse();
    let address = address.map_err(|_| Unsent::new("an address is none", ADDRESSES))?;
    Ok(Mailbox::new(None, address))
}

fn text(notice: &Notice) -> String {
    let mut lines = vec![fit::title(notice)];
    for Section {
        heading,
        lines: own,
    } in fit::sections(notice, ROOM, str::len)
    {
        lines.extend([String::new(), heading]);
        lines.extend(own.into_iter().map(|line| format!("  {line}")));
    }
    if let Some(link) = &notice.link {
        lines.extend([String::new(), format!("What the job says: {link}")]);
    }
    lines.extend([
        String::new(),
        "Sent by provisor; nobody reads what is answered.".to_owned(),
        String::new(),
    ]);
    lines.join("\n")
}

fn transport(
    smtp: &Smtp,
    password: Option<&SecretString>,
) -> Result<AsyncSmtpTransport<Tokio1Executor>, Unsent> {
    let parameters = || {
        let parameters = TlsParameters::new(smtp.host.clone());
        parameters.map_err(|error| failed(&error, smtp))
    };
    let tls = match smtp.security {
        Security::Tls => Tls::Wrapper(parameters()?),
        // Never without: a server that does not offer it gets nothing.
        Security::StartTls => Tls::Required(parameters()?),
        Security::None => Tls::None,
    };
    let domain = smtp.from.rsplit('@').next().unwrap_or_default();
    let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.host)
        .port(smtp.port)
        .tls(tls)
        .hello_name(ClientId::Domain(domain.to_owned()))
        .timeout(Some(PATIENCE));
    let builder = match (&smtp.login, password) {
        (Some(login), Some(password)) => {
            let (user, password) = (login.user.clone(), password.expose_secret().to_owned());
            builder.credentials(Credentials::new(user, password))
        }
        _ => builder,
    };
    Ok(builder.build())
}

/// What went wrong, in our words: what the server wrote is not told, its code is.
fn failed(error: &lettre::transport::smtp::Error, smtp: &Smtp) -> Unsent {
    let at = format!("{}:{}", smtp.host, smtp.port);
    if let Some(code) = error.status() {
        let todo = match u16::from(code) {
            535 | 530 | 534 => {
                "see `user` and `password` of the channel, and whether it may sign in"
            }
            400..500 => "the server takes no mail for now: the next notice may get through",
            _ => "see whether the server lets this sender write to these recipients",
        };
        return Unsent::new(format!("{at} refused the mail (SMTP {code})"), todo);
    }
    if error.is_tls() || of_tls(error).is_some() {
        let todo = "see that the server's certificate is for its name and from an authority that this \
            machine trusts, and that `security` is as the server has it";
        let why = of_tls(error).map(|why| format!(" ({})", escape(&why.to_string())));
        let why = why.unwrap_or_default();
        return Unsent::new(format!("no secret connection to {at}{why}"), todo);
    }
    if error.is_timeout() {
        let todo = "see whether the server is up and `port` and `security` are its own";
        return Unsent::new(format!("{at} did not answer in time"), todo);
    }
    if error.is_client() {
        let todo = "see that `security` and `user` of the channel are as the server offers them";
        return Unsent::new(format!("{at} does not offer what is needed"), todo);
    }
    let todo = "see whether the server is up, and this machine may speak to it";
    Unsent::new(format!("{at} cannot be reached"), todo)
}

/// What TLS has against the server, wherever that is wrapped.
fn of_tls(error: &lettre::transport::smtp::Error) -> Option<&rustls::Error> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref() {
            return Some(error);
        }
        let io: Option<&io::Error> = error.downcast_ref();
        if let Some(inner) = io.and_then(io::Error::get_ref)
            && let Some(error) = inner.downcast_ref()
        {
            return Some(error);
        }
        source = error.source();
    }
    None
}

#[cfg(test)]
pub(super) fn formatted(notice: &Notice, smtp: &Smtp) -> Vec<u8> {
    message(notice, smtp).unwrap().formatted()
}
