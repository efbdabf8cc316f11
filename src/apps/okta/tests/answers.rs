//! What a good Okta answers, on pages of two.

use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use super::fake::*;

const PAGE: usize = 2;

/// One page of a list, and where the next one is.
fn page(request: &Request, state: &State, records: &[&Value]) -> ResponseTemplate {
    let start: usize = parameter(request, "after").map_or(0, |after| after.parse().unwrap());
    let page: Vec<_> = records.iter().skip(start).take(PAGE).collect();
    let answer = ResponseTemplate::new(200).set_body_json(page);
    if start + PAGE >= records.len() {
        return answer;
    }
    let mut next = request.url.clone();
    let others: Vec<_> = request
        .url
        .query_pairs()
        .filter(|(name, _)| name != "after")
        .collect();
    next.query_pairs_mut()
        .clear()
        .extend_pairs(others)
        .append_pair("after", &(start + PAGE).to_string());
    let (path, query) = (next.path(), next.query().unwrap());
    let link = format!("<{}{path}?{query}>; rel=\"next\"", state.url);
    let own = format!("<{}>; rel=\"self\"", state.url);
    answer
        .append_header("link", own)
        .append_header("link", link)
}

/// What a good Okta answers.
pub fn answer(request: &Request, state: &mut State) -> ResponseTemplate {
    let path = request.url.path().to_owned();
    let segments: Vec<&str> = path.trim_start_matches("/api/v1/").split('/').collect();
    let not_found = || error(404, "E0000007", "not found");
    match (request.method.as_str(), &segments[..]) {
        ("GET", ["users"]) => list_users(request, state),
        ("POST", ["users"]) => create(request, state),
        ("GET", ["users", id]) => look(id, state),
        ("POST", ["users", id]) => update(id, request, state),
        ("GET", ["users", id, "groups"]) => {
            let member = |group: &&Value| {
                let members = &state.members[group["id"].as_str().unwrap()];
                members.contains(*id)
            };
            // The one list that has no pages.
            ok(&state.groups.iter().filter(member).cloned().collect())
        }
        ("POST", ["users", id, "lifecycle", verb]) => turn(id, verb, state),
        ("DELETE", ["users", _, "sessions"]) => ResponseTemplate::new(204),
        ("GET", ["groups"]) => {
            let groups: Vec<_> = state.groups.iter().collect();
            page(request, state, &groups)
        }
        ("GET", ["groups", "rules"]) => {
            let rules: Vec<_> = state.rules.iter().collect();
            page(request, state, &rules)
        }
        ("GET", ["groups", id, "users"]) => {
            let members = state.members.get(*id).cloned().unwrap_or_default();
            let member = |user: &&Value| members.contains(user["id"].as_str().unwrap());
            let users: Vec<_> = state.users.iter().filter(member).collect();
            page(request, state, &users)
        }
        ("GET", ["groups", id, "apps"]) => {
            let apps = state.apps.get(*id).map_or(&[][..], Vec::as_slice);
            page(request, state, &apps.iter().collect::<Vec<_>>())
        }
        ("PUT", ["groups", group, "users", id]) => {
            let members = state.members.entry((*group).to_owned()).or_default();
            members.insert((*id).to_owned());
            ResponseTemplate::new(204)
        }
        ("DELETE", ["groups", group, "users", id]) => {
            if let Some(members) = state.members.get_mut(*group) {
                members.remove(*id);
            }
            ResponseTemplate::new(204)
        }
        _ => not_found(),
    }
}

fn list_users(request: &Request, state: &State) -> ResponseTemplate {
    let equals = |name: &str, value: &Value| format!("{name} eq {value}");
    let filter = parameter(request, "filter");
    let search = parameter(request, "search").map(|search| search.to_lowercase());
    let wanted = |user: &&Value| {
        let profile = &user["profile"];
        let terms = [
            equals("status", &user["status"]),
            equals("profile.login", &profile["login"]),
            equals("profile.email", &profile["email"]),
        ];
        let says = |expression: &str, term: &str| {
            let rest = expression.strip_prefix(term);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(" or "))
                || expression.ends_with(&format!(" or {term}"))
        };
        match (&filter, &search) {
            (Some(filter), _) => terms.iter().any(|term| says(filter, term)),
            (_, Some(search)) => terms.iter().any(|term| says(search, &term.to_lowercase())),
            _ => user["status"] != "DEPROVISIONED",
        }
    };
    let users: Vec<_> = state.users.iter().filter(wanted).collect();
    page(request, state, &users)
}

