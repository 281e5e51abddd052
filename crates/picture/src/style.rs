//! The colours of pictures, for light and for dark pages.

use std::fmt::Write as _;

/// Colours as CSS writes them. Text keeps a contrast of at least 4.5 to what is behind it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Palette {
    /// Behind everything.
    pub page: &'static str,
    /// Boxes.
    pub paper: &'static str,
    pub ink: &'static str,
    pub dim: &'static str,
    pub line: &'static str,
    pub border: &'static str,
    /// Lines of catchers, and what is written on them.
    pub caught: &'static str,
    pub frame: &'static str,
    pub lane: &'static str,
    pub good: &'static str,
    pub bad: &'static str,
    pub busy: &'static str,
    types: [&'static str; 8],
}

/// The types of states, in the order of [`Palette`]'s colours.
const TYPES: [&str; 8] = ["Task", "Choice", "Wait", "Pass", "Succeed", "Fail", "Parallel", "Map"];

impl Palette {
    pub(super) fn light() -> Self {
        Self {
            page: "#ffffff",
            paper: "#ffffff",
            ink: "#16191f",
            dim: "#545b64",
            line: "#687078",
            border: "#b6bec9",
            caught: "#b8460e",
            frame: "#f4f6f8",
            lane: "#ffffff",
            good: "#1d7a0c",
            bad: "#c7162b",
            busy: "#0b62c4",
            types: ["#c7511f", "#0b62c4", "#7a4fb5", "#5f6b7a", "#1d7a0c", "#c7162b", "#0b7a6f", "#a0398a"],
        }
    }

    pub(super) fn dark() -> Self {
        Self {
            page: "#0f1720",
            paper: "#1b2633",
            ink: "#eaeff5",
            dim: "#a8b3c1",
            line: "#8d99a8",
            border: "#3f4d5e",
            caught: "#ff9a62",
            frame: "#16202b",
            lane: "#0f1720",
            good: "#5fcf4c",
            bad: "#ff6b7a",
            busy: "#63a8ff",
            types: ["#d9692f", "#3b86e0", "#9a73d6", "#76849a", "#3c9a2b", "#e0435a", "#1f9c8f", "#c25aac"],
        }
    }
}

/// The colour of a type of state.
pub(super) fn fill(palette: &Palette, state_type: &str) -> &'static str {
    let mut colours = TYPES.iter().zip(palette.types);
    colours.find(|(name, _)| **name == state_type).map_or(palette.line, |(_, colour)| colour)
}

/// The style sheet of an SVG. Everything is below the picture's own class, so that it can stand in a page.
pub(super) fn sheet() -> String {
    let mut sheet = String::from(concat!(
        ".labctl-graph text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,'Liberation Sans','DejaVu Sans',sans-serif}",
        ".labctl-graph .name{font-size:13px;font-weight:600}",
        ".labctl-graph .note,.labctl-graph .label text,.labctl-graph .badge text,.labctl-graph .mark text{font-size:11px}",
        ".labctl-graph .line path{fill:none;stroke-width:1.5}",
        ".labctl-graph .caught path{stroke-dasharray:5 4}",
        ".labctl-graph .line .gap{stroke-width:7;stroke-dasharray:none}",
        ".labctl-graph .line .over{stroke-dasharray:none}",
        ".labctl-graph.marked .untouched>.gap{opacity:1}",
        ".labctl-graph .lane{stroke-dasharray:3 3}",
        ".labctl-graph .icon{fill:none;stroke:#fff;stroke-width:1.6;stroke-linecap:round;stroke-linejoin:round}",
        ".labctl-graph .unreachable .box{stroke-dasharray:4 3}",
        ".labctl-graph.marked .untouched>:not(.label){opacity:.45}",
        // What lies behind a label must not show through.
        ".labctl-graph.marked .untouched .label text{opacity:.6}",
        ".labctl-graph .taken path{stroke-width:3}",
        ".labctl-graph .touched>.box{stroke-width:2.5}",
    ));
    colours(&Palette::light(), &mut sheet);
    sheet.push_str("@media (prefers-color-scheme:dark){");
    colours(&Palette::dark(), &mut sheet);
    sheet.push('}');
    sheet
}

fn colours(palette: &Palette, sheet: &mut String) {
    let Palette { page, paper, ink, dim, line, border, caught, frame, lane, good, bad, busy, .. } = palette;
    let mut rule = |selectors: &str, declarations: &str| {
        let selectors: Vec<String> = selectors.split(',').map(|selector| format!(".labctl-graph {selector}")).collect();
        let _ = write!(sheet, "{}{{{declarations}}}", selectors.join(","));
    };
    rule(".page", &format!("fill:{page}"));
    rule(".box", &format!("fill:{paper};stroke:{border}"));
    rule(".frame", &format!("fill:{frame};stroke:{border}"));
    rule(".lane", &format!("fill:{lane};stroke:{border}"));
    rule(".name,.label text", &format!("fill:{ink}"));
    rule(".note", &format!("fill:{dim}"));
    rule(".label rect", &format!("fill:{page};stroke:{border}"));
    rule(".badge rect", &format!("fill:{frame};stroke:{border}"));
    rule(".badge text", &format!("fill:{dim}"));
    rule(".line path", &format!("stroke:{line}"));
    rule(".line polygon", &format!("fill:{line}"));
    rule(".caught path,.caught .label rect", &format!("stroke:{caught}"));
    rule(".caught polygon,.caught .label text", &format!("fill:{caught}"));
    rule(".line .gap", &format!("stroke:{page}"));
    rule(".marker", &format!("fill:{line}"));
    rule(".marker-text", &format!("fill:{page}"));
    for (name, colour) in TYPES.iter().zip(palette.types) {
        rule(&format!(".{}>.tile", name.to_lowercase()), &format!("fill:{colour}"));
        if matches!(*name, "Fail" | "Succeed") {
            rule(&format!(".{}>.box", name.to_lowercase()), &format!("stroke:{colour}"));
        }
    }
    for (name, colour) in [("succeeded", good), ("failed", bad), ("current", busy)] {
        rule(&format!(".{name}>.box"), &format!("stroke:{colour}"));
        rule(&format!(".{name}>.mark rect"), &format!("fill:{colour}"));
    }
    rule(".mark text", &format!("fill:{page}"));
    rule(".taken path", &format!("stroke:{good}"));
    rule(".taken polygon", &format!("fill:{good}"));
    rule(".taken.caught path", &format!("stroke:{bad}"));
    rule(".taken.caught polygon", &format!("fill:{bad}"));
}
