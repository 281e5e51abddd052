//! Dashboards. <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html>
//!
//! They are global to the account; PutDashboard makes and replaces them whole, and takes tags only when it makes one.

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_cloudwatch::types::Tag;

use super::calls::{Calls, Owned, Update};
use super::reading::{by_prefix, read_all, read_listed, refusal};
use crate::cloud::marker::{with_marker, without_marker};
use crate::cloud::sdk::caller::{found, still_owned};
use crate::cloud::sdk::clients::Clients;
use crate::cloud::sdk::failure::refused;
use crate::cloud::sdk::observation::{Listed, Observation, ObservedKind};
use crate::cloud::sdk::tagging::{available, is_unavailable};
use crate::cloud::{CloudError, ErrorClass};
use crate::kind::{Dashboard, Live, LiveState, Resource};
use crate::model::{Key, Tags, tag};

#[async_trait]
impl Calls for Dashboard {
    /// Where tags are believed, sizes that a list shows stand for bodies, after one dashboard was read to see whether the
    /// lab's dashboard changed.
    async fn observe(clients: &Clients, observation: Observation<'_>) -> Result<ObservedKind, CloudError> {
        let kind = Self::KIND;
        if !observation.is_quick() {
            let listed = by_prefix(observation.scope, kind, |prefix| names(clients, prefix)).await?;
            return read_listed::<Self>(clients, observation, listed).await;
        }
        let (listed, sizes) = match available(sizes(clients, None).await)? {
            Ok(sizes) => (Listed::All(sizes.iter().map(|(name, _)| name.clone()).collect()), sizes),
            Err(refused) => (Listed::Refused(refused), Vec::new()),
        };
        let alike: BTreeMap<Key, Live> = sizes
            .into_iter()
            .filter_map(|(name, size)| {
                let key = Self::key(name);
                let wanted = observation.believed(&key)?;
                let live = Live {
                    arn: observation.arn(&key),
                    body: wanted.body.clone(),
                    tags: wanted.tags.clone(),
                    state: LiveState::Ready,
                };
                let content = wanted.body.of::<Self>()?;
                (usize::try_from(size) == Ok(content.text(wanted).len())).then_some((key, live))
            })
            .collect();
        let mut observed = observation.begin(kind, &listed);
        observed.notes.extend(refusal(kind, &listed));
        let mut names = observation.names(kind, listed);
        if let Some((sample, believed)) = alike.first_key_value() {
            let read = Self::read(clients, &sample.name).await?;
            let is_as_wanted = read.as_ref().is_some_and(|live| live.tags == believed.tags);
            names.remove(sample);
            observed.found.extend(read.map(|live| observation.sharing(sample.clone(), live)));
            if is_as_wanted {
                names.retain(|key| !alike.contains_key(key));
                let sample = sample.clone();
                observed.found.extend(alike.into_iter().filter(|(key, _)| *key != sample));
            }
        }
        observed.found.extend(read_all::<Self>(clients, observation, names).await?);
        Ok(observed)
    }

    async fn read(clients: &Clients, name: &str) -> Result<Option<Live>, CloudError> {
        let ask = || clients.dashboards.get_dashboard().dashboard_name(name).send();
        let Some(answer) = found(clients.caller.call("cloudwatch:GetDashboard", ask).await)? else { return Ok(None) };
        let (body, marker) = without_marker(answer.dashboard_body().unwrap_or("{}"), name);
        let arn = match answer.dashboard_arn() {
            Some(arn) => arn.to_owned(),
            None => clients.arn(&Self::key(name)).await?,
        };
        let tags = match marker {
            Some(tags) => tags,
            None => tags_of_unmarked(clients, &arn).await?,
        };
        Ok(Some(Live { arn, body: Self { body: body.into() }.into(), tags, state: LiveState::Ready }))
    }

    /// Makes it. PutDashboard would put it in the place of another of its name without a word, so that is looked for first, unless it
    /// just was.
    async fn create(&self, clients: &Clients, resource: &Resource) -> Result<String, CloudError> {
        let name = &resource.key.name;
        if clients.was_absent(&resource.key) {
            return put(clients, resource, self).await;
        }
        let ask = || clients.dashboards.get_dashboard().dashboard_name(name).send();
        if found(clients.caller.call("cloudwatch:GetDashboard", ask).await)?.is_some() {
            return Err(refused("cloudwatch:PutDashboard", ErrorClass::Exists, format!("`{name}` is there already")));
        }
        put(clients, resource, self).await
    }

