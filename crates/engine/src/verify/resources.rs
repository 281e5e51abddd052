//! From an account to evidence of what is there. Nothing is changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::join_all;

use super::evidence::{EvidenceOf, FunctionEvidence, MachineEvidence, RoleEvidence, WantedFunction};
use super::there::name;
use super::workflow::ReadOnce;
use crate::cloud::Cloud;
use crate::kind::{Dashboard, Function, Live, LiveState, Observed, Resource, Role, StateMachine};
use crate::model::{Key, Kind, MachineTemplate};

/// The kinds that are read in pages, a class at once.
pub const PAGED: &[Kind] = &[Role::KIND, Function::KIND, Dashboard::KIND];

/// What was found of a user's lab.
#[derive(Clone, Debug, Default)]
pub(super) struct ResourceEvidence {
    pub(super) functions: BTreeMap<String, EvidenceOf<FunctionEvidence>>,
    pub(super) machines: Machines,
    pub(super) roles: BTreeMap<String, EvidenceOf<RoleEvidence>>,
    pub(super) dashboards: BTreeMap<String, EvidenceOf<String>>,
}

/// Machines by their names in the pack.
pub(super) type Machines = BTreeMap<String, EvidenceOf<MachineEvidence>>;

/// Reads a user's machines, a call each and nobody's tags: few of those can be asked for a second.
pub(super) async fn machines(
    cloud: &dyn Cloud,
    prefix: &str,
    wanted: &[Arc<Resource>],
    templates: &[MachineTemplate],
) -> Machines {
    let wanted = wanted.iter().filter(|resource| resource.key.kind == StateMachine::KIND);
    let reads = wanted.map(async |resource| {
        let full = &resource.key.name;
        let short = full.strip_prefix(prefix).unwrap_or(full);
        let template = templates.iter().find(|template| template.name == short);
        let machine = match cloud.machine(full).await {
            Ok(Some((arn, found))) => {
                EvidenceOf::Found(machine(arn, found, template.and_then(|template| template.outcome.clone())))
            }
            Ok(None) => EvidenceOf::Absent,
            Err(error) => EvidenceOf::Unread(error.to_string()),
        };
        (short.to_owned(), machine)
    });
    join_all(reads).await.into_iter().collect()
}

/// Nothing of what is wanted was read.
pub(super) fn unread(prefix: &str, wanted: &[Arc<Resource>]) -> ResourceEvidence {
    fn of<T>(kind: Kind, prefix: &str, wanted: &[Arc<Resource>]) -> BTreeMap<String, EvidenceOf<T>> {
        let names = wanted.iter().filter(|resource| resource.key.kind == kind).map(|resource| &resource.key.name);
        let short = |name: &String| name.strip_prefix(prefix).unwrap_or(name).to_owned();
        names.map(|name| (short(name), EvidenceOf::Unread("interrupted".to_owned()))).collect()
    }
    ResourceEvidence {
        functions: of(Function::KIND, prefix, wanted),
        machines: of(StateMachine::KIND, prefix, wanted),
        dashboards: of(Dashboard::KIND, prefix, wanted),
        roles: BTreeMap::new(),
    }
}

/// Reads what else is there of one user: first out of what pages showed, then one by one.
pub(super) struct Reader<'a> {
    pub(super) cloud: &'a dyn Cloud,
    pub(super) observed: Option<&'a Observed>,
    pub(super) prefix: String,
}

