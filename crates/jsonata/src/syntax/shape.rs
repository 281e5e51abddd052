//! From the parts as they are written to the tree that is evaluated: paths become lists of steps, filters go to their steps.

use std::sync::Arc;

use super::ancestry::Ancestry;
use super::raw::{self, Raw, RawKind, shared};
use super::tree::{Call, Group, Kind, Lambda, Literal, Node, Path, Stage, Term, Transform};
use crate::error::ParseError;
use crate::stack;

/// Reads an expression.
pub fn parse(text: &str) -> Result<Node, ParseError> {
    let raw = raw::read(text)?;
    let mut shaper = Shaper { ancestry: Ancestry::default() };
    let top = shaper.shape(raw)?;
    if !top.seeking.is_empty() || matches!(top.node.kind, Kind::Parent(_)) {
        return Err(Ancestry::lost(top.node.at));
    }
    Ok(top.node)
}

/// A part of the tree, with those of its `%` that have found no parent yet.
pub(super) struct Shaped {
    pub node: Node,
    /// Numbers of slots.
    pub seeking: Vec<usize>,
    /// Those of a path's last step, which only a longer path can resolve.
    pub last: Vec<usize>,
}

impl Shaped {
    fn plain(kind: Kind, at: usize) -> Self {
        Self::seeking(Node::new(kind, at), Vec::new())
    }

    fn seeking(node: Node, seeking: Vec<usize>) -> Self {
        Self { node, seeking, last: Vec::new() }
    }

    /// Its `%` as those of a part around it.
    fn take_seeking(&mut self) -> Vec<usize> {
        let mut seeking = std::mem::take(&mut self.seeking);
        if let Kind::Parent(slot) = &self.node.kind {
            seeking.push(slot.index);
        }
        seeking
    }
}

struct Shaper {
    ancestry: Ancestry,
}

type Shape = Result<Shaped, ParseError>;

impl Shaper {
    fn shape(&mut self, raw: Raw) -> Shape {
        let keep = raw.keep_array;
        let mut shaped = stack::deeper(|| self.shape_kind(raw))?;
        if keep {
            if let Kind::Path(path) = &mut shaped.node.kind
                && let [only] = path.steps.as_mut_slice()
                && matches!(only.kind, Kind::Name(_))
            {
                only.keep_array = true;
                path.keep_array = true;
            }
            shaped.node.keep_array = true;
        }
        Ok(shaped)
    }

