/* The configuration as it was read: the operator's words, checked but not yet acted on. */
#pragma once

#include "daemon/base/yaml.h"

#include <stdbool.h>
#include <stdint.h>

struct provider;

struct network_config {
        char *connect_to; /* host:port that every connection goes to, names kept; or NULL */
        char *ca_file;
        char *proxy;
};

/* One entry of accounts:. What only one provider knows is in options, by that provider's own table.
 */
struct account_config {
        char *name;
        char *provider_name;
        const struct provider *provider;
        char *endpoint; /* base URL instead of the provider's hosts, or NULL */
        struct network_config network;
        char **regions;         /* NULL: all */
        char **scopes;          /* NULL: all that are discovered */
        char **optional;        /* collectors that are off by default and wanted */
        char **exclude;         /* collectors not wanted */
        char *offer;            /* id of config/jurisdictions, where nothing else tells; or NULL */
        uint64_t interval_usec; /* 0: the general one */
        void *options;          /* bound by provider->options_fields; freed through it */
        bool found;             /* not from a file: made from credentials that lay around */
        struct yaml_place place;
        const char *file; /* for messages; lives as long as the configuration */
};

/* Patterns with * of model ids and names; NULL: none given. */
struct model_policy {
        char **allow, **deny;
};

struct policy {
        char **areas;                /* eu, eea, adequate, or ISO codes */
        uint64_t log_retention_days; /* 184 */
        bool strict_half_year;       /* 181..183 days fail */
        bool treat_upcoming_as_applicable;
        uint64_t coverage_max_age_usec; /* COV-004 */
        char *default_risk;             /* for resources without tag; NULL: unknown */
        struct model_policy models;     /* GOV-012 */
        json_t *max_broad_grants;       /* SEC-006: a whole number; NULL: what the rule says */
        json_t *tags;                   /* declared for all: object of canonical keys, or NULL */
        bool declarations_win;          /* files of declarations/ count more than tags */
};

struct limits {
        uint64_t in_flight;         /* transfers, all accounts */
        uint64_t per_account;       /* transfers, one account */
        double requests_per_second; /* per (scope, region, service); 0: the catalogue's */
        uint64_t reply_bytes;
        uint64_t pages;
        uint64_t attempts;
        uint64_t request_timeout_usec;
        uint64_t scan_timeout_usec;
        uint64_t detail_ttl_usec; /* details of what has no modification time are asked again after
                                     this */
        uint64_t max_backoff_usec;
};

/* Who says when a snapshot was there (RFC 3161). */
struct timestamp_config {
        char *url;     /* NULL: nobody */
        char *ca_file; /* whom to believe of stamps; network.ca_file is of https */
        struct network_config network;
        struct yaml_place place;
};

/* Where dated evidence is kept. */
struct snapshots_config {
        char *folder;       /* NULL: snapshots/ in the state folder */
        char *key;          /* file of the signing key; NULL: the systemd credential snapshot.key,
                               else snapshot.key in the state folder, made at first use */
        uint64_t keep_usec; /* 0: for ever */
        struct timestamp_config timestamp;
};

/* What changes again and again is told once as flapping, then when it is stable. */
struct damping {
        uint64_t changes;
        uint64_t within_usec; /* 0: everything is told */
};

struct metrics_config {
        char *listen; /* "127.0.0.1:9477", "unix:/path"; NULL: nowhere */
};

/* Where events go beside the journal. */
struct webhook_config {
        char *url;    /* NULL: nowhere */
        char *secret; /* name of the systemd credential that signs */
        struct network_config network;
        struct yaml_place place;
};

struct alerts_config {
        uint64_t digest_above; /* more changes at once are told together */
        struct webhook_config webhook;
};

struct config {
        uint64_t interval_usec;
        struct damping flapping;
        struct alerts_config alerts;
        struct metrics_config metrics;
        struct policy policy;
        struct limits limits;
        struct snapshots_config snapshots;
        struct account_config *accounts;
        size_t n_accounts;
        char *overrides; /* folder whose catalogue/, rules/, law/, regions/… win file by file over
                            the installed ones, and which has declarations/ and waivers/ */
        char *file;      /* NULL: no configuration was there */
        char **files;    /* every file that was read, in order; NULL-terminated */
};
