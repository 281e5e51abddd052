//! States with states inside: Parallel and Map.

use super::fields::Fields;
use super::payload;
use super::reader::Reader;
use super::report::{NOT_SUPPORTED, SCHEMA};
use crate::asl::definition::{Concurrency, Kind, MapState};
use crate::asl::document::pointer_step;

impl Reader {
    pub(super) fn parallel(&mut self, fields: &Fields<'_>) -> Kind {
        fields.require(&["Branches"], &mut self.report);
        let pointer = fields.pointer("Branches");
        let Some(node) = fields.get("Branches") else { return Kind::Succeed };
        let Some(elements) = node.elements() else {
            self.report.error(SCHEMA, "Value must be an array", &pointer, node.at);
            return Kind::Succeed;
        };
        if elements.is_empty() {
            self.report.error(SCHEMA, "Value cannot be empty", &pointer, node.at);
        }
        let mut branches = Vec::with_capacity(elements.len());
        for (index, element) in elements.iter().enumerate() {
            let pointer = pointer_step(&pointer, &index.to_string());
            if let Some(branch) = Fields::of(element, &pointer, &mut self.report) {
                branch.allow(&["StartAt", "States", "Comment"], &mut self.report);
                branches.push(self.scope(&branch));
            }
        }
        Kind::Parallel { branches }
    }

    pub(super) fn map(&mut self, fields: &Fields<'_>) -> Kind {
        fields.exclusive(&["ItemProcessor", "Iterator"], &mut self.report);
        fields.exclusive(&["ItemSelector", "Parameters"], &mut self.report);
        fields.exclusive(&["MaxConcurrency", "MaxConcurrencyPath"], &mut self.report);
        let name = if fields.has("Iterator") { "Iterator" } else { "ItemProcessor" };
        fields.require(&[name], &mut self.report);
        let pointer = fields.pointer(name);
        let Some(node) = fields.get(name) else { return Kind::Succeed };
        let Some(processor) = Fields::of(node, &pointer, &mut self.report) else { return Kind::Succeed };
        processor.allow(&["StartAt", "States", "Comment", "ProcessorConfig"], &mut self.report);
        self.processor_config(&processor);
        let selector = if fields.has("ItemSelector") { "ItemSelector" } else { "Parameters" };
        let concurrency = match payload::path(self, fields, "MaxConcurrencyPath") {
            Some(path) => Concurrency::Path(path),
            None => Concurrency::Fixed(fields.integer("MaxConcurrency", 0, &mut self.report).unwrap_or(0)),
        };
        Kind::Map(MapState {
            items: payload::path(self, fields, "ItemsPath"),
            selector: payload::template(self, fields, selector),
            concurrency,
            processor: self.scope(&processor),
        })
    }

    fn processor_config(&mut self, processor: &Fields<'_>) {
        let Some(node) = processor.get("ProcessorConfig") else { return };
        let Some(config) = Fields::of(node, &processor.pointer("ProcessorConfig"), &mut self.report) else { return };
        let (pointer, at) = (config.pointer("Mode"), config.place("Mode"));
        match config.text("Mode", &mut self.report) {
            Some("DISTRIBUTED") => {
                self.report.error(NOT_SUPPORTED, "the mode `DISTRIBUTED` of Map is not supported yet", &pointer, at);
            }
            None | Some("INLINE") => config.allow(&["Mode"], &mut self.report),
            Some(_) => {
                let message = "The field 'Mode' should have one of these values: [INLINE, DISTRIBUTED]";
                self.report.error(SCHEMA, message, &pointer, at);
            }
        }
    }
}
