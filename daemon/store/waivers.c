#include "daemon/base/buffer.h"
#include "daemon/base/json.h"
#include "daemon/store/record.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static_assert(VERDICT_WAIVED == 4, "the statements and an index have the number");

/* ---- writing -----------------------------------------------------------------------------------
 */

static char *joined_rules(const json_t *rules)
{
        struct buffer b = BUFFER_INIT(4096);
        json_t *rule;
        char *text;
        size_t i;

        json_array_foreach((json_t *)rules, i, rule)
                buffer_printf(&b, "%s%s", i > 0 ? ", " : "", json_string_value(rule));
        text = buffer_error(&b) == 0 ? buffer_take(&b) : NULL;
        buffer_done(&b);
        return text;
}

static int tell_end(struct store_scan *scan, const json_t *waiver, struct error *err)
{
        const char *id = json_member_string(waiver, "id");
        const char *until = json_member_string(waiver, "until");
        _cleanup_(freep) char *rules = joined_rules(json_object_get(waiver, "rules"));
        int r = store_run(scan->store, ST_WAIVER_TELL, err, "ssi", id, until,
                          (int64_t)scan->now_usec);

        if (r < 0 || sqlite3_changes(scan->store->db) == 0)
                return r;
        return record_event_take(scan, EVENT_WAIVER_EXPIRED,
                                 json_pack("{s:s, s:s, s:s, s:s, s:s*}", "waiver", id, "until",
                                           until, "owner", json_member_string(waiver, "owner"),
                                           "reason", json_member_string(waiver, "reason"), "rule",
                                           rules),
                                 err);
}

static int waivers_put(struct store_scan *scan, const json_t *waivers, struct error *err)
{
        json_auto_t *before = store_meta_json(scan->store, "waivers");
        json_t *waiver;
        size_t i;
        int r = 0;

        if (!before || !json_equal(before, waivers))
                r = store_meta_put(scan->store, "waivers", waivers, err);
        json_array_foreach((json_t *)waivers, i, waiver)
        {
                const char *state = json_member_string(waiver, "state");

                if (r == 0 && state && strcmp(state, "ended") == 0)
                        r = tell_end(scan, waiver, err);
        }
        return r;
}

int store_waivers(struct store_scan *scan, const json_t *waivers, struct error *err)
{
        int r = record_step(scan, err);

        return r < 0 ? r : step_end(scan->store, waivers_put(scan, waivers, err), err);
}

/* ---- reading -----------------------------------------------------------------------------------
 */

/* {id: findings}. One waiver has several rows while findings still name what it said before. */
static int count_waived(struct store *s, json_t *counts, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r = store_row(s, ST_COUNT_WAIVED, &st, err, "");

        while (r > 0) {
                json_auto_t *waiver = column_json(st, 0);
                const char *id = json_member_string(waiver, "id");
                json_int_t n = sqlite3_column_int64(st, 1);

                if (!id)
                        return error_set(err, -EUCLEAN, "%s: a waiver is damaged", s->path);
                n += json_integer_value(json_object_get(counts, id));
                if (json_object_set_new(counts, id, json_integer(n)) < 0)
                        return error_oom(err);
                r = store_next(s, st, err);
        }
        return r;
}

int store_waivers_known(struct store *s, json_t **ret, struct error *err)
{
        json_auto_t *list = store_meta_json(s, "waivers"), *counts = json_object();
        json_t *waiver;
        size_t i;
        int r;

        if (!list)
                list = json_array();
        if (!list || !counts)
                return error_oom(err);
        r = count_waived(s, counts, err);
        if (r < 0)
                return r;
        json_array_foreach(list, i, waiver)
        {
                const char *id = json_member_string(waiver, "id");
                json_int_t n = json_integer_value(json_object_get(counts, id ? id : ""));

                if (json_object_set_new(waiver, "waived", json_integer(n)) < 0)
                        return error_oom(err);
        }
        *ret = json_incref(list);
        return 0;
}
