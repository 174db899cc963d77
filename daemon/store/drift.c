#include "daemon/store/drift.h"

#include "daemon/base/json.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* The numbers that stand in the texts of statements. */
static_assert(DRIFT_CHANGED == 0 && DRIFT_GONE == 1 && DRIFT_RETURNED == 2 && DRIFT_STATE == 3 &&
                      DRIFT_LOST == 4 && DRIFT_RESTORED == 5,
              "kinds of drift keep their numbers");

/* What one scan changed of one resource, in the store, at most: longer values are left out. */
enum { CHANGES_BYTES_MAX = 16384 };

/* A copy in which values are not there: state and cause say that it changed. */
static json_t *changes_without_values(const json_t *changes)
{
        json_t *list = json_deep_copy(changes), *change;
        size_t i;

        json_array_foreach(list, i, change)
        {
                static const char *const sides[] = { "from", "to" };

                for (size_t k = 0; k < ELEMENTSOF(sides); k++) {
                        json_t *side = json_object_get(change, sides[k]);

                        if (json_is_object(side) && json_object_del(side, "value") == 0)
                                (void)json_object_set_new(side, "cut", json_true());
                        else if (json_is_string(side))
                                (void)json_object_set_new(
                                        change, sides[k],
                                        json_pack("{s:s, s:b}", "state", "known", "cut", 1));
                }
        }
        return list;
}

static char *changes_text(const json_t *changes)
{
        char *text = json_canonical(changes);
        json_auto_t *cut = NULL;

        if (!text || strlen(text) <= CHANGES_BYTES_MAX)
                return text;
        free(text);
        cut = changes_without_values(changes);
        return cut ? json_canonical(cut) : NULL;
}

int drift_resource(struct store_scan *scan, int64_t resource, enum drift_what what,
                   const json_t *changes, struct error *err)
{
        bool any = json_array_size(changes) > 0;
        _cleanup_(freep) char *text = any ? changes_text(changes) : NULL;

        if (any && !text)
                return error_oom(err);
        return store_run(scan->store, ST_DRIFT_ADD, err, "iiioos", scan->number,
                         (int64_t)scan->now_usec, (int64_t)what, resource, INT64_C(0), text);
}

/* Of a cause that was cut in the middle of a letter, the whole letters. */
static json_t *cause_json(const char *cause)
{
        size_t length = strlen(cause);
        json_t *text = json_stringn(cause, length);

        for (int i = 0; !text && length > 0 && i < 3; i++)
                text = json_stringn(cause, --length);
        return text;
}

/* {"state","cause"} */
static json_t *state_json(int64_t state, const char *cause)
{
        json_t *json = json_pack("{s:s}", "state", coverage_state_name((enum coverage_state)state));

        if (json && cause && *cause)
                (void)json_object_set_new(json, "cause", cause_json(cause));
        return json;
}

int drift_pass(struct store_scan *scan, const struct coverage_was *was, const struct coverage *c,
               enum drift_what what, struct error *err)
{
        json_auto_t *changes =
                json_pack("{s:o, s:o}", "from",
                          was->visited ? state_json(was->state, was->cause) : json_null(), "to",
                          state_json((int64_t)c->state, c->cause));
        _cleanup_(freep) char *text = changes ? json_canonical(changes) : NULL;

        if (!text)
                return error_oom(err);
        return store_run(scan->store, ST_DRIFT_ADD, err, "iiioos", scan->number,
                         (int64_t)scan->now_usec, (int64_t)what, INT64_C(0), was->pass, text);
}

int drift_pass_told(struct store_scan *scan, int64_t pass, enum drift_what what, struct error *err)
{
        /* it was so before this scan, and not told then */
        const char *state = what == DRIFT_LOST ? "{\"from\":{\"state\":\"skipped\"},"
                                                 "\"to\":{\"state\":\"skipped\"}}"
                                               : "{\"from\":{\"state\":\"ok\"},"
                                                 "\"to\":{\"state\":\"ok\"}}";
        int r = store_run(scan->store, ST_DRIFT_TOLD, err, "iii", pass, scan->number,
                          (int64_t)what);

        if (r < 0 || sqlite3_changes(scan->store->db) > 0)
                return r;
        return store_run(scan->store, ST_DRIFT_ADD, err, "iiioos", scan->number,
                         (int64_t)scan->now_usec, (int64_t)what, INT64_C(0), pass, state);
}
