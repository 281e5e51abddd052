//! Users' labs as a module.

use super::kind::{Made, every};
use super::module::alias;
use super::{ExportFile, Module, Provider};
use crate::kind::{Resource, UserDesired};
use crate::model::Key;

/// The module of users' labs: `main.tf.json`, `imports.tf.json` with a block for whatever `is_there`, definitions and packages.
pub fn terraform<'lab>(
    users: impl IntoIterator<Item = (&'lab UserDesired, &'lab Provider)>,
    is_there: impl Fn(&UserDesired, &Key) -> bool,
    package: impl Fn(&UserDesired, &Resource) -> Option<Vec<u8>>,
) -> Vec<ExportFile> {
    let users: Vec<_> = users.into_iter().collect();
    let mut providers: Vec<&Provider> = users.iter().map(|(_, provider)| *provider).collect();
    providers.sort();
    providers.dedup();
    let mut module = Module::default();
    for (user, provider) in users {
        let turn = providers.iter().position(|known| *known == provider).unwrap_or_default();
        let arn = |it: &Resource| user.place.arn(&it.key, it.body.path());
        module.next_user(
            user.resources.iter().map(|it| (it.key.clone(), every::address(&it.key))).collect(),
            user.resources.iter().map(|it| (arn(it), every::address(&it.key))).collect(),
            user.resources.iter().map(|it| it.key.clone()).filter(|key| is_there(user, key)).collect(),
            (providers.len() > 1).then(|| alias(turn)),
        );
        for resource in &user.resources {
            let made = Made { place: &user.place, package: package(user, resource) };
            every::terraform(resource, made, &mut module);
        }
    }
    module.files(&providers)
}
