//! The content of a resource of any kind.

use serde::Serialize;
use serde_json::Value;

use super::{Content, Dependency, Difference, Part};
use crate::model::{Digest, Key, Kind, kinds};

/// One kind's place among the contents of all.
pub trait Variant: Sized {
    /// Which kind it is the content of.
    const KIND: Kind;

    /// The content, if it is of this kind.
    fn of(body: &Body) -> Option<&Self>;

    /// The same, to be changed.
    fn of_mut(body: &mut Body) -> Option<&mut Self>;
}

macro_rules! body {
    ($($(#[$doc:meta])* $module:ident $name:ident $word:literal)*) => {
        /// The content of a resource of any kind.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
        #[serde(tag = "kind")]
        pub enum Body {
            $($(#[$doc])* #[serde(rename = $word)] $name(super::$name),)*
        }

        impl Body {
            /// Which kind of content it is.
            pub fn kind(&self) -> Kind {
                match self { $(Self::$name(_) => Kind::$name,)* }
            }

            /// The digest of the meaning.
            pub fn digest(&self) -> Digest {
                match self { $(Self::$name(content) => content.digest(),)* }
            }

            /// Whether that is the digest, or was by an earlier build.
            pub fn has_digest(&self, digest: &Digest) -> bool {
                match self { $(Self::$name(content) => content.has_digest(digest),)* }
            }

            /// The same of something that is there and of which nobody knows any more what was wanted.
            pub fn could_have_digest(&self, digest: &Digest) -> bool {
                match self { $(Self::$name(content) => content.could_have_digest(digest),)* }
            }

            /// The same of something that is there, of what is comparable with what is wanted.
            pub fn has_digest_beside(&self, wanted: &Self, digest: &Digest) -> bool {
                match (self, wanted) {
                    $((Self::$name(live), Self::$name(wanted)) => live.comparable(wanted).has_digest(digest),)*
                    (live, _) => live.has_digest(digest),
                }
            }

            /// The content as JSON, documents inside parsed, equal numbers written alike where they mean the same.
            pub fn canonical(&self) -> Value {
                match self { $(Self::$name(content) => content.canonical(),)* }
            }

            /// Whether it lacks what it is given last.
            pub fn is_bare(&self) -> bool {
                match self { $(Self::$name(content) => content.is_bare(),)* }
            }

            /// What a resource of this name and content cannot be without.
            pub fn dependencies(&self, name: &str) -> Vec<Dependency<'_>> {
                match self { $(Self::$name(content) => content.dependencies(name),)* }
            }

            /// The ARN of the role that it runs under.
            pub fn role(&self) -> Option<&str> {
                match self { $(Self::$name(content) => content.role(),)* }
            }

            /// The path in its ARN.
            pub fn path(&self) -> &str {
                match self { $(Self::$name(content) => content.path(),)* }
            }

            /// The bytes that AWS stores of it.
            pub fn stored_bytes(&self) -> u64 {
                match self { $(Self::$name(content) => content.stored_bytes(),)* }
            }

            /// The files that a user's edit of it is saved as: what follows the name in the file's name, and the text.
            pub fn files(&self) -> Vec<(&'static str, String)> {
                match self { $(Self::$name(content) => content.files(),)* }
            }

            /// The calls that making it takes, as `service:Operation`, in order.
            pub fn create_calls(&self) -> Vec<&'static str> {
                match self { $(Self::$name(content) => content.create_calls(),)* }
            }

            fn replace_texts(&mut self, replace: &dyn Fn(&str) -> String) {
                match self { $(Self::$name(content) => content.replace_texts(replace),)* }
            }
        }

        /// Compares what is there (`live`) with what is wanted. Two kinds that differ are replaced ([`Part::Type`]).
        pub fn difference(live: &Body, wanted: &Body) -> Difference {
            let mut found = Difference::default();
            // Most of a class is as wanted: documents that are the same text need no reading.
            if live == wanted {
                return found;
            }
            match (live, wanted) {
                $((Body::$name(live), Body::$name(wanted)) => live.comparable(wanted).compare(wanted, &mut found),)*
                (live, wanted) => found.field(Part::Type, "body", &live.canonical(), &wanted.canonical()),
            }
            found
        }

        $(
            impl super::$name {
                /// Which kind it is the content of.
                pub const KIND: Kind = Kind::$name;

                /// The key of a resource of this kind.
                pub fn key(name: impl Into<String>) -> Key {
                    Key::new(Self::KIND, name)
                }
            }

            impl From<super::$name> for Body {
                fn from(content: super::$name) -> Self {
                    Self::$name(content)
                }
            }

            impl Variant for super::$name {
                const KIND: Kind = Kind::$name;

                fn of(body: &Body) -> Option<&Self> {
                    if let Body::$name(content) = body { Some(content) } else { None }
                }

                fn of_mut(body: &mut Body) -> Option<&mut Self> {
                    if let Body::$name(content) = body { Some(content) } else { None }
                }
            }
        )*
    };
}
kinds!(body);

impl Body {
    /// The content, if it is of this kind.
    pub fn of<C: Variant>(&self) -> Option<&C> {
        C::of(self)
    }

    /// The same, to be changed.
    pub fn of_mut<C: Variant>(&mut self) -> Option<&mut C> {
        C::of_mut(self)
    }

    /// The same with another text wherever an ARN may stand.
    #[must_use]
    pub fn with_texts(&self, replace: &dyn Fn(&str) -> String) -> Self {
        let mut body = self.clone();
        body.replace_texts(replace);
        body
    }

    /// The same with one ARN in place of another, wherever it is named.
    #[must_use]
    pub fn with_arn(&self, from: &str, to: &str) -> Self {
        self.with_texts(&|text| replace_arn(text, from, to))
    }
}

/// Replaces an ARN where it ends as its name ends.
fn replace_arn(text: &str, from: &str, to: &str) -> String {
    let goes_on = |next: char| next.is_ascii_alphanumeric() || "+=,.@_-".contains(next);
    let mut parts = text.split(from);
    let mut replaced = parts.next().unwrap_or_default().to_owned();
    for rest in parts {
        replaced.push_str(if rest.starts_with(goes_on) { from } else { to });
        replaced.push_str(rest);
    }
    replaced
}
