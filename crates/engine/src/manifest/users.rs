//! From records to users: names checked, the same user of several places made one, layers filled in.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::iam::IamLayer;
use super::limits::{Named, resources, too_long};
use super::names;
use super::record::Record;
use super::reporter::Reporter;
use super::settings::{self, SettingsLayer, effective};
use super::target::{CommandLine, TargetLayer};
use crate::model::{Pack, Student, User, UserName, visible};
use crate::source::{Diagnostic, Diagnostics};

/// What stands below every user: the manifest's own tables, and the command line above all.
pub(super) struct Ground<'a> {
    /// The manifest's folder.
    pub base: &'a Path,
    /// The pack, when it could be read.
    pub pack: Option<&'a Pack>,
    /// `[target]`.
    pub target: TargetLayer,
    /// `[iam]`.
    pub iam: IamLayer,
    /// `[settings]`.
    pub settings: SettingsLayer,
    /// The command line.
    pub command_line: CommandLine,
}

/// A user, and whether what is theirs can have its names.
pub(super) struct Built {
    pub user: User,
    pub can_be_named: bool,
}

/// Makes users of records. `sources` are the places users come from, the weightiest first: a user who is in two of them has
/// the fields of both, and the weightier place wins.
pub(super) fn build(sources: Vec<Vec<Record>>, ground: &Ground<'_>, findings: &mut Diagnostics) -> Vec<Built> {
    let mut order: Vec<Vec<Record>> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for source in sources {
        let mut seen: BTreeMap<String, Record> = BTreeMap::new();
        for record in source {
            let lower = record.name.to_lowercase();
            if let Some(first) = seen.get(&lower) {
                findings.push(duplicate(&record, first));
                continue;
            }
            seen.insert(lower.clone(), record.clone());
            if let Some(weightier) = places.get(&lower).and_then(|index| order.get_mut(*index)) {
                weightier.push(record);
            } else {
                places.insert(lower, order.len());
                order.push(vec![record]);
            }
        }
    }
    let names = check_names(&order, findings);
    let made = ground.pack.map(resources).unwrap_or_default();
    order
        .iter()
        .zip(names)
        .filter_map(|(records, name)| {
            // The fields of a user without a legal name are checked all the same.
            let fields = Layered::of(records, ground, findings);
            let mut user = fields.user(name?, ground);
            user.student = records.iter().fold(Student::default(), |known, record| known.or(record.student.clone()));
            let reported = findings.0.len();
            check_lengths(&user, records, &made, findings);
            Some(Built { user, can_be_named: findings.0.len() == reported })
        })
        .collect()
}

fn duplicate(record: &Record, first: &Record) -> Diagnostic {
    let (line, _) = first.source.line_column(first.name_span.offset);
    let message = if record.name == first.name {
        format!("user `{}` is there twice", record.name)
    } else {
        format!("users `{}` and `{}` are the same when case is ignored", first.name, record.name)
    };
    Diagnostic::error("manifest::duplicate-user", message)
        .at(&record.source, record.name_span)
        .label(format!("first in line {line}"))
        .help("remove one of the two, or rename it")
}

/// The legal name of each user, in order; what is illegal or collides is told.
fn check_names(order: &[Vec<Record>], findings: &mut Diagnostics) -> Vec<Option<UserName>> {
    let written: BTreeSet<String> = order.iter().flatten().map(|record| record.name.clone()).collect();
    let mut taken = written.clone();
    let mut reported = BTreeSet::new();
    let mut names = Vec::with_capacity(order.len());
    for records in order {
        let Some(record) = records.first() else {
            continue;
        };
        let name = match UserName::new(&record.name) {
            Ok(name) => Some(name),
            Err(error) => {
                // All names of a range stand at one place; its first illegal name speaks for the others.
                if reported.insert((record.source.path.clone(), record.name_span)) {
                    let help = match names::legal(&record.name, &taken) {
                        Some(name) => {
                            taken.insert(name.clone());
                            format!("`{name}` would be allowed")
                        }
                        None => "a name is 1 to 20 of `a-z 0-9 -`, starts with a letter, ends with no dash".to_owned(),
                    };
                    let message = format!("user name `{}` {error}", visible(&record.name));
                    let finding = Diagnostic::error("manifest::user-name", message);
                    findings.push(finding.at(&record.source, record.name_span).label("not a user name").help(help));
                }
                None
            }
        };
        if let (Some(_), Some(prefix)) = (&name, names::prefix_of(&record.name, &written)) {
            let message = format!(
                "user `{}` is user `{prefix}` plus a dash: their resources could not be told apart",
                record.name
            );
            let finding = Diagnostic::error("manifest::name-collision", message)
                .at(&record.source, record.name_span)
                .label(format!("`{prefix}-…` belongs to `{prefix}`"))
                .help(format!("rename one of the two, for example `{}`", record.name.replacen('-', "", 1)));
            findings.push(finding);
        }
        names.push(name);
    }
    names
}

/// A user's fields, from the class's tables up to the user's weightiest record.
struct Layered {
    target: TargetLayer,
    iam: IamLayer,
    settings: SettingsLayer,
}

impl Layered {
    fn of(records: &[Record], ground: &Ground<'_>, findings: &mut Diagnostics) -> Self {
        let mut fields =
            Self { target: ground.target.clone(), iam: ground.iam.clone(), settings: SettingsLayer::new() };
        for record in records.iter().rev() {
            let mut reporter = Reporter::new(&record.source, record.codes, findings);
            if !record.target.members().unwrap_or_default().is_empty() {
                let layer = TargetLayer::read(&record.target, ground.base, &mut reporter);
                layer.check_together(&record.target, &mut reporter);
                fields.target = layer.over(&fields.target);
            }
            if !record.iam.members().unwrap_or_default().is_empty() {
                fields.iam = IamLayer::read(&record.iam, ground.pack, &mut reporter).over(&fields.iam);
            }
            fields.settings.extend(settings::read(&record.settings, ground.pack, &mut reporter));
        }
        fields
    }

    fn user(&self, name: UserName, ground: &Ground<'_>) -> User {
        let settings = ground.pack.map(|pack| effective(pack, [&ground.settings, &self.settings]));
        User {
            name,
            student: Student::default(),
            target: self.target.finish(&ground.command_line),
            iam: self.iam.finish(),
            settings: settings.unwrap_or_default(),
        }
    }
}

fn check_lengths(user: &User, records: &[Record], made: &[Named<'_>], findings: &mut Diagnostics) {
    let (Some(record), Some((kind, name, longest))) =
        (records.first(), too_long(made, user.name.as_str(), &user.iam, &user.settings))
    else {
        return;
    };
    let length = name.chars().count();
    let message =
        format!("user `{}` makes the {kind} name `{name}` {length} characters long; AWS allows {longest}", user.name);
    let excess = length - longest;
    let finding = Diagnostic::error("manifest::name-too-long", message)
        .at(&record.source, record.name_span)
        .label(format!("{excess} too many"))
        .help(format!("shorten the user's name by {excess}, or the pack's name for it"));
    findings.push(finding);
}
