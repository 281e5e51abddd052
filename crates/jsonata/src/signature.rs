//! Signatures of functions: `<s-nn?:s>`.

/// What a parameter accepts, and how often.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    /// Letters of the kinds it accepts.
    pub kinds: String,
    /// The letter it was written with: `a` makes an array of what is none.
    pub written: char,
    /// Between `<` and `>` after it.
    pub inner: Option<String>,
    /// The value in context stands in when it is missing.
    pub context: bool,
    least: usize,
    most: usize,
}

/// A function's signature.
#[derive(Clone, Debug)]
pub struct Signature {
    pub(crate) parameters: Vec<Parameter>,
}

impl Signature {
    /// Reads one; the error is a code with its words.
    pub(crate) fn parse(text: &str) -> Result<Self, (&'static str, String)> {
        let letters: Vec<char> = text.chars().collect();
        let mut parameters: Vec<Parameter> = Vec::new();
        let mut at = 1;
        while let Some(letter) = letters.get(at).copied() {
            match letter {
                ':' => break,
                's' | 'n' | 'b' | 'l' | 'o' => parameters.push(Parameter::new(&format!("{letter}m"), letter)),
                'a' | 'x' => parameters.push(Parameter::new("asnblfom", letter)),
                'f' => parameters.push(Parameter::new("f", letter)),
                'j' => parameters.push(Parameter::new("asnblom", letter)),
                '-' | '?' | '+' => {
                    if let Some(last) = parameters.last_mut() {
                        last.context |= letter == '-';
                        (last.least, last.most) = if letter == '+' { (1, usize::MAX) } else { (0, 1) };
                    }
                }
                '(' => {
                    let end = closing(&letters, at, '(', ')');
                    let choice: String = letters.get(at + 1..end).unwrap_or_default().iter().collect();
                    if choice.contains('<') {
                        return Err((
                            "S0402",
                            "Choice groups containing parameterized types are not supported".to_owned(),
                        ));
                    }
                    parameters.push(Parameter::new(&format!("{choice}m"), '('));
                    at = end;
                }
                '<' => {
                    let end = closing(&letters, at, '<', '>');
                    let inner: String = letters.get(at + 1..end).unwrap_or_default().iter().collect();
                    match parameters.last_mut() {
                        Some(last) if matches!(last.written, 'a' | 'f') => last.inner = Some(inner),
                        _ => {
                            let message = "Type parameters can only be applied to functions and arrays";
                            return Err(("S0401", message.to_owned()));
                        }
                    }
                    at = end;
                }
                _ => {}
            }
            at += 1;
        }
        Ok(Self { parameters })
    }

    /// How many arguments each parameter takes; otherwise the number of those that fit, from 0.
    pub(crate) fn assign(&self, supplied: &[char]) -> Result<Vec<usize>, usize> {
        let mut taken = Vec::with_capacity(self.parameters.len());
        if fit(&self.parameters, supplied, true, &mut taken) {
            return Ok(taken);
        }
        let mut good = 0;
        for count in 1..=self.parameters.len() {
            let mut taken = Vec::new();
            if !fit(self.parameters.get(..count).unwrap_or_default(), supplied, false, &mut taken) {
                return Err(good);
            }
            good = taken.iter().sum();
        }
        Err(good)
    }
}

impl Parameter {
    fn new(kinds: &str, written: char) -> Self {
        Self { kinds: kinds.to_owned(), written, inner: None, context: false, least: 1, most: 1 }
    }

    /// Whether it accepts a value of this kind.
    pub(crate) fn accepts(&self, kind: char) -> bool {
        self.kinds.contains(kind)
    }
}

/// Greedy from left to right, with steps back.
fn fit(parameters: &[Parameter], supplied: &[char], whole: bool, taken: &mut Vec<usize>) -> bool {
    let Some((parameter, rest)) = parameters.split_first() else { return !whole || supplied.is_empty() };
    let most = supplied.iter().take(parameter.most).take_while(|kind| parameter.accepts(**kind)).count();
    let mut count = most;
    while count >= parameter.least {
        taken.push(count);
        if fit(rest, supplied.get(count..).unwrap_or_default(), whole, taken) {
            return true;
        }
        taken.pop();
        if count == 0 {
            break;
        }
        count -= 1;
    }
    false
}

fn closing(letters: &[char], start: usize, open: char, close: char) -> usize {
    let mut depth = 0_usize;
    for (at, letter) in letters.iter().enumerate().skip(start) {
        if *letter == open {
            depth += 1;
        } else if *letter == close {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return at;
            }
        }
    }
    letters.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_go_to_parameters() {
        let of =
            |text: &str, supplied: &str| Signature::parse(text).unwrap().assign(&supplied.chars().collect::<Vec<_>>());
        assert_eq!(of("<s-nn?:s>", "sn"), Ok(vec![1, 1, 0]));
        assert_eq!(of("<s-nn?:s>", "n"), Ok(vec![0, 1, 0]));
        assert_eq!(of("<s-nn?:s>", "ss"), Err(1));
        assert_eq!(of("<s-:s>", "n"), Err(0));
        assert_eq!(of("<a<n>:n>", "nn"), Err(1));
        assert_eq!(of("<a+>", "aaa"), Ok(vec![3]));
        assert_eq!(of("<x-b?:s>", "m"), Ok(vec![1, 0]));
        assert_eq!(Signature::parse("<s<n>>").unwrap_err().0, "S0401");
        assert_eq!(Signature::parse("<(sa<n>)>").unwrap_err().0, "S0402");
    }
}
