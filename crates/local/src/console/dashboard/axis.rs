//! Axes: from figures and times to places, with ticks at round ones.

use super::number::short;
use super::time::{Range, shown};

/// What figures are held within, so that differences stay finite.
const LARGEST: f64 = 1e300;

/// An axis of figures.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scale {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) ticks: Vec<f64>,
}

impl Scale {
    /// An axis that shows these figures and 0, unless its ends are given.
    pub(super) fn of(values: impl Iterator<Item = f64>, min: Option<f64>, max: Option<f64>) -> Self {
        let (mut low, mut high) = (0.0_f64, 0.0_f64);
        for value in values.filter(|value| value.is_finite()) {
            low = low.min(value.max(-LARGEST));
            high = high.max(value.min(LARGEST));
        }
        let end = |given: Option<f64>| given.filter(|given| given.abs() <= LARGEST);
        let (min, max) = (end(min), end(max));
        low = min.unwrap_or(low);
        high = max.unwrap_or(high);
        if low >= high {
            match (min, max) {
                (_, None) => high = low + low.abs().max(1.0),
                (None, Some(_)) => low = high - high.abs().max(1.0),
                (Some(_), Some(_)) => (low, high) = (high.min(low), high.max(low) + high.abs().max(1.0)),
            }
        }
        let step = round_step((high - low) / 4.0);
        if min.is_none() {
            low = (low / step).floor() * step;
        }
        if max.is_none() {
            high = (high / step).ceil() * step;
        }
        let first = (low / step).ceil();
        let ticks = (0..12_u8).map(|at| (first + f64::from(at)) * step).take_while(|tick| *tick <= high + step * 1e-9);
        Self { low, high, ticks: ticks.collect() }
    }

    /// Where a figure is, from 0 at the low end to 1 at the high end; what is beyond stays at the end.
    pub(super) fn part(&self, value: f64) -> f64 {
        ((value.clamp(-LARGEST, LARGEST) - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// The width of the widest tick's text in pixels.
    pub(super) fn width(&self) -> f64 {
        self.ticks.iter().map(|tick| text_width(&short(*tick))).fold(0.0, f64::max)
    }
}

/// 1, 2, 2.5 or 5 times a power of ten, at least this.
fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0];
    let step = steps.into_iter().map(|step| step * power).find(|step| *step >= least * (1.0 - 1e-9));
    step.filter(|step| step.is_normal()).unwrap_or(1.0)
}

/// About how wide a text is, in pixels at 11 pixels.
pub(super) fn text_width(text: &str) -> f64 {
    let letters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    f64::from(letters) * 6.6
}

/// A text cut to a width.
pub(super) fn cut(text: &str, width: f64) -> String {
    if text_width(text) <= width {
        return text.to_owned();
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float cast saturates")]
    let most = (width / 6.6).max(2.0) as usize - 1;
    let kept: String = text.chars().take(most).collect();
    format!("{}…", kept.trim_end())
}

const MINUTE: i64 = 60_000;
const DAY: i64 = 1440 * MINUTE;
/// Distances of ticks.
const STEPS: [i64; 18] = [
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    60 * MINUTE,
    120 * MINUTE,
    180 * MINUTE,
    360 * MINUTE,
    720 * MINUTE,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY,
    91 * DAY,
    364 * DAY,
];

/// Times at round moments, at most so many: when, and its text, in a zone of so many minutes from UTC.
pub(super) fn times(range: &Range, offset: i64, most: i64) -> Vec<(i64, String)> {
    let length = range.end_ms.saturating_sub(range.start_ms).max(1);
    let step = STEPS.into_iter().find(|step| length / step < most.max(2)).unwrap_or(length / most.max(2) + 1);
    let start = range.start_ms.saturating_add(offset * MINUTE);
    let first = start.saturating_add((step - start.rem_euclid(step)) % step);
    let ticks = std::iter::successors(Some(first.saturating_sub(offset * MINUTE)), |at| at.checked_add(step));
    let label = |at: i64| {
        let is_midnight = at.saturating_add(offset * MINUTE).rem_euclid(DAY) == 0;
        (at, shown(at, offset, if step >= DAY || is_midnight { "%m/%d" } else { "%H:%M" }))
    };
    ticks.take_while(|at| *at <= range.end_ms).take(64).map(label).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOON: i64 = 1_796_040_000_000;

    #[test]
    fn ticks_are_round() {
        for (values, min, max, expected) in [
            (vec![0.0, 7.0], None, None, "0 2 4 6 8"),
            (vec![1234.0], None, None, "0 500 1k 1.5k"),
            (vec![-3.0, 12.0], None, None, "-5 0 5 10 15"),
            (vec![], None, None, "0 0.25 0.5 0.75 1"),
            (vec![0.0], None, None, "0 0.25 0.5 0.75 1"),
            (vec![50.0], Some(0.0), Some(100.0), "0 25 50 75 100"),
            (vec![5.0], Some(3.0), None, "3 3.5 4 4.5 5"),
            (vec![0.004], None, None, "0 0.001 0.002 0.003 0.004"),
            (vec![5.0], Some(10.0), Some(2.0), "2.5 5 7.5 10"),
        ] {
            let scale = Scale::of(values.iter().copied(), min, max);
            let ticks: Vec<String> = scale.ticks.iter().map(|tick| short(*tick)).collect();
            assert_eq!(ticks.join(" "), expected, "{values:?} {min:?} {max:?} {scale:?}");
        }
    }

    #[test]
    fn times_are_round_in_their_zone() {
        let texts = |hours: i64, offset| {
            let range = Range { start_ms: NOON - hours * 3_600_000 - 240_000, end_ms: NOON, now_ms: NOON, period: 60 };
            times(&range, offset, 6).into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(texts(1, 0), "11:00 11:15 11:30 11:45 12:00");
        assert_eq!(texts(3, 0), "09:00 10:00 11:00 12:00");
        assert_eq!(texts(24, 0), "12:00 18:00 11/30 06:00 12:00");
        assert_eq!(texts(24 * 7, 0), "11/25 11/27 11/29");
        assert_eq!(texts(1, 30), "11:30 11:45 12:00 12:15 12:30");
    }

    proptest! {
        #[test]
        fn any_figures_have_an_axis(values in proptest::collection::vec(any::<f64>(), 0..5), min in proptest::option::of(any::<f64>()), max in proptest::option::of(any::<f64>())) {
            let scale = Scale::of(values.iter().copied(), min, max);
            prop_assert!(scale.low < scale.high && scale.ticks.len() <= 12, "{scale:?}");
            for value in values.iter().filter(|value| value.is_finite()) {
                prop_assert!((0.0..=1.0).contains(&scale.part(*value)), "{scale:?} {value}");
            }
        }

        #[test]
        fn any_range_has_few_ticks(start_ms in any::<i64>(), length in 1..i64::MAX, most in 0..20_i64) {
            let range = Range { start_ms, end_ms: start_ms.saturating_add(length), now_ms: 0, period: 60 };
            prop_assert!(times(&range, 90, most).len() <= 64);
        }
    }
}
