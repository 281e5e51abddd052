//! Token buckets as AWS throttles its API: a bucket holds `burst` requests and gains `per_second`.
//!
//! Step Functions: <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>; Lambda:
//! <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>. IAM publishes no figures, so it has none.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::api;
use super::wire::Fault;

/// One bucket's size and refill.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bucket {
    /// Requests at once, at least 1.
    pub burst: f64,
    /// Requests gained each second, above 0.
    pub per_second: f64,
}

/// Buckets by `service:Operation`, or `service:*` for one bucket that the service's other operations share. Read from
/// a map such as `{"states:CreateStateMachine": {"burst": 100, "per_second": 1}}`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(try_from = "BTreeMap<String, Value>")]
pub struct Quotas {
    everywhere: BTreeMap<String, Bucket>,
    /// Where AWS publishes larger buckets for its three largest regions.
    large_regions: BTreeMap<String, Bucket>,
    /// Whether they are those that AWS publishes, and its limits on sizes are kept too.
    published: bool,
}

/// The regions with the larger Step Functions buckets.
const LARGE: [&str; 3] = ["us-east-1", "us-west-2", "eu-west-1"];

impl Quotas {
    /// No limits.
    pub fn none() -> Self {
        Self::default()
    }

    /// What AWS publishes.
    pub fn aws() -> Self {
        let bucket = |burst, per_second| Bucket { burst, per_second };
        let mut quotas = Self { published: true, ..Self::default() };
        for api in api::ALL {
            if let Some((burst, per_second)) = api.family {
                quotas.everywhere.insert(format!("{}:*", api.signing), bucket(burst, per_second));
            }
            for (key, (large, elsewhere)) in api.operations.iter().filter_map(|row| Some((row.name, row.bucket?))) {
                let key = format!("{}:{key}", api.signing);
                quotas.large_regions.insert(key.clone(), bucket(large.0, large.1));
                quotas.everywhere.insert(key, bucket(elsewhere.0, elsewhere.1));
            }
        }
        quotas
    }

    /// Whether these are AWS's own: its limits on sizes go with them.
    pub(crate) fn are_published(&self) -> bool {
        self.published
    }

    /// Puts a bucket in the place of the one that a `service:Operation` or `service:*` has, in every region.
    pub fn set(&mut self, key: &str, bucket: Bucket) {
        self.large_regions.remove(key);
        self.everywhere.insert(key.to_owned(), bucket);
    }

    /// The key and size of the bucket that an operation draws from.
    fn bucket(&self, region: &str, service: &str, operation: &str) -> Option<(String, Bucket)> {
        let exact = format!("{service}:{operation}");
        if LARGE.contains(&region)
            && let Some(bucket) = self.large_regions.get(&exact)
        {
            return Some((exact, *bucket));
        }
        if let Some(bucket) = self.everywhere.get(&exact) {
            return Some((exact, *bucket));
        }
        // Lambda's shared quota is for its control plane; invoking is limited by concurrency.
        if api::operation(service, operation).is_some_and(|row| !row.in_family) {
            return None;
        }
        let family = format!("{service}:*");
        self.everywhere.get(&family).map(|bucket| (family, *bucket))
    }
}

impl TryFrom<BTreeMap<String, Value>> for Quotas {
    type Error = String;

    fn try_from(map: BTreeMap<String, Value>) -> Result<Self, String> {
        let mut everywhere = BTreeMap::new();
        for (key, value) in map {
            let key = usual(key);
            let Some((service, operation)) = key.split_once(':') else {
                return Err(format!("quota `{key}` is not of the form `service:Operation`"));
            };
            let named = operation == "*" || operation.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if !named {
                return Err(format!(
                    "quota `{key}` names no operation: write `{service}:CreateThing`, or `{service}:*`"
                ));
            }
            if api::find(service).is_none() || operation.is_empty() {
                return Err(format!(
                    "quota `{key}` names no service of the endpoint: use one of {}",
                    api::ALL.map(|api| api.signing).join(", ")
                ));
            }
            if let Some(meant) = slip_of(service, operation) {
                return Err(format!("quota `{key}` names no operation (did you mean `{service}:{meant}`?)"));
            }
            let bucket = Bucket::read(&value).ok_or_else(|| {
                format!("quota `{key}` is `{value}`: give it as {{ \"burst\": 100, \"per_second\": 1 }}")
            })?;
            let sound = |number: f64| number.is_finite();
            if !(bucket.burst >= 1.0 && bucket.per_second > 0.0 && sound(bucket.burst) && sound(bucket.per_second)) {
                return Err(format!("quota `{key}` needs `burst` of at least 1 and `per_second` above 0"));
            }
            everywhere.insert(key, bucket);
        }
        Ok(Self { everywhere, ..Self::default() })
    }
}

