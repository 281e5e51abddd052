//! Requirements files, as far as packages are made of them: pinned, with hashes.
//! <https://pip.pypa.io/en/stable/topics/secure-installs/>

use crate::source::Span;

/// One requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The project's name, normalized: `zope-interface`. <https://packaging.python.org/en/latest/specifications/name-normalization/>
    pub name: String,
    /// Whether it names one version, by `==`.
    pub is_pinned: bool,
    /// SHA-256 of the files that it may be, in hexadecimal digits.
    pub hashes: Vec<String>,
    /// What stands after `--hash=` and is no SHA-256.
    pub no_hash: Option<String>,
    /// Its first line.
    pub at: Span,
}

/// A project's name with `-` for every run of `-`, `_` and `.`, in lower case.
pub fn normalized(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-").to_lowercase()
}

/// The requirements of a file, or where something stands that is none: an option, a path, an address.
pub fn parse(text: &str) -> Vec<Result<Requirement, Span>> {
    let mut found = Vec::new();
    let mut offset = 0;
    let mut whole: Option<(Span, String)> = None;
    for line in text.split_inclusive('\n') {
        let at = Span { offset, length: line.trim_end().len() };
        offset += line.len();
        let code = line.split_once('#').map_or(line, |(code, _)| code).trim();
        let (code, goes_on) = code.strip_suffix('\\').map_or((code, false), |code| (code.trim_end(), true));
        match &mut whole {
            Some((_, read)) => read.extend([" ", code]),
            None if code.is_empty() => continue,
            None => whole = Some((at, code.to_owned())),
        }
        if !goes_on && let Some((at, read)) = whole.take() {
            found.push(requirement(&read, at));
        }
    }
    found.extend(whole.map(|(at, read)| requirement(&read, at)));
    found
}

fn requirement(text: &str, at: Span) -> Result<Requirement, Span> {
    let name: String = text.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect();
    let rest = text.get(name.len()..).unwrap_or_default().trim_start();
    let is_name = name.starts_with(|c: char| c.is_ascii_alphanumeric()) && !rest.starts_with(['/', ':', '@', '\\']);
    if !is_name {
        return Err(at);
    }
    let (mut hashes, mut others, mut no_hash) = (Vec::new(), String::new(), None);
    for word in rest.split_whitespace() {
        match word.strip_prefix("--hash=") {
            Some(hash) => match hash.strip_prefix("sha256:").filter(|digits| is_sha256(digits)) {
                Some(digits) => hashes.push(digits.to_lowercase()),
                None => no_hash = Some(hash.to_owned()),
            },
            None if word.starts_with("--") => return Err(at),
            None => others.push_str(word),
        }
    }
    let others =
        others.trim_start_matches(|c: char| c != '=' && c != ';' && c != '<' && c != '>' && c != '~' && c != '!');
    let is_pinned = others.starts_with("==") && !others.split(';').next().unwrap_or_default().contains(['*', ',']);
    Ok(Requirement { name: normalized(&name), is_pinned, hashes, no_hash, at })
}

fn is_sha256(digits: &str) -> bool {
    digits.len() == 64 && digits.chars().all(|c| c.is_ascii_hexdigit())
}

impl Requirement {
    /// Whether pip has nothing to choose.
    pub fn is_fixed(&self) -> bool {
        self.is_pinned && !self.hashes.is_empty() && self.no_hash.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_go_on_and_comments_end() {
        let hash = "a".repeat(64);
        let text = format!(
            "# pinned\nSix==1.16.0 \\\n    --hash=sha256:{hash} \\\n    --hash=sha256:{hash}  # two\n\nzope.interface[x] == 5 ; python_version < '4'\n\
             loose>=1 --hash=sha256:{hash}\nany==1.* --hash=sha256:00\n-r other.txt\n./local\nname @ https://example.org\nlast==1 \\"
        );
        let told = |one: Result<Requirement, Span>| match one {
            Ok(one) => format!("{} {} {}", one.name, one.is_pinned, one.hashes.len()),
            Err(at) => format!("none: {}", at.of(&text)),
        };
        assert_eq!(
            parse(&text).into_iter().map(told).collect::<Vec<_>>(),
            [
                "six true 2",
                "zope-interface true 0",
                "loose false 1",
                "any false 0",
                "none: -r other.txt",
                "none: ./local",
                "none: name @ https://example.org",
                "last true 0",
            ]
        );
        assert_eq!(parse(&text)[0].as_ref().unwrap().at.of(&text), "Six==1.16.0 \\");
    }
}
