//! Pages: `limit`, `after`, and the `link` headers that lead on.
//!
//! Source: Okta's "Core Okta API", sections Pagination and Link header.

use axum::http::{StatusCode, header};
use serde_json::Value;
use url::Url;

use super::MEDIA_TYPE;
use super::error::OktaError;
use crate::sandbox::app::{Answer, Call};

/// The sizes of a list's pages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub default: usize,
    pub largest: usize,
}

impl Sizes {
    pub const fn new(default: usize, largest: usize) -> Self {
        Self { default, largest }
    }

    /// No larger than what `sandbox.toml` asks for.
    pub fn at_most(self, size: Option<usize>) -> Self {
        let size = size.unwrap_or(usize::MAX);
        Self::new(self.default.min(size), self.largest.min(size))
    }
}

/// Answers a page of what is listed, sorted by id. `show` is called for what is on the page only.
pub(super) fn page<'a, T>(
    base: &str,
    call: &Call,
    sizes: Sizes,
    listed: impl Iterator<Item = (&'a str, T)>,
    show: impl Fn(&str, T) -> Value,
) -> Result<Answer, OktaError> {
    let limit = match call.parameter("limit") {
        None => sizes.default,
        Some(text) => text
            .parse::<usize>()
            .ok()
            .filter(|limit| *limit > 0)
            .ok_or_else(|| OktaError::validation("limit", "The limit must be a positive number"))?,
    };
    let limit = limit.min(sizes.largest);
    let after = call.parameter("after").unwrap_or_default();
    let mut rest = listed.skip_while(|(id, _)| *id <= after);
    let mut last = None;
    let mut shown = Vec::new();
    for (id, item) in rest.by_ref().take(limit) {
        last = Some(id);
        shown.push(show(id, item));
    }
    let more = rest.next().is_some();
    let answer = Answer::json(StatusCode::OK, MEDIA_TYPE, Value::Array(shown));
    let answer = answer.with(header::LINK, &link(base, call, None, "self"));
    Ok(match last {
        Some(last) if more => answer.with(header::LINK, &link(base, call, Some(last), "next")),
        _ => answer,
    })
}

fn link(base: &str, call: &Call, after: Option<&str>, relation: &str) -> String {
    let mut url: Url = base.parse().expect("the sandbox's own address is a URL");
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.extend(&call.path);
    }
    let kept = |name: &str| after.is_none() || name != "after";
    let parameters = call.query.iter().filter(|(name, _)| kept(name));
    let cursor = after.map(|after| ("after", after));
    let parameters = parameters.map(|(name, value)| (name.as_str(), value.as_str()));
    let parameters: Vec<_> = parameters.chain(cursor).collect();
    if !parameters.is_empty() {
        url.query_pairs_mut().extend_pairs(parameters);
    }
    format!("<{url}>; rel=\"{relation}\"")
}
