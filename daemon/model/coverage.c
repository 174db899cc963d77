#include "daemon/model/coverage.h"

#include "daemon/base/cleanup.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static const char *const state_names[] = {
        [COVERAGE_OK] = "ok",
        [COVERAGE_DENIED] = "denied",
        [COVERAGE_THROTTLED] = "throttled",
        [COVERAGE_FAILED] = "failed",
        [COVERAGE_EXPIRED] = "expired",
        [COVERAGE_OFF] = "off",
        [COVERAGE_ABSENT] = "absent",
        [COVERAGE_SKIPPED] = "skipped",
};
static_assert(ELEMENTSOF(state_names) == COVERAGE_STATE_MAX, "every state has its name");

const char *coverage_state_name(enum coverage_state state)
{
        return state_names[state];
}

int coverage_state_from_name(const char *name, enum coverage_state *ret)
{
        for (size_t i = 0; i < ELEMENTSOF(state_names); i++)
                if (strcmp(state_names[i], name) == 0) {
                        *ret = (enum coverage_state)i;
                        return 0;
                }
        return -EINVAL;
}

bool coverage_is_answer(enum coverage_state state)
{
        return state == COVERAGE_OK || state == COVERAGE_OFF || state == COVERAGE_ABSENT;
}
