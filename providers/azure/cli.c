/* The Azure CLI's login, read without its help: azureProfile.json says who is logged in to which
 * subscription, the MSAL cache has a person's tokens, service_principal_entries.json an
 * application's secret. Where the CLI encrypts them (libsecret), only it can read them.
 *
 * Nothing is written there: a refresh token that is renewed lives in our memory. */
#include "providers/azure/credentials.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/base/number.h"
#include "providers/secret.h"

#include <errno.h>
#include <string.h>

enum { CACHE_BYTES_MAX = 8 * 1024 * 1024, PATH_BYTES_MAX = 512 };

#define DECRYPT                                                                                    \
        "run 'az config set core.encrypt_token_cache=false' and 'az login' again, or give vigie "  \
        "credentials of its own"

/* What an access token for Azure Resource Manager is for, in any cloud. */
static const char *const arm_audiences[] = {
        "https://management.azure.com",         "https://management.core.windows.net",
        "https://management.usgovcloudapi.net", "https://management.core.usgovcloudapi.net",
        "https://management.chinacloudapi.cn",  "https://management.core.chinacloudapi.cn"
};

/* ---- files ----------------------------------------------------------------------------------- */

static bool file_path(const char *name, char path[static PATH_BYTES_MAX])
{
        const char *folder = secret_environment("AZURE_CONFIG_DIR");
        const char *home = secret_environment("HOME");
        int n;

        if (!folder && !home)
                return false;
        n = snprintf(path, PATH_BYTES_MAX, "%s%s/%s", folder ? folder : home,
                     folder ? "" : "/.azure", name);
        return n > 0 && n < PATH_BYTES_MAX;
}

static bool exists(const char *name)
{
        char path[PATH_BYTES_MAX];

        return file_path(name, path) && access(path, F_OK) == 0;
}

/* Gives the tree to secret_json_free(). -ENOENT when it is not there. */
static int read_json(const char *name, json_t **ret, struct error *err)
{
        _cleanup_(fclosep) FILE *f = NULL;
        char path[PATH_BYTES_MAX], *text;
        struct error local = { 0 };
        size_t n, skip;
        int r;

        f = file_path(name, path) ? fopen(path, "re") : NULL;
        if (!f)
                return error_set(err, -ENOENT, "%s is not there", name);
        text = calloc(1, CACHE_BYTES_MAX + 1);
        if (!text)
                return error_oom(err);
        (void)setvbuf(f, NULL, _IONBF, 0);
        n = fread(text, 1, CACHE_BYTES_MAX, f);
        skip = n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0; /* the CLI writes one */
        r = json_parse(text + skip, n - skip, ret, &local);
        explicit_bzero(text, n);
        free(text);
        return r < 0 ? error_set(err, -EINVAL, "%s is not readable: run 'az login' again", path)
                     : 0;
}

/* ---- the profile ----------------------------------------------------------------------------- */

/* The subscription that is in use: the default one, of the tenant that is wanted. Borrowed. */
static const json_t *find_login(const json_t *profile, const char *tenant)
{
        const json_t *chosen = NULL, *subscription;
        size_t i;

        json_array_foreach(json_object_get(profile, "subscriptions"), i, subscription)
        {
                const char *own = json_member_string(subscription, "tenantId");

                if (!own || !json_path_string(subscription, "user.name") ||
                    (tenant && strchr(tenant, '-') && strcasecmp(tenant, own) != 0))
                        continue;
                if (!chosen || json_is_true(json_object_get(subscription, "isDefault")))
                        chosen = subscription;
        }
        return chosen;
}

bool azure_cli_found(void)
{
        json_auto_t *profile = NULL;

        return read_json("azureProfile.json", &profile, NULL) == 0 && find_login(profile, NULL);
}

/* ---- an application that is logged in -------------------------------------------------------- */

static int copy(char **to, const char *from, struct error *err)
{
        if (from && !(*to = strdup(from)))
                return error_oom(err);
        return 0;
}

