//! Roles that an earlier build made at the path `/labctl/<lab>/`. They stay there: the path of a role cannot be changed, and one that is
//! made anew would take its ARN from under every function and machine, those that students edited among them.

use std::borrow::Cow;
use std::sync::Arc;

use crate::kind::{Observed, Resource, Role, UserDesired};
use crate::model::{Key, tag};

/// The user's wishes with the roles where they are, and their ARNs wherever something names them.
pub(super) fn at_legacy_paths<'a>(user: &'a UserDesired, observed: &Observed) -> Cow<'a, UserDesired> {
    let moved: Vec<(&Key, String, String, String)> =
        user.resources.iter().filter_map(|role| legacy(user, role, observed)).collect();
    if moved.is_empty() {
        return Cow::Borrowed(user);
    }
    let resources = user.resources.iter().map(|resource| {
        let mut body = resource.body.clone();
        for (key, path, from, to) in &moved {
            body = body.with_arn(from, to);
            if let Some(role) = body.of_mut::<Role>().filter(|_| resource.key == **key) {
                role.path.clone_from(path);
            }
        }
        if body == resource.body {
            return Arc::clone(resource);
        }
        Arc::new(resource.with_body(body))
    });
    Cow::Owned(UserDesired { resources: resources.collect(), ..user.clone() })
}

/// A role that is wanted at the default path and is the user's own at the old one: its key, that path, and both ARNs.
fn legacy<'a>(
    user: &UserDesired,
    role: &'a Resource,
    observed: &Observed,
) -> Option<(&'a Key, String, String, String)> {
    let wanted = &role.body.of::<Role>()?.path;
    let lab = role.tags.get(tag::LAB)?;
    let live = observed.resources.get(&role.key)?;
    let path = &live.body.of::<Role>()?.path;
    let is_own = live.lab() == Some(lab) && live.user() == Some(user.user.as_str());
    let is_legacy = wanted == "/" && *path == format!("/labctl/{lab}/");
    let arn = user.place.arn(&role.key, wanted);
    (is_own && is_legacy).then(|| (&role.key, path.clone(), arn, live.arn.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::{Function, StateMachine};
    use crate::plan::{Action, Found, PlanOptions, check, plan, world};

    fn lab_at(path: &str) -> Vec<Resource> {
        let mut role = world::role("ann-r", "one", "lab6", "ann");
        role.body.of_mut::<Role>().unwrap().path = path.to_owned();
        let arn = world::place().arn(&role.key, path);
        let mut function = world::function("ann-f", 30, "aaaa", "lab6", "ann");
        let body = function.body.of_mut::<Function>().unwrap();
        body.role.clone_from(&arn);
        body.environment.insert("PASSES".to_owned(), format!("{arn},{arn}-2"));
        let definition = format!(r#"{{"StartAt": "A", "Credentials": "{arn}"}}"#);
        let mut machine = world::machine("ann-m", &definition, "lab6", "ann");
        let body = machine.body.of_mut::<StateMachine>().unwrap();
        (body.role, body.logging) = (arn, None);
        let mut resources = vec![role, function, machine];
        for resource in &mut resources {
            resource.tags.insert(tag::DIGEST.to_owned(), resource.body.digest().as_str().to_owned());
        }
        resources
    }

    fn actions(found: &Found, wanted: Vec<Resource>) -> Vec<Action> {
        let plan = plan(&world::desired("ann", wanted), found, PlanOptions::default());
        assert_eq!(check(&plan), Vec::<String>::new());
        plan.users[0].changes.iter().map(|change| change.action).collect()
    }

    #[test]
    fn a_lab_of_an_earlier_build_is_as_it_should_be() {
        let found = world::found(&lab_at("/labctl/lab6/"));
        // `-2` is another role: its ARN in the environment is the only thing that tells the two labs apart.
        let reported = actions(&found, lab_at("/"));
        assert_eq!(reported, [Action::Unchanged, Action::Update, Action::Unchanged]);
        assert_eq!(actions(&world::found(&lab_at("/")), lab_at("/")), [Action::Unchanged; 3]);
    }

    #[test]
    fn a_path_that_somebody_asked_for_is_another_matter() {
        let found = world::found(&lab_at("/labctl/lab6/"));
        assert_eq!(actions(&found, lab_at("/class/")), [Action::Update; 3]);
        // Nor is what another lab made kept in mind.
        let mut found = found;
        let observed = found.get_mut(&world::place()).unwrap();
        for live in observed.resources.values_mut() {
            live.tags.insert(tag::LAB.to_owned(), "lab7".to_owned());
        }
        assert_eq!(actions(&found, lab_at("/")), [Action::Foreign; 3]);
    }
}
