/* Coverage: what a collector could read in one scope and region. Anything but ok means that what is
 * there may be more, or other, than what is known. */
#pragma once

#include "daemon/model/place.h"

#include <stdbool.h>
#include <stdint.h>

enum coverage_state {
        COVERAGE_OK,
        COVERAGE_DENIED,
        COVERAGE_THROTTLED,
        COVERAGE_FAILED,
        COVERAGE_EXPIRED, /* credentials refused or expired */
        COVERAGE_OFF, /* API or region not enabled: nothing can be deployed, and an API said so */
        COVERAGE_ABSENT,  /* the service is not offered there */
        COVERAGE_SKIPPED, /* not tried: scan cut short, parent unreadable */
        COVERAGE_STATE_MAX,
};

const char *coverage_state_name(enum coverage_state state);
/* -EINVAL for a name that is none. */
int coverage_state_from_name(const char *name, enum coverage_state *ret);

/* ok, off and absent are answers: an API said what is there or that nothing can be. */
bool coverage_is_answer(enum coverage_state state);

struct coverage {
        struct place place;
        const char *collector;
        const char *topic;        /* of an evidence collector, else NULL */
        const char *service_type; /* of what it lists, else NULL */
        enum coverage_state state;
        const char *cause; /* text for people; NULL when ok */
        const char
                *permission; /* what is missing when denied, what was used otherwise; may be NULL */
        uint64_t calls;      /* made for it in this scan, retries included */
        uint64_t items;      /* resources found, before filters */
        uint64_t asked_usec; /* realtime, of what was refused (denied, or off) and not asked for
                                again: when it was; 0: in this scan */
        bool partial; /* what leads here was not all read: nothing follows from what was not met */
};