impl Reader<'_> {
    /// Reads functions, dashboards and the roles that functions and these machines have; `brought` ones aside.
    pub(super) async fn read(
        &self,
        wanted: &[Arc<Resource>],
        machines: Machines,
        brought: &dyn Fn(&str) -> bool,
    ) -> ResourceEvidence {
        let mut found = ResourceEvidence { machines, ..ResourceEvidence::default() };
        let wanted = wanted.iter().filter(|it| [Function::KIND, Dashboard::KIND].contains(&it.key.kind));
        for (resource, live) in join_all(wanted.map(|resource| self.one(resource))).await {
            let short = resource.key.name.strip_prefix(&self.prefix).unwrap_or(&resource.key.name).to_owned();
            match &resource.body {
                body if body.of::<Function>().is_some() => {
                    let wanted = body.of::<Function>();
                    found.functions.insert(short, map(live, |live| function(&resource.key.name, live, wanted)));
                }
                body if body.of::<Dashboard>().is_some() => {
                    let text = |live: &Live| Some(live.body.of::<Dashboard>()?.body.to_string());
                    found.dashboards.insert(short, map(live, text));
                }
                _ => {}
            }
        }
        self.misnamed(&mut found).await;
        self.roles(&mut found, brought).await;
        found
    }

    async fn one<'r>(&self, resource: &'r Arc<Resource>) -> (&'r Arc<Resource>, EvidenceOf<Live>) {
        let seen = self.observed.and_then(|observed| observed.resources.get(&resource.key));
        let live = match seen {
            Some(live) => EvidenceOf::Found(live.clone()),
            None => self.key(&resource.key).await,
        };
        (resource, live)
    }

    async fn key(&self, key: &Key) -> EvidenceOf<Live> {
        match self.cloud.read(key).await {
            Ok(Some(live)) if live.state == LiveState::Deleting => EvidenceOf::Absent,
            Ok(Some(live)) => EvidenceOf::Found(live),
            Ok(None) => EvidenceOf::Absent,
            Err(error) => EvidenceOf::Unread(error.to_string()),
        }
    }

    /// A function that is not there under its name, and that a machine calls under another one that ends alike.
    async fn misnamed(&self, found: &mut ResourceEvidence) {
        let machines = found.machines.values().filter_map(EvidenceOf::found);
        let called: BTreeSet<String> = machines
            .filter_map(MachineEvidence::workflow)
            .flat_map(|workflow| workflow.states.values())
            .filter_map(|state| state.function.clone())
            .collect();
        let absent = found.functions.iter().filter(|(_, function)| **function == EvidenceOf::Absent);
        let missing: Vec<String> = absent.map(|(short, _)| short.clone()).collect();
        for short in missing {
            let full = format!("{}{short}", self.prefix);
            let Some(other) = called.iter().find(|called| **called != full && called.ends_with(&short)) else {
                continue;
            };
            let live = self.key(&Function::key(other.as_str())).await;
            if let EvidenceOf::Found(_) = live {
                found.functions.insert(short, map(live, |live| function(other, live, None)));
            }
        }
    }

    async fn roles(&self, found: &mut ResourceEvidence, brought: &dyn Fn(&str) -> bool) {
        let functions = found.functions.values().filter_map(EvidenceOf::found).map(|function| &function.role);
        let machines = found.machines.values().filter_map(EvidenceOf::found).map(|machine| &machine.role);
        let names: BTreeSet<String> =
            functions.chain(machines).map(|arn| name(arn).to_owned()).filter(|name| !brought(name)).collect();
        let reading = names.into_iter().map(|name| async move {
            let key = Role::key(name.as_str());
            let seen = self.observed.and_then(|observed| observed.resources.get(&key));
            let live = match seen {
                Some(live) => EvidenceOf::Found(live.clone()),
                None => self.key(&key).await,
            };
            (name, map(live, role))
        });
        found.roles.extend(join_all(reading).await);
    }
}

/// What is made of something that was found; what has another shape than its kind was not read.
fn map<T>(live: EvidenceOf<Live>, read: impl FnOnce(&Live) -> Option<T>) -> EvidenceOf<T> {
    match live {
        EvidenceOf::Found(live) => read(&live)
            .map_or_else(|| EvidenceOf::Unread("its content has another shape".to_owned()), EvidenceOf::Found),
        EvidenceOf::Absent => EvidenceOf::Absent,
        EvidenceOf::Unread(why) => EvidenceOf::Unread(why),
    }
}

fn function(name: &str, live: &Live, wanted: Option<&Function>) -> Option<FunctionEvidence> {
    let found: &Function = live.body.of()?;
    Some(FunctionEvidence {
        name: name.to_owned(),
        role: found.role.clone(),
        runtime: found.runtime.clone(),
        handler: found.handler.clone(),
        timeout_seconds: found.timeout_seconds,
        memory_mib: found.memory_mib,
        is_packs_code: wanted.is_some_and(|wanted| wanted.code.sha256 == found.code.sha256),
        wanted: wanted.map(|wanted| WantedFunction {
            runtime: wanted.runtime.clone(),
            timeout_seconds: wanted.timeout_seconds,
            memory_mib: wanted.memory_mib,
        }),
    })
}

fn machine(arn: String, found: StateMachine, outcome: Option<String>) -> MachineEvidence {
    MachineEvidence {
        arn,
        machine_type: found.machine_type,
        role: found.role,
        definition: found.definition.to_string(),
        logging: found.logging,
        outcome,
        read: ReadOnce::default(),
    }
}

fn role(live: &Live) -> Option<RoleEvidence> {
    let found: &Role = live.body.of()?;
    let policies = found.inline_policies.iter().map(|(name, policy)| (name.clone(), policy.value()));
    Some(RoleEvidence { policies: policies.collect(), managed: found.managed_policies.clone() })
}
