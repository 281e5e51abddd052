//! Map.

use std::ops::RangeInclusive;

use labctl_source::Content;

use super::fields::Fields;
use super::payload;
use super::reader::Reader;
use super::rules;
use crate::definition::{Amount, Batcher, Distributed, Items, Kind, MapState, Tolerance};
use crate::placeholder::has_placeholder;

/// The longest Label, in characters.
const LONGEST_LABEL: usize = 40;

impl Reader {
    pub(super) fn map(&mut self, fields: &Fields<'_>) -> Kind {
        for pair in [
            ["ItemProcessor", "Iterator"],
            ["ItemSelector", "Parameters"],
            ["MaxConcurrency", "MaxConcurrencyPath"],
            ["ToleratedFailureCount", "ToleratedFailureCountPath"],
            ["ToleratedFailurePercentage", "ToleratedFailurePercentagePath"],
        ] {
            fields.exclusive(&pair, &mut self.report);
        }
        let name = if fields.has("Iterator") { "Iterator" } else { "ItemProcessor" };
        fields.require(&[name], &mut self.report);
        let pointer = fields.pointer(name);
        let Some(node) = fields.get(name) else { return Kind::Succeed };
        let Some(processor) = Fields::of(node, &pointer, &mut self.report) else { return Kind::Succeed };
        processor.allow(&["StartAt", "States", "Comment", "ProcessorConfig"], &mut self.report);
        let execution_type = self.execution_type(&processor);
        let distributed = execution_type.is_some();
        let label = self.label(fields, distributed);
        let batcher = self.batcher(fields, distributed);
        self.storage(fields, distributed);
        let selector = if fields.has("ItemSelector") || self.language.excludes("Parameters") {
            "ItemSelector"
        } else {
            "Parameters"
        };
        let tolerated = Tolerance {
            count: self.amount(fields, "ToleratedFailureCount", "ToleratedFailureCountPath", 0..=99_999_999),
            percentage: self.percentage(fields),
        };
        let concurrency = self.amount(fields, "MaxConcurrency", "MaxConcurrencyPath", 0..=99_999_999);
        Kind::Map(Box::new(MapState {
            items: self.items(fields, distributed),
            selector: payload::template(self, fields, selector),
            batcher,
            concurrency: concurrency.unwrap_or(Amount::Fixed(0)),
            tolerated: (tolerated.count.is_some() || tolerated.percentage.is_some()).then_some(tolerated),
            distributed: execution_type.map(|express| Distributed { label: label.unwrap_or_default(), express }),
            processor: self.inner_scope(&processor, distributed),
        }))
    }

    /// ProcessorConfig: None for an INLINE Map, otherwise whether its children are EXPRESS executions.
    fn execution_type(&mut self, processor: &Fields<'_>) -> Option<bool> {
        let node = processor.get("ProcessorConfig")?;
        let config = Fields::of(node, &processor.pointer("ProcessorConfig"), &mut self.report)?;
        config.allow(&["Mode", "ExecutionType"], &mut self.report);
        let mut one_of = |name: &str, values: [&str; 2]| {
            let value = config.text(name, &mut self.report);
            if let Some(other) = value.filter(|value| !values.contains(value)) {
                let message = format!("The field '{name}' should have one of these values: [{}]", values.join(", "));
                self.report.tell(&rules::BAD_VALUE, message, &config.pointer(name), config.value_place(name));
                self.report.suggest(other, values);
            }
            value
        };
        let mode = one_of("Mode", ["INLINE", "DISTRIBUTED"]);
        // What another tool fills in may be either: the Map is held against neither of them.
        let distributed = mode == Some("DISTRIBUTED") || mode.is_some_and(has_placeholder);
        let execution_type = one_of("ExecutionType", ["STANDARD", "EXPRESS"]);
        if mode == Some("DISTRIBUTED") && execution_type.is_none() {
            config.require(&["ExecutionType"], &mut self.report);
        }
        if mode == Some("DISTRIBUTED") && self.express {
            let message = "Express state machine does not support Map states in DISTRIBUTED mode";
            self.report.tell(&rules::NOT_IN_EXPRESS, message, &config.pointer("Mode"), config.place("Mode"));
        }
        distributed.then_some(execution_type == Some("EXPRESS"))
    }

