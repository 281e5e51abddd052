//! A user's lab in another region of the account: roles and dashboards are the account's, so that a second lab takes them from the first.

use std::collections::{BTreeMap, BTreeSet};

use super::{Found, UserTeardown};
use crate::kind::Desired;
use crate::model::{Key, LabName, Region, UserName, tag};

/// What is the account's and of a user's lab in other regions, with those regions.
pub type Elsewhere = BTreeMap<UserName, BTreeMap<Key, BTreeSet<String>>>;

/// Roles and dashboards that speak of other regions than the one their user's lab is to go to, or to be removed from.
pub fn elsewhere(desired: &Desired, found: &Found) -> Elsewhere {
    let mut reported = Elsewhere::new();
    for user in &desired.users {
        let Some(observed) = found.get(&user.place) else { continue };
        for resource in user.resources.iter().filter(|resource| resource.key.kind.is_global()) {
            let Some(live) = observed.resources.get(&resource.key) else { continue };
            // What is as wanted here is of here.
            if live.body == resource.body {
                continue;
            }
            let is_ours = live.lab() == resource.tags.get(tag::LAB).map(String::as_str)
                && live.user() == Some(user.user.as_str());
            // What a user edited may name any region.
            let base = live.tagged_digest();
            let is_as_made = base.is_some_and(|base| live.body.has_digest_beside(&resource.body, &base));
            let regions = regions(&live.body.canonical().to_string());
            if is_ours && is_as_made && !regions.is_empty() && !regions.contains(user.place.region.as_str()) {
                reported.entry(user.user.clone()).or_default().insert(resource.key.clone(), regions);
            }
        }
    }
    reported
}

/// The same of users of whom nobody knows any more what they should have.
pub fn elsewhere_by_tags(lab: &LabName, users: &[UserTeardown], found: &Found) -> Elsewhere {
    let mut reported = Elsewhere::new();
    for UserTeardown { user, place, .. } in users {
        let Some(observed) = found.get(place) else { continue };
        for (key, live) in observed.resources.iter().filter(|(key, _)| key.kind.is_global()) {
            let is_ours = live.lab() == Some(lab.as_str()) && live.user() == Some(user.as_str());
            let is_as_made = live.tagged_digest().is_some_and(|base| live.body.could_have_digest(&base));
            let regions = regions(&live.body.canonical().to_string());
            if is_ours && is_as_made && !regions.is_empty() && !regions.contains(place.region.as_str()) {
                reported.entry(user.clone()).or_default().insert(key.clone(), regions);
            }
        }
    }
    reported
}

/// Regions in the ARNs of a text, and those named as such (`"region": "us-east-1"`).
fn regions(text: &str) -> BTreeSet<String> {
    let in_arns = text.split("arn:").skip(1).filter_map(|rest| rest.split(':').nth(2));
    let named = text.split("region").skip(1).map(|rest| {
        let rest = rest.trim_start_matches(|letter: char| !letter.is_ascii_alphanumeric());
        let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-').unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default()
    });
    in_arns.chain(named).filter(|name| Region::new(name).is_ok()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::world;

    #[test]
    fn regions_are_found_in_arns_and_by_name() {
        let found = |text: &str| regions(text).into_iter().collect::<Vec<_>>().join(" ");
        assert_eq!(
            found("arn:aws:lambda:us-east-1:1:function:f arn:aws:iam::1:role/r arn:aws:logs:*:*:*"),
            "us-east-1"
        );
        assert_eq!(found(r#"{\"region\": \"eu-west-1\"} region "x""#), "eu-west-1");
        assert_eq!(found("arn:aws-cn:states:cn-north-1:1:x, arn:aws:sqs:us-west-2:1:q"), "cn-north-1 us-west-2");
        assert_eq!(found("no region at all"), "");
    }

    #[test]
    fn a_lab_that_moves_is_told_and_one_that_stays_is_not() {
        let dashboard =
            |region: &str| world::dashboard("ann-d", &format!("{{\"region\": \"{region}\"}}"), "lab6", "ann");
        let here = world::place().region.to_string();
        let reported = |live: &str| {
            let found = world::found(&[dashboard(live)]);
            let all = elsewhere(&world::desired("ann", vec![dashboard(&here)]), &found);
            let regions = all.into_values().flat_map(BTreeMap::into_iter).map(|(key, regions)| (key.name, regions));
            regions.collect::<Vec<_>>()
        };
        assert_eq!(reported("sa-east-1"), [("ann-d".to_owned(), BTreeSet::from(["sa-east-1".to_owned()]))]);
        assert_eq!(reported(&here), []);
        let mut edited = world::found(&[dashboard("sa-east-1")]);
        for live in edited.get_mut(&world::place()).unwrap().resources.values_mut() {
            live.body = dashboard("eu-south-1").body;
        }
        assert!(elsewhere(&world::desired("ann", vec![dashboard(&here)]), &edited).is_empty(), "a user's edit");
        let by_tags = |lab: &str, found: &Found| {
            let teardown =
                UserTeardown { user: UserName::new("ann").unwrap(), place: world::place(), wanted: BTreeSet::new() };
            elsewhere_by_tags(&LabName::new(lab).unwrap(), &[teardown], found)
                .into_values()
                .map(|keys| keys.len())
                .sum()
        };
        let moved = world::found(&[dashboard("sa-east-1")]);
        let counted: [usize; 4] = [
            by_tags("lab6", &moved),
            by_tags("lab7", &moved),
            by_tags("lab6", &edited),
            by_tags("lab6", &world::found(&[dashboard(&here)])),
        ];
        assert_eq!(counted, [1, 0, 0, 0]);
        let foreign = world::found(&[world::dashboard("ann-d", "{\"region\": \"sa-east-1\"}", "lab7", "ann")]);
        assert!(elsewhere(&world::desired("ann", vec![dashboard(&here)]), &foreign).is_empty(), "not this lab's");
    }
}
