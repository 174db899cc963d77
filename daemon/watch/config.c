#include "daemon/watch/config.h"

#include "daemon/base/clock.h"
#include "daemon/base/nearest.h"
#include "daemon/watch/config-check.h"
#include "daemon/watch/paths.h"
#include "providers/provider.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#define MIB (UINT64_C(1024) * 1024)

static const struct yaml_field network_fields[] = {
        { .key = "connect_to",
          .type = YAML_STRING,
          .offset = offsetof(struct network_config, connect_to) },
        { .key = "ca_file",
          .type = YAML_STRING,
          .offset = offsetof(struct network_config, ca_file) },
        { .key = "proxy", .type = YAML_STRING, .offset = offsetof(struct network_config, proxy) },
        { 0 },
};

#define ACCOUNT(k, t, m, ...)                                                                      \
        {                                                                                          \
                .key = k, .type = t, .offset = offsetof(struct account_config, m), ##__VA_ARGS__   \
        }
#define POLICY(k, t, m, ...)                                                                       \
        {                                                                                          \
                .key = k, .type = t, .offset = offsetof(struct policy, m), ##__VA_ARGS__           \
        }
#define LIMIT(m, t, ...)                                                                           \
        {                                                                                          \
                .key = #m, .type = t, .offset = offsetof(struct limits, m), ##__VA_ARGS__          \
        }
#define LIMIT_SPAN(k)                                                                              \
        {                                                                                          \
                .key = #k, .type = YAML_SPAN, .offset = offsetof(struct limits, k##_usec)          \
        }

static const struct yaml_field account_fields[] = {
        ACCOUNT("name", YAML_STRING, name, .required = true),
        ACCOUNT("provider", YAML_STRING, provider_name, .required = true),
        ACCOUNT("endpoint", YAML_STRING, endpoint),
        ACCOUNT("network", YAML_SECTION, network, .fields = network_fields),
        ACCOUNT("regions", YAML_STRINGS, regions),
        ACCOUNT("scopes", YAML_STRINGS, scopes),
        ACCOUNT("optional", YAML_STRINGS, optional),
        ACCOUNT("exclude", YAML_STRINGS, exclude),
        ACCOUNT("offer", YAML_STRING, offer),
        ACCOUNT("interval", YAML_SPAN, interval_usec),
        ACCOUNT(NULL, YAML_PLACE, place),
        ACCOUNT(NULL, YAML_REST, place), /* the provider's own keys */
        { 0 },
};

static const struct yaml_field model_fields[] = {
        { .key = "allow", .type = YAML_STRINGS, .offset = offsetof(struct model_policy, allow) },
        { .key = "deny", .type = YAML_STRINGS, .offset = offsetof(struct model_policy, deny) },
        { 0 },
};

static const struct yaml_field policy_fields[] = {
        POLICY("areas", YAML_STRINGS, areas),
        POLICY("log_retention_days", YAML_UINT, log_retention_days, .min = 1, .max = 36500),
        POLICY("strict_half_year", YAML_BOOL, strict_half_year),
        POLICY("treat_upcoming_as_applicable", YAML_BOOL, treat_upcoming_as_applicable),
        POLICY("coverage_max_age", YAML_SPAN, coverage_max_age_usec),
        POLICY("default_risk", YAML_STRING, default_risk),
        POLICY("models", YAML_SECTION, models, .fields = model_fields),
        POLICY("max_broad_grants", YAML_JSON, max_broad_grants),
        POLICY("tags", YAML_JSON, tags),
        POLICY("declarations_win", YAML_BOOL, declarations_win),
        { 0 },
};

static const struct yaml_field limits_fields[] = {
        LIMIT(in_flight, YAML_UINT, .min = 1, .max = 1024),
        LIMIT(per_account, YAML_UINT, .min = 1, .max = 1024),
        LIMIT(requests_per_second, YAML_DOUBLE),
        LIMIT(reply_bytes, YAML_UINT, .min = 4096, .max = 1024 * MIB),
        LIMIT(pages, YAML_UINT, .min = 1, .max = 1000000),
        LIMIT(attempts, YAML_UINT, .min = 1, .max = 100),
        LIMIT_SPAN(request_timeout),
        LIMIT_SPAN(scan_timeout),
        LIMIT_SPAN(detail_ttl),
        LIMIT_SPAN(max_backoff),
        { 0 },
};