    fn label(&mut self, fields: &Fields<'_>, distributed: bool) -> Option<String> {
        let label = fields.text("Label", &mut self.report)?;
        let bad =
            |letter: char| letter.is_control() || letter.is_whitespace() || "?*<>{}[]:;,\\|^~$#%&`\"/".contains(letter);
        if label.is_empty() || label.chars().count() > LONGEST_LABEL || label.contains(bad) {
            let message = format!("Label must be 1 to {LONGEST_LABEL} characters long, without spaces and wildcards");
            self.report.tell(&rules::BAD_LABEL, message, &fields.pointer("Label"), fields.value_place("Label"));
        } else if !distributed {
            self.only_distributed(fields, "Label");
        } else if !self.labels.insert(label.to_owned()) {
            let message = format!("Duplicate Label: {label}");
            self.report.tell(&rules::DUPLICATE_LABEL, message, &fields.pointer("Label"), fields.place("Label"));
        }
        Some(label.to_owned())
    }

    pub(super) fn only_distributed(&mut self, fields: &Fields<'_>, name: &str) {
        let message = format!("Field '{name}' is only supported for Map states in DISTRIBUTED mode");
        self.report.tell(&rules::ONLY_DISTRIBUTED, message, fields.own_pointer(), fields.place(name));
    }

    fn batcher(&mut self, fields: &Fields<'_>, distributed: bool) -> Option<Batcher> {
        let batcher = Fields::of(fields.get("ItemBatcher")?, &fields.pointer("ItemBatcher"), &mut self.report)?;
        if !distributed {
            self.only_distributed(fields, "ItemBatcher");
        }
        let pairs =
            [["MaxItemsPerBatch", "MaxItemsPerBatchPath"], ["MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath"]];
        let known: Vec<&str> = pairs.concat().into_iter().chain(["BatchInput", "Comment"]).collect();
        batcher.allow(&known, &mut self.report);
        for member in batcher.members.iter().filter(|member| known.contains(&member.key.as_str())) {
            if self.language.excludes(&member.key) {
                self.foreign(&batcher, &member.key);
            }
        }
        for pair in pairs {
            batcher.exclusive(&pair, &mut self.report);
        }
        let most_items = self.amount(&batcher, "MaxItemsPerBatch", "MaxItemsPerBatchPath", 1..=99_999_999);
        let most_bytes = self.amount(&batcher, "MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath", 1..=262_144);
        if most_items.is_none() && most_bytes.is_none() {
            let message = format!("One of these fields is required: [{}]", pairs.concat().join(", "));
            self.report.tell(&rules::MISSING_FIELD, message, &batcher.pointer, batcher.at);
        }
        Some(Batcher { most_items, most_bytes, input: payload::template(self, &batcher, "BatchInput") })
    }

    /// A number in the field, where a path leads, or what an expression gives.
    pub(super) fn amount(
        &mut self,
        fields: &Fields<'_>,
        name: &str,
        path_name: &'static str,
        bounds: RangeInclusive<u64>,
    ) -> Option<Amount> {
        if let Some(path) = payload::path(self, fields, path_name) {
            return Some(Amount::Path { field: path_name, path });
        }
        if payload::is_query(self, fields, name) {
            return payload::query(self, fields, name).map(Amount::Query);
        }
        let number = fields.integer(name, *bounds.start(), &mut self.report)?;
        if number > *bounds.end() {
            let message = format!("Value must be an integer from {} to {}", bounds.start(), bounds.end());
            self.report.tell(&rules::BAD_NUMBER, message, &fields.pointer(name), fields.place(name));
        }
        Some(Amount::Fixed(number))
    }

    /// ToleratedFailurePercentage, which may have a fraction.
    fn percentage(&mut self, fields: &Fields<'_>) -> Option<Amount> {
        let name = "ToleratedFailurePercentage";
        if let Some(Content::Number(number)) = fields.get(name).map(|node| &node.content)
            && let Some(rate) = number.as_f64().filter(|rate| rate.fract() != 0.0 && (0.0..=100.0).contains(rate))
        {
            return Some(Amount::Fraction(rate));
        }
        self.amount(fields, name, "ToleratedFailurePercentagePath", 0..=100)
    }

    fn items(&mut self, fields: &Fields<'_>, distributed: bool) -> Items {
        if let Some(path) = payload::path(self, fields, "ItemsPath") {
            return Items::Path(path);
        }
        let Some(node) = fields.get("Items").filter(|_| !self.language.excludes("Items")) else { return Items::Input };
        if payload::is_query(self, fields, "Items") {
            return payload::query(self, fields, "Items").map_or(Items::Input, Items::Query);
        }
        let fits =
            matches!(node.content, Content::Array(_)) || distributed && matches!(node.content, Content::Object(_));
        if !fits {
            let message = "Value must be an array or a JSONata expression";
            self.report.tell(&rules::WRONG_TYPE, message, &fields.pointer("Items"), node.at);
        }
        payload::template(self, fields, "Items").map_or(Items::Input, Items::Template)
    }
}
