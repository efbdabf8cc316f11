//! Reading all pages of a collection, and judging whether that was all of it.

use futures::StreamExt as _;
use serde_json::Value;

use crate::apps::paging::{Doubt, MOST_PAGES, Pages};
use crate::apps::transport::{AT_ONCE, NotAddressable, Target};
use crate::model::failure::{Failure, FailureKind};

use super::Client;
use super::discovery::Server;
use super::error;
use super::resource::{Unreadable, member, number, text};

/// Takes the records of a listing, one by one.
pub trait Sink {
    /// Takes one record; an error says why the listing cannot be trusted.
    fn take(&mut self, record: &Value) -> Result<(), Unreadable>;
}

/// What a listing brought, and why it cannot be trusted, if so.
pub struct Listed<S> {
    /// All records.
    pub sink: S,
    /// Why some may be missing.
    pub doubt: Option<String>,
}

/// Reads a whole collection into a sink; once more, into a new one, if the first reading is in
/// doubt.
pub async fn read<S: Sink>(
    client: &Client,
    server: &Server,
    collection: &'static str,
    what: &str,
    make: impl Fn() -> S,
) -> Result<Listed<S>, Failure> {
    let once = || async {
        let mut walk = Walk {
            client,
            server,
            collection,
            what,
            sink: make(),
            pages: Pages::default(),
            doubt: None,
        };
        walk.all().await?;
        Ok::<_, Failure>(Listed {
            sink: walk.sink,
            doubt: walk.doubt,
        })
    };
    let first = once().await?;
    if first.doubt.is_none() {
        return Ok(first);
    }
    once().await
}

/// One page, as it came.
struct Page {
    total: Option<usize>,
    records: Vec<Value>,
    next: Option<String>,
    /// The cursor is not good any more.
    expired: bool,
}

/// Where a page begins.
enum From<'a> {
    Start(usize),
    Cursor(&'a str),
}

struct Walk<'a, S> {
    client: &'a Client,
    server: &'a Server,
    collection: &'static str,
    what: &'a str,
    sink: S,
    pages: Pages,
    doubt: Option<String>,
}

impl<S: Sink> Walk<'_, S> {
    async fn all(&mut self) -> Result<(), Failure> {
        let from = if self.server.cursors {
            From::Cursor("")
        } else {
            From::Start(1)
        };
        let first = self.page(from).await?;
        let next = first.next.clone();
        let full = first.records.len() == self.server.page_size;
        let empty = first.records.is_empty();
        self.take(&first);
        if let Some(next) = next {
            self.follow(next).await?;
        } else if !empty && !self.server.cursors {
            if full {
                self.side_by_side().await?;
            }
            self.one_by_one().await?;
        }
        let end = self.pages.end();
        self.holds(end);
        Ok(())
    }

    /// Pages by cursor, until there is no next one.
    async fn follow(&mut self, mut next: String) -> Result<(), Failure> {
        loop {
            let follow = self.pages.follow(next.clone());
            if !self.holds(follow) {
                return Ok(());
            }
            let page = self.page(From::Cursor(&next)).await?;
            if page.expired {
                self.holds(Err(Doubt::CursorExpired));
                return Ok(());
            }
            self.take(&page);
            match page.next {
                Some(following) => next = following,
                None => return Ok(()),
            }
        }
    }

    /// The pages after a first one that came full, several at once. Stops at the first that is not
    /// as it should be: the rest is then read one by one, from what came.
    async fn side_by_side(&mut self) -> Result<(), Failure> {
        let Some(total) = self.pages.total() else {
            return Ok(());
        };
        let size = self.server.page_size;
        let (client, server, collection, what) =
            (self.client, self.server, self.collection, self.what);
        let pages = futures::stream::iter((size..total).step_by(size).take(MOST_PAGES))
            .map(|read| page(client, server, collection, what, From::Start(read + 1)))
            .buffered(AT_ONCE);
        futures::pin_mut!(pages);
        while let Some(page) = pages.next().await {
            let page = page?;
            let expected = size.min(total - self.pages.received());
            self.take(&page);
            if page.records.len() != expected || page.total.is_some_and(|now| now != total) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The remaining pages, each from where the one before ended.
    async fn one_by_one(&mut self) -> Result<(), Failure> {
        loop {
            let received = self.pages.received();
            let all = self.pages.total().is_some_and(|total| received >= total);
            let more = self.pages.more();
            if all || !self.holds(more) {
                break;
            }
            let page = self.page(From::Start(received + 1)).await?;
            let empty = page.records.is_empty();
            self.take(&page);
            if empty {
                break;
            }
        }
        Ok(())
    }

    async fn page(&self, from: From<'_>) -> Result<Page, Failure> {
        page(self.client, self.server, self.collection, self.what, from).await
    }

    fn take(&mut self, page: &Page) {
        let taken = self.pages.take(page.records.len(), page.total);
        self.holds(taken);
        for record in &page.records {
            if let Err(Unreadable(why)) = self.sink.take(record) {
                self.doubts(why);
            }
        }
    }

    /// True if there is nothing to doubt.
    fn holds(&mut self, judged: Result<(), Doubt>) -> bool {
        if let Err(doubt) = judged {
            self.doubts(doubt.to_string());
        }
        judged.is_ok()
    }

    /// The first doubt stands.
    fn doubts(&mut self, why: impl Into<String>) {
        self.doubt.get_or_insert_with(|| why.into());
    }
}

async fn page(
    client: &Client,
    server: &Server,
    collection: &'static str,
    what: &str,
    from: From<'_>,
) -> Result<Page, Failure> {
    let target = address(collection, &from, server.page_size)
        .map_err(|error| client.unaddressable(error, what))?;
    let answer = client.get(target, what).await?;
    let cursor_given = matches!(from, From::Cursor(cursor) if !cursor.is_empty());
    if cursor_given && answer.status == 400 {
        let expired = matches!(
            &*error::scim_type(&answer),
            "expiredcursor" | "invalidcursor"
        );
        if expired {
            return Ok(Page {
                total: None,
                records: Vec::new(),
                next: None,
                expired,
            });
        }
    }
    if !answer.is_success() {
        return Err(client.refused(&answer, what));
    }
    let page = answer.json().and_then(understand);
    page.ok_or_else(|| {
        let mut failure = client.refused(&answer, what);
        failure.kind = FailureKind::Protocol;
        failure.what = format!("{what}: the answer is no SCIM list");
        failure
    })
}

fn address(
    collection: &'static str,
    from: &From<'_>,
    page_size: usize,
) -> Result<Target, NotAddressable> {
    let target = Target::new(&[collection])?;
    let target = match from {
        From::Start(start) => target.parameter("startIndex", &start.to_string())?,
        From::Cursor(cursor) => target.parameter("cursor", cursor)?,
    };
    target.parameter("count", &page_size.to_string())
}

/// A list needs a total or resources; what has neither is something else.
fn understand(mut body: Value) -> Option<Page> {
    let total = member(&body, "totalResults").and_then(number);
    let next = member(&body, "nextCursor").and_then(text);
    let next = next.filter(|next| !next.is_empty()).map(Into::into);
    let resources = body.as_object_mut()?.iter_mut().find_map(|(key, value)| {
        key.eq_ignore_ascii_case("Resources")
            .then(|| std::mem::take(value))
    });
    let records = match resources {
        None | Some(Value::Null) if total.is_none() => return None,
        Some(Value::Array(records)) => records,
        Some(record @ Value::Object(_)) => vec![record],
        _ => Vec::new(),
    };
    Some(Page {
        total,
        records,
        next,
        expired: false,
    })
}