#define SNAPSHOTS(k, t, m)                                                                         \
        {                                                                                          \
                .key = k, .type = t, .offset = offsetof(struct snapshots_config, m)                \
        }

static const struct yaml_field timestamp_fields[] = {
        { .key = "url",
          .type = YAML_STRING,
          .offset = offsetof(struct timestamp_config, url),
          .required = true },
        { .key = "ca_file",
          .type = YAML_STRING,
          .offset = offsetof(struct timestamp_config, ca_file),
          .required = true },
        { .key = "network",
          .type = YAML_SECTION,
          .offset = offsetof(struct timestamp_config, network),
          .fields = network_fields },
        { .type = YAML_PLACE, .offset = offsetof(struct timestamp_config, place) },
        { 0 },
};

static const struct yaml_field snapshots_fields[] = {
        SNAPSHOTS("folder", YAML_STRING, folder),
        SNAPSHOTS("key", YAML_STRING, key),
        SNAPSHOTS("keep", YAML_SPAN, keep_usec),
        { .key = "timestamp",
          .type = YAML_SECTION,
          .offset = offsetof(struct snapshots_config, timestamp),
          .fields = timestamp_fields },
        { 0 },
};

static const struct yaml_field flapping_fields[] = {
        { .key = "changes",
          .type = YAML_UINT,
          .offset = offsetof(struct damping, changes),
          .min = 2,
          .max = 1000 },
        { .key = "within", .type = YAML_SPAN, .offset = offsetof(struct damping, within_usec) },
        { 0 },
};

static const struct yaml_field metrics_fields[] = {
        { .key = "listen", .type = YAML_STRING, .offset = offsetof(struct metrics_config, listen) },
        { 0 },
};

static const struct yaml_field webhook_fields[] = {
        { .key = "url",
          .type = YAML_STRING,
          .offset = offsetof(struct webhook_config, url),
          .required = true },
        { .key = "secret",
          .type = YAML_STRING,
          .offset = offsetof(struct webhook_config, secret),
          .required = true },
        { .key = "network",
          .type = YAML_SECTION,
          .offset = offsetof(struct webhook_config, network),
          .fields = network_fields },
        { .type = YAML_PLACE, .offset = offsetof(struct webhook_config, place) },
        { 0 },
};

static const struct yaml_field alerts_fields[] = {
        { .key = "digest_above",
          .type = YAML_UINT,
          .offset = offsetof(struct alerts_config, digest_above) },
        { .key = "webhook",
          .type = YAML_SECTION,
          .offset = offsetof(struct alerts_config, webhook),
          .fields = webhook_fields },
        { 0 },
};

static const struct yaml_field config_fields[] = {
        { .key = "interval", .type = YAML_SPAN, .offset = offsetof(struct config, interval_usec) },
        { .key = "flapping",
          .type = YAML_SECTION,
          .offset = offsetof(struct config, flapping),
          .fields = flapping_fields },
        { .key = "policy",
          .type = YAML_SECTION,
          .offset = offsetof(struct config, policy),
          .fields = policy_fields },
        { .key = "limits",
          .type = YAML_SECTION,
          .offset = offsetof(struct config, limits),
          .fields = limits_fields },
        { .key = "snapshots",
          .type = YAML_SECTION,
          .offset = offsetof(struct config, snapshots),
          .fields = snapshots_fields },
        { .key = "alerts",
          .type = YAML_SECTION,
          .offset = offsetof(struct config, alerts),
          .fields = alerts_fields },
        { .key = "metrics",
          .type = YAML_SECTION,
          .offset = offsetof(struct config, metrics),
          .fields = metrics_fields },
        { .key = "accounts",
          .type = YAML_LIST,
          .offset = offsetof(struct config, accounts),
          .fields = account_fields,
          .size = sizeof(struct account_config),
          .count_offset = offsetof(struct config, n_accounts) },
        { 0 },
};

static void strings_free(char **list)
{
        for (char **s = list; s && *s; s++)
                free(*s);
        free(list);
}

struct config *config_free(struct config *c)
{
        if (!c)
                return NULL;
        for (size_t i = 0; i < c->n_accounts; i++) {
                struct account_config *a = &c->accounts[i];

                if (a->options && a->provider->options_fields)
                        yaml_unbind(a->provider->options_fields, a->options);
                free(a->options);
        }
        yaml_unbind(config_fields, c);
        strings_free(c->files);
        free(c->overrides);
        free(c->file);
        free(c);
        return NULL;
}

