//! Pictures, held against what they shall show: hard machines of `tests/machines/`, the shipped ones, and random ones.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use proptest::prelude::*;

use super::drawing::{Drawing, Joint, Line, Point, Rect};
use super::{Direction, Marks, Picture, StateMark, Status, scene};
use labctl_asl::trace::Trace;
use labctl_asl::{self as asl, Outline, Syntax};

/// Every hard machine, by name.
fn machines() -> Vec<(String, Outline)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/machines");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 14, "{paths:?}");
    paths
        .iter()
        .map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            let name = path.file_name().unwrap().to_string_lossy().replace(".asl.json", "");
            (name, asl::outline(&text, Syntax::Json).unwrap())
        })
        .collect()
}

fn picture<'m>(outline: &'m Outline, marks: Option<&'m Marks>) -> Picture<'m> {
    Picture { outline, title: "a <machine> & \"more\"", direction: Direction::Down, marks }
}

fn overlap(one: Rect, other: Rect) -> bool {
    one.x < other.x + other.width
        && other.x < one.x + one.width
        && one.y < other.y + other.height
        && other.y < one.y + one.height
}

fn inside(inner: Rect, outer: Rect) -> bool {
    inner.x >= outer.x
        && inner.y >= outer.y
        && inner.x + inner.width <= outer.x + outer.width
        && inner.y + inner.height <= outer.y + outer.height
}

/// The stretch between two points, as an area; its ends belong to it.
fn stretch(from: Point, to: Point) -> Rect {
    Rect {
        x: from.x.min(to.x),
        y: from.y.min(to.y),
        width: (from.x - to.x).abs() + 1,
        height: (from.y - to.y).abs() + 1,
    }
}

fn stretches(line: &Line) -> Vec<Rect> {
    line.points.windows(2).map(|pair| stretch(pair[0], pair[1])).collect()
}

/// The states whose frames are around a state, itself included.
fn around(outline: &Outline, state: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::from([state]);
    loop {
        let outer = outline.states.iter().enumerate().find(|(id, it)| {
            !found.contains(id)
                && it.inside.iter().any(|scope| outline.scopes[*scope].states.iter().any(|inner| found.contains(inner)))
        });
        match outer {
            Some((id, _)) => found.insert(id),
            None => return found,
        };
    }
}

/// Everything that makes a picture a bad one.
fn faults(outline: &Outline, drawing: &Drawing) -> Vec<String> {
    let mut faults = Vec::new();
    let page = Rect { x: 0, y: 0, width: drawing.width, height: drawing.height };
    let name = |id: usize| outline.states[id].name.as_str();
    let outer: Vec<BTreeSet<usize>> = (0..outline.states.len()).map(|state| around(outline, state)).collect();
    for (at, one) in drawing.boxes.iter().enumerate() {
        if !inside(one.rect, page) {
            faults.push(format!("{} is not on the page", name(one.state)));
        }
        for other in &drawing.boxes[at + 1..] {
            let (holds, held) = (outer[other.state].contains(&one.state), outer[one.state].contains(&other.state));
            let fits = match (holds, held) {
                (true, _) => one.lanes.iter().any(|lane| inside(other.rect, *lane)),
                (_, true) => other.lanes.iter().any(|lane| inside(one.rect, *lane)),
                _ => !overlap(one.rect, other.rect),
            };
            if !fits {
                faults.push(format!("{} and {} overlap", name(one.state), name(other.state)));
            }
        }
    }
    let labels: Vec<(usize, Rect)> =
        drawing.lines.iter().enumerate().filter_map(|(at, line)| Some((at, line.label.as_ref()?.rect))).collect();
    for (at, line) in drawing.lines.iter().enumerate() {
        let reported = format!("{:?} to {:?}", line.from, line.to);
        if line.points.len() < 2 || line.points.windows(2).any(|pair| pair[0].x != pair[1].x && pair[0].y != pair[1].y)
        {
            faults.push(format!("{reported} is not made of straight stretches"));
        }
        // The states around both its ends are its own.
        let own: BTreeSet<usize> = match (line.from, line.to) {
            (Joint::State(state), _) | (_, Joint::State(state)) => {
                outer[state].iter().copied().filter(|it| *it != state).collect()
            }
            _ => BTreeSet::new(),
        };
        let stretches = stretches(line);
        for it in drawing.boxes.iter().filter(|it| !own.contains(&it.state)) {
            let is_end = [line.from, line.to].contains(&Joint::State(it.state));
            // A line touches the edges of its own boxes; the edge itself has no width.
            let area = if is_end {
                Rect { x: it.rect.x + 1, y: it.rect.y + 1, width: it.rect.width - 2, height: it.rect.height - 2 }
            } else {
                it.rect
            };
            if stretches.iter().any(|stretch| overlap(*stretch, area)) {
                faults.push(format!("{reported} goes through {}", name(it.state)));
            }
        }
        for (other, label) in &labels {
            if *other != at && stretches.iter().any(|stretch| overlap(*stretch, *label)) {
                faults.push(format!("{reported} goes through the label of line {other}"));
            }
        }
    }
    for (at, (_, one)) in labels.iter().enumerate() {
        if !inside(*one, page) {
            faults.push(format!("label {at} is not on the page"));
        }
        if labels[at + 1..].iter().any(|(_, other)| overlap(*one, *other)) {
            faults.push(format!("label {at} overlaps another"));
        }
        // A label may stand in a frame only if its line does.
        let line = &drawing.lines[labels[at].0];
        for it in &drawing.boxes {
            let Joint::State(from) = line.from else { continue };
            let is_around = outer[from].contains(&it.state) && it.state != from;
            if !is_around && overlap(*one, it.rect) {
                faults.push(format!("label {at} lies on {}", name(it.state)));
            }
        }
    }
    faults
}

