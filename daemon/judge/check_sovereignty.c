/* Which law reaches who runs it, what is certified of it, who holds the keys. */
#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/judge/checks.h"
#include "daemon/judge/trial.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <strings.h>

enum { TEXT_BYTES_MAX = 8 * 1024 };

/* ---- texts in both languages -------------------------------------------------------------------
 */

struct bilingual {
        struct buffer in[LANGUAGE_MAX];
};

#define BILINGUAL_INIT                                                                             \
        {                                                                                          \
                {                                                                                  \
                        BUFFER_INIT(TEXT_BYTES_MAX), BUFFER_INIT(TEXT_BYTES_MAX)                   \
                }                                                                                  \
        }

static void bilingual_add(struct bilingual *b, const char *en, const char *fr)
{
        buffer_add(&b->in[LANGUAGE_EN], en);
        buffer_add(&b->in[LANGUAGE_FR], fr);
}

static void bilingual_add_text(struct bilingual *b, const struct text *text)
{
        bilingual_add(b, text_in(text, LANGUAGE_EN), text_in(text, LANGUAGE_FR));
}

static bool bilingual_is_empty(const struct bilingual *b)
{
        return b->in[LANGUAGE_EN].size_bytes == 0;
}

/* The rule's own words for that case, placeholders filled in as they are now. */
static void bilingual_add_phrase(struct bilingual *b, struct trial *t, const char *why)
{
        const char *kept = t->why;

        t->why = why;
        for (int i = 0; i < LANGUAGE_MAX; i++) {
                _cleanup_(freep) char *text = trial_text(t, (enum language)i);

                if (!text)
                        t->failed = -ENOMEM;
                else
                        buffer_add(&b->in[i], text);
        }
        t->why = kept;
}

/* Sets the placeholder; what was in b is gone. */
static void bilingual_take(struct trial *t, const char *name, struct bilingual *b)
{
        json_auto_t *text = json_pack("{s:s, s:s}", "en", buffer_text(&b->in[LANGUAGE_EN]), "fr",
                                      buffer_text(&b->in[LANGUAGE_FR]));

        if (text)
                trial_set_text(t, name, text);
        else
                t->failed = -ENOMEM;
        for (int i = 0; i < LANGUAGE_MAX; i++) {
                if (buffer_error(&b->in[i]) < 0)
                        t->failed = buffer_error(&b->in[i]);
                buffer_done(&b->in[i]);
        }
}

static void set_text(struct trial *t, const char *name, const struct text *text)
{
        struct bilingual b = BILINGUAL_INIT;

        bilingual_add_text(&b, text);
        bilingual_take(t, name, &b);
}

/* ---- the offer ---------------------------------------------------------------------------------
 */

static void set_entity(struct trial *t, const char *name, const struct entity *e)
{
        trial_set(t, name, "%s (%s)", e->name, e->country);
}

/* Data that is older than a year still says what it says, and when that was. */
static void set_age(struct trial *t, const struct provenance *from)
{
        struct bilingual b = BILINGUAL_INIT;

        trial_set(t, "as_of", "%s", from->as_of);
        if (provenance_is_old(from, t->date_usec))
                bilingual_add_phrase(&b, t, "old-data");
        bilingual_take(t, "old", &b);
}

/* NULL: it is not known which offer this is, and the trial is decided. */
static const struct offer *find_offer(struct trial *t)
{
        const struct offer *offer = NULL;
        const struct resource *r = t->subject->resource;

        switch (jurisdictions_find(t->judge->jurisdictions, t->view, &t->subject->place, r->kind,
                                   &offer)) {
        case OFFER_FOUND:
                set_text(t, "offer", &offer->title);
                return offer;
        case OFFER_NONE:
                (void)trial_decide(t, VERDICT_UNKNOWN, "no-offer");
                return NULL;
        case OFFER_UNTOLD:
                break;
        }
        (void)trial_decide(t, VERDICT_UNKNOWN, "offer-untold");
        return NULL;
}

/* ---- declarations ------------------------------------------------------------------------------
 */