/* ---- defaults ------------------------------------------------------------------------------ */

static int set_defaults(struct config *c, struct error *err)
{
        static const char *const areas[] = { "eu", "eea" };

        c->interval_usec = 15 * USEC_PER_MINUTE;
        c->flapping = (struct damping){ .changes = 4, .within_usec = 24 * USEC_PER_HOUR };
        c->alerts.digest_above = 100;
        c->policy.log_retention_days = 184;
        c->policy.coverage_max_age_usec = 24 * USEC_PER_HOUR;
        c->limits = (struct limits){
                .in_flight = 24,
                .per_account = 8,
                .reply_bytes = 16 * MIB,
                .pages = 200,
                .attempts = 8,
                .request_timeout_usec = 30 * USEC_PER_SEC,
                .detail_ttl_usec = 24 * USEC_PER_HOUR,
                .max_backoff_usec = 20 * USEC_PER_SEC,
        };
        c->policy.areas = calloc(ELEMENTSOF(areas) + 1, sizeof(*c->policy.areas));
        for (size_t i = 0; c->policy.areas && i < ELEMENTSOF(areas); i++) {
                c->policy.areas[i] = strdup(areas[i]);
                if (!c->policy.areas[i])
                        return error_oom(err);
        }
        return c->policy.areas ? 0 : error_oom(err);
}

/* One account is done in half an hour even behind slow budgets; an organisation needs more. */
enum { MANY_ACCOUNTS = 10 };

static void set_late_defaults(struct config *c)
{
        if (c->limits.scan_timeout_usec == 0)
                c->limits.scan_timeout_usec =
                        (c->n_accounts > MANY_ACCOUNTS ? 60 : 30) * USEC_PER_MINUTE;
}

/* ---- one file ------------------------------------------------------------------------------ */

static int bind_account(const struct yaml *y, struct account_config *a, struct error *err)
{
        static const struct yaml_field none[] = { { 0 } };
        const struct yaml_field *fields;
        int r;

        r = config_check_provider(y, a, err);
        if (r < 0)
                return r;
        fields = a->provider->options_fields ? a->provider->options_fields : none;
        a->options = calloc(1, a->provider->options_size ? a->provider->options_size : 1);
        if (!a->options)
                return error_oom(err);
        return yaml_bind_at(y, a->place, fields, account_fields, a->options, err);
}

static const char *add_file(struct config *c, const char *path)
{
        size_t n = 0;
        char **grown, *copy;

        while (c->files && c->files[n])
                n++;
        grown = reallocarray(c->files, n + 2, sizeof(*grown));
        if (!grown)
                return NULL;
        c->files = grown;
        grown[n] = copy = strdup(path);
        grown[n + 1] = NULL;
        return copy;
}

/* -ENOENT, and nothing else, when the file is not there. */
static int read_file(struct config *c, const char *path, struct error *err)
{
        _cleanup_(yaml_freep) struct yaml *y = NULL;
        size_t before = c->n_accounts;
        const char *file;
        int r;

        r = yaml_load_file(&y, path, err);
        if (r < 0)
                return r;
        file = add_file(c, path);
        if (!file)
                return error_oom(err);
        r = yaml_bind(y, config_fields, c, err);
        if (r < 0)
                return r;
        r = config_check_general(y, c, err);
        for (size_t i = before; r >= 0 && i < c->n_accounts; i++) {
                c->accounts[i].file = file;
                r = bind_account(y, &c->accounts[i], err);
                if (r >= 0)
                        r = config_check_account(y, c, i, err);
        }
        return r;
}

/* ---- the files in order -------------------------------------------------------------------- */

static int is_yaml(const struct dirent *entry)
{
        return fnmatch("*.yaml", entry->d_name, FNM_PERIOD) == 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
        return strcmp((*a)->d_name, (*b)->d_name); /* the same order in every locale */
}

static int read_drop_in(struct config *c, const char *folder, const char *name, struct error *err)
{
        _cleanup_(freep) char *path = NULL;
        int r;

        if (asprintf(&path, "%s/%s", folder, name) < 0) {
                path = NULL;
                return error_oom(err);
        }
        r = read_file(c, path, err);
        return r == -ENOENT ? -EINVAL : r;
}

