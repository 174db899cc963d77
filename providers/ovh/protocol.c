/* How a call is written: one REST protocol, versions 1 and 2 by their paths. */
#include "providers/ovh/account.h"

#include "daemon/base/clock.h"
#include "daemon/base/digest.h"
#include "daemon/base/json.h"
#include "daemon/base/number.h"
#include "providers/secret.h"
#include "providers/url.h"

#include <errno.h>
#include <string.h>

enum { URL_BYTES_MAX = 16 * 1024 };

enum auth {
        AUTH_ACCOUNT, /* however the account signs in; its own API's host only */
        AUTH_NONE,    /* open to everybody: no credential is sent */
        AUTH_AIE,     /* a key of AI Endpoints */
        AUTH_MAX,
};

static const char *const auth_names[AUTH_MAX] = {
        [AUTH_ACCOUNT] = "account",
        [AUTH_NONE] = "none",
        [AUTH_AIE] = "aie",
};

#define AIE_HOST "oai.endpoints.kepler.ai.cloud.ovh.net"

/* ---- the signature -------------------------------------------------------------------------- */

int ovh_sign(const struct ovh_credentials *c, const char *method, const char *url, const char *body,
             uint64_t seconds, char signature[static OVH_SIGNATURE_MAX], struct error *err)
{
        char *text = NULL, hex[41];
        int n = asprintf(&text, "%s+%s+%s+%s+%s+%llu", c->value[OVH_APPLICATION_SECRET],
                         c->value[OVH_CONSUMER_KEY], method, url, body,
                         (unsigned long long)seconds);

        if (n < 0)
                return error_oom(err);
        (void)snprintf(signature, OVH_SIGNATURE_MAX, "$1$%s",
                       digest_sha1_hex(text, (size_t)n, hex));
        secret_free(text);
        return 0;
}

static int write_signature(const struct account *a, uint64_t now_usec, struct message_request *req,
                           struct error *err)
{
        const struct ovh_credentials *c = &a->credentials;
        int64_t seconds = (int64_t)(now_usec / USEC_PER_SEC) - a->ahead_seconds;
        char signature[OVH_SIGNATURE_MAX];
        int r;

        r = ovh_sign(c, req->method, req->url ? req->url : "", req->body ? req->body : "",
                     (uint64_t)seconds, signature, err);
        if (r < 0)
                return r;
        message_request_header(req, "X-Ovh-Application", "%s", c->value[OVH_APPLICATION_KEY]);
        message_request_header(req, "X-Ovh-Consumer", "%s", c->value[OVH_CONSUMER_KEY]);
        message_request_header(req, "X-Ovh-Timestamp", "%lld", (long long)seconds);
        message_request_header(req, "X-Ovh-Signature", "%s", signature);
        return 0;
}

static int write_account(const struct account *a, uint64_t now_usec, struct message_request *req,
                         struct error *err)
{
        const struct ovh_credentials *c = &a->credentials;

        if (c->mode == OVH_MODE_KEY)
                return write_signature(a, now_usec, req, err);
        message_request_header(req, "Authorization", "Bearer %s",
                               c->mode == OVH_MODE_TOKEN ? c->value[OVH_ACCESS_TOKEN]
                               : a->token.access_token   ? a->token.access_token
                                                         : "");
        return 0;
}

static int write_auth(const struct account *a, enum auth auth, uint64_t now_usec,
                      struct message_request *req, struct error *err)
{
        const char *key = a->credentials.value[OVH_AIE_KEY];

        if (auth == AUTH_NONE)
                return 0;
        if (auth == AUTH_ACCOUNT)
                return write_account(a, now_usec, req, err);
        if (!key)
                return error_set(err, -EACCES,
                                 "no key of AI Endpoints: create one in the control panel and give "
                                 "systemd the credential <account>.aie_key");
        message_request_header(req, "Authorization", "Bearer %s", key);
        return 0;
}

/* ---- the call ------------------------------------------------------------------------------- */

