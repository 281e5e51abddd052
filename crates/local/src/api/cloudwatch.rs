//! The table of CloudWatch.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Operations.html>

use super::operation::{Api, ENTRIES, Sdk, offered};
use crate::wire::Protocol;

pub(super) static API: Api = Api {
    signing: "monitoring",
    actions: "cloudwatch",
    target: Some(("GraniteServiceVersion20100801", Protocol::Json10)),
    is_form: true,
    namespace: "http://monitoring.amazonaws.com/doc/2010-08-01/",
    times: &["Timestamp", "Timestamps", "LastModified", "StartTime", "EndTime"],
    maps: &[("ExtendedStatistics", ENTRIES)],
    older_codes: &[
        ("DashboardInvalidInputError", "InvalidParameterInput"),
        ("DashboardNotFoundError", "ResourceNotFound"),
        ("InvalidParameterValueException", "InvalidParameterValue"),
        ("MissingRequiredParameterException", "MissingParameter"),
        ("InvalidParameterCombinationException", "InvalidParameterCombination"),
    ],
    throttled: "Throttling",
    internal: "InternalServiceFault",
    sdk: Sdk {
        prefix: "cloudwatch",
        name: "CloudWatch",
        is_camel: false,
        errors: &[
            "ConcurrentModification",
            "DashboardInvalidInputError",
            "DashboardNotFoundError",
            "InternalServiceFault",
            "InvalidFormatFault",
            "InvalidNextToken",
            "InvalidParameterCombination",
            "InvalidParameterValue",
            "LimitExceeded",
            "MissingRequiredParameter",
            "ResourceNotFound",
        ],
    },
    operations: &[
        offered("DeleteDashboards", "DashboardNames").bucket(10.0, 10.0),
        offered("GetDashboard", "DashboardName").bucket(10.0, 10.0),
        offered(
            "GetMetricData",
            "MetricDataQueries[].Id MetricDataQueries[].MetricStat.Metric.Namespace \
             MetricDataQueries[].MetricStat.Metric.MetricName MetricDataQueries[].MetricStat.Metric.Dimensions[].Name \
             MetricDataQueries[].MetricStat.Metric.Dimensions[].Value MetricDataQueries[].MetricStat.Period \
             MetricDataQueries[].MetricStat.Stat MetricDataQueries[].MetricStat.Unit MetricDataQueries[].Expression \
             MetricDataQueries[].Label MetricDataQueries[].ReturnData StartTime EndTime ScanBy MaxDatapoints",
        ),
        offered(
            "GetMetricStatistics",
            "Namespace MetricName Dimensions[].Name Dimensions[].Value StartTime EndTime Period Statistics ExtendedStatistics Unit",
        ),
        offered("ListDashboards", "DashboardNamePrefix NextToken").bucket(10.0, 10.0),
        offered(
            "ListMetrics",
            "Namespace MetricName Dimensions[].Name Dimensions[].Value NextToken IncludeLinkedAccounts=false",
        ),
        offered("ListTagsForResource", "ResourceARN"),
        offered("PutDashboard", "DashboardName DashboardBody Tags[].Key Tags[].Value").bucket(10.0, 10.0),
        offered(
            "PutMetricData",
            "Namespace MetricData[].MetricName MetricData[].Dimensions[].Name MetricData[].Dimensions[].Value \
             MetricData[].Timestamp MetricData[].Value MetricData[].StatisticValues.SampleCount MetricData[].StatisticValues.Sum \
             MetricData[].StatisticValues.Minimum MetricData[].StatisticValues.Maximum MetricData[].Values MetricData[].Counts \
             MetricData[].Unit MetricData[].StorageResolution=60",
        ),
        offered("TagResource", "ResourceARN Tags[].Key Tags[].Value"),
        offered("UntagResource", "ResourceARN TagKeys"),
    ],
    ..Api::EMPTY
};
