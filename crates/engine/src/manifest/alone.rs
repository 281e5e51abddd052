//! A pack without a manifest: who would have it is made up.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::load::in_order;
use super::pack::read_pack;
use super::settings::{SettingsLayer, effective};
use crate::model::{Iam, IamMode, Kind, Lab, LabName, Pack, Region, Student, Target, TargetKind, User, UserName};
use crate::source::{Diagnostic, Diagnostics};

/// Reads a pack, by the path of its folder or as `lab.pack` names it, and gives it to made-up users on the local endpoint: in each IAM
/// mode, with every switch as it is, on, and off. What is wrong with it is told as for a class; there is no lab where there is no pack.
pub fn examine_pack(reference: &str) -> (Option<Lab>, Diagnostics) {
    let (pack, findings) = read_pack(reference, Path::new(""));
    let told = findings.0.into_iter().map(|finding| match finding.code {
        "pack::not-a-pack" => Diagnostic { help: Some("name the folder that `pack.toml` is in".to_owned()), ..finding },
        _ => finding,
    });
    (pack.and_then(given), in_order(Diagnostics(told.collect())))
}

fn given(pack: Pack) -> Option<Lab> {
    let target = Target::new(TargetKind::Local, Region::new("us-east-1").ok()?);
    let users = settings(&pack).into_iter().flat_map(|settings| {
        [IamMode::LeastPrivilege, IamMode::AsWritten].map(|mode| (settings.clone(), Iam { mode, ..Iam::default() }))
    });
    let users = users.enumerate().filter_map(|(index, (settings, iam))| {
        let name = UserName::new(&format!("user{}", index + 1)).ok()?;
        Some(User { name, student: Student::default(), target: target.clone(), iam, settings })
    });
    Some(Lab {
        name: LabName::new("lab").ok()?,
        expires: None,
        users: users.collect(),
        target,
        tags: BTreeMap::new(),
        quotas: BTreeMap::new(),
        manifest: Path::new("lab-manifest.toml").to_owned(),
        pack,
    })
}

/// The pack's own settings, and the same with every switch on and off.
fn settings(pack: &Pack) -> Vec<BTreeMap<String, Value>> {
    let own = effective(pack, [&SettingsLayer::new(), &SettingsLayer::new()]);
    let switches: Vec<&str> =
        Kind::ALL.iter().flat_map(|kind| kind.entries(pack)).filter_map(|entry| entry.when).collect();
    let mut all = vec![own.clone()];
    for value in [true, false] {
        let mut set = own.clone();
        for (_, setting) in set.iter_mut().filter(|(name, _)| switches.contains(&name.as_str())) {
            *setting = Value::Bool(value);
        }
        if !all.contains(&set) {
            all.push(set);
        }
    }
    all
}
