/* Tokens of other identity providers, for workload identity federation: out of a file, from a URL,
 * or a request of AWS's signed here and sent by Google. */
#include "providers/gcp/account.h"

#include "daemon/base/json.h"
#include "providers/secret.h"
#include "providers/sign.h"
#include "providers/url.h"

#include <errno.h>
#include <string.h>

enum { SUBJECT_BYTES_MAX = 64 * 1024 };

/* ---- what came, as a token --------------------------------------------------------------------
 */

static int subject_take(const struct gcp_at *at, const char *text, const char *from,
                        struct error *err)
{
        const char *field = at->account->source.subject_field;
        _cleanup_(secret_json_freep) json_t *json = NULL;
        size_t length;

        if (field) {
                (void)json_parse(text, strlen(text), &json, NULL);
                text = json_member_string(json, field);
                if (!text)
                        return error_set(err, -EBADMSG, "%.200s has no '%s' in JSON", from, field);
        }
        text += strspn(text, " \t\r\n");
        length = strlen(text);
        while (length > 0 && strchr(" \t\r\n", text[length - 1]))
                length--;
        if (length == 0)
                return error_set(err, -EBADMSG, "%.200s is empty: no token", from);
        secret_free(at->flow->subject);
        at->flow->subject = strndup(text, length);
        at->flow->step = GCP_EXCHANGE;
        return at->flow->subject ? 0 : error_oom(err);
}

/* It is renewed there while we run: read each time. */
int gcp_subject_file(const struct gcp_at *at, struct error *err)
{
        _cleanup_(secret_freep) char *text = NULL;
        int r = secret_file_read(at->account->source.subject_path, &text, err);

        if (r < 0)
                return error_wrap(err, r == -ENOENT ? -EACCES : r, "the identity token");
        return subject_take(at, text, at->account->source.subject_path, err);
}

/* ---- from a URL -------------------------------------------------------------------------------
 */

static int get(struct message_request *req, const char *method, const char *url)
{
        struct url_base base;
        _cleanup_(freep) char *origin = gcp_url_origin(url);

        message_request_init(req, method);
        message_request_url_take(req, strdup(url));
        req->no_proxy = origin && url_base_parse(origin, "url", &base, NULL) == 0 &&
                        url_host_is_local(base.host);
        req->secret = true;
        return SIGN_IN_REQUEST;
}

static int ask_url(const struct gcp_at *at, struct message_request *req, struct error *err)
{
        const struct gcp_source *s = &at->account->source;
        const char *name;
        json_t *value;

        (void)get(req, "GET", s->subject_url);
        json_object_foreach(s->subject_headers, name, value)
        {
                if (json_is_string(value))
                        message_request_header(req, name, "%s", json_string_value(value));
        }
        return SIGN_IN_REQUEST;
}

static int failed(const struct message_reply *reply, const char *what, struct error *err)
{
        char text[300];

        return error_set(err, gcp_passes(reply) ? -EAGAIN : -EACCES, "%.200s: %s", what,
                         gcp_outcome(reply, text));
}

static int take_url(const struct gcp_at *at, const struct message_reply *reply, struct error *err)
{
        const char *url = at->account->source.subject_url;

        if (reply->transport != TRANSPORT_OK || reply->status != 200)
                return failed(reply, url, err);
        return subject_take(at, buffer_text(&reply->body), url, err);
}

const struct gcp_step_ops gcp_subject_url = { "identity token", ask_url, take_url };

/* ---- AWS: region and keys ---------------------------------------------------------------------
 */

static bool copy_environment(char **to, const char *name, const char *otherwise)
{
        const char *value = secret_environment(name);

        if (!value && otherwise)
                value = secret_environment(otherwise);
        if (!value)
                return true;
        secret_free(*to);
        *to = strdup(value);
        return *to != NULL;
}

/* What the environment says, as AWS's tools read it; the instance's metadata for the rest. */
int gcp_aws_begin(const struct gcp_at *at, struct error *err)
{
        struct gcp_flow *f = at->flow;

        if (!copy_environment(&f->aws.region, "AWS_REGION", "AWS_DEFAULT_REGION") ||
            !copy_environment(&f->aws.access_key, "AWS_ACCESS_KEY_ID", NULL) ||
            !copy_environment(&f->aws.secret_key, "AWS_SECRET_ACCESS_KEY", NULL) ||
            !copy_environment(&f->aws.token, "AWS_SESSION_TOKEN", NULL))
                return error_oom(err);
        return 0;
}

static bool has_keys(const struct gcp_flow *f)
{
        return f->aws.access_key && f->aws.secret_key;
}

