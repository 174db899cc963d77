#include "daemon/store/row.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/model/coverage.h"

#include <errno.h>
#include <string.h>

static void row_done(struct row *row)
{
        json_decref(row->resource.tags);
        json_decref(row->resource.facts);
        json_decref(row->resource.evidence);
        row->resource.tags = row->resource.facts = row->resource.evidence = NULL;
}

void row_end(struct row *row)
{
        row_done(row);
        json_decref(row->description);
}

static char *text_at(sqlite3_stmt *st, int column)
{
        return (char *)column_text(st, column); /* resource is handed out const */
}

/* What is left until a duty applies: as it changes every day, only the date is stored. */
static void put_days(json_t *description, uint64_t judged_usec)
{
        const uint64_t today_usec = judged_usec - judged_usec % USEC_PER_DAY;
        json_t *duty;
        size_t i;

        json_array_foreach(json_object_get(description, "duties"), i, duty)
        {
                const char *state = json_member_string(duty, "state"),
                           *date = json_member_string(duty, "applies_from");
                uint64_t from_usec = 0;

                if (!state || !date || strcmp(state, "upcoming") != 0 ||
                    clock_parse_iso8601(date, &from_usec) < 0)
                        continue;
                if (from_usec < today_usec)
                        from_usec = today_usec; /* its account was not judged since */
                (void)json_object_set_new(
                        duty, "in_days",
                        json_integer((json_int_t)((from_usec - today_usec) / USEC_PER_DAY)));
        }
}

int row_read(struct row *row, sqlite3_stmt *st)
{
        struct resource *r = &row->resource;
        const char *digest = column_text(st, C_DIGEST);

        row_done(row);
        *r = (struct resource){
                .provider = text_at(st, C_PROVIDER),
                .account = text_at(st, C_ACCOUNT),
                .scope = text_at(st, C_SCOPE),
                .region = text_at(st, C_REGION),
                .kind = text_at(st, C_KIND),
                .id = text_at(st, C_ID),
                .name = text_at(st, C_NAME),
                .status = text_at(st, C_STATUS),
                .created = text_at(st, C_CREATED),
                .modified = text_at(st, C_MODIFIED),
                .service_type = text_at(st, C_TYPE),
                .topic = text_at(st, C_TOPIC),
                .tags = row->without_facts ? json_object() : column_json(st, C_TAGS),
                .facts = row->without_facts ? json_object() : column_json(st, C_FACTS),
                .evidence = row->without_replies ? json_array() : column_json(st, C_EVIDENCE),
                .details_complete = sqlite3_column_int64(st, C_COMPLETE) != 0,
                .detailed_usec = (uint64_t)sqlite3_column_int64(st, C_DETAILED),
        };
        (void)snprintf(r->listed_digest, sizeof(r->listed_digest), "%s", digest ? digest : "");
        if (!r->tags || !r->facts || !r->evidence)
                return -EUCLEAN;
        if (row->description_row != sqlite3_column_int64(st, C_DESCRIPTION)) {
                json_decref(row->description);
                row->description = column_json(st, C_TEXT);
                row->description_row = sqlite3_column_int64(st, C_DESCRIPTION);
                if (sqlite3_column_type(st, C_JUDGED) != SQLITE_NULL)
                        put_days(row->description, (uint64_t)sqlite3_column_int64(st, C_JUDGED));
        }
        (void)resource_key(r, row->key);
        return 0;
}

static bool is_answer(sqlite3_stmt *st)
{
        return coverage_is_answer((enum coverage_state)sqlite3_column_int64(st, C_STATE));
}

bool row_is_stale(sqlite3_stmt *st)
{
        if (sqlite3_column_type(st, C_GONE) != SQLITE_NULL)
                return false;
        if (sqlite3_column_int64(st, C_MISSING) > 0)
                return true;
        /* seen before its pass failed is fresh */
        return !is_answer(st) &&
               (sqlite3_column_type(st, C_FRESH) == SQLITE_NULL ||
                sqlite3_column_int64(st, C_FRESH_SCAN) != sqlite3_column_int64(st, C_SCAN));
}

const char *row_last_seen(sqlite3_stmt *st, char text[static 32])
{
        int column = C_LAST_OK;

        if (sqlite3_column_type(st, C_LAST) != SQLITE_NULL)
                column = C_LAST;
        else if (!is_answer(st) && sqlite3_column_type(st, C_FRESH) != SQLITE_NULL)
                column = C_FRESH;
        if (sqlite3_column_int64(st, column) < sqlite3_column_int64(st, C_FIRST))
                column = C_FIRST;
        return store_time(st, column, text);
}

static char *dup_at(sqlite3_stmt *st, int column, bool *failed)
{
        const char *text = column_text(st, column);
        char *copy = text ? strdup(text) : NULL;

        *failed = *failed || (text && !copy);
        return copy;
}

int row_copy(struct resource **ret, sqlite3_stmt *st, struct row *row)
{
        const struct place place = { row->resource.provider, row->resource.account,
                                     row->resource.scope, row->resource.region };
        _cleanup_(resource_freep) struct resource *r = resource_new(&place, row->resource.kind);
        bool failed = false;

        if (!r)
                return -ENOMEM;
        r->id = dup_at(st, C_ID, &failed);
        r->name = dup_at(st, C_NAME, &failed);
        r->status = dup_at(st, C_STATUS, &failed);
        r->created = dup_at(st, C_CREATED, &failed);
        r->modified = dup_at(st, C_MODIFIED, &failed);
        r->service_type = dup_at(st, C_TYPE, &failed);
        r->topic = dup_at(st, C_TOPIC, &failed);
        if (failed)
                return -ENOMEM;
        json_decref(r->tags);
        json_decref(r->facts);
        json_decref(r->evidence);
        r->tags = TAKE_PTR(row->resource.tags);
        r->facts = TAKE_PTR(row->resource.facts);
        r->evidence = TAKE_PTR(row->resource.evidence);
        r->details_complete = row->resource.details_complete;
        r->detailed_usec = row->resource.detailed_usec;
        memcpy(r->listed_digest, row->resource.listed_digest, sizeof(r->listed_digest));
        *ret = TAKE_PTR(r);
        return 0;
}
