//! Applying a path to a value, token by token as Jayway does it.

use std::borrow::Cow;
use std::cell::Cell;

use serde_json::{Map, Value};

use super::parser::parse;
use super::syntax::{Path, Step, shown};

/// Why a path leads nowhere, in Jayway's words, which AWS passes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Missing(pub String);

/// Why a step cannot be taken.
#[derive(Debug)]
pub(super) enum Stop {
    /// There is nothing: a wildcard goes on with the next element, and a condition does not hold.
    Nothing(String),
    /// The whole path fails.
    Invalid(String),
}

impl Stop {
    fn reason(self) -> String {
        match self {
            Self::Nothing(reason) | Self::Invalid(reason) => reason,
        }
    }
}

/// What one selection may look at and take, in values and bytes of text: more than any path finds in what a state may hold, but
/// for those that multiply with every step, as `$[0,0][0,0]…` does.
const MOST: usize = 4_000_000;

/// What `$` in a condition stands for, and how much may still be looked at.
pub(super) struct Ground<'v> {
    pub(super) value: &'v Value,
    left: Cell<usize>,
}

impl<'v> Ground<'v> {
    fn new(value: &'v Value) -> Self {
        Self { value, left: Cell::new(MOST) }
    }

    /// Takes note of work; `false` when there has been enough.
    fn spend(&self, work: usize) -> bool {
        self.left.set(self.left.get().saturating_sub(work));
        self.left.get() > 0
    }
}

impl Path {
    /// What the path finds in `root`: one value, or the list of all values if the path is indefinite.
    pub(crate) fn select<'v>(&self, root: &'v Value) -> Result<Cow<'v, Value>, Missing> {
        self.select_from(root, 0, root)
    }

    /// As [`Path::select`], with the first `skip` steps already taken: they led to `value`.
    pub(crate) fn select_from<'v>(
        &self,
        value: &'v Value,
        skip: usize,
        root: &'v Value,
    ) -> Result<Cow<'v, Value>, Missing> {
        if let Some(stuck) = &self.stuck {
            return Err(Missing(stuck.reason.clone()));
        }
        let ground = Ground::new(root);
        let mut look = Look { steps: &self.steps, ground: &ground, found: Vec::new(), strict: false };
        let taken = self.steps.get(..skip).unwrap_or_default();
        let start = Trail { before: None, mark: Mark::Start(taken) };
        look.take(skip, &start, value).map_err(|stop| Missing(stop.reason()))?;
        let found = look.found;
        if !(found.iter().all(|value| weigh(value, &ground)) && ground.spend(0)) {
            return Err(Missing(too_much()));
        }
        if self.is_definite() {
            let nothing = || Missing(format!("No results for path: ${}", shown(&self.steps)));
            return found.into_iter().next().ok_or_else(nothing);
        }
        Ok(Cow::Owned(Value::Array(found.into_iter().map(Cow::into_owned).collect())))
    }
}

/// What a path finds in a value, as the input of a state.
///
/// # Errors
/// Why the text is no path; and inside, why there is nothing, in the words that a state fails with.
pub fn find_path(path: &str, value: &Value) -> Result<Result<Value, String>, String> {
    let path = parse(path)?;
    Ok(path.select(value).map(Cow::into_owned).map_err(|missing| missing.0))
}

fn too_much() -> String {
    format!("the path has more to look at than {MOST} values")
}

/// What definite steps in a condition lead to; `strict` wants every one of several names.
pub(super) fn find_in<'v>(
    steps: &[Step],
    value: &'v Value,
    ground: &Ground<'v>,
    strict: bool,
) -> Result<Cow<'v, Value>, Stop> {
    let mut look = Look { steps, ground, found: Vec::new(), strict };
    look.take(0, &Trail { before: None, mark: Mark::Start(&[]) }, value)?;
    let nothing = || Stop::Nothing(format!("No results for path: ${}", shown(steps)));
    look.found.into_iter().next().ok_or_else(nothing)
}

