#include "daemon/judge/offer_trial.h"

#include "daemon/judge/bilingual.h"

const struct offer *trial_offer(struct trial *t)
{
        const struct offer *offer = NULL;
        const struct resource *r = t->subject->resource;

        switch (jurisdictions_find(t->judge->jurisdictions, t->view, &t->subject->place, r->kind,
                                   &offer)) {
        case OFFER_FOUND:
                bilingual_set(t, "offer", &offer->title);
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

int trial_declared(struct trial *t, const char *tag, struct declaration *ret)
{
        trial_note_fact(t, "tags");
        *ret = trial_tag(t, tag);
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
