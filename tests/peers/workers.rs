//! The binary on several workers of CI, whose only common ground is a bucket.

use std::io::Read as _;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::bucket::Vendor;
use crate::company::{Company, Person, Said};
use crate::server::{PEERS, Peer, Server};
use crate::stores;

/// Where the people's accounts are.
pub const APP: &Peer = &PEERS[1];

fn company(vendor: Vendor) -> Company {
    let company = Company::with_state(Server::start(APP), vendor.url());
    company.with_groups();
    company
}

fn people(company: &Company, count: usize) -> Vec<Person> {
    let person = |number: usize| {
        let id = format!("{:04}", 1000 + number);
        company.person(&id, "Emma", &format!("Nr{number}"), "MKT")
    };
    (1..=count).map(person).collect()
}

/// A machine with the same files, and nothing else.
struct Worker<'a> {
    company: &'a Company,
    folder: TempDir,
}

impl<'a> Worker<'a> {
    fn new(company: &'a Company) -> Self {
        let folder = company.checkout();
        Self { company, folder }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        self.company.command(self.folder.path(), arguments)
    }

    fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    #[track_caller]
    fn expect(&self, code: i32, arguments: &[&str]) -> Said {
        let said = Said::from(self.command(arguments).output().unwrap());
        assert_eq!(said.code, code, "{arguments:?}\n{}\n{}", said.out, said.err);
        said
    }

    /// Everything that was wanted is so, and seen to be so.
    #[track_caller]
    fn settled(&self) {
        self.expect(0, &["plan", "--detailed-exitcode"]);
    }
}

/// Each command from another machine.
pub fn take_turns(vendor: Vendor) {
    let company = company(vendor);
    company.people(people(&company, 3));
    let worker = || Worker::new(&company);
    worker().expect(2, &["plan", "--detailed-exitcode"]);
    worker().expect(0, &["apply", "--yes"]);
    assert_eq!(company.server.users().len(), 3);
    let again = worker().expect(0, &["apply", "--yes"]);
    assert!(again.out.contains("Nothing to do"), "{}", again.out);
    let list = worker().expect(0, &["snapshot", "list"]).out;
    assert_eq!(list.lines().count(), 2, "{list}");
    let show = worker().expect(0, &["snapshot", "show", "1"]).out;
    assert!(show.contains("3 accounts"), "{show}");
    worker().expect(0, &["plan", "--against", "latest", "--detailed-exitcode"]);
    let access = worker().expect(0, &["access", "--snapshot", "latest"]).out;
    assert!(access.contains("Marketing"), "{access}");
    let unlock = worker().expect(0, &["state", "unlock"]).err;
    assert!(unlock.contains("is not locked"), "{unlock}");
}

/// A plan that one machine made and reviewed is applied on another, and once.
pub fn saved_plan(vendor: Vendor) {
    let company = company(vendor);
    company.people(people(&company, 3));
    let planner = Worker::new(&company);
    let file = planner.folder.path().join("reviewed.plan");
    let file = file.to_str().unwrap();
    planner.expect(0, &["plan", "--out", file]);
    let worker = || Worker::new(&company);
    worker().expect(0, &["apply", file]);
    assert_eq!(company.server.users().len(), 3);
    let again = worker().expect(4, &["apply", file]);
    assert!(again.err.contains("used up"), "{}", again.err);
    worker().settled();
}

/// One wins; the other says who, or waits and finds nothing to do.
pub fn two_applies(vendor: Vendor) {
    const ROUNDS: usize = 10;
    let company = company(vendor);
    let mut refused = 0;
    for round in 1..=ROUNDS {
        company.people(people(&company, 5 * round));
        let workers = [Worker::new(&company), Worker::new(&company)];
        let started = workers
            .each_ref()
            .map(|worker| worker.start(&["apply", "--yes"]));
        let ids = started.each_ref().map(Child::id);
        let ended = started.map(|child| Said::from(child.wait_with_output().unwrap()));
        for (said, other) in ended.iter().zip([ids[1], ids[0]]) {
            match said.code {
                0 => {}
                6 => {
                    refused += 1;
                    assert!(
                        said.err.contains(&format!("process {other}, since ")),
                        "{}",
                        said.err
                    );
                }
                _ => panic!("{}\n{}", said.out, said.err),
            }
        }
        assert!(ended.iter().any(|said| said.code == 0));
        assert_eq!(company.server.users().len(), 5 * round);
        workers[0].settled();
    }
    // One that was late enough found nothing to do; not every time.
    assert!(refused > 0, "they never met");
    company.people(people(&company, 5 * ROUNDS + 5));
    let workers = [Worker::new(&company), Worker::new(&company)];
    let patient = ["apply", "--yes", "--lock-timeout", "60s"];
    let started = workers.each_ref().map(|worker| worker.start(&patient));
    let ended = started.map(|child| Said::from(child.wait_with_output().unwrap()));
    let idle = |said: &&Said| said.out.contains("Nothing to do");
    assert!(ended.iter().all(|said| said.code == 0), "{ended:?}");
    assert_eq!(ended.iter().filter(idle).count(), 1, "{ended:?}");
    assert_eq!(company.server.users().len(), 5 * ROUNDS + 5);
}

