//! `[target]`, as the manifest says it, as a user overrides it, and as the command line has the last word.

use std::path::{Path, PathBuf};

use super::Overrides;
use super::reporter::Reporter;
use crate::model::{AccountId, Partition, Region, Target, TargetKind};
use crate::source::{self, Diagnostic, Diagnostics, Node, Span};

/// The fields that somebody gave.
#[derive(Clone, Debug, Default)]
pub(super) struct TargetLayer {
    kind: Option<TargetKind>,
    region: Option<Region>,
    account_id: Option<AccountId>,
    profile: Option<String>,
    role_arn: Option<String>,
    external_id: Option<String>,
    endpoint_url: Option<String>,
    ca_bundle: Option<PathBuf>,
}

impl TargetLayer {
    /// Reads a table that has been held against the schema; what is wrong in it is told and left out.
    pub(super) fn read(table: &Node, base: &Path, reporter: &mut Reporter<'_>) -> Self {
        let mut field = |name: &str| {
            let node = table.get(name)?;
            let text = node.text()?;
            if text.trim().is_empty() {
                reporter.refuse(node.at, format!("`{name}` is empty"), "give it a value, or leave it out");
                return None;
            }
            Some((text.to_owned(), node.at))
        };
        let (kind, region, account_id) = (field("kind"), field("region"), field("account_id"));
        let (profile, role_arn, external_id) = (field("profile"), field("role_arn"), field("external_id"));
        let (endpoint_url, ca_bundle) = (field("endpoint_url"), field("ca_bundle"));
        Self {
            kind: kind.and_then(|(text, _)| match text.as_str() {
                "local" => Some(TargetKind::Local),
                "aws" => Some(TargetKind::Aws),
                _ => None,
            }),
            region: region.and_then(|(text, span)| read_region(&text, span, reporter)),
            account_id: account_id.and_then(|(text, span)| read_account(&text, span, reporter)),
            profile: profile.map(|(text, _)| text),
            role_arn: role_arn.and_then(|(text, span)| read_role_arn(text, span, reporter)),
            external_id: external_id.map(|(text, _)| text),
            endpoint_url: endpoint_url.and_then(|(text, span)| read_endpoint(text, span, reporter)),
            ca_bundle: ca_bundle.map(|(text, _)| base.join(text)),
        }
    }

    /// This layer over another: what it lacks comes from below.
    pub(super) fn over(self, below: &Self) -> Self {
        // An endpoint of one's own means `aws`, unless a kind is given beside it.
        let kind =
            if self.endpoint_url.is_some() { self.kind.or(Some(TargetKind::Aws)) } else { self.kind.or(below.kind) };
        Self {
            kind,
            region: self.region.or_else(|| below.region.clone()),
            account_id: self.account_id.or_else(|| below.account_id.clone()),
            profile: self.profile.or_else(|| below.profile.clone()),
            role_arn: self.role_arn.or_else(|| below.role_arn.clone()),
            external_id: self.external_id.or_else(|| below.external_id.clone()),
            endpoint_url: self.endpoint_url.or_else(|| below.endpoint_url.clone()),
            ca_bundle: self.ca_bundle.or_else(|| below.ca_bundle.clone()),
        }
    }

    /// Tells fields that contradict each other in the table they stand in.
    pub(super) fn check_together(&self, table: &Node, reporter: &mut Reporter<'_>) {
        let place = |name: &str| table.get(name).map(|node| node.at);
        if let (Some(TargetKind::Local), Some(_), Some(span)) = (self.kind, &self.endpoint_url, place("endpoint_url")) {
            let finding = Diagnostic::error("manifest::target-conflict", "an `endpoint_url` with target kind `local`")
                .label("the local endpoint has an address of its own")
                .help("set `kind = \"aws\"`, or leave `endpoint_url` out");
            reporter.tell(finding, span);
        }
        if let (Some(_), None, Some(span)) = (&self.external_id, &self.role_arn, place("external_id")) {
            let finding = Diagnostic::warning("manifest::unused-field", "`external_id` is used only with `role_arn`")
                .help("add `role_arn`, or leave `external_id` out");
            reporter.tell(finding, span);
        }
    }

