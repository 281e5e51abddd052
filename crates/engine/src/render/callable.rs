//! What templates may call beside Handlebars' own `each`, `with`, `unless` and comparisons.

use std::cell::RefCell;
use std::collections::BTreeSet;

use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, JsonTruthy, Output, RenderContext, RenderError,
    RenderErrorReason, Renderable, ScopedJson,
};
use serde_json::Value;

use crate::kind::later;
use crate::source;

/// The list, among what templates see, of resources of which nothing is known yet.
pub(super) const UNNAMED: &str = "unnamed_resources";

/// Every name that may be called, for suggestions.
pub(super) const NAMES: [&str; 15] = [
    "function_arn",
    "machine_arn",
    "role_arn",
    "queue_arn",
    "queue_url",
    "log_group_arn",
    "resource_ref",
    "json",
    "random",
    "multiply",
    "if",
    "unless",
    "each",
    "with",
    "lookup",
];

/// A helper's own refusal, in the words of the product.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct Refused {
    pub(super) message: String,
    /// The word in the template that is wrong.
    pub(super) word: Option<String>,
    pub(super) help: String,
}

impl Refused {
    fn error(message: String, word: Option<&str>, help: String) -> RenderError {
        let refused = Self { message, word: word.map(str::to_owned), help };
        RenderErrorReason::NestedError(Box::new(refused)).into()
    }
}

/// Adds every helper to a registry.
pub(super) fn register(registry: &mut Handlebars<'static>) {
    for (name, list, noun, field) in [
        ("function_arn", "functions", "function", "arn"),
        ("machine_arn", "machines", "state machine", "arn"),
        ("role_arn", "roles", "role", "arn"),
        ("queue_arn", "queues", "queue", "arn"),
        ("queue_url", "queues", "queue", "url"),
    ] {
        registry.register_helper(name, Box::new(Lookup { name, list, noun, field }));
    }
    registry.register_helper("log_group_arn", Box::new(LogGroupArn));
    registry.register_helper("resource_ref", Box::new(ResourceRef));
    registry.register_helper("json", Box::new(Json));
    registry.register_helper("random", Box::new(Random));
    registry.register_helper("multiply", Box::new(Multiply));
    registry.register_helper("if", Box::new(Condition { wanted: true }));
    registry.register_helper("unless", Box::new(Condition { wanted: false }));
}

/// The dotted name of every value a template sees; what stands inside a list goes by its last name.
pub(super) fn variables(data: &Value) -> Vec<String> {
    fn walk(value: &Value, prefix: &str, names: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                for (key, value) in members {
                    let name = dotted(prefix, key);
                    walk(value, &name, names);
                }
            }
            Value::Array(items) => {
                names.push(prefix.to_owned());
                if let Some(first) = items.first() {
                    walk(first, "", names);
                }
            }
            _ if names.iter().any(|known| known == prefix) => {}
            _ => names.push(prefix.to_owned()),
        }
    }
    let mut names = Vec::new();
    walk(data, "", &mut names);
    names
}

/// The lists whose items have a name that stands nowhere else, by their dotted names.
pub(super) fn lists_of(data: &Value, wanted: &str) -> Vec<String> {
    fn walk(value: &Value, prefix: &str, wanted: &str, lists: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                for (key, value) in members {
                    let name = dotted(prefix, key);
                    walk(value, &name, wanted, lists);
                }
            }
            Value::Array(items) if items.iter().any(|item| led_to(item, wanted).is_some()) => {
                lists.push(prefix.to_owned());
            }
            _ => {}
        }
    }
    let mut lists = Vec::new();
    if led_to(data, wanted).is_none() {
        walk(data, "", wanted, &mut lists);
    }
    lists
}

fn dotted(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") }
}

/// What a dotted name leads to.
fn led_to<'data>(data: &'data Value, path: &str) -> Option<&'data Value> {
    path.split('.').try_fold(data, |value, key| value.get(key))
}

fn text_parameter<'rc>(helper: &'rc Helper<'rc>, index: usize) -> Result<&'rc str, RenderError> {
    helper.param(index).and_then(|parameter| parameter.value().as_str()).ok_or_else(|| {
        let name = helper.name();
        let message = format!("`{name}` needs a name in quotes as parameter {}", index + 1);
        Refused::error(message, Some(name), format!("for example `{{{{{name} \"order-validator\"}}}}`"))
    })
}