    fn shape_kind(&mut self, raw: Raw) -> Shape {
        let at = raw.at;
        Ok(match raw.kind {
            RawKind::End => return Err(ParseError::new("S0207", "Unexpected end of expression", at)),
            RawKind::Name(name) => {
                let steps = vec![Node::new(Kind::Name(shared(name)), at)];
                Shaped::plain(Kind::Path(Path { steps, keep_array: false }), at)
            }
            RawKind::Variable(name) => Shaped::plain(Kind::Variable(shared(name)), at),
            RawKind::Text(text) => Shaped::plain(Kind::Text(shared(text)), at),
            RawKind::Number(number) => Shaped::plain(Kind::Number(number), at),
            RawKind::Literal(literal) => Shaped::plain(Kind::Literal(literal), at),
            RawKind::Regex(pattern) => Shaped::plain(Kind::Regex(Arc::new(pattern)), at),
            RawKind::Wildcard => Shaped::plain(Kind::Wildcard, at),
            RawKind::Descendants => Shaped::plain(Kind::Descendants, at),
            RawKind::Parent => Shaped::plain(Kind::Parent(self.ancestry.slot()), at),
            RawKind::TooDeep => Shaped::plain(Kind::TooDeep, at),
            RawKind::Negation(value) => self.negation(*value, at)?,
            RawKind::Array(items) => {
                let (items, seeking) = self.shape_all(items)?;
                Shaped::seeking(Node::new(Kind::Array(items), at), seeking)
            }
            RawKind::Object(pairs) => {
                let (pairs, seeking) = self.shape_pairs(pairs)?;
                Shaped::seeking(Node::new(Kind::Object(Group { pairs }), at), seeking)
            }
            RawKind::Block(parts) => self.block(parts, at)?,
            RawKind::Dot(left, right) => self.dot(*left, *right)?,
            RawKind::Binary(operator, left, right) => {
                let (left, mut seeking) = self.part(*left)?;
                let (right, more) = self.part(*right)?;
                seeking.extend(more);
                Shaped::seeking(Node::new(Kind::Binary { operator, left, right }, at), seeking)
            }
            RawKind::Filter(left, filter) => self.filter(*left, *filter, at)?,
            RawKind::Group(left, pairs) => {
                let mut shaped = self.shape(*left)?;
                if shaped.node.group.is_some() {
                    return Err(ParseError::new("S0210", "Each step can only have one grouping expression", at));
                }
                let (pairs, _) = self.shape_pairs(pairs)?;
                shaped.node.group = Some(Box::new(Group { pairs }));
                shaped
            }
            RawKind::Order(left, terms) => self.order(*left, terms, at)?,
            RawKind::Assign(name, value) => {
                let (value, seeking) = self.part(*value)?;
                Shaped::seeking(Node::new(Kind::Assign { name: shared(name), value }, at), seeking)
            }
            RawKind::Focus(left, name) => self.focus(*left, name, at)?,
            RawKind::Index(left, name) => self.index(*left, name)?,
            RawKind::Condition(condition, yes, no) => self.condition(*condition, *yes, no.map(|no| *no), at)?,
            RawKind::Call(function, arguments) => {
                self.call(*function, arguments.into_iter().map(Some).collect(), Kind::Call, at)?
            }
            RawKind::Partial(function, arguments) => self.call(*function, arguments, Kind::Partial, at)?,
            RawKind::Lambda(parameters, signature, body) => {
                let body = tail_calls(self.shape(*body)?.node);
                let parameters = parameters.into_iter().map(shared).collect();
                Shaped::plain(Kind::Lambda(Arc::new(Lambda { parameters, signature, body })), at)
            }
            RawKind::Apply(value, function) => {
                let (value, function) = (self.shape(*value)?.node, self.shape(*function)?.node);
                let keep_array = value.keep_array || function.keep_array;
                let mut node = Node::new(Kind::Apply { value: Box::new(value), function: Box::new(function) }, at);
                node.keep_array = keep_array;
                Shaped::seeking(node, Vec::new())
            }
            RawKind::Transform(parts, delete) => {
                let [place, update] = *parts;
                let (place, update) = (self.shape(place)?.node, self.shape(update)?.node);
                let delete = delete.map(|delete| self.shape(*delete)).transpose()?.map(|shaped| shaped.node);
                Shaped::plain(Kind::Transform(Arc::new(Transform { place, update, delete })), at)
            }
        })
    }

    /// A part whose `%` are those of the part around it.
    fn part(&mut self, raw: Raw) -> Result<(Box<Node>, Vec<usize>), ParseError> {
        let mut shaped = self.shape(raw)?;
        let seeking = shaped.take_seeking();
        Ok((Box::new(shaped.node), seeking))
    }

    fn shape_all(&mut self, parts: Vec<Raw>) -> Result<(Vec<Node>, Vec<usize>), ParseError> {
        let (mut nodes, mut seeking) = (Vec::with_capacity(parts.len()), Vec::new());
        for part in parts {
            let (node, more) = self.part(part)?;
            nodes.push(*node);
            seeking.extend(more);
        }
        Ok((nodes, seeking))
    }

    #[expect(clippy::type_complexity, reason = "pairs and what they seek")]
    fn shape_pairs(&mut self, pairs: Vec<(Raw, Raw)>) -> Result<(Vec<(Node, Node)>, Vec<usize>), ParseError> {
        let (mut nodes, mut seeking) = (Vec::with_capacity(pairs.len()), Vec::new());
        for (key, value) in pairs {
            let (key, more) = self.part(key)?;
            seeking.extend(more);
            let (value, more) = self.part(value)?;
            seeking.extend(more);
            nodes.push((*key, *value));
        }
        Ok((nodes, seeking))
    }