/// Every notation, marked or not, shows every state and can be read by a machine.
fn is_sound(outline: &Outline) -> Result<(), String> {
    for direction in [Direction::Down, Direction::Right] {
        let drawing = scene::draw(outline, direction);
        let faults = faults(outline, &drawing);
        if !faults.is_empty() {
            return Err(faults.join("\n"));
        }
        if drawing.boxes.len() != outline.states.len() {
            return Err("a state is missing".to_owned());
        }
    }
    let mut marks = Marks::default();
    let mark = StateMark { status: Status::Failed, entered: 2, retried: 1, duration_ms: Some(1_234) };
    marks.states.insert(outline.states[0].name.clone(), mark);
    for marks in [None, Some(&marks)] {
        let picture = picture(outline, marks);
        let svg = picture.svg();
        if svg != picture.svg() {
            return Err("the picture is another one each time".to_owned());
        }
        well_formed(&svg)?;
        for state in &outline.states {
            if !svg.contains(&super::svg::escaped(&state.name)) {
                return Err(format!("`{}` is not in the SVG", state.name));
            }
        }
        for (text, width) in [(picture.text(80, true), 80), (picture.text(80, false), 80), (picture.text(40, true), 40)]
        {
            if let Some(line) = text.lines().find(|line| textwrap::core::display_width(line) > width) {
                return Err(format!("too wide: {line}"));
            }
        }
        if !picture.text(80, false).is_ascii() {
            return Err("the plain text is not ASCII".to_owned());
        }
        braces_match(&picture.dot())?;
    }
    Ok(())
}

fn well_formed(svg: &str) -> Result<(), String> {
    let mut reader = quick_xml::Reader::from_str(svg);
    reader.config_mut().check_end_names = true;
    loop {
        match reader.read_event() {
            Ok(quick_xml::events::Event::Eof) => return Ok(()),
            Ok(_) => {}
            Err(error) => return Err(format!("the SVG is no XML: {error}")),
        }
    }
}

/// Outside strings, every brace that is opened is closed.
fn braces_match(dot: &str) -> Result<(), String> {
    let (mut depth, mut in_string, mut escaped) = (0, false, false);
    for letter in dot.chars() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            '{' if !in_string => depth += 1,
            '}' if !in_string => depth -= 1,
            _ => {}
        }
    }
    if depth == 0 && !in_string { Ok(()) } else { Err("braces or quotes of the DOT do not match".to_owned()) }
}

#[test]
fn hard_machines_are_drawn_without_a_fault() {
    for (name, outline) in machines() {
        is_sound(&outline).unwrap_or_else(|fault| panic!("{name}: {fault}"));
    }
}

