//! What a reader does with a page, and what a page must not do to a reader.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::driver::Browser;
use crate::variable;

/// What is to be seen in a browser.
pub type Test = fn(&Browser);

/// The tests, by name.
pub const TESTS: &[(&str, Test)] = &[
    ("a_plan_is_filtered_by_person_app_and_action", filters),
    ("the_filters_are_reached_by_keyboard", keyboard),
    ("pages_fit_and_are_legible_in_light_and_dark", legible),
    ("no_name_becomes_more_than_text", hostile),
    ("who_has_what_is_filtered_too", access),
    ("who_is_ready_is_filtered_too", readiness),
];

/// The widths of a desk and of a telephone.
const WIDTHS: [u32; 2] = [1280, 400];

/// Selects everything and deletes it, as a reader does.
const CLEAR: &str = "\u{e009}a\u{e000}\u{e003}";

/// A copy of the example company, and what the binary says of it.
struct Company(TempDir);

impl Company {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/meridian");
        for entry in fs::read_dir(example).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
            }
        }
        Self(folder)
    }

    fn says(&self, arguments: &str) -> String {
        let ended = Command::new(env!("CARGO_BIN_EXE_provisor"))
            .args(["--sandbox", "-q", "-C"])
            .arg(self.0.path())
            .args(arguments.split(' '))
            .env_clear()
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&ended.stderr);
        // Some of Meridian is held, and the guards look at whoever joins by the hundred.
        let code = ended.status.code();
        assert!(matches!(code, Some(0 | 3 | 5)), "{arguments}: {errors}");
        String::from_utf8(ended.stdout).unwrap()
    }

    /// The page that a command writes.
    fn page(&self, command: &str) -> PathBuf {
        let path = self.0.path().join(format!("{command}.html"));
        fs::write(&path, self.says(&format!("{command} --format html"))).unwrap();
        path
    }

    /// How many changes of the plan are so.
    fn count(&self, is: impl Fn(&Value) -> bool) -> usize {
        let plan: Value = serde_json::from_str(&self.says("plan --format json")).unwrap();
        let changes = plan["body"]["changes"].as_array().unwrap();
        changes.iter().filter(|change| is(change)).count()
    }
}

/// The people whose cards are to be seen.
fn seen(browser: &Browser) -> Vec<String> {
    let cards = browser.run(
        "return [...document.querySelectorAll('.person, .item')].filter(card => card.checkVisibility())
           .map(card => card.dataset.person)",
    );
    serde_json::from_value(cards).unwrap()
}

/// What the page says of how much is shown; it must be what is shown.
fn shown(browser: &Browser) -> String {
    let said = browser.run("return document.getElementById('shown').textContent");
    let said = said.as_str().unwrap().to_owned();
    let rows = browser.run(
        "return [...document.querySelectorAll('.step')].filter(row => row.checkVisibility()).length",
    );
    assert!(said.starts_with(&format!("{rows} of ")), "{said}: {rows}");
    said
}

fn filters(browser: &Browser) {
    let company = Company::new();
    browser.open(&company.page("plan"), 1280, "light");
    let all = company.count(|_| true);
    assert_eq!(shown(browser), format!("{all} of {all} changes"));

    browser.keys("#person", "emma");
    let hers = company.count(|change| change["person"]["id"] == "1042");
    assert_eq!(seen(browser), ["Emma Johnson 1042"]);
    assert_eq!(shown(browser), format!("{hers} of {all} changes"));
    let groups = "return [...document.querySelectorAll('.group')].filter(group => group.checkVisibility()).length";
    assert_eq!(browser.run(groups), 1, "no title stands over nothing");

    browser.choose("#app", "slack");
    let in_slack =
        company.count(|change| change["person"]["id"] == "1042" && change["app"] == "slack");
    assert_eq!(shown(browser), format!("{in_slack} of {all} changes"));

    browser.keys("#person", CLEAR);
    let in_slack = company.count(|change| change["app"] == "slack");
    assert_eq!(shown(browser), format!("{in_slack} of {all} changes"));

    browser.choose("#verb", "deactivate");
    assert_eq!(shown(browser), format!("1 of {all} changes"));
    assert_eq!(seen(browser), ["Tomás Herrera C-311"]);

    browser.choose("#app", "every app");
    let closed = company.count(|change| change["action"]["verb"] == "deactivate");
    assert_eq!(shown(browser), format!("{closed} of {all} changes"));

    browser.click("#clear");
    assert_eq!(shown(browser), format!("{all} of {all} changes"));
    browser.keys("#person", "nobody at all");
    assert_eq!(seen(browser), [""; 0]);
    assert_eq!(shown(browser), format!("0 of {all} changes"));
    assert_eq!(browser.faults(), [""; 0]);
}

