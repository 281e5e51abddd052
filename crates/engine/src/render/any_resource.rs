//! Resources of any type: their properties filled in, their names found in them, and what refers to them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use handlebars::Context;
use serde_json::{Map, Value, json};

use super::callable::UNNAMED;
use super::document;
use super::template::Templates;
use crate::kind::{AnyResource, Id, Resource, Schema, TypedName, Unnamed};
use crate::model::{Key, Place, ResourceTemplate, Tags};
use crate::source::{self, Diagnostic};

/// A resource of the pack, filled in.
pub(super) struct Filled {
    /// The name in its key: type and identity.
    pub(super) name: String,
    pub(super) content: AnyResource,
    /// The tags that the pack gives it.
    pub(super) tags: Tags,
}

/// Fills in a resource's properties and finds out which resource it is.
///
/// # Errors
/// What is wrong with the template, its result, or the name in it.
pub(super) fn fill(
    templates: &Templates<'_>,
    context: &Context,
    resource: &ResourceTemplate,
    at: &str,
) -> Result<Filled, Diagnostic> {
    let filled = read(templates, context, resource, at)?;
    let bare = Key::new(AnyResource::KIND, filled.name.as_str());
    let prefix = format!("{}-", context.data().get("user").and_then(Value::as_str).unwrap_or_default());
    if bare.bare_name().starts_with(&prefix) {
        return Ok(filled);
    }
    let message = format!("the identifier of resource `{}` is `{}`", resource.name, bare.bare_name());
    let finding = Diagnostic::error("render::resource-name", message);
    Err(at_template(
        templates,
        finding.help("let its name begin with `{{user}}-`: every resource of a user does"),
        resource,
    ))
}

fn read(
    templates: &Templates<'_>,
    context: &Context,
    resource: &ResourceTemplate,
    at: &str,
) -> Result<Filled, Diagnostic> {
    let type_name = &resource.type_name;
    if let Some(list) = AnyResource::list_of(type_name) {
        let finding = Diagnostic::error("render::resource-type", format!("`{type_name}` has a list of its own"));
        let finding = finding.help(format!("write it under `[[{list}]]`, where more of it is known"));
        return Err(templates.at_place(finding, &format!("{at}/type"), type_name));
    }
    let Value::Object(properties) = document::value(templates, &resource.properties, context)? else {
        let finding = Diagnostic::error("render::resource-properties", "the properties are no JSON object");
        return Err(at_template(
            templates,
            finding.help("write them as CloudFormation has them, without `Properties`"),
            resource,
        ));
    };
    if let Some(form) = Schema::of(type_name).tags.as_ref()
        && let Some(tags) = properties.get(form.property).filter(|tags| !form.takes(tags))
    {
        let message = format!("`{}` of resource `{}` is not as `{type_name}` has it", form.property, resource.name);
        let finding = Diagnostic::error("render::resource-properties", message).help(format!("write {}", form.form()));
        let place = document::place(templates, &resource.properties, context, &format!("/{}", form.property));
        return Err(match place.filter(|_| !tags.is_null()) {
            Some((source, span)) => finding.at(&source, span),
            None => at_template(templates, finding, resource),
        });
    }
    let name = match &resource.identifier {
        Some(identifier) => TypedName::key_of(&resource.type_name, &templates.string(identifier, context)?),
        None => AnyResource::name_of(&resource.type_name, &properties)
            .map_err(|why| unnamed(templates, resource, &properties, at, &why))?,
    };
    let (mut wanted, tags) = AnyResource::found(&resource.type_name, properties);
    wanted.entry = Some(resource.name.clone());
    Ok(Filled { name, content: wanted, tags })
}

/// Says why properties do not tell which resource they are of.
fn unnamed(
    templates: &Templates<'_>,
    resource: &ResourceTemplate,
    properties: &Map<String, Value>,
    at: &str,
    why: &Unnamed,
) -> Diagnostic {
    let type_name = &resource.type_name;
    let finding = |message: String| Diagnostic::error("render::resource-name", message);
    match why {
        Unnamed::Lacks(property) => {
            let near = source::nearest(property, properties.keys().map(String::as_str));
            let help = near.map_or_else(
                || format!("add `\"{property}\": \"{{{{user}}}}-{}\"`", resource.name),
                |near| format!("it has `{near}`: is that what is meant?"),
            );
            at_template(
                templates,
                finding(format!("resource `{}` has no `{property}`", resource.name)).help(help),
                resource,
            )
        }
        Unnamed::Chosen(property) => {
            let message = format!("AWS chooses `{property}`, by which a resource of type `{type_name}` is known");
            let help = "where it follows from a name after all, write it as `identifier` in pack.toml; else this type cannot be \
                        told apart by user";
            templates.at_place(finding(message).help(help), &format!("{at}/type"), type_name)
        }
        Unnamed::Shared(other) => {
            let finding =
                finding(format!("resource `{}` cannot be told from `{other}`, which has the same ARN", resource.name));
            let help = "leave the slash out at the beginning, or let the name have two parts: `/{{user}}-shop/limit`";
            at_template(templates, finding.help(help), resource)
        }
        Unnamed::Unknown => {
            let near = source::nearest(type_name, Schema::names());
            let help = near.map_or_else(
                || "write its primary identifier as `identifier` in pack.toml".to_owned(),
                |near| format!("did you mean `{near}`? else write its primary identifier as `identifier` in pack.toml"),
            );
            let message = format!("labctl does not know how resources of type `{type_name}` are identified");
            templates.at_place(finding(message).help(help), &format!("{at}/type"), type_name)
        }
    }
}

