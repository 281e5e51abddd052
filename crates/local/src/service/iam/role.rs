//! A role.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::document::Document;
use super::managed;
use crate::service::tags::{self, Tags};

/// A role as it is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Role {
    pub(super) name: String,
    pub(super) path: String,
    /// `AROA…`
    pub(super) id: String,
    pub(super) arn: String,
    pub(super) created_ms: i64,
    pub(super) trust: String,
    pub(super) description: Option<String>,
    pub(super) longest_session: i64,
    pub(super) boundary: Option<String>,
    /// Inline policies by name.
    pub(super) inline: BTreeMap<String, String>,
    /// ARNs of managed policies.
    pub(super) attached: Vec<String>,
    /// A policy was given to it once, if only for a while.
    #[serde(default)]
    pub(super) spoken_for: bool,
    pub(super) tags: Tags,
}

/// What a role's documents mean, read once.
#[derive(Debug, Default)]
pub(super) struct Grants {
    pub(super) trust: Document,
    pub(super) policies: Vec<Document>,
    /// What caps them. A boundary whose document the endpoint does not have (an account's own: policies cannot be made here) caps
    /// nothing, or whatever runs under it would be refused.
    pub(super) boundary: Option<Document>,
    /// ARNs of attached policies whose documents the endpoint does not have: they grant nothing here.
    pub(super) without_document: Vec<String>,
    /// No policy was ever given to the role.
    pub(super) untold: bool,
}

/// A role with its grants, and those before its last change.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) role: Role,
    pub(super) grants: std::sync::Arc<Grants>,
    /// In force until the last change has spread; `None` for a role that did not exist before it.
    before: Option<std::sync::Arc<Grants>>,
    changed_ms: i64,
}

impl Role {
    fn grants(&self) -> Grants {
        let attached = self.attached.iter().filter_map(|arn| managed::find(arn)).cloned();
        Grants {
            trust: Document::read(&self.trust),
            policies: self.inline.values().map(|text| Document::read(text)).chain(attached).collect(),
            boundary: self.boundary.as_ref().and_then(|arn| managed::find(arn).cloned()),
            without_document: self.attached.iter().filter(|arn| managed::lacks_document(arn)).cloned().collect(),
            untold: !self.spoken_for && self.boundary.is_none(),
        }
    }

    /// The role as IAM's answers show it; listings leave out what `GetRole` adds.
    pub(super) fn shown(&self, in_full: bool) -> Value {
        let mut shown = json!({
            "Path": self.path,
            "RoleName": self.name,
            "RoleId": self.id,
            "Arn": self.arn,
            "CreateDate": seconds(self.created_ms),
            "AssumeRolePolicyDocument": encoded(&self.trust),
            "Description": self.description,
            "MaxSessionDuration": self.longest_session,
        });
        if in_full && let Value::Object(members) = &mut shown {
            let boundary = self
                .boundary
                .as_ref()
                .map(|arn| json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}));
            members.insert("PermissionsBoundary".to_owned(), boundary.unwrap_or_default());
            if !self.tags.is_empty() {
                members.insert("Tags".to_owned(), tags::list(&self.tags));
            }
            members.insert("RoleLastUsed".to_owned(), json!({}));
        }
        shown
    }
}

impl Entry {
    /// A role that is new at this time, or loaded from the store (`i64::MIN`).
    pub(super) fn new(role: Role, at_ms: i64) -> Self {
        let grants = std::sync::Arc::new(role.grants());
        Self { role, grants, before: None, changed_ms: at_ms }
    }

    /// Takes what the role's documents say now; what they said stays in force until the change has spread.
    pub(super) fn changed(&mut self, at_ms: i64, delay_ms: i64) {
        if at_ms.saturating_sub(self.changed_ms) >= delay_ms {
            self.before = Some(std::sync::Arc::clone(&self.grants));
        }
        self.role.spoken_for |= !(self.role.inline.is_empty() && self.role.attached.is_empty());
        self.grants = std::sync::Arc::new(self.role.grants());
        self.changed_ms = at_ms;
    }

    /// What is in force at a time.
    pub(super) fn in_force(&self, at_ms: i64, delay_ms: i64) -> Option<&std::sync::Arc<Grants>> {
        if at_ms.saturating_sub(self.changed_ms) >= delay_ms { Some(&self.grants) } else { self.before.as_ref() }
    }
}

/// Seconds since 1970, whole as IAM gives them.
pub(super) fn seconds(milliseconds: i64) -> i64 {
    milliseconds.div_euclid(1000)
}

/// A document as IAM's answers carry it (RFC 3986).
pub(super) fn encoded(text: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    utf8_percent_encode(text, PLAIN).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role() -> Role {
        Role {
            name: "r".to_owned(),
            path: "/".to_owned(),
            id: "AROA".to_owned(),
            arn: "arn:aws:iam::1:role/r".to_owned(),
            created_ms: 1_500,
            trust: "{}".to_owned(),
            description: None,
            longest_session: 3600,
            boundary: None,
            inline: BTreeMap::new(),
            attached: Vec::new(),
            spoken_for: false,
            tags: Tags::new(),
        }
    }

    #[test]
    fn a_fresh_role_is_not_in_force_and_a_changed_one_keeps_what_it_had() {
        let mut entry = Entry::new(role(), 1000);
        assert!(entry.in_force(1000, 50).is_none());
        assert!(entry.in_force(1050, 50).is_some_and(|grants| grants.policies.is_empty()));
        let policy = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
        entry.role.inline.insert("p".to_owned(), policy.to_owned());
        entry.changed(2000, 50);
        assert_eq!(entry.in_force(2001, 50).unwrap().policies.len(), 0);
        entry.changed(2020, 50);
        assert_eq!(entry.in_force(2060, 50).unwrap().policies.len(), 0, "the delay starts again");
        assert_eq!(entry.in_force(2070, 50).unwrap().policies.len(), 1);
        assert_eq!(entry.in_force(2020, 0).unwrap().policies.len(), 1);
    }

    #[test]
    fn documents_are_percent_encoded() {
        assert_eq!(encoded("{\"a\": \"é*\"}"), "%7B%22a%22%3A%20%22%C3%A9%2A%22%7D");
    }
}
