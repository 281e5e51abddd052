//! The tree of an expression.

use std::sync::Arc;

use crate::number::Number;
use crate::regexp::Pattern;
use crate::signature::Signature;

/// One part of an expression.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Where it begins, or where its operator stands: characters from 0.
    pub at: usize,
    /// `[]` after it: a single value stays in an array.
    pub keep_array: bool,
    /// `[…]` of a path's first or last step, which is not spread out.
    pub constructed: bool,
    /// `[filter]` after it, outside a path.
    pub predicates: Vec<Node>,
    /// `[filter]` and `#$index` after a step of a path.
    pub stages: Vec<Stage>,
    /// `{key: value}` after it.
    pub group: Option<Box<Group>>,
    /// What a step binds for the steps after it.
    pub binding: Option<Box<Binding>>,
    /// Whether the step's bindings go with each of its values.
    pub tuple: bool,
}

/// What a step of a path binds.
#[derive(Clone, Debug, Default)]
pub struct Binding {
    /// `@$name`.
    pub focus: Option<Arc<str>>,
    /// `#$name`.
    pub index: Option<Arc<str>>,
    /// The step's parent, under the name of each `%` further on that means it.
    pub ancestors: Vec<Arc<str>>,
}

/// The kinds of parts.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Steps with dots between them; a name alone is a path of one step.
    Path(Path),
    /// A name, as a step of a path.
    Name(Arc<str>),
    /// Text in quotes.
    Text(Arc<str>),
    /// A number.
    Number(Number),
    /// `true`, `false` or `null`.
    Literal(Literal),
    /// `/pattern/`.
    Regex(Arc<Pattern>),
    /// `*`.
    Wildcard,
    /// `**`.
    Descendants,
    /// `%`.
    Parent(Slot),
    /// `$name`; the name is empty for `$` and `$` for `$$`.
    Variable(Arc<str>),
    /// `-value`.
    Negation(Box<Node>),
    /// `[…]`; its ranges are binary parts.
    Array(Vec<Node>),
    /// `{key: value}`.
    Object(Group),
    /// An operator between two values.
    Binary {
        /// Which.
        operator: Operator,
        /// On its left.
        left: Box<Node>,
        /// On its right.
        right: Box<Node>,
    },
    /// `condition ? yes : no`.
    Condition {
        /// What decides.
        condition: Box<Node>,
        /// If so.
        yes: Box<Node>,
        /// If not.
        no: Option<Box<Node>>,
    },
    /// `(a; b)`.
    Block(Vec<Node>),
    /// `$name := value`.
    Assign {
        /// The name, without `$`.
        name: Arc<str>,
        /// Its value.
        value: Box<Node>,
    },
    /// `$name(…)`.
    Call(Arc<Call>),
    /// A call whose value is that of the function around it: it is made when that one has ended.
    TailCall(Arc<Call>),
    /// `$name(a, ?)`: an argument that is `None` is left open.
    Partial(Arc<Call>),
    /// `function($a) {…}`.
    Lambda(Arc<Lambda>),
    /// `value ~> function`.
    Apply {
        /// What is handed over.
        value: Box<Node>,
        /// To what.
        function: Box<Node>,
    },
    /// `|place|update,delete|`.
    Transform(Arc<Transform>),
    /// `^(term, …)`, as a step of a path.
    Sort(Vec<Term>),
    /// What nests deeper than anything that could be evaluated.
    TooDeep,
}

/// The steps of a path.
#[derive(Clone, Debug)]
pub struct Path {
    /// At least one.
    pub steps: Vec<Node>,
    /// A step has `[]`: a single value stays in an array.
    pub keep_array: bool,
}

/// A value by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true`
    True,
    /// `false`
    False,
}

/// Operators between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "their names say it")]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Concatenate,
    And,
    Or,
    In,
    Range,
}

impl Operator {
    /// As it is written.
    pub fn text(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Concatenate => "&",
            Self::And => "and",
            Self::Or => "or",
            Self::In => "in",
            Self::Range => "..",
        }
    }

    /// By its text.
    pub(super) fn of(text: &str) -> Option<Self> {
        const ALL: [Operator; 15] = [
            Operator::Add,
            Operator::Subtract,
            Operator::Multiply,
            Operator::Divide,
            Operator::Remainder,
            Operator::Equal,
            Operator::NotEqual,
            Operator::Less,
            Operator::LessOrEqual,
            Operator::Greater,
            Operator::GreaterOrEqual,
            Operator::Concatenate,
            Operator::And,
            Operator::Or,
            Operator::In,
        ];
        ALL.into_iter().find(|operator| operator.text() == text)
    }
}

