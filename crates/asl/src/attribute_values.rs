//! Attribute values of DynamoDB in the arguments of a call: `{"N": "5"}`, not `{"N": 5}`.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html>
//!
//! What AWS says of one that is none was seen for a text (<https://github.com/aws/aws-cdk/issues/9181>: "The value for the field 'S' must be a
//! STRING") and for a number out of range (<https://github.com/aws/aws-cdk/issues/13669>: DynamoDB.AmazonDynamoDBException); for other types the words are alike.

use std::fmt;

use serde_json::Value;

use crate::effect::Resource;

/// Arguments that are maps of attribute values, wherever they stand in a call.
const MAPS: [&str; 4] = ["ExclusiveStartKey", "ExpressionAttributeValues", "Item", "Key"];

/// The types, and what the value of each must be. What is called by the SDK may spell them in its own case.
const TYPES: [(&str, Kind); 10] = [
    ("S", Kind::Text),
    ("N", Kind::Text),
    ("B", Kind::Text),
    ("BOOL", Kind::Boolean),
    ("NULL", Kind::Boolean),
    ("SS", Kind::Texts),
    ("NS", Kind::Texts),
    ("BS", Kind::Texts),
    ("L", Kind::List),
    ("M", Kind::Map),
];

/// How deep attribute values may be nested. <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>
const DEEPEST: usize = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Boolean,
    Texts,
    List,
    Map,
}

/// Where attribute values stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributesIn {
    /// In a call, as they are sent.
    Call,
    /// In a definition: what `.$` or `{% %}` makes is not known.
    Definition,
}

/// An attribute value that DynamoDB does not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeMistake {
    /// Names and places that lead to it in the arguments.
    pub at: Vec<String>,
    /// What is wrong with it.
    pub fault: AttributeFault,
}

/// What is wrong with an attribute value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeFault {
    /// The value of this type is another kind of JSON than it must be.
    WrongJson {
        /// `N`.
        name: String,
        /// `STRING`.
        wanted: &'static str,
    },
    /// There is no such type.
    UnknownType(String),
    /// No type, or no object at all.
    Empty,
    /// More than one type.
    Several,
    /// The text of an `N` is no number.
    NoNumber(String),
}

impl AttributeFault {
    /// Whether Step Functions refuses it before DynamoDB sees it.
    pub fn keeps_from_starting(&self) -> bool {
        matches!(self, Self::WrongJson { .. } | Self::UnknownType(_))
    }
}

impl fmt::Display for AttributeFault {
    /// As AWS says it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongJson { name, wanted } => write!(formatter, "The value for the field '{name}' must be a {wanted}"),
            Self::UnknownType(name) => write!(formatter, "The field '{name}' is not supported by Step Functions"),
            Self::Empty => formatter
                .write_str("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
            Self::Several => formatter.write_str(
                "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes",
            ),
            Self::NoNumber(text) => {
                write!(formatter, "The parameter cannot be converted to a numeric value: {text}")
            }
        }
    }
}

/// The first attribute value in the arguments of a call to DynamoDB that it does not take.
pub fn attribute_mistake(resource: &Resource, arguments: &Value, written: AttributesIn) -> Option<AttributeMistake> {
    let (Resource::Integration { service, action, .. } | Resource::AwsSdk { service, action, .. }) = resource else {
        return None;
    };
    if service != "dynamodb" {
        return None;
    }
    let mut walk = Walk { written, at: Vec::new(), fault: None };
    walk.arguments(arguments, action, 0);
    walk.fault.map(|fault| AttributeMistake { at: walk.at, fault })
}

struct Walk {
    written: AttributesIn,
    /// Where it is; it stays where a fault is found.
    at: Vec<String>,
    fault: Option<AttributeFault>,
}

impl Walk {
    /// Goes on below a name, unless something was found.
    fn below(&mut self, name: &str, go: impl FnOnce(&mut Self)) {
        if self.fault.is_some() {
            return;
        }
        self.at.push(name.to_owned());
        go(self);
        if self.fault.is_none() {
            self.at.pop();
        }
    }

    fn items(&mut self, items: &[Value], mut go: impl FnMut(&mut Self, &Value)) {
        for (at, item) in items.iter().enumerate() {
            self.below(&at.to_string(), |walk| go(walk, item));
        }
    }

