#include "daemon/base/number.h"
#include "daemon/store/filter.h"
#include "daemon/store/slice.h"

#include <errno.h>
#include <string.h>

/* Columns of the query, in order. */
enum {
        C_FINDING,
        C_RESOURCE,
        C_PROVIDER,
        C_ACCOUNT,
        C_SCOPE,
        C_REGION,
        C_RULE,
        C_VERDICT,
        C_SEVERITY,
        C_WHY_EN,
        C_WHY_FR,
        C_ARITHMETIC,
        C_APPLIES,
        C_STATE,
        C_FACTS,
        C_EVIDENCE,
        C_FIRST,
        C_CHANGED,
        C_CLOSED,
        C_LAST,
        C_JUDGED,
        C_KIND,
        C_ID,
        C_NAME,
        C_RESOURCE_FACTS,
        C_RESOURCE_EVIDENCE,
        C_WAIVER,
        C_FLAPPING,
        C_SAYING,
};

static const char finding_select[] =
        "SELECT f.finding, f.resource, o.provider, o.account, o.scope, o.region, f.rule, f.verdict,"
        " f.severity, y.why_en, y.why_fr, y.arithmetic, y.applies_from, y.state, y.facts,"
        " y.evidence, f.first_seen, f.changed, f.closed, f.last_seen, a.judged, r.kind, r.id,"
        " r.name, r.facts, r.evidence, y.waiver, EXISTS (SELECT 1 FROM flap WHERE subject = 0"
        " AND row = f.finding), f.saying FROM ";
/* Four loops over indexes in the order of the answer: only the findings of one rule at one place
 * are ever sorted. */
static const char finding_loops[] =
        "severity v CROSS JOIN rule u CROSS JOIN place o CROSS JOIN finding f INDEXED BY"
        " finding_order ON f.severity = v.severity AND f.rule = u.rule AND f.place = o.place";
/* Of some resources only. */
static const char finding_few[] =
        "finding f INDEXED BY finding_subject CROSS JOIN severity v ON v.severity = f.severity"
        " CROSS JOIN rule u ON u.rule = f.rule CROSS JOIN place o ON o.place = f.place";
#define RESOURCE_JOINS                                                                             \
        " LEFT JOIN resource r ON r.resource = f.resource"                                         \
        " LEFT JOIN description d ON d.description = r.description"

/* What of findings is asked, and how the answer is put. */
struct shape {
        const char *select, *loops, *joins;
        const char *rule; /* the condition on it */
        const char *tail;
};

static const struct shape finding_rows = {
        .select = finding_select,
        .loops = finding_loops,
        .joins = " CROSS JOIN saying y ON y.saying = f.saying" RESOURCE_JOINS
                 " LEFT JOIN account a ON a.account = o.account",
        .rule = "u.rule = ?",
        .tail = " ORDER BY v.severity DESC, u.rule, o.provider, o.account, o.scope, o.region,"
                " r.kind, r.id",
};
/* Summed as the index has them, before anything else is read: few sums for millions of rows. */
static const struct shape finding_sums = {
        .select = "SELECT f.n, f.rule, f.severity, f.verdict, o.account FROM ",
        .loops = "(SELECT severity, rule, place, verdict, closed, count(*) n FROM finding"
                 " INDEXED BY finding_order WHERE closed IS NULL"
                 " GROUP BY severity, rule, place, verdict) f"
                 " CROSS JOIN place o ON o.place = f.place",
        .joins = "",
        .rule = "f.rule = ?",
        .tail = "",
};
/* Of some resources only. */
static const struct shape finding_counts = {
        .select = "SELECT count(*), f.rule, f.severity, f.verdict, o.account FROM ",
        .loops = "finding f INDEXED BY finding_order CROSS JOIN place o ON o.place = f.place",
        .joins = RESOURCE_JOINS,
        .rule = "f.rule = ?",
        .tail = " AND f.closed IS NULL GROUP BY f.severity, f.rule, f.place, f.verdict",
};

/* ---- the query ---------------------------------------------------------------------------------
 */

enum { FEW_MAX = 64 };

/* Resources that an id, a name or a key means. */
struct few {
        int64_t rows[FEW_MAX];
        size_t n;
};

