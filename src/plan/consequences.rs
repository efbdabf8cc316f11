//! What a source's steps would do elsewhere although nothing is planned there (R4, R9, R18): an
//! account that is held, protected or surplus must not be closed or opened by way of its source.

use std::collections::BTreeMap;

use crate::model::account::Status;
use crate::model::change::{Action, AttributeEdit, Change, ChangeId, Verb};
use crate::model::name::{AppName, PersonId};
use crate::model::plan::{Edge, EdgeKind};
use crate::model::withheld::Impediment;

use super::cascade::{Source, main_account};
use super::draft::Draft;
use super::view::AppView;

/// What is found of one cascade.
#[derive(Debug, Default)]
pub struct Consequences {
    /// Steps of the source that are not to be done, and why.
    pub withheld: BTreeMap<ChangeId, Impediment>,
    /// Which of the source's steps comes before which.
    pub edges: Vec<Edge>,
}

/// Looks at every person with steps in a source: `app` is what it makes accounts in, `view` and
/// `planned` what is there and what is planned there.
pub fn of(source: &Source<'_>, app: &AppName, view: &AppView<'_>, planned: &Draft) -> Consequences {
    let mut found = Consequences::default();
    for (person, steps) in source.people() {
        let Some(assignment) = source.assignment(person, steps) else {
            continue;
        };
        found.edges.extend(in_order(steps, &assignment));
        let account = account_status(view, person);
        let is_open = account.is_some_and(|status| status != Status::Inactive);
        let plans = |verb: Verb| {
            let theirs =
                |change: &&Change| change.person.as_ref().map(|tag| &tag.id) == Some(person);
            let mut changes = planned.changes.iter().filter(theirs);
            changes.any(|change| change.action.verb() == verb)
        };
        let app = app.clone();
        if assignment.is_lost() && is_open && !plans(Verb::Deactivate) {
            let why = Impediment::ClosesElsewhere { app };
            let taken = assignment.taken.iter();
            found
                .withheld
                .extend(taken.map(|step| (step.id.clone(), why.clone())));
        } else if assignment.is_gained() && !is_open && !plans(Verb::Await) {
            let why = Impediment::OpensElsewhere { app };
            let given = assignment.given.iter();
            found
                .withheld
                .extend(given.map(|step| (step.id.clone(), why.clone())));
        }
    }
    found
}

/// What a plan changes of a person's being assigned an account elsewhere.
#[derive(Debug, Default)]
pub struct Assignment<'a> {
    /// Values that assign it were held before.
    pub before: bool,
    /// One of them is held, and stays.
    pub stays: bool,
    /// The steps that take such values away.
    pub taken: Vec<&'a Change>,
    /// The steps that give one.
    pub given: Vec<&'a Change>,
}

impl Assignment<'_> {
    fn is_lost(&self) -> bool {
        self.before && !self.stays && self.given.is_empty()
    }

    fn is_gained(&self) -> bool {
        !self.before && !self.given.is_empty()
    }
}

/// Of two values that assign the same account, the new one is given before the old one is taken:
/// otherwise the account would be closed in between. An account elsewhere is made under the login
/// that the source has by then.
fn in_order<'a>(
    steps: &'a [&Change],
    assignment: &'a Assignment<'_>,
) -> impl Iterator<Item = Edge> + 'a {
    let before = |first: &Change, then: &Change| Edge {
        before: first.id.clone(),
        after: then.id.clone(),
        kind: EdgeKind::Requires,
    };
    let renames = steps.iter().filter(|step| renames(&step.action));
    let renames = renames.flat_map(move |rename| {
        let given = assignment.given.iter();
        given.map(move |given| before(rename, given))
    });
    let replaced = assignment.given.iter().flat_map(move |given| {
        let taken = assignment.taken.iter();
        taken.map(move |taken| before(given, taken))
    });
    renames.chain(replaced)
}

fn renames(action: &Action) -> bool {
    let is_login = |edit: &AttributeEdit| edit.attribute == "login";
    matches!(action, Action::Update { edits } if edits.iter().any(is_login))
}

fn account_status(view: &AppView<'_>, person: &PersonId) -> Option<Status> {
    main_account(view, person).map(|account| account.status())
}
