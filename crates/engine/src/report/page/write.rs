//! The page as text.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use handlebars::Handlebars;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::class::ClassReport;

use super::shown::{Shown, shown};

pub(super) const TEMPLATE: &str = include_str!("page.html.hbs");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page of a class or of one student. The same class gives the same bytes.
///
/// # Errors
/// When the template cannot be filled in, which a test holds that it can.
pub fn page(class: &ClassReport) -> Result<String, String> {
    #[derive(Serialize)]
    struct Page {
        #[serde(flatten)]
        shown: Shown,
        style: &'static str,
        script: &'static str,
        script_digest: String,
    }
    let page = Page {
        shown: shown(class),
        style: STYLE,
        script: SCRIPT,
        script_digest: STANDARD.encode(Sha256::digest(SCRIPT.as_bytes())),
    };
    let template = TEMPLATES.get_or_init(templates).as_ref().map_err(Clone::clone)?;
    template.render("page", &page).map_err(|error| error.to_string())
}

static TEMPLATES: OnceLock<Result<Handlebars<'static>, String>> = OnceLock::new();

fn templates() -> Result<Handlebars<'static>, String> {
    let mut templates = Handlebars::new();
    templates.set_strict_mode(true);
    templates.register_escape_fn(crate::picture::escape);
    templates.register_template_string("page", TEMPLATE).map_err(|error| error.to_string())?;
    Ok(templates)
}
