//! What CI tells of a run by its environment, and Git of the lines that it goes by.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use jiff::Timestamp;
use tokio::process::Command;

use crate::base::Foreign;
use crate::model::name::PersonId;
use crate::model::plan::Body;
use crate::model::snapshot::Provenance;

use super::environment::{self, PULL_REQUEST};

/// Per person, lines of files.
type PersonLines = BTreeMap<PersonId, BTreeSet<(PathBuf, usize)>>;

/// How long Git may look for who wrote which line: a run does not wait for its history.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is told of a run that makes the changes of a plan.
pub async fn of(folder: &Path, plan: &Body) -> Provenance {
    let said = said(folder, plan).await.unwrap_or_default();
    Provenance {
        said,
        ..by_ci(&|name| {
            let value = environment::get(name)?;
            Some(value.to_string_lossy().trim().to_owned()).filter(|value| !value.is_empty())
        })
    }
}

/// What the variables of a CI system say. A job may say more, by variables of our own: none tells by
/// itself who approved.
pub fn by_ci(get: &dyn Fn(&str) -> Option<String>) -> Provenance {
    let number = |reference: String| {
        let number = reference.strip_prefix("refs/pull/")?.split('/').next()?;
        Some(format!("#{number}"))
    };
    let request = get(PULL_REQUEST)
        .or_else(|| get("GITHUB_REF").and_then(number))
        .or_else(|| Some(format!("!{}", get("CI_MERGE_REQUEST_IID")?)));
    let approvers = get(environment::APPROVERS).unwrap_or_default();
    let approvers = approvers.split(',').map(str::trim);
    let github = || {
        let (server, repository) = (get("GITHUB_SERVER_URL")?, get("GITHUB_REPOSITORY")?);
        Some(format!(
            "{server}/{repository}/actions/runs/{}",
            get("GITHUB_RUN_ID")?
        ))
    };
    Provenance {
        request: request.map(Foreign::from),
        approvers: approvers
            .filter(|name| !name.is_empty())
            .map(Foreign::from)
            .collect(),
        job: github().or_else(|| get("CI_JOB_URL")).map(Foreign::from),
        said: BTreeMap::new(),
    }
}

/// Per person, when the newest of the lines of their entries that a plan goes by was written. Nobody
/// of whom Git cannot tell it of every such line is among them, and nobody at all is where its
/// history is cut short (a shallow clone).
async fn said(folder: &Path, plan: &Body) -> Option<BTreeMap<PersonId, Timestamp>> {
    let lines = entries(folder, lines(plan));
    if lines.is_empty()
        || git(folder, &["rev-parse", "--is-shallow-repository"]).await? != "false\n"
    {
        return None;
    }
    let mut files: BTreeMap<&PathBuf, BTreeSet<usize>> = BTreeMap::new();
    for (file, line) in lines.values().flatten() {
        files.entry(file).or_default().insert(*line);
    }
    let mut written = BTreeMap::new();
    for (file, lines) in files {
        let ranges: Vec<String> = lines
            .iter()
            .map(|line| format!("-L{line},{line}"))
            .collect();
        let path = file.to_string_lossy();
        let mut arguments = vec!["blame", "--porcelain"];
        // Very many ranges are no command line any more.
        if ranges.len() < 1000 {
            arguments.extend(ranges.iter().map(String::as_str));
        }
        arguments.extend(["--", &path]);
        if let Some(blame) = git(folder, &arguments).await {
            written.extend(
                times(&blame)
                    .into_iter()
                    .map(|(line, at)| ((file, line), at)),
            );
        }
    }
    let newest = |lines: &BTreeSet<(PathBuf, usize)>| {
        let times = lines
            .iter()
            .map(|(file, line)| written.get(&(file, *line)).copied());
        times.collect::<Option<Vec<_>>>()?.into_iter().max()
    };
    let said = lines
        .iter()
        .filter_map(|(id, lines)| Some((id.clone(), newest(lines)?)));
    Some(said.collect())
}

/// Per person, the lines of the files of people that their changes go by.
fn lines(plan: &Body) -> PersonLines {
    let mut lines = PersonLines::new();
    for change in &plan.changes {
        let Some(person) = &change.person else {
            continue;
        };
        let places = change
            .reasons
            .iter()
            .filter_map(|reason| reason.at.as_ref());
        let own = places
            .filter(|at| at.file.starts_with("people") || at.file == Path::new("people.toml"));
        for at in own {
            let line = (at.file.clone(), at.line);
            lines.entry(person.id.clone()).or_default().insert(line);
        }
    }
    lines
}