/// A key with the service's signing name: those in IAM actions (`cloudwatch`, `tag`) and in `aws-sdk:` resources (`sfn`) count too.
fn usual(key: String) -> String {
    let Some((name, operation)) = key.split_once(':') else { return key };
    match api::ALL.into_iter().find(|api| [api.signing, api.actions, api.sdk.prefix].contains(&name)) {
        Some(api) => format!("{}:{operation}", api.signing),
        None => key,
    }
}

/// The operation with a bucket of its own that was meant, where a name differs from it by one letter or by case alone.
fn slip_of(service: &str, operation: &str) -> Option<&'static str> {
    let rows = api::find(service)?.operations.iter();
    let mut known = rows.filter(|row| row.bucket.is_some()).map(|row| row.name);
    let is_known = known.clone().any(|name| name == operation);
    known.find(|name| !is_known && is_nearly(name.as_bytes(), operation.as_bytes()))
}

/// Whether two names are one letter apart, case set aside.
fn is_nearly(one: &[u8], other: &[u8]) -> bool {
    let same = one.iter().zip(other).take_while(|(one, other)| one.eq_ignore_ascii_case(other)).count();
    let rest = |text: &[u8], skipped: usize| text.get(same + skipped..).unwrap_or_default().to_ascii_lowercase();
    let (left, right) = (rest(one, 0), rest(other, 0));
    left == right || rest(one, 1) == right || left == rest(other, 1) || rest(one, 1) == rest(other, 1)
}

impl Bucket {
    /// Two numbers by their names, and nothing else.
    fn read(value: &Value) -> Option<Self> {
        let members = value.as_object().filter(|members| members.len() == 2)?;
        let number = |name: &str| members.get(name)?.as_f64();
        Some(Self { burst: number("burst")?, per_second: number("per_second")? })
    }
}

/// The buckets in use.
pub(crate) struct Limiter {
    quotas: Quotas,
    levels: Mutex<BTreeMap<(String, String), Level>>,
}

struct Level {
    tokens: f64,
    at_ms: i64,
}

impl Limiter {
    pub(crate) fn new(quotas: Quotas) -> Self {
        Self { quotas, levels: Mutex::default() }
    }

    /// Takes one token, or answers as AWS throttles.
    pub(crate) fn take(&self, region: &str, service: &str, operation: &str, now_ms: i64) -> Result<(), Fault> {
        let Some((key, bucket)) = self.quotas.bucket(region, service, operation) else { return Ok(()) };
        let mut levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        let level = levels.entry((region.to_owned(), key)).or_insert(Level { tokens: bucket.burst, at_ms: now_ms });
        #[expect(clippy::cast_precision_loss, reason = "a span of milliseconds stays far below 2^53")]
        let passed = (now_ms - level.at_ms).max(0) as f64 / 1000.0;
        level.tokens = (level.tokens + passed * bucket.per_second).min(bucket.burst);
        level.at_ms = now_ms;
        if level.tokens < 1.0 {
            return Err(throttled(service));
        }
        level.tokens -= 1.0;
        Ok(())
    }
}

