/* How a call is written: JSON over REST, a bearer token, and the project that is charged. */
#include "providers/gcp/account.h"

#include "daemon/base/json.h"
#include "providers/secret.h"
#include "providers/url.h"

#include <errno.h>
#include <string.h>

enum { URL_BYTES_MAX = 16 * 1024 };

#define SERVICE_WORD "{service}"

/* ---- where to ---------------------------------------------------------------------------------
 */

/* "https://aiplatform-x.p.googleapis.com" of endpoint "https://{service}-x.p.googleapis.com" and
 * host "europe-west1-aiplatform.googleapis.com": an endpoint of Private Service Connect stands for
 * every API, each by a name of its own. */
static void write_endpoint(struct buffer *b, const char *endpoint, const char *host)
{
        const char *word = strstr(endpoint, SERVICE_WORD);

        if (!word) {
                buffer_add(b, endpoint);
                return;
        }
        buffer_append(b, endpoint, (size_t)(word - endpoint));
        buffer_append(b, host, strcspn(host, "."));
        buffer_add(b, word + strlen(SERVICE_WORD));
}

static int write_url(const struct account *a, const struct call_instance *call,
                     struct message_request *req, struct error *err)
{
        struct buffer b = BUFFER_INIT(URL_BYTES_MAX);
        _cleanup_(freep) char *query = NULL;
        int r;

        /* what a template made out of a reply is not trusted with a token */
        if (!gcp_host_is_trusted(a->source.universe, call->host))
                return error_set(err, -EINVAL, "'%.200s' is no host of %s: the token stays here",
                                 call->host, a->source.universe);
        if (call->path[0] != '/')
                return error_set(err, -EINVAL, "the path '%s' does not begin with '/'", call->path);
        r = url_query(call->query, &query, err);
        if (r < 0)
                return r;
        if (a->endpoint)
                write_endpoint(&b, a->endpoint, call->host);
        else
                buffer_printf(&b, "https://%s", call->host);
        buffer_printf(&b, "%s?%s%sprettyPrint=false", call->path, query, query[0] ? "&" : "");
        r = buffer_error(&b);
        if (r < 0) {
                buffer_done(&b);
                return r == -ENOMEM ? error_oom(err)
                                    : error_set(err, r, "the request's address is too long");
        }
        message_request_url_take(req, buffer_take(&b));
        return 0;
}

/* ---- who is charged ---------------------------------------------------------------------------
 */

/* An API that has to be on in the project it is asked about charges that project by itself, but for
 * people's credentials, which belong to no project. Naming another one there would ask whether the
 * API is on in that one instead. */
const char *gcp_quota_project(const struct account *a, const struct call *call)
{
        const struct service *service = call ? call->service : NULL;
        bool person = a->source.kind == GCP_USER || a->source.kind == GCP_EXTERNAL_USER;

        if (service && service->api && (!person || a->source.n_impersonations > 0))
                return NULL;
        return a->source.quota_project;
}

/* ---- the whole --------------------------------------------------------------------------------
 */

static void write_headers(const struct account *a, const struct call_instance *call,
                          struct message_request *req)
{
        const char *project = gcp_quota_project(a, call->call), *name;
        json_t *value;

        message_request_header(req, "Accept", "application/json");
        message_request_header(req, "Authorization", "Bearer %s", a->token.access_token);
        if (project)
                message_request_header(req, "x-goog-user-project", "%s", project);
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

        if (!call->body)
                return 0;
        text = json_canonical(call->body);
        if (!text)
                return error_oom(err);
        message_request_header(req, "Content-Type", "application/json");
        message_request_body(req, text, strlen(text));
        return 0;
}

int gcp_request(struct account *a, const struct call_instance *call, uint64_t now_usec,
                struct message_request *req, struct error *err)
{
        const char *method = call->call && call->call->method ? call->call->method : NULL;
        int r;

        if (call->url)
                return error_set(err, -EINVAL, "no Google API pages by links");
        if (!a->token.access_token)
                return error_set(err, -EACCES, "not signed in");
        message_request_init(req, method ? method : call->body ? "POST" : "GET");
        r = write_url(a, call, req, err);
        if (r < 0)
                return r;
        write_headers(a, call, req);
        r = write_body(call, req, err);
        return r < 0 ? r : message_request_error(req, err);
}
