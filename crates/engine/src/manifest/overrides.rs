use crate::model::TargetKind;

/// What the command line says over the manifest, for every user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--target`.
    pub target: Option<TargetKind>,
    /// `--endpoint-url`; the target is then `aws` at that endpoint, whatever the manifest says.
    /// An error beside `target: Local`: with an explicit `--target local`, leave an endpoint of the environment out.
    pub endpoint_url: Option<String>,
    /// `--region`.
    pub region: Option<String>,
    /// `--profile`.
    pub profile: Option<String>,
    /// Milliseconds since 1970, for the warning about a lab that has expired; without it there is none.
    pub now_ms: Option<i64>,
}
