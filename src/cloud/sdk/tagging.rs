//! The tag index. <https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html>
//!
//! It lags behind the resources and knows neither roles nor dashboards, so it only ever saves calls: what it says is believed where
//! it agrees with what was read.

use std::collections::BTreeMap;

use aws_sdk_resourcegroupstagging::types::TagFilter;

use super::account::Account;
use crate::cloud::{CloudError, ErrorClass};
use crate::model::{Tags, tag};

/// Tags by ARN.
pub(super) type Index = BTreeMap<String, Tags>;

impl Account {
    /// Tags by ARN of everything that carries the lab's tag, or any lab's; `None` where the endpoint has no index or refuses to show it.
    pub(super) async fn tag_index(&self, lab: Option<&str>) -> Result<Option<Index>, CloudError> {
        let (mut index, mut token) = (BTreeMap::new(), None);
        let filter = TagFilter::builder().key(tag::LAB).set_values(lab.map(|lab| vec![lab.to_owned()])).build();
        loop {
            let ask = || {
                let request = self.tagging.get_resources().tag_filters(filter.clone());
                request.resources_per_page(100).set_pagination_token(token.clone()).send()
            };
            let page = match self.caller.call("tag:GetResources", ask).await {
                Ok(page) => page,
                Err(error) if is_unavailable(&error) || error.class == ErrorClass::Service => return Ok(None),
                Err(error) => return Err(error),
            };
            for resource in page.resource_tag_mapping_list.unwrap_or_default() {
                let tags = resource.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect();
                index.insert(resource.resource_arn.unwrap_or_default(), tags);
            }
            token = page.pagination_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(Some(index));
            }
        }
    }
}

/// Whether a list is not to be had here, so that things are looked up one by one.
pub(super) fn is_unavailable(error: &CloudError) -> bool {
    matches!(error.class, ErrorClass::Denied | ErrorClass::Invalid | ErrorClass::NotImplemented | ErrorClass::Other)
}
