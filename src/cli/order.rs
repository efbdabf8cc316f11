//! `apply --leaver` and `apply --rescind`: somebody's departure by order, before the files say so.

use clap::Args;
use jiff::Timestamp;

use crate::config::Config;
use crate::desired::{NotAtWork, at_work, obey, stands, subject};
use crate::model::name::PersonId;
use crate::model::order::{Mandate, Order, Rescission};
use crate::reports::find;
use crate::state::{Store, order};

use super::arguments::ApplyOptions;
use super::terminal::Terminal;
use super::trouble::Trouble;
use super::world::{World, instant};
use super::{environment, explain};

/// Whose departure is ordered, and when.
#[derive(Debug, Default, Args)]
pub struct Leaving {
    /// Close every account of one person before the files say that they leave: an id, an email or a
    /// name
    #[arg(long, value_name = "PERSON", group = "reasoned")]
    pub leaver: Option<String>,

    /// The moment at which their access ends: an instant, or a day (its start); now if absent
    #[arg(long, value_name = "WHEN", requires = "leaver")]
    pub at: Option<String>,
}

/// What a run does by order.
#[derive(Debug)]
pub enum Given {
    /// It carries this out.
    Now(Mandate),
    /// Nothing yet: the moment is to come.
    Later(Order),
}

/// Records the order that the command line gives, if it gives one, before the lock is waited for: a
/// run that is under way yields to it.
pub async fn given(
    options: &ApplyOptions,
    world: &mut World,
    terminal: &Terminal,
    agreed: impl FnOnce(&str) -> bool,
) -> Result<Option<Given>, Trouble> {
    let reason = options.allow.reason();
    let given = match (&options.leaving.leaver, options.rescind) {
        (Some(person), _) => {
            let order = wanted(world, person, options.leaving.at.as_deref(), reason).await?;
            leave(world, order, terminal, agreed).await?
        }
        (None, Some(number)) => rescind(world, number, reason, agreed).await?,
        (None, None) => return Ok(None),
    };
    Ok(Some(given))
}

/// The order that the command line means: one that stands already, or the draft of the next.
pub async fn wanted(
    world: &World,
    person: &str,
    at: Option<&str>,
    reason: Option<&str>,
) -> Result<Order, Trouble> {
    let config = &world.config;
    let clock = world.context.clock();
    let index =
        find::person(config, person).map_err(|unfound| explain::trouble(person, unfound))?;
    let person = &config.people[index];
    let at = instant(config, at, clock)?;
    let standing = world.orders().iter();
    // One that the files agreed with is of an employment that is over.
    let standing = standing.filter(|order| {
        order.at <= at
            && subject(config, &order.person.id) == Some(index)
            && stands(config, order, clock.started())
    });
    if let Some(order) = standing.min_by_key(|order| order.at) {
        return Ok(order.clone());
    }
    at_work(config, person, at, clock.started()).map_err(|why| Trouble::NotAtWork {
        person: person.id.clone(),
        begins: why == NotAtWork::NotYet,
        entry: config.sources.locate(person.site),
    })?;
    let numbers = order::numbers(&Store::at(&world.state)?).await?;
    Ok(Order {
        number: numbers.last().map_or(1, |last| last + 1),
        person: find::tag(person),
        at,
        reason: reason.unwrap_or_default().into(),
        actor: environment::actor().into(),
        given: clock.now(),
    })
}

async fn leave(
    world: &mut World,
    order: Order,
    terminal: &Terminal,
    agreed: impl FnOnce(&str) -> bool,
) -> Result<Given, Trouble> {
    let known = world.orders().iter().any(|one| one.number == order.number);
    let who = shown(&order);
    if !known && !agreed(&format!("End all access of {who}?")) {
        return Err(Trouble::NotAgreed);
    }
    let order = if known {
        terminal.say(&format!(
            "order {} of {who} stands already: finishing it",
            order.number
        ));
        order
    } else {
        order::give(&Store::at(&world.state)?, order).await?
    };
    let is_later = order.at > world.context.clock().started();
    if !known {
        let yields = if is_later {
            ""
        } else {
            "; whatever else runs on this state yields to it"
        };
        terminal.say(&format!("order {}: {who}{yields}", order.number));
    }
    if is_later {
        return Ok(Given::Later(order));
    }
    world.heed(vec![order.clone()]);
    Ok(Given::Now(Mandate::Leave(order)))
}

async fn rescind(
    world: &mut World,
    number: u64,
    reason: Option<&str>,
    agreed: impl FnOnce(&str) -> bool,
) -> Result<Given, Trouble> {
    let store = Store::at(&world.state)?;
    let order = order::find(&store, number).await?;
    let order = order.ok_or(Trouble::NoOrder(number))?;
    let who = shown(&order);
    if !agreed(&format!("Give back what the files give to {who}?")) {
        return Err(Trouble::NotAgreed);
    }
    let rescission = Rescission {
        order: number,
        reason: reason.unwrap_or_default().into(),
        actor: environment::actor().into(),
        given: world.context.clock().now(),
    };
    // Whoever did so before may not have come to the end of it.
    let rescission = order::rescind(&store, rescission).await?;
    world.disregard(number);
    Ok(Given::Now(Mandate::Return {
        person: order.person,
        rescission,
    }))
}

/// The id by which the files have whom a run's order is about: it may not be the one of then.
pub fn subject_of(config: &Config, mandate: &Mandate) -> PersonId {
    let id = &mandate.person().id;
    subject(config, id).map_or_else(|| id.clone(), |index| config.people[index].id.clone())
}

/// Whom an order is about, for a person to read.
fn shown(order: &Order) -> String {
    use crate::base::foreign::escape;
    let (name, id) = (
        escape(order.person.name.raw()),
        escape(order.person.id.as_str()),
    );
    format!("{name} ({id}), as of {}", order.at)
}

/// What a plan would be under an order that nobody gave yet.
pub async fn supposed(world: &mut World, leaving: &Leaving) -> Result<Option<Order>, Trouble> {
    let Some(person) = &leaving.leaver else {
        return Ok(None);
    };
    let order = wanted(world, person, leaving.at.as_deref(), None).await?;
    let moment: Timestamp = order.at.max(world.context.clock().started());
    obey(&mut world.config, std::slice::from_ref(&order), moment);
    Ok(Some(order))
}
