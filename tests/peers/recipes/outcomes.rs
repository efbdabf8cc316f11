//! `apply.sh`: what each exit code means for the job, the pull request and the next run. A stand-in says the codes.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::{Named, Said, of_forge, said, script};

pub const TRIALS: [Named; 6] = [
    ("each_exit_code_of_a_plan_has_its_answer", each_code),
    ("what_is_refused_for_good_is_left_for_review", refused),
    ("a_run_that_waits_for_the_lock_tries_again", locked),
    ("what_is_due_comes_after_the_plans", due),
    ("a_merge_without_a_plan_is_left_for_review", without_a_plan),
    ("no_state_is_lost_when_two_runs_push_it", pushed_at_once),
];

/// A repository, plans, and a `provisor` that ends as it is told.
struct Job(TempDir);

impl Job {
    /// The codes of one call after the other; `0` afterwards.
    fn new(codes: &[i32]) -> Self {
        let job = Self(tempfile::tempdir().unwrap());
        let program = "#!/bin/sh\n\
             read -r code rest <codes; echo \"$rest\" >codes\n\
             echo \"$*\" >>calls\necho \"::error::said by an app\"; echo '`' ; cat events >&2 ; exit \"${code:-0}\"\n";
        let codes: Vec<_> = codes.iter().map(i32::to_string).collect();
        fs::create_dir(job.path("bin")).unwrap();
        fs::create_dir(job.path("plans")).unwrap();
        fs::write(job.path("codes"), codes.join(" ") + "\n").unwrap();
        fs::write(job.path("calls"), "").unwrap();
        fs::write(job.path("events"), "").unwrap();
        executable(&job.path("bin/provisor"), program);
        git(job.0.path(), &["init", "--quiet", "."]);
        git(
            job.0.path(),
            &["commit", "--quiet", "--allow-empty", "--message", "one"],
        );
        job
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn plan(self, name: &str) -> Self {
        fs::write(self.path("plans").join(name), "it came alone\n").unwrap();
        self
    }

    fn run(&self) -> Said {
        let mut command = Command::new(script("apply.sh"));
        command.args(["plans", "covered", "results"]);
        command.current_dir(self.0.path()).env("LOCK_WAITS", "0 0");
        said(command.env("PATH", with_path(&self.path("bin"))))
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }
}

/// A folder before all others of the path.
#[expect(
    clippy::disallowed_methods,
    reason = "the scripts' own programs are there"
)]
pub fn with_path(first: &Path) -> String {
    format!("{}:{}", first.display(), std::env::var("PATH").unwrap())
}

pub fn executable(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Runs git as somebody.
#[track_caller]
pub fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=ci", "-c", "user.email=ci@example.com"]);
    command
        .args(["-c", "init.defaultBranch=main"])
        .args(arguments);
    let said = said(command.current_dir(folder));
    assert_eq!(said.code, 0, "{said:?}");
    said.out.trim().to_owned()
}

fn each_code() {
    // The code; then whether the job fails, the merge is answered for, a new plan is wanted; and what the page says.
    for (code, fails, covered, left, title) in [
        (0, false, true, false, "🟢 APPLIED"),
        (5, false, true, false, "🟡 APPLIED, but not all"),
        (3, true, true, false, "🔴 A GUARD REFUSED"),
        (4, true, true, true, "🕒 STALE – nothing of it was written"),
        (1, true, false, false, "🔴 NOT APPLIED – exit 1"),
        (64, true, false, false, "🔴 NOT APPLIED – exit 64"),
    ] {
        let job = Job::new(&[code]).plan("0001-7.json");
        let said = job.run();
        assert_eq!(said.code != 0, fails, "{code}: {said:?}");
        assert_eq!(!job.read("covered").is_empty(), covered, "{code}");
        assert_eq!(job.path("results/left").exists(), left, "{code}");
        let page = job.read("results/7.md");
        let heads = format!("<!-- provisor-apply -->\n### {title}");
        assert!(page.starts_with(&heads), "{code}: {page}");
        // What apps say is inert: in the log no command, in the comment no Markdown.
        assert!(said.out.contains("| ::error::said by an app"), "{said:?}");
        assert!(!said.out.contains("\n::error::said"), "{said:?}");
        assert!(
            page.contains("\n    ::error::said by an app\n    `\n"),
            "{page}"
        );
    }
}