/* 1: declared, 0: not declared, -1: cannot be told, and the trial is decided. */
static int declared(struct trial *t, const char *tag, struct declaration *ret)
{
        trial_note_fact(t, "tags");
        *ret = declared_get(&t->subject->declared, tag);
        switch (ret->state) {
        case DECLARED_VALUE:
                return 1;
        case DECLARED_NONE:
                return 0;
        case DECLARED_UNREADABLE:
                (void)trial_unknown(t, tag, ret->cause);
                return -1;
        case DECLARED_INVALID:
                (void)trial_unknown(t, tag, NULL);
                trial_cause(t, "{x} is not a value of this tag", ret->value);
                return -1;
        case DECLARED_CONFLICT:
                break;
        }
        (void)trial_unknown(t, tag, NULL);
        trial_cause(t, "two values for one tag: {x}", ret->value);
        return -1;
}

/* ---- SOV-001 -----------------------------------------------------------------------------------
 */

static bool reaches(const struct exposure *e, const char *country)
{
        for (char **c = e->countries; c && *c; c++)
                if (country && strcasecmp(*c, country) == 0)
                        return true;
        return !e->countries;
}

static void add_state(struct bilingual *b, const struct trial *t, const char *state)
{
        const struct words *w = &t->judge->words;

        bilingual_add(b, ", ", ", ");
        bilingual_add(b, words_of(w, "exposure_states", state, LANGUAGE_EN),
                      words_of(w, "exposure_states", state, LANGUAGE_FR));
}

/* "CLOUD Act (US, contested), FISA section 702 (US, lapsed but operating)" */
static void set_exposures(struct trial *t, const struct offer *o)
{
        const struct words *w = &t->judge->words;
        struct bilingual b = BILINGUAL_INIT;

        for (size_t i = 0; i < o->n_exposures; i++) {
                const struct exposure *e = &o->exposures[i];

                if (!reaches(e, t->subject->at.country))
                        continue;
                if (!bilingual_is_empty(&b))
                        bilingual_add(&b, ", ", ", ");
                bilingual_add_text(&b, &e->of->title);
                bilingual_add(&b, " (", " (");
                bilingual_add(&b, e->of->country, e->of->country);
                if (e->state)
                        add_state(&b, t, e->state);
                if (e->of->status == LAW_LAPSED_BUT_OPERATING)
                        add_state(&b, t, "lapsed-but-operating");
                bilingual_add(&b, ")", ")");
        }
        if (bilingual_is_empty(&b))
                bilingual_add(&b, words_of(w, "exposure_states", "none", LANGUAGE_EN),
                              words_of(w, "exposure_states", "none", LANGUAGE_FR));
        bilingual_take(t, "exposures", &b);
}

static void add_note(struct bilingual *b, const struct text *text)
{
        bilingual_add(b, bilingual_is_empty(b) ? " Note: " : "; ",
                      bilingual_is_empty(b) ? " À noter : " : " ; ");
        bilingual_add_text(b, text);
}

static void set_notes(struct trial *t, const struct offer *o)
{
        struct bilingual b = BILINGUAL_INIT;

        for (size_t i = 0; i < o->n_notes; i++)
                add_note(&b, &o->notes[i]);
        for (char **id = o->cases; id && *id; id++)
                add_note(&b, &jurisdictions_case(t->judge->jurisdictions, *id)->text);
        if (!bilingual_is_empty(&b))
                bilingual_add(&b, ".", ".");
        bilingual_take(t, "notes", &b);
}

static void set_names(struct trial *t, const char *name, char *const *names)
{
        json_auto_t *list = json_array();

        for (; list && names && *names; names++)
                (void)json_array_append_new(list, json_string(*names));
        trial_set_list(t, name, list);
}

/* "of the United States"; the code where the table has no words. */
static void set_of_country(struct trial *t, const char *country)
{
        const struct text *of = jurisdictions_of_country(t->judge->jurisdictions, country);
        struct bilingual b = BILINGUAL_INIT;

        if (of) {
                bilingual_add_text(&b, of);
        } else {
                bilingual_add(&b, "of ", "de ");
                bilingual_add(&b, country, country);
        }
        bilingual_take(t, "of_country", &b);
}

