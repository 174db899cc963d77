/* Queries made of a filter: the text grows with the conditions, values are bound. Private to
 * store/. */
#pragma once

#include "daemon/base/buffer.h"
#include "daemon/store/private.h"

enum { QUERY_VALUES_MAX = 24, QUERY_BYTES_MAX = 8192 };

struct query {
        struct buffer sql;
        const char *values[QUERY_VALUES_MAX]; /* borrowed */
        int n_values;
        bool failed;
};

#define QUERY_INIT                                                                                 \
        {                                                                                          \
                .sql = BUFFER_INIT(QUERY_BYTES_MAX)                                                \
        }
void query_done(struct query *q);

void query_add(struct query *q, const char *sql);
/* " AND " and the condition, whose last ? is value; nothing when value is NULL. */
void query_where(struct query *q, const char *condition, const char *value);
/* Conditions on the place, whose table is called o. */
void query_where_place(struct query *q, const struct store_filter *f);
/* Conditions on the resource (table r, description d): kind, type, topic, area, text. */
void query_where_resource(struct query *q, const struct store_filter *f);
/* Prepared and bound; the caller finalises. */
int query_prepare(struct query *q, struct store *s, sqlite3_stmt **ret, struct error *err);

struct store_span;
/* ?1 and ?2 are the numbers of its scans, ?3 and ?4 when they began; the caller finalises. */
int span_prepare(struct store *s, const char *sql, const struct store_span *span,
                 sqlite3_stmt **ret, struct error *err);

/* What a callback returned: 1 to stop, negative to fail. */
int query_outcome(int r, struct error *err);