static int call_auth(const struct account *a, const struct call_instance *call, enum auth *ret,
                     struct error *err)
{
        const struct service *service = call->call ? call->call->service : NULL;
        const char *name = service ? json_member_string(service->options, "auth") : NULL;
        const char *host = a->credentials.endpoint->host;

        *ret = AUTH_ACCOUNT;
        for (size_t i = 0; name && i <= AUTH_MAX; i++) {
                if (i == AUTH_MAX)
                        return error_set(err, -EINVAL,
                                         "options: auth: must be account, none or aie, not '%s'",
                                         name);
                if (strcmp(name, auth_names[i]) == 0) {
                        *ret = (enum auth)i;
                        break;
                }
        }
        if (*ret == AUTH_AIE)
                host = AIE_HOST;
        /* what a template made out of a reply is not trusted with a key */
        if (*ret != AUTH_NONE && strcmp(call->host, host) != 0)
                return error_set(err, -EINVAL, "'%s' is not %s: the key stays here", call->host,
                                 host);
        return 0;
}

int ovh_url(const struct account *a, const char *host, const char *path, const char *query,
            char **ret, struct error *err)
{
        struct buffer b = BUFFER_INIT(URL_BYTES_MAX);
        int r;

        if (path[0] != '/')
                return error_set(err, -EINVAL, "the path '%s' does not begin with '/'", path);
        if (a->base_url && strcmp(host, a->credentials.endpoint->host) == 0)
                buffer_add(&b, a->base_url);
        else
                buffer_printf(&b, "https://%s", host);
        buffer_printf(&b, "%s%s%s", path, query[0] ? "?" : "", query);
        r = buffer_error(&b);
        if (r < 0) {
                buffer_done(&b);
                return r == -ENOMEM ? error_oom(err)
                                    : error_set(err, r, "the request's address is too long");
        }
        *ret = buffer_take(&b);
        return 0;
}

static const struct paging *paging_of(const struct call_instance *call)
{
        const struct collector *c = call->call ? call->call->collector : NULL;

        if (!c || call->call != &c->list)
                return NULL;
        return c->paging.place.line > 0 ? &c->paging : &call->call->service->paging;
}

/* No document says whether the first page of the AI lists is 0 or 1. The first is asked for without
 * a number, and then from 1 upwards: one page may come twice, none is missed. */
static int write_page(const struct call_instance *call, json_t *query, struct error *err)
{
        const struct paging *p = paging_of(call);
        const char *text =
                p && p->style == PAGING_PAGE ? json_member_string(query, p->request) : NULL;
        uint64_t page = 0;

        if (!text || number_parse_u64(text, &page) < 0 || page == 0)
                return 0;
        if (page == 1)
                return json_object_del(query, p->request);
        return json_object_set_new(query, p->request,
                                   json_sprintf("%llu", (unsigned long long)page - 1)) < 0
                       ? error_oom(err)
                       : 0;
}

static int write_url(const struct account *a, const struct call_instance *call,
                     struct message_request *req, struct error *err)
{
        json_auto_t *parameters = call->query ? json_copy((json_t *)call->query) : NULL;
        _cleanup_(freep) char *query = NULL;
        char *url = NULL;
        int r = write_page(call, parameters, err);

        if (r == 0)
                r = url_query(parameters, &query, err);
        if (r == 0)
                r = ovh_url(a, call->host, call->path, query, &url, err);
        if (r == 0)
                message_request_url_take(req, url);
        return r;
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

int ovh_request(struct account *a, const struct call_instance *call, uint64_t now_usec,
                struct message_request *req, struct error *err)
{
        enum auth auth;
        int r;

        if (call->url || call->body)
                return error_set(err, -EINVAL, "calls to OVHcloud have no body and no links");
        r = call_auth(a, call, &auth, err);
        if (r < 0)
                return r;
        message_request_init(req, call->call && call->call->method ? call->call->method : "GET");
        r = write_url(a, call, req, err);
        if (r < 0)
                return r;
        message_request_header(req, "Accept", "application/json");
        r = write_auth(a, auth, now_usec, req, err);
        if (r < 0)
                return r;
        write_headers(call, req);
        return message_request_error(req, err);
}
