//! Attributes that are known once the resource is there, filled in before something that refers to them is made.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::calls::Calls as _;
use crate::cloud::sdk::clients::Clients;
use crate::cloud::sdk::failure::refused;
use crate::cloud::{CloudError, ErrorClass};
use crate::kind::{AnyResource, Resource, filled, late_in};
use crate::model::Key;

/// The resource with every attribute that it refers to.
pub(super) async fn resolved<'a>(clients: &Clients, resource: &'a Resource) -> Result<Cow<'a, Resource>, CloudError> {
    if resource.needs.is_empty() {
        return Ok(Cow::Borrowed(resource));
    }
    let mut known: BTreeMap<(Key, String), String> = BTreeMap::new();
    for (key, attribute) in late_in(&resource.body.canonical().to_string()) {
        if known.contains_key(&(key.clone(), attribute.clone())) {
            continue;
        }
        let live = AnyResource::read(clients, &key.name).await?;
        let value = live.as_ref().and_then(|live| live.body.of::<AnyResource>()?.attribute(&attribute));
        let value = value.ok_or_else(|| {
            let message = format!("`{}` shows no attribute `{attribute}` that {} refers to", key.name, resource.key);
            refused("cloudformation:GetResource", ErrorClass::Invalid, message)
        })?;
        known.insert((key, attribute), value);
    }
    if known.is_empty() {
        return Ok(Cow::Borrowed(resource));
    }
    let of = |key: &Key, attribute: &str| known.get(&(key.clone(), attribute.to_owned())).cloned();
    let body = resource.body.with_texts(&|text| filled(text, &of));
    Ok(Cow::Owned(resource.with_body(body)))
}
