//! The `Link` header (RFC 8288), as far as paging needs it.

use reqwest::header::{HeaderMap, LINK};

/// The address of the next page, as the app wrote it. Every `Link` header counts, and each may
/// hold several links.
pub fn next(headers: &HeaderMap) -> Option<String> {
    let values = headers.get_all(LINK).into_iter();
    let mut texts = values.filter_map(|value| value.to_str().ok());
    texts.find_map(next_in).map(str::to_owned)
}

fn next_in(mut rest: &str) -> Option<&str> {
    loop {
        // An address may hold commas and semicolons: only its bracket ends it.
        let (_, after) = rest.split_once('<')?;
        let (address, after) = after.split_once('>')?;
        let end = after.find('<').unwrap_or(after.len());
        if after[..end].split([';', ',']).any(is_next) {
            return Some(address);
        }
        rest = &after[end..];
    }
}

/// True for `rel="next"`, however it is spaced, quoted or joined with other relations.
fn is_next(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else {
        return false;
    };
    let mut relations = value.trim().trim_matches('"').split_ascii_whitespace();
    name.trim().eq_ignore_ascii_case("rel")
        && relations.any(|relation| relation.eq_ignore_ascii_case("next"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_among_all_links() {
        let found = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(LINK, value.parse().unwrap());
            }
            next(&headers)
        };
        let (own, page) = (
            r#"<https://x.example/u?limit=2>; rel="self""#,
            r#"<https://x.example/u?after=a,b;c&limit=2>; rel="next""#,
        );
        let expected = Some("https://x.example/u?after=a,b;c&limit=2".to_owned());
        assert_eq!(found(&[own, page]), expected, "two headers");
        assert_eq!(found(&[&format!("{own}, {page}")]), expected, "one header");
        assert_eq!(
            found(&["<a>; title=x; REL=\"last next\""]),
            Some("a".into())
        );
        for none in [
            own,
            "",
            "<a",
            "<a>; rel=\"nextish\"",
            "<a>; next",
            "rel=\"next\"",
        ] {
            assert_eq!(found(&[none]), None, "{none}");
        }
    }
}
