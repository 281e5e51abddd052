//! Calls of functions.

use std::rc::Rc;
use std::sync::Arc;

use super::run::{Evaluated, Run};
use crate::error::Failure;
use crate::functions::regex_match;
use crate::quote::quoted;
use crate::signature::Signature;
use crate::syntax::{Call, Kind, Node};
use crate::value::{Closure, Frame, Function, Value};

impl Run<'_> {
    /// A call as it is written; `handed` is the value that `~>` hands over.
    pub(super) fn call(&self, call: &Call, input: &Value, frame: &Rc<Frame>, handed: Option<Value>) -> Evaluated {
        let function = self.evaluate(&call.function, input, frame)?;
        if function.is_undefined()
            && let Some(name) = self.forgot_dollar(&call.function, frame)?
        {
            return Err(Failure::new("T1005", format!("Attempted to invoke a non-function. Did you mean ${name}?")));
        }
        let mut arguments: Vec<Value> = Vec::with_capacity(call.arguments.len() + 1);
        arguments.extend(handed);
        for argument in call.arguments.iter().flatten() {
            arguments.push(self.evaluate(argument, input, frame)?);
        }
        self.apply(&function, arguments, input).map_err(|failure| failure.named(name_of(&call.function)))
    }

    /// The name of a function that is called without its `$`.
    fn forgot_dollar<'n>(&self, function: &'n Node, frame: &Rc<Frame>) -> Result<Option<&'n str>, Failure> {
        let Kind::Path(path) = &function.kind else { return Ok(None) };
        let Some(Node { kind: Kind::Name(name), .. }) = path.steps.first() else { return Ok(None) };
        Ok((!self.variable(name, frame)?.is_undefined()).then_some(name))
    }

    pub(super) fn hand_over(&self, value: &Node, function: &Node, input: &Value, frame: &Rc<Frame>) -> Evaluated {
        let value = self.evaluate(value, input, frame)?;
        if let Kind::Call(call) = &function.kind {
            let mut result = self.call(call, input, frame, Some(value))?;
            for predicate in &function.predicates {
                result = self.filter(predicate, result, frame)?;
            }
            return Ok(result);
        }
        let function = self.evaluate(function, input, frame)?;
        if !function.is_function() {
            let message = "The right side of the function application operator ~> must be a function";
            return Err(Failure::new("T2006", message));
        }
        if value.is_function() {
            return Ok(Value::Function(Rc::new(Function::Chain(value, function))));
        }
        self.apply(&function, vec![value], &Value::Null)
    }

    pub(super) fn partial(&self, call: &Call, input: &Value, frame: &Rc<Frame>) -> Evaluated {
        let mut arguments = Vec::with_capacity(call.arguments.len());
        for argument in &call.arguments {
            let argument = argument.as_ref().map(|argument| self.evaluate(argument, input, frame)).transpose()?;
            arguments.push(argument);
        }
        let function = self.evaluate(&call.function, input, frame)?;
        if function.is_undefined()
            && let Some(name) = self.forgot_dollar(&call.function, frame)?
        {
            let message = format!("Attempted to partially apply a non-function. Did you mean ${name}?");
            return Err(Failure::new("T1007", message));
        }
        let Value::Function(function) = function else {
            return Err(Failure::new("T1008", "Attempted to partially apply a non-function"));
        };
        let Function::Lambda(closure) = &*function else {
            return Ok(Value::Function(Rc::new(Function::Partial(function, arguments))));
        };
        let inner = Frame::below(Some(&closure.frame));
        let parameters = closure.open.as_ref().unwrap_or(&closure.lambda.parameters);
        let mut open = Vec::new();
        for (index, parameter) in parameters.iter().enumerate() {
            match arguments.get(index) {
                Some(None) => open.push(Arc::clone(parameter)),
                Some(Some(value)) => inner.bind(parameter, value.clone()),
                None => inner.bind(parameter, Value::Undefined),
            }
        }
        self.capture(&inner);
        Ok(Value::Function(Rc::new(Function::Lambda(Closure {
            lambda: Arc::clone(&closure.lambda),
            open: Some(open),
            input: closure.input.clone(),
            frame: inner,
        }))))
    }

    /// The value of a function for these arguments. Calls with which it ends are made one after the other.
    pub(crate) fn apply(&self, function: &Value, arguments: Vec<Value>, input: &Value) -> Evaluated {
        let mut result = self.apply_once(function, arguments, input)?;
        loop {
            let Value::Function(tail) = &result else { return Ok(result) };
            let Function::Tail(call, seen, frame) = &**tail else { return Ok(result) };
            let next = self.evaluate(&call.function, seen, frame)?;
            let mut arguments = Vec::with_capacity(call.arguments.len());
            for argument in call.arguments.iter().flatten() {
                arguments.push(self.evaluate(argument, seen, frame)?);
            }
            let name = name_of(&call.function);
            result = self.apply_once(&next, arguments, input).map_err(|failure| failure.named(name))?;
        }
    }

    fn apply_once(&self, function: &Value, arguments: Vec<Value>, input: &Value) -> Evaluated {
        let Value::Function(function) = function else {
            return Err(Failure::new("T1006", "Attempted to invoke a non-function"));
        };
        match &**function {
            Function::Native(native, signature) => {
                // The reference forgets the name of a function that was handed on and never called by it.
                self.validated(signature, arguments, input)
                    .and_then(|arguments| (native.run)(self, &arguments))
                    .map_err(|failure| failure.named(Some(native.name)))
            }
            Function::Lambda(closure) => self.apply_closure(closure, arguments, input),
            Function::Partial(inner, given) => {
                let mut open = arguments.into_iter();
                let all = given.iter().map(|given| given.clone().unwrap_or_else(|| open.next().unwrap_or_default()));
                let all: Vec<Value> = all.collect();
                self.deeper(|| self.apply(&Value::Function(Rc::clone(inner)), all, input))
            }
            Function::Tail(..) => Ok(Value::Undefined),
            Function::Regex(pattern) => {
                let text = script_text(self, arguments.first().unwrap_or(&Value::Undefined))?;
                let from = arguments.get(1).and_then(Value::as_f64).unwrap_or_default();
                self.text_fits(text.len())?;
                regex_match(self, pattern, &Rc::new(crate::text::units(&text)), crate::number::to_usize(from))
            }
            Function::Next(pattern, units, from) => {
                if *from >= units.len() {
                    return Ok(Value::Undefined);
                }
                regex_match(self, pattern, units, *from)
            }
            Function::Transform(transform, frame) => {
                let arguments = self.validated(transform_signature(), arguments, input)?;
                self.transform(transform, arguments.first(), frame)
            }
            Function::Chain(first, second) => self.deeper(|| {
                let middle = self.apply(first, arguments, &Value::Null)?;
                self.apply(second, vec![middle], &Value::Null)
            }),
        }
    }

    fn apply_closure(&self, closure: &Closure, arguments: Vec<Value>, input: &Value) -> Evaluated {
        let lambda = &closure.lambda;
        let arguments = match &lambda.signature {
            Some(signature) if closure.open.is_none() => self.validated(signature, arguments, input)?,
            _ => arguments,
        };
        let inner = Frame::below(Some(&closure.frame));
        let parameters = closure.open.as_ref().unwrap_or(&lambda.parameters);
        let mut arguments = arguments.into_iter();
        for parameter in parameters {
            inner.bind(parameter, arguments.next().unwrap_or_default());
        }
        self.evaluate(&lambda.body, &closure.input, &inner)
    }

    /// The arguments as a signature wants them.
    fn validated(&self, signature: &Signature, arguments: Vec<Value>, context: &Value) -> Result<Vec<Value>, Failure> {
        let kinds: Vec<char> = arguments.iter().map(Value::kind).collect();
        let taken = signature.assign(&kinds).map_err(|good| Failure::mismatch(good + 1))?;
        let mut arguments = arguments.into_iter();
        let mut valid = Vec::with_capacity(taken.len());
        let mut index = 0;
        for (parameter, count) in signature.parameters.iter().zip(taken) {
            if count == 0 {
                if !parameter.context {
                    valid.push(Value::Undefined);
                } else if parameter.accepts(context.kind()) {
                    valid.push(context.clone());
                } else {
                    return Err(Failure::wrong_context(index + 1));
                }
            }
            for _ in 0..count {
                let argument = arguments.next().unwrap_or_default();
                index += 1;
                valid.push(match (parameter.written, &argument) {
                    ('a', Value::Undefined) => argument,
                    ('a', _) => {
                        self.check_items(parameter.inner.as_deref(), &argument, index)?;
                        if matches!(argument, Value::Array(_)) { argument } else { Value::array(vec![argument]) }
                    }
                    _ => argument,
                });
            }
        }
        Ok(valid)
    }

    fn check_items(&self, wanted: Option<&str>, argument: &Value, index: usize) -> Result<(), Failure> {
        let Some(wanted) = wanted else { return Ok(()) };
        let fits = match argument {
            // `x` is AWS's: any list, but a list it has to be.
            Value::Array(_) if wanted == "x" => true,
            Value::Array(array) => {
                self.work(array.len() / 16)?;
                let kind = array.items().first().map(Value::kind);
                kind.is_none_or(|kind| wanted.starts_with(kind) && array.items().iter().all(|item| item.kind() == kind))
            }
            other => wanted.chars().eq([other.kind()]),
        };
        if fits {
            return Ok(());
        }
        let kind = match wanted {
            "a" => "arrays",
            "b" => "booleans",
            "f" => "functions",
            "n" => "numbers",
            "o" => "objects",
            "s" => "strings",
            _ => return Err(Failure::wrong_items(index, "undefined")),
        };
        Err(Failure::wrong_items(index, &quoted(kind)))
    }
}

