//! Parallel.

use labctl_source::pointer_step;

use super::fields::Fields;
use super::reader::Reader;
use super::rules;
use crate::definition::Kind;

impl Reader {
    pub(super) fn parallel(&mut self, fields: &Fields<'_>) -> Kind {
        fields.require(&["Branches"], &mut self.report);
        let pointer = fields.pointer("Branches");
        let Some(node) = fields.get("Branches") else { return Kind::Succeed };
        let Some(elements) = node.elements() else {
            self.report.tell(&rules::WRONG_TYPE, "Value must be an array", &pointer, node.at);
            return Kind::Succeed;
        };
        if elements.is_empty() {
            self.report.tell(&rules::EMPTY_VALUE, "Value cannot be empty", &pointer, node.at);
        }
        let mut branches = Vec::with_capacity(elements.len());
        for (index, element) in elements.iter().enumerate() {
            let pointer = pointer_step(&pointer, &index.to_string());
            if let Some(branch) = Fields::of(element, &pointer, &mut self.report) {
                branch.allow(&["StartAt", "States", "Comment"], &mut self.report);
                branches.push(self.inner_scope(&branch, false));
            }
        }
        Kind::Parallel { branches }
    }
}
