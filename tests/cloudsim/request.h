/* One HTTP request with everything that is known about it, and the reply that is being made. */
#pragma once

#include "daemon/base/buffer.h"
#include "tests/cloudsim/sim.h"

#include <microhttpd.h>

enum { REPLY_HEADERS_MAX = 8 };

/* What the matching faults ask for, together. */
struct effects {
        uint64_t delay_usec;
        int64_t skew_usec;
        unsigned status; /* 0: none asked */
        const char *code, *message;
        const char *retry_after; /* seconds, or "date:N" for an HTTP date N seconds from now */
        uint64_t oversize_bytes;
        bool reset, truncate, garbage, html, endless_token, repeat_token, region_off, api_off;
        bool expire, denied;
        bool foreign_link, empty_page; /* of lists that give the next page's URL */
};

struct reply {
        unsigned status;
        const char *content_type;
        struct buffer body;
        struct {
                const char *name; /* static */
                char value[1024];
        } headers[REPLY_HEADERS_MAX];
        size_t n_headers;
};

struct request {
        struct sim *sim;
        struct MHD_Connection *connection;
        char *uri;         /* as sent */
        const char *path;  /* in uri, ends where the query begins */
        const char *query; /* in uri, "" when there is none */
        char method[16];
        char host[256]; /* lower case, without port */
        struct buffer body;
        json_t *params; /* query, form or JSON body, path labels: one object */

        /* who, where, what; "" while unknown */
        char provider[16];
        char account[64];
        char region[64];
        char service[64];
        char operation[128];
        char access_key[160];
        unsigned page; /* from 1 */

        struct effects effects;
        struct reply reply;
        bool refused;    /* for good: asking the same again is of no use */
        bool identified; /* faults and counters apply */
        bool delayed;
        uint64_t due_usec; /* boot time at which a delayed reply leaves */
        struct request *next;
};

int request_new(struct request **ret, struct sim *sim, struct MHD_Connection *connection,
                const char *uri);
struct request *request_free(struct request *q);
DEFINE_CLEANUP(struct request *, request_free);

/* Method and headers are there: fills method, host. */
void request_begin(struct request *q, const char *method);

const char *request_header(const struct request *q, const char *name);

/* A parameter as text: strings as they are, numbers and booleans printed into text. NULL when
 * absent. */
const char *request_param(const struct request *q, const char *name, char text[static 64]);
void request_set_param(struct request *q, const char *name, const char *value);
uint64_t request_param_u64(const struct request *q, const char *name, uint64_t otherwise);

/* Adds the pairs of a query or form text to params; a repeated name becomes an array. */
void request_parse_pairs(struct request *q, const char *text);
/* Adds the members of a JSON body; -EBADMSG when it is none. An empty body is fine. */
int request_parse_json(struct request *q);

/* "%41" → "A" for n bytes of text, into a new string. */
char *request_decode(const char *text, size_t n);

/* Matches "/a/{x}/b" against path: each {x} becomes a parameter, "{x+}" takes the rest. */
bool request_match_path(struct request *q, const char *pattern, bool set);

void reply_header(struct reply *r, const char *name, const char *fmt, ...) _printf_(3, 4);
void reply_text(struct request *q, unsigned status, const char *content_type, const char *text);
/* Dumps value as the body; takes nothing over. */
void reply_json(struct request *q, unsigned status, const json_t *value);
