//! The table of CloudWatch.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Operations.html>

use super::operation::{Api, ENTRIES, Sdk, Wording, offered};
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
    wording: Wording::Listed {
        missing: "MissingRequiredParameterException",
        broken: "InvalidParameterValueException",
        is_small: true,
    },
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
        offered("DeleteDashboards", "DashboardNames!:list").bucket(10.0, 10.0),
        offered("GetDashboard", "DashboardName!").bucket(10.0, 10.0),
        offered(
            "GetMetricData",
            "MetricDataQueries!:list MetricDataQueries[].Id!:1..255 MetricDataQueries[].MetricStat.Metric!:structure \
             MetricDataQueries[].MetricStat.Metric.Namespace:1..255/[^:].*/ MetricDataQueries[].MetricStat.Metric.MetricName:1..255 \
             MetricDataQueries[].MetricStat.Metric.Dimensions:list0..30 \
             MetricDataQueries[].MetricStat.Metric.Dimensions[].Name!:1..255 \
             MetricDataQueries[].MetricStat.Metric.Dimensions[].Value!:1..1024 MetricDataQueries[].MetricStat.Period!:#1.. \
             MetricDataQueries[].MetricStat.Stat! \
             MetricDataQueries[].MetricStat.Unit:Seconds|Microseconds|Milliseconds|Bytes|Kilobytes|Megabytes|Gigabytes|Terabytes|Bits|Kilobits|Megabits|Gigabits|Terabits|Percent|Count|Bytes/Second|Kilobytes/Second|Megabytes/Second|Gigabytes/Second|Terabytes/Second|Bits/Second|Kilobits/Second|Megabits/Second|Gigabits/Second|Terabits/Second|Count/Second|None \
             MetricDataQueries[].Expression:1..2048 MetricDataQueries[].Label MetricDataQueries[].ReturnData MetricDataQueries[].Period:#1.. StartTime! EndTime! \
             ScanBy:TimestampDescending|TimestampAscending MaxDatapoints",
        ),
        offered(
            "GetMetricStatistics",
            "Namespace!:1..255/[^:].*/ MetricName!:1..255 Dimensions:list0..30 Dimensions[].Name!:1..255 \
             Dimensions[].Value!:1..1024 StartTime! EndTime! Period!:#1.. Statistics:list1..5 \
             Statistics[]:SampleCount|Average|Sum|Minimum|Maximum ExtendedStatistics:list1..10 \
             Unit:Seconds|Microseconds|Milliseconds|Bytes|Kilobytes|Megabytes|Gigabytes|Terabytes|Bits|Kilobits|Megabits|Gigabits|Terabits|Percent|Count|Bytes/Second|Kilobytes/Second|Megabytes/Second|Gigabytes/Second|Terabytes/Second|Bits/Second|Kilobits/Second|Megabits/Second|Gigabits/Second|Terabits/Second|Count/Second|None",
        ),
        offered("ListDashboards", "DashboardNamePrefix NextToken").bucket(10.0, 10.0),
        offered(
            "ListMetrics",
            "Namespace:1..255/[^:].*/ MetricName:1..255 Dimensions:list0..10 Dimensions[].Name!:1..255 Dimensions[].Value:1..1024 \
             NextToken IncludeLinkedAccounts=false",
        ),
        offered("ListTagsForResource", "ResourceARN!:1..1024"),
        offered("PutDashboard", "DashboardName DashboardBody Tags[].Key!:1..128 Tags[].Value!:0..256")
            .bucket(10.0, 10.0),
        offered(
            "PutMetricData",
            "Namespace!:1..255/[^:].*/ MetricData[].MetricName!:1..255 MetricData[].Dimensions:list0..30 \
             MetricData[].Dimensions[].Name!:1..255 MetricData[].Dimensions[].Value!:1..1024 MetricData[].Timestamp \
             MetricData[].Value MetricData[].StatisticValues.SampleCount! MetricData[].StatisticValues.Sum! \
             MetricData[].StatisticValues.Minimum! MetricData[].StatisticValues.Maximum! MetricData[].Values MetricData[].Counts \
             MetricData[].Unit:Seconds|Microseconds|Milliseconds|Bytes|Kilobytes|Megabytes|Gigabytes|Terabytes|Bits|Kilobits|Megabits|Gigabits|Terabits|Percent|Count|Bytes/Second|Kilobytes/Second|Megabytes/Second|Gigabytes/Second|Terabytes/Second|Bits/Second|Kilobits/Second|Megabits/Second|Gigabits/Second|Terabits/Second|Count/Second|None \
             MetricData[].StorageResolution=60",
        ),
        offered("TagResource", "ResourceARN!:1..1024 Tags!:list Tags[].Key!:1..128 Tags[].Value!:0..256"),
        offered("UntagResource", "ResourceARN!:1..1024 TagKeys!:list TagKeys[]:1..128"),
    ],
    ..Api::EMPTY
};
