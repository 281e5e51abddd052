//! REST-JSON, which Lambda speaks: method and path name the operation, and labels, query and body are its members.
//! <https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html>

use serde_json::{Map, Value};

use super::query::percent_decoded;

/// Lambda's operations: method, path with labels in braces, name. Listed in full so that one that is not offered is
/// refused by its name. <https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html>
const OPERATIONS: &[(&str, &str, &str)] = &[
    ("POST", "2014-11-13/functions/{FunctionName}/invoke-async", "InvokeAsync"),
    ("GET", "2015-03-31/event-source-mappings", "ListEventSourceMappings"),
    ("POST", "2015-03-31/event-source-mappings", "CreateEventSourceMapping"),
    ("DELETE", "2015-03-31/event-source-mappings/{UUID}", "DeleteEventSourceMapping"),
    ("GET", "2015-03-31/event-source-mappings/{UUID}", "GetEventSourceMapping"),
    ("PUT", "2015-03-31/event-source-mappings/{UUID}", "UpdateEventSourceMapping"),
    ("GET", "2015-03-31/functions", "ListFunctions"),
    ("POST", "2015-03-31/functions", "CreateFunction"),
    ("DELETE", "2015-03-31/functions/{FunctionName}", "DeleteFunction"),
    ("GET", "2015-03-31/functions/{FunctionName}", "GetFunction"),
    ("GET", "2015-03-31/functions/{FunctionName}/aliases", "ListAliases"),
    ("POST", "2015-03-31/functions/{FunctionName}/aliases", "CreateAlias"),
    ("DELETE", "2015-03-31/functions/{FunctionName}/aliases/{Name}", "DeleteAlias"),
    ("GET", "2015-03-31/functions/{FunctionName}/aliases/{Name}", "GetAlias"),
    ("PUT", "2015-03-31/functions/{FunctionName}/aliases/{Name}", "UpdateAlias"),
    ("PUT", "2015-03-31/functions/{FunctionName}/code", "UpdateFunctionCode"),
    ("GET", "2015-03-31/functions/{FunctionName}/configuration", "GetFunctionConfiguration"),
    ("PUT", "2015-03-31/functions/{FunctionName}/configuration", "UpdateFunctionConfiguration"),
    ("POST", "2015-03-31/functions/{FunctionName}/invocations", "Invoke"),
    ("GET", "2015-03-31/functions/{FunctionName}/policy", "GetPolicy"),
    ("POST", "2015-03-31/functions/{FunctionName}/policy", "AddPermission"),
    ("DELETE", "2015-03-31/functions/{FunctionName}/policy/{StatementId}", "RemovePermission"),
    ("GET", "2015-03-31/functions/{FunctionName}/versions", "ListVersionsByFunction"),
    ("POST", "2015-03-31/functions/{FunctionName}/versions", "PublishVersion"),
    ("GET", "2016-08-19/account-settings", "GetAccountSettings"),
    ("DELETE", "2017-03-31/tags/{Resource}", "UntagResource"),
    ("GET", "2017-03-31/tags/{Resource}", "ListTags"),
    ("POST", "2017-03-31/tags/{Resource}", "TagResource"),
    ("DELETE", "2017-10-31/functions/{FunctionName}/concurrency", "DeleteFunctionConcurrency"),
    ("PUT", "2017-10-31/functions/{FunctionName}/concurrency", "PutFunctionConcurrency"),
    ("GET", "2018-10-31/layers", "ListLayers"),
    ("GET", "2018-10-31/layers/{LayerName}/versions", "ListLayerVersions"),
    ("POST", "2018-10-31/layers/{LayerName}/versions", "PublishLayerVersion"),
    ("DELETE", "2018-10-31/layers/{LayerName}/versions/{VersionNumber}", "DeleteLayerVersion"),
    ("GET", "2018-10-31/layers/{LayerName}/versions/{VersionNumber}", "GetLayerVersion"),
    ("GET", "2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy", "GetLayerVersionPolicy"),
    ("POST", "2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy", "AddLayerVersionPermission"),
    (
        "DELETE",
        "2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy/{StatementId}",
        "RemoveLayerVersionPermission",
    ),
    ("DELETE", "2019-09-25/functions/{FunctionName}/event-invoke-config", "DeleteFunctionEventInvokeConfig"),
    ("GET", "2019-09-25/functions/{FunctionName}/event-invoke-config", "GetFunctionEventInvokeConfig"),
    ("POST", "2019-09-25/functions/{FunctionName}/event-invoke-config", "UpdateFunctionEventInvokeConfig"),
    ("PUT", "2019-09-25/functions/{FunctionName}/event-invoke-config", "PutFunctionEventInvokeConfig"),
    ("GET", "2019-09-25/functions/{FunctionName}/event-invoke-config/list", "ListFunctionEventInvokeConfigs"),
    ("GET", "2019-09-30/functions/{FunctionName}/concurrency", "GetFunctionConcurrency"),
    ("DELETE", "2019-09-30/functions/{FunctionName}/provisioned-concurrency", "DeleteProvisionedConcurrencyConfig"),
    ("GET", "2019-09-30/functions/{FunctionName}/provisioned-concurrency", "GetProvisionedConcurrencyConfig"),
    ("PUT", "2019-09-30/functions/{FunctionName}/provisioned-concurrency", "PutProvisionedConcurrencyConfig"),
    ("GET", "2020-04-22/code-signing-configs", "ListCodeSigningConfigs"),
    ("POST", "2020-04-22/code-signing-configs", "CreateCodeSigningConfig"),
    ("DELETE", "2020-04-22/code-signing-configs/{CodeSigningConfigArn}", "DeleteCodeSigningConfig"),
    ("GET", "2020-04-22/code-signing-configs/{CodeSigningConfigArn}", "GetCodeSigningConfig"),
    ("PUT", "2020-04-22/code-signing-configs/{CodeSigningConfigArn}", "UpdateCodeSigningConfig"),
    ("GET", "2020-04-22/code-signing-configs/{CodeSigningConfigArn}/functions", "ListFunctionsByCodeSigningConfig"),
    ("DELETE", "2020-06-30/functions/{FunctionName}/code-signing-config", "DeleteFunctionCodeSigningConfig"),
    ("GET", "2020-06-30/functions/{FunctionName}/code-signing-config", "GetFunctionCodeSigningConfig"),
    ("PUT", "2020-06-30/functions/{FunctionName}/code-signing-config", "PutFunctionCodeSigningConfig"),
    ("GET", "2021-07-20/functions/{FunctionName}/runtime-management-config", "GetRuntimeManagementConfig"),
    ("PUT", "2021-07-20/functions/{FunctionName}/runtime-management-config", "PutRuntimeManagementConfig"),
    ("DELETE", "2021-10-31/functions/{FunctionName}/url", "DeleteFunctionUrlConfig"),
    ("GET", "2021-10-31/functions/{FunctionName}/url", "GetFunctionUrlConfig"),
    ("POST", "2021-10-31/functions/{FunctionName}/url", "CreateFunctionUrlConfig"),
    ("PUT", "2021-10-31/functions/{FunctionName}/url", "UpdateFunctionUrlConfig"),
    ("GET", "2021-10-31/functions/{FunctionName}/urls", "ListFunctionUrlConfigs"),
    ("POST", "2021-11-15/functions/{FunctionName}/response-streaming-invocations", "InvokeWithResponseStream"),
    ("GET", "2024-08-31/functions/{FunctionName}/recursion-config", "GetFunctionRecursionConfig"),
    ("PUT", "2024-08-31/functions/{FunctionName}/recursion-config", "PutFunctionRecursionConfig"),
    ("GET", "2025-11-30/capacity-providers", "ListCapacityProviders"),
    ("POST", "2025-11-30/capacity-providers", "CreateCapacityProvider"),
    ("DELETE", "2025-11-30/capacity-providers/{CapacityProviderName}", "DeleteCapacityProvider"),
    ("GET", "2025-11-30/capacity-providers/{CapacityProviderName}", "GetCapacityProvider"),
    ("PUT", "2025-11-30/capacity-providers/{CapacityProviderName}", "UpdateCapacityProvider"),
    (
        "GET",
        "2025-11-30/capacity-providers/{CapacityProviderName}/function-versions",
        "ListFunctionVersionsByCapacityProvider",
    ),
    ("GET", "2025-11-30/functions/{FunctionName}/function-scaling-config", "GetFunctionScalingConfig"),
    ("PUT", "2025-11-30/functions/{FunctionName}/function-scaling-config", "PutFunctionScalingConfig"),
];