/// What JavaScript's regular expressions see of a value that is no text.
fn script_text(run: &Run<'_>, value: &Value) -> Result<String, Failure> {
    Ok(match value {
        Value::Undefined | Value::Tuples(_) => "undefined".to_owned(),
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.text(),
        Value::String(text) => text.to_string(),
        Value::Function(_) | Value::Object(_) => "[object Object]".to_owned(),
        Value::Array(array) => {
            let mut parts = Vec::with_capacity(array.len());
            for item in array.items() {
                run.work(1)?;
                parts.push(match item {
                    Value::Undefined | Value::Null => String::new(),
                    other => crate::stack::deeper(|| script_text(run, other))?,
                });
            }
            let joined = parts.join(",");
            run.text_fits(joined.len())?;
            joined
        }
    })
}

fn transform_signature() -> &'static Signature {
    static SIGNATURE: std::sync::OnceLock<Signature> = std::sync::OnceLock::new();
    SIGNATURE.get_or_init(|| Signature::parse("<(oa):o>").unwrap_or(Signature { parameters: Vec::new() }))
}

/// What errors call a function.
fn name_of(function: &Node) -> Option<&str> {
    match &function.kind {
        Kind::Variable(name) => Some(name),
        Kind::Path(path) => match &path.steps.first()?.kind {
            Kind::Name(name) | Kind::Variable(name) => Some(name),
            _ => None,
        },
        Kind::Call(_) | Kind::Partial(_) | Kind::TailCall(_) => Some("("),
        Kind::Apply { .. } => Some("~>"),
        _ => None,
    }
}
