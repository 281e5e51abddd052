//! From a machine's outline to a drawing: scopes are laid out from the inside outwards, a laid-out scope being part of a box.

use std::collections::{BTreeMap, BTreeSet};

use super::drawing::{Drawing, Joint, Label, Line, Marker, MarkerKind, Point, Rect, StateBox};
use super::layout::{Place, Routed, Size, Wire, Wiring, extent, lay_out};
use super::measure::{NAME, SMALL};
use super::picture::Direction;
use labctl_asl::{EdgeKind, Outline, OutlineState};

/// Around everything.
const MARGIN: i64 = 16;
/// A box's inner distances, and the tile that shows its type.
pub(super) const PADDING: i64 = 10;
pub(super) const TILE: i64 = 24;
/// The widest text in a box and on a line.
const WIDEST_NAME: i64 = 200;
const WIDEST_LABEL: i64 = 170;
/// The most lines of a label.
const MOST_LINES: usize = 6;
/// Inside a frame, and between its branches.
const FRAME: i64 = 14;
const LANE: i64 = 12;
/// How far a Map's pile reaches beyond its frame.
pub(super) const PILE: i64 = 8;

/// The whole machine.
pub(super) fn draw(outline: &Outline, direction: Direction) -> Drawing {
    let scene = Scene { outline, direction };
    let inner = scene.scope(0, true);
    let mut drawing =
        Drawing { width: inner.width + 2 * MARGIN, height: inner.height + 2 * MARGIN, ..Drawing::default() };
    drawing.absorb(inner, MARGIN, MARGIN);
    drawing
}

struct Scene<'o> {
    outline: &'o Outline,
    direction: Direction,
}

/// What becomes one line of a scope.
#[derive(Default)]
struct Bundle {
    kinds: Vec<EdgeKind>,
    words: Vec<String>,
}

