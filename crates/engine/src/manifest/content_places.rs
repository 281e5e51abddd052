//! Where a manifest and its rosters say what is in the labs, and not whose they are or where.

use std::path::PathBuf;

use super::document::{Document, extent};
use super::record::Record;
use crate::source::{self, Diagnostic, Member, Node, Span};

/// Stretches of files.
pub(super) struct ContentPlaces(Vec<(PathBuf, Span)>);

impl ContentPlaces {
    /// The tables `[iam]`, `[settings]`, `[tags]` and `[quotas]`, which pack it is and its last day, also where their names are misspelt, and
    /// what users have of the first two.
    pub(super) fn of(document: &Document, sources: &[Vec<Record>]) -> Self {
        const TABLES: [&str; 8] = ["iam", "settings", "tags", "quotas", "lab", "target", "users", "roster"];
        let is_content = |key: &str| TABLES.iter().take(4).any(|table| *table == meant(key, &TABLES));
        let root = &document.root;
        let tables = members(root).iter().filter(|entry| is_content(&entry.key)).flat_map(spans);
        let lab = root.get("lab");
        let pack = lab
            .map(members)
            .unwrap_or_default()
            .iter()
            .filter(|entry| matches!(meant(&entry.key, &["pack", "expires", "name"]), "pack" | "expires"))
            .flat_map(spans);
        // A table without its pack is found fault with as a whole; the name that it has to have, too, is there then.
        let packless = lab.filter(|lab| lab.get("pack").is_none() && lab.get("name").is_some()).map(|lab| lab.at);
        let of_manifest = tables.chain(pack).chain(packless).map(|span| (document.source.path.clone(), span));
        let of_users = sources.iter().flatten().flat_map(|record| {
            let entries = members(&record.iam).iter().chain(members(&record.settings)).flat_map(spans);
            entries.map(|span| (record.source.path.clone(), span))
        });
        Self(of_manifest.chain(of_users).collect())
    }

    /// Whether a finding is about what is in the labs alone.
    pub(super) fn has(&self, finding: &Diagnostic) -> bool {
        let lies_in = |(path, span): &(PathBuf, Span)| {
            finding.place.as_ref().is_some_and(|(source, at)| {
                let end = |span: &Span| span.offset + span.length;
                source.path == *path && span.offset <= at.offset && end(at) <= end(span)
            })
        };
        finding.code.starts_with("pack::") || finding.code == "manifest::name-too-long" || self.0.iter().any(lies_in)
    }
}

/// The key itself if it is known, else the one that was meant.
fn meant<'k>(key: &'k str, known: &[&'k str]) -> &'k str {
    let itself = known.iter().find(|known| **known == key);
    itself.copied().or_else(|| source::nearest(key, known.iter().copied())).unwrap_or(key)
}

fn members(node: &Node) -> &[Member] {
    node.members().unwrap_or_default()
}

/// The key, and the value with all that is in it.
fn spans(entry: &Member) -> [Span; 2] {
    [entry.key_at, extent(&entry.value)]
}