static int encrypted(const char *what, struct error *err)
{
        return error_set(err, -EINVAL,
                         "the Azure CLI keeps %s encrypted, where only it can read "
                         "them: " DECRYPT,
                         what);
}

static const json_t *find_entry(const json_t *entries, const char *client, const char *tenant)
{
        const json_t *entry;
        size_t i;

        json_array_foreach(entries, i, entry)
        {
                const char *id = json_member_string(entry, "client_id");
                const char *own = json_member_string(entry, "tenant");

                if (id && own && strcasecmp(id, client) == 0 && strcasecmp(own, tenant) == 0)
                        return entry;
        }
        return NULL;
}

static int take_entry(struct azure_credentials *c, const json_t *entry, struct error *err)
{
        const char *secret = json_member_string(entry, "client_secret");
        const char *certificate = json_member_string(entry, "certificate");
        int r = copy(&c->client_id, json_member_string(entry, "client_id"), err);

        if (r < 0)
                return r;
        c->kind = secret ? AZURE_SECRET : AZURE_CERTIFICATE;
        c->send_chain = json_is_true(json_object_get(entry, "use_cert_sn_issuer"));
        if (secret)
                return copy(&c->secret, secret, err);
        if (certificate)
                return azure_certificate_read(&c->certificate, certificate, NULL, err);
        return error_set(err, -EINVAL,
                         "the Azure CLI is logged in with a federated token, which it does not "
                         "renew: set federated_token_file:");
}

static int read_application(struct azure_credentials *c, const char *client, struct error *err)
{
        _cleanup_(secret_json_freep) json_t *entries = NULL;
        const json_t *entry;
        int r;

        if (!exists("service_principal_entries.json"))
                return encrypted("the secrets of applications", err);
        r = read_json("service_principal_entries.json", &entries, err);
        if (r < 0)
                return r;
        entry = find_entry(entries, client, c->tenant);
        if (!entry)
                return error_set(err, -EINVAL,
                                 "the Azure CLI's login as application %s is gone: run 'az login' "
                                 "again",
                                 client);
        return take_entry(c, entry, err);
}

/* "MSI", "MSIClient-<id>", "MSIResource-<id>": which identity 'az login --identity' took. */
static int read_identity(struct azure_credentials *c, const json_t *login, struct error *err)
{
        const char *info = json_path_string(login, "user.assignedIdentityInfo");
        const char *dash = info ? strchr(info, '-') : NULL;
        int r;

        if (dash && strncmp(info, "MSIClient-", 10) != 0 && strncmp(info, "MSIResource-", 12) != 0)
                return error_set(err, -EINVAL,
                                 "the Azure CLI uses a managed identity by its object id: set "
                                 "managed_identity: to its client id");
        azure_credentials_done(c);
        r = azure_managed_find(c, dash ? dash + 1 : "system", true, err);
        return r < 0 ? r : 0;
}

/* ---- a person who is logged in --------------------------------------------------------------- */

struct person {
        const char *home; /* id of the account; NULL: any */
        const char *tenant;
};

static const char *find_home(const json_t *cache, const char *user)
{
        const char *key;
        json_t *account;

        json_object_foreach(json_object_get(cache, "Account"), key, account)
        {
                const char *name = json_member_string(account, "username");

                if (name && strcasecmp(name, user) == 0)
                        return json_member_string(account, "home_account_id");
        }
        return NULL;
}

static bool is_of(const json_t *token, const struct person *who)
{
        const char *home = json_member_string(token, "home_account_id");

        return !who->home || (home && strcmp(home, who->home) == 0);
}

static bool is_for_arm(const char *target)
{
        for (size_t i = 0; target && i < ELEMENTSOF(arm_audiences); i++)
                if (strstr(target, arm_audiences[i]))
                        return true;
        return false;
}

static uint64_t end_of(const json_t *token)
{
        _cleanup_(freep) char *text = json_scalar_text(json_object_get(token, "expires_on"));
        uint64_t seconds = 0;

        if (text)
                (void)number_parse_u64(text, &seconds);
        return seconds < UINT64_MAX / USEC_PER_SEC ? seconds * USEC_PER_SEC : 0;
}