/// The way that led to a value.
struct Trail<'t> {
    before: Option<&'t Trail<'t>>,
    mark: Mark<'t>,
}

enum Mark<'t> {
    Start(&'t [Step]),
    Name(&'t str),
    Position(i64),
}

impl<'t> Trail<'t> {
    fn on(&'t self, mark: Mark<'t>) -> Trail<'t> {
        Trail { before: Some(self), mark }
    }

    /// In Jayway's normal form: `$['a'][0]`.
    fn shown(&self) -> String {
        let (mut parts, mut next) = (Vec::new(), Some(self));
        while let Some(trail) = next {
            parts.push(match &trail.mark {
                Mark::Start(steps) => format!("${}", shown(steps)),
                Mark::Name(name) => format!("['{name}']"),
                Mark::Position(at) => format!("[{at}]"),
            });
            next = trail.before;
        }
        parts.reverse();
        parts.concat()
    }
}

/// One evaluation of some steps.
struct Look<'p, 'g, 'v> {
    steps: &'p [Step],
    ground: &'g Ground<'v>,
    found: Vec<Cow<'v, Value>>,
    strict: bool,
}

impl<'v> Look<'_, '_, 'v> {
    /// Takes the step `at` from a value, and those behind it.
    fn take(&mut self, at: usize, trail: &Trail<'_>, value: &'v Value) -> Result<(), Stop> {
        if !self.ground.spend(1) {
            return Err(Stop::Invalid(too_much()));
        }
        let steps = self.steps;
        let Some(step) = steps.get(at) else {
            self.found.push(Cow::Borrowed(value));
            return Ok(());
        };
        match step {
            Step::Names(names) => self.names(at, names, trail, value),
            Step::Wildcard => self.wildcard(at, trail, value),
            Step::Scan => {
                if steps.get(at + 1).is_none() {
                    return Err(Stop::Invalid("Current path token is a leaf".to_owned()));
                }
                self.scan(at + 1, trail, value)
            }
            Step::Filter(filter) => match value {
                Value::Object(_) if filter.accepts(value, self.ground)? => self.take(at + 1, trail, value),
                Value::Object(_) => Ok(()),
                Value::Array(elements) => {
                    for (index, element) in (0..).zip(elements) {
                        if filter.accepts(element, self.ground)? {
                            self.take(at + 1, &trail.on(Mark::Position(index)), element)?;
                        }
                    }
                    Ok(())
                }
                other => Err(Stop::Invalid(format!(
                    "Filter: {} can not be applied to primitives. Current context is: {}",
                    shown(steps.get(at..).unwrap_or_default()),
                    plain(other)
                ))),
            },
            Step::Here => self.take(at + 1, &Trail { before: None, mark: Mark::Start(&[]) }, value),
            _ => self.positions(at, step, trail, value),
        }
    }

    fn names(&mut self, at: usize, names: &[String], trail: &Trail<'_>, value: &'v Value) -> Result<(), Stop> {
        let step = || shown(self.steps.get(at..=at).unwrap_or_default());
        let Value::Object(members) = value else {
            return Err(Stop::Nothing(format!("Property {} not found in path {}", step(), trail.shown())));
        };
        let is_leaf = at + 1 == self.steps.len();
        let [name] = names else {
            if !is_leaf {
                let place = trail.shown();
                return Err(Stop::Invalid(format!(
                    "Multi properties can only be used as path leafs: {place}{}",
                    step()
                )));
            }
            if self.strict && names.iter().any(|name| !members.contains_key(name)) {
                return Err(Stop::Nothing(format!("Missing property in path {}{}", trail.shown(), step())));
            }
            let picked = names.iter().filter_map(|name| Some((name.clone(), members.get(name)?.clone())));
            self.found.push(Cow::Owned(Value::Object(picked.collect::<Map<_, _>>())));
            return Ok(());
        };
        let here = trail.on(Mark::Name(name));
        match members.get(name) {
            Some(member) => self.take(at + 1, &here, member),
            None if is_leaf => Err(Stop::Nothing(format!("No results for path: {}", here.shown()))),
            // Jayway looks from the step before on to the end, not to the beginning.
            None if self.strict || self.is_definite_from(at.saturating_sub(1)) => {
                Err(Stop::Nothing(format!("Missing property in path {}", here.shown())))
            }
            None => Ok(()),
        }
    }

