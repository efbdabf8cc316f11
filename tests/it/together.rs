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
        let ids = [one.id(), two.id()];
        let runs = [one, two].map(|running| environment.ended(running.end()));
        let mut codes = [0, 0];
        for (index, run) in runs.into_iter().enumerate() {
            codes[index] = run.code().unwrap();
            let ended = run.exits(codes[index]);
            if codes[index] == 6 {
                // The sandbox's folder may be what is in use; the state names its owner.
                let host = gethostname::gethostname().to_string_lossy().into_owned();
                let owner = format!("ci on {host}, process {}, since ", ids[1 - index]);
                let named = ended.stderr.contains(&owner);
                assert!(
                    named || ended.stderr.contains("sandbox"),
                    "{}",
                    ended.stderr
                );
            }
        }
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

#[test]
fn of_two_at_once_on_a_real_state_the_loser_names_the_owner() {
    for _ in 0..10 {
        let (environment, _serving) = Environment::served("latency = \"30ms\"");
        let running = [(); 2].map(|()| environment.start("apply --yes"));
        let ids = [0, 1].map(|index| running[index].id());
        let ended = running.map(|running| environment.ended(running.end()));
        let codes = [0, 1].map(|index| ended[index].code().unwrap());
        assert!(matches!(codes, [0, 6] | [6, 0]), "{codes:?}");
        let host = gethostname::gethostname().to_string_lossy().into_owned();
        for (index, run) in ended.into_iter().enumerate() {
            let ended = run.exits(codes[index]);
            if codes[index] == 6 {
                let winner = ids[1 - index];
                ended
                    .prints("")
                    .mentions(&format!("(ci on {host}, process {winner}, since "));
            }
        }
        assert_eq!(environment.manifests().len(), 1);
        assert_eq!(environment.journals().len(), 1, "the loser has no run");
        assert_eq!(environment.accounts().len(), 4);
        environment.run("plan --detailed-exitcode").exits(0);
    }
}
