//! "Did you mean": the known name nearest to a mistyped one.

/// The candidates most like `word`, best first, at most `limit`; empty when nothing is near.
///
/// Case differences do not count against a candidate.
pub fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    limit: usize,
) -> Vec<&'a str> {
    // Similarity is quadratic in length: a hostile name must not make a hint expensive.
    const LONGEST: usize = 128;
    if word.len() > LONGEST {
        return Vec::new();
    }
    let folded = word.to_lowercase();
    let mut scored: Vec<(f32, &str)> = candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST)
        .map(|candidate| {
            let lower = candidate.to_lowercase();
            let ratio = similar::TextDiff::from_chars(folded.as_str(), lower.as_str()).ratio();
            (ratio, candidate)
        })
        .filter(|(ratio, _)| *ratio >= 0.6)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    scored.truncate(limit);
    scored.into_iter().map(|(_, candidate)| candidate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_near_and_only_the_near() {
        let known = ["MKT-MGR", "ENG-2", "everyone"];
        assert_eq!(nearest("MKT-MGRR", known, 1), ["MKT-MGR"]);
        assert_eq!(nearest("mkt-mgr", known, 1), ["MKT-MGR"]);
        assert!(nearest("zebra", known, 3).is_empty());
        assert!(nearest(&"x".repeat(10_000), known, 3).is_empty());
    }
}
