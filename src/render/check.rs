//! Everything `validate` asks of a pack's templates.

use std::collections::BTreeMap;
use std::path::Path;

use handlebars::Context;
use serde_json::Value;

use super::definition;
use super::document;
use super::package::{self, Packages};
use super::pointer;
use super::policy::{self, Mistake, PolicyKind};
use super::rendered::{each_user, once};
use super::resources::{self, Files};
use super::scope::Scope;
use super::template::{self, Templates};
use super::{bulk, dashboard, handler, managed, rehearsed};
use crate::model::{
    Body, Diagnostic, Diagnostics, Lab, MachineType, Place, RoleTemplate, Severity, SourceText, Span, User, UserName,
};

/// The most bytes of a function's environment. <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const LARGEST_ENVIRONMENT: usize = 4096;

/// Fills in every template for some users and holds the results against what AWS takes: definitions, policies, dashboards,
/// packages and their handlers. Touches no network and writes nothing.
///
/// Every finding stands at its place in the template, once however many users it shows for.
pub fn check(lab: &Lab, users: &[&User], places: &BTreeMap<UserName, Place>) -> Diagnostics {
    let templates = match Templates::compile(&lab.pack) {
        Ok(templates) => templates,
        Err(findings) => return findings,
    };
    let mut findings = Diagnostics::default();
    findings.extend(lab.pack.functions.iter().filter_map(|function| handler::check(&templates, function)));
    // Without packages there are no functions to look at; everything else still is.
    let packages = package::build(&templates).unwrap_or_else(|mistakes| {
        findings.extend(mistakes);
        Packages::new()
    });
    if let (Some(bulk), Some(user)) = (&lab.pack.bulk, users.first()) {
        let inputs = [true, false].map(|valid| bulk::input(&templates, bulk, user, ("run", 0), valid));
        findings.extend(inputs.into_iter().filter_map(Result::err));
    }
    for found in each_user(users, |user| check_user(&templates, &packages, lab, user, places)) {
        findings.extend(found);
    }
    once(findings)
}

fn check_user(
    templates: &Templates<'_>,
    packages: &Packages,
    lab: &Lab,
    user: &User,
    places: &BTreeMap<UserName, Place>,
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
    let mut findings = match resources::build(templates, packages, &scope, Path::new(""), Files::Left) {
        Ok(made) => {
            let resources = made.desired.resources.iter();
            let too_large = resources.filter_map(|it| too_large(templates, &it.key.name, &it.body));
            made.warnings.into_iter().chain(too_large).collect()
        }
        Err(findings) => findings,
    };
    let brought = &user.iam.brought;
    for role in lab.pack.roles.iter().filter(|role| !brought.contains_key(&role.brought_by)) {
        check_role(templates, role, &scope, &mut findings);
    }
    for machine in lab.pack.machines.iter().filter(|machine| scope.is_on(machine.when.as_deref())) {
        let told = definition::check(templates, machine, &scope.context);
        let good = told.iter().all(|finding| finding.severity != Severity::Error);
        findings.extend(told);
        // A definition that is wrong shows in every scenario: once is enough.
        if let Some(read) = definition::machine(templates, machine, &scope.context).filter(|_| good) {
            let express = machine.machine_type == MachineType::Express;
            let own = lab.pack.scenarios.iter().filter(|scenario| scenario.machine == machine.name);
            for scenario in own.filter(|scenario| scope.is_on(scenario.when.as_deref())) {
                findings.extend(rehearsed::check(templates, scenario, &read, express));
            }
        }
    }
    for template in &lab.pack.dashboards {
        findings.extend(examine(templates, &template.body, &scope.context, "render::dashboard", dashboard::check));
    }
    findings
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

fn too_large(templates: &Templates<'_>, name: &str, body: &Body) -> Option<Diagnostic> {
    let Body::Function { environment, .. } = body else { return None };
    let size: usize = environment.iter().map(|(key, value)| key.len() + value.len()).sum();
    (size > LARGEST_ENVIRONMENT).then(|| {
        let message = format!("the environment of `{name}` has {size} bytes, and Lambda takes {LARGEST_ENVIRONMENT}");
        let key = environment.iter().max_by_key(|(_, value)| value.len()).map_or("", |(key, _)| key.as_str());
        templates.at_string(
            Diagnostic::error("render::environment", message).help("put large values into a file of the package"),
            key,
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
    let place = templates.source(file).zip(templates.traced(file, context));
    let told = mistakes.into_iter().map(|mistake| {
        let finding = Diagnostic::error(code, mistake.message).help(mistake.help);
        match &place {
            Some((source, traced)) => finding.at(
                source,
                first_line(
                    source,
                    template::within(source, traced.origin(pointer::find(&traced.text, &mistake.pointer))),
                ),
            ),
            None => finding,
        }
    });
    told.collect()
}

/// A caret under many lines helps nobody.
fn first_line(source: &SourceText, span: Span) -> Span {
    let line = source.text.get(span.offset..).and_then(|rest| rest.lines().next()).map_or(0, str::len);
    Span { length: span.length.min(line.max(1)), ..span }
}
