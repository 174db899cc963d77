/* Questions to a cloudsim over TLS, signed as curl does it: for tests of cloudsim itself. */
#pragma once

#include "daemon/base/buffer.h"
#include "tests/support/cloudsim.h"

#include <curl/curl.h>
#include <jansson.h>

#define SMALL_KEY "AKIASMALLWORLD000001:small/world/secret/key+not/a/real/one000"
#define PAGING_KEY "AKIAPAGINGWORLD00001:paging/world/secret+not/a/real/one000000"
#define SYNTHETIC_KEY "AKIASYNTHETIC0000000:synthetic/secret/of/the/bench+0000000000"
#define JSON_1_1 "Content-Type: application/x-amz-json-1.1"
#define FORM "Content-Type: application/x-www-form-urlencoded; charset=utf-8"
#define SCALEWAY_TOKEN "X-Auth-Token: 5b000000-0000-4000-8000-00000000c1ef"

enum { CLOUDSIM_HEADERS_MAX = 10 };

struct question {
        const char *method, *url, *body;
        const char *headers[CLOUDSIM_HEADERS_MAX];
        const char *sign; /* "aws:amz:region:service" */
        const char *key;  /* "access:secret" */
};

struct answer {
        CURLcode code;
        long status;
        struct buffer head, body;
        json_t *json;
};

struct answer cloudsim_ask(struct cloudsim *c, const struct question *q);
void answer_done(struct answer *a);

/* The question is answered with this status, and its body says this (NULL: anything). */
void cloudsim_expect(struct cloudsim *c, const struct question *q, long status, const char *says);

/* All items of a paged list, and the number of pages. */
size_t cloudsim_walk(struct cloudsim *c, struct question q, const char *items, size_t *ret_pages);

struct question cloudsim_list_endpoints(const char *key, const char *body);
struct question cloudsim_scaleway(const char *url);

#define START(world)                                                                               \
        struct cloudsim *c = cloudsim_start("tests/worlds/" world, NULL);                          \
        assert_non_null(c)
#define STOP() assert_int_equal(cloudsim_stop(c), 0)