static int aws_get(const struct gcp_at *at, const char *url, const char *what,
                   struct message_request *req, struct error *err)
{
        if (!url)
                return error_set(err, -EACCES,
                                 "no AWS %s: it is neither in the environment nor does the file "
                                 "say where to ask for it",
                                 what);
        (void)get(req, "GET", url);
        if (at->flow->aws.session)
                message_request_header(req, "X-aws-ec2-metadata-token", "%s",
                                       at->flow->aws.session);
        return SIGN_IN_REQUEST;
}

/* One line of a metadata server. */
static int take_line(const struct message_reply *reply, const char *what, char **to,
                     struct error *err)
{
        const char *text = buffer_text(&reply->body);
        size_t n = strcspn(text, "\r\n");

        if (reply->transport != TRANSPORT_OK || reply->status != 200)
                return failed(reply, what, err);
        for (size_t i = 0; i < n; i++)
                if (text[i] <= ' ' || text[i] > '~')
                        n = 0;
        if (n == 0 || n > 1024)
                return error_set(err, -EBADMSG, "%s: what came is unreadable", what);
        secret_free(*to);
        *to = strndup(text, n);
        return *to ? 0 : error_oom(err);
}

static int ask_session(const struct gcp_at *at, struct message_request *req, struct error *err)
{
        const char *url = at->account->source.aws_session_url;

        if (!url || (at->flow->aws.region && has_keys(at->flow))) {
                at->flow->step = GCP_AWS_REGION;
                return 0;
        }
        (void)get(req, "PUT", url);
        message_request_header(req, "X-aws-ec2-metadata-token-ttl-seconds", "300");
        return SIGN_IN_REQUEST;
}

static int take_session(const struct gcp_at *at, const struct message_reply *reply,
                        struct error *err)
{
        at->flow->step = GCP_AWS_REGION;
        return take_line(reply, "AWS's instance metadata token", &at->flow->aws.session, err);
}

static int ask_region(const struct gcp_at *at, struct message_request *req, struct error *err)
{
        if (at->flow->aws.region) {
                at->flow->step = GCP_AWS_ROLE;
                return 0;
        }
        return aws_get(at, at->account->source.aws_region_url, "region", req, err);
}

/* What comes is an availability zone: its letter goes. */
static int take_region(const struct gcp_at *at, const struct message_reply *reply,
                       struct error *err)
{
        int r = take_line(reply, "AWS's availability zone", &at->flow->aws.region, err);

        if (r == 0)
                at->flow->aws.region[strlen(at->flow->aws.region) - 1] = '\0';
        at->flow->step = GCP_AWS_ROLE;
        return r;
}

static int ask_role(const struct gcp_at *at, struct message_request *req, struct error *err)
{
        if (has_keys(at->flow)) {
                at->flow->step = GCP_AWS_SIGN;
                return 0;
        }
        return aws_get(at, at->account->source.subject_url, "access key", req, err);
}

static int take_role(const struct gcp_at *at, const struct message_reply *reply, struct error *err)
{
        at->flow->step = GCP_AWS_KEYS;
        return take_line(reply, "the AWS instance's role", &at->flow->aws.role, err);
}

static int ask_keys(const struct gcp_at *at, struct message_request *req, struct error *err)
{
        struct buffer url = BUFFER_INIT(4096);
        int r;

        buffer_printf(&url, "%s/", at->account->source.subject_url);
        url_encode(&url, at->flow->aws.role);
        r = buffer_error(&url) < 0 ? error_oom(err)
                                   : aws_get(at, buffer_text(&url), "access key", req, err);
        buffer_done(&url);
        return r;
}

static int take_keys(const struct gcp_at *at, const struct message_reply *reply, struct error *err)
{
        struct gcp_flow *f = at->flow;
        _cleanup_(secret_json_freep) json_t *json = NULL;
        const char *id, *secret, *token;

        if (reply->transport != TRANSPORT_OK || reply->status != 200)
                return failed(reply, "the AWS instance's keys", err);
        (void)json_parse(buffer_text(&reply->body), reply->body.size_bytes, &json, NULL);
        id = json_member_string(json, "AccessKeyId");
        secret = json_member_string(json, "SecretAccessKey");
        token = json_member_string(json, "Token");
        if (!id || !secret)
                return error_set(err, -EBADMSG, "the AWS instance's metadata gave no keys");
        f->aws.access_key = strdup(id);
        f->aws.secret_key = strdup(secret);
        f->aws.token = token ? strdup(token) : NULL;
        f->step = GCP_AWS_SIGN;
        return f->aws.access_key && f->aws.secret_key && (!token || f->aws.token) ? 0
                                                                                  : error_oom(err);
}

