//! Which targets a command works at and what it has called, as far as it has come: documents begin with it, those of failures too.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::cloud::Cloud;
use crate::model::{AccountId, Region, Target, TargetKind};
use crate::ui::view::TargetView;

/// What is known so far.
#[derive(Default)]
pub(crate) struct TargetReport(Mutex<Known>);

#[derive(Default)]
struct Known {
    targets: BTreeMap<Target, Reached>,
    /// What stands for all targets, where a command works with one endpoint and no manifest's.
    endpoint: Option<TargetView>,
}

/// How far a target was reached.
#[derive(Clone, Default)]
struct Reached {
    cloud: Option<Arc<dyn Cloud>>,
    account: Option<String>,
}

impl TargetReport {
    /// The command is about these targets; nothing was reached yet.
    pub(crate) fn written<'t>(&self, targets: impl IntoIterator<Item = &'t Target>) {
        self.known().targets = targets.into_iter().map(|target| (target.clone(), Reached::default())).collect();
    }

    /// The command is about the local endpoint itself.
    pub(crate) fn local(&self, endpoint: Option<String>, account: Option<String>, region: Option<String>) {
        self.known().endpoint = Some(TargetView { kind: Some(TargetKind::Local), endpoint, account, region });
    }

    /// A connection stands; calls through it are counted. Targets that differ in their guard alone share it.
    pub(crate) fn connected(&self, target: &Target, cloud: &Arc<dyn Cloud>) {
        self.through(target, |reached| reached.cloud = Some(Arc::clone(cloud)));
    }

    /// The endpoint has said whose the credentials are.
    pub(crate) fn identified(&self, target: &Target, account: &str) {
        self.through(target, |reached| reached.account = Some(account.to_owned()));
    }

    fn through(&self, target: &Target, learn: impl Fn(&mut Reached)) {
        for (known, reached) in &mut self.known().targets {
            if (Target { account_id: None, ..known.clone() }) == (Target { account_id: None, ..target.clone() }) {
                learn(reached);
            }
        }
    }

    /// Every place, once.
    pub(crate) fn places(&self) -> Vec<TargetView> {
        let known = self.known();
        if let Some(endpoint) = &known.endpoint {
            return vec![endpoint.clone()];
        }
        let mut places = Vec::new();
        for (target, reached) in &known.targets {
            let place = place(target, reached);
            if !places.contains(&place) {
                places.push(place);
            }
        }
        places
    }

    /// Calls made, by `service:Operation`.
    pub(crate) fn calls(&self) -> BTreeMap<String, u64> {
        let mut counted: Vec<Arc<dyn Cloud>> = Vec::new();
        let mut calls = BTreeMap::new();
        let clouds: Vec<_> = self.known().targets.values().filter_map(|reached| reached.cloud.clone()).collect();
        for cloud in clouds {
            if counted.iter().any(|known| Arc::ptr_eq(known, &cloud)) {
                continue;
            }
            for (operation, count) in cloud.calls() {
                *calls.entry(operation).or_default() += count;
            }
            counted.push(cloud);
        }
        calls
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn place(target: &Target, reached: &Reached) -> TargetView {
    let endpoint = reached.cloud.as_ref().map(|cloud| cloud.endpoint());
    TargetView {
        kind: Some(target.kind),
        endpoint: endpoint.or_else(|| target.endpoint_url.clone()),
        account: reached.account.clone().or_else(|| target.account_id.as_ref().map(AccountId::to_string)),
        region: Some(Region::to_string(&target.region)),
    }
}
