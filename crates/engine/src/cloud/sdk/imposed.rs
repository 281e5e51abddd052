//! Retention that a policy of the account sets, whatever is put on a log group.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutAccountPolicy.html>

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::kind::{Live, Resource};
use crate::model::{Key, tag};

/// By group, the policy's name.
#[derive(Debug, Default)]
pub(super) struct Imposed(Mutex<BTreeMap<String, String>>);

impl Imposed {
    /// Takes in a group as it was described.
    pub(super) fn learn(&self, group: Option<&str>, policy: Option<&str>) {
        let Some(name) = group else { return };
        let mut known = self.known();
        match policy {
            Some(policy) => _ = known.insert(name.to_owned(), policy.to_owned()),
            None => _ = known.remove(name),
        }
    }

    /// Takes out of a comparison what the account's policy decides: a wanted group is as wanted, and of another nobody knows what labctl put
    /// there. Gives the policies' names.
    pub(super) fn settle(&self, wanted: &BTreeMap<Key, Arc<Resource>>, found: &mut [(Key, Live)]) -> BTreeSet<String> {
        let known = self.known();
        let mut policies = BTreeSet::new();
        for (key, live) in found {
            let Some(policy) = known.get(&key.name) else { continue };
            policies.insert(policy.clone());
            match wanted.get(key) {
                Some(resource) => live.body = resource.body.clone(),
                None => _ = live.tags.remove(tag::DIGEST),
            }
        }
        policies
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::{Body, LiveState, LogGroup};
    use crate::model::{Digest, Tags};

    fn resource(days: u32) -> Resource {
        let body = Body::from(LogGroup { retention_days: Some(days) });
        let tags = Tags::from([(tag::DIGEST.to_owned(), body.digest().as_str().to_owned())]);
        Resource::new("/aws/lambda/ann-f", body, tags)
    }

    #[test]
    fn retention_that_the_account_decides_is_compared_with_nothing() {
        let imposed = Imposed::default();
        let wanted = BTreeMap::from([(resource(7).key, Arc::new(resource(7)))]);
        // Thirty days, "never", and a policy that was taken back.
        for (days, policy, reported) in [(Some(30), Some("thirty"), 1), (None, Some("never"), 1), (Some(30), None, 0)] {
            let orphan = LogGroup::key("/aws/lambda/ann-orphan");
            let seen = |key: &Key| {
                imposed.learn(Some(&key.name), policy);
                let body = LogGroup { retention_days: days }.into();
                (key.clone(), Live { arn: "arn".into(), body, tags: resource(7).tags, state: LiveState::Ready })
            };
            let mut found = vec![seen(&resource(7).key), seen(&orphan)];
            assert_eq!(imposed.settle(&wanted, &mut found).len(), reported);
            let (of_wanted, of_orphan) = (&found[0].1, &found[1].1);
            assert_eq!(of_wanted.body == resource(7).body, reported == 1, "{days:?} {policy:?}");
            assert_eq!(
                of_wanted.tagged_digest(),
                Some(resource(7).body.digest()).filter(|_| reported == 1 || days.is_some())
            );
            let known: Option<Digest> = of_orphan.tagged_digest();
            assert_eq!(known.is_none(), reported == 1, "nobody knows whether an orphan was edited");
        }
    }
}
