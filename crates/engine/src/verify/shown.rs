//! Checks of dashboards, and of executions that a student started.

use serde_json::json;

use super::dashboard::{DashboardMetrics, Wanted};
use super::evidence::{EvidenceOf, UserEvidence};
use super::finding::{self, Defect, Finding, Missing};
use super::score::Proof;
use crate::model::{ExecutionsTest, MetricsTest};

/// Dashboards show what they must.
pub(super) fn metrics(evidence: &UserEvidence, tests: &[MetricsTest], machine_arn: &dyn Fn(&str) -> String) -> Finding {
    let mut proofs = Vec::new();
    for asked in tests {
        match of_one(evidence, asked, machine_arn) {
            Finding::Passed(more) => proofs.extend(more),
            other => return other,
        }
    }
    Finding::Passed(proofs)
}

fn of_one(evidence: &UserEvidence, asked: &MetricsTest, machine_arn: &dyn Fn(&str) -> String) -> Finding {
    let full = format!("{}{}", evidence.prefix(), asked.dashboard);
    let subject = finding::function(&asked.dashboard);
    let body = match evidence.dashboards.get(&asked.dashboard) {
        Some(EvidenceOf::Found(body)) => body,
        Some(EvidenceOf::Unread(why)) => {
            return Finding::Unknown(format!("dashboard `{full}` could not be read: {why}"));
        }
        Some(EvidenceOf::Absent) | None => {
            return Finding::Missing(Missing { kind: "dashboard", short: asked.dashboard.clone(), name: full });
        }
    };
    let Some(shown) = DashboardMetrics::read(body) else {
        let text = format!("the body of `{full}` has no widgets");
        return Defect::new(&format!("dashboard/{}", asked.dashboard), text).about([subject]).into_finding();
    };
    let machines = asked.machines.iter().map(|name| ("StateMachineArn", name, vec![machine_arn(name)]));
    let functions = asked.functions.iter().map(|name| ("FunctionName", name, function_names(evidence, name)));
    let mut proofs = Vec::new();
    for (dimension, short, values) in machines.chain(functions) {
        for metric in &asked.names {
            let (namespace, stat) = (asked.namespace.as_str(), asked.stat.as_deref());
            let value = values.first().map_or("", String::as_str);
            let what = format!("{namespace} {metric} of {dimension}={value}");
            let has = |value: &String| shown.has(Wanted { namespace, metric, dimension: (dimension, value), stat });
            if !values.iter().any(has) {
                let wanted = stat.map_or_else(|| "shown".to_owned(), |stat| format!("shown with the statistic {stat}"));
                let text = format!("`{full}` does not show {metric} of `{}{short}`", evidence.prefix());
                let text = stat.map_or_else(|| text.clone(), |stat| format!("{text} with the statistic {stat}"));
                let key = format!("dashboard/{}/{metric}", asked.namespace);
                let proof = Proof::of(what, wanted, json!(shown.like(metric)));
                return Defect::new(&key, text).about([subject]).proof(proof).into_finding();
            }
            proofs.push(Proof::of(what, "shown", "shown"));
        }
    }
    Finding::Passed(proofs)
}

/// The name that a function should have, and the one that it has.
fn function_names(evidence: &UserEvidence, name: &str) -> Vec<String> {
    let found = evidence.functions.get(name).and_then(EvidenceOf::found).map(|function| function.name.clone());
    [format!("{}{name}", evidence.prefix())].into_iter().chain(found).collect()
}

/// A student started executions, and most of them are over.
pub(super) fn executions(evidence: &UserEvidence, asked: &ExecutionsTest) -> Finding {
    if let Err(finding) = evidence.machine(&asked.machine) {
        return finding;
    }
    let listed = match evidence.listed.get(&asked.machine) {
        Some(EvidenceOf::Found(listed)) => listed,
        Some(EvidenceOf::Unread(why)) => return Finding::Unknown(format!("executions could not be listed: {why}")),
        Some(EvidenceOf::Absent) | None => return Finding::Unknown("executions were not listed".to_owned()),
    };
    let full = format!("{}{}", evidence.prefix(), asked.machine);
    let proofs = [
        Proof::of(format!("executions of {full}, verify's own aside"), asked.at_least, listed.started),
        Proof::of("of them over", json!(format!("{} %", asked.over * 100.0)), listed.over),
        Proof::of("of them with a good outcome", asked.good, listed.good),
    ];
    let share = f64::from(listed.over) / f64::from(listed.started.max(1));
    let text = if listed.started < asked.at_least {
        let count = listed.started;
        format!(
            "`{full}` was run {count} {}, where {} are asked for",
            if count == 1 { "time" } else { "times" },
            asked.at_least
        )
    } else if share < asked.over {
        format!("only {} of {} executions of `{full}` are over", listed.over, listed.started)
    } else if listed.good < asked.good {
        format!("none of {} executions of `{full}` came to a good outcome", listed.started)
    } else {
        return Finding::Passed(proofs.to_vec());
    };
    let defect = Defect::new(&format!("executions/{}", asked.machine), text).about([finding::machine(&asked.machine)]);
    proofs.into_iter().fold(defect, Defect::proof).into_finding()
}
