//! Tables.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use super::super::style::Style;

/// A table without frames: a header and rows, two blanks between columns; columns from `numbers` on are numbers.
/// On a terminal cells wrap to its width, in a pipe every row is one line.
pub(super) fn table(header: &[&str], rows: Vec<Vec<String>>, numbers: usize, style: Style) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    if style.terminal {
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::try_from(style.width.saturating_sub(2)).unwrap_or(u16::MAX));
    } else {
        table.set_content_arrangement(ContentArrangement::Disabled);
    }
    table.set_header(header.to_vec());
    for row in rows {
        table.add_row(row);
    }
    let last = header.len().saturating_sub(1);
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if index == last { 0 } else { 2 }));
        if index >= numbers {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut text = String::new();
    for line in table.lines() {
        text.push_str("  ");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
