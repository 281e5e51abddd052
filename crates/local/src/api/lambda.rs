//! The table of Lambda. All of its operations are listed, since a path alone names none.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html>

use super::operation::{Api, Sdk, Wording, offered, refused};

/// Members of Invoke that travel in headers. <https://smithy.io/2.0/spec/http-bindings.html#httpheader-trait>
const INVOKE_HEADERS: [(&str, &str); 5] = [
    ("x-amz-invocation-type", "InvocationType"),
    ("x-amz-log-type", "LogType"),
    ("x-amz-client-context", "ClientContext"),
    ("x-amz-durable-execution-name", "DurableExecutionName"),
    ("x-amz-tenant-id", "TenantId"),
];

pub(super) static API: Api = Api {
    signing: "lambda",
    actions: "lambda",
    largest: 70_167_211,
    family: Some((15.0, 15.0)),
    wording: Wording::Listed { missing: "ValidationException", broken: "ValidationException", is_small: true },
    throttled: "TooManyRequestsException",
    internal: "ServiceException",
    sdk: Sdk {
        prefix: "lambda",
        name: "Lambda",
        is_camel: false,
        errors: &[
            "CodeStorageExceeded",
            "InvalidParameterValue",
            "InvalidRequestContent",
            "InvalidRuntime",
            "InvalidZipFile",
            "PolicyLengthExceeded",
            "PreconditionFailed",
            "RequestTooLarge",
            "ResourceConflict",
            "ResourceInUse",
            "ResourceNotFound",
            "ResourceNotReady",
            "Service",
            "TooManyRequests",
            "UnsupportedMediaType",
        ],
    },
    operations: &[
        refused("InvokeAsync")
            .route("POST", "2014-11-13/functions/{FunctionName}/invoke-async")
            .no_bucket()
            .blob()
            .largest(1_048_576),
        refused("ListEventSourceMappings").route("GET", "2015-03-31/event-source-mappings"),
        refused("CreateEventSourceMapping").route("POST", "2015-03-31/event-source-mappings"),
        refused("DeleteEventSourceMapping").route("DELETE", "2015-03-31/event-source-mappings/{UUID}"),
        refused("GetEventSourceMapping").route("GET", "2015-03-31/event-source-mappings/{UUID}"),
        refused("UpdateEventSourceMapping").route("PUT", "2015-03-31/event-source-mappings/{UUID}"),
        offered("ListFunctions", "FunctionVersion:ALL Marker MaxItems:#1..10000").route("GET", "2015-03-31/functions"),
        offered("CreateFunction", "FunctionName! Runtime Role!:0..10000/arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+/ \
             Handler:0..128/[^\\s]+/ Code!:structure Code.ZipFile Code.S3Bucket Code.S3Key Code.ImageUri Description:0..256 \
             Timeout:#1..900 MemorySize:#128..10240 Publish PackageType:Zip|Image Environment.Variables \
             Environment.Variables{}:/[a-zA-Z]([a-zA-Z0-9_])+/ TracingConfig.Mode:Active|PassThrough Tags Architectures:list1..1 \
             Architectures[]:x86_64|arm64 EphemeralStorage.Size:#512..10240 SnapStart.ApplyOn:PublishedVersions|None \
             Layers Layers[]:1..2048/((arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+))/ LoggingConfig.LogFormat:JSON|Text LoggingConfig.LogGroup:1..512/[\\.\\-_/#A-Za-z0-9]+/")
        .route("POST", "2015-03-31/functions"),
        offered("DeleteFunction", "FunctionName! Qualifier:1..128/\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+/").route("DELETE", "2015-03-31/functions/{FunctionName}"),
        offered("GetFunction", "FunctionName! Qualifier:1..128/\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+/")
            .route("GET", "2015-03-31/functions/{FunctionName}")
            .bucket(100.0, 100.0),
        refused("ListAliases").route("GET", "2015-03-31/functions/{FunctionName}/aliases"),
        refused("CreateAlias").route("POST", "2015-03-31/functions/{FunctionName}/aliases"),
        refused("DeleteAlias").route("DELETE", "2015-03-31/functions/{FunctionName}/aliases/{Name}"),
        refused("GetAlias").route("GET", "2015-03-31/functions/{FunctionName}/aliases/{Name}"),
        refused("UpdateAlias").route("PUT", "2015-03-31/functions/{FunctionName}/aliases/{Name}"),
        offered("UpdateFunctionCode", "FunctionName! ZipFile S3Bucket S3Key ImageUri Architectures:list1..1 Architectures[]:x86_64|arm64 Publish DryRun \
             RevisionId")
        .route("PUT", "2015-03-31/functions/{FunctionName}/code"),
        offered("GetFunctionConfiguration", "FunctionName! Qualifier:1..128/\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+/")
            .route("GET", "2015-03-31/functions/{FunctionName}/configuration"),
        offered("UpdateFunctionConfiguration", "FunctionName! Role:0..10000/arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+/ Handler:0..128/[^\\s]+/ \
             Description:0..256 Timeout:#1..900 MemorySize:#128..10240 Environment.Variables \
             Environment.Variables{}:/[a-zA-Z]([a-zA-Z0-9_])+/ Layers Layers[]:1..2048/((arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+))/ Runtime TracingConfig.Mode:Active|PassThrough RevisionId \
             EphemeralStorage.Size:#512..10240 SnapStart.ApplyOn:PublishedVersions|None LoggingConfig.LogFormat:JSON|Text \
             LoggingConfig.LogGroup:1..512/[\\.\\-_/#A-Za-z0-9]+/")
        .route("PUT", "2015-03-31/functions/{FunctionName}/configuration"),
        offered("Invoke", "FunctionName! InvocationType:Event|RequestResponse|DryRun LogType:None|Tail Payload \
             Qualifier:1..128/\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+/")
            .route("POST", "2015-03-31/functions/{FunctionName}/invocations")
            .no_bucket()
            .action("lambda:InvokeFunction")
            .headers(&INVOKE_HEADERS)
            .blob()
            .largest(6_291_456),
        refused("GetPolicy").route("GET", "2015-03-31/functions/{FunctionName}/policy").bucket(15.0, 15.0),
        refused("AddPermission").route("POST", "2015-03-31/functions/{FunctionName}/policy"),
        refused("RemovePermission").route("DELETE", "2015-03-31/functions/{FunctionName}/policy/{StatementId}"),
        refused("ListVersionsByFunction").route("GET", "2015-03-31/functions/{FunctionName}/versions"),
        refused("PublishVersion").route("POST", "2015-03-31/functions/{FunctionName}/versions"),
        refused("GetAccountSettings").route("GET", "2016-08-19/account-settings"),
        offered("UntagResource", "Resource! TagKeys").route("DELETE", "2017-03-31/tags/{Resource}"),
        offered("ListTags", "Resource!").route("GET", "2017-03-31/tags/{Resource}"),
        offered("TagResource", "Resource! Tags!:map").route("POST", "2017-03-31/tags/{Resource}"),
        refused("DeleteFunctionConcurrency").route("DELETE", "2017-10-31/functions/{FunctionName}/concurrency"),
        refused("PutFunctionConcurrency").route("PUT", "2017-10-31/functions/{FunctionName}/concurrency"),
        refused("ListLayers").route("GET", "2018-10-31/layers"),
        refused("ListLayerVersions").route("GET", "2018-10-31/layers/{LayerName}/versions"),
        refused("PublishLayerVersion").route("POST", "2018-10-31/layers/{LayerName}/versions"),
        refused("DeleteLayerVersion").route("DELETE", "2018-10-31/layers/{LayerName}/versions/{VersionNumber}"),
        refused("GetLayerVersion").route("GET", "2018-10-31/layers/{LayerName}/versions/{VersionNumber}"),
        refused("GetLayerVersionPolicy").route("GET", "2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy"),
        refused("AddLayerVersionPermission")
            .route("POST", "2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy"),
        refused("RemoveLayerVersionPermission")
            .route("DELETE", "2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy/{StatementId}"),
        refused("DeleteFunctionEventInvokeConfig")
            .route("DELETE", "2019-09-25/functions/{FunctionName}/event-invoke-config"),
        refused("GetFunctionEventInvokeConfig").route("GET", "2019-09-25/functions/{FunctionName}/event-invoke-config"),
        refused("UpdateFunctionEventInvokeConfig")
            .route("POST", "2019-09-25/functions/{FunctionName}/event-invoke-config"),
        refused("PutFunctionEventInvokeConfig").route("PUT", "2019-09-25/functions/{FunctionName}/event-invoke-config"),
        refused("ListFunctionEventInvokeConfigs")
            .route("GET", "2019-09-25/functions/{FunctionName}/event-invoke-config/list"),
        refused("GetFunctionConcurrency").route("GET", "2019-09-30/functions/{FunctionName}/concurrency"),
        refused("DeleteProvisionedConcurrencyConfig")
            .route("DELETE", "2019-09-30/functions/{FunctionName}/provisioned-concurrency"),
        refused("GetProvisionedConcurrencyConfig")
            .route("GET", "2019-09-30/functions/{FunctionName}/provisioned-concurrency"),
        refused("PutProvisionedConcurrencyConfig")
            .route("PUT", "2019-09-30/functions/{FunctionName}/provisioned-concurrency"),
        refused("ListCodeSigningConfigs").route("GET", "2020-04-22/code-signing-configs"),
        refused("CreateCodeSigningConfig").route("POST", "2020-04-22/code-signing-configs"),
        refused("DeleteCodeSigningConfig").route("DELETE", "2020-04-22/code-signing-configs/{CodeSigningConfigArn}"),
        refused("GetCodeSigningConfig").route("GET", "2020-04-22/code-signing-configs/{CodeSigningConfigArn}"),
        refused("UpdateCodeSigningConfig").route("PUT", "2020-04-22/code-signing-configs/{CodeSigningConfigArn}"),
        refused("ListFunctionsByCodeSigningConfig")
            .route("GET", "2020-04-22/code-signing-configs/{CodeSigningConfigArn}/functions"),
        refused("DeleteFunctionCodeSigningConfig")
            .route("DELETE", "2020-06-30/functions/{FunctionName}/code-signing-config"),
        refused("GetFunctionCodeSigningConfig").route("GET", "2020-06-30/functions/{FunctionName}/code-signing-config"),
        refused("PutFunctionCodeSigningConfig").route("PUT", "2020-06-30/functions/{FunctionName}/code-signing-config"),
        refused("GetRuntimeManagementConfig")
            .route("GET", "2021-07-20/functions/{FunctionName}/runtime-management-config"),
        refused("PutRuntimeManagementConfig")
            .route("PUT", "2021-07-20/functions/{FunctionName}/runtime-management-config"),
        refused("DeleteFunctionUrlConfig").route("DELETE", "2021-10-31/functions/{FunctionName}/url"),
        refused("GetFunctionUrlConfig").route("GET", "2021-10-31/functions/{FunctionName}/url"),
        refused("CreateFunctionUrlConfig").route("POST", "2021-10-31/functions/{FunctionName}/url"),
        refused("UpdateFunctionUrlConfig").route("PUT", "2021-10-31/functions/{FunctionName}/url"),
        refused("ListFunctionUrlConfigs").route("GET", "2021-10-31/functions/{FunctionName}/urls"),
        refused("InvokeWithResponseStream")
            .route("POST", "2021-11-15/functions/{FunctionName}/response-streaming-invocations")
            .no_bucket(),
        refused("GetFunctionRecursionConfig").route("GET", "2024-08-31/functions/{FunctionName}/recursion-config"),
        refused("PutFunctionRecursionConfig").route("PUT", "2024-08-31/functions/{FunctionName}/recursion-config"),
        refused("ListCapacityProviders").route("GET", "2025-11-30/capacity-providers"),
        refused("CreateCapacityProvider").route("POST", "2025-11-30/capacity-providers"),
        refused("DeleteCapacityProvider").route("DELETE", "2025-11-30/capacity-providers/{CapacityProviderName}"),
        refused("GetCapacityProvider").route("GET", "2025-11-30/capacity-providers/{CapacityProviderName}"),
        refused("UpdateCapacityProvider").route("PUT", "2025-11-30/capacity-providers/{CapacityProviderName}"),
        refused("ListFunctionVersionsByCapacityProvider")
            .route("GET", "2025-11-30/capacity-providers/{CapacityProviderName}/function-versions"),
        refused("GetFunctionScalingConfig").route("GET", "2025-11-30/functions/{FunctionName}/function-scaling-config"),
        refused("PutFunctionScalingConfig").route("PUT", "2025-11-30/functions/{FunctionName}/function-scaling-config"),
    ],
    ..Api::EMPTY
};