/// The same with every line of the entries that these lines are in: an entry begins with its header
/// in brackets, and what stands before the next one is that one's.
fn entries(folder: &Path, lines: PersonLines) -> PersonLines {
    let mut texts: BTreeMap<PathBuf, Vec<bool>> = BTreeMap::new();
    let mut whole = |(file, line): (PathBuf, usize)| {
        let heads = texts.entry(file.clone()).or_insert_with(|| {
            let text = std::fs::read_to_string(folder.join(&file)).unwrap_or_default();
            text.lines().map(|line| line.starts_with("[[")).collect()
        });
        let begins = |line: &usize| heads.get(line - 1).copied().unwrap_or(false);
        let first = (1..=line).rev().find(begins).unwrap_or(1);
        let next = (line + 1..=heads.len()).find(begins);
        let last = next.map_or(heads.len(), |next| next - 1).max(line);
        (first..=last).map(move |line| (file.clone(), line))
    };
    let mut of = |lines: BTreeSet<_>| lines.into_iter().flat_map(&mut whole).collect();
    lines
        .into_iter()
        .map(|(id, lines)| (id, of(lines)))
        .collect()
}

/// By line, when its author wrote it, of the porcelain of `git blame`; lines that are in no commit
/// are left out.
fn times(blame: &str) -> BTreeMap<usize, Timestamp> {
    let mut commits: BTreeMap<&str, Timestamp> = BTreeMap::new();
    let mut lines: Vec<(usize, &str)> = Vec::new();
    let mut commit = "";
    for row in blame.lines().filter(|row| !row.starts_with('\t')) {
        let mut words = row.split(' ');
        match (words.next(), words.next(), words.next()) {
            (Some("author-time"), Some(seconds), _) => {
                let at = seconds
                    .parse()
                    .ok()
                    .and_then(|at| Timestamp::from_second(at).ok());
                commits.extend(at.map(|at| (commit, at)));
            }
            (Some(name), Some(_), Some(line))
                if name.len() >= 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit()) =>
            {
                commit = name;
                lines.extend(line.parse().ok().map(|line| (line, name)));
            }
            _ => {}
        }
    }
    let committed = lines
        .into_iter()
        .filter(|(_, commit)| !commit.bytes().all(|byte| byte == b'0'));
    committed
        .filter_map(|(line, commit)| Some((line, *commits.get(commit)?)))
        .collect()
}

async fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(arguments);
    command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output())
        .await
        .ok()?
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(variables: &[(&str, &str)]) -> Provenance {
        by_ci(&|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn ci_tells_what_it_tells_and_nothing_is_guessed() {
        assert!(told(&[]).is_empty());
        let github = [
            ("GITHUB_REF", "refs/pull/12/merge"),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_REPOSITORY", "meridian/people"),
            ("GITHUB_RUN_ID", "77"),
        ];
        let github = told(&github);
        assert_eq!(github.request.unwrap().raw(), "#12");
        let job = "https://github.com/meridian/people/actions/runs/77";
        assert_eq!(github.job.unwrap().raw(), job);
        assert_eq!(told(&[("GITHUB_REF", "refs/heads/main")]).request, None);
        let gitlab = told(&[("CI_MERGE_REQUEST_IID", "7"), ("CI_JOB_URL", "https://x/1")]);
        assert_eq!(gitlab.request.unwrap().raw(), "!7");
        let ours = [
            (PULL_REQUEST, "https://x/pull/3"),
            (environment::APPROVERS, " mia, , tomás "),
            ("GITHUB_REF", "refs/pull/12/merge"),
        ];
        let ours = told(&ours);
        assert_eq!(ours.request.unwrap().raw(), "https://x/pull/3");
        let approvers = ours.approvers.iter().map(|name| name.raw().to_owned());
        assert_eq!(approvers.collect::<Vec<_>>(), ["mia", "tomás"]);
    }

    #[test]
    fn a_line_in_no_commit_has_no_time() {
        let (old, none) = ("a".repeat(40), "0".repeat(40));
        let blame = format!(
            "{old} 3 3 1\nauthor Mia\nauthor-time 100\nauthor-tz +0000\n\t1 2 3 author-time 9\n\
             {none} 4 4 1\nauthor Not Committed Yet\nauthor-time 200\n\tx\n\
             {old} 9 9 1\n\ty\n"
        );
        let at = Timestamp::from_second(100).unwrap();
        assert_eq!(times(&blame), BTreeMap::from([(3, at), (9, at)]));
    }
}
