//! How long things took.

use std::time::Duration;

/// Upper ends of the buckets in seconds. A turn takes milliseconds, a call to a provider, or a wait for its quota.
pub(super) const BOUNDS: [f64; 10] = [0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 600.0];

/// How many took how long.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Histogram {
    counts: [u64; BOUNDS.len()],
    count: u64,
    sum: Duration,
}

impl Histogram {
    pub(super) fn observe(&mut self, took: Duration) {
        self.count += 1;
        self.sum += took;
        for (bound, count) in BOUNDS.iter().zip(&mut self.counts) {
            *count += u64::from(took.as_secs_f64() <= *bound);
        }
    }

    /// Each bound with how many took at most so long.
    pub(super) fn buckets(&self) -> impl Iterator<Item = (String, u64)> {
        let bounded = BOUNDS.iter().map(|bound| format!("{bound:?}")).zip(self.counts);
        bounded.chain([("+Inf".to_owned(), self.count)])
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// All together, in seconds.
    pub(super) fn sum(&self) -> f64 {
        self.sum.as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_counts_all_that_took_less() {
        let mut histogram = Histogram::default();
        for millis in [1, 300, 700_000] {
            histogram.observe(Duration::from_millis(millis));
        }
        let buckets: Vec<(String, u64)> = histogram.buckets().collect();
        let of = |bound: &str| buckets.iter().find(|(name, _)| name == bound).map(|(_, count)| *count);
        assert_eq!(
            (of("0.005"), of("0.25"), of("0.5"), of("600.0"), of("+Inf")),
            (Some(1), Some(1), Some(2), Some(2), Some(3))
        );
        assert_eq!((histogram.count(), histogram.sum()), (3, 700.301));
    }
}