static int find_few(struct store *s, const char *what, struct few *ret, struct error *err)
{
        static const enum statement ways[] = { ST_RESOURCES_OF_ID, ST_RESOURCES_OF_NAME,
                                               ST_RESOURCE_OF_KEY_ANYWHERE };
        size_t n = strlen(what) == RESOURCE_KEY_MAX - 1 ? 3 : 2;

        for (size_t i = 0; i < n && ret->n == 0; i++) {
                _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
                int r = store_row(s, ways[i], &st, err, "s", what);

                while (r > 0 && ret->n < FEW_MAX) {
                        ret->rows[ret->n++] = sqlite3_column_int64(st, 0);
                        r = store_next(s, st, err);
                }
                if (r < 0)
                        return r;
        }
        return 0;
}

static int query_id(struct query *q, struct store *s, const struct shape *shape,
                    const struct store_filter *f, struct error *err)
{
        struct few few = { .n = 0 };
        int r = f->id ? find_few(s, f->id, &few, err) : 0;

        query_add(q, shape->select);
        query_add(q, few.n > 0 ? finding_few : shape->loops);
        query_add(q, shape->joins);
        query_add(q, " WHERE 1");
        for (size_t i = 0; i < few.n; i++)
                buffer_printf(&q->sql, "%s%lld", i > 0 ? ", " : " AND f.resource IN (",
                              (long long)few.rows[i]);
        if (few.n > 0)
                query_add(q, ")");
        else
                query_where(q,
                            "length(?) = 32 AND vigie_finding(o.provider, o.scope, o.region,"
                            " f.rule, coalesce(r.kind, ''), coalesce(r.id, '')) = ?",
                            f->id);
        return r;
}

static int query_words(struct query *q, const struct store_filter *f, struct error *err)
{
        enum verdict verdict;
        enum severity severity;

        if (f->verdict && verdict_from_name(f->verdict, &verdict) < 0)
                return error_set(err, -EINVAL, "'%s' is no verdict", f->verdict);
        if (f->min_severity && severity_from_name(f->min_severity, &severity) < 0)
                return error_set(err, -EINVAL, "'%s' is no severity", f->min_severity);
        if (f->verdict)
                buffer_printf(&q->sql, " AND f.verdict = %d", (int)verdict);
        else if (!f->all)
                buffer_printf(&q->sql, " AND f.verdict <> %d", VERDICT_PASS);
        if (f->min_severity)
                buffer_printf(&q->sql, " AND f.severity >= %d", (int)severity);
        if (!f->all)
                query_add(q, " AND f.closed IS NULL");
        return 0;
}

static int finding_query(struct query *q, struct store *s, const struct shape *shape,
                         const struct store_filter *f, struct error *err)
{
        int r = query_id(q, s, shape, f, err);

        if (r == 0)
                r = query_words(q, f, err);
        query_where_place(q, f);
        query_where_resource(q, f);
        query_where(q, shape->rule, f->rule);
        query_add(q, shape->tail);
        return r;
}

/* ---- one finding -------------------------------------------------------------------------------
 */

/* The reply that a fact comes from, as an index; -1 when it says none. */
static int64_t reply_of(struct slice facts, const char *name)
{
        struct slice index = slice_member(slice_member(facts, name), "evidence");
        char number[24];
        int64_t n;

        if (!index.text || index.size_bytes >= sizeof(number))
                return -1;
        memcpy(number, index.text, index.size_bytes);
        number[index.size_bytes] = '\0';
        return number_parse_i64(number, &n) < 0 ? -1 : n;
}

static struct slice column_slice(sqlite3_stmt *st, int column)
{
        const char *text = column_text(st, column);

        return (struct slice){ text, text ? (size_t)sqlite3_column_bytes(st, column) : 0 };
}

/* Replies that were read: a page of a list is evidence of all that is on it. */
enum { REPLIES_KEPT = 256 };

struct reply {
        char *text;
        size_t size_bytes;
        json_t *value;
};

static void reply_done(struct reply *r)
{
        free(r->text);
        json_decref(r->value);
        *r = (struct reply){ 0 };
}

/* Where it is kept: FNV-1a, 32 bits. */
static struct reply *reply_kept(struct reply *replies, struct slice entry)
{
        uint32_t hash = UINT32_C(2166136261);

