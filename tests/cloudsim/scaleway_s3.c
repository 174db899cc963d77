/* Scaleway's object storage: S3's protocol, SigV4 computed again with the API key of the world. */
#include <string.h>

#include "daemon/base/json.h"
#include "tests/cloudsim/faults.h"
#include "tests/cloudsim/identity.h"
#include "tests/cloudsim/meter.h"
#include "tests/cloudsim/scaleway_iam.h"
#include "tests/cloudsim/sigv4.h"
#include "tests/cloudsim/world.h"
#include "tests/cloudsim/xml.h"

static const struct {
        const char *query, *operation, *member, *root,
                *none; /* none: the code where it is not set */
} configurations[] = {
        { "lifecycle", "GetBucketLifecycleConfiguration", "lifecycle", "LifecycleConfiguration",
          "NoSuchLifecycleConfiguration" },
        { "versioning", "GetBucketVersioning", "versioning", "VersioningConfiguration", NULL },
        { "object-lock", "GetObjectLockConfiguration", "object_lock", "ObjectLockConfiguration",
          "ObjectLockConfigurationNotFoundError" },
};

bool scaleway_s3_claims(const struct request *q)
{
        const char *end = strstr(q->host, ".scw.cloud");

        return strncmp(q->host, "s3.", 3) == 0 && end && strcmp(end, ".scw.cloud") == 0;
}

