/* Opening an account: its options, its files, its region. */
#include "providers/aws/account.h"

#include <errno.h>
#include <string.h>

/* ---- options -----------------------------------------------------------------------------------
 */

static const struct yaml_field organization_fields[] = {
        { .key = "role",
          .type = YAML_STRING,
          .offset = offsetof(struct aws_organization_options, role) },
        { .key = "external_id",
          .type = YAML_STRING,
          .offset = offsetof(struct aws_organization_options, external_id) },
        { .key = "accounts",
          .type = YAML_STRINGS,
          .offset = offsetof(struct aws_organization_options, accounts) },
        { .type = YAML_PLACE, .offset = offsetof(struct aws_organization_options, place) },
        { 0 },
};

const struct yaml_field aws_options_fields[] = {
        { .key = "profile", .type = YAML_STRING, .offset = offsetof(struct aws_options, profile) },
        { .key = "role", .type = YAML_STRING, .offset = offsetof(struct aws_options, role) },
        { .key = "external_id",
          .type = YAML_STRING,
          .offset = offsetof(struct aws_options, external_id) },
        { .key = "partition",
          .type = YAML_STRING,
          .offset = offsetof(struct aws_options, partition) },
        { .key = "sts_region",
          .type = YAML_STRING,
          .offset = offsetof(struct aws_options, sts_region) },
        { .key = "organization",
          .type = YAML_SECTION,
          .offset = offsetof(struct aws_options, organization),
          .fields = organization_fields },
        { 0 },
};

static const struct aws_options no_options;

/* A region's code goes into host names. */
bool aws_account_region_valid(const char *region)
{
        size_t n = strlen(region);

        return n >= 3 && n < AWS_REGION_MAX &&
               strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-") == n && region[0] != '-' &&
               region[n - 1] != '-';
}

static bool external_id_valid(const char *id)
{
        static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789_+=,.@:/-";
        size_t n = strlen(id);

        return n >= 2 && n <= 1224 && strspn(id, allowed) == n;
}

static int check_accounts(char *const *ids, const char *key, struct error *err)
{
        for (; ids && *ids; ids++)
                if (!aws_account_id_valid(*ids))
                        return error_set(err, -EINVAL,
                                         "%s: '%s' is no account id (12 digits, in quotes)", key,
                                         *ids);
        return 0;
}

static int check_role(const struct account *a, const char *role, struct error *err)
{
        static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789_+=,.@/-";
        bool alone = a->options->organization.place.line == 0 && !a->config->scopes;
        char id[AWS_ACCOUNT_ID_DIGITS + 1];

        if (!role)
                return 0;
        if (strncmp(role, "arn:", 4) == 0) {
                if (!strstr(role, ":role/") || !aws_account_id_of_arn(role, id))
                        return error_set(err, -EINVAL, "role: '%s' is no role's ARN", role);
                return 0;
        }
        if (role[0] == '\0' || strspn(role, allowed) != strlen(role))
                return error_set(err, -EINVAL, "role: '%s' is neither a role's name nor its ARN",
                                 role);
        if (alone)
                return error_set(
                        err, -EINVAL,
                        "role: '%s' is a name, which is assumed in the accounts of scopes: "
                        "or organization:, and neither is there; give the role's ARN",
                        role);
        return 0;
}

static int check_options(const struct account *a, struct error *err)
{
        const struct aws_options *o = a->options;
        int r;

        if (o->partition && !partition_by_name(o->partition))
                return error_set(err, -EINVAL,
                                 "partition: '%s' is none of aws, aws-eusc, aws-us-gov, aws-cn",
                                 o->partition);
        if (o->sts_region && !aws_account_region_valid(o->sts_region))
                return error_set(err, -EINVAL, "sts_region: '%s' is no region", o->sts_region);
        if ((o->external_id && !external_id_valid(o->external_id)) ||
            (o->organization.external_id && !external_id_valid(o->organization.external_id)))
                return error_set(err, -EINVAL,
                                 "external_id: 2 to 1224 letters, digits and _+=,.@:/-");
        r = check_accounts(o->organization.accounts, "organization.accounts", err);
        if (r == 0)
                r = check_accounts(a->config->scopes, "scopes", err);
        if (r == 0)
                r = check_role(a, o->role, err);
        if (r == 0)
                r = check_role(a, o->organization.role, err);
        return r;
}

