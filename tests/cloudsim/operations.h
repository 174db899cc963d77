/* What the clouds can be asked: tables of operations, made from what the providers publish. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum protocol {
        PROTOCOL_JSON_1_0,
        PROTOCOL_JSON_1_1,
        PROTOCOL_REST_JSON,
        PROTOCOL_QUERY,
        PROTOCOL_EC2,
        PROTOCOL_REST_XML,
};

struct service {
        const char *name;    /* as worlds and counters call it */
        const char *prefix;  /* of the host name */
        const char *signing; /* in the credential scope */
        enum protocol protocol;
        const char *target; /* of X-Amz-Target */
        bool global;        /* answers in the global region whatever the account enables */
};

enum in {
        IN_BODY,
        IN_QUERY,
};

enum filter_kind {
        FILTER_NONE,
        FILTER_EQUAL,
        FILTER_PREFIX,
        FILTER_AFTER, /* time in the item later than the parameter */
        FILTER_ANY,   /* the parameter is a list of values */
        FILTER_LACKS, /* with the parameter, only items that do not have the field */
};

struct filter {
        enum filter_kind kind;
        const char *param, *field;
};

struct operation {
        const char *service;
        const char *name;
        const char *method, *path; /* rest-json and rest-xml only */
        const char *with;          /* the query parameter that tells it from others of the path */

        /* lists */
        const char *items; /* where the items are, NULL: not a list */
        enum in in;        /* where paging parameters travel */
        const char *token_in, *token_out, *size;
        size_t max; /* page size; 0: not paged */
        bool bare_strings;

        /* details */
        const char *by;   /* the parameter that names the thing */
        const char *wrap; /* the member of the reply that holds it */
        const char *of;   /* the list whose items answer what the world does not spell out */

        const char
                *absent; /* "{}"-like JSON answered when the world does not mention the operation */
        struct filter filters[2];
};

const struct service *service_by_name(const char *name);
const struct service *service_by_prefix(const char *prefix);
/* The first service with this name in the credential scope; after: go on behind this one. */
const struct service *service_by_signing(const char *signing, const struct service *after);

/* All AWS operations, an empty row at the end. */
const struct operation *operations_table(size_t table);
enum { OPERATION_TABLES = 7 };
/* Each ends with an empty row. */
extern const struct operation operations_ai[], operations_saas[], operations_usage[],
        operations_stores[];

/* Rows of rest-json operations: a list paged by token, and one thing of it. */
/* clang-format off */
#define REST_LIST(svc, op, verb, where, key, place, limit, ...) \
        { .service = svc, .name = op, .method = verb, .path = where, .items = key, .in = place, .token_in = "nextToken", \
          .token_out = "nextToken", .size = "maxResults", .max = limit, .filters = { __VA_ARGS__ } }
#define REST_DETAIL(svc, op, verb, where, id, inside, list) \
        { .service = svc, .name = op, .method = verb, .path = where, .by = id, .wrap = inside, .of = list }
/* The same of the json protocols, paged in the body. */
#define JSON_LIST(svc, op, key, token, size_name, limit, ...) \
        { .service = svc, .name = op, .items = key, .token_in = token, .token_out = token, .size = size_name, .max = limit, \
          .filters = { __VA_ARGS__ } }
#define JSON_DETAIL(svc, op, id, inside, list) { .service = svc, .name = op, .by = id, .wrap = inside, .of = list }
/* clang-format on */

const struct operation *operation_by_name(const char *service, const char *name);