fn create(request: &Request, state: &mut State) -> ResponseTemplate {
    let body: Value = request.body_json().unwrap();
    let groups: Vec<String> = serde_json::from_value(body["groupIds"].clone()).unwrap_or_default();
    if groups.len() > 20 {
        return error(400, "E0000093", "too many");
    }
    let login = &body["profile"]["login"];
    if state
        .users
        .iter()
        .any(|user| user["profile"]["login"] == *login)
    {
        let cause = "login: An object with this field already exists in the current organization";
        return error(400, "E0000001", cause);
    }
    let id = format!("00u{}", state.users.len() + 1);
    let activate = parameter(request, "activate").is_none_or(|activate| activate == "true");
    let mut made = json!({"id": id, "status": "STAGED", "profile": body["profile"]});
    state.users.push(made.clone());
    for group in groups {
        state.members.entry(group).or_default().insert(id.clone());
    }
    if activate {
        begin(&id, "PROVISIONED", state);
        made = state.users.last().unwrap().clone();
    }
    ok(&made)
}

/// Okta begins to change a status; so many looks later it has.
fn begin(id: &str, status: &str, state: &mut State) {
    let slowness = state.slowness;
    let user = state
        .users
        .iter_mut()
        .find(|user| user["id"] == id)
        .unwrap();
    if slowness == 0 {
        user["status"] = json!(status);
    } else {
        user["transitioningToStatus"] = json!(status);
        state.at_work.insert(id.to_owned(), slowness);
    }
}

fn look(id: &str, state: &mut State) -> ResponseTemplate {
    let Some(user) = state.users.iter_mut().find(|user| user["id"] == id) else {
        return error(404, "E0000007", "not found");
    };
    let shown = user.clone();
    if let Some(left) = state.at_work.get_mut(id) {
        *left -= 1;
        if *left == 0 {
            state.at_work.remove(id);
            user["status"] = user["transitioningToStatus"].take();
        }
    }
    ok(&shown)
}

fn update(id: &str, request: &Request, state: &mut State) -> ResponseTemplate {
    let Some(user) = state.users.iter_mut().find(|user| user["id"] == id) else {
        return error(404, "E0000007", "not found");
    };
    let body: Value = request.body_json().unwrap();
    for (name, value) in body["profile"].as_object().unwrap() {
        user["profile"][name] = value.clone();
    }
    ok(user)
}

/// The lifecycle, as strict as Okta's.
fn turn(id: &str, verb: &str, state: &mut State) -> ResponseTemplate {
    let Some(user) = state.users.iter().find(|user| user["id"] == id) else {
        return error(404, "E0000007", "not found");
    };
    let status = user["status"].as_str().unwrap().to_owned();
    if state.at_work.contains_key(id) {
        return error(409, "E0000112", "still being activated");
    }
    let becomes = match (verb, status.as_str()) {
        ("activate", "STAGED" | "DEPROVISIONED") | ("reactivate", "PROVISIONED") => "PROVISIONED",
        ("suspend", "ACTIVE") => "SUSPENDED",
        ("unsuspend", "SUSPENDED") => "ACTIVE",
        ("deactivate", status) if status != "DEPROVISIONED" => "DEPROVISIONED",
        _ => return error(403, "E0000038", "not allowed in the user's current status"),
    };
    let slow = matches!(verb, "activate" | "deactivate");
    let slowness = if slow { state.slowness } else { 0 };
    let slowness = std::mem::replace(&mut state.slowness, slowness);
    begin(id, becomes, state);
    state.slowness = slowness;
    ResponseTemplate::new(200)
}
