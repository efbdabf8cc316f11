//! `validate` of 100,000 people: at most 1 s and 500 MiB on two cores.

use provisor::config::{Config, Trust};

use crate::company::{Company, Moment};

const COMPANY: Company = Company {
    people: 100_000,
    profiles: 300,
    apps: 1,
};

/// Loads one large file of people; the report's throughput is in bytes of that file.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn one_hundred_thousand_people(bencher: divan::Bencher<'_, '_>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bytes = COMPANY.write(folder.path(), Moment::LastRun);
    bencher
        .counter(divan::counter::BytesCount::new(bytes))
        .bench(|| {
            let loaded = Config::load(folder.path(), &Trust::none());
            let config = loaded.config.expect("the files are sound");
            assert_eq!(config.people.len(), COMPANY.people);
            config
        });
}

/// The digests of what concerns each person.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn facts_of_one_hundred_thousand_people(bencher: divan::Bencher<'_, '_>) {
    let config = COMPANY.load(Moment::LastRun);
    bencher.bench(|| config.facts());
}
