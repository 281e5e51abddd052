//! The picture as lines of text.
//!
//! States stand one below the other as reading meets them, `│` and `▼` between those that follow each other; every other way out is
//! a line of its own that names its target. What is inside a Parallel or Map stands in a frame.

use std::collections::BTreeSet;

use textwrap::core::display_width;
use textwrap::{Options, WordSplitter};

use super::marks::Status;
use super::picture::Picture;
use labctl_asl::{EdgeKind, OutlineState, OutlineTransition};

/// The signs of a terminal.
struct Signs {
    start: &'static str,
    end: &'static str,
    down: &'static str,
    arrow: &'static str,
    back: &'static str,
    way: &'static str,
    last_way: &'static str,
    caught: &'static str,
    last_caught: &'static str,
    pass: &'static str,
    top: &'static str,
    side: &'static str,
    bottom: &'static str,
    rule: &'static str,
    retry: &'static str,
    ellipsis: &'static str,
    good: &'static str,
    bad: &'static str,
    busy: &'static str,
}

const UNICODE: Signs = Signs {
    start: "●",
    end: "◎",
    down: "▼",
    arrow: "→",
    back: "↩",
    way: "├─ ",
    last_way: "└─ ",
    caught: "├╌ ",
    last_caught: "└╌ ",
    pass: "│  ",
    top: "╭─ ",
    side: "│ ",
    bottom: "╰",
    rule: "─",
    retry: "↻ ≤",
    ellipsis: "…",
    good: "✓",
    bad: "✗",
    busy: "▶",
};

const ASCII: Signs = Signs {
    start: "*",
    end: "(end)",
    down: "v",
    arrow: "->",
    back: "<-",
    way: "|- ",
    last_way: "`- ",
    caught: "|~ ",
    last_caught: "`~ ",
    pass: "|  ",
    top: "+- ",
    side: "| ",
    bottom: "+",
    rule: "-",
    retry: "retry <=",
    ellipsis: "...",
    good: "ok",
    bad: "!!",
    busy: ">>",
};

pub(super) fn write(picture: &Picture<'_>, width: usize, unicode: bool) -> String {
    let signs = if unicode { &UNICODE } else { &ASCII };
    let mut tree = Tree { picture, signs, unicode, met: BTreeSet::new() };
    let states = match picture.outline.states.len() {
        1 => "1 state".to_owned(),
        count => format!("{count} states"),
    };
    let title = format!("{} ({states})", shown(picture.title, unicode));
    let mut lines = vec![tree.cut(&title, width.max(30)), String::new()];
    lines.push(format!("{} Start", signs.start));
    lines.push(signs.down.to_owned());
    lines.extend(tree.scope(0, width.max(30)));
    let mut text: String = lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n");
    text.push('\n');
    text
}

/// Text without characters that would act on a terminal; without Unicode, other letters of the user's are `?`.
fn shown(text: &str, unicode: bool) -> String {
    let text: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    if unicode {
        return text;
    }
    let text = text.replace('≤', "<=").replace('≥', ">=").replace('×', "x").replace('↻', "retry").replace('…', "...");
    text.chars().map(|letter| if letter.is_ascii() { letter } else { '?' }).collect()
}

struct Tree<'p> {
    picture: &'p Picture<'p>,
    signs: &'static Signs,
    unicode: bool,
    /// States that stand further up.
    met: BTreeSet<usize>,
}