fn refused() {
    let finished = |change: &str, outcome: &str| {
        format!("{{\"event\":\"step_finished\",\"change\":\"{change}\",\"outcome\":{outcome}}}\n")
    };
    let done = finished("a", "{\"result\":\"done\",\"vendor_id\":null}");
    let why = |because: &str| {
        let outcome = format!("{{\"result\":\"refused\",\"why\":{{\"because\":\"{because}\"}}}}");
        finished("b", &outcome)
    };
    for (code, because, left, title) in [
        (
            5,
            "moved",
            true,
            "🟡 APPLIED, but not all of it – 1 refused: a new plan",
        ),
        (
            5,
            "undone",
            true,
            "🟡 APPLIED, but not all of it – 1 refused: a new plan",
        ),
        (3, "withheld", true, "🔴 A GUARD REFUSED"),
        (
            5,
            "unwanted",
            false,
            "🟡 APPLIED, but not all of it: the next",
        ),
    ] {
        let job = Job::new(&[code]).plan("0001-7.json");
        let said_twice = why(because) + &done + &why(because);
        fs::write(job.path("events"), said_twice + "no event\n5\n").unwrap();
        let said = job.run();
        assert_eq!(
            job.path("results/left").exists(),
            left,
            "{because}: {said:?}"
        );
        assert_eq!(said.code, i32::from(left), "{because}: {said:?}");
        assert!(
            job.read("results/7.md").contains(title),
            "{because}: {said:?}"
        );
        assert!(
            job.read("results/7.md").contains("    no event\n"),
            "{because}"
        );
        assert!(!job.read("covered").is_empty(), "it is answered for");
    }
}

fn locked() {
    let job = Job::new(&[6, 6, 0]).plan("0001-7.json");
    assert_eq!(job.run().code, 0);
    assert!(job.read("results/7.md").contains("🟢 APPLIED"));
    let job = Job::new(&[6, 6, 6]).plan("0001-7.json");
    let said = job.run();
    assert_eq!(said.code, 1, "{said:?}");
    assert!(job.read("results/7.md").contains("exit 6: the next run"));
    assert_eq!(job.read("covered"), "", "the next run finds it again");
}

fn due() {
    let job = Job::new(&[0, 0, 5]).plan("0002-8.json").plan("0001-7.json");
    let said = job.run();
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("::warning::not everything that is due"));
    assert_eq!(
        job.read("calls"),
        "apply plans/0001-7.json --yes --json-events\n\
         apply plans/0002-8.json --yes --json-events\n\
         apply --due --json-events\n"
    );
    for (code, fails) in [(0, 0), (5, 0), (1, 1), (3, 1), (4, 1), (64, 1)] {
        assert_eq!(Job::new(&[code]).run().code, fails, "{code}");
    }
}

fn without_a_plan() {
    let job = Job::new(&[]).plan("0001-7.none").plan("0002-8.json");
    let said = job.run();
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        job.read("results/7.md")
            .contains("NOT APPLIED – it came alone: a new plan")
    );
    assert!(job.path("results/left").exists());
    assert!(job.read("results/8.md").contains("🟢 APPLIED"));
    assert!(!job.read("covered").is_empty());
}

fn pushed_at_once() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    git(root, &["init", "--quiet", "--bare", "origin"]);
    git(root, &["clone", "--quiet", "origin", "first"]);
    let first = root.join("first");
    git(
        &first,
        &["commit", "--quiet", "--allow-empty", "--message", "one"],
    );
    git(&first, &["push", "--quiet", "origin", "HEAD:main"]);
    for (script, save) in [
        ("github", &["state.sh"][..]),
        ("gitlab", &["state.sh", "save"]),
    ] {
        let job = |name: &str| {
            let folder = root.join(format!("{script}-{name}"));
            fs::create_dir(&folder).unwrap();
            git(&folder, &["clone", "--quiet", "../origin", "state"]);
            fs::write(folder.join("state").join(format!("{script}-{name}")), name).unwrap();
            fs::write(folder.join("state/lock"), name).unwrap();
            folder
        };
        let save = |folder: &Path, run: &str| {
            let mut command = Command::new(of_forge(script, save[0]));
            command.args(&save[1..]).arg(run).current_dir(folder);
            command.env("GITHUB_SERVER_URL", "https://github.com");
            command.env("CI_SERVER_URL", "https://gitlab.com");
            said(command.env("STATE_TOKEN", "secret"))
        };
        let (early, late) = (job("early"), job("late"));
        assert_eq!(save(&early, "1").code, 0);
        assert_eq!(save(&early, "1").code, 0, "there is nothing to push");
        let lost = save(&late, "2");
        assert_eq!(lost.code, 1, "{lost:?}");
        assert!(lost.err.contains("is on the branch run-2"), "{lost:?}");
        let files = |branch: &str| git(&root.join("origin"), &["ls-tree", "--name-only", branch]);
        let (early, late) = (format!("{script}-early"), format!("{script}-late"));
        assert!(files("main").contains(&early) && !files("main").contains(&late));
        assert!(files("run-2").contains(&late) && !files("run-2").contains("lock"));
        git(&root.join("origin"), &["branch", "--quiet", "-D", "run-2"]);
    }
}
