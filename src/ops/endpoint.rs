//! The embedded endpoint, as the settings configure it.

use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::settings::Settings;
use crate::host;
use crate::local::{Config, Faults, Quotas, TimeMode};

/// Reads a clock's speed: `real`, `10x`, `jump`.
///
/// # Errors
/// What is expected instead.
pub(crate) fn parse_time(text: &str) -> Result<TimeMode, String> {
    match text {
        "real" => Ok(TimeMode::Real),
        "jump" => Ok(TimeMode::Jump),
        _ => match text.strip_suffix('x').and_then(|factor| factor.parse::<f64>().ok()) {
            Some(factor) if (1.0..=100_000.0).contains(&factor) => Ok(TimeMode::Scaled(factor)),
            _ => Err("expected `real`, `jump`, or a factor such as `10x` (1x to 100000x)".to_owned()),
        },
    }
}

/// Where the endpoint keeps its state.
pub(crate) fn store(settings: &Settings) -> PathBuf {
    settings.out.join("local")
}

/// The endpoint's configuration from the settings. Inside a command time jumps unless `--time` says
/// otherwise: nobody watches, and waits would only cost the user's time.
///
/// # Errors
/// A quota or fault file that cannot be read.
pub(crate) fn config(settings: &Settings, account: &str, region: &str, time: TimeMode) -> Result<Config, Failure> {
    Ok(Config {
        store: Some(store(settings)),
        account: account.to_owned(),
        region: region.to_owned(),
        time: settings.time.unwrap_or(time),
        quotas: quotas(settings)?,
        faults: faults(settings)?,
        ..Config::default()
    })
}

/// What `--quotas` says; without it, nothing is limited.
///
/// # Errors
/// A file that cannot be read.
pub(crate) fn quotas(settings: &Settings) -> Result<Quotas, Failure> {
    match settings.quotas.as_deref() {
        None | Some("none") => Ok(Quotas::none()),
        Some("aws") => Ok(Quotas::aws()),
        Some(file) => read(Path::new(file), "quotas"),
    }
}

/// What `--faults` says; without it, nothing goes wrong on purpose.
///
/// # Errors
/// A file that cannot be read.
pub(crate) fn faults(settings: &Settings) -> Result<Faults, Failure> {
    settings.faults.as_deref().map_or_else(|| Ok(Faults::default()), |file| read(file, "faults"))
}

fn read<T: serde::de::DeserializeOwned>(path: &Path, what: &str) -> Result<T, Failure> {
    let unreadable = |why: String| Failure::Usage {
        message: format!("cannot read the {what} file `{}`: {why}", path.display()),
        help: None,
    };
    let bytes = host::read(path, host::LARGEST_TEXT).map_err(|source| unreadable(host::cause(&source)))?;
    let text = String::from_utf8(bytes).map_err(|_| unreadable("it is not text in UTF-8".to_owned()))?;
    crate::manifest::parse_data(path, &text).map_err(|problem| Failure::Usage {
        message: problem,
        help: Some(format!("docs/endpoints.md says what a {what} file holds")),
    })
}
