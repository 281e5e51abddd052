//! `labctl explain`.

use clap::Args;

use super::context::Context;
use super::exit::Exit;
use super::explanations::Explanation;
use super::failure::Failure;
use super::findings::rule_view;
use super::run::Ended;
use crate::asl::Rule;
use crate::ui::view::{ExplainView, RuleView};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A finding's code, such as `manifest::unknown-key`, `asl::missing-next` or `missing-next`, or AWS's own; without one all are
    /// listed.
    code: Option<String>,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Ended {
    let rules = match &arguments.code {
        None => all(),
        Some(code) => named(code)?,
    };
    let listed = arguments.code.is_none() || rules.len() > 1;
    let view = ExplainView { rules, listed };
    let document = context.document("explain", true, view);
    context.show(&document, |ui| ui.explain(&document.body));
    Ok(Exit::Done)
}

/// Everything that can be explained: the language's rules, then the other findings.
fn all() -> Vec<RuleView> {
    let of_language = Rule::all().map(|rule| {
        let view = rule_view(rule);
        RuleView { wrong: pretty(&view.wrong), right: pretty(&view.right), ..view }
    });
    of_language.chain(Explanation::all().map(Explanation::view)).collect()
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
    let wanted = code.to_lowercase();
    let distance = |rule: &RuleView| {
        let whole = strsim::damerau_levenshtein(&wanted, rule.code);
        whole.min(strsim::damerau_levenshtein(bare(&wanted), bare(rule.code)))
    };
    let near = all().into_iter().min_by_key(distance);
    let help = match near.filter(|rule| distance(rule) <= bare(&wanted).chars().count() / 3) {
        Some(rule) => format!("did you mean `{}`? `labctl explain` lists all", rule.code),
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
