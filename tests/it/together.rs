//! Two applies at once: one after the other, or one of them not at all.

use crate::environment::Environment;

#[test]
fn two_applies_at_once_leave_one_chain_and_no_second_account() {
    for _ in 0..10 {
        let environment = Environment::example();
        let (one, two) = (
            environment.start("apply --yes"),
            environment.start("apply --yes"),
        );
        let runs = [one, two].map(|running| environment.ended(running.end()));
        let mut codes = runs.map(|run| {
            let code = run.code().unwrap();
            run.exits(code);
            code
        });
        codes.sort_unstable();
        assert!(matches!(codes, [0, 0 | 6]), "{codes:?}");
        assert_eq!(environment.accounts().len(), 4);
        let manifests = environment.manifests();
        let done = codes.iter().filter(|code| **code == 0).count();
        assert_eq!(manifests.len(), done);
        let counts: u64 = manifests
            .iter()
            .map(|one| one["counts"]["done"].as_u64().unwrap())
            .sum();
        assert_eq!(counts, 7, "each change was made once");
        environment.run("plan --detailed-exitcode").exits(0);
    }
}
