//! What a pack says of its machines' outcomes, held against what the pack's own files can bring about.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{MachineTemplate, Pack};
use crate::source::{Diagnostic, Diagnostics, Format, Node, SourceText, read};
use crate::trial::{Named, Outcomes, pointer_help};

/// Outcomes that count as good and that no execution can have, and pointers that no output has. Both would be found out in class, when
/// a bulk test has run.
pub(crate) fn check(pack: &Pack) -> Diagnostics {
    let mut findings = Diagnostics::default();
    let Some(text) = pack.files.get("pack.toml").and_then(|bytes| std::str::from_utf8(bytes).ok()) else {
        return findings;
    };
    // What cannot be read was told where the pack was loaded.
    let Ok(root) = read(text, Format::Toml) else { return findings };
    let source = SourceText::new(pack.display_path("pack.toml"), text);
    let written = root.get("machines").and_then(Node::elements).unwrap_or_default();
    for machine in &pack.machines {
        let entry = written.iter().find(|entry| entry.get("name").and_then(Node::text) == Some(machine.name.as_str()));
        let of_bulk = || root.get("bulk").and_then(|bulk| bulk.get("outcome"));
        let entry = entry.unwrap_or(&root);
        let pointer = entry.get("outcome").or_else(of_bulk).unwrap_or(entry);
        one(pack, machine, (entry, pointer), &source, &mut findings);
    }
    findings
}

/// `entry` and `place` are where the machine and its pointer are written.
fn one(
    pack: &Pack,
    machine: &MachineTemplate,
    (entry, place): (&Node, &Node),
    source: &Arc<SourceText>,
    findings: &mut Diagnostics,
) {
    let pointer = machine.outcome.as_deref();
    let outcomes = Outcomes::of(pack, &machine.name, pointer, &BTreeSet::new());
    if let (Some(pointer), Err(meant)) = (pointer, outcomes.check_pointer()) {
        let message = format!("no output of `{}` is known to have `{}`", machine.name, pointer.escape_debug());
        let finding = Diagnostic::warning("pack::outcome-pointer", message).help(pointer_help(meant));
        findings.push(finding.at(source, place.at));
        return;
    }
    // A definition that puts texts together as it runs may make any name; only when it is rendered is more known.
    let definition = pack.files.get(&machine.definition).and_then(|bytes| std::str::from_utf8(bytes).ok());
    if definition.is_none_or(|text| text.contains("States.Format") || text.contains("{%")) {
        return;
    }
    let places = entry.get("good").and_then(Node::elements).unwrap_or_default();
    for good in &machine.good {
        let Named::Never(unknown) = outcomes.check_name(good) else { continue };
        let message = format!("no execution of `{}` ends with `{}`", machine.name, good.escape_debug());
        let at = places.iter().find(|place| place.text() == Some(good.as_str())).unwrap_or(entry).at;
        findings.push(Diagnostic::warning("pack::unknown-outcome", message).help(unknown.help()).at(source, at));
    }
}
