//! Who has an account (R1 to R6).

use std::sync::Arc;

use super::{BOTH, apart, files, page, priya};
use crate::world::{
    CRM, NOW, PROFILES, SETTINGS, World, account, app, config, person, short, withheld,
};

#[test]
fn r1_an_app_may_open_earlier_than_the_others() {
    let earlier = format!("{SETTINGS}{CRM}provision_before_start = \"30 days\"\n");
    let newcomer = person("8", "Bo", "SALES", "2026-03-31", "");
    let config = config(&earlier, BOTH, &newcomer);
    let world = apart();
    assert_eq!(short(&world.plan(&config, "2026-03-01T07:59:59Z")), [""; 0]);
    let planned = world.plan(&config, "2026-03-01T08:00:00Z");
    assert_eq!(
        short(&planned),
        ["8 create in crm", "8 grant Everyone in crm"]
    );
}

#[test]
fn r2_the_plan_says_in_the_apps_own_words_what_leaving_means() {
    let mut config = files(&[priya("end_date = 2026-03-06")]);
    let directory = config.apps.get_mut(&app()).unwrap();
    let description = Arc::make_mut(&mut directory.description);
    description.leaving.effect = "walks out of the door".into();
    let world = World::with([account("7", "Priya", &["Everyone", "Sales"])]);
    let shown = page(&world.plan(&config, NOW));
    assert!(shown.contains("walks out of the door"), "{shown}");
}

#[test]
fn r3_files_may_say_that_whoever_vanished_has_left() {
    let opted_in = SETTINGS.replace(
        "on_leave = \"keep\"",
        "on_leave = \"keep\"\nremoved = \"leaver\"",
    );
    let stays = person("8", "Bo", "SALES", "2020-01-01", "");
    for (settings, expected) in [(SETTINGS, vec![]), (&*opted_in, vec!["7 deactivate"])] {
        let mut world = World::default();
        world.run(&config(settings, PROFILES, &(priya("") + &stays)), NOW);
        let planned = world.plan(&config(settings, PROFILES, &stays), NOW);
        assert_eq!(short(&planned), expected);
        assert_eq!(withheld(&planned).is_empty(), !expected.is_empty());
    }
}
