//! Labs to test with.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use crate::model::{
    AccountId, Bulk, DashboardTemplate, FunctionTemplate, Iam, IamMode, Lab, LabName, LessonStage, LogGroupTemplate,
    MachineTemplate, NamedInput, Pack, PackOrigin, Place, QueueTemplate, Region, ResourceTemplate, RoleTemplate,
    Scenario, Setting, Target, TargetKind, User, UserName,
};

/// `pack.toml`, as far as its layout goes; the room `manifest` has the reader with the good messages.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PackFile {
    pack: Heading,
    settings: BTreeMap<String, Setting>,
    roles: Vec<RoleTemplate>,
    log_groups: Vec<LogGroupTemplate>,
    functions: Vec<FunctionTemplate>,
    queues: Vec<QueueTemplate>,
    #[serde(default)]
    resources: Vec<ResourceTemplate>,
    machines: Vec<MachineTemplate>,
    dashboards: Vec<DashboardTemplate>,
    #[serde(default)]
    inputs: Vec<NamedInput>,
    bulk: Option<Bulk>,
    stages: Vec<LessonStage>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Heading {
    name: String,
    title: String,
}

pub(super) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn files_below(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Arc<[u8]>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            files_below(&entry.path(), &format!("{name}/"), files);
        } else {
            files.insert(name, Arc::from(std::fs::read(entry.path()).unwrap()));
        }
    }
}

/// A pack from its files.
pub(super) fn pack(files: BTreeMap<String, Arc<[u8]>>) -> Pack {
    let text = std::str::from_utf8(&files["pack.toml"]).unwrap();
    let file: PackFile = toml::from_str(text).unwrap();
    let scenario_files = files.iter().filter(|(path, _)| path.starts_with("scenarios/"));
    let scenarios: Vec<Scenario> = scenario_files
        .flat_map(|(_, bytes)| {
            let json = crate::asl::yaml_to_json(std::str::from_utf8(bytes).unwrap()).unwrap();
            serde_json::from_str::<Vec<Scenario>>(&json).unwrap()
        })
        .collect();
    Pack {
        name: file.pack.name,
        title: file.pack.title,
        origin: PackOrigin::BuiltIn,
        places: BTreeMap::new(),
        unread: BTreeSet::new(),
        settings: file.settings,
        roles: file.roles,
        log_groups: file.log_groups,
        functions: file.functions,
        queues: file.queues,
        resources: file.resources,
        machines: file.machines,
        dashboards: file.dashboards,
        scenarios,
        inputs: file.inputs,
        bulk: file.bulk,
        mocks: Vec::new(),
        checklist: Vec::new(),
        stages: file.stages,
        files,
        executables: BTreeSet::new(),
    }
}

pub(super) fn built_in_files() -> BTreeMap<String, Arc<[u8]>> {
    let mut files = BTreeMap::new();
    files_below(&repository().join("templates/step-functions"), "", &mut files);
    // Without short forms: those are the reader's matter.
    files_below(&repository().join("tests/packs/written-out"), "", &mut files);
    files
}

pub(super) fn user(name: &str, pack: &Pack) -> User {
    User {
        student: crate::model::Student::default(),
        name: UserName::new(name).unwrap(),
        target: Target::new(TargetKind::Local, Region::new("us-east-1").unwrap()),
        iam: Iam::default(),
        settings: pack.settings.iter().map(|(name, setting)| (name.clone(), setting.default.clone())).collect(),
    }
}

/// A lab of a pack for some users.
pub(super) fn lab_of(pack: Pack, names: &[&str]) -> Lab {
    let users: Vec<User> = names.iter().map(|name| user(name, &pack)).collect();
    let target = user("any", &pack).target;
    Lab {
        name: LabName::new("lab6").unwrap(),
        expires: Some("2026-12-20".into()),
        pack,
        target,
        users,
        tags: BTreeMap::new(),
        quotas: BTreeMap::new(),
        manifest: "lab-manifest.toml".into(),
    }
}

/// The built-in pack for some users.
pub(super) fn lab(names: &[&str]) -> Lab {
    lab_of(pack(built_in_files()), names)
}

/// The built-in pack for `user3`, with some text of one of its files replaced.
pub(super) fn broken(file: &str, old: &str, new: &str) -> Lab {
    let mut files = built_in_files();
    let text = String::from_utf8(files[file].to_vec()).unwrap();
    assert!(text.contains(old), "`{file}` has no `{old}`");
    files.insert(file.into(), Arc::from(text.replacen(old, new, 1).into_bytes()));
    lab_of(pack(files), &["user3"])
}

pub(super) fn with_setting(mut lab: Lab, name: &str, value: impl Into<Value>) -> Lab {
    let value = value.into();
    for user in &mut lab.users {
        user.settings.insert(name.into(), value.clone());
    }
    lab
}

pub(super) fn with_mode(mut lab: Lab, mode: IamMode) -> Lab {
    for user in &mut lab.users {
        user.iam.mode = mode;
    }
    lab
}

pub(super) fn users(lab: &Lab) -> Vec<&User> {
    lab.users.iter().collect()
}

/// Every user in account 123456789012 and the user's own region.
pub(super) fn places(lab: &Lab) -> BTreeMap<UserName, Place> {
    let place =
        |user: &User| Place { account: AccountId::new("123456789012").unwrap(), region: user.target.region.clone() };
    lab.users.iter().map(|user| (user.name.clone(), place(user))).collect()
}
