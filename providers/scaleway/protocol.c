/* How a call is written: a REST protocol with three ways to show who asks, and S3's. */
#include "providers/scaleway/account.h"

#include "daemon/base/json.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

enum { URL_BYTES_MAX = 16 * 1024 };

#define CONTROL_PLANE "api.scaleway.com"

enum auth {
        AUTH_TOKEN,   /* X-Auth-Token, the control plane */
        AUTH_BEARER,  /* Authorization: Bearer, the serverless models' API */
        AUTH_COCKPIT, /* Authorization: Bearer with a Cockpit token; the IAM key is not accepted */
        AUTH_MAX,
};

static const char *const auth_names[AUTH_MAX] = {
        [AUTH_TOKEN] = "token",
        [AUTH_BEARER] = "bearer",
        [AUTH_COCKPIT] = "cockpit",
};

/* Hosts that may see a key. What a template made out of a reply is not trusted with it. */
static const char *const trusted_suffixes[] = { ".scaleway.com", ".scaleway.ai", ".scw.cloud" };

static bool host_is_trusted(const char *host)
{
        size_t length = strlen(host);

        if (strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-") != length)
                return false;
        for (size_t i = 0; i < ELEMENTSOF(trusted_suffixes); i++) {
                size_t n = strlen(trusted_suffixes[i]);

                if (length > n && strcmp(host + length - n, trusted_suffixes[i]) == 0)
                        return true;
        }
        return false;
}

void scaleway_encode(struct buffer *b, const char *text)
{
        for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++)
                if (isascii(*p) && (isalnum(*p) || strchr("-._~", *p)))
                        buffer_append(b, p, 1);
                else
                        buffer_printf(b, "%%%02X", *p);
}

static void add_parameter(struct buffer *b, char *separator, const char *key, const json_t *value)
{
        _cleanup_(freep) char *text = json_scalar_text(value);

        if (!text)
                return; /* null: not asked for */
        buffer_append(b, separator, 1);
        *separator = '&';
        scaleway_encode(b, key);
        buffer_add(b, "=");
        scaleway_encode(b, text);
}

static void add_query(struct buffer *b, const json_t *query)
{
        char separator = '?';
        const char *key;
        json_t *value, *element;
        size_t i;

        json_object_foreach((json_t *)query, key, value)
        {
                if (!json_is_array(value)) {
                        add_parameter(b, &separator, key, value);
                        continue;
                }
                json_array_foreach(value, i, element) add_parameter(b, &separator, key, element);
        }
}

int scaleway_write_url(const struct account *a, const struct call_instance *call,
                       struct message_request *req, struct error *err)
{
        struct buffer b = BUFFER_INIT(URL_BYTES_MAX);
        int r;

        if (!a->base_url && !host_is_trusted(call->host))
                return error_set(err, -EINVAL, "'%s' is no host of Scaleway: the key stays here",
                                 call->host);
        if (call->path[0] != '/')
                return error_set(err, -EINVAL, "the path '%s' does not begin with '/'", call->path);
        if (a->base_url)
                buffer_add(&b, a->base_url);
        else
                buffer_printf(&b, "https://%s", call->host);
        buffer_add(&b, call->path);
        add_query(&b, call->query);
        r = buffer_error(&b);
        if (r < 0) {
                buffer_done(&b);
                return r == -ENOMEM ? error_oom(err)
                                    : error_set(err, r, "the request's address is too long");
        }
        message_request_url_take(req, buffer_take(&b));
        return 0;
}

static int call_auth(const struct call_instance *call, enum auth *ret, struct error *err)
{
        const struct service *service = call->call ? call->call->service : NULL;
        const char *name = service ? json_member_string(service->options, "auth") : NULL;

        *ret = AUTH_TOKEN;
        if (!name)
                return 0;
        for (size_t i = 0; i < AUTH_MAX; i++)
                if (strcmp(name, auth_names[i]) == 0) {
                        *ret = (enum auth)i;
                        return 0;
                }
        return error_set(err, -EINVAL, "options: auth: must be token, bearer or cockpit, not '%s'",
                         name);
}

bool scaleway_speaks_s3(const struct call_instance *call)
{
        const struct service *service = call && call->call ? call->call->service : NULL;

        return service && service->protocol && strcmp(service->protocol, "s3") == 0;
}

static int write_auth(const struct account *a, enum auth auth, struct message_request *req,
                      struct error *err)
{
        const struct scaleway_credentials *c = &a->credentials;

        switch (auth) {
        case AUTH_TOKEN:
                message_request_header(req, "X-Auth-Token", "%s", c->secret_key);
                return 0;
        case AUTH_BEARER:
                message_request_header(req, "Authorization", "Bearer %s", c->secret_key);
                return 0;
        case AUTH_COCKPIT:
                if (!c->cockpit_token)
                        return error_set(err, -EACCES,
                                         "no Cockpit token: create one that may query metrics and "
                                         "give systemd the credential <account>.cockpit_token");
                message_request_header(req, "Authorization", "Bearer %s", c->cockpit_token);
                return 0;
        case AUTH_MAX:
                break;
        }
        return error_set(err, -EINVAL, "unknown authentication");
}

static int write_body(const struct call_instance *call, struct message_request *req,
                      struct error *err)
{
        _cleanup_(freep) char *text = NULL;

        if (!call->body)
                return 0;
        text = json_canonical(call->body);
        if (!text)
                return error_oom(err);
        message_request_header(req, "Content-Type", "application/json");
        message_request_body(req, text, strlen(text));
        return 0;
}

static void write_headers(const struct call_instance *call, struct message_request *req)
{
        const char *name;
        json_t *value;

        json_object_foreach((json_t *)call->headers, name, value)
        {
                _cleanup_(freep) char *text = json_scalar_text(value);

                if (text)
                        message_request_header(req, name, "%s", text);
        }
}

int scaleway_request(struct account *a, const struct call_instance *call, uint64_t now_usec,
                     struct message_request *req, struct error *err)
{
        const char *method = call->call && call->call->method ? call->call->method : NULL;
        enum auth auth;
        int r;

        if (call->url)
                return error_set(err, -EINVAL, "no Scaleway API pages by links");
        if (scaleway_speaks_s3(call))
                return storage_request(a, call, now_usec, req, err);
        r = call_auth(call, &auth, err);
        if (r < 0)
                return r;
        message_request_init(req, method ? method : call->body ? "POST" : "GET");
        r = scaleway_write_url(a, call, req, err);
        if (r < 0)
                return r;
        message_request_header(req, "Accept", "application/json");
        r = write_auth(a, auth, req, err);
        if (r < 0)
                return r;
        write_headers(call, req);
        r = write_body(call, req, err);
        return r < 0 ? r : message_request_error(req, err);
}

int scaleway_request_get(struct account *a, const char *path, struct message_request *req,
                         struct error *err)
{
        const struct call_instance call = { .host = CONTROL_PLANE, .path = path };

        return scaleway_request(a, &call, 0, req, err);
}
