//! Lambda's runtimes, and until when AWS lets functions be made with those it supports no more.
//!
//! Identifiers: the Lambda model of 2026-11 (botocore 1.44.8). Dates: <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html>,
//! as quoted in July 2026; AWS has moved the later two before.

/// A runtime that AWS supports no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Its identifier.
    pub runtime: &'static str,
    /// The day the support ended, `YYYY-MM-DD`.
    pub support: &'static str,
    /// The day from which no function can be created with it, where that is known.
    pub create: Option<&'static str>,
    /// The day from which no function that has it can be updated, where that is known.
    pub update: Option<&'static str>,
}

const fn ended(runtime: &'static str, support: &'static str) -> Ended {
    Ended { runtime, support, create: Some("2027-02-01"), update: Some("2027-03-03") }
}

const ENDED: [Ended; 6] = [
    Ended { runtime: "python2.7", support: "2021-07-15", create: None, update: None },
    Ended { runtime: "python3.6", support: "2022-07-18", create: None, update: None },
    ended("python3.7", "2023-12-04"),
    ended("python3.8", "2024-10-14"),
    ended("python3.9", "2025-12-15"),
    ended("python3.10", "2026-10-31"),
];

/// Every identifier that CreateFunction's model names.
pub const RUNTIMES: [&str; 50] = [
    "nodejs",
    "nodejs4.3",
    "nodejs4.3-edge",
    "nodejs6.10",
    "nodejs8.10",
    "nodejs10.x",
    "nodejs12.x",
    "nodejs14.x",
    "nodejs16.x",
    "nodejs18.x",
    "nodejs20.x",
    "nodejs22.x",
    "nodejs24.x",
    "nodejs26.x",
    "java8",
    "java8.al2",
    "java8.al2023",
    "java11",
    "java11.al2023",
    "java17",
    "java17.al2023",
    "java21",
    "java25",
    "python2.7",
    "python3.6",
    "python3.7",
    "python3.8",
    "python3.9",
    "python3.10",
    "python3.11",
    "python3.12",
    "python3.13",
    "python3.14",
    "python3.15",
    "dotnetcore1.0",
    "dotnetcore2.0",
    "dotnetcore2.1",
    "dotnetcore3.1",
    "dotnet6",
    "dotnet8",
    "dotnet10",
    "go1.x",
    "ruby2.5",
    "ruby2.7",
    "ruby3.2",
    "ruby3.3",
    "ruby3.4",
    "ruby4.0",
    "provided",
    "custom",
];

/// The same of operating systems alone, whose identifiers begin so.
const BARE: [&str; 2] = ["provided", "custom"];

impl Ended {
    /// The entry of a runtime.
    pub fn of(runtime: &str) -> Option<Self> {
        ENDED.into_iter().find(|ended| ended.runtime == runtime)
    }
}

impl std::fmt::Display for Ended {
    /// A sentence without its end: `AWS ended its support on 2025-12-15, …`.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "AWS ended its support on {}", self.support)?;
        if let Some(day) = self.create {
            write!(formatter, ", blocks creating functions with it from {day}")?;
        }
        if let Some(day) = self.update {
            write!(formatter, " and updating them from {day}")?;
        }
        Ok(())
    }
}

/// The language of a runtime (`python` of `python3.13`), also of one that is newer than this table; `None` where it is shaped as no
/// runtime is.
pub fn language(runtime: &str) -> Option<&'static str> {
    if let Some(bare) = BARE.into_iter().find(|bare| runtime == *bare || runtime.starts_with(&format!("{bare}."))) {
        return Some(bare);
    }
    let version = |start: &str| {
        let rest = runtime.strip_prefix(start)?;
        let first = rest.split(['.', '-']).next()?;
        let is_number = !first.is_empty() && first.chars().all(|digit| digit.is_ascii_digit());
        is_number.then_some(rest)
    };
    let dotted = |start: &str| version(start).and_then(|rest| rest.split_once('.'));
    let numeric = |text: &str| !text.is_empty() && text.chars().all(|digit| digit.is_ascii_digit());
    match () {
        () if RUNTIMES.contains(&runtime) => {
            let end = runtime.find(|letter: char| letter.is_ascii_digit()).unwrap_or(runtime.len());
            let start = runtime.get(..end).unwrap_or(runtime);
            ["nodejs", "java", "python", "dotnetcore", "dotnet", "go", "ruby"].into_iter().find(|known| *known == start)
        }
        () if dotted("python").is_some_and(|(_, minor)| numeric(minor)) => Some("python"),
        () if dotted("ruby").is_some_and(|(_, minor)| numeric(minor)) => Some("ruby"),
        () if dotted("nodejs").is_some_and(|(_, rest)| rest == "x") => Some("nodejs"),
        () if version("java").is_some_and(|rest| numeric(rest) || rest.contains(".al")) => Some("java"),
        () if version("dotnet").is_some_and(numeric) => Some("dotnet"),
        () => None,
    }
}

/// Whether a runtime is an operating system without a language: what the package holds decides what runs.
pub fn is_bare(runtime: &str) -> bool {
    language(runtime).is_some_and(|language| BARE.contains(&language))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_has_a_language_also_when_it_is_new() {
        for (runtime, expected) in [
            ("python3.13", Some("python")),
            ("python3.15", Some("python")),
            ("python3.27", Some("python")),
            ("nodejs28.x", Some("nodejs")),
            ("java29", Some("java")),
            ("java21.al2023", Some("java")),
            ("dotnet12", Some("dotnet")),
            ("ruby4.1", Some("ruby")),
            ("go1.x", Some("go")),
            ("nodejs", Some("nodejs")),
            ("provided.al2027", Some("provided")),
            ("custom", Some("custom")),
            ("pyton3.13", None),
            ("python3", None),
            ("python3.x", None),
            ("python", None),
            ("nodejs22", None),
            ("customs", None),
            ("", None),
        ] {
            assert_eq!(language(runtime), expected, "{runtime}");
        }
        assert!(RUNTIMES.iter().all(|runtime| language(runtime).is_some()));
        assert!(is_bare("provided") && !is_bare("python3.9"));
    }

    #[test]
    fn what_has_ended_says_when_it_can_be_used_no_more() {
        assert_eq!(
            Ended::of("python3.9").unwrap().to_string(),
            "AWS ended its support on 2025-12-15, blocks creating functions with it from 2027-02-01 and updating them from 2027-03-03"
        );
        assert!(Ended::of("python3.8").unwrap().to_string().contains("2027-02-01"));
        assert!(Ended::of("python3.10").unwrap().to_string().contains("2026-10-31"));
        assert_eq!(Ended::of("python3.13"), None);
        assert!(ENDED.iter().all(|ended| RUNTIMES.contains(&ended.runtime)));
    }

    #[cfg(feature = "aws")]
    #[test]
    fn every_runtime_that_the_sdk_names_is_known() {
        for runtime in aws_sdk_lambda::types::Runtime::values() {
            assert!(RUNTIMES.contains(runtime) || is_bare(runtime), "{runtime}");
        }
    }
}
