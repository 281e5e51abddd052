//! Looking at a class: in pages, with exact reads of what no page carries and of what pages do not agree on.
//!
//! | kind | pages | read one by one |
//! |---|---|---|
//! | roles | GetAccountAuthorizationDetails; ListRoles for descriptions | |
//! | functions | ListFunctions, GetResources | |
//! | log groups | DescribeLogGroups, GetResources | |
//! | state machines | GetResources | definitions |
//! | dashboards | ListDashboards | bodies |
//! | queues | GetResources | attributes |
//! | resources of any type | GetResources; ListResources, type by type, where it does not show all | properties |
//!
//! Where the endpoint does not have a page or the caller may not see it, wanted names and those of the tag index are read one by
//! one; what neither can show is told as unseen.

use futures::future::try_join_all;
use tokio::sync::OnceCell;

use super::clients::Clients;
use super::kind::every;
use super::observation::Observation;
use crate::cloud::{CloudError, Scope};
use crate::kind::Observed;
use crate::model::Kind;

/// Looks at every kind in scope at once.
pub(super) async fn observe(clients: &Clients, scope: &Scope) -> Result<Observed, CloudError> {
    let began = clients.caller.time.elapsed();
    let (place, few) = (clients.place().await?, OnceCell::new());
    let observation = Observation { scope, index: None, place: &place, few: &few };
    let kinds = scope.kinds.iter().map(|kind| every::observe(clients, *kind, observation));
    let mut observed = Observed::default();
    for kind in try_join_all(kinds).await? {
        let others = kind.found.iter().filter_map(|(key, live)| Some((key.clone(), observation.other(live)?)));
        observed.others.extend(others);
        observed.others.extend(kind.others);
        observed.unseen.extend(kind.unseen);
        observed.notes.extend(kind.notes);
        observed.imposed.extend(kind.imposed);
        observed.resources.extend(kind.found);
    }
    // What else a role is used by is known only where every kind was looked at.
    if scope.kinds.len() == Kind::ALL.len() {
        clients.last_observation.remember(began, &scope.keys, &observed);
    }
    Ok(observed)
}
