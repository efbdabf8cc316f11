//! What happens to people, as every server must show it in the end.

use serde_json::{Value, json};

use crate::company::{Company, date};
use crate::server::ENTERPRISE;

/// What happens to a company.
pub type Scenario = fn(&Company);

/// Every scenario by name. Each begins with an empty server.
pub const SCENARIOS: &[(&str, Scenario)] = &[
    ("joiner", joiner),
    ("mover", mover),
    ("leaver", leaver),
    ("rehire", rehire),
    ("rename", rename),
    ("adoption", adoption),
    ("unknown_group", unknown_group),
    ("names", names),
    ("several_pages", several_pages),
    ("closed_by_others", closed_by_others),
    ("wrong_token", wrong_token),
];

const EMMA: &str = "emma.johnson@meridian.com";
const LUIS: &str = "luis.ortega@meridian.com";
const ROBOT: &str = "robot@meridian.com";

/// A user as other tools make them.
fn user(login: &str, external_id: &str, given: &str, family: &str) -> Value {
    let mut user = json!({
        "userName": login,
        "name": {"givenName": given, "familyName": family},
        "displayName": format!("{given} {family}"),
        "emails": [{"value": login, "type": "work", "primary": true}],
        "active": true,
    });
    if !external_id.is_empty() {
        user["externalId"] = json!(external_id);
    }
    user
}

fn main_email(user: &Value) -> &Value {
    &user["emails"][0]["value"]
}

fn joiner(company: &Company) {
    company.with_groups();
    let starts = company.day(5);
    let emma = company
        .person("1042", "Emma", "Johnson", "MKT")
        .with("start_date", date(starts))
        .with("title", "Marketing Manager")
        .with("department", "Marketing");
    company.people([emma]);
    company.converge();
    let emma = company.server.user(EMMA);
    assert_eq!(emma["active"], true);
    assert_eq!(emma["externalId"], "1042");
    assert_eq!(
        (&emma["name"]["givenName"], &emma["name"]["familyName"]),
        (&json!("Emma"), &json!("Johnson"))
    );
    assert_eq!(main_email(&emma), EMMA);
    for (attribute, wanted) in [
        ("displayName", json!("Emma Johnson")),
        ("title", json!("Marketing Manager")),
        (ENTERPRISE, json!({"department": "Marketing"})),
    ] {
        company.server.assert(&emma, attribute, wanted);
    }
    assert_eq!(company.server.members("Everyone"), [EMMA]);
    assert_eq!(company.server.members("Marketing"), [EMMA]);
    assert_eq!(company.server.members("Sales"), [""; 0]);
}

fn mover(company: &Company) {
    let server = &company.server;
    let mut luis = user(LUIS, "0815", "Luis", "Ortega");
    luis["title"] = json!("Account Executive");
    luis[ENTERPRISE] = json!({"department": "Sales", "costCenter": "4410"});
    let luis = server.make_user(&luis);
    let robot = server.make_user(&json!({"userName": ROBOT}));
    server.make_group("Everyone", &[&luis]);
    server.make_group("Sales", &[&luis, &robot]);
    server.make_group("Marketing", &[]);
    server.make_group("Chess", &[&luis]);
    let stranger = server.user(ROBOT);
    let moved = company
        .person("0815", "Luis", "Ortega", "MKT")
        .with("department", "Marketing")
        .periods(&[
            (
                company.day(-900),
                Some(company.day(-1)),
                "SALES",
                "Account Executive",
            ),
            (company.day(0), None, "MKT", "Campaign Manager"),
        ]);
    company.people([moved]);
    company.converge();
    let after = server.user(LUIS);
    assert_eq!(after["id"], luis);
    server.assert(&after, "title", "Campaign Manager");
    let enterprise = json!({"department": "Marketing", "costCenter": "4410"});
    server.assert(&after, ENTERPRISE, enterprise);
    assert_eq!(server.members("Everyone"), [LUIS]);
    assert_eq!(server.members("Marketing"), [LUIS]);
    assert_eq!(server.members("Chess"), [LUIS], "no profile names it");
    // The robot belongs to nobody and is left alone, whatever group it is in.
    assert_eq!(server.members("Sales"), [ROBOT]);
    assert_eq!(server.user(ROBOT)["active"], stranger["active"]);
}

