//! A cause: what it is called, how it reads, what to do.

use serde::Serialize;
use serde::ser::{SerializeStruct as _, Serializer};

/// Why an execution did not do what it should.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cause {
    /// The same for every execution with this cause, of whatever user: `ValueError/ProcessPayment/no-amount`, `outcome/ProcessingFailed`.
    pub key: String,
    /// The state in which it happened; none where no state had been entered, or that is not known.
    pub state: Option<String>,
    /// The error's name; none where nothing failed.
    pub error: Option<String>,
    /// The first line of what was said about it.
    pub message: String,
    /// Where to look: a handler's file and line, or a policy's file.
    pub place: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Cause {
    /// `ProcessPayment: ValueError: no amount (payment_processor.py:31)`.
    pub fn text(&self) -> String {
        self.text_within(usize::MAX)
    }

    /// The same in at most so many characters: the message is cut, not what is around it.
    pub fn text_within(&self, most: usize) -> String {
        let before: Vec<&str> = [self.state.as_deref(), self.error.as_deref()].into_iter().flatten().collect();
        let before = before.join(": ");
        let place = self.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
        let around = before.chars().count() + place.chars().count() + 2;
        let message = cut(&self.message, most.saturating_sub(around));
        let text = match (before.is_empty(), message.is_empty()) {
            (false, false) => format!("{before}: {message}{place}"),
            (true, false) => format!("{message}{place}"),
            (_, true) => format!("{before}{place}"),
        };
        cut(&text, most)
    }
}

/// A text of at most so many characters.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut kept: String = text.chars().take(most.saturating_sub(1)).collect();
    kept.truncate(kept.trim_end().len());
    if most > 0 {
        kept.push('…');
    }
    kept
}

/// As documents have it: `{key, text, hint?}`.
impl Serialize for Cause {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Cause", 3)?;
        fields.serialize_field("key", &self.key)?;
        fields.serialize_field("text", &self.text())?;
        match &self.hint {
            Some(hint) => fields.serialize_field("hint", hint)?,
            None => fields.skip_field("hint")?,
        }
        fields.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn cause() -> Cause {
        Cause {
            key: "k".to_owned(),
            state: Some("Pay".to_owned()),
            error: Some("ValueError".to_owned()),
            message: "no amount in the order".to_owned(),
            place: Some("pay.py:31".to_owned()),
            hint: None,
        }
    }

    #[test]
    fn a_text_has_what_is_known() {
        assert_eq!(cause().text(), "Pay: ValueError: no amount in the order (pay.py:31)");
        let bare = Cause { state: None, error: None, place: None, ..cause() };
        assert_eq!(bare.text(), "no amount in the order");
        assert_eq!(Cause { message: String::new(), ..cause() }.text(), "Pay: ValueError (pay.py:31)");
        assert_eq!(json!(cause()), json!({"key": "k", "text": cause().text()}));
        assert_eq!(json!(Cause { hint: Some("h".into()), ..cause() })["hint"], "h");
    }

    #[test]
    fn only_the_message_is_cut() {
        assert_eq!(cause().text_within(40), "Pay: ValueError: no amount i… (pay.py:31)".replace(" i…", "…"));
        for most in 0..60 {
            assert!(cause().text_within(most).chars().count() <= most, "{most}");
        }
    }
}
