//! How a bulk run was made, kept beside its records: figures say little where nobody knows what they are of.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::host;

/// How a bulk run was made. Whatever a run of another version did not write down is what it would have been without being asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunSettings {
    /// The version of labctl.
    pub labctl: String,
    /// `local` with the region, or `aws` with account, region and endpoint; one for each place.
    pub target: Vec<String>,
    /// How fast time goes at the endpoint: `real`, `10x`, `jump`.
    pub time: String,
    /// `--quotas`.
    pub quotas: Option<String>,
    /// `--faults`.
    pub faults: Option<String>,
    /// The lab's pack.
    pub pack: String,
    /// The machine, by its name in the pack.
    pub machine: String,
    /// Users.
    pub users: usize,
    /// Executions per user.
    pub count: u64,
    /// Starts a second, over all users; none is as fast as quotas allow.
    pub rate: Option<f64>,
    /// The share of inputs that are invalid on purpose.
    pub invalid: f64,
    /// Starts at once.
    pub concurrency: usize,
    /// Executions that run at once, at most.
    pub in_flight: Option<usize>,
    /// Histories read, at most.
    pub histories: usize,
    /// Which of the executions are the invalid ones. Every run has another, so that it is not compared.
    pub seed: u64,
    /// The pack's settings; `null` for one in which users differ.
    pub settings: BTreeMap<String, Value>,
}

/// A setting that differs between two runs.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingChange {
    /// As the user gives it (`-n`, `--rate`, `settings.memory_mib`).
    pub name: String,
    /// In the earlier run.
    pub before: Value,
    /// In the later run.
    pub after: Value,
}

impl RunSettings {
    /// What is written to a file; none where there is no such file, or it is none of these.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub(super) fn read(path: &Path) -> io::Result<Option<Self>> {
        match host::read(path, host::LARGEST_TEXT) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The settings of runs that were made alike, as one: users added up, places side by side; none where one is not known or they differ.
    pub fn of_all(runs: &[Option<Self>]) -> Option<Self> {
        let runs: Vec<&Self> = runs.iter().map(Option::as_ref).collect::<Option<_>>()?;
        let (first, rest) = runs.split_first()?;
        let mut all = (*first).clone();
        for run in rest {
            let alike = Self { target: all.target.clone(), users: all.users, seed: all.seed, ..(*run).clone() };
            if alike != all {
                return None;
            }
            all.users += run.users;
            let new = run.target.iter().filter(|place| !all.target.contains(place)).cloned().collect::<Vec<_>>();
            all.target.extend(new);
        }
        Some(all)
    }

    /// Writes them beside the records of a run.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(self).map_err(io::Error::other)?;
        host::write_atomic(path, &text)
    }

    /// What differs in a later run, in the order of the fields.
    pub fn differences(&self, later: &Self) -> Vec<SettingChange> {
        let (before, after) = (self.named(), later.named());
        let only_after = after.iter().filter(|(name, _)| !before.iter().any(|(known, _)| known == name));
        let names = before.iter().chain(only_after).map(|(name, _)| name);
        let of = |all: &[(String, Value)], name: &str| {
            all.iter().find(|(known, _)| known == name).map_or(Value::Null, |(_, value)| value.clone())
        };
        let changes =
            names.map(|name| SettingChange { name: name.clone(), before: of(&before, name), after: of(&after, name) });
        changes.filter(|change| change.before != change.after).collect()
    }

    /// Each setting by the name under which a user knows it.
    fn named(&self) -> Vec<(String, Value)> {
        let own = [
            ("labctl", Value::from(self.labctl.as_str())),
            ("target", Value::from(self.target.join("; "))),
            ("--time", Value::from(self.time.as_str())),
            ("--quotas", self.quotas.clone().into()),
            ("--faults", self.faults.clone().into()),
            ("pack", Value::from(self.pack.as_str())),
            ("machine", Value::from(self.machine.as_str())),
            ("users", self.users.into()),
            ("-n", self.count.into()),
            ("--rate", self.rate.into()),
            ("--invalid", self.invalid.into()),
            ("--concurrency", self.concurrency.into()),
            ("--in-flight", self.in_flight.into()),
            ("--histories", self.histories.into()),
        ];
        let of_pack = self.settings.iter().map(|(name, value)| (format!("settings.{name}"), value.clone()));
        own.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(of_pack).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_reported_by_the_users_names() {
        let earlier = RunSettings {
            count: 100,
            seed: 1,
            settings: BTreeMap::from([("memory_mib".into(), 128.into()), ("queue".into(), false.into())]),
            ..RunSettings::default()
        };
        assert_eq!(earlier.differences(&RunSettings { seed: 2, ..earlier.clone() }), []);
        let later = RunSettings {
            count: 50,
            rate: Some(2.5),
            settings: BTreeMap::from([("memory_mib".into(), 256.into()), ("runtime".into(), "python3.13".into())]),
            ..earlier.clone()
        };
        let reported: Vec<_> =
            earlier.differences(&later).into_iter().map(|it| (it.name, it.before, it.after)).collect();
        let expected = [
            ("-n", 100.into(), 50.into()),
            ("--rate", Value::Null, 2.5.into()),
            ("settings.memory_mib", 128.into(), 256.into()),
            ("settings.queue", false.into(), Value::Null),
            ("settings.runtime", Value::Null, "python3.13".into()),
        ];
        assert_eq!(reported, expected.map(|(name, before, after)| (name.to_owned(), before, after)));
    }

    #[test]
    fn what_is_written_is_read_and_what_is_not_there_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.settings.json");
        assert_eq!(RunSettings::read(&path).unwrap(), None);
        let settings = RunSettings { count: 7, target: vec!["local".into()], ..RunSettings::default() };
        settings.write(&path).unwrap();
        assert_eq!(RunSettings::read(&path).unwrap(), Some(settings));
        host::write_atomic(&path, b"{\"count\": 3, \"of_another_version\": true}").unwrap();
        assert_eq!(RunSettings::read(&path).unwrap().unwrap().count, 3);
        host::write_atomic(&path, b"{\"cou").unwrap();
        assert_eq!(RunSettings::read(&path).unwrap(), None);
    }
}
