//! The tag index. <https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html>
//!
//! It lags behind the resources and knows neither roles nor dashboards, so it only ever saves calls: what it says is believed where
//! it agrees with what was read.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_resourcegroupstagging::types::TagFilter;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use super::clients::Clients;
use crate::cloud::{CloudError, Depth, ErrorClass, Scope};
use crate::model::{Kind, Tags, tag};

/// Reads in hand at once; how many calls are out, and how fast, is the caller's business.
pub(super) const READS_AT_ONCE: usize = 256;

/// Tags by ARN.
pub(super) type Index = BTreeMap<String, Tags>;

/// The index, or why there is none.
pub(super) type Shown = Result<Index, CloudError>;

/// Resources in one page, and values in one filter, at most.
const PAGE: usize = 100;
const VALUES: usize = 20;

/// Tags by ARN of what carries the lab's tag, of these services (`lambda`) and the kinds in them; the error within where the
/// endpoint has no index or refuses to show it. Each page of an index waits for the one before, so services are asked for side
/// by side. So are as many users as fill a page where tags are believed: of the other users nothing is shown then.
pub(super) async fn tag_index(clients: &Clients, scope: &Scope, kinds: &[Kind]) -> Result<Shown, CloudError> {
    let services: BTreeSet<&str> = kinds.iter().flat_map(|kind| kind.tagged_services()).collect();
    let services: Vec<&str> = services.into_iter().collect();
    let shown = match scope.depth {
        Depth::Tags => tags_in_groups(clients, scope, &services, kinds).await,
        Depth::Content | Depth::Lists => tags_of_users(clients, Some(scope.lab.as_str()), &services, Vec::new()).await,
    };
    match shown {
        Err(error) if is_unavailable(&error) || error.class == ErrorClass::Service => Ok(Err(error)),
        Err(error) => Err(error),
        Ok(index) => Ok(Ok(index)),
    }
}

/// The index of the users in scope, as many at a time as fill a page, side by side.
async fn tags_in_groups(
    clients: &Clients,
    scope: &Scope,
    services: &[&str],
    kinds: &[Kind],
) -> Result<Index, CloudError> {
    let groups = by_page(scope, kinds);
    let asked = groups.into_iter().map(|users| tags_of_users(clients, Some(scope.lab.as_str()), services, users));
    let parts: Vec<Index> = stream::iter(asked).buffered(READS_AT_ONCE).try_collect().await?;
    Ok(parts.into_iter().flatten().collect())
}

/// The index of these users of a lab, or of everybody where none is named, page by page. Without a lab, of every lab.
pub(super) async fn tags_of_users(
    clients: &Clients,
    lab: Option<&str>,
    services: &[&str],
    users: Vec<String>,
) -> Result<Index, CloudError> {
    let (mut index, mut token) = (BTreeMap::new(), None);
    let mut filters = vec![TagFilter::builder().key(tag::LAB).set_values(lab.map(|lab| vec![lab.to_owned()])).build()];
    if !users.is_empty() {
        filters.push(TagFilter::builder().key(tag::USER).set_values(Some(users)).build());
    }
    let services: Vec<String> = services.iter().map(|service| (*service).to_owned()).collect();
    loop {
        let ask = || {
            let request = clients.tagging.get_resources().set_tag_filters(Some(filters.clone()));
            let services = Some(services.clone()).filter(|services| !services.is_empty());
            let request = request.set_resource_type_filters(services);
            request.resources_per_page(100).set_pagination_token(token.clone()).send()
        };
        let page = clients.caller.call("tag:GetResources", ask).await?;
        for resource in page.resource_tag_mapping_list.unwrap_or_default() {
            let tags = resource.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect();
            index.insert(resource.resource_arn.unwrap_or_default(), tags);
        }
        token = page.pagination_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(index);
        }
    }
}

/// The users in groups whose wanted resources of these kinds fit a page.
fn by_page(scope: &Scope, kinds: &[Kind]) -> Vec<Vec<String>> {
    let wanted = scope.keys.iter().filter(|key| kinds.contains(&key.kind)).count();
    let each = wanted.div_ceil(scope.users.len().max(1)).max(1);
    let users: Vec<String> = scope.users.iter().map(ToString::to_string).collect();
    users.chunks((PAGE / each).clamp(1, VALUES)).map(<[String]>::to_vec).collect()
}

/// Whether a list is not to be had here, so that things are looked up one by one.
pub(super) fn is_unavailable(error: &CloudError) -> bool {
    matches!(error.class, ErrorClass::Denied | ErrorClass::Invalid | ErrorClass::NotImplemented | ErrorClass::Other)
}

/// A page, or why it is not to be had here; another error stays one.
pub(super) fn available<T>(answer: Result<T, CloudError>) -> Result<Result<T, CloudError>, CloudError> {
    match answer {
        Err(error) if !is_unavailable(&error) => Err(error),
        answer => Ok(answer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::{Function, LogGroup, Queue};
    use crate::model::LabName;
    use crate::model::UserName;

    #[test]
    fn as_many_users_are_asked_for_at_once_as_fill_a_page() {
        let users: BTreeSet<UserName> = (1..=50).map(|n| UserName::new(&format!("u{n:02}")).unwrap()).collect();
        let keys = users.iter().flat_map(|user| {
            let groups = (0..9).map(move |n| LogGroup::key(format!("{user}-{n}")));
            groups.chain([Function::key(format!("{user}-f"))])
        });
        let keys = keys.collect();
        let scope = Scope {
            lab: LabName::new("lab6").unwrap(),
            users,
            keys,
            wanted: BTreeMap::new(),
            kinds: Kind::ALL.iter().copied().collect(),
            depth: Depth::default(),
        };
        let sizes = |kind| by_page(&scope, &[kind]).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(sizes(LogGroup::KIND), [11, 11, 11, 11, 6]);
        assert_eq!(sizes(Function::KIND), [20, 20, 10]);
        assert_eq!(sizes(Queue::KIND), [20, 20, 10]);
    }
}
