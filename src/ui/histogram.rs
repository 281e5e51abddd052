//! Latencies as bars of text.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use super::style::{Ink, Style};
use super::view::BarView;

/// The widest bar, so that lines stay readable on wide screens.
const WIDEST: usize = 50;

/// One line per bucket: its upper edge, a bar, its count.
pub(super) fn text(buckets: &[BarView], style: Style) -> String {
    let most = buckets.iter().map(|bucket| bucket.count).max().unwrap_or(0).max(1);
    let labels: Vec<String> = buckets.iter().map(|bucket| edge(bucket.up_to_ms, style)).collect();
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

fn edge(ms: u64, style: Style) -> String {
    let sign = if style.unicode { "≤" } else { "<=" };
    if ms < 10_000 {
        format!("{sign} {ms} ms")
    } else {
        let tenths = ms.saturating_add(1) / 100;
        format!("{sign} {}.{} s", tenths / 10, tenths % 10)
    }
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
