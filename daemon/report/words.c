#include "daemon/report/words.h"

#include "daemon/report/language.h"
#include "daemon/report/report.h"

#include <assert.h>

static const char *const verdicts[] = {
        [VERDICT_PASS] = N_("met"),
        [VERDICT_FAIL] = N_("to be addressed"),
        [VERDICT_UNKNOWN] = N_("undetermined"),
        [VERDICT_NA] = N_("not applicable"),
        [VERDICT_WAIVED] = N_("waived"),
};
static_assert(ELEMENTSOF(verdicts) == VERDICT_MAX, "every verdict has its word");

static const char *const severities[] = {
        [SEVERITY_INFO] = N_("info"),         [SEVERITY_LOW] = N_("low"),
        [SEVERITY_MEDIUM] = N_("medium"),     [SEVERITY_HIGH] = N_("high"),
        [SEVERITY_CRITICAL] = N_("critical"),
};
static_assert(ELEMENTSOF(severities) == SEVERITY_MAX, "every severity has its word");

static const char *const to_do[] = {
        [COVERAGE_OK] = "",
        [COVERAGE_DENIED] = N_("grant the permission"),
        [COVERAGE_THROTTLED] = N_("scan less often, or lower limits.requests_per_second"),
        [COVERAGE_FAILED] = N_("see the cause; the next scan tries again"),
        [COVERAGE_EXPIRED] = N_("renew the credentials of the account"),
        [COVERAGE_OFF] = "",
        [COVERAGE_ABSENT] = "",
        [COVERAGE_SKIPPED] = N_("let the scan run to its end; see what it depends on"),
};
static_assert(ELEMENTSOF(to_do) == COVERAGE_STATE_MAX, "every state has its advice");

/* As JSON and filters have them; other languages say it in words. */
static const char *const coverage_states[] = {
        [COVERAGE_OK] = N_("ok"),
        [COVERAGE_DENIED] = N_("denied"),
        [COVERAGE_THROTTLED] = N_("throttled"),
        [COVERAGE_FAILED] = N_("failed"),
        [COVERAGE_EXPIRED] = N_("expired"),
        [COVERAGE_OFF] = N_("off"),
        [COVERAGE_ABSENT] = N_("absent"),
        [COVERAGE_SKIPPED] = N_("skipped"),
};
static_assert(ELEMENTSOF(coverage_states) == COVERAGE_STATE_MAX, "every state has its word");

const char *words_verdict(enum verdict v)
{
        return _(verdicts[v]);
}

const char *words_severity(enum severity s)
{
        return _(severities[s]);
}

const char *words_what_to_do(enum coverage_state state)
{
        /* gettext gives the catalogue's header for "" */
        return *to_do[state] ? _(to_do[state]) : "";
}

const char *words_coverage(enum coverage_state state)
{
        return _(coverage_states[state]);
}

const char *words_cause(const json_t *words, const struct store_coverage *row,
                        char text[static WORDS_CAUSE_MAX])
{
        const char *cause = row->coverage.cause;
        _cleanup_(freep) char *said = report_cause(words, cause, language_current());

        if (!row->asked && !cause)
                return NULL;
        if (row->asked)
                (void)snprintf(text, WORDS_CAUSE_MAX, _("%s (last asked %s)"), said ? said : "",
                               row->asked);
        else
                (void)snprintf(text, WORDS_CAUSE_MAX, "%s", said ? said : cause);
        return text;
}
