//! Points on the scale of a gradebook's column.

/// What full marks are worth in a column, in hundredths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scale(u64);

impl Scale {
    /// So many whole points.
    pub(super) const fn of_points(points: u32) -> Self {
        Self(points as u64 * 100)
    }

    /// As Canvas reads a number: whichever of `.` and `,` comes last is the decimal point, the others separate thousands.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (whole, part) = text.rsplit_once(['.', ',']).unwrap_or((text, ""));
        let whole: String = whole.chars().filter(|letter| !matches!(letter, '.' | ',')).collect();
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(&whole) || !(part.is_empty() || digits(part)) {
            return None;
        }
        let part: u64 = format!("{part}00").get(..2)?.parse().ok()?;
        let hundredths = whole.parse::<u64>().ok()?.checked_mul(100)?.checked_add(part)?;
        // Nothing is worth more; and what is worth nothing is no scale.
        (1..=100_000_000).contains(&hundredths).then_some(Self(hundredths))
    }

    /// The share of it that so many points of so many are.
    pub(super) fn share(self, score: u32, max_score: u32) -> String {
        let (score, max) = (u64::from(score.min(max_score)), u64::from(max_score.max(1)));
        // Half a hundredth is rounded up.
        decimal((score * self.0 * 2 + max) / (max * 2))
    }

    /// As text.
    pub(super) fn text(self) -> String {
        decimal(self.0).trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

fn decimal(hundredths: u64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// Points in a column with or without a scale, with two decimals: a point, never a comma, which every importer reads.
pub(super) fn amount(score: u32, max_score: u32, scale: Option<Scale>) -> String {
    scale.map_or_else(|| decimal(u64::from(score) * 100), |scale| scale.share(score, max_score))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn points_are_put_on_the_scale_of_the_column() {
        for (score, max, scale, text) in [
            (87, 100, None, "87.00"),
            (87, 100, Some("100"), "87.00"),
            (87, 100, Some("10"), "8.70"),
            (1, 3, Some("10"), "3.33"),
            (2, 3, Some("10"), "6.67"),
            (1, 8, Some("0,5"), "0.06"),
            (100, 100, Some("12,5"), "12.50"),
            (0, 100, Some("1,000.00"), "0.00"),
            (100, 100, Some("1,000.00"), "1000.00"),
        ] {
            let scale = scale.map(|text| Scale::parse(text).unwrap());
            assert_eq!(amount(score, max, scale), text);
        }
        for none in ["", "0", "(read only)", "ten", "-5", "1e3", "100%", "99999999999999999999"] {
            assert_eq!(Scale::parse(none), None, "{none}");
        }
        assert_eq!(Scale::parse("12,50").unwrap().text(), "12.5");
        assert_eq!(Scale::parse("100").unwrap().text(), "100");
    }

    proptest! {
        #[test]
        fn nobody_gets_more_than_full_marks(score in 0_u32..1000, max in 1_u32..1000, scale in 1_u32..100_000) {
            let scale = Scale::of_points(scale);
            let points: f64 = amount(score, max, Some(scale)).parse().unwrap();
            let most: f64 = scale.text().parse().unwrap();
            prop_assert!((0.0..=most).contains(&points));
            let exact = most * f64::from(score.min(max)) / f64::from(max);
            prop_assert!((points - exact).abs() <= 0.005_001);
        }
    }
}