/* ---- opening -----------------------------------------------------------------------------------
 */

/* "vigie-<host>", of what STS allows in a session's name. */
static void set_session_name(struct account *a)
{
        char host[64] = "";
        size_t n;

        if (gethostname(host, sizeof(host) - 1) < 0)
                host[0] = '\0';
        n = (size_t)snprintf(a->session_name, sizeof(a->session_name), "vigie%s%.50s",
                             host[0] ? "-" : "", host);
        for (size_t i = 0; i < n; i++)
                if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                            "_+=,.@-",
                            a->session_name[i]))
                        a->session_name[i] = '-';
}

static char *describe(const struct chain *c)
{
        const struct chain_role *last = c->n_roles > 0 ? &c->roles[c->n_roles - 1] : NULL;
        char *text = NULL;

        if (!last)
                return strdup(c->source);
        if (asprintf(&text, "%s (role %s, with %s)", last->origin, last->arn, c->source) < 0)
                return NULL;
        return text;
}

/* Reads everything into fresh structs, and takes the place of what was there only when it is whole.
 */
static int read_sources(struct account *a, struct error *err)
{
        struct chain_context x = { .options = a->options,
                                   .account = a->config->name,
                                   .credentials_dir = a->credentials_dir,
                                   .profiles = &a->profiles,
                                   .alone = !a->config->scopes };
        struct profiles profiles = { 0 }, before = a->profiles;
        struct chain chain = { 0 };
        char *source = NULL;
        int r = aws_profiles_load(&profiles, err);

        if (r < 0)
                return r;
        x.profiles = &profiles;
        r = chain_build(&chain, &x, err);
        if (r == 0 && !(source = describe(&chain)))
                r = error_oom(err);
        if (r < 0) {
                chain_done(&chain);
                aws_profiles_done(&profiles);
                return r;
        }
        aws_profiles_done(&before);
        a->profiles = profiles;
        chain_done(&a->chain);
        a->chain = chain;
        free(a->source);
        a->source = source;
        return 0;
}

/* Sign-ins under way hold on to the chain that they began with. */
static bool signing_in(const struct account *a)
{
        for (size_t i = 0; i < a->n_members; i++)
                if (a->members[i]->flow.step != FLOW_IDLE)
                        return true;
        return a->base.flow.step != FLOW_IDLE;
}

/* A file that is being rewritten may be unreadable for a moment: credentials in use stay. */
int aws_account_reload(struct account *a, bool force, struct error *err)
{
        struct aws_credentials fixed = { 0 };
        int r;

        if ((!force && !aws_profiles_changed(&a->profiles)) || signing_in(a))
                return 0;
        (void)aws_credentials_copy(&fixed, &a->chain.fixed);
        r = read_sources(a, err);
        if (r < 0 && !aws_credentials_empty(&a->base.credentials)) {
                aws_credentials_done(&fixed);
                return 0;
        }
        if (r == 0 && !aws_credentials_same(&fixed, &a->chain.fixed)) {
                aws_credentials_done(&a->base.credentials); /* others: sign in with them */
                a->base.renew = false;
                sign_cache_wipe(&a->cache);
        }
        aws_credentials_done(&fixed);
        return r;
}

struct account *aws_account_free(struct account *a)
{
        if (!a)
                return NULL;
        free(a->credentials_dir);
        aws_profiles_done(&a->profiles);
        chain_done(&a->chain);
        free(a->source);
        identity_done(&a->base);
        for (size_t i = 0; i < a->n_members; i++) {
                identity_done(a->members[i]);
                free(a->members[i]);
        }
        free(a->members);
        sign_cache_wipe(&a->cache);
        free(a);
        return NULL;
}
DEFINE_CLEANUP(struct account *, aws_account_free);

int aws_account_new(struct account **ret, const struct account_config *config,
                    const char *credentials_dir, struct error *err)
{
        _cleanup_(aws_account_freep) struct account *a = calloc(1, sizeof(*a));
        int r;

        if (!a)
                return error_oom(err);
        a->config = config;
        a->options = config->options ? config->options : &no_options;
        if (credentials_dir && !(a->credentials_dir = strdup(credentials_dir)))
                return error_oom(err);
        r = check_options(a, err);
        if (r == 0)
                r = read_sources(a, err);
        if (r == 0)
                r = aws_places_set(a, err);
        if (r == 0)
                r = aws_endpoint_check(a, err);
        if (r < 0)
                return r;
        set_session_name(a);
        *ret = TAKE_PTR(a);
        return 0;
}

