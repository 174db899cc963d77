/* Buckets and keys. */
#include "tests/cloudsim/operations.h"

/* clang-format off */
#define S3(verb, op, parameter) { .service = "s3", .name = op, .method = verb, .path = "/{Bucket}", .with = parameter }

const struct operation operations_stores[] = {
        S3("HEAD", "HeadBucket", NULL),
        S3("GET", "GetBucketLocation", "location"),
        S3("GET", "GetBucketLifecycleConfiguration", "lifecycle"),
        S3("GET", "GetBucketVersioning", "versioning"),
        S3("GET", "GetBucketReplication", "replication"),
        S3("GET", "GetBucketEncryption", "encryption"),
        S3("GET", "GetBucketPolicy", "policy"),
        S3("GET", "GetObjectLockConfiguration", "object-lock"),
        { .service = "iam", .name = "GetAccountAuthorizationDetails", .items = "Policies", .token_in = "Marker", .token_out = "Marker", .size = "MaxItems",
          .max = 1000 },
        { 0 },
};
/* clang-format on */
