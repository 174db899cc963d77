/* Whether what is required of an offer is certified, for that kind and region. */
#include "daemon/base/clock.h"
#include "daemon/judge/bilingual.h"
#include "daemon/judge/checks.h"
#include "daemon/judge/offer_trial.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <strings.h>

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
        /* by the owner's register, where no row lists it */
        STANDING_RECORDED,
        STANDING_CONTRADICTED, /* an older row says that it is not held */
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
        [STANDING_RECORDED] = { "item-recorded", VERDICT_PASS },
        [STANDING_CONTRADICTED] = { "item-contradicted", VERDICT_UNKNOWN },
};

/* What is not in a list that is not whole may be covered all the same. */
static enum truth not_listed(const struct certificate *c)
{
        return c->partial ? TRUTH_UNKNOWN : TRUTH_NO;
}

static enum truth covers_kind(const struct trial *t, const struct certificate *c)
{
        if (!c->kinds)
                return TRUTH_UNKNOWN;
        for (char **k = c->kinds; *k; k++)
                if (fnmatch(*k, t->subject->resource->kind, 0) == 0)
                        return TRUTH_YES;
        return not_listed(c);
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
        return regions_is_placeless(s->place.region) ? TRUTH_UNKNOWN : not_listed(c);
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
        const struct certificate *best;      /* NULL: no row */
        const struct register_entry *record; /* that says something beside it; NULL: none */
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

/* What the owner recorded counts where the data do not list it. Against a source that says that it
 * is not held, the later of the two is not known to be right, and the earlier is wrong. */
static void weigh_record(const struct trial *t, struct requirement *q)
{
        const struct register_entry *e = trial_certificate(t, q->scheme, q->level);

        if (!e || q->standing == STANDING_LISTED)
                return;
        q->record = e;
        if (register_state(e, t->date_usec) != REGISTER_IN_FORCE)
                return;
        if (q->standing != STANDING_ABSENT && q->standing != STANDING_IN_PROGRESS)
                q->standing = STANDING_RECORDED;
        else if (e->date_usec > q->best->from.as_of_usec)
                q->standing = STANDING_CONTRADICTED;
}

/* An entry that did not decide is told all the same. */
static void add_record(struct trial *t, const struct requirement *q, struct bilingual *items)
{
        bool in_force;

        if (!q->record || q->standing == STANDING_RECORDED || q->standing == STANDING_CONTRADICTED)
                return;
        in_force = register_state(q->record, t->date_usec) == REGISTER_IN_FORCE;
        bilingual_add(items, "; ", " ; ");
        bilingual_add_phrase(items, t, in_force ? "item-outdated" : "item-lapsed");
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

static void set_note(struct trial *t, const struct certificate *c)
{
        struct bilingual b = BILINGUAL_INIT;

        if (c && c->note.in[LANGUAGE_EN]) {
                bilingual_add(&b, ", ", ", ");
                bilingual_add_text(&b, &c->note);
        }
        bilingual_take(t, "note", &b);
}

static void describe(struct trial *t, const struct requirement *q)
{
        const struct certificate *c = q->best;
        const char *until = NULL;

        if (c)
                until = c->valid_until ? c->valid_until : c->period_end;
        bilingual_set(t, "scheme", &q->scheme->title);
        trial_set(t, "level", "%llu", (unsigned long long)q->level);
        trial_set(t, "source", "%s", c ? c->from.source : q->offer->from.source);
        trial_set(t, "as_of", "%s", c ? c->from.as_of : q->offer->from.as_of);
        trial_set(t, "until", "%s", until ? until : "-");
        set_note(t, c);
        set_products(t, q);
        if (q->record)
                trial_set_register(t, q->record);
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
        weigh_record(t, &q);
        describe(t, &q);
        bilingual_add_phrase(items, t, standings[q.standing].why);
        add_record(t, &q, items);
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
        int r = trial_declared(t, "ai-act-required", &required);

        if (r < 0)
                return 0;
        if (r == 0)
                return trial_decide(t, VERDICT_NA, NULL);
        trial_set(t, "required", "%s", required.value);
        o = trial_offer(t);
        if (!o)
                return 0;
        verdict = weigh_all(t, o, required.value, &items);
        bilingual_take(t, "items", &items);
        return trial_decide(t, verdict, verdict == VERDICT_UNKNOWN ? "undetermined" : NULL);
}

const struct check checks_certificate[] = {
        { "required_scheme", check_required,
          NAMES("pass", "fail", "undetermined", "na", "no-offer", "offer-untold", "unknown",
                "item-listed", "item-unsaid", "item-old", "item-past", "item-claimed",
                "item-unverified", "item-other", "item-level", "item-in-progress", "item-absent",
                "item-none", "item-no-scheme", "item-recorded", "item-contradicted",
                "item-outdated", "item-lapsed"),
          NAMES("offer", "required", "items", "scheme", "level", "source", "as_of", "until",
                "products", "note", "register", "register_owner", "register_proof", "register_date",
                "register_until"),
          NULL },
        { 0 },
};
