//! Whose labs are here, by tags alone: for the cleanup of those whom no manifest names any more.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::types::RoleDetail;

use super::clients::Clients;
use super::kind::role::LEGACY_ROLES;
use super::kind::{dashboard, every, role};
use super::tagging::{available, is_unavailable, tags_of_users};
use crate::cloud::{CloudError, Tenant};
use crate::kind::{Dashboard, Role};
use crate::model::{Key, Tags, tag};

/// Paths that AWS gives to roles which no instructor makes.
const GIVEN_PATHS: [&str; 3] = ["/aws-service-role/", "/aws-reserved/", "/service-role/"];

/// What was learnt of each lab and user: the latest day in any `expires` tag.
type Known = BTreeMap<(String, String), Option<String>>;

/// Every lab and user whose tags something here carries. The tag index tells most; roles are not in it and dashboards not as they are
/// now. A page shows the tags of roles; without it, and of dashboards, those that no known user's name explains are read one by one.
pub(super) async fn tenants(clients: &Clients) -> Result<Vec<Tenant>, CloudError> {
    let mut known = Known::new();
    let index = match tags_of_users(clients, None, &[], Vec::new()).await {
        Err(error) if !is_unavailable(&error) => return Err(error),
        index => index.unwrap_or_default(),
    };
    for (arn, tags) in index {
        // A dashboard's tags are from its creation; what holds now is in its marker.
        if !arn.contains(":dashboard/") {
            learn(&mut known, &tags);
        }
    }
    let is_tagged = |role: &RoleDetail| role.tags().iter().any(|tag| tag.key() == tag::LAB);
    match available(role::page(clients, is_tagged).await)? {
        Ok(roles) => roles.values().for_each(|role| learn(&mut known, &role.tags)),
        Err(_) => learn_of_listed_roles(clients, &mut known).await?,
    }
    let unexplained: BTreeSet<String> =
        dashboard::names(clients, None).await?.into_iter().filter(|name| !is_explained(&known, None, name)).collect();
    for name in unexplained {
        learn_of(clients, &mut known, &Dashboard::key(name)).await?;
    }
    let tenants = known.into_iter().map(|((lab, user), expires)| Tenant { lab, user, expires });
    Ok(tenants.collect())
}

async fn learn_of(clients: &Clients, known: &mut Known, key: &Key) -> Result<(), CloudError> {
    if let Some(live) = every::read(clients, key).await? {
        learn(known, &live.tags);
    }
    Ok(())
}

/// Reads the roles that lists show: those of services and of paths that AWS gives are nobody's.
async fn learn_of_listed_roles(clients: &Clients, known: &mut Known) -> Result<(), CloudError> {
    for role in role::list(clients).await? {
        let lab = role.path.strip_prefix(LEGACY_ROLES).and_then(|rest| rest.strip_suffix('/'));
        let is_given = GIVEN_PATHS.iter().any(|path| role.path.starts_with(path));
        if !is_given && role.name.contains('-') && !is_explained(known, lab, &role.name) {
            learn_of(clients, known, &Role::key(role.name)).await?;
        }
    }
    Ok(())
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
