//! A state that cannot be written, from the beginning or from some moment on: the run refuses before
//! the first write, or tells elsewhere what it did; and the next run finishes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::environment::Environment;

/// Three accounts that the app starts with, and three groups and their members.
const SEED: usize = 1 + 3 + 3 + 4;

/// The lines that a run left where it could write, as it named that place.
#[track_caller]
fn kept(stderr: &str) -> Vec<Value> {
    let sentence = " could not be recorded in the state, and are kept in ";
    let line = stderr.lines().find(|line| line.contains(sentence));
    let line = line.unwrap_or_else(|| panic!("nothing is named in:\n{stderr}"));
    let path = line.split_once(sentence).unwrap().1;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn what_is_done_when_the_state_is_lost_is_told_elsewhere() {
    let (environment, _serving) = Environment::served("latency = \"100ms\"");
    let mut apply = environment.start("apply --yes");
    // Its first intents: calls are in flight.
    assert!(apply.until(|| environment.state("runs/000001/000001.json").exists()));
    let (runs, away) = (environment.state("runs"), environment.state("away"));
    fs::rename(&runs, &away).unwrap();
    fs::write(&runs, "in the way").unwrap();
    let ended = environment.ended(apply.end()).exits(5);
    let lines = kept(&ended.stderr);
    let steps: Vec<&Value> = lines.iter().filter_map(|line| line.get("step")).collect();
    assert!(!steps.is_empty());
    for step in &steps {
        assert_eq!(step["change"]["id"], step["ended"]["change"]);
        assert_eq!(step["ended"]["outcome"]["result"], "done");
    }
    assert!(lines.iter().any(|line| line["call"]["method"] == "POST"));
    for line in &lines {
        assert_eq!(line["format"], "provisor.unrecorded/1");
        assert_eq!(line["run"], "000001");
    }
    // The steps in full on the screen too: not every machine keeps its temporary files.
    let shown = ended.stderr.lines().filter(|line| line.starts_with('{'));
    assert_eq!(shown.count(), steps.len());
    assert!(ended.stderr.contains("its record cannot be written"));

    fs::remove_file(&runs).unwrap();
    fs::rename(&away, &runs).unwrap();
    environment
        .run("apply --yes")
        .exits(0)
        .mentions("1 earlier run died");
    environment.run("plan --detailed-exitcode").exits(0);
    assert_eq!(environment.accounts().len(), 4);
}

/// Runs a script for which the state is on a small disk of its own, as far as the machine lets
/// anybody mount one.
struct SmallDisk<'a> {
    environment: &'a Environment,
}

impl<'a> SmallDisk<'a> {
    #[expect(clippy::print_stderr, reason = "a skipped test says so")]
    fn under(environment: &'a Environment) -> Option<Self> {
        fs::create_dir_all(environment.state("")).unwrap();
        let disk = Self { environment };
        let possible = disk.script("true");
        if possible
            .as_ref()
            .is_ok_and(|output| output.status.success())
        {
            return Some(disk);
        }
        eprintln!("skipped: nobody may mount a disk here ({possible:?})");
        None
    }

    /// `$0` is the disk, `$@` the command.
    fn script(&self, script: &str) -> std::io::Result<Output> {
        let command = self.environment.command("");
        let mount = format!("mount -t tmpfs -o size=40k none \"$0\" || exit 77\n{script}");
        let mut alone = Command::new("unshare");
        alone
            .args(["--map-root-user", "--mount", "/bin/sh", "-c", &mount])
            .arg(self.environment.state(""))
            .arg(command.get_program())
            .args(command.get_args())
            .current_dir(self.environment.folder());
        for (name, value) in command.get_envs() {
            alone.envs(value.map(|value| (name, value)));
        }
        alone.output()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.environment.path(name)
    }
}

fn number(path: &Path) -> i32 {
    fs::read_to_string(path).unwrap().trim().parse().unwrap()
}

#[test]
fn a_disk_that_is_full_loses_nothing_whenever_that_is() {
    let mut codes = Vec::new();
    for pages in (1..36).step_by(3) {
        let (environment, _serving) = Environment::served("");
        let Some(disk) = SmallDisk::under(&environment) else {
            return;
        };
        let ran = disk.script(&format!(
            "mount -o remount,size={size}k none \"$0\"
             \"$@\" apply --yes 2> first.err > first.out; echo $? > first
             cp .provisor/sandbox/directory.ndjson between.ndjson
             mount -o remount,size=8m none \"$0\"
             \"$@\" apply --yes 2> second.err > second.out; echo $? > second
             \"$@\" plan --detailed-exitcode > third.out; echo $? > third
             cp -r \"$0/snapshots\" snapshots",
            size = pages * 4
        ));
        assert!(ran.unwrap().status.success());
        let code = number(&disk.path("first"));
        let stderr = fs::read_to_string(disk.path("first.err")).unwrap();
        let between = fs::read_to_string(disk.path("between.ndjson")).unwrap();
        match code {
            0 => {}
            1 => assert_eq!(between.lines().count(), SEED, "nothing was written"),
            5 if stderr.contains("holds all that it did; what is missing is its snapshot") => {}
            5 => _ = kept(&stderr),
            _ => panic!("{pages}: exit {code}\n{stderr}"),
        }
        assert_eq!(stderr.matches("error: ").count(), usize::from(code != 0));
        let second = fs::read_to_string(disk.path("second.err")).unwrap();
        assert_eq!(number(&disk.path("second")), 0, "{pages}: {second}");
        assert_eq!(number(&disk.path("third")), 0, "{pages}");
        assert_eq!(environment.accounts().len(), 4);
        codes.push(code);
    }
    assert!(
        [0, 1, 5].iter().all(|code| codes.contains(code)),
        "{codes:?}"
    );
    assert!(
        codes.iter().filter(|code| **code == 5).count() > 1,
        "{codes:?}"
    );
}

#[test]
fn a_state_that_may_only_be_read_is_found_out_before_any_write() {
    let (environment, _serving) = Environment::served("");
    let Some(disk) = SmallDisk::under(&environment) else {
        return;
    };
    let ran = disk.script(
        "mount -o remount,ro none \"$0\"
         \"$@\" apply --yes 2> first.err > first.out; echo $? > first",
    );
    assert!(ran.unwrap().status.success());
    assert_eq!(number(&disk.path("first")), 1);
    let stderr = fs::read_to_string(disk.path("first.err")).unwrap();
    assert!(stderr.contains("cannot lock the state"), "{stderr}");
    assert!(stderr.contains("Read-only file system"), "{stderr}");
    assert_eq!(environment.log().lines().count(), SEED);
}
