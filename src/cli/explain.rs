//! `labctl explain`.

use clap::Args;

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::findings::rule_view;
use super::run::Ended;
use crate::asl::Rule;
use crate::ui::view::{ExplainView, RuleView};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A finding's code, such as `asl::missing-next` or `missing-next`, or AWS's own; without one all are listed.
    code: Option<String>,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Ended {
    let rules: Vec<&'static Rule> = match &arguments.code {
        None => Rule::all().collect(),
        Some(code) => named(code)?,
    };
    let listed = arguments.code.is_none() || rules.len() > 1;
    let mut views: Vec<RuleView> = rules.into_iter().map(rule_view).collect();
    let examples: Vec<(String, String)> = views.iter().map(|rule| (pretty(&rule.wrong), pretty(&rule.right))).collect();
    for (view, (wrong, right)) in views.iter_mut().zip(examples) {
        (view.wrong, view.right) = (wrong, right);
    }
    let view = ExplainView { rules: views, listed };
    let document = context.document("explain", true, view);
    context.show(&document, |ui| ui.explain(&document.body));
    Ok(Exit::Done)
}

/// The rule of a code; for a code of AWS all rules that AWS tells so.
fn named(code: &str) -> Result<Vec<&'static Rule>, Failure> {
    if let Some(rule) = Rule::named(code) {
        return Ok(vec![rule]);
    }
    let of_aws: Vec<&'static Rule> = Rule::all().filter(|rule| rule.aws == Some(code)).collect();
    if !of_aws.is_empty() {
        return Ok(of_aws);
    }
    let likeness = |rule: &&'static Rule| {
        let bare = code.rsplit("::").next().unwrap_or(code).to_lowercase();
        strsim::jaro_winkler(&bare, rule.name())
    };
    let near = Rule::all().max_by(|first, second| likeness(first).total_cmp(&likeness(second)));
    let help = match near.filter(|rule| likeness(rule) > 0.75) {
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
            assert_eq!(named(code).unwrap()[0].name(), "missing-next");
        }
        assert!(named("MISSING_TRANSITION_TARGET").unwrap().len() > 1);
        let failure = named("mising-next").unwrap_err();
        assert!(failure.help().unwrap().contains("`asl::missing-next`"), "{:?}", failure.help());
    }
}