impl Scene<'_> {
    /// One scope. Recursion is as deep as scopes are nested, which the reader of definitions limits.
    fn scope(&self, at: usize, is_machine: bool) -> Drawing {
        let Some(scope) = self.outline.scopes.get(at) else { return Drawing::default() };
        let states: Vec<(usize, &OutlineState)> =
            scope.states.iter().filter_map(|id| Some((*id, self.outline.states.get(*id)?))).collect();
        let bundles = bundles(&states, scope.start, is_machine);
        let reached = reached(&bundles, scope.start);
        // The first state first: reading begins there.
        let mut joints = vec![Joint::State(scope.start)];
        joints
            .extend(states.iter().map(|(id, _)| Joint::State(*id)).filter(|joint| *joint != Joint::State(scope.start)));
        if bundles.iter().any(|((from, ..), _)| *from == Joint::Start) {
            joints.insert(0, Joint::Start);
        }
        if bundles.iter().any(|((_, to, _), _)| *to == Joint::End) {
            joints.push(Joint::End);
        }
        let parts: Vec<Drawing> =
            joints.iter().map(|joint| self.joint(*joint, is_machine, reached.contains(joint))).collect();
        let numbers: BTreeMap<Joint, usize> = joints.iter().enumerate().map(|(at, joint)| (*joint, at)).collect();
        let mut wiring = Wiring::default();
        wiring.boxes.extend(parts.iter().map(|part| self.size(part.width, part.height)));
        let mut lines = Vec::new();
        for ((from, to, caught), bundle) in bundles {
            let (Some(start), Some(end)) = (numbers.get(&from), numbers.get(&to)) else { continue };
            let label = label(&bundle.words);
            let size = label.as_ref().map(|label| self.size(label.rect.width, label.rect.height));
            wiring.wires.push(Wire { from: *start, to: *end, label: size, aside: caught });
            let Bundle { kinds, words } = bundle;
            lines.push(Line { from, to, kinds, caught, points: Vec::new(), label, words });
        }
        let placed = lay_out(&wiring);
        let corner = self.point(Place { across: placed.size.across, along: placed.size.along });
        let mut drawing = Drawing { width: corner.x, height: corner.y, ..Drawing::default() };
        for (part, place) in parts.into_iter().zip(&placed.boxes) {
            let Point { x, y } = self.point(*place);
            drawing.absorb(part, x, y);
        }
        drawing.lines.extend(lines.into_iter().zip(placed.wires).map(|(line, routed)| self.routed(line, &routed)));
        drawing
    }

    fn size(&self, width: i64, height: i64) -> Size {
        match self.direction {
            Direction::Down => Size { across: width, along: height },
            Direction::Right => Size { across: height, along: width },
        }
    }

    fn point(&self, place: Place) -> Point {
        match self.direction {
            Direction::Down => Point { x: place.across, y: place.along },
            Direction::Right => Point { x: place.along, y: place.across },
        }
    }

    fn routed(&self, line: Line, routed: &Routed) -> Line {
        let label = line.label.zip(routed.label).map(|(label, place)| {
            let Point { x, y } = self.point(place);
            Label { rect: Rect { x, y, ..label.rect }, ..label }
        });
        Line { points: routed.points.iter().map(|place| self.point(*place)).collect(), label, ..line }
    }

    fn joint(&self, joint: Joint, is_machine: bool, reached: bool) -> Drawing {
        let marker = |kind, width, height| Drawing {
            width,
            height,
            markers: vec![Marker { rect: Rect { x: 0, y: 0, width, height }, kind }],
            ..Drawing::default()
        };
        match joint {
            Joint::Start if is_machine => marker(MarkerKind::Start, 58, 26),
            Joint::Start => marker(MarkerKind::Dot, 12, 12),
            Joint::End => marker(MarkerKind::End, 58, 26),
            Joint::State(id) => match self.outline.states.get(id) {
                Some(state) => self.state(id, state, !reached),
                None => Drawing::default(),
            },
        }
    }

    /// A state's box, with what is inside it.
    fn state(&self, id: usize, state: &OutlineState, unreachable: bool) -> Drawing {
        let lanes: Vec<Drawing> = state.inside.iter().map(|scope| self.scope(*scope, false)).collect();
        // The head of a frame may be as wide as what is inside.
        let inside = lanes.iter().map(|lane| lane.width);
        let inside = if self.direction == Direction::Down { inside.sum() } else { inside.max().unwrap_or_default() };
        let widest = WIDEST_NAME.max(inside - TILE - 2 * PADDING);
        let name = NAME.wrap(&state.name, widest, 3);
        let note = match &state.detail {
            // What a task calls says enough; the others need their type beside it.
            Some(detail) if state.state_type == "Task" => detail.clone(),
            Some(detail) => format!("{}: {detail}", state.state_type),
            None => state.state_type.to_owned(),
        };
        let notes = SMALL.wrap(&note, widest, 2);
        let retries = (!state.retries.is_empty()).then(|| format!("↻ ≤ {}", state.most_attempts));
        let badge = retries.as_ref().map_or(0, |text| SMALL.width(text) + 10);
        let words = name.iter().map(|line| NAME.width(line)).chain(notes.iter().map(|line| SMALL.width(line))).max();
        let between = if badge > 0 { PADDING } else { 0 };
        let width = even(PADDING + TILE + 8 + words.unwrap_or_default() + between + badge + PADDING);
        let height = even(
            PADDING + extent(name.len()) * NAME.line_height() + extent(notes.len()) * SMALL.line_height() + PADDING,
        );
        let head = Rect { x: 0, y: 0, width, height };
        let mut drawn = Drawing { width, height, ..Drawing::default() };
        let mut boxed = StateBox {
            state: id,
            rect: head,
            head,
            name,
            notes,
            retries: None,
            lanes: Vec::new(),
            piled: state.state_type == "Map",
            unreachable,
        };
        let mut inner = Drawing::default();
        if !lanes.is_empty() {
            (boxed.lanes, inner) = self.lanes(lanes, head);
            boxed.rect = Rect { x: 0, y: 0, width: inner.width, height: inner.height };
            boxed.head.width = inner.width;
            let pile = if boxed.piled { PILE } else { 0 };
            (drawn.width, drawn.height) = (inner.width + pile, inner.height + pile);
        }
        boxed.retries = retries.map(|text| {
            let x = boxed.rect.width - PADDING - badge;
            (text, Rect { x, y: PADDING, width: badge, height: SMALL.line_height() + 3 })
        });
        drawn.boxes.push(boxed);
        drawn.absorb(inner, 0, 0);
        drawn
    }

    /// Branches side by side under the head of their frame.
    fn lanes(&self, lanes: Vec<Drawing>, head: Rect) -> (Vec<Rect>, Drawing) {
        let (widest, highest) = (
            lanes.iter().map(|lane| lane.width).max().unwrap_or_default() + 2 * LANE,
            lanes.iter().map(|lane| lane.height).max().unwrap_or_default() + 2 * LANE,
        );
        let down = self.direction == Direction::Down;
        let total: i64 =
            lanes.iter().map(|lane| if down { lane.width } else { lane.height } + 3 * LANE).sum::<i64>() - LANE;
        let (width, height) = if down { (total, highest) } else { (widest, total) };
        // Narrow branches stand in the middle of a frame with a wide head.
        let slack = (head.width - 2 * FRAME - width).max(0);
        let mut frame = Drawing {
            width: even(width + slack + 2 * FRAME),
            height: head.height + height + FRAME,
            ..Drawing::default()
        };
        let (mut x, mut y) = (FRAME + if down { slack / 2 } else { 0 }, head.height);
        let mut areas = Vec::new();
        for lane in lanes {
            let area = if down {
                Rect { x, y, width: lane.width + 2 * LANE, height }
            } else {
                Rect { x, y, width: width + slack, height: lane.height + 2 * LANE }
            };
            if down {
                x += area.width + LANE;
            } else {
                y += area.height + LANE;
            }
            frame.absorb(lane, area.x + LANE, area.y + LANE);
            areas.push(area);
        }
        (areas, frame)
    }
}

