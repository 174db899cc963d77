/* Buckets: one namespace for all accounts, each in one region, readable by its owner alone. */
#include <string.h>

#include "daemon/base/json.h"
#include "tests/cloudsim/aws.h"
#include "tests/cloudsim/world.h"
#include "tests/cloudsim/xml.h"

static const struct {
        const char *operation, *member, *root, *none; /* none: the code where it is not set */
} configurations[] = {
        { "GetBucketLifecycleConfiguration", "lifecycle", "LifecycleConfiguration",
          "NoSuchLifecycleConfiguration" },
        { "GetBucketReplication", "replication", "ReplicationConfiguration",
          "ReplicationConfigurationNotFoundError" },
        { "GetBucketEncryption", "encryption", "ServerSideEncryptionConfiguration",
          "ServerSideEncryptionConfigurationNotFoundError" },
        { "GetObjectLockConfiguration", "object_lock", "ObjectLockConfiguration",
          "ObjectLockConfigurationNotFoundError" },
        { "GetBucketLocation", "region", "LocationConstraint", NULL },
        { "GetBucketVersioning", "versioning", "VersioningConfiguration", NULL },
        { "GetBucketPolicy", "policy", NULL, "NoSuchBucketPolicy" }, /* JSON, not XML */
};

static const json_t *bucket_of(const struct aws_call *c)
{
        char text[64];
        const char *name = request_param(c->q, "Bucket", text);

        return name ? world_at(c->q->sim->world, "aws", "buckets", name) : NULL;
}

void aws_s3_peek(struct aws_call *c)
{
        const char *region;

        if (!c->operation || strcmp(c->operation->service, "s3") != 0)
                return;
        region = json_member_string(bucket_of(c), "region");
        if (region)
                reply_header(&c->q->reply, "x-amz-bucket-region", "%s", region);
}

/* What S3 does where nothing was said: everything is encrypted with its own keys since 2023. */
static json_t *default_of(const char *member)
{
        if (strcmp(member, "encryption") != 0)
                return NULL;
        return json_pack("{s[{s{ss}}]}", "Rule", "ApplyServerSideEncryptionByDefault",
                         "SSEAlgorithm", "AES256");
}

static void reply_configuration(struct aws_call *c, const json_t *bucket)
{
        for (size_t i = 0; i < ELEMENTSOF(configurations); i++) {
                const char *member = configurations[i].member;
                json_auto_t *value = NULL;

                if (strcmp(configurations[i].operation, c->operation->name) != 0)
                        continue;
                value = json_object_get(bucket, member)
                                ? json_incref(json_object_get(bucket, member))
                                : default_of(member);
                if (!value && configurations[i].none) {
                        aws_error(c, 404, configurations[i].none, "It is not configured.");
                        return;
                }
                if (!configurations[i].root) {
                        reply_json(c->q, 200, value);
                        return;
                }
                reply_text(c->q, 200, "application/xml",
                           "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
                xml_add_flat(&c->q->reply.body, configurations[i].root, value);
                return;
        }
        aws_refuse(c, AWS_NO_OPERATION, NULL);
}

bool aws_s3(struct aws_call *c)
{
        const json_t *bucket = bucket_of(c);
        const char *owner = json_member_string(bucket, "owner"),
                   *region = json_member_string(bucket, "region");

        if (strcmp(c->service->name, "s3") != 0)
                return false;
        if (!bucket) {
                aws_error(c, 404, "NoSuchBucket", "The specified bucket does not exist");
        } else if (!owner || strcmp(owner, c->q->account) != 0) {
                aws_refuse(c, AWS_DENIED, NULL);
        } else if (strcmp(region ? region : "", c->q->region) != 0) {
                aws_error(c, 301, "PermanentRedirect",
                          "The bucket must be addressed using another endpoint.");
        } else if (strcmp(c->operation->name, "HeadBucket") == 0) {
                reply_text(c->q, 200, "application/xml", "");
        } else {
                reply_configuration(c, bucket);
        }
        return true;
}
