//! What the company's apps say.

use provisor::config::{AppConfig, Config};
use provisor::model::account::Status;
use provisor::model::app::AttributeSource;
use provisor::model::desired::{Desired, Want};
use provisor::model::name::PersonId;
use provisor::model::observation::{NewRow, Observation, ObservationBuilder, Origin};
use provisor::model::person::{Period, Person};

use super::{Moment, Turn};

/// What one app, by index, says at a moment: what the files of the last run wanted of it, and
/// today what it lost since.
pub fn observe(config: &Config, desired: &Desired, app: usize, moment: Moment) -> Observation {
    let name = &desired.apps[app];
    let AppConfig { description, .. } = &config.apps[name];
    let mut builder = ObservationBuilder::new(
        name,
        description.entitlements.len(),
        description.attributes.len(),
    );
    for (index, person) in config.people.iter().enumerate() {
        let Want::Account { gives, period, .. } = desired.want(index, app) else {
            continue;
        };
        let email = person.email.raw();
        let account = builder.account(NewRow {
            vendor_id: &vendor_id(index, app),
            login: email,
            email,
            hr_id: person.id.as_str(),
            status: Status::Active,
        });
        for (position, kind) in description.attributes.iter().enumerate() {
            let value = attribute(config, kind.source, person, &person.periods[period]);
            builder.attribute(account, position, &value);
        }
        let lost = usize::from(moment == Moment::Today && Turn::of(index) == Turn::Drift);
        for (entitlement, _) in desired.holdings(index, app, gives).into_iter().skip(lost) {
            let value = builder.value(entitlement.kind, &entitlement.value, &entitlement.value);
            builder.hold(account, value, None, Origin::Direct);
        }
    }
    // Of two hundred accounts one is nobody's.
    for stranger in 0..config.people.len() / 200 {
        let login = format!("robot-{stranger}");
        builder.account(NewRow {
            vendor_id: &vendor_id(config.people.len() + stranger, app),
            login: &login,
            email: "",
            hr_id: "",
            status: Status::Active,
        });
    }
    builder.finish(moment.instant())
}

/// Vendors' ids are in no order that the files know.
fn vendor_id(account: usize, app: usize) -> String {
    let scattered = (account as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    format!("{scattered:016x}-{app:04x}")
}

fn attribute(config: &Config, source: AttributeSource, person: &Person, period: &Period) -> String {
    let text = |foreign: &Option<provisor::base::Foreign>| {
        let foreign = foreign.as_ref();
        foreign.map_or_else(String::new, |text| text.raw().to_owned())
    };
    match source {
        AttributeSource::GivenName => person.given.raw().to_owned(),
        AttributeSource::FamilyName => person.family.raw().to_owned(),
        AttributeSource::DisplayName => person.display_name().raw().to_owned(),
        AttributeSource::Title => text(&period.title),
        AttributeSource::Department => text(&period.department),
        // What the manager signs in with: the email, in this company.
        AttributeSource::Manager => {
            let people = &config.people;
            let found = |id: &PersonId| people.binary_search_by(|known| known.id.cmp(id)).ok();
            let manager = period.manager.as_ref().and_then(found);
            manager.map_or_else(String::new, |index| people[index].email.raw().to_owned())
        }
        other => unreachable!("SCIM has no {other:?} here"),
    }
}
