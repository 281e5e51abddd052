//! A page as text: what is shown, in the console's frame.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use handlebars::Handlebars;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::ask::Ask;
use super::dashboard;
use super::request::path;

/// The style sheet of every page.
pub(super) const STYLE: [&str; 2] = [include_str!("console.css"), dashboard::CSS];
/// The sign of its tabs.
pub(super) const ICON: &str = include_str!("icon.svg");
/// The script of every page: signing in, and what changes while one looks.
pub(super) const SCRIPT: &str = include_str!("console.js");

/// What the frame of a page holds.
#[derive(Debug)]
pub(super) struct Page {
    /// The template below `templates/`.
    pub(super) template: &'static str,
    pub(super) title: String,
    /// What leads here: words and paths.
    pub(super) trail: Vec<(String, String)>,
    /// Whether it changes while one looks.
    pub(super) is_live: bool,
    pub(super) view: Value,
}

/// What comes of a request.
#[derive(Debug)]
pub(super) enum Outcome {
    /// A page.
    Page(Page),
    /// Another page's path.
    Elsewhere(String),
}

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("templates/", $name, ".hbs")))),*]
    };
}

pub(crate) const TEMPLATES: &[(&str, &str)] = &templates![
    "frame",
    "sign-in",
    "refusal",
    "machines",
    "machine",
    "start",
    "execution",
    "definition",
    "functions",
    "function",
    "function-metrics",
    "roles",
    "role",
    "create-role",
    "create-policy",
    "log-groups",
    "log-group",
    "log-stream",
    "queues",
    "queue",
    "dashboards",
    "dashboard",
    "widget",
    "source",
    "metrics",
    "machine-metrics",
    "widgets",
    "chooser",
];

static ENGINE: OnceLock<Result<Handlebars<'static>, String>> = OnceLock::new();

fn engine() -> Result<Handlebars<'static>, String> {
    let mut engine = Handlebars::new();
    engine.set_strict_mode(true);
    engine.register_escape_fn(labctl_picture::escape);
    for (name, template) in TEMPLATES {
        engine.register_template_string(name, template).map_err(|error| error.to_string())?;
    }
    Ok(engine)
}

/// A template filled in. What a template needs and a view lacks is told in its place: tests hold that nothing is lacking.
pub(super) fn filled(template: &str, view: &Value) -> String {
    let engine = ENGINE.get_or_init(engine).as_ref();
    let filled = engine
        .map_err(Clone::clone)
        .and_then(|engine| engine.render(template, view).map_err(|error| error.to_string()));
    filled.unwrap_or_else(|error| labctl_picture::escape(&error))
}

/// The inner part of a page, which is sent again when it changes.
pub(super) fn inner(page: &Page) -> String {
    filled(page.template, &page.view)
}

/// The services in the frame: words and steps.
const ROOMS: [(&str, &str); 7] = [
    ("State machines", "machines"),
    ("Functions", "functions"),
    ("Roles", "roles"),
    ("Log groups", "log-groups"),
    ("Queues", "queues"),
    ("Metrics", "metrics"),
    ("Dashboards", "dashboards"),
];

/// The whole document.
pub(super) fn document(ask: &Ask<'_>, page: &Page, current: &str) -> String {
    let mut regions = ask.services.regions();
    regions.insert(ask.region.to_owned());
    let room = current.strip_prefix(&ask.path(&[""])).and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let rooms: Vec<Value> = ROOMS
        .iter()
        .map(|(word, step)| json!({"word": word, "path": ask.path(&[step]), "is_current": *step == room}))
        .collect();
    let regions: Vec<Value> = regions
        .iter()
        .map(|region| json!({"name": region, "path": path(&[region.as_str(), room]), "is_current": region == ask.region}))
        .collect();
    let trail: Vec<Value> = page.trail.iter().map(|(word, path)| json!({"word": word, "path": path})).collect();
    filled(
        "frame",
        &json!({
            "title": page.title, "is_live": page.is_live, "rooms": rooms, "regions": regions, "trail": trail,
            "account": ask.account, "region": ask.region, "prefix": ask.session.prefix,
            "sign_out": ask.form(&path(&["sign-out"])), "inner": inner(page), "is_in": true,
        }),
    )
}

/// A document for a browser that has not been let in.
pub(super) fn closed_document(said: Option<&str>) -> String {
    let view = json!({"action": path(&["session"]), "said": said});
    let inner = filled("sign-in", &view);
    filled("frame", &json!({"title": "Sign in", "is_live": false, "inner": inner, "is_in": false}))
}

/// What a page may load and do: its own style and script, and the style sheet of pictures of machines.
/// <https://www.w3.org/TR/CSP3/>
pub(super) fn policy() -> String {
    let picture = STANDARD.encode(Sha256::digest(labctl_picture::style_sheet()));
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'sha256-{picture}'; img-src 'self'; connect-src 'self'; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'"
    )
}
