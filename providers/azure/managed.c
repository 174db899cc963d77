/* Managed identities: what the platform gives to what runs on it, by a request that never leaves
 * the machine or its host. */
#include "providers/azure/account.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "providers/secret.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { ARC_KEY_BYTES_MAX = 4096 };

#define IMDS_BASE "http://169.254.169.254"
#define TOKEN_PATH "/metadata/identity/oauth2/token"
#define ARC_ENDPOINT "http://localhost:40342" TOKEN_PATH
#define ARC_AGENT "/opt/azcmagent/bin/himds"
#define ARC_KEYS "/var/opt/azcmagent/tokens/"

static const uint64_t metadata_timeout_usec = 5 * USEC_PER_SEC;

/* How each kind is asked. */
static const struct {
        const char *version, *client, *resource_id; /* query: how one of several is named */
        const char *header;                         /* NULL: Metadata: true */
        const char *what;
} kinds[AZURE_KIND_MAX] = {
        [AZURE_APP_SERVICE] = { "2019-08-01", "client_id", "mi_res_id", "X-IDENTITY-HEADER",
                                "App Service" },
        [AZURE_MACHINE_LEARNING] = { "2017-09-01", "clientid", NULL, "secret",
                                     "Azure Machine Learning" },
        [AZURE_ARC] = { "2020-06-01", NULL, NULL, NULL, "Azure Arc" },
        [AZURE_IMDS] = { "2018-02-01", "client_id", "msi_res_id", NULL, "this machine" },
};

/* ---- finding --------------------------------------------------------------------------------- */

static int set(char **to, const char *text)
{
        return !text || (*to = strdup(text)) ? 0 : -ENOMEM;
}

/* Which one of several: the option's word, else the environment's. */
static int choose(struct azure_credentials *c, const char *identity, struct error *err)
{
        bool system = identity &&
                      (strcasecmp(identity, "system") == 0 || strcasecmp(identity, "true") == 0);
        const char *client = identity ? identity : secret_environment("AZURE_CLIENT_ID");
        int n, r = 0;

        if (!system && client)
                r = set(client[0] == '/' ? &c->resource_id : &c->client_id, client);
        if (r == 0 && (c->client_id || c->resource_id) && !kinds[c->kind].client)
                return error_set(err, -EINVAL,
                                 "%s has one identity, its own: '%s' cannot be chosen there",
                                 kinds[c->kind].what, client);
        if (r == 0 && c->resource_id && !kinds[c->kind].resource_id)
                return error_set(err, -EINVAL, "in %s an identity is named by its client id",
                                 kinds[c->kind].what);
        n = r < 0 ? -1
                  : asprintf(&c->source, "the managed identity %s%sof %s",
                             c->client_id ? c->client_id : "", c->client_id ? " " : "",
                             kinds[c->kind].what);
        if (n < 0) {
                c->source = NULL;
                return error_oom(err);
        }
        return 1;
}

static int found_at(struct azure_credentials *c, enum azure_kind kind, const char *endpoint,
                    const char *secret, const char *identity, struct error *err)
{
        struct url_base base;
        int r = url_base_parse(endpoint, "the address of the managed identity", &base, err);

        if (r < 0)
                return r;
        c->kind = kind;
        if (set(&c->endpoint, endpoint) < 0 || set(&c->secret, secret) < 0)
                return error_oom(err);
        return choose(c, identity, err);
}

static int found_imds(struct azure_credentials *c, const char *identity, struct error *err)
{
        const char *base = secret_environment("AZURE_POD_IDENTITY_AUTHORITY_HOST");
        char endpoint[320];
        size_t n;

        base = base ? base : IMDS_BASE;
        n = strlen(base);
        n -= n > 0 && base[n - 1] == '/';
        (void)snprintf(endpoint, sizeof(endpoint), "%.*s" TOKEN_PATH, (int)(n < 256 ? n : 256),
                       base);
        return found_at(c, AZURE_IMDS, endpoint, NULL, identity, err);
}

int azure_managed_find(struct azure_credentials *ret, const char *identity, bool wanted,
                       struct error *err)
{
        const char *endpoint = secret_environment("IDENTITY_ENDPOINT");
        const char *header = secret_environment("IDENTITY_HEADER");
        const char *old = secret_environment("MSI_ENDPOINT");
        const char *secret = secret_environment("MSI_SECRET");

        if (endpoint && header && secret_environment("IDENTITY_SERVER_THUMBPRINT"))
                return error_set(err, -EINVAL,
                                 "the managed identity of Service Fabric cannot be used: its "
                                 "certificate is pinned, not verified. Use a client secret, a "
                                 "certificate or a federated token");
        if (endpoint && header)
                return found_at(ret, AZURE_APP_SERVICE, endpoint, header, identity, err);
        if (endpoint && secret_environment("IMDS_ENDPOINT"))
                return found_at(ret, AZURE_ARC, endpoint, NULL, identity, err);
        if (old && secret)
                return found_at(ret, AZURE_MACHINE_LEARNING, old, secret, identity, err);
        if (old && !wanted && !azure_cli_found())
                return error_set(err, -EINVAL,
                                 "the identity of Cloud Shell cannot be used: run 'az login' "
                                 "there, or use a client secret");
        if (!wanted)
                return 0;
        if (access(ARC_AGENT, F_OK) == 0)
                return found_at(ret, AZURE_ARC, ARC_ENDPOINT, NULL, identity, err);
        return found_imds(ret, identity, err);
}

/* ---- asking ---------------------------------------------------------------------------------- */

