//! Choice states and their rules.

use labctl_source::{Content, Node, pointer_step};

use super::fields::Fields;
use super::language::Language;
use super::payload;
use super::reader::{Reader, Siblings};
use super::rules;
use crate::choice::glob;
use crate::definition::{Condition, Domain, Kind, Nature, Operand, Relation, Rule, Test};
use crate::timestamp;

const NATURES: [(&str, Nature); 6] = [
    ("IsPresent", Nature::Present),
    ("IsNull", Nature::Null),
    ("IsNumeric", Nature::Numeric),
    ("IsString", Nature::String),
    ("IsBoolean", Nature::Boolean),
    ("IsTimestamp", Nature::Timestamp),
];

const DOMAINS: [(&str, Domain); 4] = [
    ("String", Domain::String),
    ("Numeric", Domain::Numeric),
    ("Boolean", Domain::Boolean),
    ("Timestamp", Domain::Timestamp),
];

const RELATIONS: [(&str, Relation); 5] = [
    ("Equals", Relation::Equals),
    ("LessThan", Relation::LessThan),
    ("GreaterThan", Relation::GreaterThan),
    ("LessThanEquals", Relation::LessThanEquals),
    ("GreaterThanEquals", Relation::GreaterThanEquals),
];

/// Domain, relation, and whether the value is a path.
fn comparison(name: &str) -> Option<(Domain, Relation, bool)> {
    let (prefix, domain) = DOMAINS.iter().find(|(prefix, _)| name.starts_with(prefix))?;
    let rest = name.strip_prefix(prefix)?;
    let (rest, is_path) = rest.strip_suffix("Path").map_or((rest, false), |rest| (rest, true));
    let (_, relation) = RELATIONS.iter().find(|(word, _)| *word == rest)?;
    let ordered = *relation != Relation::Equals;
    (!(ordered && *domain == Domain::Boolean)).then_some((*domain, *relation, is_path))
}

fn operators() -> Vec<String> {
    let compared = DOMAINS.iter().flat_map(|(domain, _)| {
        RELATIONS.iter().flat_map(move |(relation, _)| ["", "Path"].map(|suffix| format!("{domain}{relation}{suffix}")))
    });
    let mut all: Vec<String> = compared.filter(|name| comparison(name).is_some()).collect();
    all.extend(NATURES.iter().map(|(name, _)| (*name).to_owned()));
    all.extend(["StringMatches", "And", "Or", "Not"].map(str::to_owned));
    all
}

