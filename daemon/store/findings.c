/* The life of findings. A subject is judged whole: what is not said of it again is closed. */
#include "daemon/base/buffer.h"
#include "daemon/base/json.h"
#include "daemon/store/internal.h"

#include <errno.h>
#include <string.h>

enum { DIGEST_BYTES_MAX = 16 * 1024 * 1024, ID_DIGITS = 32 };

static bool is_open(enum verdict verdict)
{
        return verdict == VERDICT_FAIL || verdict == VERDICT_UNKNOWN;
}

/* ---- digests -----------------------------------------------------------------------------------
 */

static int digest_texts(const char *const *texts, size_t n, char hex[static SHA256_HEX_MAX])
{
        struct buffer b = BUFFER_INIT(DIGEST_BYTES_MAX);
        int r;

        for (size_t i = 0; i < n; i++) /* the NUL keeps the parts apart */
                buffer_append(&b, text_or_empty(texts[i]), strlen(text_or_empty(texts[i])) + 1);
        r = buffer_error(&b);
        if (r >= 0)
                (void)digest_sha256_hex(b.data, b.size_bytes, hex);
        buffer_done(&b);
        return r;
}

/* The account's name is the operator's word and no part of the identity, but where no scope is
 * known. */
static const char *scope_of(const struct place *place)
{
        return *text_or_empty(place->scope) ? place->scope : text_or_empty(place->account);
}

static int finding_id(const struct judgement *j, char id[static ID_DIGITS + 1])
{
        const char *const parts[] = { j->rule,         j->place.provider, scope_of(&j->place),
                                      j->place.region, j->kind,           j->resource_id };
        char hex[SHA256_HEX_MAX];
        int r = digest_texts(parts, ELEMENTSOF(parts), hex);

        if (r < 0)
                return r;
        memcpy(id, hex, ID_DIGITS);
        id[ID_DIGITS] = '\0';
        return 0;
}

/* Of what the finding says. The evidence is not in it: the same is read anew in every scan. */
static int finding_digest(const struct judgement *j, char hex[static SHA256_HEX_MAX])
{
        _cleanup_(freep) char *facts = j->facts ? json_canonical(j->facts) : NULL;
        const char *const parts[] = {
                verdict_name(j->verdict),
                severity_name(j->severity),
                j->why[LANGUAGE_EN],
                j->why[LANGUAGE_FR],
                j->arithmetic,
                j->applies_from,
                j->state,
                facts,
        };

        return j->facts && !facts ? -ENOMEM : digest_texts(parts, ELEMENTSOF(parts), hex);
}

/* ---- events and history
 * ------------------------------------------------------------------------------ */

static int why_set(json_t *fields, const char *en, const char *fr)
{
        json_t *why = json_object();

        if (fields_set(why, "en", en) < 0 || fields_set(why, "fr", fr) < 0) {
                json_decref(why);
                return -ENOMEM;
        }
        return json_object_set_new(fields, "why", why) < 0 ? -ENOMEM : 0;
}

/* Says what the row has now. */
static int tell(struct store_scan *scan, enum event_kind kind, const char *id, enum verdict verdict,
                struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        json_auto_t *fields = NULL;
        int r = sql_take(&q, &scan->store->cache,
                         "SELECT f.provider, f.account, f.scope, f.region, f.rule, f.severity,"
                         " f.resource_id, f.kind, r.name, f.why_en, f.why_fr FROM findings f"
                         " LEFT JOIN resources r ON r.key = f.resource_key WHERE f.id = ?1",
                         err);

        if (r < 0)
                return r;
        sql_bind_text(q, 1, id);
        r = sql_step(q, err);
        if (r < 0)
                return r;
        fields = fields_new(
                &(struct place){ sql_text(q, 0), sql_text(q, 1), sql_text(q, 2), sql_text(q, 3) });
        if (!fields || fields_set(fields, "rule", sql_text(q, 4)) < 0 ||
            fields_set(fields, "severity", severity_name((enum severity)sql_int(q, 5))) < 0 ||
            fields_set(fields, "resource", sql_text(q, 6)) < 0 ||
            fields_set(fields, "kind", sql_text(q, 7)) < 0 ||
            fields_set(fields, "name", sql_text(q, 8)) < 0 ||
            fields_set(fields, "verdict", verdict_name(verdict)) < 0 ||
            fields_set(fields, "finding", id) < 0 ||
            why_set(fields, sql_text(q, 9), sql_text(q, 10)) < 0)
                return error_oom(err);
        return outbox_add_take(scan, kind, TAKE_PTR(fields), err);
}

