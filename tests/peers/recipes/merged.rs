//! `merged.sh` and `apply.sh` with a real repository and the real binary: whatever was merged is applied, or left for review.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::forge::Forge;
use super::outcomes::{executable, git, with_path};
use super::{Named, Said, run, said, script};

pub const TRIALS: [Named; 11] = [
    ("two_merges_in_a_minute_are_both_applied", two_merges),
    ("a_run_that_died_is_made_good_by_the_next", died),
    ("a_merge_that_was_reverted_is_not_applied", reverted),
    ("a_stale_plan_is_told_once_and_planned_anew", stale),
    ("a_merge_without_a_plan_is_told_once", without_a_plan),
    ("a_plan_of_another_base_is_not_taken", another_base),
    ("a_comment_that_we_did_not_seal_names_no_plan", forged),
    ("a_rebased_pull_request_is_applied_once", rebased),
    ("what_is_refused_since_the_review_is_planned_anew", refused),
    ("an_outage_of_the_forge_loses_nothing", outage),
    ("without_an_earlier_apply_nothing_counts_as_reviewed", first),
];

/// A company in a repository, with a first apply behind it, and the forge where it lives.
struct Company {
    forge: Forge,
    root: TempDir,
}

impl Company {
    fn new() -> Self {
        let company = Self {
            forge: Forge::start(),
            root: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(company.folder()).unwrap();
        fs::create_dir(company.path("bin")).unwrap();
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/minimal");
        for name in ["people", "profiles", "provisor", "sandbox"] {
            let name = format!("{name}.toml");
            fs::copy(example.join(&name), company.folder().join(&name)).unwrap();
        }
        let program = env!("CARGO_BIN_EXE_provisor");
        let text = format!("#!/bin/sh\nexec {program} --sandbox \"$@\"\n");
        executable(&company.path("bin/provisor"), &text);
        fs::write(company.folder().join(".gitignore"), ".provisor/\n").unwrap();
        company.git(&["init", "--quiet", "."]);
        let first = company.commit();
        fs::write(company.path("covered"), first).unwrap();
        let mut apply = Command::new(company.path("bin/provisor"));
        let said = said(apply.args(["apply", "--yes"]).current_dir(company.folder()));
        assert_eq!(said.code, 0, "{said:?}");
        company
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn folder(&self) -> PathBuf {
        self.path("company")
    }

    fn git(&self, arguments: &[&str]) -> String {
        git(&self.folder(), arguments)
    }

    fn commit(&self) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "an edit"]);
        self.tip()
    }

    fn tip(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    /// Writes a file for somebody who starts on Tuesday.
    fn hire(&self, name: &str) {
        let text = format!(
            "[[people]]\nid = \"id-{name}\"\nname = {{ given = \"{name}\", family = \"New\" }}\n\
             email = \"{name}@meridianmanufacturing.com\"\njob_code = \"MKT\"\nstart_date = 2026-03-10\n"
        );
        fs::create_dir_all(self.folder().join("people")).unwrap();
        fs::write(self.folder().join(format!("people/{name}.toml")), text).unwrap();
    }

    /// A pull request with an edit, and its plan.
    fn pull(&self, number: u64, edit: impl Fn(&Self)) {
        self.git(&[
            "checkout",
            "--quiet",
            "-b",
            &format!("pull-{number}"),
            "main",
        ]);
        edit(self);
        let head = self.commit();
        self.forge.holds().pull(number, &head);
        self.forge.holds().run(number, &head);
        self.plan(number);
        self.show(number, number);
        self.git(&["checkout", "--quiet", "main"]);
    }

    /// Shows on a pull request what a run planned.
    fn show(&self, run: u64, number: u64) {
        let number = number.to_string();
        let files: [(&str, &[u8]); 3] = [
            ("number", number.as_bytes()),
            ("comment.md", b"<!-- provisor-plan -->\n### READY\n"),
            ("labels", b""),
        ];
        self.forge.holds().leaves(run, "comment", &files);
        let said = super::run(&self.forge, "comment.sh", &[&run.to_string()]);
        assert_eq!(said.code, 0, "{said:?}");
        self.forge.holds().writes.clear();
    }

    /// Plans as a run does, and gives the plan's id.
    fn plan(&self, run: u64) -> String {
        let folder = self.path(&format!("planned-{run}"));
        let mut plan = Command::new(script("plan.sh"));
        plan.arg(&folder).current_dir(self.folder());
        let said = said(plan.env("PATH", with_path(&self.path("bin"))));
        assert_eq!(said.code, 0, "{said:?}");
        let id = fs::read_to_string(folder.join("id")).unwrap();
        let plan = fs::read(folder.join("plan/plan.json")).unwrap();
        let name = format!("plan-{}", id.trim());
        let files: [(&str, &[u8]); 1] = [("plan.json", &plan)];
        self.forge.holds().leaves(run, &name, &files);
        id.trim().to_owned()
    }

    fn merge(&self, number: u64) {
        let branch = format!("pull-{number}");
        self.git(&["merge", "--quiet", "--no-ff", "--message", &branch, &branch]);
        self.forge.holds().merge(number, &self.tip());
    }

    /// Collects and applies, as a run does.
    fn apply(&self) -> Said {
        let collected = self.collect();
        assert_eq!(collected.code, 0, "{collected:?}");
        self.go()
    }

    fn collect(&self) -> Said {
        // Each run has a machine of its own.
        for folder in ["plans", "results"] {
            let _ = fs::remove_dir_all(self.path(folder));
        }
        let mut merged = Command::new(script("merged.sh"));
        merged.arg(self.path("covered")).arg(self.path("plans"));
        self.forge.environment(&mut merged);
        said(merged.current_dir(self.folder()))
    }

    fn go(&self) -> Said {
        let mut apply = Command::new(script("apply.sh"));
        let arguments = ["plans", "covered", "results"].map(|name| self.path(name));
        apply.args(arguments).current_dir(self.folder());
        said(apply.env("PATH", with_path(&self.path("bin"))))
    }

    fn page(&self, number: u64) -> String {
        fs::read_to_string(self.path(&format!("results/{number}.md"))).unwrap_or_default()
    }

    fn covered(&self) -> String {
        let covered = fs::read_to_string(self.path("covered")).unwrap();
        covered.trim().to_owned()
    }

    /// True if the simulated app ever had an account of somebody hired.
    fn has(&self, name: &str) -> bool {
        let log = self.folder().join(".provisor/sandbox/directory.ndjson");
        let log = fs::read_to_string(log).unwrap();
        log.contains(&format!("{name}@meridianmanufacturing.com"))
    }
}