static bool in_union(const struct trial *t, const struct entity *e)
{
        return strcmp(regions_country_area(t->judge->regions, e->country, t->date_usec), "eu") == 0;
}

static int decide_european(struct trial *t, const struct offer *o)
{
        if (o->technology.by) {
                trial_set(t, "technology", "%s (%s)", o->technology.by, o->technology.country);
                return trial_decide(t, VERDICT_PASS, "pass-technology");
        }
        if (o->subsidiaries) {
                set_names(t, "subsidiaries", o->subsidiaries);
                return trial_decide(t, VERDICT_PASS, "pass-subsidiaries");
        }
        return trial_decide(t, VERDICT_PASS, o->control == CONTROL_MIXED ? "pass-mixed" : NULL);
}

/* Exposed: what counts is whether somebody has assessed it. */
static int decide_exposed(struct trial *t, const struct offer *o)
{
        bool operator_too = !in_union(t, &o->owner);
        struct declaration tia;
        int r = declared(t, "ai-act-tia", &tia);

        if (r < 0)
                return 0;
        set_of_country(t, operator_too ? o->owner.country : o->parent.country);
        if (r > 0) {
                trial_set(t, "tia", "%s", tia.value);
                return trial_decide(t, VERDICT_PASS, "assessed");
        }
        return trial_decide(t, VERDICT_FAIL, operator_too ? "operator" : "parent");
}

static int check_offer_law(struct trial *t)
{
        const struct offer *o = find_offer(t);

        if (!o)
                return 0;
        set_age(t, &o->from);
        set_entity(t, "operator", &o->owner);
        set_entity(t, "parent", &o->parent);
        set_exposures(t, o);
        set_notes(t, o);
        if (in_union(t, &o->owner) && in_union(t, &o->parent))
                return decide_european(t, o);
        return decide_exposed(t, o);
}

/* ---- SOV-002 -----------------------------------------------------------------------------------
 */

/* How one requirement stands, the best first: of several rows for one scheme the best counts. */
enum standing {
        STANDING_LISTED,
        STANDING_UNSAID, /* listed, of a scope that the source was not seen to give */
        STANDING_OLD,
        STANDING_PAST,
        STANDING_CLAIMED,
        STANDING_UNVERIFIED,
        STANDING_OTHER, /* for other kinds or regions */
        STANDING_LEVEL,
        STANDING_IN_PROGRESS,
        STANDING_ABSENT,
        STANDING_NONE, /* no row */
};

static const struct {
        const char *why;
        enum verdict verdict;
} standings[] = {
        [STANDING_LISTED] = { "item-listed", VERDICT_PASS },
        [STANDING_UNSAID] = { "item-unsaid", VERDICT_UNKNOWN },
        [STANDING_OLD] = { "item-old", VERDICT_UNKNOWN },
        [STANDING_PAST] = { "item-past", VERDICT_UNKNOWN },
        [STANDING_CLAIMED] = { "item-claimed", VERDICT_UNKNOWN },
        [STANDING_UNVERIFIED] = { "item-unverified", VERDICT_UNKNOWN },
        [STANDING_OTHER] = { "item-other", VERDICT_FAIL },
        [STANDING_LEVEL] = { "item-level", VERDICT_FAIL },
        [STANDING_IN_PROGRESS] = { "item-in-progress", VERDICT_FAIL },
        [STANDING_ABSENT] = { "item-absent", VERDICT_FAIL },
        [STANDING_NONE] = { "item-none", VERDICT_FAIL },
};

static enum truth covers_kind(const struct trial *t, const struct certificate *c)
{
        if (!c->kinds)
                return TRUTH_UNKNOWN;
        for (char **k = c->kinds; *k; k++)
                if (fnmatch(*k, t->subject->resource->kind, 0) == 0)
                        return TRUTH_YES;
        return TRUTH_NO;
}

