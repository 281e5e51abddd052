//! The variables that a scope assigns.

use std::collections::BTreeSet;

use labctl_source::Member;

use super::fields::Fields;

/// The names assigned in a scope: there they exist, and in the scopes inside.
#[derive(Debug, Default)]
pub(super) struct Assigned {
    /// By whatever is no catcher.
    anywhere: BTreeSet<String>,
    /// By a catcher: the name, and where its state stands.
    caught: BTreeSet<(String, String)>,
}

impl Assigned {
    pub(super) fn in_states(states: &Fields<'_>) -> Self {
        let mut assigned = Self::default();
        for member in states.members {
            let Some(state) = member.value.members() else { continue };
            assigned.anywhere.extend(names(state));
            for field in state {
                let elements = field.value.elements().unwrap_or_default();
                let found = elements.iter().flat_map(|element| names(element.members().unwrap_or_default()));
                match field.key.as_str() {
                    "Choices" => assigned.anywhere.extend(found),
                    "Catch" => {
                        let place = states.pointer(&member.key);
                        assigned.caught.extend(found.map(|name| (name, place.clone())));
                    }
                    _ => {}
                }
            }
        }
        assigned
    }

    /// Whether a state at `pointer`, in a scope inside, must not assign a name. What is inside a state has ended when a catcher of
    /// that state assigns: AWS accepts the same name in both.
    pub(super) fn forbids(&self, name: &str, pointer: &str) -> bool {
        let outside = |place: &str| !pointer.strip_prefix(place).is_some_and(|rest| rest.starts_with('/'));
        self.anywhere.contains(name) || self.caught.iter().any(|(caught, place)| caught == name && outside(place))
    }
}

/// What `Assign` among these fields assigns.
fn names(members: &[Member]) -> impl Iterator<Item = String> {
    let assigned = members.iter().find(|member| member.key == "Assign").and_then(|member| member.value.members());
    assigned.unwrap_or_default().iter().map(|member| bare(&member.key).to_owned())
}

/// The name without the `.$` that a payload template ends it with.
pub(super) fn bare(key: &str) -> &str {
    key.strip_suffix(".$").unwrap_or(key)
}