fn two_merges() {
    let company = Company::new();
    company.pull(7, |company| company.hire("ada"));
    company.pull(8, |company| company.hire("bob"));
    company.merge(7);
    company.merge(8);
    // Of two runs that waited, GitHub kept one.
    let said = company.apply();
    assert_eq!(said.code, 0, "{said:?}");
    assert!(company.has("ada") && company.has("bob"));
    for number in [7, 8] {
        let page = company.page(number);
        assert!(
            page.starts_with("<!-- provisor-apply -->\n### 🟢 APPLIED"),
            "{page}"
        );
    }
    assert_eq!(company.covered(), company.tip());
    assert_eq!(company.apply().code, 0);
    assert_eq!(company.page(7), "", "nothing is applied or told twice");
}

fn died() {
    let company = Company::new();
    company.pull(7, |company| company.hire("ada"));
    company.pull(8, |company| company.hire("bob"));
    company.merge(7);
    company.merge(8);
    let before = company.covered();
    assert_eq!(company.collect().code, 0);
    // It died after the first of two plans, before it could write what it had covered.
    let second = company.path("plans/0002-8.json");
    fs::remove_file(&second).unwrap();
    assert_eq!(company.go().code, 0);
    fs::write(company.path("covered"), before).unwrap();
    assert!(!company.has("bob"));
    let said = company.apply();
    assert_eq!(said.code, 0, "{said:?}");
    assert!(company.has("bob"));
    assert_eq!(company.page(7), "", "a plan that is used up is not stale");
    assert!(company.page(8).contains("🟢 APPLIED"));
}

