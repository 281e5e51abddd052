//! The values that AWS takes for what a pack says. Each kind has its rows in its file; `.ci/constraints.py` holds them against the SDK's
//! models.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use regex::Regex;
use serde::Deserialize;

use crate::model::Kind;
use crate::source;

/// What AWS takes for one field of a pack.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Constraint {
    /// The operation that refuses other values (`lambda:CreateFunction`).
    pub operation: String,
    /// The operation's member (`MemorySize`).
    pub member: String,
    /// The least number.
    pub minimum: Option<u64>,
    /// The greatest number; of a list, the most items.
    pub maximum: Option<u64>,
    /// The fewest characters.
    pub shortest: Option<usize>,
    /// The most characters.
    pub longest: Option<usize>,
    /// A regular expression for the whole text.
    pub pattern: Option<String>,
    /// The only values.
    pub values: Vec<String>,
    /// Values that AWS keeps for itself.
    pub reserved: Vec<String>,
    /// The page that says what the model does not.
    pub page: Option<String>,
    /// The pattern, compiled when it is first needed.
    #[serde(skip)]
    compiled: OnceLock<Option<Regex>>,
}

/// Why AWS does not take a value, and what it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Follows the name of the field: "is `64`".
    pub why: String,
    /// What to write instead.
    pub help: String,
}

type Rows = BTreeMap<String, Constraint>;

static TABLE: LazyLock<Rows> = LazyLock::new(|| {
    let rows = |kind: &Kind| serde_json::from_str::<Rows>(kind.facts().constraints).unwrap_or_default();
    Kind::ALL.iter().flat_map(rows).collect()
});

impl Constraint {
    /// The row of a field, by the names of its table and key in `pack.toml` (`functions.memory_mib`); none where AWS sets no
    /// limit that is known.
    pub fn of(field: &str) -> Option<&'static Self> {
        TABLE.get(field)
    }

    /// Holds a value against the row; none when AWS takes it.
    pub fn refusal(&self, value: &str) -> Option<Refusal> {
        self.refused_number(value)
            .or_else(|| self.refused_choice(value))
            .or_else(|| self.refused_length(value))
            .or_else(|| self.refused_characters(value))
    }

    fn refused_number(&self, value: &str) -> Option<Refusal> {
        let (least, most) = (self.minimum?, self.maximum?);
        let fits = value.parse::<u64>().is_ok_and(|number| (least..=most).contains(&number));
        (!fits).then(|| Refusal {
            why: format!("is `{}`", cut(value)),
            help: format!("{} takes {least} to {most}", self.operation),
        })
    }

    fn refused_choice(&self, value: &str) -> Option<Refusal> {
        if self.reserved.iter().any(|reserved| reserved == value) {
            let help = format!("choose another name: {} refuses those that Lambda sets itself", self.operation);
            return Some(Refusal { why: "is reserved".to_owned(), help });
        }
        if self.values.is_empty() || self.values.iter().any(|known| known == value) {
            return None;
        }
        let near =
            source::nearest(value, self.values.iter().map(String::as_str)).filter(|_| value.parse::<u64>().is_err());
        let help = if let Some(near) = near {
            format!("did you mean `{near}`?")
        } else {
            let known: Vec<String> = self.values.iter().map(|known| format!("`{known}`")).collect();
            format!("{} takes {}", self.operation, known.join(", "))
        };
        Some(Refusal { why: format!("is `{}`", cut(value)), help })
    }

    fn refused_length(&self, value: &str) -> Option<Refusal> {
        let length = value.chars().count();
        let help = match (self.shortest.filter(|least| *least > 1), self.longest) {
            (Some(least), Some(most)) => format!("{} takes {least} to {most} characters", self.operation),
            (_, most) => format!(
                "{} takes {}",
                self.operation,
                most.map_or("no empty text".to_owned(), |most| format!("at most {most}"))
            ),
        };
        if self.shortest.is_some_and(|least| length < least) {
            let why = if value.is_empty() {
                "is empty".to_owned()
            } else {
                format!("is `{}`, {length} characters", cut(value))
            };
            return Some(Refusal { why, help });
        }
        self.longest
            .is_some_and(|most| length > most)
            .then(|| Refusal { why: format!("has {length} characters"), help })
    }

    fn refused_characters(&self, value: &str) -> Option<Refusal> {
        let pattern = self.pattern.as_deref()?;
        let whole = self.compiled.get_or_init(|| Regex::new(&format!("^(?:{pattern})$")).ok()).as_ref()?;
        if whole.is_match(value) {
            return None;
        }
        // A pattern of one class says which character it is.
        let alone = |character: char| whole.is_match(character.encode_utf8(&mut [0; 4]));
        let bad = value.chars().find(|character| alone('a') && !alone(*character));
        let why = match bad {
            Some(bad) => format!("has `{}`", bad.escape_debug()),
            None => format!("is `{}`", cut(value)),
        };
        Some(Refusal { why, help: format!("{} takes `{pattern}`", self.operation) })
    }
}