/* ---- other accounts ----------------------------------------------------------------------------
 */

static const char *member_role(const struct account *a)
{
        const struct aws_options *o = a->options;

        return o->organization.role ? o->organization.role : o->role;
}

int aws_account_member_role(const struct account *a, const char *account_id, char **ret,
                            struct error *err)
{
        const char *role = member_role(a), *name = role ? strstr(role, ":role/") : NULL;

        if (!role)
                return error_set(err, -EINVAL,
                                 "account %s is not that of the credentials: say in role: (or "
                                 "organization.role) which role to assume there",
                                 account_id);
        name = strncmp(role, "arn:", 4) == 0 && name ? name + strlen(":role/") : role;
        while (*name == '/')
                name++;
        if (asprintf(ret, "arn:%s:iam::%s:role/%s", a->partition->name, account_id, name) < 0) {
                *ret = NULL;
                return error_oom(err);
        }
        return 0;
}

static int add_scopes(char *const *ids, json_t *ret, struct error *err)
{
        for (; ids && *ids; ids++)
                if (json_array_append_new(ret, json_pack("{ss sn ss}", "id", *ids, "name", "level",
                                                         "account")) < 0)
                        return error_oom(err);
        return 0;
}

int aws_scopes(struct account *a, json_t *ret, struct error *err)
{
        int r = add_scopes(a->options->organization.accounts, ret, err);

        return r < 0 ? r : add_scopes(a->config->scopes, ret, err);
}

/* ---- what templates may say --------------------------------------------------------------------
 */

/* The organisation is asked for its accounts unless the configuration names them. */
static const char *organization(const struct account *a)
{
        const struct aws_organization_options *o = &a->options->organization;

        return o->place.line > 0 && !o->accounts ? "all" : NULL;
}

const char *aws_variable(const struct account *a, const struct scope *scope, const char *region,
                         const char *name)
{
        /* clang-format off */
        const struct { const char *name, *value; } variables[] = {
                { "suffix",           a->partition->suffix },
                { "partition",        a->partition->name },
                { "home_region",      a->region },
                { "global_region",    a->partition->global_region },
                { "region",           region },
                { "dualstack_suffix", a->partition->dualstack_suffix },
                { "iam_host",         a->partition->iam_host },
                { "ce_suffix",        a->partition->ce_suffix },
                { "sts_region",       a->sts_region },
                { "account_id",       scope ? scope->id : a->base.credentials.account_id },
                { "organization",     organization(a) },
        };
        /* clang-format on */
        const size_t of_partition = strlen("partition.");

        if (strncmp(name, "partition.", of_partition) == 0)
                return strcmp(name + of_partition, a->partition->name) == 0 ? a->partition->name
                                                                            : NULL;

        for (size_t i = 0; i < ELEMENTSOF(variables); i++)
                if (strcmp(variables[i].name, name) == 0)
                        return variables[i].value;
        return NULL;
}

/* Keys that are fetched, exchanged or renewed are not looked at: where they come from is. */
void aws_fingerprint(const struct account *a, unsigned char ret[static SHA256_BYTES])
{
        const struct chain *c = &a->chain;
        const struct aws_organization_options *o = &a->options->organization;
        const char *const texts[] = {
                c->source,      c->fixed.access_key, c->fixed.secret_key,
                c->fixed.token, c->token_file,       c->role_arn,
                c->sso_account, c->sso_role,         c->url,
                o->role,        o->external_id,
        };

        memset(ret, 0, SHA256_BYTES);
        secret_fingerprint(texts, ELEMENTSOF(texts), ret);
        for (char **word = c->argv; word && *word; word++)
                secret_fingerprint((const char *const *)word, 1, ret);
        for (size_t i = 0; i < c->n_roles; i++) {
                const char *const role[] = { c->roles[i].arn, c->roles[i].external_id };

                secret_fingerprint(role, ELEMENTSOF(role), ret);
        }
}
