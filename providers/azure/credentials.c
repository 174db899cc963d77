#include "providers/azure/credentials.h"

#include "daemon/base/buffer.h"
#include "providers/secret.h"

#include <errno.h>
#include <string.h>

/* clang-format off */
#define OPTION(name, kind) { .key = #name, .type = kind, .offset = offsetof(struct azure_options, name) }
const struct yaml_field azure_options_fields[] = {
        OPTION(tenant, YAML_STRING),
        OPTION(client_id, YAML_STRING),
        OPTION(client_secret_file, YAML_STRING),
        OPTION(client_certificate, YAML_STRING),
        OPTION(send_certificate_chain, YAML_BOOL),
        OPTION(federated_token_file, YAML_STRING),
        OPTION(managed_identity, YAML_STRING),
        OPTION(cloud, YAML_STRING),
        OPTION(authority, YAML_STRING),
        OPTION(management_groups, YAML_STRINGS),
        { 0 },
};
/* clang-format on */

/* What a source may say, gathered before any of it is acted on. Borrowed, but for secret and
 * password. */
struct findings {
        const char *tenant, *client_id;
        char *secret, *password;
        const char *secret_from;
        char *certificate; /* path */
        const char *token_file;
        bool send_chain;
        char where[96]; /* the kind of source, for people */
};

static void findings_done(struct findings *f)
{
        secret_free(f->secret);
        secret_free(f->password);
        free(f->certificate);
}

static const char *environment_first(const char *const *names)
{
        for (; *names; names++) {
                const char *value = secret_environment(*names);

                if (value)
                        return value;
        }
        return NULL;
}

static bool says_true(const char *text)
{
        return text && (strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0);
}

/* ---- our own configuration, and systemd's credentials ---------------------------------------- */

/* The path of the credential; NULL when it is not there. The caller frees. */
static char *credential_path(const struct account_config *config, const char *credentials_dir,
                             const char *key)
{
        char *path = NULL;

        if (!config || !credentials_dir ||
            asprintf(&path, "%s/%s.%s", credentials_dir, config->name, key) < 0)
                return NULL;
        if (access(path, F_OK) == 0)
                return path;
        free(path);
        return NULL;
}

static int read_secret(char **ret, const struct account_config *config, const char *credentials_dir,
                       const char *key, const char *file, struct error *err)
{
        _cleanup_(freep) char *path = credential_path(config, credentials_dir, key);

        if (!path && !file)
                return 0;
        return secret_file_read(path ? path : file, ret, err);
}

static int read_options(struct findings *f, const struct account_config *config,
                        const char *credentials_dir, struct error *err)
{
        const struct azure_options *o = config ? config->options : NULL;
        int r;

        if (!config)
                return 0;
        (void)snprintf(f->where, sizeof(f->where), "of the account's configuration");
        f->tenant = o ? o->tenant : NULL;
        f->client_id = o ? o->client_id : NULL;
        f->token_file = o ? o->federated_token_file : NULL;
        f->send_chain = o && o->send_certificate_chain;
        f->certificate = credential_path(config, credentials_dir, "client_certificate");
        if (!f->certificate && o && o->client_certificate &&
            !(f->certificate = strdup(o->client_certificate)))
                return error_oom(err);
        r = read_secret(&f->secret, config, credentials_dir, "client_secret",
                        o ? o->client_secret_file : NULL, err);
        if (r < 0)
                return r;
        return read_secret(&f->password, config, credentials_dir, "client_certificate_password",
                           NULL, err);
}

/* ---- the environment ------------------------------------------------------------------------- */

static const char *const tenant_names[] = { "AZURE_TENANT_ID", "ARM_TENANT_ID", NULL };
static const char *const client_names[] = { "AZURE_CLIENT_ID", "ARM_CLIENT_ID", NULL };

static int copy(char **to, const char *from, struct error *err)
{
        if (from && !(*to = strdup(from)))
                return error_oom(err);
        return 0;
}

static int read_environment(struct findings *f, struct error *err)
{
        static const char *const secrets[] = { "AZURE_CLIENT_SECRET", "ARM_CLIENT_SECRET", NULL };
        static const char *const certificates[] = { "AZURE_CLIENT_CERTIFICATE_PATH",
                                                    "ARM_CLIENT_CERTIFICATE_PATH", NULL };
        static const char *const passwords[] = { "AZURE_CLIENT_CERTIFICATE_PASSWORD",
                                                 "ARM_CLIENT_CERTIFICATE_PASSWORD", NULL };
        static const char *const tokens[] = { "AZURE_FEDERATED_TOKEN_FILE",
                                              "ARM_OIDC_TOKEN_FILE_PATH", NULL };
        int r = copy(&f->secret, environment_first(secrets), err);

        (void)snprintf(f->where, sizeof(f->where), "of the environment");
        if (r == 0)
                r = copy(&f->certificate, environment_first(certificates), err);
        if (r == 0 && !f->password)
                r = copy(&f->password, environment_first(passwords), err);
        f->token_file = environment_first(tokens);
        f->send_chain |= says_true(secret_environment("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"));
        return r;
}

/* ---- what is made of it ---------------------------------------------------------------------- */

/* A tenant stands in a URL and in what is signed: a GUID or a domain, nothing else. */
static int check_name(const char *text, const char *what, struct error *err)
{
        if (text[0] == '\0' || strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                            "0123456789.-") != strlen(text))
                return error_set(err, -EINVAL, "%s '%.64s' is neither a GUID nor a domain", what,
                                 text);
        return 0;
}

static int set_application(struct azure_credentials *c, const struct findings *f, const char *what,
                           struct error *err)
{
        const char *tenant = f->tenant ? f->tenant : environment_first(tenant_names);
        const char *client = f->client_id ? f->client_id : environment_first(client_names);
        int r;

