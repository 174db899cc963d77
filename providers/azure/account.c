/* Opening an account: which cloud, which hosts, which credentials. */
#include "providers/azure/account.h"

#include "providers/secret.h"

#include <errno.h>
#include <string.h>

/* ---- hosts ----------------------------------------------------------------------------------- */

static int base_of_host(struct url_base *ret, const char *host, struct error *err)
{
        char url[URL_HOST_MAX + 16];

        (void)snprintf(url, sizeof(url), "https://%s", host);
        return url_base_parse(url, "the host", ret, err);
}

/* "login.microsoftonline.com" and "https://login.microsoftonline.com/" are both in use. */
static int read_authority(struct account *a, const char *text, const char *setting,
                          struct error *err)
{
        char url[URL_HOST_MAX + 16];

        (void)snprintf(url, sizeof(url), "https://%.255s", text);
        return url_base_parse(strstr(text, "://") ? text : url, setting, &a->authority, err);
}

/* What says which cloud, the nearest first. 1 when something does. */
static int find_cloud(struct account *a, struct error *err)
{
        static const char *const variables[] = { "AZURE_CLOUD", "ARM_ENVIRONMENT" };
        int r;

        if (a->options && a->options->cloud) {
                r = azure_cloud_find(a->options->cloud, "cloud", &a->cloud, err);
                return r < 0 ? r : 1;
        }
        for (size_t i = 0; i < ELEMENTSOF(variables); i++) {
                const char *name = secret_environment(variables[i]);

                if (name) {
                        r = azure_cloud_find(name, variables[i], &a->cloud, err);
                        return r < 0 ? r : 1;
                }
        }
        if (a->credentials.cloud) {
                r = azure_cloud_find(a->credentials.cloud, "the Azure CLI's cloud", &a->cloud, err);
                return r < 0 ? r : 1;
        }
        return 0;
}

static int set_authority(struct account *a, bool cloud_known, struct error *err)
{
        const char *option = a->options ? a->options->authority : NULL;
        const char *text = option ? option : secret_environment("AZURE_AUTHORITY_HOST");
        const struct azure_cloud *cloud;
        int r;

        if (!text)
                return base_of_host(&a->authority, a->cloud->authority, err);
        r = read_authority(a, text, option ? "authority" : "AZURE_AUTHORITY_HOST", err);
        if (r < 0)
                return r;
        cloud = azure_cloud_of_authority(a->authority.host);
        if (cloud && !cloud_known)
                a->cloud = cloud;
        a->other_cloud = !cloud && !cloud_known && !url_host_is_loopback(a->authority.host);
        return 0;
}

/* A private endpoint has the names of its cloud; in a cloud that is none of the table, the tokens
 * are for the host that the configuration names. */
static int set_arm(struct account *a, struct error *err)
{
        const char *endpoint = a->config ? a->config->endpoint : NULL;
        int r;

        if (!endpoint && a->other_cloud)
                return error_set(err, -EINVAL,
                                 "the authority %s is of no cloud that is known: name its Azure "
                                 "Resource Manager with endpoint:, or the cloud with cloud:",
                                 a->authority.authority);
        r = endpoint ? url_base_parse(endpoint, "endpoint", &a->arm, err)
                     : base_of_host(&a->arm, a->cloud->arm, err);
        if (r < 0)
                return r;
        if (a->other_cloud)
                (void)snprintf(a->audience, sizeof(a->audience), "https://%s", a->arm.authority);
        else
                (void)snprintf(a->audience, sizeof(a->audience), "%s", a->cloud->audience);
        return 0;
}

static int set_hosts(struct account *a, struct error *err)
{
        int r;

        a->cloud = azure_cloud_default();
        r = find_cloud(a, err);
        if (r >= 0)
                r = set_authority(a, r > 0, err);
        return r < 0 ? r : set_arm(a, err);
}

/* ---- the account ----------------------------------------------------------------------------- */

struct account *azure_account_free(struct account *a)
{
        if (!a)
                return NULL;
        azure_credentials_done(&a->credentials);
        oauth_token_done(&a->token);
        secret_free(a->arc_authorization);
        json_decref(a->versions);
        free(a->credentials_dir);
        free(a);
        return NULL;
}
DEFINE_CLEANUP(struct account *, azure_account_free);

int azure_account_new(struct account **ret, const struct account_config *config,
                      const char *credentials_dir, struct error *err)
{
        _cleanup_(azure_account_freep) struct account *a = calloc(1, sizeof(*a));
        int r;

        if (!a || !(a->versions = json_object()))
                return error_oom(err);
        a->config = config;
        a->options = config ? config->options : NULL;
        if (credentials_dir && !(a->credentials_dir = strdup(credentials_dir)))
                return error_oom(err);
        r = azure_credentials_read(&a->credentials, config, credentials_dir, err);
        if (r == 0)
                r = set_hosts(a, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(a);
        return 0;
}

void azure_redact(const struct account *a, char *text)
{
        const char *const secrets[] = { a->credentials.secret, a->token.access_token,
                                        a->credentials.access_token };

        for (size_t i = 0; i < ELEMENTSOF(secrets); i++) {
                size_t length = secrets[i] ? strlen(secrets[i]) : 0;
                char *from = text;

                while (length >= 3 && (from = strstr(from, secrets[i]))) {
                        memset(from, '*', 3);
                        memmove(from + 3, from + length, strlen(from + length) + 1);
                        from += 3;
                }
        }
}
