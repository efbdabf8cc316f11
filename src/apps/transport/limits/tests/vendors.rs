//! What each vendor's documents show, one row or more for each, named by its sheet.

use std::time::Duration;

use super::Pairs;
use crate::apps::transport::limits::End::{self, Day, In, Minute};
use crate::apps::transport::limits::Verdict;

const fn after(seconds: u64) -> End {
    In(Duration::from_secs(seconds))
}

/// One answer of a vendor: where it is documented, the answer, whether it refuses, and when to ask
/// again. All were sent at [`super::NOW`].
pub type Row<'a> = (&'a str, (u16, Pairs<'a>, &'a str), Verdict);

const fn refused(end: Option<End>) -> Verdict {
    Verdict { refused: true, end }
}

const fn passed(end: Option<End>) -> Verdict {
    Verdict {
        refused: false,
        end,
    }
}

/// All rows.
pub const VENDORS: &[Row<'_>] = &[
    (
        "adobe.md",
        (
            429,
            &[("retry-after", "15")],
            r#"{"error_code":"429050","message":"Too many requests"}"#,
        ),
        refused(Some(after(15))),
    ),
    (
        "atlassian-admin.md: with nothing but a code",
        (429, &[], r#"{"code":429,"message":"Rate limited"}"#),
        refused(None),
    ),
    (
        "box.md",
        (
            429,
            &[("retry-after", "5")],
            r#"{"type":"error","status":429,"code":"rate_limit_exceeded"}"#,
        ),
        refused(Some(after(5))),
    ),
    (
        "confluence.md: the wait is more than the window",
        (
            429,
            &[
                ("retry-after", "30"),
                ("x-ratelimit-limit", "100"),
                ("x-ratelimit-remaining", "0"),
                ("x-ratelimit-reset", "1994-11-06T08:49:47Z"),
                ("ratelimit-reason", "confluence-burst-based"),
            ],
            "",
        ),
        refused(Some(after(30))),
    ),
    (
        "dropbox.md: in the body",
        (
            429,
            &[],
            r#"{"error":{"reason":{".tag":"too_many_requests"},"retry_after":15}}"#,
        ),
        refused(Some(after(15))),
    ),
    (
        "dropbox.md: in the header, the body being none",
        (429, &[("retry-after", "7")], "too many requests"),
        refused(Some(after(7))),
    ),
    ("figma.md", (429, &[], ""), refused(None)),
    (
        "github.md: the window",
        (
            403,
            &[
                ("x-ratelimit-limit", "5000"),
                ("x-ratelimit-remaining", "0"),
                ("x-ratelimit-used", "5000"),
                ("x-ratelimit-reset", "784111837"),
                ("x-ratelimit-resource", "core"),
            ],
            r#"{"message":"API rate limit exceeded for installation ID 1."}"#,
        ),
        refused(Some(after(60))),
    ),
    (
        "github.md: a secondary limit, with a wait",
        (
            403,
            &[("retry-after", "60"), ("x-ratelimit-remaining", "4987")],
            "",
        ),
        refused(Some(after(60))),
    ),
    (
        "github.md: a secondary limit, in words alone",
        (
            403,
            &[("x-ratelimit-remaining", "4987")],
            r#"{"message":"You have exceeded a secondary rate limit. Please wait."}"#,
        ),
        refused(Some(after(60))),
    ),
    (
        "github.md: no permission",
        (
            403,
            &[
                ("x-ratelimit-remaining", "4987"),
                ("x-ratelimit-reset", "784111837"),
            ],
            r#"{"message":"Must have admin rights to Repository."}"#,
        ),
        passed(None),
    ),
    (
        "google-analytics.md",
        (
            429,
            &[],
            r#"{"error":{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED"}}"#,
        ),
        refused(Some(Minute)),
    ),
    (
        "google-workspace.md",
        (
            403,
            &[],
            r#"{"error":{"code":403,"errors":[{"reason":"userRateLimitExceeded"}]}}"#,
        ),
        refused(Some(Minute)),
    ),
    (
        "google-workspace.md: no permission",
        (
            403,
            &[],
            r#"{"error":{"code":403,"errors":[{"reason":"forbidden"}]}}"#,
        ),
        passed(None),
    ),
    (
        "hubspot.md: the short window",
        (
            429,
            &[
                ("x-hubspot-ratelimit-max", "190"),
                ("x-hubspot-ratelimit-remaining", "0"),
                ("x-hubspot-ratelimit-interval-milliseconds", "10000"),
                ("x-hubspot-ratelimit-daily", "650000"),
                ("x-hubspot-ratelimit-daily-remaining", "649000"),
            ],
            r#"{"errorType":"RATE_LIMIT","policyName":"TEN_SECONDLY_ROLLING"}"#,
        ),
        refused(Some(after(10))),
    ),
    (
        "hubspot.md: the last one of the short window, of which nobody knows when it ends",
        (
            200,
            &[
                ("x-hubspot-ratelimit-remaining", "0"),
                ("x-hubspot-ratelimit-interval-milliseconds", "10000"),
            ],
            "",
        ),
        passed(None),
    ),
    (
        "hubspot.md: the day, in words",
        (
            429,
            &[
                ("x-hubspot-ratelimit-remaining", "0"),
                ("x-hubspot-ratelimit-interval-milliseconds", "10000"),
            ],
            r#"{"errorType":"RATE_LIMIT","policyName":"DAILY"}"#,
        ),
        refused(Some(Day)),
    ),
    (
        "hubspot.md: the day, in headers",
        (429, &[("x-hubspot-ratelimit-daily-remaining", "0")], ""),
        refused(Some(Day)),
    ),
    (
        "hubspot.md: while an account is moved",
        (477, &[("retry-after", "20")], ""),
        refused(Some(after(20))),
    ),
    (
        "jira.md: an ISO date",
        (
            429,
            &[
                ("x-ratelimit-limit", "100"),
                ("x-ratelimit-remaining", "0"),
                ("x-ratelimit-reset", "1994-11-06T08:50Z"),
                ("x-ratelimit-nearlimit", "true"),
                ("ratelimit-reason", "jira-burst-based"),
            ],
            "",
        ),
        refused(Some(after(23))),
    ),
    (
        "jira.md: near the limit",
        (
            200,
            &[
                ("x-ratelimit-remaining", "3"),
                ("x-ratelimit-reset", "1994-11-06T08:50:00Z"),
                ("x-ratelimit-nearlimit", "true"),
            ],
            "",
        ),
        passed(None),
    ),
    (
        "jira.md: broken, with a wait",
        (503, &[("retry-after", "4")], ""),
        passed(Some(after(4))),
    ),
    (
        "jumpcloud.md",
        (429, &[("retry-after", "9")], ""),
        refused(Some(after(9))),
    ),
    (
        "jumpcloud.md: blocked by the front end",
        (403, &[], "<html>blocked</html>"),
        passed(None),
    ),
    (
        "linear.md: milliseconds since the epoch, of the window that is used up",
        (
            400,
            &[
                ("x-ratelimit-requests-limit", "5000"),
                ("x-ratelimit-requests-remaining", "4000"),
                ("x-ratelimit-requests-reset", "784115377000"),
                ("x-ratelimit-complexity-limit", "3000000"),
                ("x-ratelimit-complexity-remaining", "0"),
                ("x-ratelimit-complexity-reset", "784111787500"),
            ],
            r#"{"errors":[{"extensions":{"code":"RATELIMITED"}}]}"#,
        ),
        refused(Some(In(Duration::from_millis(10_500)))),
    ),
    (
        "linear.md: a mistake of ours",
        (
            400,
            &[],
            r#"{"errors":[{"message":"RATELIMITED","extensions":{"code":"INVALID_INPUT"}}]}"#,
        ),
        passed(None),
    ),
    (
        "microsoft365.md: a fraction",
        (
            429,
            &[("retry-after", "2.5"), ("x-ms-throttle-scope", "Tenant")],
            r#"{"error":{"code":"TooManyRequests"}}"#,
        ),
        refused(Some(In(Duration::from_millis(2500)))),
    ),
    (
        "microsoft365.md: in milliseconds",
        (
            429,
            &[("retry-after", "1"), ("x-ms-retry-after-ms", "250")],
            "",
        ),
        refused(Some(In(Duration::from_millis(250)))),
    ),
    (
        "notion.md",
        (429, &[("retry-after", "2")], r#"{"code":"rate_limited"}"#),
        refused(Some(after(2))),
    ),
    (
        "notion.md: overloaded",
        (
            529,
            &[("retry-after", "6")],
            r#"{"code":"service_overload"}"#,
        ),
        passed(Some(after(6))),
    ),
    (
        "okta.md",
        (
            429,
            &[
                ("x-rate-limit-limit", "600"),
                ("x-rate-limit-remaining", "0"),
                ("x-rate-limit-reset", "784111787"),
            ],
            r#"{"errorCode":"E0000047"}"#,
        ),
        refused(Some(after(10))),
    ),
    (
        "okta.md: the last one, after which the next would be refused",
        (
            200,
            &[
                ("x-rate-limit-limit", "600"),
                ("x-rate-limit-remaining", "0"),
                ("x-rate-limit-reset", "784111787"),
            ],
            "",
        ),
        passed(Some(after(10))),
    ),
    (
        "okta.md: too many at once, whose reset is a hint",
        (
            429,
            &[
                ("x-rate-limit-limit", "0"),
                ("x-rate-limit-remaining", "0"),
                ("x-rate-limit-reset", "784111787"),
            ],
            "",
        ),
        refused(None),
    ),
    (
        "salesforce.md",
        (
            403,
            &[("sforce-limit-info", "api-usage=15000/15000")],
            r#"[{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]"#,
        ),
        refused(Some(Day)),
    ),
    (
        "scim.md: a date",
        (503, &[("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT")], ""),
        passed(Some(after(10))),
    ),
    (
        "servicenow.md: a window without what is left in it",
        (
            429,
            &[
                ("x-ratelimit-limit", "1000"),
                ("x-ratelimit-reset", "784111877"),
                ("x-ratelimit-rule", "integration user"),
            ],
            "",
        ),
        refused(Some(after(100))),
    ),
    (
        "slack.md",
        (429, &[("retry-after", "30")], ""),
        refused(Some(after(30))),
    ),
    (
        "zendesk.md: seconds from now",
        (
            429,
            &[
                ("x-rate-limit", "700"),
                ("x-rate-limit-remaining", "0"),
                ("ratelimit-limit", "700"),
                ("ratelimit-remaining", "0"),
                ("ratelimit-reset", "41"),
            ],
            "",
        ),
        refused(Some(after(41))),
    ),
    (
        "zendesk.md: an endpoint's own window",
        (
            200,
            &[
                ("x-rate-limit-remaining", "600"),
                (
                    "zendesk-ratelimit-users",
                    "total=100; remaining=0; resets=12",
                ),
            ],
            "",
        ),
        passed(Some(after(12))),
    ),
    (
        "zoom.md: the second",
        (
            429,
            &[
                ("x-ratelimit-category", "Light"),
                ("x-ratelimit-type", "QPS"),
                ("x-ratelimit-limit", "30"),
                ("x-ratelimit-remaining", "0"),
                ("x-ratelimit-reset", "784111778"),
            ],
            r#"{"code":429,"message":"You have exceeded the rate limit"}"#,
        ),
        refused(Some(after(1))),
    ),
    (
        "zoom.md: the day, until an ISO date",
        (
            429,
            &[
                ("x-ratelimit-type", "Daily-limit"),
                ("x-ratelimit-remaining", "0"),
                ("retry-after", "1994-11-07T00:00:00Z"),
            ],
            "",
        ),
        refused(Some(after(54_623))),
    ),
    (
        "zoom.md: the day, without an end",
        (429, &[("x-ratelimit-type", "Daily-limit")], ""),
        refused(Some(Day)),
    ),
    (
        "the IETF's draft, with its names in a list",
        (
            429,
            &[("ratelimit", r#""burst";r=0;t=5, "hour";r=80;t=900"#)],
            "",
        ),
        refused(Some(after(5))),
    ),
    (
        "the IETF's draft, the length of the window told apart from it",
        (
            429,
            &[
                ("ratelimit", r#""burst";r=0"#),
                (
                    "ratelimit-policy",
                    r#""hour";q=900;w=3600, "burst";q=100;w=10"#,
                ),
            ],
            "",
        ),
        refused(Some(after(10))),
    ),
    (
        "the IETF's draft, before that",
        (200, &[("ratelimit", "limit=100, remaining=0, reset=8")], ""),
        passed(Some(after(8))),
    ),
    (
        "a wait after a reset",
        (
            429,
            &[
                ("x-ratelimit-remaining", "0"),
                ("x-ratelimit-reset-after", "1.5"),
            ],
            "",
        ),
        refused(Some(In(Duration::from_millis(1500)))),
    ),
];