#[test]
fn lines_have_few_corners_where_nothing_is_in_the_way() {
    let machines = machines();
    let outline = |wanted: &str| &machines.iter().find(|(name, _)| name == wanted).unwrap().1;
    let corners = |name: &str| {
        let drawing = scene::draw(outline(name), Direction::Down);
        drawing.lines.iter().map(|line| line.points.len() - 2).sum::<usize>()
    };
    assert_eq!(corners("sixty-in-a-row"), 0);
    assert_eq!(corners("single"), 0);
    // Five choices that part and join: two corners at each, and two more at the join.
    assert_eq!(corners("diamonds"), 40);
}

#[test]
fn a_catcher_goes_apart_from_the_flow() {
    let (_, outline) = machines().into_iter().find(|(name, _)| name == "poll-loop").unwrap();
    let drawing = scene::draw(&outline, Direction::Down);
    let caught = drawing.lines.iter().find(|line| line.caught).unwrap();
    let state = |joint: Joint| drawing.boxes.iter().find(|it| Joint::State(it.state) == joint).unwrap().rect;
    for (point, rect) in [(caught.points[0], state(caught.from)), (*caught.points.last().unwrap(), state(caught.to))] {
        assert!(point.x > rect.x + rect.width / 2, "{point:?} is in the middle of {rect:?}");
    }
}

#[test]
fn conditions_that_lead_to_the_same_state_share_a_line() {
    let (_, outline) = machines().into_iter().find(|(name, _)| name == "poll-loop").unwrap();
    let drawing = scene::draw(&outline, Direction::Down);
    let shared: Vec<_> = drawing.lines.iter().filter(|line| line.words.len() == 2).collect();
    assert_eq!(shared.len(), 1);
    assert_eq!(shared[0].words, ["$.status = \"FAILED\"", "$.tries > 100"]);
}

#[test]
fn every_notation_of_a_machine_is_as_it_was() {
    let text = r#"{"Comment": "small", "StartAt": "Check", "States": {
        "Check": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericGreaterThan": 3, "Next": "Both"}], "Default": "No"},
        "Both": {"Type": "Parallel", "Next": "Yes", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "No"}], "Branches": [
            {"StartAt": "Call", "States": {"Call": {"Type": "Task", "End": true,
                "Resource": "arn:aws:lambda:us-east-1:000000000000:function:call", "Retry": [{"ErrorEquals": ["E"]}]}}},
            {"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 5, "End": true}}}]},
        "Yes": {"Type": "Succeed"}, "No": {"Type": "Fail", "Error": "No"}}}"#;
    let outline = asl::outline(text, Syntax::Json).unwrap();
    let path: Vec<String> = ["Check", "Both", "Call", "Rest", "Yes"].map(str::to_owned).to_vec();
    let marks = Trace::along(&outline, &path).map(|trace| Marks::of(&trace)).unwrap();
    let plain = Picture { title: "small", ..picture(&outline, None) };
    let marked = Picture { marks: Some(&marks), ..plain };
    insta::assert_snapshot!("text", plain.text(80, true));
    insta::assert_snapshot!("text_ascii", plain.text(80, false));
    insta::assert_snapshot!("text_marked", marked.text(80, true));
    insta::assert_snapshot!("mermaid", plain.mermaid());
    insta::assert_snapshot!("dot", plain.dot());
    insta::assert_json_snapshot!("listing", marked.listing());
    let svg = marked.svg();
    let body = svg.split("</style>").nth(1).unwrap();
    insta::assert_snapshot!("svg", body);
}