/// Query parameters whose member is a list, with the member's name.
const LISTS: [(&str, &str); 1] = [("tagKeys", "TagKeys")];

/// The operation that a method and path mean, and the members in the path.
pub(super) fn operation(method: &str, path: &str) -> Option<(&'static str, Map<String, Value>)> {
    OPERATIONS
        .iter()
        .filter(|(wanted, _, _)| *wanted == method)
        .find_map(|(_, pattern, name)| Some((*name, labels(pattern, path)?)))
}

/// Whether a path has the look of Lambda's: a date first.
pub(super) fn is_dated(path: &str) -> bool {
    let date = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    date.len() == 10
        && date.chars().enumerate().all(|(at, letter)| match at {
            4 | 7 => letter == '-',
            _ => letter.is_ascii_digit(),
        })
}

/// The labels of a path that fits a pattern.
fn labels(pattern: &str, path: &str) -> Option<Map<String, Value>> {
    let mut members = Map::new();
    let mut segments = path.trim_matches('/').split('/');
    for wanted in pattern.split('/') {
        let segment = segments.next()?;
        match wanted.strip_prefix('{').and_then(|label| label.strip_suffix('}')) {
            Some(label) => {
                let value = percent_decoded(segment);
                if value.is_empty() {
                    return None;
                }
                members.insert(label.to_owned(), Value::String(value));
            }
            None if segment == wanted => {}
            None => return None,
        }
    }
    segments.next().is_none().then_some(members)
}

