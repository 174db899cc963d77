/* How serious a finding is, and the sum that says why. */
#pragma once

#include "daemon/base/buffer.h"
#include "daemon/judge/data.h"
#include "daemon/model/verdict.h"

#include <stdbool.h>

struct severity_profiles {
        json_t *profiles; /* {"A": {"high-risk": "critical", …, "unknown": "high"}} */
        char **low_types; /* service types that count one step less */
        char **sensitive; /* values of ai-act-data for which they do not */
        char **low_env;   /* values of ai-act-env that count one step less */
};

struct severity_case {
        const char *profile;      /* NULL: fixed */
        const char *fixed;        /* severity's name */
        const char *fixed_key;    /* what chose it, for the text; NULL: nothing did */
        const char *risk;         /* "prohibited" … "unknown" */
        const char *service_type; /* NULL: none */
        const char *data;         /* ai-act-data; NULL: not declared */
        const char *env;          /* ai-act-env; NULL likewise */
        const char *upcoming_id, *upcoming_date; /* set when the only basis does not apply yet */
        bool no_type, no_env;                    /* the rule is not adjusted by these */
        const char *waiver_id, *waiver_until;    /* of what is waived */
};

int severity_load(struct severity_profiles *p, struct data *data, struct error *err);
void severity_done(struct severity_profiles *p);
bool severity_has_profile(const struct severity_profiles *p, const char *profile);

/* Info for pass and na; what is waived keeps the severity that it would have. Writes the sum:
 * "base=A/high-risk=critical; -1 upcoming (hr-annex3 2027-12-02) -> high". */
enum severity severity_of(const struct severity_profiles *p, const struct severity_case *c,
                          enum verdict verdict, struct buffer *arithmetic);