static void s3_error(struct request *q, unsigned status, const char *code, const char *message)
{
        json_auto_t *error = json_pack("{ss ss}", "Code", code ? code : "InternalError", "Message",
                                       message ? message : "");

        reply_text(q, status, "application/xml", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        if (strcmp(q->method, "HEAD") != 0)
                xml_add_flat(&q->reply.body, "Error", error);
}

static void identify(struct request *q)
{
        (void)snprintf(q->provider, sizeof(q->provider), "scaleway");
        (void)snprintf(q->service, sizeof(q->service), "s3");
        (void)snprintf(q->region, sizeof(q->region), "%.*s", (int)strcspn(q->host + 3, "."),
                       q->host + 3);
        (void)snprintf(q->operation, sizeof(q->operation), "%s",
                       strcmp(q->method, "HEAD") == 0 ? "HeadBucket" : "unknown");
        for (size_t i = 0; i < ELEMENTSOF(configurations); i++) {
                size_t n = strlen(configurations[i].query);

                if (strncmp(q->query, configurations[i].query, n) == 0 &&
                    (q->query[n] == '=' || q->query[n] == '\0'))
                        (void)snprintf(q->operation, sizeof(q->operation), "%s",
                                       configurations[i].operation);
        }
        q->page = 1;
}

/* ---- who asks ----------------------------------------------------------------------------------
 */

static const char *header_of(void *userdata, const char *name)
{
        return request_header(userdata, name);
}

/* The key of an access key, and its secret: they are kept by that. */
static const json_t *key_of(const struct sim *s, const char *access_key, const char **ret_secret)
{
        const char *secret, *id;
        json_t *key;

        json_object_foreach(s->scw_keys, secret, key)
        {
                id = json_member_string(key, "access_key");
                if (id && strcmp(id, access_key) == 0) {
                        *ret_secret = secret;
                        return key;
                }
        }
        return NULL;
}

static bool signature_is_good(struct request *q, const struct sigv4_authorization *a,
                              const char *secret)
{
        const struct sigv4_message m = { .method = q->method,
                                         .path = q->path,
                                         .query = q->query,
                                         .body = buffer_text(&q->body),
                                         .body_bytes = q->body.size_bytes,
                                         .header = header_of,
                                         .userdata = q };
        unsigned char key[SHA256_BYTES];
        char signature[SHA256_HEX_MAX];

        sigv4_key(a, secret, key);
        return strcmp(a->service, "s3") == 0 && strcmp(a->region, q->region) == 0 &&
               sigv4_is_signed(a, "host") && sigv4_is_signed(a, "x-amz-date") &&
               sigv4_is_signed(a, "x-amz-content-sha256") &&
               sigv4_signature(&m, a, key, signature) == 0 && strcmp(signature, a->signature) == 0;
}

/* The one named behind the access key, or the organisation's first. */
static const char *project_of(const struct scaleway_call *c, const char *access_key)
{
        const char *named = strchr(access_key, '@');

        return named ? named + 1
                     : json_member_string(
                               json_array_get(json_object_get(c->organization, "projects"), 0),
                               "id");
}

static bool authenticate(struct scaleway_call *c)
{
        struct request *q = c->q;
        const char *header = request_header(q, "Authorization"), *secret = NULL;
        struct sigv4_authorization a;
        char access_key[sizeof(a.access_key)];

        if (!header || sigv4_parse(header, &a) < 0) {
                s3_error(q, 403, "AccessDenied", "Access Denied.");
                return false;
        }
        (void)snprintf(access_key, sizeof(access_key), "%.*s", (int)strcspn(a.access_key, "@"),
                       a.access_key);
        c->key = key_of(q->sim, access_key, &secret);
        if (!c->key || !signature_is_good(q, &a, secret)) {
                s3_error(q, 403, c->key ? "SignatureDoesNotMatch" : "InvalidAccessKeyId",
                         "the key is not accepted");
                return false;
        }
        (void)snprintf(q->account, sizeof(q->account), "%s",
                       json_member_string(c->key, "organization"));
        (void)snprintf(q->access_key, sizeof(q->access_key), "%s", access_key);
        c->organization = world_at(q->sim->world, "scaleway", "organizations", q->account);
        request_set_param(q, "project", project_of(c, a.access_key));
        return true;
}

/* ---- what there is -----------------------------------------------------------------------------
 */

/* Of the project that is looked into, and one that the key may read. */
static bool is_seen(const struct scaleway_call *c, const json_t *bucket)
{
        const char *project = json_member_string(bucket, "project_id");
        char text[64];
        json_t *one;
        size_t i;

        if (!project || strcmp(project, request_param(c->q, "project", text)) != 0)
                return false;
        json_array_foreach((json_t *)c->projects, i, one)
        {
                if (strcmp(json_string_value(one), project) == 0)
                        return true;
        }
        return !c->projects;
}

static void reply_bucket(struct scaleway_call *c)
{
        struct request *q = c->q;
        const json_t *bucket = world_at(c->organization, "buckets", q->path + 1);
        const char *region = json_member_string(bucket, "region");

        if (!region || strcmp(region, q->region) != 0) {
                s3_error(q, 404, "NoSuchBucket", "The specified bucket does not exist");
                return;
        }
        if (!is_seen(c, bucket)) {
                s3_error(q, 403, "AccessDenied", "Access Denied.");
                return;
        }
        if (strcmp(q->operation, "HeadBucket") == 0) {
                reply_text(q, 200, "application/xml", "");
                return;
        }
        for (size_t i = 0; i < ELEMENTSOF(configurations); i++) {
                json_t *value = json_object_get(bucket, configurations[i].member);

                if (strcmp(configurations[i].operation, q->operation) != 0)
                        continue;
                if (!value && configurations[i].none) {
                        s3_error(q, 404, configurations[i].none, "It is not configured.");
                        return;
                }
                reply_text(q, 200, "application/xml",
                           "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
                xml_add_flat(&q->reply.body, configurations[i].root, value);
                return;
        }
        s3_error(q, 501, "NotImplemented", "not played");
}

void scaleway_s3_answer(struct request *q)
{
        struct scaleway_call c = { .q = q };
        bool known;

        identify(q);
        known = authenticate(&c);
        faults_match(q);
        reply_header(&q->reply, "x-amz-request-id", "sim-%llu",
                     (unsigned long long)q->sim->requests);
        if (faults_answer(q, s3_error) || !known)
                return;
        if (identity_expired(q->sim, q->access_key, c.key) || q->effects.denied ||
            !scaleway_iam_allows(&c, &c.projects)) {
                q->refused = true;
                s3_error(q, 403, "AccessDenied", "Access Denied.");
        } else if (meter_budget(q)) {
                s3_error(q, 503, "SlowDown", "Please reduce your request rate.");
        } else {
                reply_bucket(&c);
        }
}
