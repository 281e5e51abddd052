//! The schema that editors complete manifests from.

use serde_json::Value;

use super::load_pack;
use super::pack::published;
use super::schema::for_pack;
use crate::model::Pack;

/// The JSON Schema of manifests for the built-in pack, as `labctl schema` prints it.
pub fn schema() -> Value {
    let pack = load_pack("step-functions", std::path::Path::new("")).ok();
    for_pack(pack.as_ref())
}

/// The JSON Schema of `pack.toml`, as `labctl schema --pack` prints it. What `[defaults]` may say is asked of no entry.
pub fn pack_schema() -> Value {
    published()
}

/// The JSON Schema of manifests that use a pack.
pub fn schema_for(pack: &Pack) -> Value {
    for_pack(Some(pack))
}
