//! Filter patterns: terms, and conditions on JSON.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html>

use regex::Regex;

use super::json_filter::Condition;

/// A pattern, read.
#[derive(Debug)]
pub(super) enum Filter {
    /// Every `all`, at least one `any` (when there are some), and no `none`.
    Terms { all: Vec<Term>, any: Vec<Term>, none: Vec<Term> },
    /// `{ $.a = "b" }`
    Json(Condition),
}

/// Something to find in a message.
#[derive(Debug)]
pub(super) enum Term {
    Text(String),
    /// `%…%`
    Expression(Regex),
}

impl Term {
    fn is_in(&self, message: &str) -> bool {
        match self {
            Self::Text(text) => message.contains(text.as_str()),
            Self::Expression(expression) => expression.is_match(message),
        }
    }
}

impl Filter {
    /// Reads a pattern; an empty one matches everything.
    ///
    /// # Errors
    /// A sentence: a quote or bracket that is not closed, an operator that is not known, or the space-delimited form,
    /// which is not offered.
    pub(super) fn parse(pattern: &str) -> Result<Self, String> {
        let pattern = pattern.trim();
        if pattern.starts_with('{') {
            return Condition::parse(pattern)
                .map(Self::Json)
                .map_err(|reason| format!("Invalid filter pattern: {reason}"));
        }
        if pattern.starts_with('[') {
            return Err(
                "the local endpoint does not offer filter patterns for space-delimited messages ([…])".to_owned()
            );
        }
        let (mut all, mut any, mut none) = (Vec::new(), Vec::new(), Vec::new());
        let mut rest = pattern;
        while !rest.is_empty() {
            let list = match rest.chars().next() {
                Some('-') => &mut none,
                Some('?') => &mut any,
                _ => &mut all,
            };
            let word = rest.strip_prefix(['-', '?']).unwrap_or(rest);
            let (term, after) = read_term(word)?;
            list.push(term);
            rest = after.trim_start();
        }
        Ok(Self::Terms { all, any, none })
    }

    /// Whether a message fits.
    pub(super) fn matches(&self, message: &str) -> bool {
        match self {
            Self::Json(condition) => serde_json::from_str(message)
                .is_ok_and(|value: serde_json::Value| value.is_object() && condition.holds(&value)),
            Self::Terms { all, any, none } => {
                all.iter().all(|term| term.is_in(message))
                    && (any.is_empty() || any.iter().any(|term| term.is_in(message)))
                    && !none.iter().any(|term| term.is_in(message))
            }
        }
    }
}

/// One term and what follows it.
fn read_term(text: &str) -> Result<(Term, &str), String> {
    if let Some(quoted) = text.strip_prefix('"') {
        let mut term = String::new();
        let mut letters = quoted.char_indices();
        while let Some((at, letter)) = letters.next() {
            match letter {
                '\\' => term.extend(letters.next().map(|(_, letter)| letter)),
                '"' => return Ok((Term::Text(term), quoted.get(at + 1..).unwrap_or_default())),
                _ => term.push(letter),
            }
        }
        return Err("Invalid filter pattern: a quotation mark is not closed".to_owned());
    }
    if let Some(expression) = text.strip_prefix('%') {
        let (expression, after) =
            expression.split_once('%').ok_or("Invalid filter pattern: a regular expression is not closed with %")?;
        let expression = Regex::new(expression).map_err(|error| format!("Invalid filter pattern: {error}"))?;
        return Ok((Term::Expression(expression), after));
    }
    let (word, after) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    if word.is_empty() {
        return Err("Invalid filter pattern: a sign without a term".to_owned());
    }
    Ok((Term::Text(word.to_owned()), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_all_any_and_none() {
        for (pattern, message, fits) in [
            ("", "anything", true),
            ("ERROR", "[ERROR] x", true),
            ("ERROR", "error", false),
            ("ERROR order-7", "ERROR in order-7", true),
            ("ERROR order-8", "ERROR in order-7", false),
            ("\"in order\"", "ERROR in order-7", true),
            ("\"order in\"", "ERROR in order-7", false),
            ("ERROR -order", "ERROR in order-7", false),
            ("ERROR -payment", "ERROR in order-7", true),
            ("?ERROR ?WARN", "a WARN", true),
            ("?ERROR ?WARN", "an INFO", false),
            ("%order-[0-9]+%", "in order-7", true),
            ("-\"order 7\" x", "x order 7", false),
            (r#""say \"hi\"""#, r#"they say "hi""#, true),
        ] {
            assert_eq!(Filter::parse(pattern).unwrap().matches(message), fits, "{pattern} on {message}");
        }
    }

    #[test]
    fn patterns_that_cannot_be_read_say_why() {
        assert!(Filter::parse("\"open").unwrap_err().contains("quotation mark"));
        assert!(Filter::parse("%open").unwrap_err().contains('%'));
        assert!(Filter::parse("a -").unwrap_err().contains("without a term"));
        assert!(Filter::parse("[a, b]").unwrap_err().contains("space-delimited"));
    }
}
