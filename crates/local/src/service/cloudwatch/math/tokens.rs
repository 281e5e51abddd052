//! The words of an expression.

use super::refusal::Refusal;

/// A word of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(f64),
    /// In quotation marks.
    Text(String),
    /// An id, or the name of a function or an option.
    Name(String),
    /// An operator, a parenthesis, a bracket or a comma.
    Sign(&'static str),
}

/// Longer ones first.
const SIGNS: [&str; 20] =
    ["==", "!=", "<=", ">=", "&&", "||", "<", ">", "+", "-", "*", "/", "^", "(", ")", "[", "]", ",", "AND", "OR"];

/// The words of a text, in order.
///
/// # Errors
/// A character that no word has, or quotation marks without their end.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Refusal> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = match first {
            '"' | '\'' => quoted(rest, first)?,
            '0'..='9' | '.' => number(rest)?,
            _ if first.is_ascii_alphabetic() || first == '_' => name(rest),
            _ => sign(rest).ok_or_else(|| Refusal::wrong("Invalid syntax"))?,
        };
        found.push(token);
        rest = after.trim_start();
    }
    Ok(found)
}

fn quoted(text: &str, mark: char) -> Result<(Token, &str), Refusal> {
    let within = text.strip_prefix(mark).and_then(|rest| rest.split_once(mark));
    within
        .map(|(within, after)| (Token::Text(within.to_owned()), after))
        .ok_or_else(|| Refusal::wrong("Invalid syntax"))
}

/// `12`, `.5`, `1.5e-3`.
fn number(text: &str) -> Result<(Token, &str), Refusal> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let bytes = text.as_bytes();
    let mut end = digits(text);
    if bytes.get(end) == Some(&b'.') {
        end += 1 + text.get(end + 1..).map_or(0, digits);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let power = text.get(end + 1 + sign..).map_or(0, digits);
        end += if power == 0 { 0 } else { 1 + sign + power };
    }
    let (number, after) = text.split_at_checked(end).unwrap_or((text, ""));
    let number: f64 = number.parse().map_err(|_| Refusal::wrong("Invalid syntax"))?;
    Ok((Token::Number(number), after))
}

fn name(text: &str) -> (Token, &str) {
    let end = text.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(text.len());
    let (name, after) = text.split_at_checked(end).unwrap_or((text, ""));
    let sign = SIGNS.iter().find(|sign| **sign == name);
    (sign.map_or_else(|| Token::Name(name.to_owned()), |sign| Token::Sign(sign)), after)
}

fn sign(text: &str) -> Option<(Token, &str)> {
    SIGNS.iter().find_map(|sign| Some((Token::Sign(sign), text.strip_prefix(sign)?)))
}
