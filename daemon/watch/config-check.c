#include "daemon/watch/config-check.h"

#include "daemon/base/clock.h"
#include "daemon/base/nearest.h"
#include "daemon/base/number.h"
#include "daemon/watch/address.h"
#include "providers/provider.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <strings.h>

#define ROOT ((struct yaml_place){ 0 })

int config_check_provider(const struct yaml *y, struct account_config *a, struct error *err)
{
        struct yaml_place place = yaml_place_of(y, a->place, "provider");
        struct nearest near = NEAREST_TO(a->provider_name);
        size_t n;
        const struct provider *const *all = provider_all(&n);

        a->provider = provider_find(a->provider_name);
        if (a->provider)
                return 0;
        for (size_t i = 0; i < n; i++)
                nearest_offer(&near, all[i]->name);
        if (near.best)
                return yaml_error_at(y, place, err, "unknown provider '%s'; did you mean '%s'?",
                                     a->provider_name, near.best);
        return yaml_error_at(y, place, err, "unknown provider '%s'; known: %s", a->provider_name,
                             near.offered);
}

/* Names stand in file names (credentials) and journal fields. */
static bool name_is_good(const char *name)
{
        if (!isalnum((unsigned char)name[0]) || strlen(name) > 64)
                return false;
        for (const char *p = name; *p; p++)
                if (!isalnum((unsigned char)*p) && !strchr("._-", *p))
                        return false;
        return true;
}

static int check_name(const struct yaml *y, const struct config *c, size_t index, struct error *err)
{
        const struct account_config *a = &c->accounts[index];
        struct yaml_place place = yaml_place_of(y, a->place, "name");

        if (!name_is_good(a->name))
                return yaml_error_at(y, place, err,
                                     "account name '%s': letters, digits, '.', '_' and '-' only, "
                                     "64 at most, a letter or digit first",
                                     a->name);
        for (size_t i = 0; i < index; i++)
                if (strcmp(c->accounts[i].name, a->name) == 0)
                        return yaml_error_at(y, place, err,
                                             "account '%s' stands already at %s:%d:%d", a->name,
                                             c->accounts[i].file, c->accounts[i].place.line,
                                             c->accounts[i].place.column);
        return 0;
}

