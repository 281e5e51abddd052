//! What findings mean.

use super::explanations;
use super::failure::Failure;
use crate::asl::Rule;
use crate::source;
use crate::ui::view::{ExplainView, RuleView};

/// What a code means; without one, everything that can be explained.
///
/// # Errors
/// A code that no finding has.
pub(crate) fn explain(code: Option<&str>) -> Result<ExplainView, Failure> {
    let rules = match code {
        None => all(),
        Some(code) => named(code)?,
    };
    let listed = code.is_none() || rules.len() > 1;
    Ok(ExplainView { rules, listed })
}

/// A rule as it is shown.
fn view(rule: &Rule) -> RuleView {
    RuleView {
        code: rule.code,
        severity: rule.severity,
        aws_code: rule.aws,
        title: rule.title,
        text: rule.text,
        file: Some(rule.file).filter(|file| !file.is_empty()),
        wrong: rule.wrong.to_owned(),
        right: rule.right.to_owned(),
        page: rule.page,
    }
}

/// The rules of the language, as a linter lists them.
pub(crate) fn language_rules() -> Vec<RuleView> {
    Rule::all().map(view).collect()
}

/// Everything that can be explained; examples in JSON are laid out.
fn all() -> Vec<RuleView> {
    let views = explanations::all().map(view);
    let laid_out = |view: RuleView| match view.file {
        None => RuleView { wrong: pretty(&view.wrong), right: pretty(&view.right), ..view },
        Some(_) => view,
    };
    views.map(laid_out).collect()
}

fn bare(code: &str) -> &str {
    code.rsplit("::").next().unwrap_or(code)
}

/// What a code means; for a code without its first word, or one of AWS, there may be several.
fn named(code: &str) -> Result<Vec<RuleView>, Failure> {
    let by = |fits: fn(&RuleView, &str) -> bool| -> Vec<RuleView> {
        all().into_iter().filter(|rule| fits(rule, code)).collect()
    };
    let found = [
        by(|rule, code| rule.code == code),
        by(|rule, code| bare(rule.code) == code),
        by(|rule, code| rule.aws_code == Some(code)),
    ];
    if let Some(found) = found.into_iter().find(|found| !found.is_empty()) {
        return Ok(found);
    }
    // A slip changes a few letters; what has little in common with every code is none of them misspelt.
    let most = bare(code).chars().count() / 3;
    let codes: Vec<&str> = explanations::all().map(|rule| rule.code).collect();
    let near = source::nearest_within(code, codes.iter().copied(), |_| most).or_else(|| {
        let short = source::nearest_within(bare(code), codes.iter().map(|code| bare(code)), |_| most)?;
        codes.into_iter().find(|code| bare(code) == short)
    });
    let help = match near {
        Some(code) => format!("did you mean `{code}`? `labctl explain` lists all"),
        None => "`labctl explain` lists all".to_owned(),
    };
    Err(Failure::usage(format!("there is no finding `{code}`"), help))
}

/// An example on several lines, where that changes nothing in it.
fn pretty(example: &str) -> String {
    let example = example.strip_prefix("EXPRESS ").unwrap_or(example);
    let members = example.starts_with('"');
    let whole = if members { format!("{{{example}}}") } else { example.to_owned() };
    let Ok(value) = serde_json::from_str::<serde_json::Value>(&whole) else { return example.to_owned() };
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    let Ok(text) = serde_json::to_string_pretty(&value) else { return example.to_owned() };
    if bare(&text) != bare(&whole) {
        return example.to_owned();
    }
    if !members {
        return text;
    }
    let inner: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("  ")).collect();
    inner.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_laid_out_and_not_changed() {
        assert_eq!(pretty(r#""A": { "Type": "Pass" }"#), "\"A\": {\n  \"Type\": \"Pass\"\n}");
        for kept in [r#""A": 1, "A": 2"#, r#"{ "A": 1, }"#, ""] {
            assert_eq!(pretty(kept), kept);
        }
    }

    #[test]
    fn codes_are_found_in_all_their_forms() {
        for code in ["asl::missing-next", "missing-next"] {
            assert_eq!(named(code).unwrap()[0].code, "asl::missing-next");
        }
        assert!(named("MISSING_TRANSITION_TARGET").unwrap().len() > 1);
        let of_files: Vec<&str> = named("unreadable").unwrap().iter().map(|rule| rule.code).collect();
        assert_eq!(of_files, ["manifest::unreadable", "roster::unreadable", "pack::unreadable", "lint::unreadable"]);
        let failure = named("manifest::unknwn-key").unwrap_err();
        assert!(failure.help().unwrap().contains("`manifest::unknown-key`"), "{:?}", failure.help());
        for nothing in ["nope", "x", "quite-another-thing"] {
            assert_eq!(named(nothing).unwrap_err().help().unwrap(), "`labctl explain` lists all", "{nothing}");
        }
        let failure = named("mising-next").unwrap_err();
        assert!(failure.help().unwrap().contains("`asl::missing-next`"), "{:?}", failure.help());
    }
}