/// The picture of the states of one machine.
fn drawn(states: &str) -> String {
    let text = format!(r#"{{"StartAt": "A", "States": {{{states}}}}}"#);
    let outline = asl::outline(&text, Syntax::Json).unwrap();
    Picture { outline: &outline, title: "drawn", direction: Direction::Down, marks: None }.svg()
}

/// A Choice between two states.
fn choice(name: &str, next: &str, default: &str) -> String {
    format!(
        r#""{name}": {{"Type": "Choice", "Choices": [{{"Variable": "$.x", "IsNull": true, "Next": "{next}"}}], "Default": "{default}"}},"#
    )
}

#[test]
fn lines_that_cross_do_not_look_joined() {
    let gaps = |states: &str| drawn(states).matches("class=\"gap\"").count();
    let ends = r#""D": {"Type": "Succeed"}, "E": {"Type": "Succeed"}"#;
    let crossed = [choice("A", "B", "C"), choice("B", "D", "E"), choice("C", "E", "D"), ends.to_owned()].concat();
    assert_eq!(gaps(&crossed), 1);
    // Lines from one state, and lines to one state, come together.
    let together = [choice("A", "B", "C"), choice("B", "D", "E"), choice("C", "D", "E"), ends.to_owned()].concat();
    assert!(gaps(&together) <= 1);
    assert_eq!(gaps(&[choice("A", "D", "E"), ends.to_owned()].concat()), 0);
    assert_eq!(gaps(r#""A": {"Type": "Pass", "Next": "D"}, "D": {"Type": "Succeed"}"#), 0);
}

#[test]
fn notes_keep_what_differs() {
    let inside = r#""ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
        "StartAt": "I", "States": {"I": {"Type": "Succeed"}}}"#;
    let svg = drawn(&format!(
        r#""A": {{"Type": "Map", "ItemsPath": "$.detail.order.customer.items.all", "MaxConcurrency": 12, "End": true, {inside}}}"#
    ));
    let notes: Vec<&str> = svg.lines().filter(|line| line.contains("class=\"note\"")).collect();
    assert!(notes[1].contains("12 at a time"), "{notes:?}");
    let token =
        drawn(r#""A": {"Type": "Task", "Resource": "arn:aws:states:::elasticmapreduce:addStep.sync", "End": true}"#);
    assert!(token.contains("elasticmapreduce:addStep.sync</text>"));
}

#[test]
fn what_cannot_be_read_inside_is_left_out() {
    for inside in
        [r#""Iterator": {}"#, r#""ItemProcessor": {"StartAt": "I", "States": {}}"#, r#""ItemProcessor": "${inner}""#]
    {
        let svg = drawn(&format!(r#""A": {{"Type": "Map", "End": true, {inside}}}"#));
        assert!(svg.contains(">A</text>") && svg.contains("state map"), "{inside}");
    }
    let unknown = drawn(
        r#""A": {"Type": "Taks", "Next": "B"}, "B": {"Type": "${Type}", "Next": "C"}, "C": {"Type": "Wait", "End": true}"#,
    );
    assert!(unknown.contains("A → B") && unknown.contains("B → C") && unknown.contains("state wait"), "{unknown}");
    for branches in [r"[{}]", r#"[{"StartAt": "I"}]"#, r#""${branches}""#] {
        let parallel = format!(r#""A": {{"Type": "Parallel", "End": true, "Branches": {branches}}}"#);
        assert!(drawn(&parallel).contains("state parallel"), "{branches}");
    }
}

#[test]
fn a_path_marks_what_was_entered_and_how() {
    let (_, outline) = machines().into_iter().find(|(name, _)| name == "poll-loop").unwrap();
    let path = ["Submit", "Wait a while", "Get status", "Submit", "Wait a while"].map(str::to_owned);
    let marks = Trace::along(&outline, &path).map(|trace| Marks::of(&trace)).unwrap();
    assert_eq!((marks.states["Submit"].entered, marks.states["Get status"].status), (2, Status::Failed));
    assert!(marks.is_taken("Get status", "Submit", true) && !marks.is_taken("Get status", "Done?", false));
    let again = Trace::along(&outline, &[&path[..], &["Get status".to_owned()]].concat()).unwrap();
    let again = Marks::of(&again);
    assert_eq!(again.states["Get status"].status, Status::Succeeded, "the last time counts");
    assert_eq!(Trace::along(&outline, &["Nowhere".to_owned()]), Err("Nowhere".to_owned()));
}

/// A machine of a random shape: `shape` decides each state's type and ways, `depth` how many scopes may still be inside.
fn random_scope(shape: &mut impl Iterator<Item = u32>, count: usize, depth: usize, prefix: &str) -> String {
    let mut states = String::new();
    for at in 0..count {
        let mut roll = |most: usize| shape.next().unwrap_or_default() as usize % most.max(1);
        let (kind, one, two, three) = (roll(10), roll(count), roll(count), roll(4));
        let name = |at: usize| format!("{prefix}{at}");
        let next = if at + 1 < count { format!(r#""Next": "{}""#, name(at + 1)) } else { r#""End": true"#.to_owned() };
        let catch = match three {
            0 => format!(r#", "Catch": [{{"ErrorEquals": ["E"], "Next": "{}"}}]"#, name(one)),
            1 => format!(
                r#", "Catch": [{{"ErrorEquals": ["E", "F"], "Next": "{}"}}, {{"ErrorEquals": ["States.ALL"], "Next": "{}"}}]"#,
                name(one),
                name(two)
            ),
            _ => String::new(),
        };
        let retry = if three == 2 { r#", "Retry": [{"ErrorEquals": ["R"]}]"# } else { "" };
        let body = match kind {
            0..=2 if at + 1 < count => format!(
                r#""Type": "Choice", "Choices": [{{"Variable": "$.a", "IsPresent": true, "Next": "{}"}},
                   {{"Variable": "$.some.longer.path", "StringEquals": "value of some length", "Next": "{}"}}], "Default": "{}""#,
                name(one),
                name(two),
                name(at + 1)
            ),
            3 | 4 if depth > 0 => {
                let branches: Vec<String> = (0..=roll(3))
                    .map(|branch| {
                        random_scope(shape, 1 + (one + branch) % 4, depth - 1, &format!("{prefix}{at}.{branch}."))
                    })
                    .collect();
                format!(r#""Type": "Parallel", "Branches": [{}], {next}{catch}{retry}"#, branches.join(", "))
            }
            5 if depth > 0 => {
                let inner = random_scope(shape, 1 + one % 5, depth - 1, &format!("{prefix}{at}.m."));
                format!(r#""Type": "Map", "ItemProcessor": {inner}, {next}{catch}"#)
            }
            6 => format!(r#""Type": "Wait", "Seconds": 1, {next}"#),
            7 => format!(r#""Type": "Pass", {next}"#),
            _ => format!(
                r#""Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:f", {next}{catch}{retry}"#
            ),
        };
        let comma = if at == 0 { "" } else { ", " };
        let _ = write!(states, r#"{comma}"{}": {{{body}}}"#, name(at));
    }
    format!(r#"{{"StartAt": "{prefix}0", "States": {{{states}}}}}"#)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn random_machines_are_drawn_without_a_fault(
        shape in proptest::collection::vec(any::<u32>(), 20..400),
        count in 1_usize..24,
        depth in 0_usize..3,
    ) {
        let text = random_scope(&mut shape.into_iter(), count, depth, "s");
        // A state that nothing leads to is refused as AWS refuses it.
        if let Ok(outline) = asl::outline(&text, Syntax::Json) {
            prop_assert!(is_sound(&outline).is_ok(), "{}\n{text}", is_sound(&outline).unwrap_err());
        }
    }

    #[test]
    fn names_of_any_letters_stay_what_they_are(name in "\\PC{1,40}", error in "\\PC{1,30}") {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let text = format!(
            r#"{{"StartAt": {0}, "States": {{{0}: {{"Type": "Task", "End": true,
                "Resource": "arn:aws:lambda:us-east-1:000000000000:function:f", "Catch": [{{"ErrorEquals": [{1}], "Next": {0}}}]}}}}}}"#,
            quoted(&name), quoted(&error),
        );
        if let Ok(outline) = asl::outline(&text, Syntax::Json) {
            prop_assert!(is_sound(&outline).is_ok(), "{}", is_sound(&outline).unwrap_err());
            let mermaid = picture(&outline, None).mermaid();
            let body = mermaid.split_once("flowchart").unwrap().1;
            let outside: String = body.split('"').step_by(2).collect();
prop_assert!(outside.chars().all(|it| it.is_ascii_alphanumeric() || "[](){}|->.,:#; \n".contains(it)), "{outside}");
        }
    }
}

#[test]
fn a_linked_picture_is_the_same_picture_with_links() {
    for (name, outline) in machines() {
        let linked = picture(&outline, None).linked_svg("state-");
        let links = linked.matches("<a href=\"#state-").count();
        assert_eq!(links, linked.matches("</a>").count(), "{name}");
        assert!(links <= outline.states.len() && links > 0, "{name}");
        let without: String = linked
            .lines()
            .filter(|line| !line.starts_with("<a ") && *line != "</a>")
            .flat_map(|line| [line, "\n"])
            .collect();
        assert_eq!(without.replacen("role=\"group\"", "role=\"img\"", 1), picture(&outline, None).svg(), "{name}");
        assert!(linked.contains(&format!("<style>{}</style>", crate::style_sheet())), "{name}");
    }
}
