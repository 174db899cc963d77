/* Findings with the rule they come from and what was read for them. */
#include "daemon/store/internal.h"

#include <errno.h>
#include <string.h>

/* ---- rules -------------------------------------------------------------------------------------
 */

static json_t *rules_by_id(const json_t *rules)
{
        json_t *by_id = json_object(), *rule;
        size_t i;

        json_array_foreach((json_t *)rules, i, rule)
        {
                const char *id = json_string_value(json_object_get(rule, "id"));

                if (id)
                        (void)json_object_set(by_id, id, rule);
        }
        return by_id;
}

/* A new reference to the rules in force, parsed once as long as they stay the same. */
static int take_rules(struct store *s, json_t **ret, struct error *err)
{
        _cleanup_(freep) char *digest = NULL;
        json_auto_t *rules = NULL;
        int r = metadata_get(s, "rules_digest", &digest, err);

        if (r < 0)
                return r;
        if (!s->rules_by_id || strcmp(s->rules_digest, text_or_empty(digest)) != 0) {
                rules = store_rules_data(s);
                json_decref(s->rules_by_id);
                s->rules_by_id = rules_by_id(rules);
                (void)snprintf(s->rules_digest, sizeof(s->rules_digest), "%s",
                               text_or_empty(digest));
        }
        *ret = json_incref(s->rules_by_id);
        return *ret ? 0 : error_oom(err);
}

/* ---- evidence
 * ------------------------------------------------------------------------------------- */

static void add_once(json_t *to, json_t *item)
{
        json_t *there;
        size_t i;

        json_array_foreach(to, i, there) if (json_equal(there, item)) return;
        (void)json_array_append(to, item);
}

/* Of the facts that the finding names, in the resource as it stands; then what was read beside. */
static json_t *evidence_of(const json_t *names, const json_t *facts, const json_t *records,
                           const json_t *beside)
{
        json_t *evidence = json_array(), *item;
        size_t i;

        json_array_foreach((json_t *)names, i, item)
        {
                const char *name = json_string_value(item);
                json_t *fact = name ? json_object_get(facts, name) : NULL;
                json_t *index = json_object_get(fact, "evidence");
                json_t *record = json_is_integer(index) && json_integer_value(index) >= 0
                                         ? json_array_get(records, json_integer_value(index))
                                         : NULL;

                if (record)
                        add_once(evidence, record);
        }
        json_array_foreach((json_t *)beside, i, item) add_once(evidence, item);
        return evidence;
}

/* ---- conditions
 * -------------------------------------------------------------------------------------- */

static int verdict_conditions(struct conditions *c, const struct store_filter *f, struct error *err)
{
        enum verdict verdict;
        enum severity severity;

        if (f->verdict) {
                if (verdict_from_name(f->verdict, &verdict) < 0)
                        return error_set(err, -EINVAL, "'%s' is no verdict", f->verdict);
                conditions_number(c, "f.verdict = ?", verdict);
        } else if (!f->all) {
                conditions_number(c, "f.verdict <> ?", VERDICT_PASS);
        }
        if (f->min_severity) {
                if (severity_from_name(f->min_severity, &severity) < 0)
                        return error_set(err, -EINVAL, "'%s' is no severity", f->min_severity);
                conditions_number(c, "f.severity >= ?", severity);
        }
        if (!f->all)
                conditions_number(c, "(f.closed IS NULL AND ? = 0)", 0);
        return 0;
}

static int finding_conditions(struct conditions *c, const struct store_filter *f, struct error *err)
{
        conditions_text(c, "f.provider = ?", f->provider);
        conditions_text(c, "f.account = ?", f->account);
        conditions_text(c, "f.scope = ?", f->scope);
        conditions_text(c, "f.region = ?", f->region);
        conditions_text(c, "f.kind = ?", f->kind);
        conditions_text(c, "r.service_type = ?", f->service_type);
        conditions_text(c, "coalesce(r.area, 'unknown') = ?", f->area);
        conditions_text(c, "r.topic = ?", f->topic);
        conditions_text(c, "f.rule = ?", f->rule);
        conditions_text(
                c,
                "f.id IN (SELECT id FROM findings WHERE id = ? OR subject = ? OR resource_id = ?"
                " UNION SELECT g.id FROM resources n JOIN findings g ON g.subject = n.key WHERE "
                "n.name = ?)",
                f->id);
        conditions_text(c,
                        "(instr(lower(coalesce(f.resource_id, '')), lower(?))"
                        " OR instr(lower(coalesce(r.name, '')), lower(?))"
                        " OR instr(lower(coalesce(f.kind, '')), lower(?)))",
                        f->text);
        return verdict_conditions(c, f, err);
}

/* ---- rows
 * ------------------------------------------------------------------------------------------------
 */

#define FINDING_COLUMNS                                                                            \
        "f.id, f.rule, f.provider, f.account, f.scope, f.region, f.kind, f.resource_id, r.name,"   \
        " f.resource_key, f.why_en, f.why_fr, f.arithmetic, f.applies_from, f.state, f.verdict,"   \
        " f.severity, f.first_seen, f.changed, f.closed,"                                          \
        " max(f.changed, coalesce(a.judged, 0))"