        for (size_t i = 0; i < entry.size_bytes; i++)
                hash = (hash ^ (unsigned char)entry.text[i]) * UINT32_C(16777619);
        return &replies[hash % REPLIES_KEPT];
}

/* Borrowed; NULL when it is no JSON. */
static json_t *reply_read(struct reply *replies, struct slice entry)
{
        struct reply *r = reply_kept(replies, entry);

        if (r->value && r->size_bytes == entry.size_bytes &&
            memcmp(r->text, entry.text, entry.size_bytes) == 0)
                return r->value;
        reply_done(r);
        r->text = malloc(entry.size_bytes);
        if (!r->text)
                return NULL;
        memcpy(r->text, entry.text, entry.size_bytes);
        r->size_bytes = entry.size_bytes;
        r->value = json_loadb(entry.text, entry.size_bytes, 0, NULL);
        return r->value;
}

/* The replies that the facts come from, each once, then what was read beside them. */
static json_t *evidence_of(sqlite3_stmt *st, const json_t *names, const json_t *beside,
                           struct reply *kept)
{
        const struct slice facts = column_slice(st, C_RESOURCE_FACTS);
        const struct slice replies = column_slice(st, C_RESOURCE_EVIDENCE);
        json_t *list = json_array(), *name;
        uint64_t taken = 0; /* the first 64 replies; the rest may be named twice */
        size_t i;

        json_array_foreach((json_t *)names, i, name)
        {
                const char *text = json_string_value(name);
                int64_t index = text ? reply_of(facts, text) : -1;
                struct slice entry;

                if (index < 0 || (index < 64 && (taken >> index & 1)))
                        continue;
                if (index < 64)
                        taken |= UINT64_C(1) << index;
                entry = slice_element(replies, (size_t)index);
                if (entry.text)
                        (void)json_array_append(list, reply_read(kept, entry));
        }
        (void)json_array_extend(list, (json_t *)beside);
        return list;
}

static const char *last_seen(sqlite3_stmt *st, char text[static 32])
{
        int column = sqlite3_column_type(st, C_CLOSED) == SQLITE_NULL ? C_JUDGED : C_LAST;

        /* found in a scan that is not over: it was judged since */
        if (sqlite3_column_type(st, column) == SQLITE_NULL ||
            (column == C_JUDGED &&
             sqlite3_column_int64(st, column) < sqlite3_column_int64(st, C_CHANGED)))
                column = C_CHANGED;
        return store_time(st, column, text);
}

/* What many findings say alike; kept while rows share it. */
struct said {
        int64_t row; /* 0: nothing */
        json_t *names, *beside, *waiver;
};

static void said_done(struct said *s)
{
        json_decref(s->names);
        json_decref(s->beside);
        json_decref(s->waiver);
        *s = (struct said){ 0 };
}

static int said_read(struct said *s, sqlite3_stmt *st)
{
        int64_t row = sqlite3_column_int64(st, C_SAYING);

        if (s->row == row)
                return 0;
        said_done(s);
        s->names = column_json(st, C_FACTS);
        s->beside = column_json(st, C_EVIDENCE);
        s->waiver = column_json(st, C_WAIVER);
        if (!s->names || !s->beside || !s->waiver != !column_text(st, C_WAIVER))
                return -EUCLEAN;
        s->row = row;
        return 0;
}

struct walk {
        struct store *store;
        int (*cb)(void *user, const struct store_finding *f);
        void *user;
        bool without_replies;
        struct said said;
        struct reply replies[REPLIES_KEPT];
};

static void finding_texts(struct store_finding *f, const struct store *s, sqlite3_stmt *st)
{
        f->rule = column_text(st, C_RULE);
        f->verdict = verdict_name((enum verdict)sqlite3_column_int64(st, C_VERDICT));
        f->severity = severity_name((enum severity)sqlite3_column_int64(st, C_SEVERITY));
        f->place = (struct place){ column_text(st, C_PROVIDER), column_text(st, C_ACCOUNT),
                                   column_text(st, C_SCOPE), column_text(st, C_REGION) };
        f->kind = column_text(st, C_KIND);
        f->resource_id = column_text(st, C_ID);
        f->resource_name = column_text(st, C_NAME);
        f->why[LANGUAGE_EN] = column_text(st, C_WHY_EN);
        f->why[LANGUAGE_FR] = column_text(st, C_WHY_FR);
        f->arithmetic = column_text(st, C_ARITHMETIC);
        f->applies_from = column_text(st, C_APPLIES);
        f->state = column_text(st, C_STATE);
        f->rule_data = json_object_get(s->rules, f->rule);
}