static enum truth covers_region(const struct trial *t, const struct certificate *c)
{
        const struct subject *s = t->subject;

        if (!c->regions)
                return TRUTH_UNKNOWN;
        for (char **r = c->regions; *r; r++)
                if (strcmp(*r, "*") == 0 || strcasecmp(*r, s->place.region) == 0 ||
                    (s->at.code && strcasecmp(*r, s->at.code) == 0))
                        return TRUTH_YES;
        return regions_is_placeless(s->place.region) ? TRUTH_UNKNOWN : TRUTH_NO;
}

static bool is_past(const struct certificate *c, uint64_t date_usec)
{
        if (c->until_usec > 0 && c->until_usec < date_usec)
                return true;
        return c->period_end_usec > 0 &&
               c->period_end_usec + JURISDICTION_AGE_DAYS * USEC_PER_DAY < date_usec;
}

static enum standing standing_of(const struct trial *t, const struct certificate *c, uint64_t level)
{
        enum truth kind = covers_kind(t, c), region = covers_region(t, c);

        if (provenance_is_old(&c->from, t->date_usec))
                return STANDING_OLD;
        if (c->status == CERTIFICATE_ABSENT)
                return STANDING_ABSENT;
        if (c->status == CERTIFICATE_IN_PROGRESS)
                return STANDING_IN_PROGRESS;
        if (c->level < level)
                return STANDING_LEVEL;
        if (kind == TRUTH_NO || region == TRUTH_NO)
                return STANDING_OTHER;
        if (is_past(c, t->date_usec))
                return STANDING_PAST;
        if (c->status == CERTIFICATE_UNVERIFIED)
                return STANDING_UNVERIFIED;
        if (c->status == CERTIFICATE_CLAIMED)
                return STANDING_CLAIMED;
        return kind == TRUTH_YES && region == TRUTH_YES ? STANDING_LISTED : STANDING_UNSAID;
}

struct requirement {
        const struct offer *offer;
        const struct scheme *scheme;
        uint64_t level;
        enum standing standing;
        const struct certificate *best; /* NULL: no row */
};

static void find_best(const struct trial *t, struct requirement *q)
{
        q->standing =
                provenance_is_old(&q->offer->from, t->date_usec) ? STANDING_OLD : STANDING_NONE;
        q->best = NULL;
        for (size_t i = 0; i < q->offer->n_certificates; i++) {
                const struct certificate *c = &q->offer->certificates[i];
                enum standing standing;

                if (c->of != q->scheme)
                        continue;
                standing = standing_of(t, c, q->level);
                if (q->best && standing >= q->standing)
                        continue;
                q->best = c;
                q->standing = standing;
        }
}

/* What is certified, when it is something else: every product of that scheme. */
static void set_products(struct trial *t, const struct requirement *q)
{
        json_auto_t *list = json_array();

        for (size_t i = 0; list && i < q->offer->n_certificates; i++) {
                const struct certificate *c = &q->offer->certificates[i];

                if (c->of == q->scheme && c->product)
                        (void)json_array_append_new(list, json_string(c->product));
        }
        if (json_array_size(list) == 0)
                (void)json_array_append_new(list, json_string("-"));
        trial_set_list(t, "products", list);
}

static void describe(struct trial *t, const struct requirement *q)
{
        const struct certificate *c = q->best;
        const char *until = NULL;

        if (c)
                until = c->valid_until ? c->valid_until : c->period_end;
        set_text(t, "scheme", &q->scheme->title);
        trial_set(t, "level", "%llu", (unsigned long long)q->level);
        trial_set(t, "source", "%s", c ? c->from.source : q->offer->from.source);
        trial_set(t, "as_of", "%s", c ? c->from.as_of : q->offer->from.as_of);
        trial_set(t, "until", "%s", until ? until : "-");
        set_products(t, q);
}

/* One value of ai-act-required: its phrase into items, its verdict as the result. */
static enum verdict weigh_required(struct trial *t, const struct offer *o, const char *value,
                                   struct bilingual *items)
{
        struct requirement q = { .offer = o };