/// A run that was killed is finished by another machine.
pub fn killed(vendor: Vendor) {
    const PEOPLE: usize = 60;
    let company = company(vendor);
    company.people(people(&company, PEOPLE));
    let victim = Worker::new(&company);
    let mut child = victim.start(&["apply", "--yes"]);
    wait_for_segments(vendor, 2);
    child.kill().unwrap();
    child.wait().unwrap();
    let before = company.server.users().len();

    let worker = Worker::new(&company);
    let refused = worker.expect(6, &["apply", "--yes"]).err;
    let owner = format!("process {}, since ", child.id());
    assert!(refused.contains(&owner), "{refused}");
    assert!(refused.contains("state unlock"), "{refused}");
    let finished = if matches!(vendor, Vendor::S3) {
        // Nobody renews the lease: it is watched for its term, and taken over.
        worker.expect(0, &["apply", "--yes", "--lock-timeout", "3m"])
    } else {
        let unlocked = worker.expect(0, &["state", "unlock"]).err;
        assert!(unlocked.contains(&owner), "{unlocked}");
        worker.expect(0, &["apply", "--yes"])
    };
    assert!(
        finished.err.contains("1 earlier run died"),
        "{}",
        finished.err
    );
    assert!(before < PEOPLE, "it was killed too late");
    assert_eq!(company.server.users().len(), PEOPLE);
    worker.settled();
    let show = worker.expect(0, &["snapshot", "show"]).out;
    assert!(show.contains("died"), "{show}");
}

/// Waits until a first run has written so many segments of its journal.
fn wait_for_segments(vendor: Vendor, count: usize) {
    let store = stores::store(vendor);
    Runtime::new().unwrap().block_on(async {
        for _ in 0..6000 {
            if store.list("runs/000001").await.unwrap().len() >= count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the run does not begin");
    });
}

fn interrupt(child: &Child) {
    let id = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(sent.success());
}

/// Whoever is interrupted leaves no lease behind, in the middle of a run and before it.
pub fn interrupted(vendor: Vendor) {
    const PEOPLE: usize = 60;
    let company = company(vendor);
    company.people(people(&company, PEOPLE));
    let victim = Worker::new(&company);
    let child = victim.start(&["apply", "--yes"]);
    wait_for_segments(vendor, 2);
    interrupt(&child);
    let said = Said::from(child.wait_with_output().unwrap());
    assert_eq!(said.code, 5, "{}\n{}", said.out, said.err);
    let worker = Worker::new(&company);
    worker.expect(0, &["apply", "--yes"]);
    assert_eq!(company.server.users().len(), PEOPLE);

    // An app that never answers.
    let app = TcpListener::bind("127.0.0.1:0").unwrap();
    let files = worker.folder.path().join("provisor.toml");
    let settings = std::fs::read_to_string(&files).unwrap();
    let silent = format!("http://{}", app.local_addr().unwrap());
    std::fs::write(&files, settings.replace(&company.server.url, &silent)).unwrap();
    let child = worker.start(&["apply", "--yes"]);
    let (mut asked, _) = app.accept().unwrap();
    assert!(asked.read(&mut [0]).unwrap() > 0);
    Worker::new(&company).expect(6, &["apply", "--yes"]);
    interrupt(&child);
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(1));
    Worker::new(&company).expect(0, &["apply", "--yes"]);
}

/// No credential is told, whatever the vendor answers, and none is sent without TLS.
pub fn secrets(vendor: Vendor) {
    const CANARY: &str = "Y2FuYXJ5LW9mLWEtd29ya2Vy";
    let company = company(vendor);
    company.people(people(&company, 1));
    let worker = Worker::new(&company);
    let files = worker.folder.path().join("provisor.toml");
    let settings = std::fs::read_to_string(&files).unwrap();
    std::fs::write(&files, settings.replace("//evidence/", "//elsewhere/")).unwrap();
    let attempt = |extra: &[(&str, &str)]| {
        let mut command = worker.command(&["-v", "apply", "--yes"]);
        command
            .env("AWS_SECRET_ACCESS_KEY", CANARY)
            .env("AWS_SESSION_TOKEN", CANARY)
            .envs(extra.iter().copied());
        let said = Said::from(command.output().unwrap());
        assert_eq!(said.code, 1, "{}", said.err);
        assert!(said.err.contains("orders of the state"), "{}", said.err);
        for canary in [CANARY, "Y2FuYXJ5", "canary"] {
            assert!(
                !(said.out.clone() + &said.err).contains(canary),
                "{}",
                said.err
            );
        }
        said.err
    };
    let far = "http://storage.meridian.example";
    match vendor {
        Vendor::S3 => {
            let missing = attempt(&[]);
            assert!(missing.contains("NoSuchBucket"), "{missing}");
            let plain = attempt(&[("AWS_ENDPOINT_URL", far), ("AWS_ALLOW_HTTP", "true")]);
            assert!(plain.contains("must begin with https"), "{plain}");
        }
        Vendor::Azure => {
            let missing = attempt(&[]);
            assert!(missing.contains("ContainerNotFound"), "{missing}");
            let refused = attempt(&[("AZURE_STORAGE_ACCOUNT_KEY", CANARY)]);
            assert!(refused.contains("403"), "{refused}");
            let sas = format!("sv=2021-08-06&sp=rw&sig={CANARY}");
            let refused = attempt(&[("AZURE_STORAGE_SAS_TOKEN", &sas)]);
            assert!(refused.contains("403"), "{refused}");
            let plain = attempt(&[("AZURITE_BLOB_STORAGE_URL", far)]);
            assert!(plain.contains("must begin with https"), "{plain}");
        }
        Vendor::Google => {
            let missing = attempt(&[]);
            assert!(missing.contains("NoSuchBucket"), "{missing}");
            let plain = attempt(&[("GOOGLE_BASE_URL", far)]);
            assert!(plain.contains("must begin with https"), "{plain}");
        }
    }
}