static char *key_of(const struct store_finding *f, char key[static RESOURCE_KEY_MAX])
{
        const struct resource r = { .provider = (char *)f->place.provider,
                                    .scope = (char *)f->place.scope,
                                    .region = (char *)f->place.region,
                                    .kind = (char *)f->kind,
                                    .id = (char *)f->resource_id };

        return f->resource_id ? resource_key(&r, key) : NULL;
}

static int give_finding(struct walk *w, sqlite3_stmt *st)
{
        json_auto_t *evidence = NULL;
        char id[FINDING_ID_MAX], key[RESOURCE_KEY_MAX], first[32], last[32], changed[32],
                closed[32];
        struct store_finding f = { .first_seen = store_time(st, C_FIRST, first),
                                   .last_seen = last_seen(st, last),
                                   .changed = store_time(st, C_CHANGED, changed),
                                   .closed = store_time(st, C_CLOSED, closed) };
        int64_t verdict = sqlite3_column_int64(st, C_VERDICT);
        int r = said_read(&w->said, st);

        if (r < 0)
                return r;
        evidence = w->without_replies ? json_array()
                                      : evidence_of(st, w->said.names, w->said.beside, w->replies);
        if (!evidence)
                return -ENOMEM;
        if (verdict < 0 || verdict >= VERDICT_MAX)
                return -EUCLEAN;
        finding_texts(&f, w->store, st);
        f.flapping = sqlite3_column_int64(st, C_FLAPPING) != 0;
        f.facts = w->said.names;
        f.evidence = evidence;
        f.waiver = w->said.waiver;
        f.id = finding_id(&f.place, f.rule, f.kind, f.resource_id, id);
        f.resource_key = key_of(&f, key);
        return w->cb(w->user, &f);
}

int store_each_finding(struct store *s, const struct store_filter *f,
                       int (*cb)(void *user, const struct store_finding *finding), void *user,
                       struct error *err)
{
        _cleanup_(query_done) struct query q = QUERY_INIT;
        _cleanup_(statement_finalizep) sqlite3_stmt *st = NULL;
        struct walk w = {
                .store = s, .cb = cb, .user = user, .without_replies = f->without_replies
        };
        int r = store_rules_refresh(s, err);

        if (r == 0)
                r = finding_query(&q, s, &finding_rows, f, err);
        if (r == 0)
                r = query_prepare(&q, s, &st, err);
        if (r == 0)
                r = store_next(s, st, err);
        while (r > 0) {
                r = give_finding(&w, st);
                r = r == 0 ? store_next(s, st, err) : query_outcome(r, err);
        }
        said_done(&w.said);
        for (size_t i = 0; i < REPLIES_KEPT; i++)
                reply_done(&w.replies[i]);
        return r;
}

int store_count_findings(struct store *s, const struct store_filter *f,
                         int (*cb)(void *user, const struct store_count *c), void *user,
                         struct error *err)
{
        _cleanup_(query_done) struct query q = QUERY_INIT;
        _cleanup_(statement_finalizep) sqlite3_stmt *st = NULL;
        bool some = f->kind || f->service_type || f->topic || f->area || f->text || f->id;
        int r = finding_query(&q, s, some ? &finding_counts : &finding_sums, f, err);

        if (r == 0)
                r = query_prepare(&q, s, &st, err);
        if (r == 0)
                r = store_next(s, st, err);
        while (r > 0) {
                struct store_count c = { .n = (uint64_t)sqlite3_column_int64(st, 0),
                                         .rule = column_text(st, 1),
                                         .severity = (enum severity)sqlite3_column_int(st, 2),
                                         .verdict = (enum verdict)sqlite3_column_int(st, 3),
                                         .account = column_text(st, 4) };

                if ((unsigned)c.severity >= SEVERITY_MAX || (unsigned)c.verdict >= VERDICT_MAX)
                        return error_set(err, -EUCLEAN, "%s: a finding is damaged", s->path);
                r = cb(user, &c);
                r = r == 0 ? store_next(s, st, err) : query_outcome(r, err);
        }
        return r;
}