    /// Looks for attribute values in what is none itself.
    fn arguments(&mut self, value: &Value, action: &str, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    self.below(name, |walk| walk.argument(name, member, action, depth));
                }
            }
            Value::Array(items) => self.items(items, |walk, item| walk.arguments(item, action, depth + 1)),
            _ => {}
        }
    }

    fn argument(&mut self, name: &str, member: &Value, action: &str, depth: usize) {
        match (name, member) {
            // The names in it are those of tables.
            ("RequestItems", Value::Object(tables)) => {
                for (table, requests) in tables {
                    self.below(table, |walk| walk.arguments(requests, action, depth + 1));
                }
            }
            ("Keys", Value::Array(keys)) => self.items(keys, |walk, key| walk.map(key, depth + 1)),
            ("Parameters", Value::Array(values)) if action.ends_with("Statement") => {
                self.items(values, |walk, value| walk.value(value, depth + 1));
            }
            (name, Value::Object(_)) if MAPS.contains(&name) => self.map(member, depth + 1),
            _ => self.arguments(member, action, depth + 1),
        }
    }

    /// A map of attribute values.
    fn map(&mut self, value: &Value, depth: usize) {
        for (name, value) in value.as_object().into_iter().flatten() {
            if !self.is_made(name, value) {
                self.below(name, |walk| walk.value(value, depth + 1));
            }
        }
    }

    /// Whether something else makes it once the machine runs.
    fn is_made(&self, name: &str, value: &Value) -> bool {
        self.written == AttributesIn::Definition
            && (name.ends_with(".$") || value.as_str().is_some_and(|text| text.starts_with("{%")))
    }

    fn value(&mut self, value: &Value, depth: usize) {
        if depth > DEEPEST || self.is_made("", value) {
            return;
        }
        let members = value.as_object();
        let mut given = members.into_iter().flatten();
        let (first, second) = (given.next(), given.next());
        match (first, second) {
            (Some((name, value)), None) => self.typed(name, value, depth),
            (None, _) => self.fault = Some(AttributeFault::Empty),
            (Some(_), Some(_)) => self.fault = Some(AttributeFault::Several),
        }
    }

    fn typed(&mut self, name: &str, value: &Value, depth: usize) {
        let bare = name.strip_suffix(".$").filter(|_| self.written == AttributesIn::Definition).unwrap_or(name);
        let known =
            TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(bare) || *known == "NULL" && bare == "Nul");
        let Some((known, kind)) = known else {
            self.fault = Some(AttributeFault::UnknownType(bare.to_owned()));
            return;
        };
        if self.is_made(name, value) {
            return;
        }
        let is_text = |item: &Value| item.is_string();
        let wanted = match (kind, value) {
            (Kind::Text, Value::String(text)) => {
                if *known == "N" && !is_number(text) {
                    self.fault = Some(AttributeFault::NoNumber(text.clone()));
                }
                return;
            }
            (Kind::Boolean, Value::Bool(_)) => return,
            (Kind::Texts, Value::Array(items)) if items.iter().all(is_text) => return,
            (Kind::List, Value::Array(items)) => {
                return self.below(name, |walk| walk.items(items, |walk, item| walk.value(item, depth + 1)));
            }
            (Kind::Map, Value::Object(_)) => return self.below(name, |walk| walk.map(value, depth + 1)),
            (Kind::Text, _) => "STRING",
            (Kind::Boolean, _) => "BOOLEAN",
            (Kind::Texts, _) => "LIST of STRING",
            (Kind::List, _) => "LIST",
            (Kind::Map, _) => "MAP",
        };
        self.fault = Some(AttributeFault::WrongJson { name: name.to_owned(), wanted });
    }
}