fn keyboard(browser: &Browser) {
    let company = Company::new();
    browser.open(&company.page("plan"), 1280, "light");
    let order = [(); 4].map(|()| browser.tab());
    assert_eq!(order, ["person", "app", "verb", "clear"]);
    let outline = "document.getElementById('person').focus();
        return getComputedStyle(document.activeElement).outlineStyle";
    assert_ne!(browser.run(outline), "none", "the focus is seen");
    let named = "return [...document.querySelectorAll('input, select')].every(field => field.labels.length === 1)";
    assert_eq!(browser.run(named), true);
}

/// By how much the page is wider than its window.
const SIDEWAYS: &str =
    "const page = document.documentElement; return page.scrollWidth - page.clientWidth";

/// Every piece of text that is seen and has less contrast than it needs, with its contrast.
const PALE: &str = r"
    const parts = colour => colour.match(/[\d.]+/g).map(Number);
    const light = ([r, g, b]) => {
      const [x, y, z] = [r, g, b].map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
      return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const ground = element => {
      for (; element; element = element.parentElement) {
        const colour = parts(getComputedStyle(element).backgroundColor);
        if (colour.length < 4 || colour[3] === 1) return colour;
      }
      return [255, 255, 255];
    };
    const pale = new Set();
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const element = texts.currentNode.parentElement;
      if (!texts.currentNode.textContent.trim() || !element.checkVisibility()) continue;
      const [a, b] = [parts(getComputedStyle(element).color), ground(element)].map(light);
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (contrast < 4.5) pale.add(`${element.tagName} .${element.className}: ${contrast}`);
    }
    return [...pale]";

fn legible(browser: &Browser) {
    let company = Company::new();
    let page = |command: &'static str| (command, company.page(command));
    let mut pages = vec![page("plan"), page("access")];
    // What the reports tell of.
    company.says("apply --yes");
    pages.extend([
        page("readiness --starting-within 10d"),
        page("report"),
        page("report leaver C-311"),
    ]);
    for (command, page) in pages {
        for scheme in ["light", "dark"] {
            for width in WIDTHS {
                browser.open(&page, width, scheme);
                assert_eq!(browser.run(SIDEWAYS), 0, "{command} at {width}");
                assert_eq!(
                    browser.run(PALE),
                    Value::Array(Vec::new()),
                    "{command} {scheme}"
                );
                assert_eq!(browser.faults(), [""; 0]);
                if let Some(folder) = variable("PROVISOR_PICTURES") {
                    let name = format!("{command}-{width}-{scheme}.png");
                    browser.picture(&Path::new(&folder).join(name));
                }
            }
        }
    }
    // The two schemes differ.
    let ground = "return getComputedStyle(document.body).backgroundColor";
    let dark = browser.run(ground);
    browser.open(&company.page("plan"), 1280, "light");
    assert_ne!(browser.run(ground), dark);
}

