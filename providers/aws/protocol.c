/* How a call becomes HTTP, one protocol at a time. */
#include "providers/aws/account.h"

#include "daemon/base/json.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

const char *const aws_protocols[AWS_PROTOCOL_MAX + 1] = {
        [AWS_JSON_1_1] = "aws-json-1.1",
        [AWS_JSON_1_0] = "aws-json-1.0",
        [AWS_REST_JSON] = "rest-json",
        [AWS_QUERY] = "query",
        [AWS_EC2] = "ec2",
        [AWS_REST_XML] = "rest-xml",
};

enum aws_protocol aws_protocol_from_name(const char *name)
{
        for (size_t i = 0; name && i < AWS_PROTOCOL_MAX; i++)
                if (strcmp(aws_protocols[i], name) == 0)
                        return (enum aws_protocol)i;
        return AWS_PROTOCOL_MAX;
}

/* CloudWatch speaks the query protocol's errors over JSON when it is asked to. */
#define CLOUDWATCH_TARGET "GraniteServiceVersion20100801"

enum { HEADER_NAME_MAX = 64, HEADERS_MAX = 12, URL_BYTES_MAX = 65536 };

/* One message while it is written. */
struct draft {
        const struct aws_message *m;
        struct message_request *req;
        struct buffer body;
        bool has_body;
        const char *content_type;
        char target[192];
        struct url_base base;
        char *path, *query;
        char names[HEADERS_MAX][HEADER_NAME_MAX]; /* of the catalogue's headers, lower case */
        size_t n_names;
        struct sign_input sign;
};

static void draft_done(struct draft *d)
{
        if (d->body.data)
                explicit_bzero(d->body.data, d->body.size_bytes);
        buffer_done(&d->body);
        free(d->path);
        free(d->query);
}

static bool is_json(enum aws_protocol protocol)
{
        return protocol == AWS_JSON_1_0 || protocol == AWS_JSON_1_1;
}

static bool is_form(enum aws_protocol protocol)
{
        return protocol == AWS_QUERY || protocol == AWS_EC2;
}

/* ---- body ---------------------------------------------------------------------------------- */

static int body_append(const char *data, size_t size_bytes, void *user)
{
        buffer_append(user, data, size_bytes);
        return buffer_error(user) < 0 ? -1 : 0;
}

/* A body that is one text is JSON already, made by a template. */
static int body_json(struct draft *d, struct error *err)
{
        const json_t *body = d->m->body;

        if (json_is_string(body))
                buffer_append(&d->body, json_string_value(body), json_string_length(body));
        else if (!body)
                buffer_add(&d->body, "{}");
        else
                (void)json_dump_callback(body, body_append, &d->body, JSON_COMPACT);
        if (buffer_error(&d->body))
                return error_set(err, buffer_error(&d->body), "the body of %s is too large",
                                 d->m->operation);
        d->has_body = true;
        return 0;
}

static int draft_body(struct draft *d, struct error *err)
{
        switch (d->m->protocol) {
        case AWS_JSON_1_0:
        case AWS_JSON_1_1: /* an empty body is never accepted: {} */
                d->content_type = d->m->protocol == AWS_JSON_1_0 ? "application/x-amz-json-1.0"
                                                                 : "application/x-amz-json-1.1";
                return body_json(d, err);
        case AWS_REST_JSON: /* operations without body members take neither body nor type */
                if (!d->m->body)
                        return 0;
                d->content_type = "application/json";
                return body_json(d, err);
        case AWS_QUERY:
        case AWS_EC2:
                d->content_type = "application/x-www-form-urlencoded; charset=utf-8";
                d->has_body = true;
                return aws_form_write(&d->body, d->m, err);
        case AWS_REST_XML:
        case AWS_PROTOCOL_MAX:
                break;
        }
        if (d->m->body)
                return error_set(err, -EINVAL, "%s: this protocol takes no body here",
                                 d->m->operation);
        return 0;
}

/* ---- address ------------------------------------------------------------------------------- */

static bool has_suffix(const char *host, const char *suffix)
{
        size_t length = strlen(host), n = strlen(suffix);

        return length > n + 1 && host[length - n - 1] == '.' &&
               strcmp(host + length - n, suffix) == 0;
}

/* Hosts that may see a session token: a name that a template made out of a reply is not trusted
 * with it. */