    fn is_definite_from(&self, at: usize) -> bool {
        self.steps.get(at..).unwrap_or_default().iter().all(Step::is_definite)
    }

    fn wildcard(&mut self, at: usize, trail: &Trail<'_>, value: &'v Value) -> Result<(), Stop> {
        match value {
            Value::Object(members) => {
                members.iter().try_for_each(|(name, member)| self.take(at + 1, &trail.on(Mark::Name(name)), member))
            }
            Value::Array(elements) => {
                for (index, element) in (0..).zip(elements) {
                    if let Err(stop @ Stop::Invalid(_)) = self.take(at + 1, &trail.on(Mark::Position(index)), element) {
                        return Err(stop);
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn positions(&mut self, at: usize, step: &Step, trail: &Trail<'_>, value: &'v Value) -> Result<(), Stop> {
        let elements = match value {
            Value::Array(elements) => elements,
            Value::Null => return Err(Stop::Nothing(format!("The path {} is null", trail.shown()))),
            other => {
                return Err(Stop::Invalid(format!(
                    "Filter: {} can only be applied to arrays. Current context is: {}",
                    shown(self.steps.get(at..).unwrap_or_default()),
                    plain(other)
                )));
            }
        };
        let length = i64::try_from(elements.len()).unwrap_or(i64::MAX);
        let from_end = |bound: &i32| if *bound < 0 { length + i64::from(*bound) } else { i64::from(*bound) };
        let mut element = |index: i64| {
            let here = trail.on(Mark::Position(index));
            match usize::try_from(index).ok().and_then(|index| elements.get(index)) {
                Some(element) => self.take(at + 1, &here, element),
                None => Err(Stop::Nothing(format!("Index out of bounds when evaluating path {}", here.shown()))),
            }
        };
        match step {
            Step::Index(index) => element(i64::from(*index)),
            Step::Indices(all) => all.iter().try_for_each(|index| element(i64::from(*index))),
            Step::FromEnd(back) => element(length + i64::from(*back)),
            Step::SliceFrom(from) => (from_end(from).max(0)..length).try_for_each(element),
            Step::SliceTo(to) => (0..from_end(to).min(length)).try_for_each(element),
            Step::SliceBetween(from, to) => (i64::from(*from)..i64::from(*to).min(length)).try_for_each(|index| {
                // An empty list has no positions at all.
                if length == 0 { Ok(()) } else { element(index) }
            }),
            _ => Ok(()),
        }
    }

    /// Takes the step `at` from every object and list below `value` that it fits.
    fn scan(&mut self, at: usize, trail: &Trail<'_>, value: &'v Value) -> Result<(), Stop> {
        if !self.ground.spend(1) {
            return Err(Stop::Invalid(too_much()));
        }
        match value {
            Value::Object(members) => {
                if self.fits(at, value)? {
                    self.take(at, trail, value)?;
                }
                members.iter().try_for_each(|(name, member)| self.scan(at, &trail.on(Mark::Name(name)), member))
            }
            Value::Array(elements) => {
                let numbered = || (0..).zip(elements);
                if self.fits(at, value)? {
                    if at + 1 == self.steps.len() {
                        self.take(at, trail, value)?;
                    } else {
                        // The step itself is passed over, and the next one taken from every element.
                        for (index, element) in numbered() {
                            self.take(at + 1, &trail.on(Mark::Position(index)), element)?;
                        }
                    }
                }
                for (index, element) in numbered() {
                    self.scan(at, &trail.on(Mark::Position(index)), element)?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn fits(&self, at: usize, value: &'v Value) -> Result<bool, Stop> {
        Ok(match self.steps.get(at) {
            Some(Step::Names(names)) => {
                value.as_object().is_some_and(|members| names.iter().all(|name| members.contains_key(name)))
            }
            Some(Step::Wildcard) => true,
            Some(Step::Filter(filter)) => filter.accepts(value, self.ground)?,
            Some(Step::Scan | Step::Here) | None => false,
            Some(_) => value.is_array(),
        })
    }
}

/// A value in a sentence: text without its quotes.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Whether there is room to copy a value.
fn weigh(value: &Value, ground: &Ground<'_>) -> bool {
    match value {
        Value::String(text) => ground.spend(1 + text.len()),
        Value::Array(elements) => ground.spend(1) && elements.iter().all(|element| weigh(element, ground)),
        Value::Object(members) => {
            ground.spend(1) && members.iter().all(|(name, member)| ground.spend(name.len()) && weigh(member, ground))
        }
        _ => ground.spend(1),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn find(path: &str, value: &Value) -> Result<Value, String> {
        let path = parse(path).unwrap();
        path.select(value).map(Cow::into_owned).map_err(|missing| missing.0)
    }

    #[test]
    fn definite_paths_find_one_value() {
        let value = json!({"a": {"b c": [1, {"d-e": 2}]}, "n": null});
        assert_eq!(find("$", &value), Ok(value.clone()));
        assert_eq!(find("$.a['b c'][1].d-e", &value), Ok(json!(2)));
        assert_eq!(find("$.a.['b c'][(@.length-2)]", &value), Ok(json!(1)));
        assert_eq!(find(" $.n ", &value), Ok(Value::Null));
    }

    #[test]
    fn a_missing_value_is_reported_as_aws_tells_it() {
        let value = json!({"a": {"s": "x", "l": [1], "n": null}});
        let why = |path| find(path, &value).unwrap_err();
        assert_eq!(why("$.no.such"), "Missing property in path $['no']");
        assert_eq!(why("$.a.no"), "No results for path: $['a']['no']");
        assert_eq!(why("$.a.l[5]"), "Index out of bounds when evaluating path $['a']['l'][5]");
        assert_eq!(why("$.a.l[-1]"), "Index out of bounds when evaluating path $['a']['l'][-1]");
        assert_eq!(why("$.a.n[0]"), "The path $['a']['n'] is null");
        assert_eq!(why("$.a.b c"), "Space not allowed in path");
        // Reported from AWS: awsdocs/aws-step-functions-developer-guide pull request 5.
        assert_eq!(why("$.a.l.length()"), "Property ['length()'] not found in path $['a']['l']");
        assert_eq!(why("$['a', 'b'].v"), "Multi properties can only be used as path leafs: $['a', 'b']");
    }

    #[test]
    fn a_path_that_multiplies_comes_to_an_end() {
        let deep = (0..60).fold(json!("x"), |inner, _| json!([inner]));
        let doubling = format!("${}", "[0,0]".repeat(60));
        assert!(find(&doubling, &deep).unwrap_err().contains("more to look at"));
        let long = json!(["x".repeat(100_000)]);
        assert!(find(&format!("$[{}0]", "0,".repeat(1_000)), &long).unwrap_err().contains("more to look at"));
        let ordinary = Value::Array((0..20_000).map(|number| json!({"a": number})).collect());
        assert_eq!(find("$[?(@.a > 19998)].a", &ordinary), Ok(json!([19_999])));
    }

    #[test]
    fn indefinite_paths_find_lists() {
        let value = json!({"l": [{"a": 1, "k": true}, {"a": 2, "k": false}, {"b": 3}], "d": {"x": {"a": [1, 2]}}});
        assert_eq!(find("$.l[*].a", &value), Ok(json!([1, 2])));
        assert_eq!(find("$.l[0,2]", &value), Ok(json!([{"a": 1, "k": true}, {"b": 3}])));
        assert_eq!(find("$.l[1:]", &value), Ok(json!([{"a": 2, "k": false}, {"b": 3}])));
        assert_eq!(find("$.l[:-2].a", &value), Ok(json!([1])));
        assert_eq!(find("$.l[5:]", &value), Ok(json!([])));
        assert_eq!(find("$.d..a[*]", &value), Ok(json!([1, 2])));
        assert_eq!(find("$.l[?(@.k == true)].a", &value), Ok(json!([1])));
        assert_eq!(find("$.l[?(@.a > 1 || @.b)]", &value), Ok(json!([{"a": 2, "k": false}, {"b": 3}])));
    }

    #[test]
    fn several_names_are_objects_of_their_own() {
        let value = json!({"a": [{"k": "foo", "v": 1, "x": 0}, {"k": "bar", "v": 2}, {"v": 3}]});
        let all = json!([{"k": "foo", "v": 1}, {"k": "bar", "v": 2}, {"v": 3}]);
        assert_eq!(find("$.a[*]['k','v']", &value), Ok(all));
        assert_eq!(find("$.a[0]['v', 'k']", &value), Ok(json!({"v": 1, "k": "foo"})));
        assert_eq!(find("$.a[?(@.x)]['k','v']", &value), Ok(json!([{"k": "foo", "v": 1}])));
        assert_eq!(find("$..['k','v']", &value), Ok(json!([{"k": "foo", "v": 1}, {"k": "bar", "v": 2}])));
    }

    #[test]
    fn a_missing_member_above_many_values_gives_none() {
        let value = json!({"o": {}, "n": null, "l": [{"a": 1}, {"b": 2}]});
        for path in ["$.items[*]", "$.items[1:]", "$.o.items[0,1]", "$.items[?(@.a)]", "$.items..a", "$.o.items[:2].x"]
        {
            assert_eq!(find(path, &value), Ok(json!([])), "{path}");
        }
        // A wildcard passes over elements without the last name, a slice and a filter do not.
        assert_eq!(find("$.l[*].a", &value), Ok(json!([1])));
        assert_eq!(find("$.l[0:].a", &value), Err("No results for path: $['l'][1]['a']".to_owned()));
        assert_eq!(find("$.l[?(@.b)].a", &value), Err("No results for path: $['l'][1]['a']".to_owned()));
        // What is there and is no list stays an error.
        assert!(find("$.o[1:]", &value).unwrap_err().starts_with("Filter: [1:] can only be applied to arrays"));
        assert!(find("$[1:].a", &value).unwrap_err().starts_with("Filter: [1:]['a'] can only be applied to arrays"));
        assert!(find("$.n[*].x", &value).is_ok());
    }

    #[test]
    fn words_in_filters_are_text() {
        let value = json!({"a": [{"Name": "Receipt", "n": 5}, {"Name": "Bill", "n": "5"}, {"Name": null}]});
        let names = |filter: &str| {
            let found = find(&format!("$.a[?({filter})]"), &value)?;
            Ok::<_, String>(found.as_array().unwrap().iter().map(|one| one["Name"].clone()).collect::<Value>())
        };
        assert_eq!(names("@.Name==Receipt"), Ok(json!(["Receipt"])));
        assert_eq!(names("@.Name == 'Receipt'"), Ok(json!(["Receipt"])));
        assert_eq!(names("@.Name == \"Receipt\""), Ok(json!([])));
        assert_eq!(names("@.n == 5"), Ok(json!(["Receipt", "Bill"])));
        assert_eq!(names("@.n == 5.0"), Ok(json!(["Receipt"])));
        assert_eq!(names("@.Name == null"), Ok(json!([null])));
        assert_eq!(names("!@.n"), Ok(json!([null])));
        assert_eq!(names("@.Name =~ /re.*/i && @.n == 5 || @.Name == Bill"), Ok(json!(["Receipt", "Bill"])));
        assert!(names("@.n == five").is_err());
    }
}
