//! "Did you mean": the known name nearest to a mistyped one.

/// The least similarity that is worth a hint.
const NEAR: f32 = 0.6;

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
        .map(|candidate| (candidate, candidate.to_lowercase()))
        .filter(|(_, lower)| can_be_near(&folded, lower))
        .map(|(candidate, lower)| {
            let ratio = similar::TextDiff::from_chars(folded.as_str(), lower.as_str()).ratio();
            (ratio, candidate)
        })
        .filter(|(ratio, _)| *ratio >= NEAR)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    scored.truncate(limit);
    scored.into_iter().map(|(_, candidate)| candidate).collect()
}

/// False if two words have too few characters in common, in whatever order: cheap to tell, and true
/// of nearly all candidates.
fn can_be_near(a: &str, b: &str) -> bool {
    let mut spare = [0_i16; 64];
    for character in a.chars() {
        spare[character as usize % 64] += 1;
    }
    let mut common = 0_u16;
    for character in b.chars() {
        let spare = &mut spare[character as usize % 64];
        common += u16::from(*spare > 0);
        *spare -= 1;
    }
    let total = u16::try_from(a.chars().count() + b.chars().count()).unwrap_or(u16::MAX);
    2.0 * f32::from(common) >= NEAR * f32::from(total)
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