static bool host_is_trusted(const struct account *a, const char *host)
{
        return host[strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-")] == '\0' &&
               (has_suffix(host, a->partition->suffix) ||
                has_suffix(host, a->partition->dualstack_suffix));
}

/* Host, path and query as they are sent and signed. */
static int draft_place(struct draft *d, const struct account *a, struct error *err)
{
        int r = aws_endpoint(a, d->m->host, &d->base, err);

        if (r < 0)
                return r;
        if (r == 0) {
                d->base = (struct url_base){ .tls = true };
                if (strlen(d->m->host) >= sizeof(d->base.host))
                        return error_set(err, -EINVAL, "the host's name is too long");
                if (!host_is_trusted(a, d->m->host))
                        return error_set(
                                err, -EINVAL,
                                "'%.100s' is no host of the partition %s: nothing is sent there",
                                d->m->host, a->partition->name);
                (void)snprintf(d->base.authority, sizeof(d->base.authority), "%s", d->m->host);
        }
        if (asprintf(&d->path, "%s%s", d->base.path, d->m->path) < 0) {
                d->path = NULL;
                return error_oom(err);
        }
        return is_form(d->m->protocol) ? 0 : url_query(d->m->query, &d->query, err);
}

static int draft_address(struct draft *d, const struct account *a, struct error *err)
{
        struct buffer url = BUFFER_INIT(URL_BYTES_MAX);
        int r = draft_place(d, a, err);

        if (r < 0)
                return r;
        buffer_add(&url, d->base.tls ? "https://" : "http://");
        buffer_add(&url, d->base.authority);
        buffer_add(&url, d->path);
        if (d->query && d->query[0] != '\0') {
                buffer_append(&url, "?", 1);
                buffer_add(&url, d->query);
        }
        r = buffer_error(&url);
        if (r == 0)
                message_request_url_take(d->req, buffer_take(&url));
        buffer_done(&url);
        return r < 0 ? error_set(err, r, "the address of %s is too long", d->m->operation) : 0;
}

/* ---- headers ------------------------------------------------------------------------------- */

/* Sends a header, and signs it when the service checks it. */
static void draft_header(struct draft *d, const char *name, const char *value, bool signed_too)
{
        struct sign_input *in = &d->sign;

        message_request_header(d->req, name, "%s", value);
        if (!signed_too)
                return;
        if (in->n_headers == SIGN_HEADERS_MAX) {
                d->req->failed = d->req->failed ? d->req->failed : -EINVAL;
                return;
        }
        in->headers[in->n_headers++] = (struct sign_header){ .name = name, .value = value };
}

static int draft_extra_headers(struct draft *d, struct error *err)
{
        const char *name;
        json_t *value;

        json_object_foreach((json_t *)d->m->headers, name, value)
        {
                size_t length = strlen(name);
                char *lower;

                if (!json_is_string(value) || length >= HEADER_NAME_MAX ||
                    d->n_names == HEADERS_MAX)
                        return error_set(err, -EINVAL, "header '%s' of %s cannot be sent", name,
                                         d->m->operation);
                lower = d->names[d->n_names];
                for (size_t i = 0; i <= length; i++)
                        lower[i] = (char)tolower((unsigned char)name[i]);
                d->n_names++;
                draft_header(d, lower, json_string_value(value), strncmp(lower, "x-amz-", 6) == 0);
        }
        return 0;
}

static int draft_headers(struct draft *d, struct error *err)
{
        const struct aws_message *m = d->m;

        if (d->content_type)
                draft_header(d, "content-type", d->content_type, true);
        if (is_json(m->protocol)) {
                int n = snprintf(d->target, sizeof(d->target), "%s.%s", m->target ? m->target : "",
                                 m->operation);

                if (n < 0 || (size_t)n >= sizeof(d->target))
                        return error_set(err, -EINVAL, "the target of %s is too long",
                                         m->operation);
                draft_header(d, "x-amz-target", d->target, true);
                if (m->target && strcmp(m->target, CLOUDWATCH_TARGET) == 0)
                        draft_header(d, "x-amzn-query-mode", "true", false);
        }
        /* STS answers JSON when asked to; the other services of the protocol do not mind */
        if (m->protocol == AWS_QUERY)
                draft_header(d, "accept", "application/json", true);
        return draft_extra_headers(d, err);
}

static int draft_sign(struct draft *d, struct account *a, struct error *err)
{
        struct sign_output out = { 0 };
        int r;

        if (!d->m->credentials)
                return 0;
        r = sign(&d->sign, &a->cache, &out, err);
        if (r < 0)
                return r;
        message_request_header(d->req, "x-amz-date", "%s", out.date);
        if (d->sign.s3)
                message_request_header(d->req, "x-amz-content-sha256", "%s", out.body_sha256);
        if (d->sign.credentials.token)
                message_request_header(d->req, "x-amz-security-token", "%s",
                                       d->sign.credentials.token);
        message_request_header(d->req, "authorization", "%s", out.authorization);
        free(out.authorization);
        return 0;
}

/* ---- the whole ----------------------------------------------------------------------------- */

static const char *method_of(const struct aws_message *m)
{
        if (m->method)
                return m->method;
        return m->protocol == AWS_REST_JSON || m->protocol == AWS_REST_XML ? "GET" : "POST";
}

static int draft_write(struct draft *d, struct account *a, struct error *err)
{
        int r = draft_body(d, err);

        if (r == 0)
                r = draft_address(d, a, err);
        if (r == 0)
                r = draft_headers(d, err);
        if (r < 0)
                return r;
        d->sign.method = d->req->method ? d->req->method : "";
        d->sign.path = d->path;
        d->sign.query = d->query;
        d->sign.host = d->base.authority;
        d->sign.body = d->body.data;
        d->sign.body_bytes = d->has_body ? d->body.size_bytes : 0;
        r = draft_sign(d, a, err);
        if (r == 0 && d->has_body)
                message_request_body(d->req, buffer_text(&d->body), d->body.size_bytes);
        return r;
}

int aws_message_write(struct account *a, const struct aws_message *m, struct message_request *req,
                      struct error *err)
{
        struct draft d = { .m = m, .req = req, .body = BUFFER_INIT(MESSAGE_REQUEST_BYTES_MAX) };
        int r;

        message_request_init(req, method_of(m));
        if (m->credentials) {
                d.sign.region = m->region;
                d.sign.service = m->service;
                d.sign.time_usec = aws_account_now(a, m->now_usec);
                d.sign.credentials = aws_credentials_sign(m->credentials);
                d.sign.s3 = m->protocol == AWS_REST_XML;
        }
        r = draft_write(&d, a, err);
        draft_done(&d);
        if (r == 0)
                r = message_request_error(req, err);
        if (r < 0)
                message_request_done(req);
        return r;
}

/* "{global_region}", "{home_region}" or a region. */
static const char *signing_region(const struct account *a, const struct call_instance *call)
{
        const char *template = call->call->service->signing_region;
        size_t length = template ? strlen(template) : 0;
        char name[64];

        if (!template || strcmp(template, "{region}") == 0)
                return strcmp(call->region, "global") == 0 ? a->partition->global_region
                                                           : call->region;
        if (length < 3 || length >= sizeof(name) || template[0] != '{')
                return template;
        (void)snprintf(name, sizeof(name), "%.*s", (int)(length - 2), template + 1);
        return aws_variable(a, call->scope, call->region, name);
}

/* A service without a signing name is signed for under its host's first label. */
static const char *signing_name(const struct call_instance *call, char name[static 64])
{
        const char *configured = call->call->service->signing_name;

        if (configured)
                return configured;
        (void)snprintf(name, 64, "%.*s", (int)strcspn(call->host, "."), call->host);
        return name;
}

int aws_request(struct account *a, const struct call_instance *call, uint64_t now_usec,
                struct message_request *req, struct error *err)
{
        const struct service *service = call->call->service;
        const struct identity *id = identity_find(a, call->scope);
        char name[64];
        struct aws_message m = {
                .protocol = aws_protocol_from_name(service->protocol),
                .operation = call->call->name,
                .target = service->target,
                .version = service->version,
                .method = call->call->method,
                .host = call->host,
                .path = call->path,
                .query = call->query,
                .body = call->body,
                .headers = call->headers,
                .service = signing_name(call, name),
                .region = signing_region(a, call),
                .now_usec = now_usec,
        };

        if (m.protocol == AWS_PROTOCOL_MAX)
                return error_set(err, -EINVAL, "service %s has no protocol known to AWS",
                                 service->id);
        if (call->url)
                return error_set(err, -EINVAL, "%s: AWS has no lists with links", m.operation);
        if (!m.region)
                return error_set(err, -EINVAL, "service %s: signing_region '%s' has no value",
                                 service->id, service->signing_region);
        if (!id || aws_credentials_empty(&id->credentials))
                return error_set(err, -EACCES, "not signed in");
        m.credentials = &id->credentials;
        return aws_message_write(a, &m, req, err);
}
