//! Which states of a picture are marked: those of a path, or of what a scenario expects.

use super::super::failure::Failure;
use super::nearest::nearest;
use super::options::GraphOptions;
use super::source::LocatedDefinition;
use crate::asl::Outline;
use crate::asl::trace::Trace;
use crate::model::Scenario;
use crate::picture::Marks;

/// The marks of `--path` or `--scenario`.
pub(crate) fn marks(
    source: &LocatedDefinition,
    outline: &Outline,
    options: &GraphOptions,
) -> Result<Option<Marks>, Failure> {
    let path = match &options.scenario {
        Some(name) => expected_path(source, name)?,
        None if options.path.is_empty() => return Ok(None),
        None => as_printed(&options.path, outline),
    };
    Trace::along(outline, &path).map(|trace| Some(Marks::of(&trace))).map_err(|unknown| {
        Failure::usage(
            format!("no state `{unknown}` in `{}`", source.title),
            nearest(&unknown, outline.states.iter().map(|state| state.name.as_str()), "state"),
        )
    })
}

/// A path as `test` prints it, with blanks after commas or with arrows; the name of a state may have such characters itself.
fn as_printed(path: &[String], outline: &Outline) -> Vec<String> {
    let is_state = |name: &str| outline.states.iter().any(|state| state.name == name);
    let split = |word: &String| {
        let words: Vec<String> = word.replace("->", "→").split('→').map(|name| name.trim().to_owned()).collect();
        if is_state(word) { vec![word.clone()] } else { words }
    };
    path.iter().flat_map(split).filter(|name| !name.is_empty()).collect()
}

fn expected_path(source: &LocatedDefinition, name: &str) -> Result<Vec<String>, Failure> {
    let Some((lab, machine)) = &source.lab else {
        return Err(Failure::usage("a file has no scenarios", "mark a path with `--path STATE,STATE,…`"));
    };
    let scenarios: Vec<&Scenario> = lab.pack.scenarios.iter().filter(|scenario| scenario.machine == *machine).collect();
    let Some(scenario) = scenarios.iter().find(|scenario| scenario.name == name) else {
        return Err(Failure::usage(
            format!("no scenario `{name}` for `{machine}`"),
            nearest(name, scenarios.iter().map(|scenario| scenario.name.as_str()), "scenario"),
        ));
    };
    scenario.expect.path.clone().ok_or_else(|| {
        Failure::usage(format!("the scenario `{name}` expects no path"), "mark a path with `--path STATE,STATE,…`")
    })
}
