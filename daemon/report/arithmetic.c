/* The judge's sum of a severity ("base=A/high-risk=critical; -1 iaas -> high") in words. What this
 * does not know of a sum is printed as it stands: never left out. */
#include "daemon/base/json.h"
#include "daemon/report/explain-lines.h"
#include "daemon/report/language.h"

#include <string.h>

enum { TERMS_MAX = 12 };

struct sum {
        char text[512];
        char *terms[TERMS_MAX]; /* "base=…", then steps; in text */
        size_t n;
        const char *result; /* NULL: no "->" */
};

static void sum_read(struct sum *s, const char *arithmetic)
{
        char *arrow, *p;

        *s = (struct sum){ 0 };
        (void)snprintf(s->text, sizeof(s->text), "%s", arithmetic);
        arrow = strstr(s->text, " -> ");
        if (arrow) {
                *arrow = '\0';
                s->result = arrow + strlen(" -> ");
        }
        for (p = s->text; *p && s->n < TERMS_MAX;) {
                size_t length = strcspn(p, ";");

                s->terms[s->n++] = p;
                p += length;
                if (*p)
                        *p++ = '\0';
                p += strspn(p, " ");
        }
}

/* Does the term begin with it? Then what follows. */
static const char *after(const char *term, const char *start)
{
        size_t length = strlen(start);

        return strncmp(term, start, length) == 0 ? term + length : NULL;
}

/* "A/high-risk=critical" into its three parts. */
static bool base_parts(const char *base, char parts[3][64])
{
        const char *slash = strchr(base, '/'), *equals = strrchr(base, '=');

        if (!slash || !equals || slash > equals)
                return false;
        (void)snprintf(parts[0], 64, "%.*s", (int)(slash - base), base);
        (void)snprintf(parts[1], 64, "%.*s", (int)(equals - slash - 1), slash + 1);
        (void)snprintf(parts[2], 64, "%s", equals + 1);
        return true;
}

static void base_text(const struct explain *e, const char *base, char *text, size_t size)
{
        const char *fixed = after(base, "fixed=");
        enum language language = e->request->language;
        char parts[3][64];

        if (fixed)
                (void)snprintf(text, size, _("%s: the rule fixes it"), explain_severity(fixed));
        else if (!base_parts(base, parts))
                (void)snprintf(text, size, "%s", base);
        else if (strcmp(parts[0], "fixed") == 0)
                (void)snprintf(text, size, _("%s: the rule fixes it for %s"),
                               explain_severity(parts[2]), parts[1]);
        else
                (void)snprintf(text, size, _("%s: profile %s of the rule, risk class %s"),
                               explain_severity(parts[2]), parts[0],
                               report_word(e->words, "risks", parts[1], language));
}

static bool is_infrastructure(const char *what)
{
        return strcmp(what, "iaas") == 0 || strcmp(what, "paas") == 0;
}

static void step_text(const char *step, char *text, size_t size)
{
        const char *what = after(step, "-1 "), *rest, *waived = after(step, "waived by ");
        char id[64] = "", date[64] = "";

        if (waived && sscanf(waived, "%63[^ ] until %63s", id, date) == 2)
                (void)snprintf(text, size, _("waived by %s until %s"), id, date);
        else if (what && strcmp(what, "unknown") == 0)
                (void)snprintf(text, size, "%s",
                               _("one step down: it could not be determined (never below low)"));
        else if (what && (rest = after(what, "env ")))
                (void)snprintf(text, size, _("one step down: declared environment %s"), rest);
        else if (what && (rest = after(what, "upcoming (")) &&
                 sscanf(rest, "%63[^ ] %63[^)]", id, date) == 2)
                (void)snprintf(text, size,
                               _("one step down: it rests on the AI Act alone, in a provision that "
                                 "applies from %s (%s)"),
                               date, id);
        else if (what && is_infrastructure(what))
                (void)snprintf(
                        text, size,
                        _("one step down: infrastructure (%s), neither declared high-risk nor "
                          "with sensitive data"),
                        what);
        else
                (void)snprintf(text, size, "%s", step);
}

/* ---- what would change it
 * ---------------------------------------------------------------------------- */

/* "high-risk: critical, limited: medium…": where the profile starts for the other risk classes. */
static void other_risks(const struct explain *e, const char *profile, const char *risk)
{
        const json_t *row = json_object_get(json_object_get(e->words, "profiles"), profile);
        static const char *const risks[] = { "prohibited", "high-risk", "limited", "minimal" };
        char text[EXPLAIN_TEXT_MAX], list[512] = "";
        size_t used = 0;

        for (size_t i = 0; i < ELEMENTSOF(risks); i++) {
                const char *base = json_member_string(row, risks[i]);

                if (base && strcmp(risks[i], risk) != 0 && used < sizeof(list))
                        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s → %s",
                                                 used ? ", " : "", risks[i],
                                                 explain_severity(base));
        }
        if (used == 0)
                return;
        (void)snprintf(text, sizeof(text), _("another declared risk (ai-act-risk): %s"), list);
        explain_line(e, _("would change it"), text);
}

static void change_of_step(const struct explain *e, const char *step)
{
        const char *what = after(step, "-1 ");
        char id[64], date[64] = "", text[EXPLAIN_TEXT_MAX] = "";

        if (!what)
                return;
        if (strcmp(what, "unknown") == 0)
                (void)snprintf(text, sizeof(text), "%s",
                               _("the missing evidence: then it is met, or one step more severe"));
        else if (after(what, "env "))
                (void)snprintf(text, sizeof(text), "%s", _("ai-act-env=prod: one step up"));
        else if (sscanf(what, "upcoming (%63[^ ] %63[^)]", id, date) == 2)
                (void)snprintf(text, sizeof(text), _("the date: from %s, one step up"), date);
        else if (is_infrastructure(what))
                (void)snprintf(text, sizeof(text), "%s",
                               _("ai-act-risk=high-risk, or ai-act-data of a sensitive kind: one "
                                 "step up"));
        explain_line(e, " ", text);
}

void explain_arithmetic(const struct explain *e, const char *arithmetic)
{
        const char *base;
        char text[EXPLAIN_TEXT_MAX], parts[3][64];
        struct sum s;

        if (!arithmetic)
                return;
        sum_read(&s, arithmetic);
        base = s.n > 0 ? after(s.terms[0], "base=") : NULL;
        if (!base) /* met, waived…: nothing was weighed */
                return;
        base_text(e, base, text, sizeof(text));
        explain_line(e, _("severity"), text);
        for (size_t i = 1; i < s.n; i++) {
                step_text(s.terms[i], text, sizeof(text));
                explain_line(e, " ", text);
        }
        if (s.n > 1 && s.result) {
                (void)snprintf(text, sizeof(text), _("which makes %s"), explain_severity(s.result));
                explain_line(e, " ", text);
        }
        if (base_parts(base, parts) && strcmp(parts[0], "fixed") != 0)
                other_risks(e, parts[0], parts[1]);
        for (size_t i = 1; i < s.n; i++)
                change_of_step(e, s.terms[i]);
}
