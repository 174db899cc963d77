/* Object Storage: S3's protocol, signed with the same API key, at a host of its own in each region.
 * It is asked for what a bucket does with the logs that are written to it. */
#include "providers/scaleway/account.h"

#include "daemon/base/json.h"
#include "providers/sign.h"
#include "providers/xml.h"

#include <errno.h>
#include <string.h>

static const char service_name[] = "s3";
static const char *const repeated[] = { "Rule", NULL };

/* ---- addresses, and whose buckets they are ------------------------------------------------------
 */

/* "https://s3.fr-par.scw.cloud/bucket/key" has the bucket in its path; the other form names it as
 * its host, and is the one that is kept. */
static json_t *named_by_host(const char *url, size_t length)
{
        static const char scheme[] = "https://";
        const char *host = url + sizeof(scheme) - 1;
        size_t host_length, bucket_length;
        const char *bucket;

        if (strncmp(url, "https://s3.", sizeof("https://s3.") - 1) != 0)
                return NULL;
        host_length = strcspn(host, "/");
        bucket = host + host_length + 1;
        if (bucket >= url + length)
                return NULL;
        bucket_length = strcspn(bucket, "/?#");
        return json_sprintf("%s%.*s.%.*s%.*s", scheme, (int)bucket_length, bucket, (int)host_length,
                            host, (int)(url + length - bucket - bucket_length),
                            bucket + bucket_length);
}

json_t *storage_address(const char *url)
{
        size_t length = strcspn(url, "?#");
        json_t *other = named_by_host(url, length);

        return other ? other : json_stringn(url, length);
}

void storage_learn(struct account *a, const json_t *body)
{
        json_t *job;
        size_t i;

        json_array_foreach(json_object_get(body, "export_jobs"), i, job)
        {
                const char *bucket = json_path_string(job, "s3.bucket");
                const char *project = json_path_string(job, "s3.project_id");

                if (!bucket || !project)
                        continue;
                if (!a->buckets)
                        a->buckets = json_object();
                (void)json_object_set_new(a->buckets, bucket, json_string(project));
        }
}

/* S3 has no word for a project: the key looks into its preferred one, or into the one whose id
 * stands behind its access key.
 * https://www.scaleway.com/en/docs/iam/api-cli/using-api-key-object-storage/ */
static char *key_of_project(const struct account *a, const struct call_instance *call)
{
        const char *project = json_member_string(a->buckets, call->path + 1);
        const char *access_key = a->credentials.access_key;
        char *key;

        if (call->scope && strcmp(call->scope->level, "project") == 0)
                project = call->scope->id;
        if (!project)
                return strdup(access_key);
        return asprintf(&key, "%s@%s", access_key, project) < 0 ? NULL : key;
}

/* ---- writing -----------------------------------------------------------------------------------
 */

/* The last part of the address. */
static const char *query_of(const char *url)
{
        const char *query = url ? strchr(url, '?') : NULL;

        return query ? query + 1 : NULL;
}

static int add_signature(const struct account *a, const struct call_instance *call,
                         const char *method, uint64_t now_usec, struct message_request *req,
                         struct error *err)
{
        _cleanup_(freep) char *access_key = key_of_project(a, call);
        const struct sign_input in = {
                .method = method,
                .path = call->path,
                .query = query_of(req->url),
                .host = call->host,
                .region = call->region,
                .service = service_name,
                .time_usec = now_usec,
                .credentials = { .access_key = access_key,
                                 .secret_key = a->credentials.secret_key },
                .s3 = true,
        };
        struct sign_output out = { 0 };
        int r = access_key ? sign(&in, NULL, &out, err) : error_oom(err);

        if (r < 0)
                return r;
        message_request_header(req, "X-Amz-Date", "%s", out.date);
        message_request_header(req, "X-Amz-Content-Sha256", "%s", out.body_sha256);
        message_request_header(req, "Authorization", "%s", out.authorization);
        free(out.authorization);
        return message_request_error(req, err);
}

int storage_request(struct account *a, const struct call_instance *call, uint64_t now_usec,
                    struct message_request *req, struct error *err)
{
        const char *method = call->call->method ? call->call->method : "GET";
        int r;

        /* behind an address that replaces the API's there need not be the object storage */
        if (a->base_url)
                return error_set(err, -EINVAL,
                                 "object storage is not asked where the account has an endpoint of "
                                 "its own: what buckets do is not known");
        if (!a->credentials.access_key)
                return error_set(err, -EACCES,
                                 "object storage wants the access key beside the secret key: set "
                                 "SCW_ACCESS_KEY, or access_key in the account's entry");
        message_request_init(req, method);
        r = scaleway_write_url(a, call, req, err);
        return r < 0 ? r : add_signature(a, call, method, now_usec, req, err);
}

/* ---- reading -----------------------------------------------------------------------------------
 */

static enum reply_kind kind_of(int status)
{
        if (status == 401 || status == 403)
                return REPLY_DENIED;
        if (status == 429 || status == 503) /* S3 says "slow down" with it */
                return REPLY_THROTTLED;
        return status >= 500 ? REPLY_TRANSIENT : REPLY_REFUSED;
}

static const char *text_or(const char *text, const char *otherwise)
{
        return text && text[0] != '\0' ? text : otherwise;
}

/* A bucket that is not there cannot be told from one of a project that the key does not look into:
 * neither is said to be gone. */
static void on_refusal(int status, const json_t *body, struct reply_meaning *ret)
{
        const char *code = json_member_string(body, "Code");

        ret->kind = kind_of(status);
        (void)snprintf(ret->code, sizeof(ret->code), "%s", text_or(code, ""));
        if (!code)
                (void)snprintf(ret->code, sizeof(ret->code), "http_%d", status);
        if (status == 404 && (!code || strcmp(code, "NoSuchBucket") == 0))
                (void)snprintf(ret->text, sizeof(ret->text),
                               "object storage has no such bucket in that region, or not in a "
                               "project that the key looks into");
        else
                (void)snprintf(ret->text, sizeof(ret->text), "HTTP %d: %s", status,
                               text_or(json_member_string(body, "Message"), "no explanation"));
}

static void on_document(const struct message_reply *reply, struct reply_meaning *ret)
{
        struct xml_document document = { 0 };
        struct error why = { 0 };
        bool empty = reply->body.size_bytes == 0; /* as the answer to HEAD is */
        bool readable = !empty && xml_parse(buffer_text(&reply->body), reply->body.size_bytes,
                                            repeated, &document, &why) == 0;

        if (reply->status != 200) {
                on_refusal(reply->status, document.content, ret);
        } else if (empty || json_is_object(document.content)) {
                ret->kind = REPLY_OK;
                ret->body = empty ? json_object() : json_incref(document.content);
        } else if (readable && json_is_string(document.content)) {
                ret->kind = REPLY_OK; /* an element with nothing in it: nothing is set */
                ret->body = json_object();
        } else {
                (void)snprintf(ret->code, sizeof(ret->code), "unreadable");
                (void)snprintf(ret->text, sizeof(ret->text), "HTTP 200, but %.300s",
                               text_or(why.text, "the reply is no XML document"));
        }
        json_decref(document.content);
}

void storage_interpret(const struct message_reply *reply, struct reply_meaning *ret)
{
        (void)message_reply_header(reply, "x-amz-request-id", ret->request_id,
                                   sizeof(ret->request_id));
        on_document(reply, ret);
}
