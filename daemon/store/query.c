/* Conditions of queries; resources, places, one thing by its name. */
#include "daemon/store/internal.h"

#include <errno.h>
#include <string.h>

/* ---- conditions --------------------------------------------------------------------------------
 */

static void add_condition(struct conditions *c, const char *sql)
{
        char *to = c->text + c->used, *end = c->text + sizeof(c->text) - 16;

        to = stpcpy(to, " AND ");
        for (; *sql && to < end; sql++) {
                *to++ = *sql;
                if (*sql == '?')
                        to += snprintf(to, 8, "%d", c->n);
        }
        *to = '\0';
        c->used = (size_t)(to - c->text);
        if (*sql)
                c->failed = -E2BIG;
}

static bool more_room(struct conditions *c)
{
        if (c->n < (int)ELEMENTSOF(c->values) && c->used + 64 < sizeof(c->text))
                return true;
        c->failed = -E2BIG;
        return false;
}

void conditions_text(struct conditions *c, const char *sql, const char *value)
{
        if (!value || !more_room(c))
                return;
        c->values[c->n++].text = value;
        add_condition(c, sql);
}

void conditions_number(struct conditions *c, const char *sql, int64_t value)
{
        if (!more_room(c))
                return;
        c->values[c->n++].number = value;
        add_condition(c, sql);
}

int conditions_take(struct sql **ret, struct store *s, const struct conditions *c,
                    const char *const sql[2], struct error *err)
{
        _cleanup_(freep) char *text = NULL;
        int r;

        if (c->failed < 0)
                return error_set(err, c->failed, "store: too many conditions");
        if (asprintf(&text, "%s WHERE 1%s%s", sql[0], c->text, sql[1]) < 0) {
                text = NULL;
                return error_oom(err);
        }
        r = sql_take(ret, &s->cache, text, err);
        for (int i = 0; i < c->n && r >= 0; i++)
                if (c->values[i].text)
                        sql_bind_text(*ret, i + 1, c->values[i].text);
                else
                        sql_bind_int(*ret, i + 1, c->values[i].number);
        return r;
}

/* ---- rows of resources
 * ------------------------------------------------------------------------------ */

int resource_row_read(struct sql *q, bool plain, struct resource *ret, struct error *err)
{
        char **const texts[] = { &ret->provider, &ret->account,  &ret->scope,        &ret->region,
                                 &ret->kind,     &ret->id,       &ret->name,         &ret->status,
                                 &ret->created,  &ret->modified, &ret->service_type, &ret->topic };
        json_t **const values[] = { &ret->tags, &ret->facts, &ret->evidence };
        int r = 0;

        *ret = (struct resource){ .details_complete = sql_int(q, 13),
                                  .detailed_usec = sql_u64(q, 14) };
        for (int i = 0; i < (int)ELEMENTSOF(texts); i++)
                *texts[i] = (char *)sql_text(q, i); /* never written through */
        (void)snprintf(ret->listed_digest, sizeof(ret->listed_digest), "%s",
                       text_or_empty(sql_text(q, 12)));
        for (int i = 0; !plain && i < (int)ELEMENTSOF(values) && r >= 0; i++)
                r = sql_json(q, 15 + i, values[i], err);
        if (r < 0)
                resource_row_done(ret);
        return r;
}

void resource_row_done(struct resource *r)
{
        json_decref(r->tags);
        json_decref(r->facts);
        json_decref(r->evidence);
        *r = (struct resource){ 0 };
}

static void resource_conditions(struct conditions *c, const struct store_filter *f)
{
        conditions_text(c, "r.provider = ?", f->provider);
        conditions_text(c, "r.account = ?", f->account);
        conditions_text(c, "r.scope = ?", f->scope);
        conditions_text(c, "r.region = ?", f->region);
        conditions_text(c, "r.kind = ?", f->kind);
        conditions_text(c, "r.service_type = ?", f->service_type);
        conditions_text(c, "coalesce(r.area, 'unknown') = ?", f->area);
        conditions_text(c, "r.topic = ?", f->topic);
        conditions_text(c, "(r.id = ? OR r.name = ? OR r.key = ?)", f->id);
        conditions_text(
                c,
                "(instr(lower(r.id), lower(?)) OR instr(lower(coalesce(r.name, '')), lower(?))"
                " OR instr(lower(r.kind), lower(?)))",
                f->text);
        conditions_text(c,
                        "EXISTS (SELECT 1 FROM findings f WHERE f.subject = r.key AND f.rule = ?"
                        " AND f.closed IS NULL)",
                        f->rule);
        if (!f->evidence && !f->topic)
                conditions_number(c, "(r.topic IS NULL AND ? = 0)", 0);
        if (!f->all)
                conditions_number(c, "r.gone = ?", 0);
}

enum {
        COLUMN_KEY = RESOURCE_COLUMNS_MAX,
        COLUMN_FIRST_SEEN,
        COLUMN_LAST_SEEN,
        COLUMN_STALE,
        COLUMN_GONE,
        COLUMN_DESCRIPTION,
        COLUMN_PASS, /* COVERAGE_COLUMNS */
};

