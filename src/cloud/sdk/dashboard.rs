//! Dashboards. <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html>
//!
//! They are global to the account; PutDashboard makes and replaces them whole, and takes tags only when it makes one.

use aws_sdk_cloudwatch::types::Tag;

use super::account::Account;
use super::caller::{found, refused, still_owned};
use super::tagging::is_unavailable;
use crate::cloud::marker::{with_marker, without_marker};
use crate::cloud::{CloudError, ErrorClass};
use crate::kind::{Dashboard, Live, LiveState, Resource};
use crate::model::{Owner, Tags, tag};

impl Account {
    pub(super) async fn read_dashboard(&self, name: &str) -> Result<Option<Live>, CloudError> {
        let ask = || self.dashboards.get_dashboard().dashboard_name(name).send();
        let Some(answer) = found(self.caller.call("cloudwatch:GetDashboard", ask).await)? else { return Ok(None) };
        let (body, marker) = without_marker(answer.dashboard_body().unwrap_or("{}"), name);
        let arn = match answer.dashboard_arn() {
            Some(arn) => arn.to_owned(),
            None => self.arn(Dashboard::KIND, name).await?,
        };
        let tags = match marker {
            Some(tags) => tags,
            None => self.tags_of_unmarked(&arn).await?,
        };
        Ok(Some(Live { arn, body: Dashboard { body: body.into() }.into(), tags, state: LiveState::Ready }))
    }

    /// The tags a dashboard was made with, for one whose marker a user took away: still labctl's, and edited.
    async fn tags_of_unmarked(&self, arn: &str) -> Result<Tags, CloudError> {
        let ask = || self.dashboards.list_tags_for_resource().resource_arn(arn).send();
        let answer = match self.caller.call("cloudwatch:ListTagsForResource", ask).await {
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

    /// Makes it. PutDashboard would put it in the place of another of its name without a word, so that is looked for first, unless it
    /// just was.
    pub(super) async fn create_dashboard(&self, resource: &Resource) -> Result<String, CloudError> {
        let name = &resource.key.name;
        if self.fresh.was_absent(self.caller.time.elapsed(), &resource.key) {
            return self.put_dashboard(resource).await;
        }
        let ask = || self.dashboards.get_dashboard().dashboard_name(name).send();
        if found(self.caller.call("cloudwatch:GetDashboard", ask).await)?.is_some() {
            return Err(refused("cloudwatch:PutDashboard", ErrorClass::Exists, format!("`{name}` is there already")));
        }
        self.put_dashboard(resource).await
    }

    /// Puts another in its place, if that is still the owner's.
    pub(super) async fn update_dashboard(&self, resource: &Resource, owner: &Owner) -> Result<(), CloudError> {
        let name = &resource.key.name;
        if self.seen(Dashboard::KIND, name, owner).is_none()
            && let Some(live) = self.read_dashboard(name).await?
        {
            still_owned("cloudwatch:PutDashboard", name, owner, &live.tags)?;
        }
        let arn = self.put_dashboard(resource).await?;
        self.tag_dashboard(&arn, &resource.tags).await
    }

    /// Puts an institution's tags on a dashboard that is there: PutDashboard takes them only when it makes one. labctl's own are in the
    /// marker.
    async fn tag_dashboard(&self, arn: &str, wanted: &Tags) -> Result<(), CloudError> {
        let given = wanted.iter().filter(|(key, _)| !key.starts_with("labctl:"));
        let tags: Vec<Tag> = given.map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
        if tags.is_empty() {
            return Ok(());
        }
        let put = || self.dashboards.tag_resource().resource_arn(arn).set_tags(Some(tags.clone())).send();
        match self.caller.call("cloudwatch:TagResource", put).await {
            // A stand-in may not know dashboards by their tags at all.
            Err(error) if matches!(error.class, ErrorClass::NotFound | ErrorClass::NotImplemented) => Ok(()),
            answer => answer.map(|_| ()),
        }
    }

    async fn put_dashboard(&self, resource: &Resource) -> Result<String, CloudError> {
        let name = &resource.key.name;
        let Some(Dashboard { body }) = resource.body.of::<Dashboard>() else {
            let message = format!("{} has no dashboard's content", resource.key);
            return Err(refused("cloudwatch:PutDashboard", ErrorClass::Invalid, message));
        };
        let body = with_marker(body, name, &resource.tags);
        let put = || {
            let request = self.dashboards.put_dashboard().dashboard_name(name).dashboard_body(&body);
            let tags = resource.tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
            request.set_tags(Some(tags.collect())).send()
        };
        self.caller.call("cloudwatch:PutDashboard", put).await?;
        self.arn(Dashboard::KIND, name).await
    }

    /// Deletes it, if it is still the owner's.
    pub(super) async fn delete_dashboard(&self, name: &str, owner: &Owner) -> Result<bool, CloudError> {
        // DeleteDashboards no longer says whether there was one.
        if self.seen(Dashboard::KIND, name, owner).is_none() {
            let Some(live) = self.read_dashboard(name).await? else { return Ok(false) };
            still_owned("cloudwatch:DeleteDashboards", name, owner, &live.tags)?;
        }
        let delete = || self.dashboards.delete_dashboards().dashboard_names(name).send();
        Ok(found(self.caller.call("cloudwatch:DeleteDashboards", delete).await)?.is_some())
    }

    /// Names of every dashboard that begin so, page by page.
    pub(super) async fn dashboard_names(&self, prefix: Option<String>) -> Result<Vec<String>, CloudError> {
        Ok(self.dashboard_sizes(prefix).await?.into_iter().map(|(name, _)| name).collect())
    }

    /// Names of every dashboard that begin so with the sizes of their bodies in bytes, page by page.
    pub(super) async fn dashboard_sizes(&self, prefix: Option<String>) -> Result<Vec<(String, i64)>, CloudError> {
        let (mut names, mut token) = (Vec::new(), None);
        loop {
            let ask = || {
                let request = self.dashboards.list_dashboards().set_next_token(token.clone());
                request.set_dashboard_name_prefix(prefix.clone()).send()
            };
            let page = self.caller.call("cloudwatch:ListDashboards", ask).await?;
            let entries = page.dashboard_entries.unwrap_or_default().into_iter();
            names.extend(entries.filter_map(|entry| Some((entry.dashboard_name?, entry.size.unwrap_or_default()))));
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(names);
            }
        }
    }
}

/// How many bytes a wanted dashboard has as it is put, its marker included.
pub(super) fn size(resource: &Resource) -> i64 {
    let Some(Dashboard { body }) = resource.body.of::<Dashboard>() else { return -1 };
    i64::try_from(with_marker(body, &resource.key.name, &resource.tags).len()).unwrap_or(-1)
}
