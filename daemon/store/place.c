#include "daemon/base/json.h"
#include "daemon/store/record.h"

#include <errno.h>
#include <string.h>

static const char *or_empty(const char *text)
{
        return text ? text : "";
}

int store_place(struct store *s, const struct place *place, int64_t *ret, struct error *err)
{
        const char *scope = or_empty(place->scope), *region = or_empty(place->region);
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r = store_row(s, ST_PLACE_FIND, &st, err, "ssss", place->provider, place->account,
                          scope, region);

        if (r > 0)
                *ret = sqlite3_column_int64(st, 0);
        if (r != 0)
                return r < 0 ? r : 0;
        r = store_run(s, ST_PLACE_ADD, err, "ssss", place->provider, place->account, scope, region);
        *ret = sqlite3_last_insert_rowid(s->db);
        return r;
}

int store_row_of_key(struct store *s, const struct place *place, const char *key, int64_t *ret,
                     struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r;

        for (const struct current_row *c = s->current; c; c = c->outer)
                if (strcmp(c->key, key) == 0) {
                        *ret = c->resource;
                        return 0;
                }
        r = place ? store_row(s, ST_RESOURCE_OF_KEY, &st, err, "sssss", place->provider,
                              place->account, or_empty(place->scope), or_empty(place->region), key)
                  : store_row(s, ST_RESOURCE_OF_KEY_ANYWHERE, &st, err, "s", key);
        if (r > 0)
                *ret = sqlite3_column_int64(st, 0);
        if (r == 0)
                return error_set(err, -ENOENT, "%s: no resource has the key %s", s->path, key);
        return r < 0 ? r : 0;
}

/* ---- what the law makes of a resource ----------------------------------------------------------
 */

static int description_row(struct store *s, const json_t *description, int64_t *ret,
                           struct error *err)
{
        const char *area = json_string_value(json_object_get(description, "area"));
        _cleanup_(freep) char *text = json_canonical(description);
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        char digest[SHA256_HEX_MAX];
        int r;

        if (!text)
                return error_oom(err);
        (void)digest_sha256_hex(text, strlen(text), digest);
        r = store_row(s, ST_DESCRIPTION_FIND, &st, err, "s", digest);
        if (r > 0)
                *ret = sqlite3_column_int64(st, 0);
        if (r != 0)
                return r < 0 ? r : 0;
        r = store_run(s, ST_DESCRIPTION_ADD, err, "sss", digest, area, text);
        *ret = sqlite3_last_insert_rowid(s->db);
        return r;
}

static int describe(struct store *s, const char *key, const json_t *description, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int64_t resource = 0, row = 0, was = 0;
        int r = store_row_of_key(s, NULL, key, &resource, err);

        if (r == 0)
                r = description_row(s, description, &row, err);
        if (r == 0)
                r = store_row(s, ST_RESOURCE_DESCRIPTION, &st, err, "i", resource);
        if (r < 0)
                return r;
        was = r > 0 ? sqlite3_column_int64(st, 0) : 0;
        return was == row ? 0 : store_run(s, ST_RESOURCE_DESCRIBE, err, "ii", row, resource);
}

int store_describe(struct store_scan *scan, const char *resource_key, const json_t *description,
                   struct error *err)
{
        int r = record_step(scan, err);

        return r < 0 ? r
                     : step_end(scan->store, describe(scan->store, resource_key, description, err),
                                err);
}

/* ---- rules and words ---------------------------------------------------------------------------
 */

static int meta_read(struct store *s, const char *name, char **ret, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r = store_row(s, ST_META_READ, &st, err, "s", name);

        *ret = r > 0 && column_text(st, 0) ? strdup(column_text(st, 0)) : NULL;
        return r;
}

int store_meta_put(struct store *s, const char *name, const json_t *value, struct error *err)
{
        _cleanup_(freep) char *text = json_canonical(value);

        return text ? store_run(s, ST_META_PUT, err, "ss", name, text) : error_oom(err);
}

static int rules_put(struct store *s, const char *digest, const json_t *rules, const json_t *words,
                     struct error *err)
{
        _cleanup_(freep) char *was = NULL;
        int r = meta_read(s, "rules_digest", &was, err);

        if (r < 0 || (was && strcmp(was, digest) == 0))
                return r < 0 ? r : 0;
        r = store_meta_put(s, "rules", rules, err);
        if (r == 0)
                r = store_meta_put(s, "words", words, err);
        return r < 0 ? r : store_run(s, ST_META_PUT, err, "ss", "rules_digest", digest);
}

int store_rules(struct store_scan *scan, const char *digest, const json_t *rules,
                const json_t *words, struct error *err)
{
        int r = record_step(scan, err);

        return r < 0 ? r
                     : step_end(scan->store, rules_put(scan->store, digest, rules, words, err),
                                err);
}

static int basis_row(struct store *s, const json_t *parts, int64_t *ret, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        _cleanup_(freep) char *text = json_canonical(parts);
        int r;

        if (!text)
                return error_oom(err);
        r = store_row(s, ST_BASIS_FIND, &st, err, "s", text);
        if (r > 0)
                *ret = sqlite3_column_int64(st, 0);
        if (r != 0)
                return r < 0 ? r : 0;
        r = store_run(s, ST_BASIS_ADD, err, "s", text);
        *ret = sqlite3_last_insert_rowid(s->db);
        return r;
}

static int judged_by(struct store_scan *scan, const json_t *parts, uint64_t date_usec,
                     struct error *err)
{
        int64_t basis = 0;
        int r = basis_row(scan->store, parts, &basis, err);

        return r < 0 ? r
                     : store_run(scan->store, ST_SCAN_BASIS, err, "iii", basis, (int64_t)date_usec,
                                 scan->number);
}

int store_judged_by(struct store_scan *scan, const json_t *parts, uint64_t date_usec,
                    struct error *err)
{
        int r = record_step(scan, err);

        return r < 0 ? r : step_end(scan->store, judged_by(scan, parts, date_usec, err), err);
}

json_t *store_meta_json(struct store *s, const char *name)
{
        _cleanup_(freep) char *text = NULL;

        if (meta_read(s, name, &text, NULL) < 0 || !text)
                return NULL;
        return json_loads(text, JSON_DECODE_ANY, NULL);
}

json_t *store_rules_data(struct store *s)
{
        return store_meta_json(s, "rules");
}

json_t *store_words(struct store *s)
{
        return store_meta_json(s, "words");
}

int store_rules_refresh(struct store *s, struct error *err)
{
        _cleanup_(freep) char *digest = NULL;
        json_auto_t *list = NULL;
        json_t *rule;
        size_t i;
        int r = meta_read(s, "rules_digest", &digest, err);

        if (r <= 0 || !digest || (s->rules_digest && strcmp(digest, s->rules_digest) == 0))
                return r < 0 ? r : 0;
        list = store_rules_data(s);
        json_decref(s->rules);
        s->rules = json_object();
        free(s->rules_digest);
        s->rules_digest = TAKE_PTR(digest);
        json_array_foreach(list, i, rule)
        {
                const char *id = json_string_value(json_object_get(rule, "id"));

                if (id)
                        (void)json_object_set(s->rules, id, rule);
        }
        return 0;
}
