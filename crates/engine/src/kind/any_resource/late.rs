//! Attributes that nobody knows before the resource is there: what stands for them until then.

use crate::model::Key;

use super::content::AnyResource;

const BEGIN: &str = "(known after deploy: ";
const END: char = ')';

/// What stands for an attribute of a resource.
pub fn later(key_name: &str, attribute: &str) -> String {
    format!("{BEGIN}{key_name}.{attribute}{END}")
}

/// Whether anything in a text is not known yet.
pub fn is_late(text: &str) -> bool {
    text.contains(BEGIN)
}

/// Every attribute that a text waits for: whose, and which.
pub fn late_in(text: &str) -> Vec<(Key, String)> {
    let marks = text.split(BEGIN).skip(1).filter_map(|rest| rest.split_once(END)?.0.rsplit_once('.'));
    marks.map(|(name, attribute)| (AnyResource::key(name), attribute.to_owned())).collect()
}

/// A text with the attributes that are known.
pub fn filled(text: &str, known: &dyn Fn(&Key, &str) -> Option<String>) -> String {
    late_in(text).into_iter().fold(text.to_owned(), |text, (key, attribute)| match known(&key, &attribute) {
        Some(value) => text.replace(&later(&key.name, &attribute), &value),
        None => text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_stands_in_the_text_until_it_is() {
        let (stream, arn) = (later("AWS::DynamoDB::Table/ann-t", "StreamArn"), later("AWS::X::Y/ann-u", "Id"));
        let text = format!("a {stream} and {arn}");
        assert_eq!(stream, "(known after deploy: AWS::DynamoDB::Table/ann-t.StreamArn)");
        assert_eq!(late_in(&text).len(), 2);
        let known = |key: &Key, attribute: &str| (attribute == "StreamArn").then(|| format!("of {}", key.name));
        assert_eq!(filled(&text, &known), format!("a of AWS::DynamoDB::Table/ann-t and {arn}"));
        assert!(is_late(&text) && !is_late("nothing"));
    }
}