/// Whether DynamoDB reads a text as a number: digits, a point, an exponent.
fn is_number(text: &str) -> bool {
    let text = text.trim();
    text.parse::<f64>().is_ok_and(f64::is_finite)
        && !text.contains(|letter: char| letter.is_alphabetic() && !matches!(letter, 'e' | 'E'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mistake(name: &str, arguments: &Value, written: AttributesIn) -> Option<String> {
        let resource = crate::integration(name).unwrap();
        let mistake = attribute_mistake(&resource, arguments, written)?;
        Some(format!("{}: {}", mistake.at.join("/"), mistake.fault))
    }

    #[test]
    fn values_that_dynamodb_takes_are_taken() {
        let item = json!({"id": {"S": "o"}, "n": {"N": "-1.5e3"}, "b": {"B": "YQ=="}, "t": {"BOOL": true}, "u": {"NULL": true},
            "ss": {"SS": ["a"]}, "ns": {"NS": ["1"]}, "l": {"L": [{"S": "a"}, {"M": {"x": {"N": "1"}}}]}, "Key": {"S": "k"}});
        let put = json!({"TableName": "t", "Item": item, "ExpressionAttributeNames": {"#a": "b"}});
        assert_eq!(mistake("dynamodb:putItem", &put, AttributesIn::Call), None);
        let batch = json!({"RequestItems": {"Item": [{"PutRequest": {"Item": item}}]}});
        assert_eq!(mistake("aws-sdk:dynamodb:batchWriteItem", &batch, AttributesIn::Call), None);
        assert_eq!(mistake("sns:publish", &json!({"Message": {"Item": {"a": 1}}}), AttributesIn::Call), None);
        let sdk = json!({"TableName": "t", "Item": {"a": {"Bool": true}, "b": {"Nul": true}, "c": {"Ss": ["x"]}}});
        assert_eq!(mistake("aws-sdk:dynamodb:putItem", &sdk, AttributesIn::Call), None);
    }

    #[test]
    fn values_that_dynamodb_refuses_are_told_with_their_place() {
        for (value, at, said) in [
            (json!({"N": 5}), "", "The value for the field 'N' must be a STRING"),
            (json!({"S": null}), "", "The value for the field 'S' must be a STRING"),
            (json!({"BOOL": "true"}), "", "The value for the field 'BOOL' must be a BOOLEAN"),
            (json!({"NS": [1]}), "", "The value for the field 'NS' must be a LIST of STRING"),
            (json!({"X": "a"}), "", "The field 'X' is not supported by Step Functions"),
            (json!({"N": "five"}), "", "The parameter cannot be converted to a numeric value: five"),
            (json!({"N": "inf"}), "", "The parameter cannot be converted to a numeric value: inf"),
            (json!({}), "", "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
            (json!("a"), "", "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
            (
                json!({"S": "a", "N": "1"}),
                "",
                "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes",
            ),
            (json!({"L": [{"S": "a"}, {"N": 1}]}), "/L/1", "The value for the field 'N' must be a STRING"),
            (json!({"M": {"x": {"N": 1}}}), "/M/x", "The value for the field 'N' must be a STRING"),
        ] {
            for map in ["Item", "Key", "ExpressionAttributeValues"] {
                let arguments = json!({"TableName": "t", map: {"a": value}});
                let found = mistake("dynamodb:putItem", &arguments, AttributesIn::Call);
                assert_eq!(found, Some(format!("{map}/a{at}: {said}")), "{value}");
            }
        }
        let transaction = json!({"TransactItems": [{"Put": {"TableName": "t", "Item": {"a": {"N": 1}}}}]});
        let found = mistake("aws-sdk:dynamodb:transactWriteItems", &transaction, AttributesIn::Call).unwrap();
        assert!(found.starts_with("TransactItems/0/Put/Item/a: "), "{found}");
        let statement = json!({"Statement": "SELECT", "Parameters": [{"N": 1}]});
        assert!(mistake("aws-sdk:dynamodb:executeStatement", &statement, AttributesIn::Call).is_some());
        let keys = json!({"RequestItems": {"t": {"Keys": [{"id": {"N": 1}}]}}});
        assert!(mistake("aws-sdk:dynamodb:batchGetItem", &keys, AttributesIn::Call).is_some());
    }

    #[test]
    fn what_a_definition_leaves_open_is_left_alone() {
        let open = json!({"TableName": "t", "Item": {"a": {"S.$": "$.id"}, "b.$": "$.b", "c": {"N": "{% 1 %}"}, "d": "{% $d %}"}});
        assert_eq!(mistake("dynamodb:putItem", &open, AttributesIn::Definition), None);
        let wrong = json!({"TableName": "t", "Item": {"a": {"X.$": "$.id"}}});
        let found = mistake("dynamodb:putItem", &wrong, AttributesIn::Definition);
        assert_eq!(found.as_deref(), Some("Item/a: The field 'X' is not supported by Step Functions"));
    }
}