/// A line's ends, and whether it is made of catchers.
type Ends = (Joint, Joint, bool);

/// Transitions of a scope in the order of the language, those between the same two states together; and the ways from its beginning
/// and to its end.
fn bundles(states: &[(usize, &OutlineState)], start: usize, is_machine: bool) -> Vec<(Ends, Bundle)> {
    let mut bundles: Vec<(Ends, Bundle)> = Vec::new();
    let mut entered = false;
    for (id, state) in states {
        let mut known: BTreeMap<Ends, Bundle> = BTreeMap::new();
        let mut order = Vec::new();
        for way in &state.transitions {
            let ends = (Joint::State(*id), Joint::State(way.to), way.kind.is_catch());
            if !known.contains_key(&ends) {
                order.push(ends);
            }
            let bundle = known.entry(ends).or_default();
            bundle.kinds.push(way.kind);
            bundle.words.extend(way.label.clone());
            entered |= way.to == start;
        }
        bundles.extend(order.into_iter().filter_map(|ends| Some((ends, known.remove(&ends)?))));
        // A failed machine has no end but its Fail state.
        if is_machine && state.ends() && state.state_type != "Fail" {
            bundles.push(((Joint::State(*id), Joint::End, false), Bundle::default()));
        }
    }
    if is_machine || entered {
        bundles.push(((Joint::Start, Joint::State(start), false), Bundle::default()));
    }
    bundles
}

/// What there is a way to.
fn reached(bundles: &[(Ends, Bundle)], start: usize) -> BTreeSet<Joint> {
    let mut ways: BTreeMap<Joint, Vec<Joint>> = BTreeMap::new();
    for ((from, to, _), _) in bundles {
        ways.entry(*from).or_default().push(*to);
    }
    let mut reached = BTreeSet::new();
    let mut stack = vec![Joint::State(start)];
    while let Some(joint) = stack.pop() {
        if reached.insert(joint) {
            stack.extend(ways.get(&joint).into_iter().flatten());
        }
    }
    reached
}

/// What stands on a line, at no place yet.
fn label(words: &[String]) -> Option<Label> {
    if words.is_empty() {
        return None;
    }
    let each = if words.len() == 1 { 4 } else { 2 };
    let mut lines = Vec::new();
    for (at, text) in words.iter().enumerate() {
        let more = SMALL.wrap(text, WIDEST_LABEL, each);
        let left = words.len() - at;
        if lines.len() + more.len() > MOST_LINES || (lines.len() + more.len() == MOST_LINES && left > 1) {
            lines.push(format!("and {left} more"));
            break;
        }
        lines.extend(more);
    }
    let width = even(lines.iter().map(|line| SMALL.width(line)).max().unwrap_or_default() + 12);
    let height = even(extent(lines.len()) * SMALL.line_height() + 6);
    Some(Label { rect: Rect { x: 0, y: 0, width, height }, lines })
}

fn even(length: i64) -> i64 {
    length + length.rem_euclid(2)
}
