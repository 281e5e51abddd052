//! Names as checked newtypes: a value of one of these types is known to be legal.

use std::borrow::Borrow;
use std::fmt;

use serde::Serialize;

use super::Partition;

/// Why a name is refused, in words that finish "`the name` …".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NameError(pub String);

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(&self.0)
            }
        }
    };
}

name_type!(
    /// A student's prefix: 1 to 20 of `a-z 0-9 -`, starts with a letter, ends with no dash, and is not `local`.
    UserName
);
name_type!(
    /// The lab's name, as it stands in ownership tags and IAM paths: 1 to 32 of `a-z 0-9 -`, starts with a letter, ends with no dash.
    LabName
);
name_type!(
    /// Twelve digits.
    AccountId
);
name_type!(
    /// An AWS region such as `eu-west-1`.
    Region
);

/// A text with characters that cannot be seen written as escapes; quotes stay as the user wrote them.
pub fn visible(text: &str) -> String {
    let seen = |character: char| match character {
        '\'' | '"' | '\\' => character.to_string(),
        _ => character.escape_debug().to_string(),
    };
    text.chars().map(seen).collect()
}

/// The rule that user and lab names share.
fn slug(text: &str, longest: usize) -> Result<(), NameError> {
    let refuse = |why: &str| Err(NameError(why.to_owned()));
    if text.is_empty() {
        return refuse("is empty");
    }
    if let Some(bad) = text.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
        return Err(NameError(format!("has `{}`; only `a-z`, `0-9` and `-` are allowed", visible(&bad.to_string()))));
    }
    if text.len() > longest {
        return Err(NameError(format!("has {} characters; at most {longest} are allowed", text.len())));
    }
    if !text.starts_with(|c: char| c.is_ascii_lowercase()) {
        return refuse("does not start with a letter");
    }
    if text.ends_with('-') {
        return refuse("ends with a dash");
    }
    Ok(())
}

impl UserName {
    /// The longest user name, in characters.
    pub const LONGEST: usize = 20;

    /// Checks a name.
    ///
    /// # Errors
    /// When a rule is broken; the text says which.
    pub fn new(text: &str) -> Result<Self, NameError> {
        slug(text, Self::LONGEST)?;
        if text == "local" {
            return Err(NameError("is reserved: `out/local/` belongs to the local endpoint".to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl LabName {
    /// Checks a name.
    ///
    /// # Errors
    /// When a rule is broken; the text says which.
    pub fn new(text: &str) -> Result<Self, NameError> {
        slug(text, 32)?;
        Ok(Self(text.to_owned()))
    }
}

impl AccountId {
    /// The account of the embedded endpoint when no guard names another.
    pub fn zero() -> Self {
        Self("000000000000".to_owned())
    }

    /// Checks an account number.
    ///
    /// # Errors
    /// When it is not twelve digits.
    pub fn new(text: &str) -> Result<Self, NameError> {
        if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NameError("is not an account number of twelve digits".to_owned()))
        }
    }
}

impl Default for Region {
    /// Where a lab goes when nobody says otherwise.
    fn default() -> Self {
        Self("us-east-1".to_owned())
    }
}

impl Region {
    /// Checks the shape of a region's name (`eu-west-1`, `us-gov-east-1`), not that it exists.
    ///
    /// # Errors
    /// When it has another shape.
    pub fn new(text: &str) -> Result<Self, NameError> {
        let parts: Vec<_> = text.split('-').collect();
        let shaped = (3..=5).contains(&parts.len())
            && parts.iter().all(|part| !part.is_empty())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && parts.last().is_some_and(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
        if shaped {
            Ok(Self(text.to_owned()))
        } else {
            Err(NameError("is not a region such as `eu-west-1`".to_owned()))
        }
    }

    /// The partition the region lies in.
    pub fn partition(&self) -> Partition {
        Partition::of_region(&self.0)
    }
}