        if (!tenant)
                return error_set(err, -EINVAL,
                                 "%s %s, but no tenant to use it in: set tenant: (or "
                                 "AZURE_TENANT_ID)",
                                 what, f->where);
        if (!client)
                return error_set(err, -EINVAL,
                                 "%s %s, but not of which application: set client_id: (or "
                                 "AZURE_CLIENT_ID)",
                                 what, f->where);
        r = check_name(tenant, "the tenant", err);
        if (r == 0)
                r = check_name(client, "the client id", err);
        if (r == 0)
                r = copy(&c->tenant, tenant, err);
        if (r == 0)
                r = copy(&c->client_id, client, err);
        if (r == 0 && asprintf(&c->source, "%s %s, application %s", what, f->where, client) < 0) {
                c->source = NULL;
                r = error_oom(err);
        }
        return r;
}

/* A secret is visible characters; the portal also shows an id beside it, which is a GUID. */
static int check_secret(const char *secret, struct error *err)
{
        size_t n = strlen(secret);

        for (const char *p = secret; *p != '\0'; p++)
                if (*p <= ' ' || *p > '~')
                        return error_set(err, -EINVAL,
                                         "the client secret has characters that no secret has");
        if (n == 36 && strspn(secret, "0123456789abcdefABCDEF-") == n)
                return error_set(err, -EINVAL,
                                 "the client secret looks like the secret's id (a GUID): the "
                                 "portal shows the value beside it, once");
        return 0;
}

/* 1: a credential was made of what the source says; 0: it says nothing of one. */
static int assemble(struct azure_credentials *c, struct findings *f, struct error *err)
{
        int r = 0;

        if (f->secret) {
                c->kind = AZURE_SECRET;
                r = check_secret(f->secret, err);
                c->secret = TAKE_PTR(f->secret);
                r = r < 0 ? r : set_application(c, f, "the client secret", err);
        } else if (f->certificate) {
                c->kind = AZURE_CERTIFICATE;
                c->send_chain = f->send_chain;
                r = azure_certificate_read(&c->certificate, f->certificate, f->password, err);
                r = r < 0 ? r : set_application(c, f, "the client certificate", err);
        } else if (f->token_file) {
                c->kind = AZURE_FEDERATED;
                r = copy(&c->token_file, f->token_file, err);
                r = r < 0 ? r : set_application(c, f, "the federated token", err);
        } else {
                return 0;
        }
        return r < 0 ? r : 1;
}

static int nothing_found(const struct account_config *config, const char *credentials_dir,
                         struct error *err)
{
        struct buffer b = BUFFER_INIT(400);
        int r;

        if (config && credentials_dir)
                buffer_printf(&b,
                              "systemd credentials %s.client_secret and "
                              "%s.client_certificate, ",
                              config->name, config->name);
        buffer_add(&b, "variables AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH, "
                       "AZURE_FEDERATED_TOKEN_FILE and IDENTITY_ENDPOINT, the Azure CLI's login");
        r = error_set(err, -ENOENT,
                      "no Azure credentials; looked at: %s. Run 'az login', set the variables, "
                      "give systemd a credential, or set managed_identity: system",
                      buffer_text(&b));
        buffer_done(&b);
        return r;
}

static int from_findings(struct azure_credentials *c, struct findings *options, struct error *err)
{
        struct findings environment = { .tenant = options->tenant,
                                        .client_id = options->client_id,
                                        .send_chain = options->send_chain };
        int r = assemble(c, options, err);

        if (r != 0)
                return r;
        environment.password = TAKE_PTR(options->password);
        r = read_environment(&environment, err);
        if (r == 0)
                r = assemble(c, &environment, err);
        findings_done(&environment);
        return r;
}

/* In the order of the sources. A machine's identity that nothing speaks of is asked for last, and
 * only by an account that somebody configured: it takes a request to know that there is none. */
static int find(struct azure_credentials *c, const struct account_config *config,
                const char *credentials_dir, struct error *err)
{
        const struct azure_options *o = config ? config->options : NULL;
        const char *identity = o ? o->managed_identity : NULL;
        bool wanted = identity || says_true(secret_environment("ARM_USE_MSI"));
        struct findings options = { 0 };
        int r = identity ? azure_managed_find(c, identity, true, err) : 0;

        if (r == 0)
                r = read_options(&options, config, credentials_dir, err);
        if (r == 0)
                r = from_findings(c, &options, err);
        if (r == 0)
                r = azure_managed_find(c, NULL, wanted, err);
        if (r == 0 && azure_cli_found()) {
                r = azure_cli_read(
                        c, options.tenant ? options.tenant : environment_first(tenant_names), err);
                r = r < 0 ? r : 1;
        }
        if (r == 0 && config && !config->found)
                r = azure_managed_find(c, NULL, true, err);
        findings_done(&options);
        return r == 0 ? nothing_found(config, credentials_dir, err) : r;
}

int azure_credentials_read(struct azure_credentials *ret, const struct account_config *config,
                           const char *credentials_dir, struct error *err)
{
        struct azure_credentials c = { 0 };
        int r = find(&c, config, credentials_dir, err);

        if (r < 0) {
                azure_credentials_done(&c);
                return r;
        }
        *ret = c;
        return 0;
}

void azure_credentials_done(struct azure_credentials *c)
{
        secret_free(c->secret);
        secret_free(c->access_token);
        azure_certificate_done(&c->certificate);
        free(c->tenant);
        free(c->client_id);
        free(c->token_file);
        free(c->endpoint);
        free(c->resource_id);
        free(c->cloud);
        free(c->source);
        *c = (struct azure_credentials){ 0 };
}
