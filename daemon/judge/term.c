#include "daemon/judge/term.h"

#include "daemon/base/clock.h"

#include <assert.h>
#include <string.h>

static const char *const names[] = {
        [TERM_LATER] = "later",
        [TERM_IN_FORCE] = "in-force",
        [TERM_ENDING] = "ending",
        [TERM_ENDED] = "ended",
};
static_assert(ELEMENTSOF(names) == TERM_STATE_MAX, "every state has its name");

static int check_date(const char *text, const char *key, uint64_t *ret_usec, const struct yaml *y,
                      struct yaml_place place, struct error *err)
{
        if (text && clock_parse_day(text, ret_usec) < 0)
                return yaml_error_at(y, yaml_place_of(y, place, key), err,
                                     "'%s' must be a date like 2027-03-31, not '%s'", key, text);
        return 0;
}

int term_check(struct term *t, const struct yaml *y, struct yaml_place place, struct error *err)
{
        uint64_t until_usec = 0;
        int r = check_date(t->since, "since", &t->since_usec, y, place, err);

        if (r == 0)
                r = check_date(t->until, "until", &until_usec, y, place, err);
        if (r < 0)
                return r;
        if (t->since && t->until && until_usec < t->since_usec)
                return yaml_error_at(y, yaml_place_of(y, place, "until"), err,
                                     "it ends on %s, before it begins (%s)", t->until, t->since);
        t->end_usec = t->until ? until_usec + USEC_PER_DAY : 0;
        return 0;
}

enum term_state term_state(const struct term *t, uint64_t date_usec)
{
        if (date_usec < t->since_usec)
                return TERM_LATER;
        if (t->end_usec == 0)
                return TERM_IN_FORCE;
        if (date_usec >= t->end_usec)
                return TERM_ENDED;
        return t->end_usec - date_usec <= TERM_SOON_DAYS * USEC_PER_DAY ? TERM_ENDING
                                                                        : TERM_IN_FORCE;
}

const char *term_state_name(enum term_state state)
{
        return names[state];
}
