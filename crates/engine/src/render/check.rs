//! Everything `validate` asks of a pack's templates.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use handlebars::Context;
use serde_json::Value;

use super::definition;
use super::document;
use super::package::{self, Packages};
use super::permissions::{self, Calls};
use super::policy::{self, Mistake, PolicyKind};
use super::rendered::{each_user, once};
use super::resources::{self, Files};
use super::scope::Scope;
use super::template::{TOLD, Templates};
use super::{bulk, dashboard, handler, literals, log_delivery, managed, rehearsed};
use crate::model::{Lab, MachineTemplate, MachineType, Place, RoleTemplate, User, UserName};
use crate::source::{Diagnostic, Diagnostics, Severity};

/// Fills in every template for some users and holds the results against what AWS takes: definitions, policies, dashboards,
/// packages and their handlers. Touches no network and writes nothing.
///
/// Every finding stands at its place in the template, once however many users it shows for.
pub fn check(lab: &Lab, users: &[&User], places: &BTreeMap<UserName, Place>) -> Diagnostics {
    let (templates, mut findings) = Templates::compile_all(&lab.pack);
    // Without `pack.toml` nothing says what the other files are for.
    if !lab.pack.is_read("") {
        findings.extend(handler::check_alone(&templates));
        return once(findings);
    }
    let mut calls = Calls::new();
    for (index, function) in lab.pack.functions.iter().enumerate() {
        let at = format!("/functions/{index}");
        if lab.pack.is_read(&at) {
            findings.extend(handler::check(&templates, lab, function, &at));
            calls.insert(function.name.clone(), handler::calls(&templates, lab, function));
        }
    }
    // Without packages there are no functions to look at; everything else still is.
    let packages = package::build(&templates).unwrap_or_else(|mistakes| {
        findings.extend(mistakes);
        Packages::new()
    });
    if let (Some(bulk), Some(user)) = (&lab.pack.bulk, users.first()) {
        let inputs = [true, false].map(|valid| bulk::input(&templates, bulk, user, ("run", 0), valid));
        findings.extend(inputs.into_iter().filter_map(Result::err));
    }
    for found in each_user(users, |user| check_user(&templates, &packages, lab, user, places, &calls)) {
        findings.extend(found);
    }
    findings.follow(log_delivery::check(&templates, lab, places));
    findings.0.retain(|finding| finding.code != TOLD);
    once(findings)
}

fn check_user(
    templates: &Templates<'_>,
    packages: &Packages,
    lab: &Lab,
    user: &User,
    places: &BTreeMap<UserName, Place>,
    calls: &Calls,
) -> Vec<Diagnostic> {
    let Some(place) = places.get(&user.name) else {
        return vec![Diagnostic::error(
            "render::no-place",
            format!("the account of user `{}` is not known", user.name),
        )];
    };
    let scope = match Scope::new(templates, lab, user, place) {
        Ok(scope) => scope,
        Err(findings) => return findings,
    };
    let mut findings = scope.bad_switches(templates);
    match resources::build(templates, packages, &scope, Path::new(""), Files::Left) {
        Ok(made) => findings.extend(made.warnings),
        Err(mistakes) => findings.extend(mistakes),
    }
    findings.extend(literals::check(templates, &scope));
    for (_, role) in scope.roles() {
        check_role(templates, role, &scope, &mut findings);
    }
    for (_, machine) in scope.entries("machines", &lab.pack.machines, |it| it.when.as_deref()) {
        check_machine(templates, machine, &scope, &mut findings);
    }
    for (_, dashboard) in scope.entries("dashboards", &lab.pack.dashboards, |_| None) {
        findings.extend(examine(templates, &dashboard.body, &scope.context, "render::dashboard", dashboard::check));
    }
    // A policy or definition that is wrong says nothing for certain of what is allowed and needed; the others do.
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
    let wrong: BTreeSet<PathBuf> = errors.filter_map(|finding| Some(finding.place.as_ref()?.0.path.clone())).collect();
    let is_wrong = |file: &str| wrong.iter().any(|path| path.ends_with(file));
    findings.extend(permissions::check(templates, &scope, calls, &is_wrong));
    findings
}

fn check_machine(
    templates: &Templates<'_>,
    machine: &MachineTemplate,
    scope: &Scope<'_>,
    findings: &mut Vec<Diagnostic>,
) {
    let reported = definition::check(templates, machine, &scope.context);
    let good = reported.iter().all(|finding| finding.severity != Severity::Error);
    findings.extend(reported);
    // A definition that is wrong shows in every scenario: once is enough.
    let Some(read) = definition::machine(templates, machine, &scope.context).filter(|_| good) else { return };
    let express = machine.machine_type == MachineType::Express;
    let own = scope.lab.pack.scenarios.iter().filter(|scenario| scenario.machine == machine.name);
    for scenario in own.filter(|scenario| scope.is_on(scenario.when.as_deref())) {
        findings.extend(rehearsed::check(templates, scenario, &read, express));
    }
}

fn check_role(templates: &Templates<'_>, role: &RoleTemplate, scope: &Scope<'_>, findings: &mut Vec<Diagnostic>) {
    let context = &scope.context;
    findings.extend(examine(templates, &role.trust, context, "render::policy", |policy| {
        let mut mistakes = policy::check(policy, PolicyKind::Trust);
        mistakes.extend(oversize(policy::size(policy), policy::LARGEST_TRUST, "trust policy"));
        mistakes
    }));
    for arn in role.managed.get(scope.user.iam.mode.word()).into_iter().flatten() {
        // One that cannot be filled in is told where the role is made.
        let filled = templates.string(arn, context).ok();
        let finding = filled.and_then(|filled| managed::check(&filled, scope.place.partition()));
        findings.extend(finding.map(|finding| templates.at_string(finding, arn)));
    }
    let mut size = 0;
    for template in role.policies.iter().filter_map(|policy| policy.template.get(scope.user.iam.mode.word())) {
        findings.extend(examine(templates, template, context, "render::policy", |policy| {
            size += policy::size(policy);
            let mut mistakes = policy::check(policy, PolicyKind::Inline);
            mistakes.extend(oversize(size, policy::LARGEST_INLINE, "role's inline policies"));
            mistakes
        }));
    }
}

fn oversize(size: usize, limit: usize, what: &str) -> Option<Mistake> {
    (size > limit).then(|| {
        Mistake::new(
            "",
            format!("the {what} have {size} characters, and IAM takes {limit}"),
            "use wildcards, or fewer statements",
        )
    })
}

/// Fills in a JSON document and points each mistake in it at its place in the template.
fn examine(
    templates: &Templates<'_>,
    file: &str,
    context: &Context,
    code: &'static str,
    mut check: impl FnMut(&Value) -> Vec<Mistake>,
) -> Vec<Diagnostic> {
    // A document that cannot be filled in has been told of already.
    let Ok(filled) = document::fill(templates, file, context) else { return Vec::new() };
    let mistakes = check(&filled.value);
    if mistakes.is_empty() {
        return Vec::new();
    }
    let reported = mistakes.into_iter().map(|mistake| {
        let finding = Diagnostic::error(code, mistake.message).help(mistake.help);
        match document::place(templates, file, context, &mistake.pointer) {
            Some((source, span)) => finding.at(&source, span),
            None => finding,
        }
    });
    reported.collect()
}