static int take_access_token(struct azure_credentials *c, const json_t *cache,
                             const struct person *who, struct error *err)
{
        const char *key;
        json_t *token;
        int r = 0;

        json_object_foreach(json_object_get(cache, "AccessToken"), key, token)
        {
                const char *realm = json_member_string(token, "realm");
                const char *type = json_member_string(token, "token_type");

                if (r < 0 || !is_of(token, who) || !realm || strcasecmp(realm, who->tenant) != 0 ||
                    (type && strcasecmp(type, "Bearer") != 0) ||
                    !is_for_arm(json_member_string(token, "target")) ||
                    end_of(token) <= c->access_token_expires_usec)
                        continue;
                secret_free(TAKE_PTR(c->access_token));
                c->access_token_expires_usec = end_of(token);
                r = copy(&c->access_token, json_member_string(token, "secret"), err);
        }
        return r;
}

/* The CLI's own, or one of its family, which it may use too. */
static int take_refresh_token(struct azure_credentials *c, const json_t *cache,
                              const struct person *who, struct error *err)
{
        const char *key;
        json_t *token;

        json_object_foreach(json_object_get(cache, "RefreshToken"), key, token)
        {
                const char *client = json_member_string(token, "client_id");
                const char *family = json_member_string(token, "family_id");
                bool own = client && strcasecmp(client, AZURE_CLI_CLIENT) == 0;

                if (is_of(token, who) && (own || (family && strcmp(family, "1") == 0)))
                        return copy(&c->secret, json_member_string(token, "secret"), err);
        }
        return 0;
}

static int read_person(struct azure_credentials *c, const char *user, struct error *err)
{
        _cleanup_(secret_json_freep) json_t *cache = NULL;
        struct person who = { .tenant = c->tenant };
        int r;

        if (!exists("msal_token_cache.json"))
                return encrypted("its tokens", err);
        r = read_json("msal_token_cache.json", &cache, err);
        if (r < 0)
                return r;
        c->kind = AZURE_CLI;
        who.home = find_home(cache, user);
        r = copy(&c->client_id, AZURE_CLI_CLIENT, err);
        if (r == 0)
                r = take_access_token(c, cache, &who, err);
        if (r == 0)
                r = take_refresh_token(c, cache, &who, err);
        if (r == 0 && !c->access_token && !c->secret)
                return error_set(err, -EINVAL,
                                 "the Azure CLI's cache has no token of %s: run 'az login' again",
                                 user);
        return r;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static int take_login(struct azure_credentials *c, const json_t *login, struct error *err)
{
        const char *user = json_path_string(login, "user.name");
        const char *type = json_path_string(login, "user.type");
        bool application = type && strcasecmp(type, "servicePrincipal") == 0;
        int r;

        if (application && (strcmp(user, "systemAssignedIdentity") == 0 ||
                            strcmp(user, "userAssignedIdentity") == 0))
                return read_identity(c, login, err);
        r = copy(&c->tenant, json_member_string(login, "tenantId"), err);
        if (r == 0)
                r = copy(&c->cloud, json_member_string(login, "environmentName"), err);
        if (r == 0)
                r = application ? read_application(c, user, err) : read_person(c, user, err);
        if (r == 0 && asprintf(&c->source, "the Azure CLI's login of %s", user) < 0) {
                c->source = NULL;
                r = error_oom(err);
        }
        return r;
}

int azure_cli_read(struct azure_credentials *ret, const char *tenant, struct error *err)
{
        json_auto_t *profile = NULL;
        const json_t *login;
        int r = read_json("azureProfile.json", &profile, err);

        if (r < 0)
                return r;
        login = find_login(profile, tenant);
        if (!login)
                return error_set(err, -EINVAL,
                                 "the Azure CLI is not logged in to tenant %s: run 'az login "
                                 "--tenant %s'",
                                 tenant ? tenant : "any", tenant ? tenant : "…");
        return take_login(ret, login, err);
}