fn number_parameter(helper: &Helper<'_>, index: usize) -> Result<i64, RenderError> {
    helper.param(index).and_then(|parameter| parameter.value().as_i64()).ok_or_else(|| {
        let name = helper.name();
        let message = format!("`{name}` needs a whole number as parameter {}", index + 1);
        Refused::error(message, Some(name), format!("for example `{{{{{name} \"price\" 10 100}}}}`"))
    })
}

fn member<'v>(data: &'v Value, list: &str, name: &str, field: &str) -> Option<&'v str> {
    data.get(list)?
        .as_array()?
        .iter()
        .find(|item| item.get("name").and_then(Value::as_str) == Some(name))?
        .get(field)?
        .as_str()
}

fn names_in<'v>(data: &'v Value, list: &str) -> Vec<&'v str> {
    let items = data.get(list).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(|item| item.get("name")?.as_str()).collect()
}

fn unknown(data: &Value, list: &str, noun: &str, name: &str, word: &str) -> RenderError {
    let names = names_in(data, list);
    let help = match source::nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => format!("the pack declares no {noun} that is switched on"),
        None => {
            format!("the pack's are {}", names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
        }
    };
    Refused::error(format!("the pack has no {noun} `{name}`, or it is switched off"), Some(word), help)
}

/// `{{function_arn "order-validator"}}`: a field of a resource of the same user, by its name in the pack.
struct Lookup {
    name: &'static str,
    list: &'static str,
    noun: &'static str,
    field: &'static str,
}

impl HelperDef for Lookup {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        context: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        debug_assert_eq!(helper.name(), self.name);
        let name = text_parameter(helper, 0)?;
        member(context.data(), self.list, name, self.field)
            .map(|text| ScopedJson::Derived(Value::from(text)))
            .ok_or_else(|| unknown(context.data(), self.list, self.noun, name, name))
    }
}

/// `{{log_group_arn "/aws/lambda" "order-validator"}}`: the ARN of `/aws/lambda/<user>-order-validator`, without `:*`.
struct LogGroupArn;

impl HelperDef for LogGroupArn {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        context: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let (prefix, name) = (text_parameter(helper, 0)?, text_parameter(helper, 1)?);
        let user = context.data().get("user").and_then(Value::as_str).unwrap_or_default();
        let group = format!("{prefix}/{user}-{name}");
        member(context.data(), "log_groups", &group, "arn")
            .map(|arn| ScopedJson::Derived(Value::from(arn)))
            .ok_or_else(|| unknown(context.data(), "log_groups", "log group", &group, name))
    }
}

thread_local! {
    /// The names of the keys of resources that templates referred to, while somebody wants to know.
    static REFERRED: RefCell<Option<BTreeSet<String>>> = const { RefCell::new(None) };
}

/// Runs something that fills in templates, and tells to which resources they referred, by the names of their keys.
pub(super) fn noting<T>(run: impl FnOnce() -> T) -> (T, BTreeSet<String>) {
    REFERRED.set(Some(BTreeSet::new()));
    let result = run();
    (result, REFERRED.take().unwrap_or_default())
}

/// `{{resource_ref "orders"}}`, the primary identifier of a resource of any type, and `{{resource_ref "orders" "Arn"}}`, an attribute of it.
struct ResourceRef;

impl HelperDef for ResourceRef {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        context: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let name = text_parameter(helper, 0)?;
        let attribute = if helper.param(1).is_some() { text_parameter(helper, 1)? } else { "" };
        let data = context.data();
        let key = member(data, "resources", name, "key");
        let key = key.ok_or_else(|| not_known(data, name))?;
        REFERRED.with_borrow_mut(|noted| noted.as_mut().map(|noted| noted.insert(key.to_owned())));
        let known = || attributes_of(data, name);
        let value = if let Some((_, value)) = known().find(|(known, _)| *known == attribute) {
            value.to_owned()
        } else if let Some((meant, _)) = known().find(|(known, _)| known.eq_ignore_ascii_case(attribute)) {
            let message = format!("resource `{name}` has no attribute `{attribute}`");
            return Err(Refused::error(message, Some(attribute), format!("did you mean `{meant}`?")));
        } else {
            later(key, attribute)
        };
        Ok(ScopedJson::Derived(Value::from(value)))
    }
}