static int note_history(struct store_scan *scan, const char *id, struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        int r = sql_take(
                &q, &scan->store->cache,
                "INSERT INTO finding_history (finding, time, scan, verdict, severity, closed, "
                "why_en)"
                " SELECT id, ?2, ?3, verdict, severity, closed IS NOT NULL, why_en FROM findings"
                " WHERE id = ?1",
                err);

        if (r < 0)
                return r;
        sql_bind_text(q, 1, id);
        sql_bind_u64(q, 2, scan->now_usec);
        sql_bind_text(q, 3, scan->id);
        return write_run(scan->store, q, err);
}

/* ---- closing
 * -------------------------------------------------------------------------------------------- */

static int close_finding(struct store_scan *scan, const char *id, enum verdict was,
                         struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        int r = sql_take(&q, &scan->store->cache,
                         "UPDATE findings SET closed = ?2, changed = ?2 WHERE id = ?1", err);

        if (r < 0)
                return r;
        sql_bind_text(q, 1, id);
        sql_bind_u64(q, 2, scan->now_usec);
        r = write_row(scan->store, q, err);
        if (r >= 0)
                r = note_history(scan, id, err);
        return r < 0 || !is_open(was) ? r : tell(scan, EVENT_FINDING_CLOSED, id, was, err);
}

/* ---- the subject
 * ------------------------------------------------------------------------------------------ */

static struct known_finding *add_known(struct store_scan *scan)
{
        if (scan->n_findings == scan->findings_allocated) {
                size_t n = scan->findings_allocated ? 2 * scan->findings_allocated : 16;
                struct known_finding *grown = reallocarray(scan->findings, n, sizeof(*grown));

                if (!grown)
                        return NULL;
                scan->findings = grown;
                scan->findings_allocated = n;
        }
        scan->findings[scan->n_findings] = (struct known_finding){ 0 };
        return &scan->findings[scan->n_findings++];
}

static int load_subject(struct store_scan *scan, const char *subject, struct error *err)
{
        _cleanup_(sql_givep) struct sql *q = NULL;
        int r = sql_take(&q, &scan->store->cache,
                         "SELECT id, digest, verdict, severity, closed IS NOT NULL FROM findings"
                         " WHERE subject = ?1 ORDER BY id",
                         err);

        scan->n_findings = 0;
        if (r < 0)
                return r;
        sql_bind_text(q, 1, subject);
        while ((r = sql_step(q, err)) > 0) {
                struct known_finding *k = add_known(scan);

                if (!k)
                        return error_oom(err);
                (void)snprintf(k->id, sizeof(k->id), "%s", sql_text(q, 0));
                (void)snprintf(k->digest, sizeof(k->digest), "%s", sql_text(q, 1));
                k->verdict = (enum verdict)sql_int(q, 2);
                k->severity = (enum severity)sql_int(q, 3);
                k->closed = sql_int(q, 4);
        }
        return r;
}

int findings_close_subject(struct store_scan *scan, const char *subject, struct error *err)
{
        int r = load_subject(scan, subject, err);

        for (size_t i = 0; i < scan->n_findings && r >= 0; i++)
                if (!scan->findings[i].closed)
                        r = close_finding(scan, scan->findings[i].id, scan->findings[i].verdict,
                                          err);
        scan->n_findings = 0;
        return r;
}

void findings_done(struct store_scan *scan)
{
        free(scan->findings);
        scan->findings = NULL;
        scan->n_findings = scan->findings_allocated = 0;
}

int store_judge_begin(struct store_scan *scan, const struct place *place, const char *resource_key,
                      struct error *err)
{
        const char *const parts[] = { "place", place->provider, scope_of(place), place->region };
        char hex[SHA256_HEX_MAX];
        int r = scan_usable(scan, err);

        if (r < 0)
                return r;
        if (!resource_key && digest_texts(parts, ELEMENTSOF(parts), hex) < 0)
                return error_oom(err);
        (void)snprintf(scan->subject, sizeof(scan->subject), "%.*s", ID_DIGITS,
                       resource_key ? resource_key : hex);
        if (json_object_set_new(scan->judged, place->account, json_true()) < 0)
                return error_oom(err);
        scan->judging = true;
        return load_subject(scan, scan->subject, err);
}

/* ---- one judgement
 * ------------------------------------------------------------------------------------------ */

