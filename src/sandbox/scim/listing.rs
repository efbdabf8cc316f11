//! Many resources: by filter and page.

use std::sync::Arc;

use axum::http::Method;

use super::dialect::Filters;
use super::directory::Directory;
use super::error::ScimError;
use super::filter::Filter;
use super::query::{self, Query};
use super::schema::ResourceType;
use super::selection::Selection;
use super::{Answered, Scim, body, not_allowed};
use crate::sandbox::app::Call;

impl Scim {
    pub(super) fn search(&self, types: &[&'static ResourceType], call: &Call) -> Answered {
        match call.method {
            Method::POST => self.list(types, &Query::of_search(&body(call)?)?),
            _ => Err(not_allowed()),
        }
    }

    /// Lists resources of some types. A type that cannot understand the query has no part in the
    /// answer, unless it is the only one.
    pub(super) fn list(&self, types: &[&'static ResourceType], query: &Query) -> Answered {
        let directory = self.read();
        let mut found = Vec::new();
        let mut refused = Vec::new();
        for of in types {
            let filter = query.filter.as_deref();
            let filter = filter.and_then(|text| self.filter(of, text).transpose());
            let filter = filter.transpose();
            match (Selection::parse(of, query), filter) {
                (Ok(selection), Ok(filter)) => {
                    let selection = Arc::new(selection);
                    let ids = matching(&directory, of, filter.as_ref()).into_iter();
                    found.extend(ids.map(|id| (*of, id, Arc::clone(&selection))));
                }
                (Err(error), _) | (_, Err(error)) => refused.push(error),
            }
        }
        if refused.len() == types.len() {
            return Err(refused.swap_remove(0));
        }
        let (skip, take) = query.page(self.dialect.pages, self.largest_page)?;
        let page = found.iter().skip(skip).take(take);
        let shown = page.filter_map(|(of, id, selection)| {
            let view = directory.view(of, id, selection.wants(of.relation))?;
            Some(self.dressed(selection.of(of, &view)))
        });
        let mut list = query::list(found.len(), skip, shown.collect());
        if self.dialect.bare_lists
            && let Some(list) = list.as_object_mut()
        {
            list.remove("startIndex");
            list.remove("itemsPerPage");
        }
        Ok(self.ok(list))
    }

    /// The filter of a query; none where this vendor has none.
    fn filter(&self, of: &ResourceType, text: &str) -> Result<Option<Filter>, ScimError> {
        match self.dialect.filters {
            Filters::Ignored => Ok(None),
            Filters::All => Filter::parse(of, text).map(Some),
            Filters::Equality(names) => {
                let filter = Filter::parse(of, text)?;
                if filter.is_equality_on(names) {
                    Ok(Some(filter))
                } else {
                    Err(ScimError::invalid_filter("this filter is not supported"))
                }
            }
        }
    }
}

/// The ids of the resources that match.
fn matching<'a>(
    directory: &'a Directory,
    of: &'a ResourceType,
    filter: Option<&Filter>,
) -> Vec<&'a str> {
    let Some(filter) = filter else {
        return directory.ids(of).collect();
    };
    let matches = |id: &&str| directory.matches(of, id, filter);
    match filter.demands("userName") {
        Some(login) => directory
            .user_of(login)
            .into_iter()
            .filter(matches)
            .collect(),
        None => directory.ids(of).filter(matches).collect(),
    }
}
