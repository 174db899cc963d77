#include "daemon/store/filter.h"
#include "daemon/store/row.h"

#include <errno.h>
#include <string.h>

/* By id, else by name: the row of the resource, 0 when there is none. */
static int find_row(struct store *s, const struct place *place, const char *topic, const char *what,
                    int64_t *ret, struct error *err)
{
        static const enum statement ways[] = { ST_FIND_ID, ST_FIND_NAME };
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(ways) && r == 0; i++) {
                _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;

                r = store_row(s, ways[i], &st, err, "ssssss", what, place->provider, place->account,
                              place->scope ? place->scope : "", place->region ? place->region : "",
                              topic);
                if (r > 0)
                        *ret = sqlite3_column_int64(st, 0);
        }
        return r;
}

int store_find(struct store *s, const struct place *place, const char *topic, const char *id,
               struct resource **ret, struct error *err)
{
        _cleanup_(row_end) struct row row = { .description_row = 0 };
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int64_t resource = 0;
        int r = find_row(s, place, topic, id, &resource, err);

        if (r == 0)
                return -ENOENT;
        if (r > 0)
                r = store_row(s, ST_RESOURCE_WHOLE, &st, err, "i", resource);
        if (r > 0)
                r = row_read(&row, st);
        if (r >= 0)
                r = row_copy(ret, st, &row);
        return r < 0 ? error_set(err, r, "%s: resource %lld: %s", s->path, (long long)resource,
                                 strerror(-r))
                     : 0;
}

uint64_t store_count(struct store *s, const struct place *place, const char *service_type)
{
        _cleanup_(query_done) struct query q = QUERY_INIT;
        _cleanup_(statement_finalizep) sqlite3_stmt *st = NULL;
        const struct store_filter f = {
                .provider = place->provider,
                .account = place->account,
                .scope = place->scope && *place->scope ? place->scope : NULL,
                .region = place->region && *place->region ? place->region : NULL,
        };

        query_add(&q, "SELECT count(*) FROM place o CROSS JOIN resource r INDEXED BY resource_type"
                      " ON r.place = o.place WHERE r.gone IS NULL AND r.topic IS NULL");
        query_where_place(&q, &f);
        query_where(&q, "r.service_type = ?", service_type);
        if (query_prepare(&q, s, &st, NULL) < 0 || store_next(s, st, NULL) <= 0)
                return 0;
        return (uint64_t)sqlite3_column_int64(st, 0);
}