/// The names of the corpus as people's, on both pages: the same elements as ever, in the same order.
fn hostile(browser: &Browser) {
    let names = include_str!("../hostile/names.json");
    let names: Vec<(String, usize)> = serde_json::from_str(names).unwrap();
    let company = Company::new();
    let path = company.0.path().join("people.toml");
    let mut people = fs::read_to_string(&path).unwrap();
    for (number, (name, times)) in names.iter().enumerate() {
        let name = toml::Value::String(name.repeat(*times));
        write!(
            people,
            "\n[[people]]\nid = \"h{number}\"\nname = {{ given = {name}, family = \"F\" }}\n\
             email = \"h{number}@meridianmanufacturing.com\"\njob_code = \"ENG\"\ntitle = {name}\n\
             department = {name}\nstart_date = 2026-03-02\n"
        )
        .unwrap();
    }
    fs::write(&path, people).unwrap();
    fs::write(
        company.0.path().join("provisor.toml"),
        fs::read_to_string(company.0.path().join("provisor.toml")).unwrap()
            + "\n[guards]\nmax_creates = { percent = 100, least = 1000, most = 1000 }\n",
    )
    .unwrap();
    let ours = [
        "ARTICLE", "B", "BODY", "BUTTON", "CODE", "DETAILS", "DIV", "FOOTER", "H1", "H2", "H3",
        "HEAD", "HEADER", "HTML", "INPUT", "LABEL", "LI", "MAIN", "META", "NAV", "OPTION",
        "OUTPUT", "P", "PRE", "SCRIPT", "SECTION", "SELECT", "SPAN", "STYLE", "SUMMARY", "TABLE",
        "TBODY", "TD", "TH", "THEAD", "TITLE", "TR", "UL",
    ];
    for width in WIDTHS {
        browser.open(&company.page("plan"), width, "light");
        let tags = browser.run(
            "return [...new Set([...document.querySelectorAll('*')].map(one => one.tagName))]",
        );
        let tags: Vec<String> = serde_json::from_value(tags).unwrap();
        let strange: Vec<_> = tags
            .iter()
            .filter(|tag| !ours.contains(&tag.as_str()))
            .collect();
        assert_eq!(strange, [""; 0]);
        assert_eq!(browser.run("return document.scripts.length"), 1);
        let acting =
            "return [...document.querySelectorAll('*')].flatMap(one => one.getAttributeNames())
            .filter(name => name.startsWith('on') || name === 'href' || name === 'src')";
        assert_eq!(browser.run(acting), Value::Array(Vec::new()));
        assert_eq!(browser.run(SIDEWAYS), 0, "a long name widens the page");
        assert_eq!(browser.faults(), [""; 0]);
    }
    // A name is found as it is written.
    browser.keys("#person", "<script>alert(1)");
    assert_eq!(seen(browser).len(), 2, "{:?}", seen(browser));
}

fn access(browser: &Browser) {
    let company = Company::new();
    browser.open(&company.page("access"), 1280, "light");
    browser.keys("#person", "luis");
    assert_eq!(seen(browser), ["Luis Ortega 0815"]);
    browser.choose("#verb", "not by the files");
    assert!(shown(browser).starts_with("3 of "), "{}", shown(browser));
    browser.keys("#person", CLEAR);
    browser.choose("#app", "figma");
    assert_eq!(seen(browser), ["Tomás Herrera C-311"]);
    browser.click("#clear");
    assert!(seen(browser).len() > 8);
    assert_eq!(browser.faults(), [""; 0]);
}

fn readiness(browser: &Browser) {
    let company = Company::new();
    let page = company.page("readiness --starting-within 10d");
    browser.open(&page, 1280, "light");
    assert_eq!(shown(browser), "13 of 13 rows");
    // Whoever has a problem everywhere has no app to be listed with, and is seen all the same.
    browser.keys("#person", "ben");
    assert_eq!(seen(browser), ["Ben Carter 1045"]);
    browser.keys("#person", CLEAR);
    browser.keys("#person", "emma");
    assert_eq!(seen(browser), ["Emma Johnson 1042"]);
    assert_eq!(shown(browser), "6 of 13 rows");
    browser.choose("#app", "slack");
    assert_eq!(shown(browser), "1 of 13 rows");
    assert_eq!(browser.faults(), [""; 0]);
}
