//! Names that attack the reader's screen, from the files and from the app.

use std::fmt::Write as _;

use crate::environment::Environment;

/// Escape sequences, a line of its own, a workflow command, text that reads backwards, an
/// invisible letter, and no end.
fn names() -> Vec<String> {
    [
        "\\u001b[2J\\u001b[31mred\\u0007",
        "\\u009b2J",
        "two\\nlines\\r\\tthree",
        "\\n::error::owned",
        "::error file=people.toml::owned",
        "\\u202egnp.exe\\u2066",
        "zero\\u200bwidth\\ufeff\\u2028",
    ]
    .map(str::to_owned)
    .into_iter()
    .chain(["wide漢字".repeat(300), "a".repeat(5_000)])
    .collect()
}

fn hostile() -> Environment {
    let environment = Environment::example();
    let (mut people, mut users) = (String::new(), String::new());
    for (number, name) in names().iter().enumerate() {
        write!(
            people,
            "[[people]]\nid = \"h{number}\"\nname = {{ given = \"{name}\", family = \"{name}\" }}\n\
             email = \"h{number}@meridianmanufacturing.com\"\njob_code = \"MKT\"\n\
             title = \"{name}\"\nstart_date = 2026-03-02\n"
        )
        .unwrap();
        write!(
            users,
            "[[apps.directory.users]]\nuser_name = \"{name}{number}\"\nexternal_id = \"{name}\"\n\
             display = \"{name}\"\nemail = \"{name}\"\ntitle = \"{name}\"\n\
             [[apps.directory.users]]\nuser_name = \"known{number}\"\nexternal_id = \"h{number}\"\n\
             given = \"{name}\"\ntitle = \"other {name}\"\ngroups = [\"Everyone\", \"Sales\"]\n"
        )
        .unwrap();
    }
    environment.append("people.toml", &people);
    let faults = "[apps.directory.faults]";
    environment.edit("sandbox.toml", faults, &format!("{users}{faults}"));
    environment
}

#[test]
fn no_name_reaches_the_screen_with_its_teeth() {
    let environment = hostile();
    for arguments in [
        "validate",
        "plan -v",
        "plan --format json",
        "apply --yes",
        "plan",
        "snapshot list",
        "snapshot show",
    ] {
        let run = environment.run(arguments);
        let code = run.code().expect("no signal ended it");
        let ended = run.exits(code);
        for text in [&ended.stdout, &ended.stderr] {
            let bad = |one: char| one != '\n' && (one.is_control() || is_invisible(one));
            let line = text.lines().find(|line| line.contains(bad));
            assert_eq!(
                line.map(str::escape_debug).map(|line| line.to_string()),
                None,
                "{arguments}"
            );
            let command = text
                .lines()
                .find(|line| line.trim_start().starts_with("::"));
            assert_eq!(command, None, "{arguments}");
        }
    }
}

/// Text that is not seen, or that turns around what is.
fn is_invisible(one: char) -> bool {
    matches!(one, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}