    /// The target, with the command line's word over the manifest's.
    pub(super) fn finish(&self, overrides: &CommandLine) -> Target {
        let kind = match (&overrides.endpoint_url, overrides.kind) {
            (Some(_), _) => TargetKind::Aws,
            (None, Some(kind)) => kind,
            (None, None) => self.kind.unwrap_or(match self.endpoint_url {
                Some(_) => TargetKind::Aws,
                None => TargetKind::Local,
            }),
        };
        let own_endpoint = self.endpoint_url.clone().filter(|_| kind == TargetKind::Aws);
        Target {
            kind,
            region: overrides.region.clone().or_else(|| self.region.clone()).unwrap_or_default(),
            account_id: self.account_id.clone(),
            profile: overrides.profile.clone().or_else(|| self.profile.clone()),
            role_arn: self.role_arn.clone(),
            external_id: self.external_id.clone(),
            endpoint_url: overrides.endpoint_url.clone().or(own_endpoint),
            ca_bundle: self.ca_bundle.clone(),
        }
    }
}

/// [`Overrides`], checked.
#[derive(Clone, Debug, Default)]
pub(super) struct CommandLine {
    kind: Option<TargetKind>,
    endpoint_url: Option<String>,
    region: Option<Region>,
    profile: Option<String>,
}

impl CommandLine {
    /// Checks what the command line says; findings have no place in a file.
    pub(super) fn check(overrides: &Overrides, findings: &mut Diagnostics) -> Self {
        let region = overrides.region.as_deref().and_then(|text| match judge_region(text) {
            Ok((region, doubt)) => {
                findings.0.extend(doubt);
                Some(region)
            }
            Err(why) => {
                let message = format!("`--region {text}` {why}");
                findings.push(Diagnostic::error("manifest::bad-value", message).help(region_help(text)));
                None
            }
        });
        let mut refuse = |option: &str, text: &str, why: &str, help: &str| {
            let message = format!("`{option} {text}` {why}");
            findings.push(Diagnostic::error("manifest::bad-value", message).help(help));
        };
        let endpoint_url = overrides.endpoint_url.as_deref().and_then(|text| {
            if is_http_url(text) {
                return Some(text.to_owned());
            }
            refuse("--endpoint-url", text, "is not an http or https address", ENDPOINT_HELP);
            None
        });
        if overrides.profile.as_deref().is_some_and(|profile| profile.trim().is_empty()) {
            refuse("--profile", "''", "is empty", "name a profile of the AWS configuration files, or leave it out");
        }
        if overrides.target == Some(TargetKind::Local) && endpoint_url.is_some() {
            let message = "`--target local` together with `--endpoint-url`";
            let help = "the local endpoint has an address of its own: give one of the two";
            findings.push(Diagnostic::error("manifest::target-conflict", message).help(help));
        }
        Self { kind: overrides.target, endpoint_url, region, profile: overrides.profile.clone() }
    }
}

const ENDPOINT_HELP: &str = "write it as `https://host:port` or `http://127.0.0.1:4566`";

/// Regions as of November 2026. Only used to recognise slips: an unlisted region is accepted.
const REGIONS: [&str; 48] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-isoe-west-1",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eusc-de-east-1",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "me-west-1",
    "mx-central-1",
    "sa-east-1",
    "sa-west-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "us-iso-west-1",
    "us-isob-east-1",
    "us-isob-west-1",
    "us-isof-east-1",
    "us-isof-south-1",
    "us-west-1",
    "us-west-2",
];

/// What AWS calls the part of a continent that a region lies in. None was added since 2014.
const DIRECTIONS: [&str; 9] =
    ["central", "east", "north", "northeast", "northwest", "south", "southeast", "southwest", "west"];

/// The region that was most likely meant, where a name of the right shape cannot be one: a lab in a place nobody wanted would cost a
/// second lab. A new region made of known words is none of these.
fn slip(text: &str) -> Option<&'static str> {
    let direction = text.rsplit('-').nth(1).unwrap_or_default();
    if DIRECTIONS.contains(&direction) { None } else { source::nearest(text, REGIONS) }
}

fn region_help(text: &str) -> String {
    match source::nearest(text, REGIONS) {
        Some(region) => format!("did you mean `{region}`?"),
        None => "write it as `us-east-1`".to_owned(),
    }
}