static int give_resource(struct sql *q, bool plain,
                         int (*cb)(void *user, const struct store_resource *r), void *user,
                         struct error *err)
{
        char first_seen[CLOCK_TEXT_MAX], last_seen[CLOCK_TEXT_MAX];
        struct coverage_times times;
        struct resource resource;
        json_t *description = NULL;
        struct store_resource row = {
                .resource = &resource,
                .key = sql_text(q, COLUMN_KEY),
                .first_seen = clock_format_rfc3339(sql_u64(q, COLUMN_FIRST_SEEN), first_seen),
                .last_seen = clock_format_rfc3339(sql_u64(q, COLUMN_LAST_SEEN), last_seen),
                .stale = sql_int(q, COLUMN_STALE),
                .gone = sql_int(q, COLUMN_GONE),
        };
        int r = resource_row_read(q, plain, &resource, err);

        if (r < 0)
                return r;
        r = sql_json(q, COLUMN_DESCRIPTION, &description, err);
        if (r >= 0)
                r = coverage_row_read(q, COLUMN_PASS, &row.pass, &times, err);
        row.description = description;
        if (r >= 0)
                r = cb(user, &row);
        resource_row_done(&resource);
        json_decref(description);
        return r;
}

int store_each_resource(struct store *s, const struct store_filter *f,
                        int (*cb)(void *user, const struct store_resource *r), void *user,
                        struct error *err)
{
        static const char *const sql[2] = {
                "SELECT " RESOURCE_COLUMNS ", r.key, r.first_seen, coalesce(r.last_seen,"
                " max(coalesce(p.last_ok, 0), coalesce(t.seen, 0), r.first_seen)), " RESOURCE_STALE
                ", r.gone, r.description, " COVERAGE_COLUMNS " FROM resources r"
                " LEFT JOIN passes p ON p.number = r.pass LEFT JOIN partial t ON t.resource = "
                "r.number",
                " ORDER BY r.provider, r.account, r.scope, r.region, r.kind, r.id, r.number",
        };
        _cleanup_(sql_givep) struct sql *q = NULL;
        struct conditions c = { 0 };
        int r;

        resource_conditions(&c, f);
        r = conditions_take(&q, s, &c, sql, err);
        if (r < 0)
                return r;
        while ((r = sql_step(q, err)) > 0) {
                r = give_resource(q, f->plain, cb, user, err);
                if (r != 0)
                        return r;
        }
        return r;
}

/* ---- one by its name
 * -------------------------------------------------------------------------------------- */

static char *copy_text(const char *text, bool *failed)
{
        char *copy = text ? strdup(text) : NULL;

        *failed |= text && !copy;
        return copy;
}

/* The strings of the row are borrowed; those of the copy are owned. Takes the JSON of from. */
static struct resource *resource_own(struct resource *from)
{
        _cleanup_(resource_freep) struct resource *r = calloc(1, sizeof(*r));
        bool failed = false;

        if (!r)
                return NULL;
        *r = *from;
        r->tags = TAKE_PTR(from->tags);
        r->facts = TAKE_PTR(from->facts);
        r->evidence = TAKE_PTR(from->evidence);
        r->provider = copy_text(from->provider, &failed);
        r->account = copy_text(from->account, &failed);
        r->scope = copy_text(from->scope, &failed);
        r->region = copy_text(from->region, &failed);
        r->kind = copy_text(from->kind, &failed);
        r->id = copy_text(from->id, &failed);
        r->name = copy_text(from->name, &failed);
        r->status = copy_text(from->status, &failed);
        r->created = copy_text(from->created, &failed);
        r->modified = copy_text(from->modified, &failed);
        r->service_type = copy_text(from->service_type, &failed);
        r->topic = copy_text(from->topic, &failed);
        return failed ? NULL : TAKE_PTR(r);
}

int store_find(struct store *s, const struct place *place, const char *id, struct resource **ret,
               struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        struct resource row;
        int r = sql_take(
                &q, &s->cache,
                "SELECT " RESOURCE_COLUMNS " FROM resources r WHERE (r.id = ?1 OR r.name = ?1)"
                " AND r.provider = ?2 AND r.account = ?3 AND r.gone = 0"
                " ORDER BY r.scope = ?4 AND r.region = ?5 DESC, r.scope = ?4 DESC, r.id = ?1 DESC,"
                " r.scope, r.region, r.kind, r.id LIMIT 1",
                err);

        if (r < 0)
                return r;
        sql_bind_text(q, 1, id);
        sql_bind_text(q, 2, place->provider);
        sql_bind_text(q, 3, place->account);
        sql_bind_text(q, 4, text_or_empty(place->scope));
        sql_bind_text(q, 5, text_or_empty(place->region));
        r = sql_step(q, err);
        if (r <= 0)
                return r < 0 ? r : -ENOENT; /* an answer, no failure: err stays unset */
        r = resource_row_read(q, false, &row, err);
        if (r < 0)
                return r;
        *ret = resource_own(&row);
        resource_row_done(&row);
        return *ret ? 0 : error_oom(err);
}
