//! Latencies as bars of text.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use super::style::{Ink, Style};
use super::view::BarView;

/// The widest bar, so that lines stay readable on wide screens.
const WIDEST: usize = 50;

/// One line per bucket: its upper edge, a bar, its count.
pub(super) fn text(buckets: &[BarView], style: Style) -> String {
    let most = buckets.iter().map(|bucket| bucket.count).max().unwrap_or(0).max(1);
    // As many decimals as it takes to tell one edge from the next.
    let labels_with = |decimals| buckets.iter().map(|bucket| edge(bucket.up_to_ms, decimals, style)).collect();
    let labels: Vec<String> =
        (1..3).map(labels_with).find(|labels: &Vec<String>| are_distinct(labels)).unwrap_or_else(|| labels_with(3));
    let label_width = labels.iter().map(|label| label.width()).max().unwrap_or(0);
    let count_width = most.to_string().len();
    let room = style.width.saturating_sub(label_width + count_width + 6).clamp(4, WIDEST);
    let mut text = String::new();
    for (bucket, label) in buckets.iter().zip(labels) {
        let bar = style.paint(Ink::Notice, bar(bucket.count, most, room, style.unicode));
        let pad = " ".repeat(label_width.saturating_sub(label.width()));
        let _ = writeln!(text, "  {pad}{label} {:>count_width$} {bar}", bucket.count);
    }
    text
}

fn are_distinct(labels: &[String]) -> bool {
    labels.iter().collect::<BTreeSet<_>>().len() == labels.len()
}

fn edge(ms: u64, decimals: u32, style: Style) -> String {
    let sign = if style.unicode { "≤" } else { "<=" };
    if ms < 10_000 {
        return format!("{sign} {ms} ms");
    }
    // The edge itself where every millisecond counts, else the round number above it.
    let (unit, whole) = (10_u64.pow(3 - decimals), 10_u64.pow(decimals));
    let parts = if decimals == 3 { ms } else { ms.saturating_add(1) / unit };
    format!("{sign} {}.{:0width$} s", parts / whole, parts % whole, width = decimals as usize)
}

/// A bar in eighths of a character, or in whole ones; anything that was counted shows.
fn bar(count: u64, most: u64, room: usize, unicode: bool) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = u128::from(count) * 8 * u128::try_from(room).unwrap_or(0) / u128::from(most);
    let eighths = usize::try_from(eighths).unwrap_or(0).max(usize::from(count > 0));
    if unicode {
        let rest = PARTS.get(eighths % 8).copied().unwrap_or_default();
        format!("{}{rest}", "█".repeat(eighths / 8))
    } else {
        "#".repeat(eighths.div_ceil(8))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets() -> Vec<BarView> {
        [(199, 3), (399, 40), (599, 1), (799, 0), (20_999, 400)]
            .map(|(up_to_ms, count)| BarView { up_to_ms, count })
            .to_vec()
    }

    #[test]
    fn no_two_bars_have_the_same_label() {
        let labels = |edges: [u64; 4]| {
            let buckets: Vec<_> = edges.map(|up_to_ms| BarView { up_to_ms, count: 1 }).to_vec();
            let text = text(&buckets, Style::plain());
            text.lines().map(|line| line.split(" s ").next().unwrap_or_default().trim().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(labels([13_999, 14_019, 14_039, 14_059]), ["<= 14.00", "<= 14.02", "<= 14.04", "<= 14.06"]);
        assert_eq!(labels([13_999, 14_000, 14_001, 14_002]), ["<= 13.999", "<= 14.000", "<= 14.001", "<= 14.002"]);
        assert_eq!(labels([13_999, 14_199, 14_399, 14_599]), ["<= 14.0", "<= 14.2", "<= 14.4", "<= 14.6"]);
    }

    #[test]
    fn bars_in_ascii_and_unicode() {
        let narrow = Style { width: 40, terminal: true, ..Style::plain() };
        insta::assert_snapshot!(text(&buckets(), narrow), @r"
          <= 199 ms   3 #
          <= 399 ms  40 ###
          <= 599 ms   1 #
          <= 799 ms   0 
          <= 21.0 s 400 ######################
        ");
        let text = text(&buckets(), Style { unicode: true, ..narrow });
        assert!(text.contains("≤ 399 ms  40 ██▎"), "{text}");
        assert!(text.lines().all(|line| line.width() <= 40), "{text}");
    }
}