    fn condition(&mut self, condition: Raw, yes: Raw, no: Option<Raw>, at: usize) -> Shape {
        let (condition, mut seeking) = self.part(condition)?;
        let (yes, more) = self.part(yes)?;
        seeking.extend(more);
        let mut other = None;
        if let Some(no) = no {
            let (no, more) = self.part(no)?;
            seeking.extend(more);
            other = Some(no);
        }
        Ok(Shaped::seeking(Node::new(Kind::Condition { condition, yes, no: other }, at), seeking))
    }

    fn negation(&mut self, value: Raw, at: usize) -> Shape {
        let (mut value, seeking) = self.part(value)?;
        if let Kind::Number(number) = &mut value.kind {
            *number = number.negated();
            return Ok(Shaped::seeking(*value, seeking));
        }
        Ok(Shaped::seeking(Node::new(Kind::Negation(value), at), seeking))
    }

    fn block(&mut self, parts: Vec<Raw>, at: usize) -> Shape {
        let (parts, seeking) = self.shape_all(parts)?;
        let first_is_constructed = |part: &Node| match &part.kind {
            Kind::Path(path) => path.steps.first().is_some_and(|step| step.constructed),
            _ => false,
        };
        let constructed = parts.iter().any(|part| part.constructed || first_is_constructed(part));
        let mut node = Node::new(Kind::Block(parts), at);
        node.constructed = constructed;
        Ok(Shaped::seeking(node, seeking))
    }

    fn call(
        &mut self,
        function: Raw,
        arguments: Vec<Option<Raw>>,
        kind: impl Fn(Arc<Call>) -> Kind,
        at: usize,
    ) -> Shape {
        let (mut shaped, mut seeking) = (Vec::with_capacity(arguments.len()), Vec::new());
        for argument in arguments {
            let Some(argument) = argument else {
                shaped.push(None);
                continue;
            };
            let (node, more) = self.part(argument)?;
            seeking.extend(more);
            shaped.push(Some(*node));
        }
        let function = self.shape(function)?.node;
        Ok(Shaped::seeking(Node::new(kind(Arc::new(Call { function, arguments: shaped })), at), seeking))
    }

    fn dot(&mut self, left: Raw, right: Raw) -> Shape {
        let left = self.shape(left)?;
        let at = left.node.at;
        // What a first step that is no path still seeks is lost, as in the reference.
        let (mut result, mut seeking) = match &left.node.kind {
            Kind::Path(_) => (left.node, left.seeking),
            Kind::Parent(slot) => {
                let own = vec![slot.index];
                (as_path(left.node), own)
            }
            _ => (as_path(left.node), Vec::new()),
        };
        let mut rest = self.shape(right)?;
        let last_seeking = if matches!(rest.node.kind, Kind::Path(_)) { rest.last } else { rest.take_seeking() };
        let Kind::Path(path) = &mut result.kind else { return Ok(Shaped::seeking(result, seeking)) };
        match rest.node {
            Node { kind: Kind::Path(more), .. } => path.steps.extend(more.steps),
            mut step => {
                step.stages = std::mem::take(&mut step.predicates).into_iter().map(Stage::Filter).collect();
                path.steps.push(step);
            }
        }
        for step in &mut path.steps {
            match &step.kind {
                Kind::Number(number) => return Err(not_a_step(&number.text(), step.at)),
                Kind::Literal(literal) => {
                    let shown = match literal {
                        Literal::Null => "null",
                        Literal::True => "true",
                        Literal::False => "false",
                    };
                    return Err(not_a_step(shown, step.at));
                }
                Kind::Text(text) => step.kind = Kind::Name(Arc::clone(text)),
                _ => {}
            }
        }
        path.keep_array |= path.steps.iter().any(|step| step.keep_array);
        let last = path.steps.len() - 1;
        for (index, step) in path.steps.iter_mut().enumerate() {
            if index == 0 || index == last {
                step.constructed |= matches!(step.kind, Kind::Array(_));
            }
        }
        seeking.extend(self.ancestry.resolve(&mut path.steps, last_seeking)?);
        result.at = at;
        Ok(Shaped::seeking(result, seeking))
    }

