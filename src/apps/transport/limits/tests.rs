//! Every form in which a limit was seen.

mod vendors;

use super::End::In;
use super::*;
use vendors::VENDORS;

type Pairs<'a> = &'a [(&'a str, &'a str)];

/// The instant of [`DATE`].
const NOW: u64 = 784_111_777;
const DATE: (&str, &str) = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");

fn judged(status: u16, pairs: Pairs<'_>, body: &str) -> Verdict {
    let headers = pairs
        .iter()
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .collect();
    judge(status, &headers, body.as_bytes(), Timestamp::UNIX_EPOCH)
}

const fn after(seconds: u64) -> End {
    In(Duration::from_secs(seconds))
}

#[test]
fn every_vendors_limits_are_understood() {
    for (name, (status, pairs, body), verdict) in VENDORS {
        let mut pairs = pairs.to_vec();
        pairs.push(DATE);
        assert_eq!(judged(*status, &pairs, body), *verdict, "{name}");
    }
}

#[test]
fn a_number_is_an_instant_or_seconds_whichever_it_can_be() {
    let wait = |text: &str| judged(429, &[("retry-after", text), DATE], "").end;
    let in_ten = NOW + 10;
    for instant in [
        in_ten.to_string(),
        format!("{in_ten}.0"),
        format!("{in_ten}000"),
        format!("{in_ten}000000"),
        format!("{in_ten}000000000"),
        "10".to_owned(),
        " 10 ".to_owned(),
        "Sunday, 06-Nov-94 08:49:47 GMT".to_owned(),
        "Sun Nov  6 08:49:47 1994".to_owned(),
        "1994-11-06T10:49:47+02:00".to_owned(),
        "1994-11-06T08:49:47".to_owned(),
    ] {
        let Some(In(told)) = wait(&instant) else {
            panic!("{instant} says nothing");
        };
        let away = told.abs_diff(Duration::from_secs(10));
        assert!(away < Duration::from_millis(1), "{instant}: {told:?}");
    }
    assert_eq!(
        wait(&(NOW - 7).to_string()),
        Some(after(0)),
        "past, and no wait"
    );
    assert_eq!(wait("Sun, 06 Nov 1994 08:49:30 GMT"), Some(after(0)));
    for nothing in ["soon", "", "-1", "1e3", "inf", "NaN", ".", "1.2.3"] {
        assert_eq!(wait(nothing), None, "{nothing}");
    }
}

#[test]
fn a_wait_that_no_calendar_of_ours_holds_is_long_and_not_none() {
    for far in [
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "9999-12-31T00:00:00Z",
        "99999999999999999999999",
        &"9".repeat(400),
    ] {
        let told = judged(429, &[("retry-after", far), DATE], "").end;
        assert!(
            matches!(told, Some(In(wait)) if wait.as_secs() > 1_000_000),
            "{far}: {told:?}"
        );
    }
}

#[test]
fn what_is_no_refusal_asks_for_no_wait_and_what_people_type_is_none() {
    let typed = r#"{"detail":"RATELIMITED","displayName":"DAILY","code":{"value":"no"}}"#;
    for (status, pairs, body) in [
        (200, &[("retry-after", "7")] as Pairs<'_>, ""),
        (403, &[], typed),
        (400, &[("retry-after", "7")], typed),
        (404, &[("x-ratelimit-remaining", "1")], ""),
        (
            503,
            &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "9")],
            "",
        ),
    ] {
        let verdict = judged(status, pairs, body);
        assert_eq!(verdict, Verdict::default(), "{status} {body}");
    }
}

#[test]
fn a_body_without_bottom_is_no_danger() {
    let deep = format!("{}{}", r#"{"a":["#.repeat(60), r#""x""#);
    let long = format!(r#"{{"code":"RATELIMITED","x":"{}"}}"#, "x".repeat(100_000));
    for body in [deep, long] {
        assert!(!judged(403, &[], &body).refused);
    }
}