        if (!bilingual_is_empty(items))
                bilingual_add(items, "; ", " ; ");
        q.scheme = jurisdictions_required(t->judge->jurisdictions, value, &q.level);
        trial_set(t, "required", "%s", value);
        if (!q.scheme) {
                bilingual_add_phrase(items, t, "item-no-scheme");
                return VERDICT_UNKNOWN;
        }
        find_best(t, &q);
        describe(t, &q);
        bilingual_add_phrase(items, t, standings[q.standing].why);
        return standings[q.standing].verdict;
}

/* Every one has to be met: one that is not decides, then one that is not known. */
static enum verdict weigh_all(struct trial *t, const struct offer *o, const char *values,
                              struct bilingual *items)
{
        bool failed = false, unknown = false;

        for (const char *p = values; *p;) {
                size_t length = strcspn(p, "_");
                _cleanup_(freep) char *value = strndup(p, length);
                enum verdict verdict;

                if (!value) {
                        t->failed = -ENOMEM;
                        return VERDICT_UNKNOWN;
                }
                verdict = weigh_required(t, o, value, items);
                failed = failed || verdict == VERDICT_FAIL;
                unknown = unknown || verdict == VERDICT_UNKNOWN;
                p += length + (p[length] != '\0');
        }
        if (failed)
                return VERDICT_FAIL;
        return unknown ? VERDICT_UNKNOWN : VERDICT_PASS;
}

static int check_required(struct trial *t)
{
        struct bilingual items = BILINGUAL_INIT;
        struct declaration required;
        const struct offer *o;
        enum verdict verdict;
        int r = declared(t, "ai-act-required", &required);

        if (r < 0)
                return 0;
        if (r == 0)
                return trial_decide(t, VERDICT_NA, NULL);
        trial_set(t, "required", "%s", required.value);
        o = find_offer(t);
        if (!o)
                return 0;
        verdict = weigh_all(t, o, required.value, &items);
        bilingual_take(t, "items", &items);
        return trial_decide(t, verdict, verdict == VERDICT_UNKNOWN ? "undetermined" : NULL);
}

/* ---- SOV-003 -----------------------------------------------------------------------------------
 */

/* What was found of the keys that protect a resource. */
struct keys {
        size_t outside, inside;       /* held outside the provider, or within its reach */
        char first[256], origin[128]; /* of those inside */
        const char *what;             /* not known, or none that could be looked up */
        char cause[320];
};

static void keys_unknown(struct keys *k, const char *what, const char *cause)
{
        if (k->what)
                return;
        k->what = what;
        (void)snprintf(k->cause, sizeof(k->cause), "%s", cause ? cause : "");
}

static void keys_inside(struct keys *k, const char *key, const char *origin)
{
        if (k->inside++ > 0)
                return;
        (void)snprintf(k->first, sizeof(k->first), "%s", key);
        (void)snprintf(k->origin, sizeof(k->origin), "%s", origin);
}

/* Keys that could not be read may be held anywhere. */
static int look_unread(struct trial *t, struct keys *k)
{
        struct place scope = trial_scope(t);
        struct coverage_look look;
        int r = trial_coverage(t, &scope, "key", &look);

        if (r == 0)
                keys_unknown(k, "key.origin",
                             look.unanswered > 0 ? look.cause : "no record of that key was read");
        return r;
}

static int look_at_key(struct trial *t, const char *id, struct keys *k)
{
        const json_t *outside =
                             json_object_get(trial_param(t, "outside"), t->subject->place.provider),
                     *value = NULL;
        const struct resource *key;
        struct place place = trial_place(t);
        const char *cause = NULL;
        json_t *word;
        size_t i;

        key = t->view->find(t->view->ctx, &place, "key", id);
        if (!key)
                return look_unread(t, k);
        switch (trial_fact(t, key, "key.origin", &value, &cause)) {
        case FACT_KNOWN:
                break;
        case FACT_ABSENT:
                keys_unknown(k, "key.origin", "the API does not say");
                return 0;
        case FACT_UNKNOWN:
                keys_unknown(k, "key.origin", cause);
                return 0;
        }
        if (!outside || !json_is_string(value)) {
                keys_unknown(k, "key.origin", "what a key held outside looks like is not known");
                return 0;
        }
        json_array_foreach((json_t *)outside, i, word) if (json_equal(word, value))
        {
                k->outside++;
                return 0;
        }
        keys_inside(k, id, json_string_value(value));
        return 0;
}

