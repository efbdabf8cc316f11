//! How a number of times spread.

use schemars::JsonSchema;
use serde::Serialize;

/// How seconds spread. Percentiles are by nearest rank: each is one of the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Spread {
    /// How many there are.
    pub number: usize,
    /// The least.
    pub least: i64,
    /// Five of a hundred are no more than this.
    pub percentile_5: i64,
    /// Half of them are no more than this.
    pub median: i64,
    /// Ninety-five of a hundred are no more than this.
    pub percentile_95: i64,
    /// The most.
    pub most: i64,
}

impl Spread {
    /// Of some values; none of none.
    pub fn of(values: impl IntoIterator<Item = i64>) -> Option<Self> {
        let mut sorted: Vec<i64> = values.into_iter().collect();
        sorted.sort_unstable();
        let rank = |percent: usize| sorted[(sorted.len() * percent).div_ceil(100).max(1) - 1];
        Some(Self {
            number: sorted.len(),
            least: *sorted.first()?,
            percentile_5: rank(5),
            median: rank(50),
            percentile_95: rank(95),
            most: *sorted.last()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_by_nearest_rank() {
        assert_eq!(Spread::of([]), None);
        let one = Spread::of([7]).unwrap();
        assert_eq!((one.percentile_5, one.median, one.percentile_95), (7, 7, 7));
        let four = Spread::of([4, 1, 3, 2]).unwrap();
        assert_eq!((four.least, four.median, four.most), (1, 2, 4));
        let hundred = Spread::of(1..=100).unwrap();
        assert_eq!(
            (hundred.percentile_5, hundred.median, hundred.percentile_95),
            (5, 50, 95)
        );
        let twenty = Spread::of(1..=20).unwrap();
        assert_eq!((twenty.percentile_5, twenty.percentile_95), (1, 19));
    }
}
