//! Pictures of times: `[Y0001]-[M01]-[D01]`.

use super::integer::{Case, IntegerFormat, count};
use crate::error::Failure;
use crate::quote::quoted;

/// A part of a picture.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Literal(String),
    Marker(Marker),
}

/// What stands between brackets.
#[derive(Clone, Debug)]
pub(super) struct Marker {
    pub component: char,
    /// `t`, `o` and so on at its end.
    pub modifier: Option<char>,
    pub names: Option<Case>,
    pub widest: Option<usize>,
    pub integer: Option<IntegerFormat>,
    /// So many digits of a year.
    pub digits: Option<usize>,
}

pub(super) fn analyse(picture: &str) -> Result<Vec<Part>, Failure> {
    let letters: Vec<char> = picture.chars().collect();
    let text = |from: usize, to: usize| -> String { letters.get(from..to).unwrap_or_default().iter().collect() };
    let mut parts: Vec<Part> = Vec::new();
    let (mut start, mut at) = (0, 0);
    let literal = |from: usize, to: usize, parts: &mut Vec<Part>| {
        if to > from {
            parts.push(Part::Literal(text(from, to).replace("]]", "]")));
        }
    };
    while at < letters.len() {
        if letters.get(at) == Some(&'[') {
            literal(start, at, &mut parts);
            if letters.get(at + 1) == Some(&'[') {
                parts.push(Part::Literal("[".to_owned()));
                at += 2;
                start = at;
                continue;
            }
            let end = letters.iter().skip(at).position(|letter| *letter == ']').map(|length| at + length);
            let Some(end) = end else {
                return Err(Failure::new("D3135", "No matching closing bracket ']' in date/time picture string"));
            };
            let marker: String = text(at + 1, end).chars().filter(|letter| !letter.is_whitespace()).collect();
            let marker = Marker::read(&marker)?;
            parts.push(Part::Marker(marker));
            at = end;
            start = end + 1;
        }
        at += 1;
    }
    literal(start, at, &mut parts);
    Ok(parts)
}

impl Marker {
    fn read(marker: &str) -> Result<Self, Failure> {
        let mut letters = marker.chars();
        let component = letters.next();
        let rest: String = letters.collect();
        let (presentation, width) = match rest.rsplit_once(',') {
            Some((presentation, width)) => (presentation.to_owned(), Some(width)),
            None => (rest, None),
        };
        let (least, widest) =
            match width.map(|width| width.split_once('-').map_or((width, None), |(least, most)| (least, Some(most)))) {
                Some((least, most)) => (count(least), most.and_then(count)),
                None => (None, None),
            };
        let mut modifier = None;
        let mut first = presentation.clone();
        if presentation.chars().count() > 1
            && let Some(last) = presentation.chars().last()
            && "atco".contains(last)
        {
            modifier = Some(last);
            first.pop();
        }
        if first.is_empty() {
            default_of(component).ok_or_else(|| unknown(component))?.clone_into(&mut first);
        }
        let component = component.unwrap_or_default();
        let mut read = Self { component, modifier, names: None, widest, integer: None, digits: None };
        if first.starts_with('n') {
            read.names = Some(Case::Lower);
        } else if first.starts_with('N') {
            read.names = Some(if first.chars().nth(1) == Some('n') { Case::Title } else { Case::Upper });
        } else if "YMDdFWwXxHhmsf".contains(component) {
            let pattern = modifier.map_or_else(|| first.clone(), |modifier| format!("{first};{modifier}"));
            let mut integer = IntegerFormat::read(&pattern)?;
            if let Some(least) = least {
                integer.least_digits = integer.least_digits.max(least);
            }
            if "YMD".contains(component) {
                if let Some(widest) = widest {
                    read.digits = Some(widest);
                    integer.least_digits = widest;
                } else {
                    let width = integer.least_digits + integer.optional_digits;
                    read.digits = (width >= 2).then_some(width);
                }
                integer.exact_digits = (integer.least_digits >= 2).then_some(integer.least_digits);
            }
            read.integer = Some(integer);
        }
        if matches!(component, 'Z' | 'z') {
            read.integer = Some(IntegerFormat::read(&first)?);
        }
        Ok(read)
    }
}

fn default_of(component: Option<char>) -> Option<&'static str> {
    Some(match component? {
        'Y' | 'M' | 'D' | 'd' | 'W' | 'w' | 'X' | 'x' | 'H' | 'h' | 'f' => "1",
        'F' | 'P' | 'C' | 'E' => "n",
        'm' | 's' => "01",
        'Z' | 'z' => "01:01",
        _ => return None,
    })
}

fn unknown(component: Option<char>) -> Failure {
    let shown = quoted(&component.map_or_else(String::new, |letter| letter.to_string()));
    Failure::new("D3132", format!("Unknown component specifier {shown} in date/time picture string"))
}

/// A component that has no names.
pub(super) fn nameless(component: char) -> Failure {
    let shown = quoted(&component.to_string());
    let message = format!(
        "The 'name' modifier can only be applied to months and days in the date/time picture string, not {shown}"
    );
    Failure::new("D3133", message)
}

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// The first is none: Monday is 1.
pub(super) const DAYS: [&str; 8] = ["", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
