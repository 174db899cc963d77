/* Metrics, events, costs: what use leaves behind. */
#include "tests/cloudsim/operations.h"

/* clang-format off */
const struct operation operations_usage[] = {
        { .service = "cloudwatch", .name = "ListMetrics", .items = "Metrics", .token_in = "NextToken", .token_out = "NextToken", .max = 500,
          .filters = { { FILTER_EQUAL, "Namespace", "Namespace" }, { FILTER_EQUAL, "MetricName", "MetricName" } } },
        { .service = "cloudwatch", .name = "DescribeAlarms", .items = "MetricAlarms", .token_in = "NextToken", .token_out = "NextToken",
          .size = "MaxRecords", .max = 100 },
        { .service = "cloudwatch", .name = "GetMetricStatistics", .items = "Datapoints" },
        JSON_LIST("cloudtrail", "LookupEvents", "Events", "NextToken", "MaxResults", 50),
        { .service = "ce", .name = "GetCostAndUsage", .items = "ResultsByTime", .token_in = "NextPageToken", .token_out = "NextPageToken", .max = 100 },
        { 0 },
};
/* clang-format on */
