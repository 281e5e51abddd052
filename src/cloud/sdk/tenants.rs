//! Whose labs are here, by tags alone: for the cleanup of those whom no manifest names any more.

use std::collections::{BTreeMap, BTreeSet};

use super::account::Account;
use super::tagging::is_unavailable;
use crate::cloud::{CloudError, Tenant};
use crate::model::{Key, Kind, Tags, tag};

/// Where labctl's roles are; the lab's name follows.
const ROLES: &str = "/labctl/";

/// What was learnt of each lab and user: the latest day in any `expires` tag.
type Known = BTreeMap<(String, String), Option<String>>;

impl Account {
    /// Every lab and user whose tags something here carries. The tag index tells most; roles are not in it and dashboards not as they are
    /// now, so those that no known user's name explains are read one by one.
    pub(super) async fn tenants_here(&self) -> Result<Vec<Tenant>, CloudError> {
        let mut known = Known::new();
        let index = match self.tags_of_users(None, &[], Vec::new()).await {
            Err(error) if !is_unavailable(&error) => return Err(error),
            index => index.unwrap_or_default(),
        };
        for (arn, tags) in index {
            // A dashboard's tags are from its creation; what holds now is in its marker.
            if !arn.contains(":dashboard/") {
                learn(&mut known, &tags);
            }
        }
        for (name, path) in self.roles_under(ROLES).await? {
            let lab = path.strip_prefix(ROLES).and_then(|rest| rest.strip_suffix('/')).unwrap_or_default();
            if !is_explained(&known, Some(lab), &name) {
                self.learn_of(&mut known, Kind::Role, name).await?;
            }
        }
        let unexplained: BTreeSet<String> =
            self.dashboard_names(None).await?.into_iter().filter(|name| !is_explained(&known, None, name)).collect();
        for name in unexplained {
            self.learn_of(&mut known, Kind::Dashboard, name).await?;
        }
        let tenants = known.into_iter().map(|((lab, user), expires)| Tenant { lab, user, expires });
        Ok(tenants.collect())
    }

    async fn learn_of(&self, known: &mut Known, kind: Kind, name: String) -> Result<(), CloudError> {
        use crate::cloud::Cloud as _;
        if let Some(live) = self.read(&Key::new(kind, name)).await? {
            learn(known, &live.tags);
        }
        Ok(())
    }

    /// Names and paths of the roles under a path. <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html>
    async fn roles_under(&self, path: &str) -> Result<Vec<(String, String)>, CloudError> {
        let (mut roles, mut marker) = (Vec::new(), None);
        loop {
            let ask = || self.iam.list_roles().path_prefix(path).max_items(1000).set_marker(marker.clone()).send();
            let page = self.caller.call("iam:ListRoles", ask).await?;
            roles.extend(page.roles.into_iter().map(|role| (role.role_name, role.path)));
            marker = page.marker.filter(|_| page.is_truncated);
            if marker.is_none() {
                return Ok(roles);
            }
        }
    }
}

fn learn(known: &mut Known, tags: &Tags) {
    if let (Some(lab), Some(user)) = (tags.get(tag::LAB), tags.get(tag::USER)) {
        let expires = known.entry((lab.clone(), user.clone())).or_default();
        // Days are written so that their order is that of their text.
        *expires = std::mem::take(expires).max(tags.get(tag::EXPIRES).cloned());
    }
}

/// Whether a name begins as a known user's do.
fn is_explained(known: &Known, lab: Option<&str>, name: &str) -> bool {
    known.keys().any(|(known_lab, user)| {
        lab.is_none_or(|lab| lab == known_lab)
            && name.strip_prefix(user.as_str()).is_some_and(|rest| rest.starts_with('-'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> Tags {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_latest_day_counts_and_what_no_user_has_is_nobodys() {
        let mut known = Known::new();
        learn(&mut known, &tags(&[(tag::LAB, "lab6"), (tag::USER, "ann"), (tag::EXPIRES, "2026-12-20")]));
        learn(&mut known, &tags(&[(tag::LAB, "lab6"), (tag::USER, "ann"), (tag::EXPIRES, "2026-12-24")]));
        learn(&mut known, &tags(&[(tag::LAB, "lab6"), (tag::USER, "ann")]));
        learn(&mut known, &tags(&[(tag::LAB, "lab6")]));
        let ann = ("lab6".to_owned(), "ann".to_owned());
        assert_eq!(known, Known::from([(ann, Some("2026-12-24".to_owned()))]));
        assert!(is_explained(&known, Some("lab6"), "ann-role") && is_explained(&known, None, "ann-dashboard"));
        assert!(!is_explained(&known, Some("lab7"), "ann-role") && !is_explained(&known, None, "anna-dashboard"));
    }
}