/// A filter or an index after a step.
#[derive(Clone, Debug)]
pub enum Stage {
    /// `[filter]`.
    Filter(Node),
    /// `#$name`.
    Index(Arc<str>),
}

/// `{key: value, …}`.
#[derive(Clone, Debug)]
pub struct Group {
    /// Keys and values.
    pub pairs: Vec<(Node, Node)>,
}

/// A call of a function.
#[derive(Clone, Debug)]
pub struct Call {
    /// What is called.
    pub function: Node,
    /// With what; `None` is `?`.
    pub arguments: Vec<Option<Node>>,
}

/// A function written in the expression.
#[derive(Clone, Debug)]
pub struct Lambda {
    /// Names of its parameters, without `$`.
    pub parameters: Vec<Arc<str>>,
    /// `<…>` after them.
    pub signature: Option<Signature>,
    /// What it gives.
    pub body: Node,
}

/// `|place|update,delete|`.
#[derive(Clone, Debug)]
pub struct Transform {
    /// Which parts of the value change.
    pub place: Node,
    /// What is put into them.
    pub update: Node,
    /// Names of what is taken out of them.
    pub delete: Option<Node>,
}

/// One rank of an order.
#[derive(Clone, Debug)]
pub struct Term {
    /// Largest first.
    pub descending: bool,
    /// What ranks.
    pub expression: Node,
}

/// Where a `%` finds its parent: the name under which a step before it binds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// No variable of an expression can have such a name.
    pub label: Arc<str>,
    pub(super) index: usize,
}

impl Node {
    pub(super) fn new(kind: Kind, at: usize) -> Self {
        Self {
            kind,
            at,
            keep_array: false,
            constructed: false,
            predicates: Vec::new(),
            stages: Vec::new(),
            group: None,
            binding: None,
            tuple: false,
        }
    }

    pub(super) fn binding_mut(&mut self) -> &mut Binding {
        self.binding.get_or_insert_default()
    }

    /// The parts directly below it, in the order of the text.
    pub fn children(&self) -> Vec<&Node> {
        let mut children: Vec<&Node> = Vec::new();
        match &self.kind {
            Kind::Path(path) => children.extend(&path.steps),
            Kind::Array(items) | Kind::Block(items) => children.extend(items),
            Kind::Object(group) => children.extend(group.pairs.iter().flat_map(|(key, value)| [key, value])),
            Kind::Binary { left, right, .. } => children.extend([&**left, &**right]),
            Kind::Condition { condition, yes, no } => {
                children.extend([&**condition, &**yes]);
                children.extend(no.as_deref());
            }
            Kind::Negation(value) | Kind::Assign { value, .. } => children.push(value),
            Kind::Call(call) | Kind::TailCall(call) | Kind::Partial(call) => {
                children.push(&call.function);
                children.extend(call.arguments.iter().flatten());
            }
            Kind::Lambda(lambda) => children.push(&lambda.body),
            Kind::Apply { value, function } => children.extend([&**value, &**function]),
            Kind::Transform(transform) => {
                children.extend([&transform.place, &transform.update]);
                children.extend(transform.delete.as_ref());
            }
            Kind::Sort(terms) => children.extend(terms.iter().map(|term| &term.expression)),
            Kind::Name(_)
            | Kind::Text(_)
            | Kind::Number(_)
            | Kind::Literal(_)
            | Kind::Regex(_)
            | Kind::Wildcard
            | Kind::Descendants
            | Kind::Parent(_)
            | Kind::Variable(_)
            | Kind::TooDeep => {}
        }
        children.extend(&self.predicates);
        children.extend(self.stages.iter().filter_map(|stage| match stage {
            Stage::Filter(filter) => Some(filter),
            Stage::Index(_) => None,
        }));
        if let Some(group) = &self.group {
            children.extend(group.pairs.iter().flat_map(|(key, value)| [key, value]));
        }
        children
    }
}