/// A value that fits a message.
fn cut(value: &str) -> String {
    let cut: String = value.chars().take(60).collect();
    if cut.len() < value.len() { format!("{cut}…") } else { cut }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(field: &str, value: &str) -> String {
        let refusal = Constraint::of(field).unwrap().refusal(value);
        refusal.map_or_else(String::new, |refusal| format!("{}; {}", refusal.why, refusal.help))
    }

    #[test]
    fn every_row_can_be_used() {
        assert!(TABLE.len() > 30);
        for (field, row) in TABLE.iter() {
            assert!(row.operation.contains(':') && !row.member.is_empty(), "{field}");
            if let Some(pattern) = &row.pattern {
                Regex::new(pattern).unwrap_or_else(|error| panic!("{field}: {error}"));
            }
        }
        for kind in Kind::ALL {
            let rows: Rows = serde_json::from_str(kind.facts().constraints).unwrap();
            let list = format!("{}.", kind.facts().list);
            assert!(!rows.is_empty() && rows.keys().all(|field| field.starts_with(&list)), "{kind}");
        }
    }

    #[test]
    fn the_ends_of_every_range_are_taken_and_one_beyond_is_not() {
        for (field, row) in TABLE.iter() {
            let (Some(least), Some(most)) = (row.minimum, row.maximum) else { continue };
            for taken in [least, most] {
                assert_eq!(refused(field, &taken.to_string()), "", "{field}");
            }
            assert_ne!(refused(field, &(most + 1).to_string()), "", "{field}");
            if least > 0 {
                assert_ne!(refused(field, &(least - 1).to_string()), "", "{field}");
            }
            assert_ne!(refused(field, "-1"), "", "{field}");
        }
        for (field, row) in TABLE
            .iter()
            .filter(|(_, row)| row.longest.is_some() && row.pattern.as_deref().is_none_or(|it| !it.contains('[')))
        {
            let most = row.longest.unwrap();
            assert_eq!(refused(field, &"a".repeat(most)), "", "{field}");
            assert_ne!(refused(field, &"a".repeat(most + 1)), "", "{field}");
        }
    }

    #[test]
    fn what_aws_refuses_is_said_with_what_it_takes() {
        for (field, value, said) in [
            ("functions.memory_mib", "64", "is `64`; lambda:CreateFunction takes 128 to 10240"),
            ("functions.timeout_seconds", "901", "is `901`; lambda:CreateFunction takes 1 to 900"),
            (
                "functions.environment.key",
                "AWS_REGION",
                "is reserved; choose another name: lambda:CreateFunction refuses those that Lambda sets itself",
            ),
            ("functions.runtime", "pyton3.13", "is `pyton3.13`; did you mean `python3.13`?"),
            ("queues.attributes", "VisibilityTimout", "is `VisibilityTimout`; did you mean `VisibilityTimeout`?"),
            ("queues.attributes.VisibilityTimeout", "99999999", "is `99999999`; sqs:CreateQueue takes 0 to 43200"),
            ("queues.attributes.FifoQueue", "yes", "is `yes`; sqs:CreateQueue takes `true`, `false`"),
            ("roles.policies.name", "a/b", "has `/`; iam:PutRolePolicy takes `[A-Za-z0-9_+=,.@-]+`"),
            (
                "roles.description",
                "naïve – yes",
                "has `–`; iam:CreateRole takes `[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*`",
            ),
            (
                "roles.managed",
                "LabPolicy",
                "is `LabPolicy`, 9 characters; iam:AttachRolePolicy takes 20 to 2048 characters",
            ),
            ("functions.handler", "", "is empty; lambda:CreateFunction takes at most 128"),
        ] {
            assert_eq!(refused(field, value), said, "{field}");
        }
        assert!(
            refused("log_groups.retention_days", "4")
                .starts_with("is `4`; logs:PutRetentionPolicy takes `1`, `3`, `5`")
        );
        for (field, value) in [
            ("queues.name", "orders.fifo"),
            ("log_groups.retention_days", "3653"),
            ("functions.environment.key", "A1"),
            ("roles.tags.value", "Ünïted: a/b=c"),
            ("roles.tags.value", ""),
        ] {
            assert_eq!(refused(field, value), "", "{field}");
        }
    }
}
