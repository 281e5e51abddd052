//! What users made by hand beside their labs.

use crate::plan::ByHand;
use crate::ui::view::{ByHandResource, ByHandView};

/// What begins as users' names do and is not labctl's, as it is shown; what two regions show of one account is listed once.
pub(crate) fn by_hand_views(by_hand: &[ByHand]) -> Vec<ByHandView> {
    let mut views: Vec<ByHandView> = Vec::new();
    for one in by_hand {
        let resources = one.keys.iter().map(|key| ByHandResource { kind: key.kind, name: key.name.clone() });
        let user = one.user.to_string();
        if !views.iter().any(|known| known.user == user) {
            views.push(ByHandView { user: user.clone(), count: 0, resources: Vec::new() });
        }
        let Some(known) = views.iter_mut().find(|known| known.user == user) else { continue };
        for resource in resources {
            if !resource.kind.is_global() || !known.resources.contains(&resource) {
                known.resources.push(resource);
            }
        }
        known.count = known.resources.len();
    }
    views
}
