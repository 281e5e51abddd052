//! Which functions there are, with their signatures.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::OnceLock;

use super::{higher, lists, matching, numbers, objects, own, picture, strings, times, urls};
use crate::signature::Signature;
use crate::value::{Function, Native, Value};

const fn native(
    name: &'static str,
    signature: &'static str,
    arity: usize,
    run: fn(&crate::evaluate::Run<'_>, &[Value]) -> Result<Value, crate::error::Failure>,
) -> Native {
    Native { name, signature, arity, run }
}

static NATIVES: [Native; 69] = [
    native("sum", "<a<n>:n>", 1, numbers::sum),
    native("count", "<a:n>", 1, lists::count),
    native("max", "<a<n>:n>", 1, numbers::max),
    native("min", "<a<n>:n>", 1, numbers::min),
    native("average", "<a<n>:n>", 1, numbers::average),
    native("string", "<x-b?:s>", 1, strings::string),
    native("substring", "<s-nn?:s>", 3, strings::substring),
    native("substringBefore", "<s-s:s>", 2, strings::substring_before),
    native("substringAfter", "<s-s:s>", 2, strings::substring_after),
    native("lowercase", "<s-:s>", 1, strings::lowercase),
    native("uppercase", "<s-:s>", 1, strings::uppercase),
    native("length", "<s-:n>", 1, strings::length),
    native("trim", "<s-:s>", 1, strings::trim),
    native("pad", "<s-ns?:s>", 3, strings::pad),
    native("match", "<s-f<s:o>n?:a<o>>", 3, matching::matches),
    native("contains", "<s-(sf):b>", 2, matching::contains),
    native("replace", "<s-(sf)(sf)n?:s>", 4, matching::replace),
    native("split", "<s-(sf)n?:a<s>>", 3, matching::split),
    native("join", "<a<s>s?:s>", 2, strings::join),
    native("formatNumber", "<n-so?:s>", 3, picture::format_number),
    native("formatBase", "<n-n?:s>", 2, numbers::format_base),
    native("formatInteger", "<n-s:s>", 2, times::format_integer),
    native("parseInteger", "<s-s:n>", 2, times::parse_integer),
    native("number", "<(nsb)-:n>", 1, numbers::number),
    native("floor", "<n-:n>", 1, numbers::floor),
    native("ceil", "<n-:n>", 1, numbers::ceil),
    native("round", "<n-n?:n>", 2, numbers::round),
    native("abs", "<n-:n>", 1, numbers::abs),
    native("sqrt", "<n-:n>", 1, numbers::sqrt),
    native("power", "<n-n:n>", 2, numbers::power),
    native("random", "<n?:n>", 0, own::random),
    native("boolean", "<x-:b>", 1, objects::boolean),
    native("not", "<x-:b>", 1, objects::not),
    native("map", "<af>", 2, higher::map),
    native("zip", "<a+>", 0, lists::zip),
    native("filter", "<af>", 2, higher::filter),
    native("single", "<af?>", 2, higher::single),
    native("reduce", "<afj?:j>", 3, higher::reduce),
    native("sift", "<o-f?:o>", 2, higher::sift),
    native("keys", "<x-:a<s>>", 1, objects::keys),
    native("lookup", "<x-s:x>", 2, objects::lookup),
    native("append", "<xx:a>", 2, lists::append_two),
    native("exists", "<x:b>", 1, objects::exists),
    native("spread", "<x-:a<o>>", 1, objects::spread),
    native("merge", "<a<o>:o>", 1, objects::merge),
    native("reverse", "<a:a>", 1, lists::reverse),
    native("each", "<o-f:a>", 2, higher::each),
    native("error", "<s?:x>", 1, objects::error),
    native("assert", "<bs?:x>", 2, objects::assert),
    native("type", "<x:s>", 1, objects::kind),
    native("sort", "<af?:a>", 2, higher::sort),
    native("shuffle", "<a:a>", 1, lists::shuffle),
    native("distinct", "<x:x>", 1, lists::distinct),
    native("base64encode", "<s-:s>", 1, strings::base64_encode),
    native("base64decode", "<s-:s>", 1, strings::base64_decode),
    native("encodeUrlComponent", "<s-:s>", 1, urls::encode_component),
    native("encodeUrl", "<s-:s>", 1, urls::encode),
    native("decodeUrlComponent", "<s-:s>", 1, urls::decode_component),
    native("decodeUrl", "<s-:s>", 1, urls::decode),
    native("toMillis", "<s-s?:n>", 2, times::to_millis),
    native("fromMillis", "<n-s?s?:s>", 3, times::from_millis),
    native("clone", "<(oa)-:o>", 1, objects::clone),
    native("now", "<s?s?:s>", 2, times::now),
    native("millis", "<:n>", 0, times::millis),
    native("partition", "<a<x>n?:a>", 2, own::partition),
    native("range", "<nnn?:a>", 3, own::range),
    native("hash", "<ss?:s>", 2, own::hash),
    native("uuid", "<:s>", 0, own::uuid),
    native("parse", "<s?:x>", 1, own::parse),
];

fn table() -> &'static BTreeMap<&'static str, (&'static Native, Signature)> {
    static TABLE: OnceLock<BTreeMap<&'static str, (&'static Native, Signature)>> = OnceLock::new();
    TABLE.get_or_init(|| {
        NATIVES
            .iter()
            .filter_map(|native| Some((native.name, (native, Signature::parse(native.signature).ok()?))))
            .collect()
    })
}

/// The built-in function of this name.
pub(crate) fn named(name: &str) -> Option<Value> {
    let (native, signature) = table().get(name)?;
    Some(Value::Function(Rc::new(Function::Native(native, signature))))
}

/// Names of the built-in functions, those of Step Functions included, without `$`.
pub fn names() -> impl Iterator<Item = &'static str> {
    NATIVES.iter().map(|native| native.name)
}
