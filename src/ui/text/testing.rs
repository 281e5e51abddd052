//! What tests of texts share.

use std::collections::BTreeMap;

use super::super::view::{Document, Head, TargetView};
use crate::model::TargetKind;

/// A document around a view.
pub(super) fn document_of<V>(ok: bool, elapsed_ms: u64, body: V) -> Document<V> {
    let target = TargetView {
        kind: Some(TargetKind::Local),
        endpoint: Some("http://127.0.0.1:4566".to_owned()),
        account: Some("000000000000".to_owned()),
        region: Some("us-east-1".to_owned()),
    };
    Document { head: Head::new("test", ok, elapsed_ms, vec![target], BTreeMap::new()), body }
}