/// Refuses a resource that is not in the pack, or of which nothing is known.
fn not_known(data: &Value, name: &str) -> RenderError {
    let unnamed = data.get(UNNAMED).and_then(Value::as_array);
    if !unnamed.into_iter().flatten().any(|unnamed| unnamed == name) {
        return unknown(data, "resources", "resource", name, name);
    }
    let help = "correct its properties first; a resource cannot refer to itself, nor two to each other: where they do, write the name in \
                place of one `resource_ref`"
        .to_owned();
    let message = format!("nothing is known of resource `{name}`, whose properties could not be filled in");
    Refused::error(message, Some(name), help)
}

/// The attributes of a resource that are known before it is there, with their values.
fn attributes_of<'v>(data: &'v Value, name: &str) -> impl Iterator<Item = (&'v str, &'v str)> {
    let resources = data.get("resources").and_then(Value::as_array).into_iter().flatten();
    let mut named = resources.filter(move |item| item.get("name").and_then(Value::as_str) == Some(name));
    let attributes = named.next().and_then(|resource| resource.get("attributes")?.as_array());
    attributes
        .into_iter()
        .flatten()
        .filter_map(|item| Some((item.get("attribute")?.as_str()?, item.get("value")?.as_str()?)))
}

/// `{{json settings}}`: a whole value as JSON, for places outside of quotes.
struct Json;

impl HelperDef for Json {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        output: &mut dyn Output,
    ) -> HelperResult {
        let parameter = helper.param(0).ok_or_else(|| {
            Refused::error("`json` needs a value".into(), Some("json"), "for example `{{json settings}}`".into())
        })?;
        if parameter.is_value_missing() {
            return Err(RenderError::strict_error(parameter.relative_path()));
        }
        Ok(output.write(&parameter.value().to_string())?)
    }
}

/// `{{#if settings.sqs_exercise}}`, which refuses a name that is not defined as everything else does.
struct Condition {
    wanted: bool,
}

impl HelperDef for Condition {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        registry: &'reg Handlebars<'reg>,
        context: &'rc Context,
        render_context: &mut RenderContext<'reg, 'rc>,
        output: &mut dyn Output,
    ) -> HelperResult {
        let parameter = helper.param(0).ok_or_else(|| {
            let name = helper.name();
            Refused::error(
                format!("`{name}` needs a condition"),
                Some(name),
                format!("for example `{{{{#{name} settings.sqs_exercise}}}}`"),
            )
        })?;
        if parameter.is_value_missing() {
            return Err(RenderError::strict_error(parameter.relative_path()));
        }
        let holds = parameter.value().is_truthy(false) == self.wanted;
        match if holds { helper.template() } else { helper.inverse() } {
            Some(template) => template.render(registry, context, render_context, output),
            None => Ok(()),
        }
    }
}

/// `{{random "price" 10 100}}`: a whole number from least to most, the same each time it is named within one input.
struct Random;

impl HelperDef for Random {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        context: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let (name, least, most) =
            (text_parameter(helper, 0)?, number_parameter(helper, 1)?, number_parameter(helper, 2)?);
        let Some(seed) = context.data().get("seed").and_then(Value::as_u64) else {
            let help = "chance would make every render another one; it belongs in bulk inputs".to_owned();
            return Err(Refused::error("`random` is only for the inputs of a bulk test".into(), Some("random"), help));
        };
        let Some(choices) = most.checked_sub(least).filter(|width| (0..i64::MAX).contains(width)) else {
            let message = format!("`random` needs its least value first, but {least} is above {most}");
            return Err(Refused::error(message, Some("random"), "swap the two numbers".into()));
        };
        let drawn = draw(seed, name) % (choices.unsigned_abs() + 1);
        Ok(ScopedJson::Derived(Value::from(least + i64::try_from(drawn).unwrap_or(0))))
    }
}

/// SplitMix64 over a name's FNV-1a hash: well spread, and the same on every machine.
fn draw(seed: u64, name: &str) -> u64 {
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mut mixed = (seed ^ hash).wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// `{{multiply 2 (random "price" 10 100)}}`: a product of whole numbers.
struct Multiply;

impl HelperDef for Multiply {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let (left, right) = (number_parameter(helper, 0)?, number_parameter(helper, 1)?);
        let product = left.checked_mul(right).ok_or_else(|| {
            Refused::error(format!("{left} times {right} is too large"), Some("multiply"), "use smaller numbers".into())
        })?;
        Ok(ScopedJson::Derived(Value::from(product)))
    }
}
