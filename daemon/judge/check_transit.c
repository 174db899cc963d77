/* Whether what is sent to it has to be encrypted on the way. */
#include "daemon/judge/checks.h"
#include "daemon/judge/trial.h"

#include <fnmatch.h>
#include <string.h>

static bool is_of_kinds(const json_t *kinds, const char *kind)
{
        json_t *pattern;
        size_t i;

        json_array_foreach((json_t *)kinds, i, pattern)
        {
                if (json_is_string(pattern) && fnmatch(json_string_value(pattern), kind, 0) == 0)
                        return true;
        }
        return false;
}

/* The text of the first row whose kinds the subject is of: [{kinds, reason: {en, fr}}]. */
static const json_t *row_of(const struct trial *t, const char *param)
{
        json_t *row;
        size_t i;

        json_array_foreach((json_t *)trial_param(t, param), i, row)
        {
                if (is_of_kinds(json_object_get(row, "kinds"), t->subject->resource->kind))
                        return json_object_get(row, "reason");
        }
        return NULL;
}

/* What is known so far of two settings: either may say no, and both must be known to say yes. */
struct settings {
        size_t good;
        const char *bad; /* why */
        const char *what;
        char cause[320];
};

static void not_known(struct settings *s, const char *what, const char *cause)
{
        if (s->what)
                return;
        s->what = what;
        (void)snprintf(s->cause, sizeof(s->cause), "%s", cause);
}

static void read_https_only(struct trial *t, struct settings *s)
{
        static const char fact[] = "encryption.https_only";
        const char *cause = NULL;

        if (!trial_collected(t->subject->resource, fact))
                return;
        switch (trial_fact_true(t, t->subject->resource, fact, &cause)) {
        case TRUTH_YES:
                s->good++;
                return;
        case TRUTH_NO:
                s->bad = "plain";
                return;
        case TRUTH_ABSENT:
                not_known(s, fact, "the API does not say");
                return;
        case TRUTH_UNKNOWN:
                not_known(s, fact, cause);
                return;
        }
}

static void read_minimum(struct trial *t, struct settings *s)
{
        static const char fact[] = "encryption.tls_minimum";
        const json_t *value = NULL;
        const char *cause = NULL;

        if (!trial_collected(t->subject->resource, fact))
                return;
        switch (trial_fact(t, t->subject->resource, fact, &value, &cause)) {
        case FACT_KNOWN:
                break;
        case FACT_ABSENT:
                not_known(s, fact, "the API does not say");
                return;
        case FACT_UNKNOWN:
                not_known(s, fact, cause);
                return;
        }
        trial_set(t, "version", "%s", json_is_string(value) ? json_string_value(value) : "?");
        if (trial_param_has(t, "good", json_string_value(value)))
                s->good++;
        else if (trial_param_has(t, "weak", json_string_value(value)))
                s->bad = "old";
        else
                not_known(s, fact, "a word that is not known");
}

static int check_transit(struct trial *t)
{
        struct settings s = { 0 };
        const json_t *reason;

        trial_set(t, "version", "-");
        read_minimum(t, &s);
        read_https_only(t, &s); /* plain HTTP is worse than an old version of TLS */
        if (s.bad)
                return trial_decide(t, VERDICT_FAIL, s.bad);
        if (s.what)
                return trial_unknown(t, s.what, s.cause);
        if (s.good > 0)
                return trial_decide(t, VERDICT_PASS, NULL);
        reason = row_of(t, "by_design");
        trial_set_text(t, "reason", reason ? reason : row_of(t, "reasons"));
        if (reason)
                return trial_decide(t, VERDICT_PASS, "by-design");
        return trial_decide(t, VERDICT_UNKNOWN, row_of(t, "reasons") ? "untold" : "unseen");
}

const struct check checks_transit[] = {
        { "transit", check_transit,
          NAMES("pass", "by-design", "plain", "old", "untold", "unseen", "unknown"),
          NAMES("version", "reason"), NAMES("good", "weak", "by_design", "reasons") },
        { 0 },
};
