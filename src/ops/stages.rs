//! Stages of a lesson: what is due by the end of one.

use std::collections::BTreeSet;

use super::failure::Failure;
use crate::kind::{AnyResource, Body, Dashboard, Function, LogGroup, Queue, Role, StateMachine, UserDesired};
use crate::model::{Key, Pack, Scenario};
use crate::plan::Found;
use crate::render::Rendered;
use crate::source;
use crate::trial::Participant;

/// What of a pack is not due yet. labctl remembers no stage: without one the whole lab is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NotDue {
    stages: BTreeSet<String>,
}

impl NotDue {
    /// What comes after this stage; nothing where none is named.
    ///
    /// # Errors
    /// A stage that the pack does not have.
    pub(crate) fn after(pack: &Pack, through: Option<&str>) -> Result<Self, Failure> {
        let Some(through) = through else { return Ok(Self::default()) };
        let ids = || pack.stages.iter().map(|stage| stage.id.as_str());
        let Some(place) = ids().position(|id| id == through) else {
            let help = if pack.stages.is_empty() {
                "write `[[stages]]` into its `pack.toml`, or leave `--through` out".to_owned()
            } else {
                source::help(through, ids().collect::<Vec<_>>())
            };
            return Err(Failure::usage(format!("the pack `{}` has no stage `{through}`", pack.name), help));
        };
        Ok(Self { stages: ids().skip(place + 1).map(str::to_owned).collect() })
    }

    /// Ids of the stages.
    pub(crate) fn stages(&self) -> &BTreeSet<String> {
        &self.stages
    }

    /// Whether something of this stage is not due.
    pub(crate) fn has(&self, stage: Option<&String>) -> bool {
        stage.is_some_and(|stage| self.stages.contains(stage))
    }

    /// Functions, machines and dashboards, by their names in the pack.
    pub(crate) fn resources(&self, pack: &Pack) -> BTreeSet<String> {
        let functions = pack.functions.iter().map(|it| (&it.name, &it.stage));
        let machines = pack.machines.iter().map(|it| (&it.name, &it.stage));
        let dashboards = pack.dashboards.iter().map(|it| (&it.name, &it.stage));
        let all = functions.chain(machines).chain(dashboards);
        all.filter(|(_, stage)| self.has(stage.as_ref())).map(|(name, _)| name.clone()).collect()
    }

    /// The scenarios that are due.
    pub(crate) fn due_scenarios(&self, scenarios: &[Scenario]) -> Vec<Scenario> {
        scenarios.iter().filter(|scenario| !self.has(scenario.stage.as_ref())).cloned().collect()
    }

    /// Takes machines that are not due from those who take part in a trial.
    pub(crate) fn narrow_trial(&self, pack: &Pack, participants: &mut [Participant]) {
        let resources = self.resources(pack);
        for participant in participants {
            participant.machines.retain(|name, _| !resources.contains(name));
        }
    }

    /// Takes out of what is wanted what is not due; gives the names of that.
    pub(crate) fn narrow(&self, pack: &Pack, rendered: &mut Rendered) -> BTreeSet<Key> {
        let mut taken = BTreeSet::new();
        if self.stages.is_empty() {
            return taken;
        }
        for user in &mut rendered.desired.users {
            let of_user = self.keys(pack, user);
            user.resources.retain(|resource| !of_user.contains(&resource.key));
            taken.extend(of_user);
        }
        taken
    }

    /// What a user's resources of later stages are called.
    fn keys(&self, pack: &Pack, user: &UserDesired) -> BTreeSet<Key> {
        let stage_of = |body: &Body, name: &str| {
            let short = name.strip_prefix(&format!("{}-", user.user)).unwrap_or(name);
            let of = |found: Option<&Option<String>>| found.cloned().flatten();
            if body.of::<Role>().is_some() {
                of(pack.roles.iter().find(|it| it.name == short).map(|it| &it.stage))
            } else if body.of::<Function>().is_some() {
                of(pack.functions.iter().find(|it| it.name == short).map(|it| &it.stage))
            } else if body.of::<StateMachine>().is_some() {
                of(pack.machines.iter().find(|it| it.name == short).map(|it| &it.stage))
            } else if body.of::<Queue>().is_some() {
                of(pack.queues.iter().find(|it| it.name == short).map(|it| &it.stage))
            } else if let Some(resource) = body.of::<AnyResource>() {
                let entry = resource.entry.as_deref();
                of(pack.resources.iter().find(|it| Some(it.name.as_str()) == entry).map(|it| &it.stage))
            } else if body.of::<Dashboard>().is_some() {
                of(pack.dashboards.iter().find(|it| it.name == short).map(|it| &it.stage))
            } else if body.of::<LogGroup>().is_some() {
                let is_it = |template: &str| template.replace("{{user}}", user.user.as_str()) == name;
                of(pack.log_groups.iter().find(|it| is_it(&it.name)).map(|it| &it.stage))
            } else {
                None
            }
        };
        let later = user.resources.iter().filter(|it| self.has(stage_of(&it.body, &it.key.name).as_ref()));
        later.map(|resource| resource.key.clone()).collect()
    }
}

/// Forgets that these are there: they are of a later stage, and nobody touches them.
pub(crate) fn forget(found: &mut Found, taken: &BTreeSet<Key>) {
    for observed in found.values_mut() {
        observed.resources.retain(|key, _| !taken.contains(key));
    }
}
