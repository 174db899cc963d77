/* Which law reaches who runs it. */
#include "daemon/judge/bilingual.h"
#include "daemon/judge/checks.h"
#include "daemon/judge/offer_trial.h"

#include <string.h>
#include <strings.h>

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

static bool reaches(const struct exposure *e, const char *country)
{
        for (char **c = e->countries; c && *c; c++)
                if (country && strcasecmp(*c, country) == 0)
                        return true;
        return !e->countries;
}

static void add_state(struct bilingual *b, const struct trial *t, const char *state)
{
        bilingual_add(b, ", ", ", ");
        bilingual_add_word(b, t, "exposure_states", state);
}

/* "CLOUD Act (US, contested), FISA section 702 (US, lapsed but operating)" */
static void set_exposures(struct trial *t, const struct offer *o)
{
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
                bilingual_add_word(&b, t, "exposure_states", "none");
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
        int r = trial_declared(t, "ai-act-tia", &tia);

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
        const struct offer *o = trial_offer(t);

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

const struct check checks_sovereignty[] = {
        { "offer_law", check_offer_law,
          NAMES("pass", "pass-subsidiaries", "pass-technology", "pass-mixed", "assessed", "parent",
                "operator", "no-offer", "offer-untold", "unknown", "old-data"),
          NAMES("offer", "operator", "parent", "exposures", "notes", "subsidiaries", "technology",
                "of_country", "tia", "as_of", "old"),
          NULL },
        { 0 },
};