static int write_url(const struct account *a, struct message_request *req, struct error *err)
{
        const struct azure_credentials *c = &a->credentials;
        struct buffer b = BUFFER_INIT(4096);
        int r;

        buffer_printf(&b, "%s%sapi-version=%s&resource=", c->endpoint,
                      strchr(c->endpoint, '?') ? "&" : "?", kinds[c->kind].version);
        url_encode(&b, a->audience);
        url_encode(&b, "/");
        if (c->client_id || c->resource_id) {
                buffer_printf(&b, "&%s=",
                              c->client_id ? kinds[c->kind].client : kinds[c->kind].resource_id);
                url_encode(&b, c->client_id ? c->client_id : c->resource_id);
        }
        r = buffer_error(&b);
        if (r < 0) {
                buffer_done(&b);
                return error_set(err, r, "the address of the managed identity is too long");
        }
        message_request_url_take(req, buffer_take(&b));
        return 0;
}

int azure_managed_request(struct account *a, struct message_request *req, struct error *err)
{
        const struct azure_credentials *c = &a->credentials;
        int r;

        message_request_init(req, "GET");
        req->secret = true;
        req->no_proxy = true;
        req->timeout_usec = metadata_timeout_usec;
        r = write_url(a, req, err);
        if (r < 0)
                return r;
        message_request_header(req, "Accept", "application/json");
        if (kinds[c->kind].header)
                message_request_header(req, kinds[c->kind].header, "%s", c->secret);
        else
                message_request_header(req, "Metadata", "true");
        if (a->arc_authorization) {
                message_request_header(req, "Authorization", "%s", a->arc_authorization);
                secret_free(TAKE_PTR(a->arc_authorization));
        }
        r = message_request_error(req, err);
        return r < 0 ? r : SIGN_IN_REQUEST;
}

/* ---- Arc's challenge ------------------------------------------------------------------------- */

bool azure_arc_key_path(const char *challenge, char *path, size_t size)
{
        const char *realm = strcasestr(challenge, "realm=");
        size_t n, folder = strlen(ARC_KEYS);

        if (strncasecmp(challenge, "Basic ", 6) != 0 || !realm)
                return false;
        realm += strlen("realm=");
        realm += *realm == '"';
        n = strcspn(realm, "\", \t\r\n");
        if (n >= size || n <= folder + 4 || strncmp(realm, ARC_KEYS, folder) != 0 ||
            memchr(realm + folder, '/', n - folder) || strncmp(realm + n - 4, ".key", 4) != 0)
                return false;
        (void)snprintf(path, size, "%.*s", (int)n, realm);
        return true;
}

/* Only the agent's own folder, and a file that is no link and small: whoever answers on that port
 * must not make us read and send any other. */
static int answer_challenge(struct account *a, const struct message_reply *reply, struct error *err)
{
        _cleanup_(secret_freep) char *key = NULL;
        char challenge[512] = "", path[256];
        struct stat st;
        int r;

        (void)message_reply_header(reply, "www-authenticate", challenge, sizeof(challenge));
        if (!azure_arc_key_path(challenge, path, sizeof(path)))
                return error_set(err, -EACCES, "the Arc agent names no key file below " ARC_KEYS);
        if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > ARC_KEY_BYTES_MAX)
                return error_set(err, -EACCES,
                                 "the Arc agent's key %s is not there, or no small file", path);
        r = secret_file_read(path, &key, err);
        if (r < 0)
                return error_wrap(err, -EACCES,
                                  "vigie must be in the group 'himds' to use the identity of "
                                  "Azure Arc");
        if (asprintf(&a->arc_authorization, "Basic %s", key) < 0) {
                a->arc_authorization = NULL;
                return error_oom(err);
        }
        return 0;
}

/* ---- being refused --------------------------------------------------------------------------- */

static int unreachable(const struct account *a, const struct message_reply *reply,
                       struct error *err)
{
        const struct azure_credentials *c = &a->credentials;
        const char *why = reply->transport_text[0] ? reply->transport_text : "no reply";

        if (c->kind == AZURE_IMDS)
                return error_set(err, -EAGAIN,
                                 "nothing answers at %.64s (%.200s): this machine is not in "
                                 "Azure, or what it runs may not reach that address. Elsewhere, "
                                 "use a client secret, a certificate or 'az login'",
                                 c->endpoint, why);
        return error_set(err, -EAGAIN, "%.64s does not answer: %.200s", c->endpoint, why);
}

int azure_managed_refusal(struct account *a, const struct message_reply *reply, struct error *err)
{
        const struct azure_credentials *c = &a->credentials;
        struct oauth_error e;

        if (reply->transport != TRANSPORT_OK)
                return unreachable(a, reply, err);
        if (c->kind == AZURE_ARC && reply->status == 401)
                return answer_challenge(a, reply, err);
        if (!oauth_error_read(&e, reply))
                (void)snprintf(e.description, sizeof(e.description), "no explanation");
        if (reply->status == 404 || reply->status == 410 || reply->status == 429 ||
            reply->status >= 500)
                return error_set(err, -EAGAIN, "%s is not ready (HTTP %d: %.200s)",
                                 kinds[c->kind].what, reply->status, e.description);
        if (reply->status == 400 && strcasestr(e.description, "Identity not found"))
                return error_set(err, -EACCES,
                                 "%s has no managed identity%s%s: assign one to it, and give it "
                                 "a role that may read",
                                 kinds[c->kind].what, c->client_id ? " " : "",
                                 c->client_id ? c->client_id : "");
        return error_set(err, -EACCES, "%s refuses a token (HTTP %d, %.60s: %.200s)",
                         kinds[c->kind].what, reply->status, e.error, e.description);
}