fn read_region(text: &str, span: Span, reporter: &mut Reporter<'_>) -> Option<Region> {
    match judge_region(text) {
        Ok((region, doubt)) => {
            if let Some(finding) = doubt {
                reporter.tell(finding, span);
            }
            Some(region)
        }
        Err(why) => {
            reporter.refuse(span, format!("`{text}` {why}"), region_help(text));
            None
        }
    }
}

/// The one rule for regions, wherever one is written: what cannot be a region is refused, what labctl does not know is in doubt.
fn judge_region(text: &str) -> Result<(Region, Option<Diagnostic>), String> {
    let region = Region::new(text).map_err(|error| error.to_string())?;
    if slip(text).is_some() {
        return Err("is not a region".to_owned());
    }
    let doubt = doubt(&region);
    Ok((region, doubt))
}

/// A warning about a region that is not on the list. One named as AWS names them may be newer than the list, so that nothing else is
/// suggested for it; anything else is a slip.
fn doubt(region: &Region) -> Option<Diagnostic> {
    let text = region.as_str();
    if REGIONS.contains(&text) {
        return None;
    }
    let is_named_well =
        Partition::any_has_shape_of(text) && text.rsplit('-').nth(1).is_some_and(|word| DIRECTIONS.contains(&word));
    let help = match source::nearest(text, REGIONS) {
        _ if is_named_well => {
            let partition = region.partition();
            format!("if AWS has it, all is well: its ARNs are taken to begin with `arn:{}:`", partition.id)
        }
        Some(known) => format!("did you mean `{known}`?"),
        None => "write it as `us-east-1`; the AWS CLI lists them with `aws account list-regions`".to_owned(),
    };
    let finding = Diagnostic::warning("manifest::unknown-region", format!("`{text}` is not a region labctl knows"));
    Some(finding.help(help))
}

fn read_account(text: &str, span: Span, reporter: &mut Reporter<'_>) -> Option<AccountId> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    match AccountId::new(text) {
        Ok(account) => Some(account),
        Err(error) => {
            let help = if digits.len() == 12 {
                format!("write it as `{digits}`")
            } else {
                "`aws sts get-caller-identity` shows the number".to_owned()
            };
            reporter.refuse(span, format!("`{text}` {error}"), help);
            None
        }
    }
}

fn read_role_arn(text: String, span: Span, reporter: &mut Reporter<'_>) -> Option<String> {
    if is_role_arn(&text) {
        return Some(text);
    }
    let message = format!("`{text}` is not the ARN of a role");
    reporter.refuse(span, message, "write it as `arn:aws:iam::123456789012:role/name`");
    None
}

fn read_endpoint(text: String, span: Span, reporter: &mut Reporter<'_>) -> Option<String> {
    if is_http_url(&text) {
        return Some(text);
    }
    reporter.refuse(span, format!("`{text}` is not an http or https address"), ENDPOINT_HELP);
    None
}

/// `http://host`, with a port and a path at most.
fn is_http_url(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://")) else {
        return false;
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let host_ok = !host.is_empty()
        && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '[' | ']' | ':'));
    host_ok
        && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
        && rest.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '?' | '#' | '@'))
}

/// The shape of a role's ARN. <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns>
pub(super) fn is_role_arn(text: &str) -> bool {
    let mut parts = text.splitn(6, ':');
    let mut next = || parts.next().unwrap_or_default();
    let (arn, partition, service, region, account, role) = (next(), next(), next(), next(), next(), next());
    let name = role.strip_prefix("role/").and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    arn == "arn"
        && Partition::exists(partition)
        && service == "iam"
        && region.is_empty()
        && AccountId::new(account).is_ok()
        && is_role_name(name)
}

/// 1 to 64 of letters, digits and `_+=,.@-`. <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>
pub(super) fn is_role_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '=' | ',' | '.' | '@' | '-'))
}

/// Checks what the command line says, for commands that read no manifest.
///
/// # Errors
/// Every value that is none.
pub fn check(overrides: &Overrides) -> Result<(), Diagnostics> {
    let mut findings = Diagnostics::default();
    CommandLine::check(overrides, &mut findings);
    if findings.has_errors() { Err(findings) } else { Ok(()) }
}