impl Tree<'_> {
    /// A scope's states in the order of reading, then those that nothing leads to.
    fn scope(&mut self, at: usize, width: usize) -> Vec<String> {
        let Some(scope) = self.picture.outline.scopes.get(at) else { return Vec::new() };
        let order = self.order(scope.start, &scope.states);
        let reached = order.iter().position(|id| !self.is_reached(scope.start, *id, &order)).unwrap_or(order.len());
        let mut lines = Vec::new();
        for (place, id) in order.iter().enumerate() {
            let follower = order.get(place + 1).copied().filter(|_| place + 1 < reached);
            if place >= reached {
                lines.push("(no state leads here)".to_owned());
            }
            lines.extend(self.state(*id, follower, width, at == 0));
            let leads_on = follower.is_some_and(|next| self.follows(*id, next));
            if leads_on {
                lines.push(self.signs.down.to_owned());
            } else if place + 1 < order.len() {
                lines.push(String::new());
            }
        }
        lines
    }

    /// Depth first, the way of the flow first, so that what follows a state stands below it where that can be.
    fn order(&self, start: usize, states: &[usize]) -> Vec<usize> {
        let mut order = Vec::with_capacity(states.len());
        let mut seen = BTreeSet::new();
        for root in std::iter::once(start).chain(states.iter().copied()) {
            let mut stack = vec![root];
            while let Some(at) = stack.pop() {
                if !seen.insert(at) {
                    continue;
                }
                order.push(at);
                let Some(state) = self.picture.outline.states.get(at) else { continue };
                stack.extend(state.transitions.iter().rev().map(|way| way.to).filter(|to| !seen.contains(to)));
            }
        }
        order
    }

    fn is_reached(&self, start: usize, id: usize, order: &[usize]) -> bool {
        // The order is depth first from the start: only roots after the first have no way to them from before.
        id == start
            || order.iter().take_while(|before| **before != id).any(|before| {
                self.picture.outline.states.get(*before).is_some_and(|it| it.transitions.iter().any(|way| way.to == id))
            })
    }

    /// Whether a state leads to the next one without a condition.
    fn follows(&self, id: usize, next: usize) -> bool {
        let state = self.picture.outline.states.get(id);
        state.is_some_and(|state| state.transitions.iter().any(|way| way.to == next && way.kind == EdgeKind::Next))
    }

    fn state(&mut self, id: usize, follower: Option<usize>, width: usize, is_machine: bool) -> Vec<String> {
        let Some(state) = self.picture.outline.states.get(id) else { return Vec::new() };
        self.met.insert(id);
        let mut lines = if state.inside.is_empty() {
            vec![self.cut(&self.caption(state), width)]
        } else {
            self.frame(state, width)
        };
        let ways: Vec<&OutlineTransition> =
            state.transitions.iter().filter(|way| !(way.kind == EdgeKind::Next && Some(way.to) == follower)).collect();
        let ends = state.ends() && is_machine && state.state_type != "Fail";
        let leads_on = follower.is_some_and(|next| self.follows(id, next));
        for (at, way) in ways.iter().enumerate() {
            let last = at + 1 == ways.len() && !leads_on && !ends;
            lines.extend(self.way(state, way, last, width));
        }
        if ends {
            lines.push(format!("{}{} End", self.signs.last_way, self.signs.end));
        }
        lines
    }

    /// One way out: why, and where to.
    fn way(&self, from: &OutlineState, way: &OutlineTransition, last: bool, width: usize) -> Vec<String> {
        let caught = way.kind.is_catch();
        let sign = match (caught, last) {
            (false, false) => self.signs.way,
            (false, true) => self.signs.last_way,
            (true, false) => self.signs.caught,
            (true, true) => self.signs.last_caught,
        };
        let target = self.picture.outline.states.get(way.to).map_or("", |state| state.name.as_str());
        let arrow = if self.met.contains(&way.to) { self.signs.back } else { self.signs.arrow };
        let label = match (&way.label, caught) {
            (Some(label), true) => format!("catch {label} "),
            (Some(label), false) => format!("{label} "),
            (None, _) => String::new(),
        };
        let taken = self.picture.marks.is_some_and(|marks| marks.is_taken(&from.name, target, caught));
        let taken = if taken { format!(" {}", self.signs.good) } else { String::new() };
        let rest = if last { "   " } else { self.signs.pass };
        let (rest, indented) = (rest.to_owned(), format!("{rest}  "));
        let options = Options::new(width)
            .initial_indent(sign)
            .subsequent_indent(&indented)
            .word_splitter(WordSplitter::NoHyphenation);
        let words = format!("{}{arrow} {}{taken}", shown(&label, self.unicode), shown(target, self.unicode));
        let mut lines: Vec<String> =
            textwrap::wrap(&words, options).into_iter().map(std::borrow::Cow::into_owned).collect();
        if lines.len() > 4 {
            lines.truncate(3);
            lines.push(format!("{rest}  {} {arrow} {}{taken}", self.signs.ellipsis, shown(target, self.unicode)));
        }
        lines.into_iter().map(|line| self.cut(&line, width)).collect()
    }

    /// A Parallel or Map, with its branches below each other.
    fn frame(&mut self, state: &OutlineState, width: usize) -> Vec<String> {
        let caption = self.cut(&self.caption(state), width.saturating_sub(display_width(self.signs.top)));
        let mut lines = vec![format!("{}{caption}", self.signs.top)];
        let inner = width.saturating_sub(display_width(self.signs.side)).max(20);
        for (branch, scope) in state.inside.iter().enumerate() {
            if state.inside.len() > 1 {
                if branch > 0 {
                    lines.push(self.signs.side.to_owned());
                }
                lines.push(format!("{}branch {}", self.signs.side, branch + 1));
            }
            let inside = self.scope(*scope, inner);
            lines.extend(inside.into_iter().map(|line| format!("{}{line}", self.signs.side)));
        }
        lines.push(format!("{}{}", self.signs.bottom, self.signs.rule.repeat(3)));
        lines
    }

    fn caption(&self, state: &OutlineState) -> String {
        let mut caption = match self.picture.marks.map(|marks| marks.states.get(&state.name)) {
            Some(Some(mark)) => {
                let sign = match mark.status {
                    Status::Succeeded => self.signs.good,
                    Status::Failed => self.signs.bad,
                    Status::Current => self.signs.busy,
                };
                format!("{sign} ")
            }
            Some(None) => "  ".to_owned(),
            None => String::new(),
        };
        caption.push_str(&shown(&state.name, self.unicode));
        caption.push_str(" [");
        caption.push_str(state.state_type);
        if let Some(detail) = &state.detail {
            caption.extend([" ", &shown(detail, self.unicode)]);
        }
        caption.push(']');
        if !state.retries.is_empty() {
            caption.extend([" ", self.signs.retry, " ", &state.most_attempts.to_string()]);
        }
        if let Some(mark) = self.picture.marks.and_then(|marks| marks.states.get(&state.name)) {
            caption.extend([" ", &shown(&mark.words(), self.unicode)]);
        }
        caption
    }

    /// One line of at most this many columns.
    fn cut(&self, line: &str, width: usize) -> String {
        if display_width(line) <= width {
            return line.to_owned();
        }
        let room = width.saturating_sub(display_width(self.signs.ellipsis));
        let mut kept = String::new();
        for letter in line.chars() {
            kept.push(letter);
            if display_width(&kept) > room {
                kept.pop();
                break;
            }
        }
        kept + self.signs.ellipsis
    }
}
