/* What the judge has to say beside verdicts: descriptions of resources, rules and words. */
#include "daemon/base/json.h"
#include "daemon/store/internal.h"

#include <errno.h>
#include <string.h>

/* ---- descriptions ------------------------------------------------------------------------------
 */

static int description_differs(struct store *s, const char *key, const char *text,
                               struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        int r = sql_take(&q, &s->cache, "SELECT description FROM resources WHERE key = ?1", err);

        if (r < 0)
                return r;
        sql_bind_text(q, 1, key);
        r = sql_step(q, err);
        if (r <= 0)
                return r < 0 ? r : error_set(err, -ENOENT, "store: no resource has key %s", key);
        return strcmp(text_or_empty(sql_text(q, 0)), text) != 0;
}

static int write_description(struct store *s, const char *key, const char *text,
                             const json_t *description, struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        int r = sql_take(&q, &s->cache,
                         "UPDATE resources SET description = ?2, country = ?3, area = ?4"
                         " WHERE key = ?1",
                         err);

        if (r < 0)
                return r;
        sql_bind_text(q, 1, key);
        sql_bind_text(q, 2, text);
        sql_bind_text(q, 3, json_member_string(description, "country"));
        sql_bind_text(q, 4, json_member_string(description, "area"));
        return write_row(s, q, err);
}

int store_describe(struct store_scan *scan, const char *resource_key, const json_t *description,
                   struct error *err)
{
        _cleanup_(freep) char *text = json_canonical(description);
        int r = scan_usable(scan, err);

        if (!text)
                return error_oom(err);
        if (r >= 0)
                r = description_differs(scan->store, resource_key, text, err);
        if (r <= 0)
                return r;
        r = write_begin(scan->store, err);
        if (r < 0)
                return r;
        return write_end(scan->store,
                         write_description(scan->store, resource_key, text, description, err), err);
}

/* ---- rules and words
 * ------------------------------------------------------------------------------- */

static int write_rules(struct store *s, const char *digest, const char *rules, const char *words,
                       struct error *err)
{
        int r = metadata_set(s, "rules", rules, err);

        if (r >= 0)
                r = metadata_set(s, "words", words, err);
        return r < 0 ? r : metadata_set(s, "rules_digest", digest, err);
}

int store_rules(struct store_scan *scan, const char *digest, const json_t *rules,
                const json_t *words, struct error *err)
{
        _cleanup_(freep) char *there = NULL, *rules_text = NULL, *words_text = NULL;
        int r = scan_usable(scan, err);

        if (r >= 0)
                r = metadata_get(scan->store, "rules_digest", &there, err);
        if (r < 0 || (there && strcmp(there, digest) == 0))
                return r;
        rules_text = json_canonical(rules);
        words_text = json_canonical(words);
        if (!rules_text || !words_text)
                return error_oom(err);
        r = write_begin(scan->store, err);
        if (r < 0)
                return r;
        return write_end(scan->store, write_rules(scan->store, digest, rules_text, words_text, err),
                         err);
}

static json_t *metadata_json(struct store *s, const char *name)
{
        _cleanup_(freep) char *text = NULL;

        if (metadata_get(s, name, &text, NULL) < 0 || !text)
                return NULL;
        return json_loads(text, JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);
}

json_t *store_rules_data(struct store *s)
{
        return metadata_json(s, "rules");
}

json_t *store_words(struct store *s)
{
        return metadata_json(s, "words");
}

/* ---- pruning
 * ------------------------------------------------------------------------------------------ */

int store_prune(struct store *s, uint64_t older_than_usec, struct error *err)
{
        static const struct {
                const char *sql;
                bool row;
        } steps[] = {
                { "DELETE FROM findings WHERE closed < ?1", true },
                { "DELETE FROM resources WHERE gone = 1 AND coalesce(last_seen, first_seen) < ?1"
                  " AND NOT EXISTS (SELECT 1 FROM findings f WHERE f.subject = resources.key)",
                  true },
                { "DELETE FROM partial WHERE resource NOT IN (SELECT number FROM resources)",
                  false },
                { "DELETE FROM finding_history WHERE time < ?1", false },
                { "DELETE FROM outbox WHERE sent < ?1", false },
                { "DELETE FROM scans WHERE started < ?1 AND number < (SELECT max(number) FROM "
                  "scans)",
                  false },
        };
        int r = s->scan ? error_set(err, -EBUSY, "store: a scan is being recorded")
                        : write_begin(s, err);

        if (r < 0)
                return r;
        for (size_t i = 0; i < ELEMENTSOF(steps) && r >= 0; i++) {
                _cleanup_(sql_givep) struct sql *q = NULL;

                r = sql_take(&q, &s->cache, steps[i].sql, err);
                if (r < 0)
                        break;
                if (strstr(steps[i].sql, "?1"))
                        sql_bind_u64(q, 1, older_than_usec);
                r = write_run(s, q, err);
                if (r >= 0 && steps[i].row)
                        s->rows_written += (uint64_t)sqlite3_changes(s->db);
        }
        return write_end(s, r, err);
}
