/* How a call is written: JSON over the paths of Azure Resource Manager, an api-version in each. */
#include "providers/azure/account.h"

#include "daemon/base/json.h"

#include <errno.h>
#include <string.h>

enum { URL_BYTES_MAX = 32 * 1024 };

/* The token is Azure Resource Manager's: it goes nowhere else, whatever a template or a reply
 * says. */
static bool is_arm(const struct account *a, const char *authority, size_t n)
{
        const char *const names[] = { a->arm.authority, a->other_cloud ? NULL : a->cloud->arm };

        if (n > 4 && strncmp(authority + n - 4, ":443", 4) == 0)
                n -= 4;
        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (names[i] && strlen(names[i]) == n && strncasecmp(authority, names[i], n) == 0)
                        return true;
        return false;
}

static void add_base(const struct account *a, struct buffer *b)
{
        buffer_printf(b, "http%s://%s%s", a->arm.tls ? "s" : "", a->arm.authority, a->arm.path);
}

/* The next page's address, sent to where all calls go. */
static int write_link(const struct account *a, const char *link, struct buffer *b,
                      struct error *err)
{
        const char *authority = strstr(link, "://"), *path;
        size_t n;

        authority = authority ? authority + 3 : link;
        n = strcspn(authority, "/?#");
        path = authority + n;
        if ((strncasecmp(link, "https://", 8) != 0 &&
             (a->arm.tls || strncasecmp(link, "http://", 7) != 0)) ||
            !is_arm(a, authority, n))
                return error_set(err, -EBADMSG,
                                 "the next page is said to be at '%.*s', which is not Azure "
                                 "Resource Manager (%s): the token stays here",
                                 (int)(n < 80 ? n : 80), authority, a->arm.authority);
        if (*path != '/' || strpbrk(path, " \t\r\n#"))
                return error_set(err, -EBADMSG, "the next page's address is no address");
        n = strlen(a->arm.path); /* a link that the endpoint itself wrote has it already */
        add_base(a, b);
        buffer_add(b, strncmp(path, a->arm.path, n) == 0 && path[n] == '/' ? path + n : path);
        return 0;
}

static int write_call(const struct account *a, const struct call_instance *call, struct buffer *b,
                      struct error *err)
{
        const char *version = azure_version_of(a, call);
        _cleanup_(freep) char *query = NULL;
        int r;

        if (call->host && !is_arm(a, call->host, strlen(call->host)))
                return error_set(err, -EINVAL,
                                 "'%s' is not Azure Resource Manager (%s): the token stays here",
                                 call->host, a->arm.authority);
        if (call->path[0] != '/')
                return error_set(err, -EINVAL, "the path '%s' does not begin with '/'", call->path);
        if (!version && !json_object_get(call->query, "api-version"))
                return error_set(err, -EINVAL,
                                 "no api-version: the service's version:, or one in the query");
        r = url_query(call->query, &query, err);
        if (r < 0)
                return r;
        add_base(a, b);
        buffer_add(b, call->path);
        buffer_printf(b, "?%s%s", query, query[0] && version ? "&" : "");
        if (version) {
                buffer_add(b, "api-version=");
                url_encode(b, version);
        }
        return 0;
}

static int write_url(const struct account *a, const struct call_instance *call,
                     struct message_request *req, struct error *err)
{
        struct buffer b = BUFFER_INIT(URL_BYTES_MAX);
        int r = call->url ? write_link(a, call->url, &b, err) : write_call(a, call, &b, err);

        if (r == 0 && buffer_error(&b) < 0)
                r = error_set(err, buffer_error(&b), "the request's address is too long");
        if (r < 0) {
                buffer_done(&b);
                return r;
        }
        message_request_url_take(req, buffer_take(&b));
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

static int write_body(const struct call_instance *call, struct message_request *req,
                      struct error *err)
{
        _cleanup_(freep) char *text = NULL;

        if (!call->body || call->url)
                return 0;
        text = json_canonical(call->body);
        if (!text)
                return error_oom(err);
        message_request_header(req, "Content-Type", "application/json");
        message_request_body(req, text, strlen(text));
        return 0;
}

int azure_request(struct account *a, const struct call_instance *call, uint64_t now_usec,
                  struct message_request *req, struct error *err)
{
        const char *method = call->call && call->call->method ? call->call->method : NULL;
        int r;

        if (!a->token.access_token)
                return error_set(err, -EACCES, "not signed in");
        message_request_init(req, call->url    ? "GET"
                                  : method     ? method
                                  : call->body ? "POST"
                                               : "GET");
        r = write_url(a, call, req, err);
        if (r < 0)
                return r;
        message_request_header(req, "Accept", "application/json");
        message_request_header(req, "Authorization", "Bearer %s", a->token.access_token);
        write_headers(call, req);
        r = write_body(call, req, err);
        return r < 0 ? r : message_request_error(req, err);
}