static bool is_loopback(const char *host)
{
        struct in_addr v4;
        struct in6_addr v6;

        if (strcasecmp(host, "localhost") == 0)
                return true;
        if (inet_pton(AF_INET, host, &v4) == 1)
                return ntohl(v4.s_addr) >> 24 == 127;
        return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

/* Splits "host:port" or "[v6]:port"; the port may be missing unless it is required. */
static int split_host(const char *text, char host[static 256], bool port_required)
{
        bool bracket = text[0] == '[';
        size_t n = bracket ? strcspn(text, "]") : strcspn(text, ":");
        const char *from = bracket ? text + 1 : text, *rest = text + n;
        uint64_t port;

        if (bracket) {
                if (*rest != ']')
                        return -EINVAL;
                rest++;
                n--;
        }
        if (n == 0 || n >= 256)
                return -EINVAL;
        memcpy(host, from, n);
        host[n] = '\0';
        for (const char *p = host; *p; p++)
                if (!isalnum((unsigned char)*p) && !strchr(bracket ? ":.%" : ".-_", *p))
                        return -EINVAL;
        if (*rest == '\0')
                return port_required ? -EINVAL : 0;
        if (*rest != ':' || number_parse_u64(rest + 1, &port) < 0 || port == 0 || port > 65535)
                return -EINVAL;
        return 0;
}

/* The URL stands in no message: what is wrong with it may be that a password is in it. */
static int check_url_form(const struct yaml *y, struct yaml_place place, const char *key,
                          const char *url, char host[static 256], struct error *err)
{
        char authority[300];
        const char *after;
        size_t n;
        bool plain = strncmp(url, "http://", 7) == 0;

        if (!plain && strncmp(url, "https://", 8) != 0)
                return yaml_error_at(y, place, err, "'%s' must be an https:// address", key);
        after = url + (plain ? 7 : 8);
        n = strcspn(after, "/?#");
        if (n >= sizeof(authority) || memchr(after, '@', n))
                return yaml_error_at(y, place, err,
                                     "'%s' must have a host, and no user or password", key);
        memcpy(authority, after, n);
        authority[n] = '\0';
        if (split_host(authority, host, false) < 0)
                return yaml_error_at(y, place, err, "'%s' has no valid host and port", key);
        return 0;
}

/* Secrets would travel in clear over plain http: it is for the bench, on this machine, only. */
static int check_url(const struct yaml *y, struct yaml_place place, const char *key,
                     const char *url, struct error *err)
{
        char host[256];
        int r = check_url_form(y, place, key, url, host, err);

        if (r < 0)
                return r;
        if (strncmp(url, "http://", 7) == 0 && !is_loopback(host))
                return yaml_error_at(y, place, err,
                                     "'%s' is plain http to %s: credentials would travel in "
                                     "clear; https is needed for anything but this machine",
                                     key, host);
        return 0;
}

static int check_endpoint(const struct yaml *y, const struct account_config *a, struct error *err)
{
        return a->endpoint ? check_url(y, yaml_place_of(y, a->place, "endpoint"), "endpoint",
                                       a->endpoint, err)
                           : 0;
}

static int check_network(const struct yaml *y, struct yaml_place network,
                         const struct network_config *n, struct error *err)
{
        static const char *const schemes[] = { "http://*", "https://*", "socks5h://*",
                                               "socks5://*" };
        char host[256];
        bool proxy_is_good = !n->proxy;

        if (n->connect_to && split_host(n->connect_to, host, true) < 0)
                return yaml_error_at(y, yaml_place_of(y, network, "connect_to"), err,
                                     "'connect_to' must be host:port");
        if (n->ca_file && access(n->ca_file, R_OK) < 0)
                return yaml_error_at(y, yaml_place_of(y, network, "ca_file"), err, "%s: %s",
                                     n->ca_file, strerror(errno));
        for (size_t i = 0; !proxy_is_good && i < ELEMENTSOF(schemes); i++)
                proxy_is_good = fnmatch(schemes[i], n->proxy, 0) == 0;
        if (!proxy_is_good)
                return yaml_error_at(y, yaml_place_of(y, network, "proxy"), err,
                                     "'proxy' must be an http://, https:// or socks5h:// address");
        return 0;
}

static int check_lists(const struct yaml *y, struct account_config *a, struct error *err)
{
        struct yaml_place place = yaml_place_of(y, a->place, "regions");

        for (size_t i = 0; a->regions && a->regions[i]; i++) {
                if (strcmp(a->regions[i], "all") != 0)
                        continue;
                if (i > 0 || a->regions[1])
                        return yaml_error_at(y, place, err,
                                             "'regions' is either 'all' or a list of codes");
                free(a->regions[0]);
                free(a->regions);
                a->regions = NULL;
        }
        if (a->regions && !a->regions[0])
                return yaml_error_at(y, place, err, "'regions' is empty: nothing would be watched");
        if (a->scopes && !a->scopes[0])
                return yaml_error_at(y, yaml_place_of(y, a->place, "scopes"), err,
                                     "'scopes' is empty: nothing would be watched");
        return 0;
}

enum { INTERVAL_MIN_USEC = 1000000 };

int config_check_account(const struct yaml *y, struct config *c, size_t index, struct error *err)
{
        struct account_config *a = &c->accounts[index];
        struct yaml_place interval = yaml_place_of(y, a->place, "interval");
        int r;

        r = check_name(y, c, index, err);
        if (r < 0)
                return r;
        r = check_endpoint(y, a, err);
        if (r < 0)
                return r;
        r = check_network(y, yaml_place_of(y, a->place, "network"), &a->network, err);
        if (r < 0)
                return r;
        r = check_lists(y, a, err);
        if (r < 0)
                return r;
        if (interval.line != a->place.line || interval.column != a->place.column)
                if (a->interval_usec < INTERVAL_MIN_USEC)
                        return yaml_error_at(y, interval, err, "'interval' must be 1s at least");
        return 0;
}

static bool area_is_good(const char *area)
{
        static const char *const words[] = { "eu", "eea", "adequate" };

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (strcmp(words[i], area) == 0)
                        return true;
        return strlen(area) == 2 && isupper((unsigned char)area[0]) &&
               isupper((unsigned char)area[1]);
}

/* An empty list of what is allowed would allow nothing, one of what is denied says nothing. */
static int check_models(const struct yaml *y, struct yaml_place policy,
                        const struct model_policy *m, struct error *err)
{
        const struct {
                const char *key;
                char **list;
        } lists[] = { { "allow", m->allow }, { "deny", m->deny } };
        struct yaml_place models = yaml_place_of(y, policy, "models");

        for (size_t i = 0; i < ELEMENTSOF(lists); i++) {
                struct yaml_place place = yaml_place_of(y, models, lists[i].key);

                if (lists[i].list && !lists[i].list[0])
                        return yaml_error_at(y, place, err,
                                             "'%s' is empty: name models, or leave it out",
                                             lists[i].key);
                for (char **pattern = lists[i].list; pattern && *pattern; pattern++)
                        if (**pattern == '\0')
                                return yaml_error_at(y, place, err,
                                                     "'%s': a pattern is empty: write a model's "
                                                     "id, with * for any text",
                                                     lists[i].key);
        }
        return 0;
}

static int check_max_grants(const struct yaml *y, struct yaml_place policy, const json_t *max,
                            struct error *err)
{
        if (!max || (json_is_integer(max) && json_integer_value(max) >= 0))
                return 0;
        return yaml_error_at(y, yaml_place_of(y, policy, "max_broad_grants"), err,
                             "'max_broad_grants' must be a whole number, 0 or more");
}

static int check_policy(const struct yaml *y, const struct policy *p, struct error *err)
{
        static const char *const risks[] = { "prohibited", "high-risk", "limited", "minimal",
                                             "unknown" };
        struct yaml_place place = yaml_place_of(y, ROOT, "policy");
        bool known = !p->default_risk;
        int r;

        if (!p->areas[0])
                return yaml_error_at(y, yaml_place_of(y, place, "areas"), err,
                                     "'areas' is empty: nothing could be inside");
        for (char **area = p->areas; *area; area++)
                if (!area_is_good(*area))
                        return yaml_error_at(y, yaml_place_of(y, place, "areas"), err,
                                             "area '%s' is none of eu, eea, adequate, nor the "
                                             "two capital letters of a country",
                                             *area);
        for (size_t i = 0; !known && i < ELEMENTSOF(risks); i++)
                known = strcmp(risks[i], p->default_risk) == 0;
        if (!known)
                return yaml_error_at(y, yaml_place_of(y, place, "default_risk"), err,
                                     "'default_risk' must be one of: prohibited, high-risk, "
                                     "limited, minimal, unknown");
        if (p->tags && !json_is_object(p->tags))
                return yaml_error_at(y, yaml_place_of(y, place, "tags"), err,
                                     "'tags' must be a mapping of keys");
        r = check_models(y, place, &p->models, err);
        return r < 0 ? r : check_max_grants(y, place, p->max_broad_grants, err);
}

static int check_limits(const struct yaml *y, const struct limits *l, struct error *err)
{
        struct yaml_place place = yaml_place_of(y, ROOT, "limits");

        if (l->request_timeout_usec < USEC_PER_SEC)
                return yaml_error_at(y, yaml_place_of(y, place, "request_timeout"), err,
                                     "'request_timeout' must be 1s at least");
        if (l->scan_timeout_usec > 0 && l->scan_timeout_usec < USEC_PER_SEC)
                return yaml_error_at(y, yaml_place_of(y, place, "scan_timeout"), err,
                                     "'scan_timeout' must be 1s at least");
        return 0;
}

static int check_metrics(const struct yaml *y, const struct metrics_config *m, struct error *err)
{
        struct yaml_place place = yaml_place_of(y, ROOT, "metrics");
        struct error why = { 0 };
        struct address address;

        if (m->listen && address_parse(m->listen, &address, &why) < 0)
                return yaml_error_at(y, yaml_place_of(y, place, "listen"), err, "'listen': %s",
                                     why.text);
        return 0;
}

/* Secrets travel in clear in no URL; a name of a credential is a name of a file. */
static int check_webhook(const struct yaml *y, const struct webhook_config *w, struct error *err)
{
        int r;

        if (!w->url)
                return 0;
        r = check_url(y, yaml_place_of(y, w->place, "url"), "url", w->url, err);
        if (r < 0)
                return r;
        if (!name_is_good(w->secret))
                return yaml_error_at(y, yaml_place_of(y, w->place, "secret"), err,
                                     "'secret' is the name of a systemd credential, not the secret "
                                     "itself: letters, digits, '.', '_' and '-' only");
        return check_network(y, yaml_place_of(y, w->place, "network"), &w->network, err);
}

/* Plain http is as good: the reply is signed, and nothing in the question is secret. */
static int check_timestamp(const struct yaml *y, const struct timestamp_config *t,
                           struct error *err)
{
        char host[256];
        int r;

        if (!t->url)
                return 0;
        r = check_url_form(y, yaml_place_of(y, t->place, "url"), "url", t->url, host, err);
        if (r < 0)
                return r;
        if (access(t->ca_file, R_OK) < 0)
                return yaml_error_at(y, yaml_place_of(y, t->place, "ca_file"), err, "%s: %s",
                                     t->ca_file, strerror(errno));
        return check_network(y, yaml_place_of(y, t->place, "network"), &t->network, err);
}

int config_check_general(const struct yaml *y, const struct config *c, struct error *err)
{
        int r;

        if (c->interval_usec < INTERVAL_MIN_USEC)
                return yaml_error_at(y, yaml_place_of(y, ROOT, "interval"), err,
                                     "'interval' must be 1s at least");
        r = check_policy(y, &c->policy, err);
        if (r >= 0)
                r = check_metrics(y, &c->metrics, err);
        if (r >= 0)
                r = check_webhook(y, &c->alerts.webhook, err);
        if (r >= 0)
                r = check_timestamp(y, &c->snapshots.timestamp, err);
        if (r < 0)
                return r;
        return check_limits(y, &c->limits, err);
}

/* ---- against the catalogue ------------------------------------------------------------------ */

static bool collector_exists(const struct catalogue *catalogue, const char *id,
                             struct nearest *near)
{
        for (size_t s = 0; s < catalogue->n_services; s++) {
                const struct service *service = catalogue->services[s];

                for (size_t i = 0; i < service->n_collectors; i++) {
                        if (strcmp(service->collectors[i].id, id) == 0)
                                return true;
                        nearest_offer(near, service->collectors[i].id);
                }
        }
        return false;
}

static int check_collector_list(const struct account_config *a, const struct catalogue *catalogue,
                                const char *key, struct error *err)
{
        char *const *list = strcmp(key, "optional") == 0 ? a->optional : a->exclude;

        for (char *const *id = list; id && *id; id++) {
                struct nearest near = NEAREST_TO(*id);

                if (collector_exists(catalogue, *id, &near))
                        continue;
                return error_set(err, -EINVAL,
                                 "%s:%d:%d: account '%s': '%s' names no collector '%s'%s%s%s",
                                 a->file, a->place.line, a->place.column, a->name, key, *id,
                                 near.best ? "; did you mean '" : "", near.best ? near.best : "",
                                 near.best ? "'?" : "");
        }
        return 0;
}

int config_check_collectors(const struct config *c, const struct catalogue *catalogue,
                            struct error *err)
{
        for (size_t i = 0; i < c->n_accounts; i++) {
                int r = check_collector_list(&c->accounts[i], catalogue, "optional", err);

                if (r >= 0)
                        r = check_collector_list(&c->accounts[i], catalogue, "exclude", err);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* ---- against the jurisdictions -------------------------------------------------------------- */

int config_check_offers(const struct config *c, const struct judge *judge, struct error *err)
{
        for (size_t i = 0; i < c->n_accounts; i++) {
                const struct account_config *a = &c->accounts[i];

                if (!a->offer || judge_has_offer(judge, a->provider_name, a->offer))
                        continue;
                return error_set(err, -EINVAL,
                                 "%s:%d:%d: account '%s': 'offer' names none of the provider's "
                                 "offers: '%s'; they are in jurisdictions/%s.yaml",
                                 a->file, a->place.line, a->place.column, a->name, a->offer,
                                 a->provider_name);
        }
        return 0;
}