fn reverted() {
    let company = Company::new();
    company.pull(7, |company| company.hire("ada"));
    company.merge(7);
    company.pull(8, |company| {
        fs::remove_file(company.folder().join("people/ada.toml")).unwrap();
    });
    company.merge(8);
    company.apply();
    assert!(!company.has("ada"));
    assert_eq!(company.covered(), company.tip());
}

fn stale() {
    let company = Company::new();
    company.pull(7, |company| company.hire("ada"));
    company.pull(8, |company| {
        let path = company.folder().join("provisor.toml");
        let text = fs::read_to_string(&path).unwrap();
        let other = text.replace("10 business days", "9 business days");
        assert_ne!(other, text);
        fs::write(path, other).unwrap();
    });
    company.merge(7);
    company.merge(8);
    let said = company.apply();
    assert_eq!(said.code, 1, "{said:?}");
    assert!(!company.has("ada"));
    let page = company.page(7);
    assert!(page.contains("### 🕒 STALE"), "{page}");
    assert!(
        page.contains("the settings in provisor.toml changed"),
        "{page}"
    );
    let results = company.path("results");
    let told = run(&company.forge, "tell.sh", &[results.to_str().unwrap()]);
    assert_eq!(told.code, 0, "{told:?}");
    assert_eq!(
        company.forge.holds().writes,
        [
            "POST issues/7/comments",
            "POST issues/8/comments",
            "POST actions/workflows/drift.yml/dispatches"
        ]
    );
    let said = company.apply();
    assert_eq!(said.code, 0, "it is told once: {said:?}");

    // Somebody looks at the new plan, and approves it.
    let main = "main".into();
    company.forge.holds().run(99, &company.tip())["head_branch"] = main;
    let id = company.plan(99);
    assert_eq!(company.collect().code, 0);
    let plans = company.path("plans");
    let named = run(&company.forge, "named.sh", &[&id, plans.to_str().unwrap()]);
    assert_eq!(named.code, 0, "{named:?}");
    let said = company.go();
    assert_eq!(said.code, 0, "{said:?}");
    assert!(company.has("ada"));
}

fn without_a_plan() {
    let company = Company::new();
    company.hire("ada");
    company.commit();
    company.pull(8, |company| company.hire("bob"));
    company.forge.holds().artefacts.clear();
    company.merge(8);
    let said = company.apply();
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.out.contains("came without a pull request"), "{said:?}");
    assert!(company.page(8).contains("is gone"));
    assert!(company.path("results/left").exists());
    assert!(!company.has("ada") && !company.has("bob"));
    assert_eq!(company.apply().code, 0);
}

/// The door: another run of the same commit, of a pull request into a base with a workflow of its own.
fn another_base() {
    let company = Company::new();
    company.pull(7, |company| company.hire("ada"));
    let head = company.git(&["rev-parse", "pull-7"]);
    company.forge.holds().pull(8, &head);
    company.forge.holds().pulls.get_mut(&8).unwrap()["base"]["ref"] = "evil".into();
    company.forge.holds().run(11, &head);
    company.git(&["checkout", "--quiet", "main"]);
    let other = company.plan(11);
    let shown = fs::read_to_string(company.path("planned-7/id")).unwrap();
    assert_ne!(shown.trim(), other, "the other plan hires nobody");
    company.merge(7);
    assert_eq!(company.collect().code, 0);
    let taken = fs::read_to_string(company.path("plans/0001-7.json")).unwrap();
    let taken: serde_json::Value = serde_json::from_str(&taken).unwrap();
    assert_eq!(taken["id"], shown.trim());
    assert_eq!(company.go().code, 0);
    assert!(company.has("ada"));
    // An artefact of the shown plan's name with another plan in it is refused.
    let plan = fs::read(company.path("planned-11/plan/plan.json")).unwrap();
    let files: [(&str, &[u8]); 1] = [("plan.json", &plan)];
    let name = format!("plan-{}", shown.trim());
    company.forge.holds().leaves(11, &name, &files);
    let before = company.git(&["rev-parse", "main^1"]);
    fs::write(company.path("covered"), before).unwrap();
    assert_eq!(company.collect().code, 0);
    let why = fs::read_to_string(company.path("plans/0001-7.none")).unwrap();
    assert!(why.contains("not the one that was shown"), "{why}");
}