impl Reader {
    pub(super) fn choice(&mut self, fields: &Fields<'_>, siblings: &Siblings<'_>) -> Kind {
        fields.require(&["Choices"], &mut self.report);
        let default = self.target(fields, "Default", siblings);
        let mut rules = Vec::new();
        let pointer = fields.pointer("Choices");
        let Some(node) = fields.get("Choices") else { return Kind::Choice { rules, default } };
        match node.elements() {
            None => self.report.tell(&rules::WRONG_TYPE, "Value must be an array", &pointer, node.at),
            Some([]) => self.report.tell(&rules::EMPTY_VALUE, "Value cannot be empty", &pointer, node.at),
            Some(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    let pointer = pointer_step(&pointer, &index.to_string());
                    let Some(rule) = Fields::of(element, &pointer, &mut self.report) else { continue };
                    rule.require(&["Next"], &mut self.report);
                    let next = self.target(&rule, "Next", siblings);
                    let condition = match self.language {
                        Language::JsonPath => self.condition(&rule, true),
                        Language::Jsonata => self.query_condition(&rule),
                    };
                    let detour = payload::detour(self, &rule);
                    // Even a rule that is no good shows where it wants to lead.
                    let condition = condition.unwrap_or(Condition::Always(true));
                    rules.extend(next.map(|next| Rule { condition, next, detour }));
                }
            }
        }
        Kind::Choice { rules, default }
    }

    /// Condition: a JSONata string, or a boolean.
    fn query_condition(&mut self, rule: &Fields<'_>) -> Option<Condition> {
        let known = ["Condition", "Next", "Assign", "Output", "Comment"];
        let operators = operators();
        for member in rule.members.iter().filter(|member| !known.contains(&member.key.as_str())) {
            if member.key == "Variable" || operators.contains(&member.key) {
                self.foreign(rule, &member.key);
            } else {
                rule.refuse(&member.key, known.into_iter().filter(|name| !rule.has(name)), &mut self.report);
            }
        }
        rule.require(&["Condition"], &mut self.report);
        let node = rule.get("Condition")?;
        if payload::is_query(self, rule, "Condition") {
            return payload::query(self, rule, "Condition").map(Condition::Query);
        }
        if let Content::Bool(holds) = node.content {
            return Some(Condition::Always(holds));
        }
        let message = "Value must be a JSONata expression or a boolean";
        self.report.tell(&rules::WRONG_TYPE, message, &rule.pointer("Condition"), node.at);
        self.report.help("write it like `\"{% $states.input.total > 100 %}\"`");
        None
    }

    /// A rule, or a rule inside And, Or, Not: there Next is out of place.
    fn condition(&mut self, rule: &Fields<'_>, outermost: bool) -> Option<Condition> {
        let known = operators();
        let mut chosen = None;
        for member in rule.members {
            let name = member.key.as_str();
            match name {
                "Variable" | "Comment" => {}
                "Next" | "Assign" if outermost => {}
                "Output" | "Condition" => {
                    self.foreign(rule, name);
                    return None;
                }
                _ if known.iter().any(|operator| operator == name) => {
                    if let Some(other) = chosen.replace(name) {
                        let message = format!("Only one of these fields is allowed: [{other}, {name}]");
                        self.report.tell(&rules::TWO_OPERATORS, message, &rule.pointer, member.key_at);
                        self.report.help("put several conditions into `And`");
                    }
                }
                _ => {
                    rule.refuse(name, known.iter().map(String::as_str).chain(["Variable"]), &mut self.report);
                    return None;
                }
            }
        }
        let Some(operator) = chosen else {
            self.report.tell(
                &rules::NO_OPERATOR,
                "A choice rule needs one comparison operator",
                &rule.pointer,
                rule.at,
            );
            return None;
        };
        let value = rule.get(operator)?;
        match operator {
            "And" | "Or" => {
                let parts = self.parts(value, &rule.pointer(operator))?;
                Some(if operator == "And" { Condition::And(parts) } else { Condition::Or(parts) })
            }
            "Not" => {
                let inner = Fields::of(value, &rule.pointer("Not"), &mut self.report)?;
                self.condition(&inner, false).map(|condition| Condition::Not(Box::new(condition)))
            }
            _ => {
                rule.require(&["Variable"], &mut self.report);
                let variable = payload::path(self, rule, "Variable");
                let test = self.test(rule, operator, value);
                variable.zip(test).map(|(variable, test)| Condition::Test { variable, test })
            }
        }
    }

    fn parts(&mut self, node: &Node, pointer: &str) -> Option<Vec<Condition>> {
        let elements = node.elements().unwrap_or_default();
        if elements.is_empty() {
            let message = if node.elements().is_some() { "Value cannot be empty" } else { "Value must be an array" };
            self.report.tell(&rules::EMPTY_VALUE, message, pointer, node.at);
            return None;
        }
        let mut parts = Vec::with_capacity(elements.len());
        for (index, element) in elements.iter().enumerate() {
            let rule = Fields::of(element, &pointer_step(pointer, &index.to_string()), &mut self.report)?;
            parts.extend(self.condition(&rule, false));
        }
        (parts.len() == elements.len()).then_some(parts)
    }

    fn test(&mut self, rule: &Fields<'_>, operator: &str, value: &Node) -> Option<Test> {
        let pointer = rule.pointer(operator);
        if let Some((_, what)) = NATURES.iter().find(|(name, _)| *name == operator) {
            let Content::Bool(expected) = value.content else {
                self.report.tell(&rules::WRONG_TYPE, "Value must be true or false", &pointer, value.at);
                return None;
            };
            return Some(Test::Is { what: *what, expected });
        }
        if operator == "StringMatches" {
            return rule.text(operator, &mut self.report).map(|pattern| Test::Matches(glob(pattern)));
        }
        let (domain, relation, is_path) = comparison(operator)?;
        if is_path {
            let operand = Operand::Path(payload::path(self, rule, operator)?);
            return Some(Test::Compare { domain, relation, operand });
        }
        let wrong = match (domain, &value.content) {
            (Domain::String, Content::String(_))
            | (Domain::Numeric, Content::Number(_))
            | (Domain::Boolean, Content::Bool(_)) => None,
            (Domain::Timestamp, Content::String(text)) if timestamp::parse(text).is_some() => None,
            (Domain::Timestamp, _) => Some("String does not match RFC3339 timestamp"),
            (Domain::String, _) => Some("Value must be a string"),
            (Domain::Numeric, _) => Some("Value must be a number"),
            (Domain::Boolean, _) => Some("Value must be true or false"),
        };
        if let Some(message) = wrong {
            let rule = if domain == Domain::Timestamp { &rules::BAD_TIMESTAMP } else { &rules::WRONG_TYPE };
            self.report.tell(rule, message, &pointer, value.at);
            return None;
        }
        if let Some(text) = value.text() {
            payload::literal_path(self, text, (operator, &format!("{operator}Path")), &pointer, value.at);
        }
        Some(Test::Compare { domain, relation, operand: Operand::Literal(value.to_value()) })
    }
}