fn leaver(company: &Company) {
    company.with_groups();
    let emma = company.person("1042", "Emma", "Johnson", "MKT");
    let luis = company.person("0815", "Luis", "Ortega", "SALES");
    company.people([emma.clone(), luis.clone()]);
    company.converge();
    let (before, stays) = (company.server.user(EMMA), company.server.user(LUIS));
    company.people([emma.with("end_date", date(company.day(-1))), luis]);
    company.converge();
    let after = company.server.user(EMMA);
    assert_eq!(
        (&after["active"], &after["id"]),
        (&json!(false), &before["id"])
    );
    assert_eq!(after["externalId"], "1042");
    assert_eq!(company.server.user(LUIS), stays);
}

fn rehire(company: &Company) {
    company.with_groups();
    let emma = company.person("1042", "Emma", "Johnson", "MKT");
    company.people([emma.clone()]);
    company.converge();
    let before = company.server.user(EMMA);
    let left = company.day(-30);
    company.people([emma.clone().with("end_date", date(left))]);
    company.converge();
    assert_eq!(company.server.user(EMMA)["active"], false);
    let back = emma.periods(&[
        (company.day(-400), Some(left), "MKT", "Marketing Manager"),
        (company.day(0), None, "SALES", "Account Executive"),
    ]);
    company.people([back]);
    company.converge();
    let after = company.server.user(EMMA);
    assert_eq!(
        (&after["active"], &after["id"]),
        (&json!(true), &before["id"])
    );
    company.server.assert(&after, "title", "Account Executive");
    assert_eq!(company.server.users().len(), 1);
    assert_eq!(company.server.members("Sales"), [EMMA]);
    assert_eq!(company.server.members("Marketing"), [""; 0]);
}

fn rename(company: &Company) {
    company.with_groups();
    let before = company.person("1042", "Emma", "Smith", "MKT");
    let after = company.person("1042", "Emma", "Johnson", "MKT");
    company.people([before]);
    company.converge();
    let was = company.server.user("emma.smith@meridian.com");
    let previous = vec!["emma.smith@meridian.com"];
    company.people([after.with("previous_emails", previous)]);
    company.converge();
    let emma = company.server.user(EMMA);
    assert_eq!((&emma["id"], main_email(&emma)), (&was["id"], &json!(EMMA)));
    assert_eq!(emma["emails"].as_array().unwrap().len(), 1, "{emma}");
    assert_eq!(emma["name"]["familyName"], "Johnson");
    company.server.assert(&emma, "displayName", "Emma Johnson");
    assert_eq!(company.server.users().len(), 1);
    assert_eq!(company.server.members("Marketing"), [EMMA]);
}

fn adoption(company: &Company) {
    company.with_groups();
    let server = &company.server;
    let same = server.make_user(&user(EMMA, "", "Emma", "Johnson"));
    // Found by an email alone, in another case. The login is no email, and stays.
    let mut other = user("lortega", "", "Luis", "Ortega");
    other["emails"] = json!([
        {"value": "Luis.Ortega@Meridian.com", "type": "work", "primary": true},
        {"value": "luis@home.example", "type": "home"},
    ]);
    let other = server.make_user(&other);
    let emails = server.user("lortega")["emails"].clone();
    company.people([
        company.person("1042", "Emma", "Johnson", "MKT"),
        company.person("0815", "Luis", "Ortega", "SALES"),
    ]);
    company.converge();
    let (emma, luis) = (server.user(EMMA), server.user("lortega"));
    assert_eq!(
        (&emma["id"], &emma["externalId"]),
        (&json!(same), &json!("1042"))
    );
    assert_eq!(
        (&luis["id"], &luis["externalId"]),
        (&json!(other), &json!("0815"))
    );
    assert_eq!(luis["emails"], emails);
    assert_eq!(server.users().len(), 2);
}