static int read_drop_ins(struct config *c, struct error *err)
{
        _cleanup_(freep) char *folder = NULL;
        struct dirent **entries = NULL;
        int n, r = 0;

        if (asprintf(&folder, "%s/conf.d", c->overrides) < 0) {
                folder = NULL;
                return error_oom(err);
        }
        n = scandir(folder, &entries, is_yaml, by_bytes);
        if (n < 0)
                return errno == ENOENT || errno == ENOTDIR
                               ? 0
                               : error_set(err, -EINVAL, "%s: %s", folder, strerror(errno));
        for (int i = 0; i < n; i++) {
                if (r >= 0)
                        r = read_drop_in(c, folder, entries[i]->d_name, err);
                free(entries[i]);
        }
        free(entries);
        return r;
}

static int set_overrides(struct config *c, const char *path, struct error *err)
{
        const char *slash = strrchr(path, '/');

        if (!slash)
                c->overrides = strdup(".");
        else
                c->overrides = strndup(path, slash == path ? 1 : (size_t)(slash - path));
        return c->overrides ? 0 : error_oom(err);
}

/* ---- without accounts ---------------------------------------------------------------------- */

static int add_found(struct config *c, const struct provider *p, struct error *err)
{
        struct account_config *grown = reallocarray(c->accounts, c->n_accounts + 1, sizeof(*grown));
        struct account_config *a;

        if (!grown)
                return error_oom(err);
        c->accounts = grown;
        a = &grown[c->n_accounts++];
        *a = (struct account_config){ .provider = p, .found = true };
        a->name = strdup(p->name);
        a->provider_name = strdup(p->name);
        a->options = calloc(1, p->options_size ? p->options_size : 1);
        a->file = "credentials found";
        return a->name && a->provider_name && a->options ? 0 : error_oom(err);
}

static int find_accounts(struct config *c, struct error *err)
{
        size_t n;
        const struct provider *const *all = provider_all(&n);
        int r;

        for (size_t i = 0; i < n; i++) {
                if (!all[i]->found())
                        continue;
                r = add_found(c, all[i], err);
                if (r < 0)
                        return r;
        }
        if (c->n_accounts > 0)
                return 0;
        if (c->file)
                return error_set(err, -ENOKEY,
                                 "%s: names no accounts, and no provider's credentials were found "
                                 "in environment or home folder",
                                 c->file);
        return error_set(err, -ENOKEY,
                         "no configuration, and no provider's credentials in environment or home "
                         "folder: sign in as the provider's own tool does, or write %s",
                         paths_default_config());
}

int config_read(struct config **ret, const char *path, struct error *err)
{
        _cleanup_(config_freep) struct config *c = calloc(1, sizeof(*c));
        const char *file = path ? path : paths_default_config();
        struct error local = { 0 };
        int r;

        if (!c)
                return error_oom(err);
        r = set_defaults(c, err);
        if (r < 0)
                return r;
        r = set_overrides(c, file, err);
        if (r < 0)
                return r;
        r = read_file(c, file, &local);
        if (r < 0 && (r != -ENOENT || path))
                return error_set(err, -EINVAL, "%s", local.text);
        if (r >= 0 && !(c->file = strdup(file)))
                return error_oom(err);
        r = read_drop_ins(c, err);
        if (r < 0)
                return r;
        set_late_defaults(c);
        *ret = TAKE_PTR(c);
        return 0;
}

int config_load(struct config **ret, const char *path, struct error *err)
{
        _cleanup_(config_freep) struct config *c = NULL;
        int r = config_read(&c, path, err);

        if (r < 0)
                return r;
        assert(c);
        if (c->n_accounts == 0)
                r = find_accounts(c, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(c);
        return 0;
}

const struct account_config *config_account(const struct config *c, const char *name)
{
        for (size_t i = 0; i < c->n_accounts; i++)
                if (strcmp(c->accounts[i].name, name) == 0)
                        return &c->accounts[i];
        return NULL;
}

const char **config_account_names(const struct config *c)
{
        const char **names = calloc(c->n_accounts + 1, sizeof(*names));

        for (size_t i = 0; names && i < c->n_accounts; i++)
                names[i] = c->accounts[i].name;
        return names;
}
