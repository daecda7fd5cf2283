//! What many trials say together.

use crate::results::Measure;

/// All measures, to be asked.
pub(super) struct Summary<'a>(pub(super) &'a [Measure]);

/// The middle of some values, the least and the most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spread {
    pub(super) middle: f64,
    pub(super) least: f64,
    pub(super) most: f64,
    pub(super) trials: usize,
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Option<Self> {
        values.retain(|value| value.is_finite());
        values.sort_by(f64::total_cmp);
        let (least, most) = (*values.first()?, *values.last()?);
        let half = values.len() / 2;
        let middle =
            if values.len() % 2 == 1 { values[half] } else { f64::midpoint(values[half - 1], values[half]) };
        Some(Self { middle, least, most, trials: values.len() })
    }

    /// Of one value that so many trials say together.
    pub(super) fn alone(value: f64, trials: usize) -> Self {
        Self { middle: value, least: value, most: value, trials }
    }

    /// In relation to something that does not vary.
    pub(super) fn of_whole(self, whole: f64) -> Self {
        let (middle, least, most) = (self.middle / whole, self.least / whole, self.most / whole);
        Self { middle, least, most, ..self }
    }
}

impl<'a> Summary<'a> {
    /// The measures of one contestant in one scenario, those that fell short included: see [`Measure::counted`].
    pub(super) fn of(
        &self,
        scenario: &'a str,
        who: &'a str,
        objects: usize,
    ) -> impl Iterator<Item = &'a Measure> {
        let (scenario, who) = (scenario.to_owned(), who.to_owned());
        self.0.iter().filter(move |measure| {
            measure.scenario == scenario && measure.who == who && measure.objects == objects
        })
    }

    pub(super) fn spread(
        &self,
        scenario: &'a str,
        who: &'a str,
        objects: usize,
        value: &str,
    ) -> Option<Spread> {
        let measures = self.of(scenario, who, objects);
        Spread::of(measures.filter_map(|measure| measure.counted(value)).collect())
    }

    /// Whether a value of no trial is missing.
    pub(super) fn is_whole(&self, scenario: &'a str, who: &'a str, objects: usize, value: &str) -> bool {
        self.of(scenario, who, objects).all(|measure| measure.counted(value).is_some())
    }

    /// A value in relation to the same one of somebody else in the same trial.
    pub(super) fn ratio(
        &self,
        scenario: &'a str,
        (who, other): (&'a str, &'a str),
        objects: usize,
        value: &str,
    ) -> Option<Spread> {
        let ratios = self.of(scenario, who, objects).filter_map(|measure| {
            let others = self.of(scenario, other, objects);
            let same = others.into_iter().find(|same| same.trial == measure.trial)?;
            Some(measure.counted(value)? / same.counted(value)?)
        });
        Spread::of(ratios.collect())
    }

    /// Everybody in a scenario, in the order of their first measure.
    pub(super) fn everybody(&self, scenario: &str) -> Vec<&'a str> {
        let mut all: Vec<&str> = Vec::new();
        for measure in self.0.iter().filter(|measure| measure.scenario == scenario) {
            if !all.contains(&measure.who.as_str()) {
                all.push(&measure.who);
            }
        }
        all
    }

    /// The numbers of objects in a scenario, ascending.
    pub(super) fn sizes(&self, scenario: &str) -> Vec<usize> {
        let mut all: Vec<usize> = self
            .0
            .iter()
            .filter(|measure| measure.scenario == scenario)
            .map(|measure| measure.objects)
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// A line through a value against the number of objects: what each object adds, and what there is without any.
    pub(super) fn line(&self, scenario: &'a str, who: &'a str, value: &str) -> Option<(f64, f64)> {
        let points: Vec<(f64, f64)> = self
            .sizes(scenario)
            .into_iter()
            .filter_map(|size| Some((count(size), self.spread(scenario, who, size, value)?.middle)))
            .collect();
        if points.len() < 2 {
            return None;
        }
        let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count(points.len());
        let (x, y) = (mean(|point| point.0), mean(|point| point.1));
        let slope = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum::<f64>()
            / points.iter().map(|point| (point.0 - x).powi(2)).sum::<f64>();
        Some((slope, y - slope * x))
    }
}

#[allow(clippy::cast_precision_loss, reason = "counts are small")]
pub(super) fn count(count: usize) -> f64 {
    count as f64
}