/// Adds the parameters of the query string.
pub(super) fn add_query(members: &mut Map<String, Value>, query: &str) {
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match LISTS.iter().find(|(wire, _)| *wire == name) {
            Some((_, member)) => {
                let list = members.entry(*member).or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(list) = list {
                    list.push(Value::String(value.into_owned()));
                }
            }
            None => {
                members.insert(name.into_owned(), Value::String(value.into_owned()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_decoded_and_named() {
        let (name, members) = operation("GET", "/2017-03-31/tags/arn%3Aaws%3Alambda%3Ar%3A1%3Afunction%3Af").unwrap();
        assert_eq!(name, "ListTags");
        assert_eq!(members["Resource"], "arn:aws:lambda:r:1:function:f");
        let (name, members) = operation("POST", "/2015-03-31/functions/f/invocations").unwrap();
        assert_eq!((name, members["FunctionName"].as_str()), ("Invoke", Some("f")));
        assert_eq!(operation("GET", "/2015-03-31/functions/").unwrap().0, "ListFunctions");
    }

    #[test]
    fn unknown_paths_have_no_operation() {
        for (method, path) in
            [("GET", "/"), ("PATCH", "/2015-03-31/functions"), ("GET", "/2015-03-31/functions/a/b/c/d")]
        {
            assert!(operation(method, path).is_none(), "{method} {path}");
        }
        assert!(is_dated("/2015-03-31/x") && !is_dated("/queue/x") && !is_dated("/"));
    }

    #[test]
    fn repeated_parameters_become_a_list() {
        let mut members = Map::new();
        add_query(&mut members, "tagKeys=a&tagKeys=b%20c&MaxItems=5");
        assert_eq!(Value::Object(members), serde_json::json!({"TagKeys": ["a", "b c"], "MaxItems": "5"}));
    }
}
