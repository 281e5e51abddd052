//! What stands between `[` and `]`, as Jayway's `PathComponentAnalyzer` takes it.

use super::filter::Filter;
use super::parser::Stuck;
use super::syntax::{PathWarning, Step};

/// Why a name in quotes has no end.
pub(super) const OPEN_QUOTE: &str = "a quote is not closed";

/// The step that a fragment is, brackets included. It begins at character `start` of its path.
pub(super) fn read(
    letters: &[char],
    depth: usize,
    warnings: &mut Vec<PathWarning>,
    start: usize,
) -> Result<Step, Stuck> {
    let text: String = letters.iter().collect();
    match text.as_str() {
        "[*]" => return Ok(Step::Wildcard),
        "[]" => return Err(Stuck::broken("a name, a position or a filter is missing between `[` and `]`", 1)),
        _ => {}
    }
    if text.contains('?') && text.chars().all(|letter| "[]?,*".contains(letter) || letter.is_whitespace()) {
        return Err(Stuck::unread("the filter is empty", 1));
    }
    for (at, letter) in letters.iter().enumerate() {
        match letter {
            '?' => return filter(letters, at, depth, warnings, start),
            '\'' => return names(letters, at),
            '@' => return from_end(letters, at),
            ':' | '-' | '0'..='9' => return positions(letters, at),
            _ => {}
        }
    }
    Err(Stuck::unread(format!("Could not analyze path component: {text}"), 0))
}

/// `['a', 'b']`: what is in quotes counts, whatever stands between. A backslash is a letter as any other.
fn names(letters: &[char], from: usize) -> Result<Step, Stuck> {
    let mut names = Vec::new();
    let mut open: Option<String> = None;
    for letter in letters.iter().skip(from).take_while(|letter| **letter != ']') {
        match (letter, &mut open) {
            ('\'', None) => open = Some(String::new()),
            ('\'', Some(_)) => names.extend(open.take()),
            (letter, Some(name)) => name.push(*letter),
            _ => {}
        }
    }
    if open.is_some() && names.is_empty() { Err(Stuck::broken(OPEN_QUOTE, from)) } else { Ok(Step::Names(names)) }
}

/// A number of Java's kind.
fn number(digits: &mut String, at: usize) -> Result<i32, Stuck> {
    let text = std::mem::take(digits);
    text.parse().map_err(|_| Stuck::unread(format!("For input string: \"{text}\""), at))
}

/// `[(@.length-1)]`, `[(@.size()-1)]`
fn from_end(letters: &[char], at: usize) -> Result<Step, Stuck> {
    let rest = letters.get(at + 2..).unwrap_or_default();
    let no_end = || Stuck::unread("a position from the end is written `[(@.length-1)]`", at);
    let minus = rest.iter().position(|letter| *letter == '-').ok_or_else(no_end)?;
    let (function, rest) = rest.split_at(minus);
    let function: String = function.iter().filter(|letter| !" ()".contains(**letter)).collect();
    if function != "size" && function != "length" {
        return Err(Stuck::unread(
            format!("Invalid function: @.{function}. Supported functions are: [(@.length - n)] and [(@.size() - n)]"),
            at,
        ));
    }
    let end = rest.iter().position(|letter| *letter == ')').ok_or_else(no_end)?;
    let mut digits = rest.iter().take(end).filter(|letter| **letter != ' ').collect();
    Ok(Step::FromEnd(number(&mut digits, at)?))
}

/// `[0]`, `[0,2]`, `[1:3]`: digits, `-`, `,` and `:` count up to any other letter, blanks do not.
fn positions(letters: &[char], from: usize) -> Result<Step, Stuck> {
    let mut numbers = Vec::new();
    let mut digits = String::new();
    let (mut to, mut open, mut between, mut list) = (false, false, false, false);
    let mut at = from;
    while let Some(letter) = letters.get(at) {
        match letter {
            ' ' => {}
            ':' => {
                to |= digits.is_empty();
                let bounded_below = !digits.is_empty();
                if bounded_below {
                    numbers.push(number(&mut digits, at)?);
                }
                at += 1;
                while let Some(letter @ ('0'..='9' | '-' | ' ')) = letters.get(at) {
                    digits.extend(Some(*letter).filter(|letter| *letter != ' '));
                    at += 1;
                }
                if bounded_below && digits.is_empty() {
                    open = true;
                } else {
                    between |= bounded_below;
                    numbers.push(number(&mut digits, at)?);
                }
                if letters.get(at) == Some(&']') {
                    break;
                }
            }
            ',' => {
                numbers.push(number(&mut digits, at)?);
                list = true;
            }
            '0'..='9' | '-' => digits.push(*letter),
            _ => break,
        }
        at += 1;
    }
    if !digits.is_empty() {
        numbers.push(number(&mut digits, from)?);
    }
    match numbers.as_slice() {
        [one] if !to && !open => Ok(Step::Index(*one)),
        all if list => Ok(Step::Indices(all.to_vec())),
        [first, ..] if open => Ok(Step::SliceFrom(*first)),
        [first, ..] if to => Ok(Step::SliceTo(*first)),
        [first, second, ..] if between => Ok(Step::SliceBetween(*first, *second)),
        _ => Err(Stuck::unread("the positions cannot be read", from)),
    }
}

/// `[?(…)]`
fn filter(
    letters: &[char],
    mark: usize,
    depth: usize,
    warnings: &mut Vec<PathWarning>,
    start: usize,
) -> Result<Step, Stuck> {
    let from = letters.iter().take(mark).rposition(|letter| *letter == '[').unwrap_or(0);
    let (mut square, mut round, mut quoted, mut before) = (0_i32, 0_i32, false, ' ');
    let mut end = None;
    for (at, letter) in letters.iter().enumerate().skip(from) {
        match letter {
            '(' if !quoted => round += 1,
            ')' if !quoted => round -= 1,
            '[' if !quoted => square += 1,
            ']' if !quoted => {
                square -= 1;
                if round == 0 {
                    end = Some(at);
                    break;
                }
            }
            '\'' if before != '\\' => quoted = !quoted,
            _ => {}
        }
        before = *letter;
    }
    let end = end.filter(|_| square == 0).ok_or_else(|| Stuck::unread("Filter brackets are not balanced", mark))?;
    let inner = letters.get(from + 1..end).unwrap_or_default();
    Filter::read(inner, depth, warnings, start + from + 1).map(Step::Filter).map_err(|stuck| Stuck {
        at: stuck.at + from + 1,
        broken: false,
        ..stuck
    })
}