/// How a service says that it is throttling.
pub(super) fn throttled(service: &str) -> Fault {
    let code = api::find(service).map_or("ThrottlingException", |api| api.throttled);
    let fault = Fault::client(code, "Rate exceeded");
    if service != "lambda" {
        return fault;
    }
    let members = serde_json::json!({"Reason": "CallerRateLimitExceeded", "retryAfterSeconds": "1"});
    Fault { members, ..fault.status(429) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_has_two_names_and_an_operation_one() {
        let read = |key: &str| -> Result<Quotas, String> {
            let file = format!(r#"{{"{key}": {{"burst": 1, "per_second": 1}}}}"#);
            serde_json::from_str(&file).map_err(|error| error.to_string())
        };
        for (key, usual) in [
            ("cloudwatch:PutDashboard", "monitoring:PutDashboard"),
            ("tag:GetResources", "tagging:GetResources"),
            ("monitoring:*", "monitoring:*"),
        ] {
            assert!(read(key).unwrap().everywhere.contains_key(usual), "{key}");
        }
        for (slip, meant) in [
            ("states:CreateStateMachin", "states:CreateStateMachine"),
            ("states:listExecutions", "states:ListExecutions"),
            ("cloudwatch:PutDashboardd", "monitoring:PutDashboard"),
            ("lambda:GetFunctiom", "lambda:GetFunction"),
        ] {
            let error = read(slip).unwrap_err();
            assert!(error.contains(&format!("did you mean `{meant}`?")), "{error}");
        }
        assert!(read("logs:PutLogEvents").is_ok() && read("iam:CreateRole").is_ok());
    }

    fn taken(limiter: &Limiter, region: &str, service: &str, operation: &str, now: i64, times: usize) -> usize {
        (0..times).filter(|_| limiter.take(region, service, operation, now).is_ok()).count()
    }

    #[test]
    fn a_bucket_empties_and_refills() {
        let limiter = Limiter::new(Quotas::aws());
        assert_eq!(taken(&limiter, "eu-north-1", "states", "CreateStateMachine", 0, 150), 100);
        assert_eq!(taken(&limiter, "eu-north-1", "states", "CreateStateMachine", 3000, 150), 3);
        assert_eq!(taken(&limiter, "eu-west-3", "states", "CreateStateMachine", 3000, 1), 1, "a bucket per region");
    }

    #[test]
    fn lambda_shares_one_bucket_but_not_for_invoke_and_get_function() {
        let limiter = Limiter::new(Quotas::aws());
        assert_eq!(taken(&limiter, "us-east-1", "lambda", "CreateFunction", 0, 10), 10);
        assert_eq!(taken(&limiter, "us-east-1", "lambda", "TagResource", 0, 10), 5);
        assert_eq!(taken(&limiter, "us-east-1", "lambda", "GetFunction", 0, 90), 90);
        assert_eq!(taken(&limiter, "us-east-1", "lambda", "Invoke", 0, 500), 500);
        let fault = limiter.take("us-east-1", "lambda", "ListFunctions", 0).unwrap_err();
        assert_eq!((fault.code.as_str(), fault.status), ("TooManyRequestsException", 429));
    }

    #[test]
    fn the_three_large_regions_have_larger_buckets() {
        let limiter = Limiter::new(Quotas::aws());
        assert_eq!(taken(&limiter, "us-east-1", "states", "StartExecution", 0, 2000), 1300);
        assert_eq!(taken(&limiter, "sa-east-1", "states", "StartExecution", 0, 2000), 800);
    }

    #[test]
    fn none_limits_nothing_and_a_file_is_checked() {
        let limiter = Limiter::new(Quotas::none());
        assert_eq!(taken(&limiter, "us-east-1", "iam", "CreateRole", 0, 1000), 1000);
        let read = |text: &str| serde_json::from_str::<Quotas>(text).map_err(|error| error.to_string());
        assert!(read(r#"{"states:CreateStateMachine": {"burst": 2, "per_second": 1}}"#).is_ok());
        assert!(read(r#"{"states:X": {"burst": 2}}"#).unwrap_err().contains("per_second"));
        for wrong in ["5", "[]", r#"{"burst": "2", "per_second": 1}"#, r#"{"burst": 2, "per_second": 1, "x": 1}"#] {
            let message = read(&format!(r#"{{"states:X": {wrong}}}"#)).unwrap_err();
            assert!(message.contains("`states:X`") && message.contains("\"burst\": 100"), "{message}");
        }
        assert!(read(r#"{"ec2:X": {"burst": 2, "per_second": 1}}"#).unwrap_err().contains("`ec2:X`"));
        assert!(read(r#"{"states:X": {"burst": 0, "per_second": 1}}"#).unwrap_err().contains("at least 1"));
    }
}