    fn filter(&mut self, left: Raw, filter: Raw, at: usize) -> Shape {
        let mut shaped = self.shape(left)?;
        let filter = self.shape(filter)?;
        let is_path = matches!(shaped.node.kind, Kind::Path(_));
        let ancestry = &mut self.ancestry;
        let handed_on = on_last_step(&mut shaped.node, |step| {
            if step.group.is_some() {
                return Err(ParseError::new("S0209", "A predicate cannot follow a grouping expression in a step", at));
            }
            let handed_on = ancestry.through_filter(step, filter.seeking)?;
            if is_path {
                step.stages.push(Stage::Filter(filter.node));
            } else {
                step.predicates.push(filter.node);
            }
            Ok(handed_on)
        })?;
        if is_path {
            shaped.last.extend(handed_on);
        } else {
            shaped.seeking.extend(handed_on);
        }
        Ok(shaped)
    }

    fn order(&mut self, left: Raw, terms: Vec<(bool, Raw)>, at: usize) -> Shape {
        let shaped = self.shape(left)?;
        let mut seeking = shaped.seeking;
        let mut node = match shaped.node.kind {
            Kind::Path(_) => shaped.node,
            _ => as_path(shaped.node),
        };
        let (mut ranks, mut last_seeking) = (Vec::with_capacity(terms.len()), Vec::new());
        for (descending, expression) in terms {
            let (expression, more) = self.part(expression)?;
            last_seeking.extend(more);
            ranks.push(Term { descending, expression: *expression });
        }
        if let Kind::Path(path) = &mut node.kind {
            path.steps.push(Node::new(Kind::Sort(ranks), at));
            seeking.extend(self.ancestry.resolve(&mut path.steps, last_seeking)?);
        }
        Ok(Shaped::seeking(node, seeking))
    }

    fn focus(&mut self, left: Raw, name: String, at: usize) -> Shape {
        let mut shaped = self.shape(left)?;
        on_last_step(&mut shaped.node, |step| {
            if !step.stages.is_empty() || !step.predicates.is_empty() {
                let message = "A context variable binding must precede any predicates on a step";
                return Err(ParseError::new("S0215", message, at));
            }
            if matches!(step.kind, Kind::Sort(_)) {
                let message = "A context variable binding must precede the 'order-by' clause on a step";
                return Err(ParseError::new("S0216", message, at));
            }
            step.binding_mut().focus = Some(shared(name));
            step.tuple = true;
            Ok(())
        })?;
        Ok(shaped)
    }

    fn index(&mut self, left: Raw, name: String) -> Shape {
        let mut shaped = self.shape(left)?;
        if !matches!(shaped.node.kind, Kind::Path(_)) {
            let mut step = shaped.node;
            step.stages = std::mem::take(&mut step.predicates).into_iter().map(Stage::Filter).collect();
            shaped.node = as_path(step);
        }
        on_last_step(&mut shaped.node, |step| {
            if step.stages.is_empty() {
                step.binding_mut().index = Some(shared(name));
            } else {
                step.stages.push(Stage::Index(shared(name)));
            }
            step.tuple = true;
        });
        Ok(shaped)
    }
}

fn not_a_step(shown: &str, at: usize) -> ParseError {
    let message = format!("The literal value {shown} cannot be used as a step within a path expression");
    ParseError::new("S0213", message, at)
}

/// A path of this one step.
fn as_path(step: Node) -> Node {
    let at = step.at;
    Node::new(Kind::Path(Path { steps: vec![step], keep_array: false }), at)
}

/// Changes the last step of a path, or the part itself.
fn on_last_step<T>(node: &mut Node, change: impl FnOnce(&mut Node) -> T) -> T {
    if let Kind::Path(path) = &mut node.kind
        && let Some(last) = path.steps.last_mut()
    {
        return change(last);
    }
    change(node)
}

/// Marks the calls with which a function's body ends.
fn tail_calls(mut body: Node) -> Node {
    body.kind = match body.kind {
        Kind::Call(call) if body.predicates.is_empty() && body.group.is_none() && !body.keep_array => {
            Kind::TailCall(call)
        }
        Kind::Condition { condition, yes, no } => {
            Kind::Condition { condition, yes: Box::new(tail_calls(*yes)), no: no.map(|no| Box::new(tail_calls(*no))) }
        }
        Kind::Block(mut parts) => {
            if let Some(last) = parts.pop() {
                parts.push(tail_calls(last));
            }
            Kind::Block(parts)
        }
        other => other,
    };
    body
}