#define FINDING_JSON ", f.facts, f.evidence, f.waiver, r.facts, r.evidence"
#define FINDING_TABLES                                                                             \
        " FROM findings f LEFT JOIN resources r ON r.key = f.resource_key"                         \
        " LEFT JOIN accounts a ON a.name = f.account"
#define FINDING_ORDER                                                                              \
        " ORDER BY f.severity DESC, f.rule, f.verdict, f.provider, f.account, f.scope, f.region,"  \
        " f.kind, f.resource_id, f.id"

enum {
        COLUMN_VERDICT = 15,
        COLUMN_SEVERITY,
        COLUMN_FIRST_SEEN,
        COLUMN_CHANGED,
        COLUMN_CLOSED,
        COLUMN_LAST_SEEN,
        COLUMN_JSON,
        N_JSON = 5,
};

struct finding_times {
        char first_seen[CLOCK_TEXT_MAX], last_seen[CLOCK_TEXT_MAX], changed[CLOCK_TEXT_MAX],
                closed[CLOCK_TEXT_MAX];
};

static int finding_texts(struct sql *q, struct store_finding *f, struct finding_times *t,
                         struct error *err)
{
        int verdict = sql_int(q, COLUMN_VERDICT), severity = sql_int(q, COLUMN_SEVERITY);
        bool closed = sql_text(q, COLUMN_CLOSED);

        if (verdict < 0 || verdict >= VERDICT_MAX || severity < 0 || severity >= SEVERITY_MAX)
                return error_set(err, -EUCLEAN, "store: finding of no known verdict");
        *f = (struct store_finding){
                .id = sql_text(q, 0),
                .rule = sql_text(q, 1),
                .place = { sql_text(q, 2), sql_text(q, 3), sql_text(q, 4), sql_text(q, 5) },
                .kind = sql_text(q, 6),
                .resource_id = sql_text(q, 7),
                .resource_name = sql_text(q, 8),
                .resource_key = sql_text(q, 9),
                .why = { [LANGUAGE_EN] = sql_text(q, 10), [LANGUAGE_FR] = sql_text(q, 11) },
                .arithmetic = sql_text(q, 12),
                .applies_from = sql_text(q, 13),
                .state = sql_text(q, 14),
                .verdict = verdict_name((enum verdict)verdict),
                .severity = severity_name((enum severity)severity),
                .first_seen = clock_format_rfc3339(sql_u64(q, COLUMN_FIRST_SEEN), t->first_seen),
                .changed = clock_format_rfc3339(sql_u64(q, COLUMN_CHANGED), t->changed),
        };
        if (closed)
                f->closed = clock_format_rfc3339(sql_u64(q, COLUMN_CLOSED), t->closed);
        f->last_seen = clock_format_rfc3339(sql_u64(q, closed ? COLUMN_CLOSED : COLUMN_LAST_SEEN),
                                            t->last_seen);
        return 0;
}

static int give_finding(struct sql *q, const json_t *rules, bool whole,
                        int (*cb)(void *user, const struct store_finding *finding), void *user,
                        struct error *err)
{
        json_t *values[N_JSON] = {
                0
        }; /* facts, evidence, waiver; the resource's facts, evidence */
        json_auto_t *evidence = NULL;
        struct finding_times times;
        struct store_finding f;
        int r = finding_texts(q, &f, &times, err);

        for (int i = 0; whole && i < N_JSON && r >= 0; i++)
                r = sql_json(q, COLUMN_JSON + i, &values[i], err);
        if (r >= 0) {
                evidence = evidence_of(values[0], values[3], values[4], values[1]);
                f.facts = values[0];
                f.evidence = evidence;
                f.waiver = values[2];
                f.rule_data = f.rule ? json_object_get(rules, f.rule) : NULL;
                r = evidence ? cb(user, &f) : error_oom(err);
        }
        for (int i = 0; i < N_JSON; i++)
                json_decref(values[i]);
        return r;
}

int store_each_finding(struct store *s, const struct store_filter *f,
                       int (*cb)(void *user, const struct store_finding *finding), void *user,
                       struct error *err)
{
        static const char *const whole[2] = { "SELECT " FINDING_COLUMNS FINDING_JSON FINDING_TABLES,
                                              FINDING_ORDER };
        static const char *const plain[2] = { "SELECT " FINDING_COLUMNS FINDING_TABLES,
                                              FINDING_ORDER };
        static const char *const bare[2] = { "SELECT " FINDING_COLUMNS FINDING_TABLES, "" };
        const char *const *sql = f->unordered ? bare : f->plain ? plain : whole;
        _cleanup_(sql_givep) struct sql *q = NULL;
        json_auto_t *rules = NULL;
        struct conditions c = { 0 };
        int r = finding_conditions(&c, f, err);

        if (r >= 0)
                r = take_rules(s, &rules, err);
        if (r >= 0)
                r = conditions_take(&q, s, &c, sql, err);
        if (r < 0)
                return r;
        while ((r = sql_step(q, err)) > 0) {
                r = give_finding(q, rules, sql == whole, cb, user, err);
                if (r != 0)
                        return r;
        }
        return r;
}