    /// Puts another in its place, if that is still the owner's. Content and marker are one body.
    async fn update(&self, clients: &Clients, resource: &Resource, update: Update<'_>) -> Result<(), CloudError> {
        let name = &resource.key.name;
        if clients.seen(&resource.key, update.live.owner).is_none()
            && let Some(live) = Self::read(clients, name).await?
        {
            still_owned("cloudwatch:PutDashboard", name, update.live.owner, &live.tags)?;
        }
        let arn = put(clients, resource, self).await?;
        put_tags(clients, &arn, &resource.tags).await
    }

    /// Deletes it, if it is still the owner's.
    async fn delete(clients: &Clients, name: &str, live: Owned<'_>) -> Result<bool, CloudError> {
        // DeleteDashboards no longer says whether there was one.
        if clients.seen(&Self::key(name), live.owner).is_none() {
            let Some(there) = Self::read(clients, name).await? else { return Ok(false) };
            still_owned("cloudwatch:DeleteDashboards", name, live.owner, &there.tags)?;
        }
        let delete = || clients.dashboards.delete_dashboards().dashboard_names(name).send();
        Ok(found(clients.caller.call("cloudwatch:DeleteDashboards", delete).await)?.is_some())
    }
}

impl Dashboard {
    /// Its body as it is put, the marker of the resource included.
    fn text(&self, resource: &Resource) -> String {
        with_marker(&self.body, &resource.key.name, &resource.tags)
    }
}

/// The tags a dashboard was made with, for one whose marker a user took away: still labctl's, and edited.
async fn tags_of_unmarked(clients: &Clients, arn: &str) -> Result<Tags, CloudError> {
    let ask = || clients.dashboards.list_tags_for_resource().resource_arn(arn).send();
    let answer = match clients.caller.call("cloudwatch:ListTagsForResource", ask).await {
        Ok(answer) => answer,
        Err(error) if error.class == ErrorClass::NotFound || is_unavailable(&error) => return Ok(Tags::new()),
        Err(error) => return Err(error),
    };
    let tags = answer.tags.unwrap_or_default().into_iter();
    let mut tags: Tags = tags.filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default()))).collect();
    if let Some(digest) = tags.get_mut(tag::DIGEST) {
        // The tag is from the creation; no content has this digest.
        "marker-removed".clone_into(digest);
    }
    Ok(tags)
}

/// Puts an institution's tags on a dashboard that is there: PutDashboard takes them only when it makes one. labctl's own are in the
/// marker.
async fn put_tags(clients: &Clients, arn: &str, wanted: &Tags) -> Result<(), CloudError> {
    let given = wanted.iter().filter(|(key, _)| !key.starts_with("labctl:"));
    let tags: Vec<Tag> = given.map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
    if tags.is_empty() {
        return Ok(());
    }
    let put = || clients.dashboards.tag_resource().resource_arn(arn).set_tags(Some(tags.clone())).send();
    match clients.caller.call("cloudwatch:TagResource", put).await {
        // A stand-in may not know dashboards by their tags at all.
        Err(error) if matches!(error.class, ErrorClass::NotFound | ErrorClass::NotImplemented) => Ok(()),
        answer => answer.map(|_| ()),
    }
}

async fn put(clients: &Clients, resource: &Resource, content: &Dashboard) -> Result<String, CloudError> {
    let body = content.text(resource);
    let put = || {
        let request = clients.dashboards.put_dashboard().dashboard_name(&resource.key.name).dashboard_body(&body);
        let tags = resource.tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
        request.set_tags(Some(tags.collect())).send()
    };
    clients.caller.call("cloudwatch:PutDashboard", put).await?;
    clients.arn(&resource.key).await
}

/// Names of every dashboard that begin so, page by page.
pub(in crate::cloud::sdk) async fn names(clients: &Clients, prefix: Option<String>) -> Result<Vec<String>, CloudError> {
    Ok(sizes(clients, prefix).await?.into_iter().map(|(name, _)| name).collect())
}

/// Names of every dashboard that begin so with the sizes of their bodies in bytes, page by page.
async fn sizes(clients: &Clients, prefix: Option<String>) -> Result<Vec<(String, i64)>, CloudError> {
    let (mut names, mut token) = (Vec::new(), None);
    loop {
        let ask = || {
            let request = clients.dashboards.list_dashboards().set_next_token(token.clone());
            request.set_dashboard_name_prefix(prefix.clone()).send()
        };
        let page = clients.caller.call("cloudwatch:ListDashboards", ask).await?;
        let entries = page.dashboard_entries.unwrap_or_default().into_iter();
        names.extend(entries.filter_map(|entry| Some((entry.dashboard_name?, entry.size.unwrap_or_default()))));
        token = page.next_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(names);
        }
    }
}
