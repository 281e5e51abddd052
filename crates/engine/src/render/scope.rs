//! What templates see: one user, one place, and the names and ARNs of everything the user has.

use handlebars::Context;
use serde_json::{Map, Value, json};

use super::any_resource;
use super::template::Templates;
use crate::kind::{Entry, Function, LogGroup, Queue, Role, StateMachine};
use crate::model::{Key, Kind, Lab, Pack, Place, RoleTemplate, User};
use crate::source::Diagnostic;

/// The values of one user.
pub(super) struct Scope<'lab> {
    pub(super) lab: &'lab Lab,
    pub(super) user: &'lab User,
    pub(super) place: &'lab Place,
    pub(super) context: Context,
}

impl<'lab> Scope<'lab> {
    /// Gathers the values of one user.
    ///
    /// # Errors
    /// Log group names whose templates cannot be filled in.
    pub(super) fn new(
        templates: &Templates<'_>,
        lab: &'lab Lab,
        user: &'lab User,
        place: &'lab Place,
    ) -> Result<Self, Vec<Diagnostic>> {
        let pack = &lab.pack;
        let mut findings = Vec::new();
        let mut data = facts(lab, user, place);
        let mut scope = Self { lab, user, place, context: Context::wraps(&data).unwrap_or_else(|_| Context::null()) };

        let mut groups = Vec::new();
        for group in pack.log_groups.iter().filter(|group| scope.is_on(group.when.as_deref())) {
            match templates.string(&group.name, &scope.context) {
                Ok(name) => groups.push(json!({ "name": name, "arn": scope.arn(LogGroup::KIND, &name) })),
                Err(finding) => findings.push(finding),
            }
        }
        if !findings.is_empty() {
            return Err(findings);
        }
        data.insert("log_groups".into(), Value::from(groups));
        data.insert("roles".into(), pack.roles.iter().map(|role| scope.role_facts(role)).collect());
        for kind in [Function::KIND, StateMachine::KIND, Queue::KIND] {
            data.insert(kind.facts().list.into(), scope.list(kind, kind.entries(pack)));
        }
        // Last, since properties may name anything else.
        let on: Vec<_> = pack.resources.iter().filter(|it| scope.is_on(it.when.as_deref())).collect();
        scope.context = any_resource::listed(templates, place, &on, &mut data);
        Ok(scope)
    }

    /// The name in the account of what the pack calls `name`.
    pub(super) fn full_name(&self, name: &str) -> String {
        format!("{}-{name}", self.user.name)
    }

    /// The IAM path of the lab's roles: where the handout and the console make them, unless `[iam]` names another.
    pub(super) fn role_path(&self) -> String {
        self.user.iam.path.clone().unwrap_or_else(|| "/".to_owned())
    }

    /// Whether a `when` lets its resource be there. One that names no boolean setting is told of, and does not hide what else is
    /// wrong.
    pub(super) fn is_on(&self, when: Option<&str>) -> bool {
        when.is_none_or(|setting| self.user.settings.get(setting) != Some(&Value::Bool(false)))
    }

    /// The entries of a list of `pack.toml` that are read and switched on, with their pointers.
    pub(super) fn entries<'pack, T>(
        &self,
        list: &'static str,
        items: &'pack [T],
        when: fn(&T) -> Option<&str>,
    ) -> impl Iterator<Item = (String, &'pack T)> {
        let read = items.iter().enumerate().map(move |(index, item)| (format!("/{list}/{index}"), item));
        read.filter(move |(pointer, item)| self.lab.pack.is_read(pointer) && self.is_on(when(item)))
    }

    /// The roles that labctl makes for this user, with their pointers.
    pub(super) fn roles(&self) -> impl Iterator<Item = (String, &'lab RoleTemplate)> {
        let brought = &self.user.iam.brought;
        self.entries("roles", &self.lab.pack.roles, |_| None)
            .filter(|(_, role)| !brought.contains_key(&role.brought_by))
    }

    /// The ARN of a role of the pack, made or brought.
    pub(super) fn role_arn(&self, role: &RoleTemplate) -> String {
        match self.user.iam.brought.get(&role.brought_by) {
            Some(arn) if arn.starts_with("arn:") => arn.clone(),
            Some(name) => self.place.arn(&Role::key(name.trim_start_matches('/')), "/"),
            None => self.place.arn(&Role::key(self.full_name(&role.name)), &self.role_path()),
        }
    }

    fn arn(&self, kind: Kind, name: &str) -> String {
        self.place.arn(&Key::new(kind, name), &self.role_path())
    }

    fn role_facts(&self, role: &RoleTemplate) -> Value {
        json!({ "name": role.id, "full_name": self.full_name(&role.name), "arn": self.role_arn(role) })
    }

    fn list(&self, kind: Kind, entries: Vec<Entry<'_>>) -> Value {
        let on = entries.into_iter().filter(|entry| self.is_on(entry.when));
        on.map(|Entry { name, .. }| {
            let full_name = self.full_name(name);
            let mut facts = json!({ "name": name, "full_name": full_name, "arn": self.arn(kind, &full_name) });
            if let (true, Some(facts)) = (kind == Queue::KIND, facts.as_object_mut()) {
                facts.insert("url".into(), Value::from(Queue::url(self.place, &full_name)));
            }
            facts
        })
        .collect()
    }

    /// Switches that name no boolean setting.
    pub(super) fn bad_switches(&self, templates: &Templates<'_>) -> Vec<Diagnostic> {
        let pack: &Pack = templates.pack;
        let switches = Kind::ALL.iter().flat_map(|kind| {
            let entries = kind.entries(pack).into_iter().enumerate();
            let list = kind.facts().list;
            entries.filter_map(move |(index, entry)| Some((format!("/{list}/{index}/when"), entry.when?)))
        });
        let bad = switches.filter(|(_, name)| !matches!(self.user.settings.get(*name), Some(Value::Bool(_))));
        bad.map(|(pointer, name)| {
            let finding =
                Diagnostic::error("render::switch", format!("`when` names `{name}`, which is no boolean setting"));
            let finding = finding.help(format!("declare it: `[settings.{name}]` with `type = \"boolean\"`"));
            templates.at_place(finding, &pointer, name)
        })
        .collect()
    }
}

fn facts(lab: &Lab, user: &User, place: &Place) -> Map<String, Value> {
    let facts = json!({
        "user": user.name.as_str(),
        "account": place.account.as_str(),
        "region": place.region.as_str(),
        "partition": place.partition(),
        "lab": lab.name.as_str(),
        "pack": lab.pack.name,
        "iam": { "mode": user.iam.mode.word() },
        "settings": user.settings,
    });
    match facts {
        Value::Object(facts) => facts,
        _ => Map::new(),
    }
}