/// A workflow of any branch may comment as ours does, and has no seal.
fn forged() {
    let company = Company::new();
    company.pull(7, |company| company.hire("ada"));
    company.forge.holds().run(11, &company.tip());
    let other = company.plan(11);
    let shown = fs::read_to_string(company.path("planned-7/id")).unwrap();
    let comments = |holds: &mut super::forge::Holds| {
        let body = &mut holds.comments.get_mut(&7).unwrap()[0]["body"];
        *body = body.as_str().unwrap().replace(shown.trim(), &other).into();
    };
    comments(&mut company.forge.holds());
    company.merge(7);
    let said = company.apply();
    assert_eq!(said.code, 1, "{said:?}");
    assert!(company.page(7).contains("has no plan that was shown here"));
    assert!(!company.has("ada"));
    assert!(company.path("results/left").exists());
}

/// `Rebase and merge`: several commits, of which GitHub names the last as the merge.
fn rebased() {
    let company = Company::new();
    company.pull(7, |company| {
        company.hire("ada");
        company.commit();
        company.hire("bob");
    });
    company.pull(8, |company| company.hire("eve"));
    company.merge(8);
    company.git(&["cherry-pick", "main~1..pull-7"]);
    company.forge.holds().merge(7, &company.tip());
    let first = company.git(&["rev-parse", "HEAD~1"]);
    company.forge.holds().rebased.insert(first, 7);
    let said = company.apply();
    assert_eq!(said.code, 0, "{said:?}");
    assert!(company.has("ada") && company.has("bob") && company.has("eve"));
    assert!(
        company.page(7).contains("🟢 APPLIED"),
        "{}",
        company.page(7)
    );
    assert_eq!(company.page(0), "", "no commit came alone");
    assert_eq!(company.covered(), company.tip());
}

/// What was reviewed and cannot be done any more is not dropped in silence.
fn refused() {
    let company = Company::new();
    company.pull(7, |company| {
        company.hire("ada");
        company.hire("bob");
    });
    company.merge(7);
    assert_eq!(company.collect().code, 0);
    // An edit after it, of a job that no profile knows: what was reviewed would be held now.
    let path = company.folder().join("people/ada.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path, text.replace("\"MKT\"", "\"NONE\"")).unwrap();
    company.commit();
    let said = company.go();
    assert_eq!(said.code, 1, "{said:?}");
    assert!(company.has("bob") && !company.has("ada"));
    let page = company.page(7);
    assert!(
        page.contains("🟡 APPLIED, but not all of it – 3 refused"),
        "{page}"
    );
    assert!(company.path("results/left").exists());
}

fn outage() {
    let company = Company::new();
    company.pull(7, |company| company.hire("ada"));
    company.merge(7);
    let before = company.covered();
    for end in ["/pulls", "/comments", "/artifacts", "/zip"] {
        company.forge.holds().outage = Some(end);
        let collected = company.collect();
        assert_ne!(collected.code, 0, "{end}: {collected:?}");
    }
    assert_eq!(company.covered(), before);
    company.forge.holds().outage = None;
    assert_eq!(company.apply().code, 0);
    assert!(company.has("ada"));
}

fn first() {
    let company = Company::new();
    for covered in ["", "main", "1111111111111111111111111111111111111111"] {
        fs::write(company.path("covered"), covered).unwrap();
        let said = company.apply();
        assert_eq!(said.code, 1, "{said:?}");
        assert!(said.out.contains("no earlier apply is known"), "{said:?}");
        assert_eq!(company.covered(), company.tip());
    }
}
