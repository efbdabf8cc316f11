//! Showing a plan of 10,000 changes: as a comment and as a page in at most 200 ms each.

use divan::Bencher;
use provisor::model::plan::Plan;
use provisor::render::plan::Detail;
use provisor::render::{Colour, html, markdown};

use crate::company::Company;
use crate::plan::planned;

const CHANGES: usize = 10_000;

/// The first changes of a large company's day, and those that they require.
fn large() -> Plan {
    let company = Company {
        people: 20_000,
        profiles: 30,
        apps: 14,
    };
    let mut plan = planned(&company.scene());
    plan.body.changes.truncate(CHANGES);
    assert_eq!(plan.body.changes.len(), CHANGES);
    plan
}

#[divan::bench(sample_count = 7, sample_size = 1)]
fn as_markdown(bencher: Bencher<'_, '_>) {
    let plan = large();
    bencher.bench(|| markdown::plan(&plan, markdown::MOST_BYTES));
}

#[divan::bench(sample_count = 7, sample_size = 1)]
fn as_html(bencher: Bencher<'_, '_>) {
    let plan = large();
    bencher.bench(|| html::plan(&plan));
}

#[divan::bench(sample_count = 7, sample_size = 1)]
fn as_text(bencher: Bencher<'_, '_>) {
    let plan = large();
    bencher.bench(|| provisor::render::plan::text(&plan, Detail::Brief, 80).to_text(Colour::Plain));
}