static int write_finding(struct store_scan *scan, const struct judgement *j, const char *id,
                         const char *digest, struct error *err)
{
        const char *const texts[] = { id,
                                      scan->subject,
                                      j->rule,
                                      text_or_empty(j->place.provider),
                                      text_or_empty(j->place.account),
                                      text_or_empty(j->place.scope),
                                      text_or_empty(j->place.region),
                                      j->kind,
                                      j->resource_id,
                                      j->resource_key,
                                      j->why[LANGUAGE_EN],
                                      j->why[LANGUAGE_FR],
                                      j->arithmetic,
                                      j->applies_from,
                                      j->state,
                                      digest };
        _cleanup_(sql_givep) struct sql *q = NULL;
        int r = sql_take(
                &q, &scan->store->cache,
                "INSERT INTO findings (id, subject, rule, provider, account, scope, region, kind,"
                " resource_id, resource_key, why_en, why_fr, arithmetic, applies_from, state, "
                "digest,"
                " verdict, severity, facts, evidence, first_seen, changed) VALUES (?1, ?2, ?3, ?4, "
                "?5,"
                " ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?21)"
                " ON CONFLICT (id) DO UPDATE SET subject = excluded.subject,"
                " account = excluded.account, resource_key = excluded.resource_key,"
                " why_en = excluded.why_en, why_fr = excluded.why_fr, arithmetic = "
                "excluded.arithmetic,"
                " applies_from = excluded.applies_from, state = excluded.state,"
                " digest = excluded.digest, verdict = excluded.verdict, severity = "
                "excluded.severity,"
                " facts = excluded.facts, evidence = excluded.evidence, changed = excluded.changed,"
                " closed = NULL",
                err);

        if (r < 0)
                return r;
        for (int i = 0; i < (int)ELEMENTSOF(texts); i++)
                sql_bind_text(q, i + 1, texts[i]);
        sql_bind_int(q, 17, j->verdict);
        sql_bind_int(q, 18, j->severity);
        sql_bind_json(q, 19, j->facts);
        sql_bind_json(q, 20, j->evidence);
        sql_bind_u64(q, 21, scan->now_usec);
        return write_row(scan->store, q, err);
}

/* What is to be told of a finding that was k (NULL: not there) and is now j; EVENT_KIND_MAX:
 * nothing. */
static enum event_kind event_of(const struct known_finding *k, const struct judgement *j)
{
        bool there = k && !k->closed;

        if (!is_open(j->verdict))
                return there && is_open(k->verdict) ? EVENT_FINDING_CLOSED : EVENT_KIND_MAX;
        if (!there || k->verdict == VERDICT_WAIVED)
                return EVENT_FINDING_OPENED;
        if (j->verdict == VERDICT_FAIL && k->verdict != VERDICT_FAIL)
                return EVENT_FINDING_WORSENED;
        if (!is_open(k->verdict))
                return EVENT_FINDING_OPENED;
        return j->severity > k->severity ? EVENT_FINDING_WORSENED : EVENT_KIND_MAX;
}

static struct known_finding *find_known(struct store_scan *scan, const char *id)
{
        for (size_t i = 0; i < scan->n_findings; i++)
                if (strcmp(scan->findings[i].id, id) == 0)
                        return &scan->findings[i];
        return NULL;
}

static int change_finding(struct store_scan *scan, const struct judgement *j,
                          struct known_finding *k, const char *id, const char *digest,
                          struct error *err)
{
        enum event_kind event = event_of(k, j);
        int r = write_finding(scan, j, id, digest, err);

        if (r >= 0)
                r = note_history(scan, id, err);
        if (r >= 0 && event != EVENT_KIND_MAX)
                r = tell(scan, event, id, j->verdict, err);
        if (r >= 0 && !k) {
                k = add_known(scan);
                r = k ? 0 : error_oom(err);
        }
        if (r < 0 || !k)
                return r;
        memcpy(k->id, id, sizeof(k->id));
        memcpy(k->digest, digest, sizeof(k->digest));
        k->verdict = j->verdict;
        k->severity = j->severity;
        k->closed = false;
        k->added = true;
        return 0;
}

int store_judge_add(struct store_scan *scan, const struct judgement *j, struct error *err)
{
        char id[ID_DIGITS + 1], digest[SHA256_HEX_MAX];
        struct known_finding *k;
        int r = scan_usable(scan, err);

        if (r < 0)
                return r;
        if (!scan->judging)
                return error_set(err, -EINVAL, "store: a judgement outside of a subject");
        if (j->verdict == VERDICT_NA) /* not said again: closed at the end */
                return 0;
        if (finding_id(j, id) < 0 || finding_digest(j, digest) < 0)
                return error_oom(err);
        k = find_known(scan, id);
        if (k && k->added)
                return error_set(err, -EEXIST, "store: rule %s twice on one subject", j->rule);
        if (k && !k->closed && strcmp(k->digest, digest) == 0) {
                k->added = true;
                return 0;
        }
        r = write_begin(scan->store, err);
        if (r < 0)
                return r;
        return write_end(scan->store, change_finding(scan, j, k, id, digest, err), err);
}

int store_judge_end(struct store_scan *scan, struct error *err)
{
        int r = scan_usable(scan, err);

        for (size_t i = 0; i < scan->n_findings && r >= 0; i++) {
                const struct known_finding *k = &scan->findings[i];

                if (k->added || k->closed)
                        continue;
                r = write_begin(scan->store, err);
                if (r >= 0)
                        r = write_end(scan->store, close_finding(scan, k->id, k->verdict, err),
                                      err);
        }
        scan->judging = false;
        scan->n_findings = 0;
        return r;
}
