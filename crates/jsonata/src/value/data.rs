//! Values, cheap to copy.

use std::cell::{Ref, RefCell, RefMut};
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use indexmap::IndexMap;

use super::function::Function;
use super::memory::{Charge, Remains, let_go};
use crate::number::Number;

/// A value.
#[derive(Clone, Default)]
pub enum Value {
    /// No value at all.
    #[default]
    Undefined,
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    #[expect(private_interfaces, reason = "built and taken apart here")]
    String(Text),
    /// A list.
    #[expect(private_interfaces, reason = "built and taken apart here")]
    Array(Array),
    /// Names and values.
    #[expect(private_interfaces, reason = "built and taken apart here")]
    Object(Object),
    /// A function, built in or written in the expression, or a regular expression.
    #[expect(private_interfaces, reason = "built and taken apart here")]
    Function(Rc<Function>),
    /// Values with what their steps bound.
    #[expect(private_interfaces, reason = "built and taken apart here")]
    Tuples(Tuples),
}

/// Text, shared.
#[derive(Clone)]
pub(crate) struct Text(Rc<TextData>);

struct TextData {
    text: String,
    _charge: Charge,
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        let charge = Charge::new(text.len() + 40);
        Self(Rc::new(TextData { text, _charge: charge }))
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl Deref for Text {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0.text
    }
}

impl std::borrow::Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0) || **self == **other
    }
}

impl Eq for Text {}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

/// A list, with what is known of its making.
#[derive(Clone)]
pub(crate) struct Array {
    data: Rc<ArrayData>,
    /// It is a result that stands for its only element if there is one, and for nothing if there is none.
    pub sequence: bool,
    /// A single element stays in it.
    pub keep: bool,
    /// `[…]` made it: it is not spread out.
    pub constructed: bool,
}

struct ArrayData {
    items: Vec<Value>,
    _charge: Charge,
}

impl Array {
    pub(crate) fn new(items: Vec<Value>) -> Self {
        let charge = Charge::new(items.capacity() * size_of::<Value>() + 40);
        Self { data: Rc::new(ArrayData { items, _charge: charge }), sequence: false, keep: false, constructed: false }
    }

    pub(crate) fn sequence(items: Vec<Value>) -> Self {
        Self { sequence: true, ..Self::new(items) }
    }

    pub(crate) fn items(&self) -> &[Value] {
        &self.data.items
    }

    pub(crate) fn len(&self) -> usize {
        self.data.items.len()
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.data, &other.data)
    }
}

impl Drop for ArrayData {
    fn drop(&mut self) {
        if self.items.iter().any(Value::holds_more) {
            let_go(std::mem::take(&mut self.items).into_iter().filter(Value::holds_more).map(Remains::Value));
        }
    }
}

/// Names and values, in the order in which they came.
#[derive(Clone)]
pub(crate) struct Object(Rc<ObjectData>);

struct ObjectData {
    /// Only a transform changes an object, and only one of its own copy.
    members: RefCell<IndexMap<Text, Value>>,
    _charge: Charge,
}

impl Object {
    pub(crate) fn new(members: IndexMap<Text, Value>) -> Self {
        let charge = Charge::new(members.capacity() * (size_of::<Value>() + 24) + 100);
        Self(Rc::new(ObjectData { members: RefCell::new(members), _charge: charge }))
    }

    pub(crate) fn members(&self) -> Ref<'_, IndexMap<Text, Value>> {
        self.0.members.borrow()
    }

    pub(crate) fn members_mut(&self) -> RefMut<'_, IndexMap<Text, Value>> {
        self.0.members.borrow_mut()
    }

    pub(crate) fn get(&self, name: &str) -> Value {
        self.members().get(name).cloned().unwrap_or_default()
    }

    pub(crate) fn len(&self) -> usize {
        self.members().len()
    }

    /// Names and values as they are now.
    pub(crate) fn entries(&self) -> Vec<(Text, Value)> {
        self.members().iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Drop for ObjectData {
    fn drop(&mut self) {
        let members = self.members.get_mut();
        if members.values().any(Value::holds_more) {
            let_go(std::mem::take(members).into_values().filter(Value::holds_more).map(Remains::Value));
        }
    }
}

/// A value of a path, with what the steps on the way to it bound.
#[derive(Clone)]
pub(crate) struct Tuple {
    pub value: Value,
    pub bound: Vec<(Arc<str>, Value)>,
}

impl Tuple {
    pub(crate) fn bind(&mut self, name: &Arc<str>, value: Value) {
        match self.bound.iter_mut().find(|(other, _)| other == name) {
            Some((_, old)) => *old = value,
            None => self.bound.push((Arc::clone(name), value)),
        }
    }

    /// As an expression sees it that takes it for a value.
    pub(crate) fn as_object(&self) -> Value {
        let mut members = IndexMap::new();
        members.insert(Text::from("@"), self.value.clone());
        members.extend(self.bound.iter().map(|(name, value)| (Text::from(&**name), value.clone())));
        Value::Object(Object::new(members))
    }
}

/// Values of a path with what was bound.
#[derive(Clone)]
pub(crate) struct Tuples {
    pub items: Rc<Vec<Tuple>>,
    /// What was bound is seen by what follows; after sorting it is not, as in the reference.
    pub stream: bool,
}

impl Value {
    pub(crate) fn text(text: impl Into<Text>) -> Self {
        Self::String(text.into())
    }

    pub(crate) fn number(value: f64) -> Self {
        Self::Number(Number::from_f64(value))
    }

    pub(crate) fn array(items: Vec<Value>) -> Self {
        Self::Array(Array::new(items))
    }

    pub(crate) fn sequence(items: Vec<Value>) -> Self {
        Self::Array(Array::sequence(items))
    }

    pub(crate) fn object(members: IndexMap<Text, Value>) -> Self {
        Self::Object(Object::new(members))
    }

    /// An object of these members.
    pub fn from_members<'n>(members: impl IntoIterator<Item = (&'n str, Value)>) -> Self {
        Self::object(members.into_iter().map(|(name, value)| (Text::from(name), value)).collect())
    }

    /// Whether there is no value.
    pub fn is_undefined(&self) -> bool {
        matches!(self, Self::Undefined)
    }

    pub(crate) fn is_function(&self) -> bool {
        matches!(self, Self::Function(_))
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(number.as_f64()),
            _ => None,
        }
    }

    /// The letter of its kind in signatures.
    pub(crate) fn kind(&self) -> char {
        match self {
            Self::Undefined | Self::Tuples(_) => 'm',
            Self::Null => 'l',
            Self::Bool(_) => 'b',
            Self::Number(_) => 'n',
            Self::String(_) => 's',
            Self::Array(_) => 'a',
            Self::Object(_) => 'o',
            Self::Function(_) => 'f',
        }
    }

    fn holds_more(&self) -> bool {
        matches!(self, Self::Array(_) | Self::Object(_) | Self::Function(_) | Self::Tuples(_))
    }
}
