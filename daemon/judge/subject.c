#include "daemon/judge/subject.h"

#include <string.h>

/* Tags that could not be read may hold a stricter word than what stands in a file or the policy:
 * only a strict one counts then. */
static const char *effective_risk(const struct declared *d)
{
        const char *risk = declared_value(d, "ai-act-risk");
        struct declaration got = declared_get(d, "ai-act-risk");

        if (!risk)
                return "unknown";
        if (d->unreadable && !got.settled && strcmp(risk, "high-risk") != 0 &&
            strcmp(risk, "prohibited") != 0)
                return "unknown";
        return risk;
}

static int subject_init(struct subject *s, const struct judge *judge, const json_t *tags,
                        const json_t *facts, uint64_t date_usec)
{
        int r;

        s->at = regions_locate(judge->regions, s->place.provider, s->place.region, date_usec);
        r = declared_read(&s->declared, judge->vocabulary, tags, facts);
        s->declared.files_win = judge->policy->declarations_win;
        if (r == 0)
                r = declarations_add(judge->declarations, s, date_usec);
        if (r == 0)
                r = declared_add_policy(&s->declared, judge->vocabulary, judge->policy_tags);
        if (r < 0)
                return r;
        s->risk = effective_risk(&s->declared);
        return 0;
}

int subject_of_resource(struct subject *s, const struct judge *judge, const struct judge_view *view,
                        const struct resource *r, uint64_t date_usec)
{
        int result;

        *s = (struct subject){ .resource = r,
                               .place = { r->provider, r->account, r->scope, r->region } };
        result = subject_init(s, judge, r->tags, r->facts, date_usec);
        return result < 0 ? result : registers_declare(s, judge, view, date_usec);
}

int subject_of_place(struct subject *s, const struct judge *judge, const struct place *place,
                     uint64_t date_usec)
{
        *s = (struct subject){ .place = *place };
        if (!s->place.region)
                s->place.region = "";
        return subject_init(s, judge, NULL, NULL, date_usec);
}

void subject_done(struct subject *s)
{
        declared_done(&s->declared);
}
