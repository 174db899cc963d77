#include "daemon/judge/register_trial.h"

#include "daemon/judge/trial.h"

#include <errno.h>
#include <string.h>

static const struct {
        const char *tag;
        enum register_kind kind;
        int assessment; /* enum register_assessment, of assessments */
} tags[] = {
        [REGISTER_TAG_TIA] = { "ai-act-tia", REGISTER_TRANSFER, 0 },
        [REGISTER_TAG_FRIA] = { "ai-act-fria", REGISTER_ASSESSMENT, ASSESSMENT_FRIA },
        [REGISTER_TAG_DPIA] = { "ai-act-dpia", REGISTER_ASSESSMENT, ASSESSMENT_DPIA },
        [REGISTER_TAG_TECHDOC] = { "ai-act-techdoc", REGISTER_ASSESSMENT,
                                   ASSESSMENT_TECHNICAL_FILE },
        [REGISTER_TAG_REGISTRATION] = { "ai-act-registration", REGISTER_ASSESSMENT,
                                        ASSESSMENT_REGISTRATION },
};

static struct register_subject asked_of(const struct subject *s)
{
        const struct resource *r = s->resource;

        return (struct register_subject){
                .provider = s->place.provider,
                .account = s->place.account,
                .scope = s->place.scope,
                .region = s->place.region,
                .region_code = s->at.code,
                .kind = r ? r->kind : NULL,
                .system = declared_value(&s->declared, "ai-act-system"),
        };
}

/* The offer is looked for only where an entry asks: it may need the account's options. */
static bool covers(const struct register_entry *e, struct register_subject *asked,
                   const struct judge *judge, const struct judge_view *view,
                   const struct subject *s)
{
        const struct offer *offer = NULL;

        if (e->applies_to.offer && !asked->offer && s->resource &&
            jurisdictions_find(judge->jurisdictions, view, &s->place, s->resource->kind, &offer) ==
                    OFFER_FOUND)
                asked->offer = offer->id;
        return register_covers(e, asked);
}

/* In force before to come before ended; of the ended, the last. */
static bool is_better(const struct register_entry *e, const struct register_entry *than,
                      uint64_t date_usec)
{
        enum register_state a, b;

        if (!than)
                return true;
        a = register_state(e, date_usec);
        b = register_state(than, date_usec);
        if ((a == REGISTER_IN_FORCE) != (b == REGISTER_IN_FORCE))
                return a == REGISTER_IN_FORCE;
        if ((a == REGISTER_TO_COME) != (b == REGISTER_TO_COME))
                return a == REGISTER_TO_COME;
        return a != REGISTER_IN_FORCE && a != REGISTER_TO_COME && e->end_usec > than->end_usec;
}

static bool stands_for(const struct register_entry *e, enum register_tag tag)
{
        if (tags[tag].kind == REGISTER_ASSESSMENT)
                return e->assessment == tags[tag].assessment;
        return register_lacks(e) == NULL;
}

static int declare(struct subject *s, enum register_tag tag, const struct register_entry *e)
{
        _cleanup_(freep) char *source = NULL;
        json_t *entry;

        if (asprintf(&source, "register %s (%s)", e->id, e->owner) < 0) {
                source = NULL;
                return -ENOMEM;
        }
        entry = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "value", e->proof, "source", source,
                          "state", "ok", "file", e->file, "owner", e->owner, "until",
                          register_until(e));
        return entry && json_object_set_new(s->declared.entries, tags[tag].tag, entry) == 0
                       ? 0
                       : -ENOMEM;
}

int registers_declare(struct subject *s, const struct judge *judge, const struct judge_view *view,
                      uint64_t date_usec)
{
        struct register_subject asked = asked_of(s);

        for (int tag = 0; tag < REGISTER_TAG_MAX; tag++) {
                const struct register_list *list = &judge->registers->of[tags[tag].kind];
                const struct register_entry *best = NULL;

                if (json_object_get(s->declared.entries, tags[tag].tag))
                        continue;
                for (size_t i = 0; i < list->n; i++)
                        if (stands_for(&list->rows[i], (enum register_tag)tag) &&
                            covers(&list->rows[i], &asked, judge, view, s) &&
                            is_better(&list->rows[i], best, date_usec))
                                best = &list->rows[i];
                s->registers[tag] = best;
                if (best && register_state(best, date_usec) == REGISTER_IN_FORCE &&
                    declare(s, (enum register_tag)tag, best) < 0)
                        return -ENOMEM;
        }
        return 0;
}

void trial_set_register(struct trial *t, const struct register_entry *e)
{
        trial_set(t, "register", "%s", e->id);
        trial_set(t, "register_owner", "%s", e->owner);
        trial_set(t, "register_proof", "%s", e->proof);
        trial_set(t, "register_date", "%s", e->date);
        trial_set(t, "register_until", "%s", register_until(e));
}

void trial_note_register(struct trial *t, const char *tag)
{
        for (size_t i = 0; i < ELEMENTSOF(tags); i++) {
                const struct register_entry *e = t->subject->registers[i];

                if (!e || strcmp(tags[i].tag, tag) != 0)
                        continue;
                trial_set_register(t, e);
                switch (register_state(e, t->date_usec)) {
                case REGISTER_IN_FORCE:
                        trial_say(t, "register-declared");
                        return;
                case REGISTER_TO_COME:
                        trial_note(t, "register-to-come");
                        return;
                case REGISTER_EXPIRED:
                        trial_note(t, "register-expired");
                        return;
                case REGISTER_UNREVIEWED:
                        trial_note(t, "register-unreviewed");
                        return;
                }
        }
}

const struct register_entry *trial_certificate(const struct trial *t, const struct scheme *scheme,
                                               uint64_t level)
{
        const struct register_list *list = &t->judge->registers->of[REGISTER_CERTIFICATE];
        struct register_subject asked = asked_of(t->subject);
        const struct register_entry *best = NULL;

        for (size_t i = 0; i < list->n; i++) {
                const struct register_entry *e = &list->rows[i];

                if (e->of == scheme && e->level >= level &&
                    covers(e, &asked, t->judge, t->view, t->subject) &&
                    is_better(e, best, t->date_usec))
                        best = e;
        }
        return best;
}