static int look_at_fact(struct trial *t, const char *fact, struct keys *k)
{
        const json_t *value = NULL;
        const char *cause = NULL;
        json_auto_t *ids = NULL;
        json_t *id;
        size_t i;
        int r = 0;

        switch (trial_fact(t, t->subject->resource, fact, &value, &cause)) {
        case FACT_ABSENT: /* the provider's own then, or none at all */
                keys_inside(k, fact, "-");
                return 0;
        case FACT_UNKNOWN:
                keys_unknown(k, fact, cause);
                return 0;
        case FACT_KNOWN:
                break;
        }
        ids = json_is_array(value) ? json_incref((json_t *)value)
                                   : json_pack("[O]", (json_t *)value);
        if (!ids)
                return t->failed = -ENOMEM;
        if (json_array_size(ids) == 0)
                keys_unknown(k, fact, "the value is no text");
        json_array_foreach(ids, i, id)
        {
                if (json_is_string(id))
                        r = look_at_key(t, json_string_value(id), k);
                else
                        keys_unknown(k, fact, "the value is no text");
                if (r < 0)
                        return r;
        }
        return 0;
}

static int decide_keys(struct trial *t, const struct keys *k)
{
        if (k->inside > 0) {
                trial_set(t, "key", "%s", k->first);
                trial_set(t, "origin", "%s", k->origin);
                return trial_decide(t, VERDICT_FAIL,
                                    strcmp(k->origin, "-") == 0 ? "provider-key" : NULL);
        }
        if (k->what)
                return trial_unknown(t, k->what, k->cause);
        if (k->outside == 0)
                return trial_unknown(t, "encryption.key", "not collected");
        return trial_decide(t, VERDICT_PASS, NULL);
}

static int check_key_control(struct trial *t)
{
        static const char *const facts[] = { "encryption.key", "encryption.volume_key",
                                             "encryption.output_key" };
        struct keys k = { 0 };
        struct declaration data;
        int r = declared(t, "ai-act-data", &data);

        if (r < 0)
                return 0;
        trial_set(t, "data", "%s", r > 0 ? data.value : "-");
        if (r == 0 || !trial_param_has(t, "data", data.value))
                return trial_decide(t, VERDICT_NA, NULL);
        for (size_t i = 0; i < ELEMENTSOF(facts); i++) {
                if (!trial_collected(t->subject->resource, facts[i]))
                        continue;
                r = look_at_fact(t, facts[i], &k);
                if (r < 0)
                        return r;
        }
        return decide_keys(t, &k);
}

const struct check checks_sovereignty[] = {
        { "offer_law", check_offer_law,
          NAMES("pass", "pass-subsidiaries", "pass-technology", "pass-mixed", "assessed", "parent",
                "operator", "no-offer", "offer-untold", "unknown", "old-data"),
          NAMES("offer", "operator", "parent", "exposures", "notes", "subsidiaries", "technology",
                "of_country", "tia", "as_of", "old"),
          NULL },
        { "required_scheme", check_required,
          NAMES("pass", "fail", "undetermined", "na", "no-offer", "offer-untold", "unknown",
                "item-listed", "item-unsaid", "item-old", "item-past", "item-claimed",
                "item-unverified", "item-other", "item-level", "item-in-progress", "item-absent",
                "item-none", "item-no-scheme"),
          NAMES("offer", "required", "items", "scheme", "level", "source", "as_of", "until",
                "products"),
          NULL },
        { "key_control", check_key_control, NAMES("pass", "fail", "provider-key", "na", "unknown"),
          NAMES("data", "key", "origin"), NAMES("data", "outside") },
        { 0 },
};