fn unknown_group(company: &Company) {
    let server = &company.server;
    server.make_group("Everyone", &[]);
    server.make_group("Marketting", &[]);
    company.people([company.person("1042", "Emma", "Johnson", "MKT")]);
    let said = company.expect(5, &["apply", "--yes"]);
    assert!(said.out.contains("There is no Marketing"), "{}", said.out);
    assert!(
        said.out.contains("Did you mean Marketting?"),
        "{}",
        said.out
    );
    assert_eq!(server.members("Everyone"), [EMMA], "the rest goes on");
    assert_eq!(server.members("Marketting"), [""; 0]);
    server.make_group("Marketing", &[]);
    company.converge();
    assert_eq!(server.members("Marketing"), [EMMA]);
}

fn names(company: &Company) {
    let server = &company.server;
    let group = r#"R&D "Ops" \ 研究 'Ω'"#;
    server.make_group(group, &[]);
    server.make_group(r#"R&D "Ops" \ 研究"#, &[]);
    company.profiles(&format!(
        "[profiles.R]\napps.directory.groups = ['''{group}''']\n"
    ));
    let people = [
        ("o'neil+q@meridian.com", r#"Zoë "Q" \"#, "O'Neil 李"),
        ("rtl@meridian.com", "مريم", "שרה"),
        ("percent%41&x=1@meridian.com", "<b>&amp;", "%27; DROP"),
        ("combining@meridian.com", "Zoe\u{308}", "🧑\u{200d}🚀"),
    ];
    for suffix in ["\"the first\"", r"d'après \\ 二"] {
        let names = people
            .iter()
            .enumerate()
            .map(|(index, (email, given, family))| {
                let (given, id) = (format!("{given} {suffix}"), format!("c-{index}@x"));
                (id, *email, given, *family)
            });
        let names: Vec<_> = names.collect();
        company.people(names.iter().map(|(id, email, given, family)| {
            let person = company.person(id, given, family, "R");
            person
                .with("email", *email)
                .with("title", format!("{given} {family}"))
        }));
        company.converge();
        for (id, email, given, family) in names {
            let user = server.user(email);
            assert_eq!(user["externalId"], id);
            assert_eq!(user["name"]["givenName"], given);
            assert_eq!(user["name"]["familyName"], family);
            server.assert(&user, "title", format!("{given} {family}"));
        }
    }
    assert_eq!(server.members(group).len(), people.len());
}

fn several_pages(company: &Company) {
    const PEOPLE: usize = 260;
    company.with_groups();
    let person = |index: usize| {
        let given = format!("Given{index:03}");
        company.person(&format!("{index:04}"), &given, "Family", "SALES")
    };
    company.people((0..PEOPLE).map(person));
    company.converge();
    assert_eq!(company.server.users().len(), PEOPLE);
    assert_eq!(company.server.members("Everyone").len(), PEOPLE);
    assert_eq!(company.server.members("Sales").len(), PEOPLE);
    let said = company.expect(0, &["-v", "plan", "--detailed-exitcode"]);
    let calls = |path: &str| {
        let lines = said.err.lines();
        lines.filter(|line| line.contains(path)).count()
    };
    // What the server can do, its pages, and at most one more for each named group.
    assert_eq!(calls("/Users?"), PEOPLE.div_ceil(100), "{}", said.err);
    assert!(calls("GET ") <= 2 + 3 + 1 + 2, "{}", said.err);
}

fn closed_by_others(company: &Company) {
    company.with_groups();
    let server = &company.server;
    company.people([company.person("1042", "Emma", "Johnson", "MKT")]);
    company.converge();
    server.close(EMMA);
    let before = server.user(EMMA);
    // Held, run after run.
    for _ in 0..2 {
        let said = company.expect(5, &["plan", "--detailed-exitcode"]);
        assert!(said.out.contains("no run of ours did it"), "{}", said.out);
        company.expect(5, &["apply", "--yes"]);
        assert_eq!(server.user(EMMA), before);
    }
}

fn wrong_token(company: &Company) {
    company.people([company.person("1042", "Emma", "Johnson", "MKT")]);
    let token = "a-token-that-is-wrong";
    for (code, arguments) in [(4, &["plan"][..]), (5, &["apply", "--yes"])] {
        let said = company.run_with(token, arguments);
        assert_eq!(said.code, code, "{}\n{}", said.out, said.err);
        let all = format!("{}{}", said.out, said.err);
        assert!(!all.contains(token), "{all}");
        assert!(all.contains("directory"), "{all}");
    }
    assert!(company.server.users().is_empty());
}
