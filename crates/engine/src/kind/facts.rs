//! What is known of a kind, and of a key by its kind.

use std::collections::BTreeSet;

use super::{Constraint, Content, Entry, Facts, Part};
use crate::model::{Key, Kind, Pack, Place, kinds};
use crate::source::SourceText;

macro_rules! facts {
    ($($(#[$_doc:meta])* $module:ident $name:ident $_word:literal)*) => {
        impl Kind {
            /// What is known of the kind without any resource of it.
            pub fn facts(self) -> &'static Facts {
                match self { $(Self::$name => &<super::$name as Content>::FACTS,)* }
            }

            /// The entries of the kind's list in a pack.
            pub fn entries(self, pack: &Pack) -> Vec<Entry<'_>> {
                match self { $(Self::$name => super::$name::entries(pack),)* }
            }

            /// What of a name the lab chose, without what AWS puts before it.
            pub fn bare_name(self, name: &str) -> &str {
                match self { $(Self::$name => super::$name::bare_name(name),)* }
            }

            /// The calls that a change of these parts takes when nothing goes wrong, as `service:Operation`, in order.
            pub fn update_calls(self, parts: &BTreeSet<Part>) -> Vec<&'static str> {
                match self { $(Self::$name => super::$name::update_calls(parts),)* }
            }

            /// The name of a resource of this kind in its ARN; `None` for the ARN of anything else.
            pub fn named_in(self, arn: &str) -> Option<String> {
                match self { $(Self::$name => super::$name::named_in(arn),)* }
            }

            /// The services whose tagged resources may be of this kind.
            pub fn tagged_services(self) -> Vec<&'static str> {
                match self { $(Self::$name => super::$name::tagged_services(),)* }
            }

            fn arn_of(self, place: &Place, name: &str, path: &str) -> String {
                match self { $(Self::$name => super::$name::arn(place, name, path),)* }
            }

            fn named_after(self, name: &str) -> Option<Key> {
                match self { $(Self::$name => super::$name::named_after(name),)* }
            }
        }
    };
}
kinds!(facts);

impl Kind {
    /// The rank in which a kind is made: all of one rank at once, ranks in order; plans list deletions backwards.
    pub fn rank(self) -> u8 {
        self.facts().rank
    }

    /// Whether it is the account's, and seen from every region.
    pub fn is_global(self) -> bool {
        self.facts().is_global
    }

    /// What AWS takes as a name of this kind.
    pub fn name_constraint(self) -> Option<&'static Constraint> {
        Constraint::of(&format!("{}.name", self.facts().list))
    }

    /// The longest name of this kind, in characters.
    pub fn longest_name(self) -> usize {
        self.name_constraint().and_then(|row| row.longest).unwrap_or(usize::MAX)
    }
}

impl Key {
    /// What of its name the lab chose, without what AWS puts before it.
    pub fn bare_name(&self) -> &str {
        self.kind.bare_name(&self.name)
    }

    /// The function or machine whose log group this is, by AWS's naming.
    pub fn named_after(&self) -> Option<Self> {
        self.kind.named_after(&self.name)
    }
}

impl Place {
    /// The ARN of a resource by its key. `path` is an IAM role's path (`/` or `/labctl/lab6/`), unused for other kinds.
    /// Formats: <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
    pub fn arn(&self, key: &Key, path: &str) -> String {
        key.kind.arn_of(self, &key.name, path)
    }
}

impl Pack {
    /// The file of the pack, and the line where that is known, in which a user's resource is described: a definition, a
    /// policy or a dashboard in its template, everything else in `pack.toml`.
    pub fn describes(&self, user: &str, key: &Key) -> Option<String> {
        let Facts { list, is_prefixed, has_template, .. } = key.kind.facts();
        let name = |entry: &Entry<'_>| {
            if *is_prefixed { format!("{user}-{}", entry.name) } else { entry.name.replace("{{user}}", user) }
        };
        let entries = key.kind.entries(self);
        let found =
            entries.iter().position(|entry| [key.name.as_str(), key.bare_name()].contains(&name(entry).as_str()));
        if *has_template {
            let template = entries.get(found?)?.template?;
            return Some(self.display_path(template).display().to_string());
        }
        let place = found.and_then(|index| self.places.get(&format!("/{list}/{index}/name")));
        let text = self.files.get("pack.toml").map(|bytes| String::from_utf8_lossy(bytes));
        let path = self.display_path("pack.toml").display().to_string();
        Some(match place.zip(text) {
            Some((span, text)) => {
                let (line, _) =
                    SourceText { path: std::path::PathBuf::new(), text: text.into() }.line_column(span.offset);
                format!("{path}:{line}")
            }
            None => path,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::{Dashboard, Function, LogGroup, Queue, Role, StateMachine};
    use crate::model::{AccountId, Region};

    #[test]
    fn a_kind_is_written_as_its_word() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.word());
            assert!(kind.name_constraint().unwrap().longest.is_some(), "{kind}");
        }
        assert!(Kind::ALL.is_sorted());
    }

    #[test]
    fn an_arn_has_the_form_of_its_kind_and_gives_the_name_back() {
        let place =
            Place { account: AccountId::new("123456789012").unwrap(), region: Region::new("cn-north-1").unwrap() };
        for (key, arn) in [
            (Role::key("r"), "arn:aws-cn:iam::123456789012:role/a/r"),
            (LogGroup::key("/aws/lambda/f"), "arn:aws-cn:logs:cn-north-1:123456789012:log-group:/aws/lambda/f"),
            (Function::key("f"), "arn:aws-cn:lambda:cn-north-1:123456789012:function:f"),
            (Queue::key("q.fifo"), "arn:aws-cn:sqs:cn-north-1:123456789012:q.fifo"),
            (StateMachine::key("m"), "arn:aws-cn:states:cn-north-1:123456789012:stateMachine:m"),
            (Dashboard::key("d"), "arn:aws-cn:cloudwatch::123456789012:dashboard/d"),
        ] {
            assert_eq!(place.arn(&key, "/a/"), arn);
            let named: Vec<_> = Kind::ALL.iter().filter_map(|kind| Some((*kind, kind.named_in(arn)?))).collect();
            let expected = if key.kind == Role::KIND { "/a/r" } else { &key.name };
            assert_eq!(named, [(key.kind, expected.to_owned())]);
        }
    }

    #[test]
    fn a_log_group_follows_its_function_or_machine() {
        assert_eq!(LogGroup::key("/aws/lambda/ann-f").named_after(), Some(Function::key("ann-f")));
        assert_eq!(LogGroup::key("/aws/vendedlogs/states/ann-m").named_after(), Some(StateMachine::key("ann-m")));
        assert_eq!(LogGroup::key("/aws/lambda/").named_after(), None);
        assert_eq!(LogGroup::key("/ann/other").named_after(), None);
        assert_eq!(Function::key("/aws/lambda/ann-f").named_after(), None);
        assert_eq!(LogGroup::key("/aws/lambda/ann-f").bare_name(), "ann-f");
        assert_eq!(Function::key("/aws/lambda/ann-f").bare_name(), "/aws/lambda/ann-f");
    }
}