/// Points at the template of the properties, or where it is named.
fn at_template(templates: &Templates<'_>, finding: Diagnostic, resource: &ResourceTemplate) -> Diagnostic {
    templates.at_string(finding, &resource.properties)
}

/// What templates know of each resource: what follows from its name, and what its properties say. One that refers to another is looked at after
/// it; what is wrong with any is told where it is made.
pub(super) fn listed(
    templates: &Templates<'_>,
    place: &Place,
    on: &[&ResourceTemplate],
    data: &mut Map<String, Value>,
) -> Context {
    let mut known: BTreeMap<usize, Value> = BTreeMap::new();
    loop {
        data.insert("resources".to_owned(), known.values().cloned().collect());
        let left: Vec<_> = on.iter().enumerate().filter(|(index, _)| !known.contains_key(index)).collect();
        data.remove(UNNAMED);
        if !left.is_empty() {
            let names: Vec<Value> = left.iter().map(|(_, it)| Value::from(it.name.as_str())).collect();
            data.insert(UNNAMED.to_owned(), names.into());
        }
        let context = Context::wraps(&*data).unwrap_or_else(|_| Context::null());
        let found = left.into_iter().filter_map(|(index, it)| {
            let filled = read(templates, &context, it, "").ok()?;
            Some((index, facts(place, it, &filled)))
        });
        let found: Vec<(usize, Value)> = found.collect();
        if found.is_empty() {
            return context;
        }
        known.extend(found);
    }
}

fn facts(place: &Place, resource: &ResourceTemplate, filled: &Filled) -> Value {
    let identity = TypedName::of_key(&filled.name);
    let mut attributes: Vec<Value> = Vec::new();
    let mut add = |attribute: &str, value: Option<String>| {
        attributes.extend(value.map(|value| json!({ "attribute": attribute, "value": value })));
    };
    add("", identity.attribute(place, None));
    for attribute in TypedName::attributes(&resource.type_name) {
        add(attribute, identity.attribute(place, Some(attribute)));
    }
    for (property, value) in &filled.content.properties {
        add(property, value.as_str().map(str::to_owned));
    }
    let key = Key::new(AnyResource::KIND, filled.name.as_str());
    json!({
        "name": resource.name, "full_name": key.bare_name(), "arn": identity.arn(place),
        "key": filled.name, "attributes": attributes,
    })
}

/// Resources that wait for each other in a circle.
pub(super) fn circles(
    templates: &Templates<'_>,
    resources: &[Arc<Resource>],
    arn: &dyn Fn(&Resource) -> String,
) -> Vec<Diagnostic> {
    let arns: BTreeMap<String, &Key> = resources.iter().map(|resource| (arn(resource), &resource.key)).collect();
    let needs: BTreeMap<&Key, BTreeSet<Key>> = resources
        .iter()
        .map(|resource| {
            let by_body = resource.body.dependencies(&resource.key.name).into_iter().filter_map(|it| match it.id {
                Id::Arn(arn) => arns.get(arn).map(|key| (*key).clone()),
                Id::Name(_) => it.key(),
            });
            (&resource.key, by_body.chain(resource.needs.iter().cloned()).collect())
        })
        .collect();
    // Whatever waits for nothing is taken out until only circles, and what waits for them, are left.
    let mut left = needs;
    loop {
        let names: BTreeSet<Key> = left.keys().map(|key| (*key).clone()).collect();
        let before = left.len();
        left.retain(|_, needs| needs.iter().any(|need| names.contains(need)));
        if left.len() == before {
            break;
        }
    }
    let first = left.keys().find(|key| key.kind == AnyResource::KIND);
    let finding = first.map(|key| {
        let all: Vec<String> = left.keys().map(|key| format!("`{}`", key.name)).collect();
        let message = format!("`{}` waits for itself: {} refer to each other", key.name, all.join(", "));
        let finding = Diagnostic::error("render::resource-circle", message);
        let entry =
            resources.iter().find(|it| it.key == **key).and_then(|it| it.body.of::<AnyResource>()?.entry.clone());
        let finding = finding.help("take one of the references out, or write the name in its place");
        templates.at_string(finding, entry.as_deref().unwrap_or_default())
    });
    finding.into_iter().collect()
}