const struct gcp_step_ops gcp_aws_session = { "AWS metadata token", ask_session, take_session };
const struct gcp_step_ops gcp_aws_region = { "AWS region", ask_region, take_region };
const struct gcp_step_ops gcp_aws_role = { "AWS role", ask_role, take_role };
const struct gcp_step_ops gcp_aws_keys = { "AWS keys", ask_keys, take_keys };

/* ---- AWS: the signed request ------------------------------------------------------------------
 */

/* The verification URL with the region in it, cut into what is signed. */
struct target {
        char *url;
        char host[URL_HOST_MAX];
        char *path, *query; /* path "/" at least */
};

static void target_done(struct target *t)
{
        free(t->url);
        free(t->path);
        free(t->query);
}

static int target_read(const struct gcp_at *at, struct target *ret, struct error *err)
{
        const char *pattern = at->account->source.aws_verify_url;
        const char *brace = strstr(pattern, "{region}");
        struct target t = { 0 };
        struct url_base base;
        _cleanup_(freep) char *plain = NULL;
        const char *question;
        int r;

        r = brace ? asprintf(&t.url, "%.*s%s%s", (int)(brace - pattern), pattern,
                             at->flow->aws.region, brace + strlen("{region}"))
                  : asprintf(&t.url, "%s", pattern);
        if (r < 0)
                return error_oom(err);
        question = t.url + strcspn(t.url, "?");
        plain = strndup(t.url, (size_t)(question - t.url));
        r = plain ? url_base_parse(plain, "regional_cred_verification_url", &base, err)
                  : error_oom(err);
        if (r == 0) {
                (void)snprintf(t.host, sizeof(t.host), "%s", base.host);
                t.path = strdup(base.path[0] ? base.path : "/");
                r = url_query_canonical(*question ? question + 1 : "", &t.query, err);
        }
        if (r < 0 || !t.path) {
                target_done(&t);
                return r < 0 ? r : error_oom(err);
        }
        *ret = t;
        return 0;
}

static void add_header(json_t *list, const char *name, const char *value)
{
        (void)json_array_append_new(list, json_pack("{s:s, s:s}", "key", name, "value", value));
}

/* What Google is to send to AWS, as the token: percent-encoded JSON. */
static int subject_write(const struct gcp_at *at, const struct target *t,
                         const struct sign_output *signature, struct error *err)
{
        struct buffer b = BUFFER_INIT(SUBJECT_BYTES_MAX);
        json_t *headers = json_array();
        _cleanup_(secret_json_freep) json_t *json = NULL;
        _cleanup_(secret_freep) char *text = NULL;

        add_header(headers, "Authorization", signature->authorization);
        add_header(headers, "host", t->host);
        add_header(headers, "x-amz-date", signature->date);
        add_header(headers, "x-goog-cloud-target-resource", at->account->source.audience);
        if (at->flow->aws.token)
                add_header(headers, "x-amz-security-token", at->flow->aws.token);
        json = json_pack("{s:s, s:s, s:o}", "url", t->url, "method", "POST", "headers", headers);
        text = json ? json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
        if (text)
                url_encode(&b, text);
        secret_free(at->flow->subject);
        at->flow->subject = text && buffer_error(&b) == 0 ? buffer_take(&b) : NULL;
        buffer_done(&b);
        return at->flow->subject ? 0 : error_oom(err);
}

static int ask_sign(const struct gcp_at *at, struct message_request *req, struct error *err)
{
        const struct gcp_flow *f = at->flow;
        struct target t = { 0 };
        struct sign_output signature = { 0 };
        int r = target_read(at, &t, err);

        if (r < 0)
                return r;
        const struct sign_input in = {
                .method = "POST",
                .path = t.path,
                .query = t.query,
                .host = t.host,
                .headers = { { "x-goog-cloud-target-resource", at->account->source.audience } },
                .n_headers = 1,
                .body = "",
                .region = f->aws.region,
                .service = "sts",
                .time_usec = gcp_now(at->account, at->now_usec),
                .credentials = { f->aws.access_key, f->aws.secret_key, f->aws.token },
        };

        r = sign(&in, NULL, &signature, err);
        if (r == 0)
                r = subject_write(at, &t, &signature, err);
        free(signature.authorization);
        target_done(&t);
        at->flow->step = GCP_EXCHANGE;
        return r;
}

const struct gcp_step_ops gcp_aws_sign = { "AWS signature", ask_sign, NULL };
