#include "daemon/report/findings.h"

#include "daemon/report/language.h"
#include "daemon/report/waivers.h"
#include "daemon/report/words.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { GROUP_SHOWN_MAX = 5, INDENT = 10 };

/* Where the printing stands: the group of the last finding. */
struct printing {
        const struct report_request *request;
        char rule[32], verdict[16], severity[16], provider[32];
        char title[256], label[64];
        bool brief, brief_begun; /* below high, a scan's table has one line per group */
        uint64_t in_group, printed;
        uint64_t of_verdict[VERDICT_MAX]; /* brief: each has its line, however they are mixed */
};

static void same(char *to, size_t size, const char *from)
{
        (void)snprintf(to, size, "%s", from ? from : "");
}

/* "high", "low, undetermined", "waived" */
static void set_label(char *label, size_t size, enum verdict verdict, enum severity severity)
{
        if (verdict == VERDICT_FAIL)
                same(label, size, words_severity(severity));
        else if (verdict == VERDICT_UNKNOWN)
                (void)snprintf(label, size, "%s, %s", words_severity(severity),
                               words_verdict(verdict));
        else
                same(label, size, words_verdict(verdict));
}

static void end_brief_group(struct printing *p)
{
        enum severity severity = SEVERITY_INFO;

        (void)severity_from_name(p->severity, &severity);
        for (int v = 0; v < VERDICT_MAX; v++) {
                if (p->of_verdict[v] == 0)
                        continue;
                set_label(p->label, sizeof(p->label), (enum verdict)v, severity);
                (void)fprintf(p->request->terminal.out, "%-*s%5" PRIu64 "  %s  [%s]\n", INDENT,
                              p->rule, p->of_verdict[v], p->title, p->label);
        }
}

static void end_group(struct printing *p)
{
        FILE *out = p->request->terminal.out;

        if (p->brief)
                end_brief_group(p);
        else if (!p->request->verbose && p->in_group > GROUP_SHOWN_MAX) {
                (void)fprintf(out, "%*s", INDENT, "");
                (void)fprintf(out, _("… and %" PRIu64 " more: vigie findings --rule %s"),
                              p->in_group - GROUP_SHOWN_MAX, p->rule);
                (void)fputc('\n', out);
        }
        memset(p->of_verdict, 0, sizeof(p->of_verdict));
        p->in_group = 0;
}

static void print_head(const struct printing *p, const struct store_finding *f, enum style style)
{
        const struct terminal *t = &p->request->terminal;

        if (p->printed > 0)
                (void)fputc('\n', t->out);
        terminal_put(t, style, f->rule);
        (void)fprintf(t->out, "%*s", INDENT - (int)strlen(f->rule), "");
        terminal_put(t, STYLE_BOLD, p->title);
        (void)fputs("  [", t->out);
        terminal_put(t, style, p->label);
        (void)fputs("]\n", t->out);
}

static void begin_group(struct printing *p, const struct store_finding *f)
{
        const struct report_request *request = p->request;
        const struct terminal *t = &request->terminal;
        enum verdict verdict = VERDICT_UNKNOWN;
        enum severity severity = SEVERITY_INFO;

        (void)verdict_from_name(f->verdict, &verdict);
        (void)severity_from_name(f->severity, &severity);
        end_group(p);
        set_label(p->label, sizeof(p->label), verdict, severity);
        same(p->title, sizeof(p->title),
             report_rule_text(f->rule_data, "title", request->language));
        p->brief = request->part == REPORT_SCAN && !request->verbose && severity < SEVERITY_HIGH;
        if (!p->brief)
                print_head(p, f, terminal_style_of(verdict, severity));
        else if (!p->brief_begun)
                (void)fprintf(t->out, "\n%s\n",
                              _("Below high severity, one line each; vigie findings shows them:"));
        p->brief_begun = p->brief;
        same(p->rule, sizeof(p->rule), f->rule);
        same(p->verdict, sizeof(p->verdict), f->verdict);
        same(p->severity, sizeof(p->severity), f->severity);
        p->provider[0] = '\0';
}

static void print_where(const struct terminal *t, const struct store_finding *f)
{
        const char *const parts[] = { f->place.account, f->place.scope, f->place.region };

        (void)fprintf(t->out, "%*s", INDENT - 4, "");
        (void)fputs("- ", t->out);
        terminal_put(t, STYLE_PLAIN, f->place.provider);
        for (size_t i = 0; i < ELEMENTSOF(parts); i++)
                if (parts[i] && *parts[i]) {
                        (void)fputs(" / ", t->out);
                        terminal_put(t, STYLE_PLAIN, parts[i]);
                }
        if (f->resource_id) {
                const char *name =
                        f->resource_name && *f->resource_name ? f->resource_name : f->resource_id;

                (void)fputs("  ", t->out);
                terminal_put(t, STYLE_BOLD, name);
                (void)fputs("  ", t->out);
                terminal_put(t, STYLE_DIM, f->kind ? f->kind : "");
        }
        if (f->closed)
                (void)fprintf(t->out, _("  (closed %s)"), f->closed);
        if (f->flapping) {
                (void)fputs("  ", t->out);
                terminal_put(t, STYLE_YELLOW, _("(flapping)"));
        }
        (void)fputc('\n', t->out);
}

static void print_remediation(struct printing *p, const struct store_finding *f)
{
        const struct terminal *t = &p->request->terminal;
        _cleanup_(freep) char *text = NULL;

        if (strcmp(p->provider, f->place.provider) == 0)
                return;
        same(p->provider, sizeof(p->provider), f->place.provider);
        /* one text for the whole group: it names no region */
        text = report_remediation(f->rule_data, f->place.provider, NULL, p->request->language);
        if (!text || !*text || strcmp(f->verdict, "pass") == 0)
                return;
        (void)fprintf(t->out, "%*s", INDENT - 4, "");
        (void)fputs("→ ", t->out);
        terminal_fold(t, INDENT - 2, INDENT - 2, text);
}

static void print_waiver(const struct terminal *t, const struct store_finding *f)
{
        _cleanup_(freep) char *text = f->waiver ? waiver_text(f->waiver) : NULL;

        if (!text)
                return;
        (void)fprintf(t->out, "%*s", INDENT, "");
        (void)fprintf(t->out, "%s ", _("Waived:"));
        terminal_fold(t, INDENT + 8, INDENT, text);
}

static int on_finding(void *user, const struct store_finding *f)
{
        struct printing *p = user;
        const struct report_request *request = p->request;
        const struct terminal *t = &request->terminal;
        enum verdict verdict = VERDICT_UNKNOWN;

        if (!report_wants(request, f->place.account))
                return 0;
        if (request->part == REPORT_SCAN && f->closed)
                return 0;
        if (strcmp(p->rule, f->rule) != 0 || strcmp(p->severity, f->severity) != 0 ||
            (!p->brief && strcmp(p->verdict, f->verdict) != 0))
                begin_group(p, f);
        (void)verdict_from_name(f->verdict, &verdict);
        p->of_verdict[verdict]++;
        p->in_group++;
        p->printed++;
        if (p->brief || (!request->verbose && p->in_group > GROUP_SHOWN_MAX))
                return 0;
        print_remediation(p, f);
        print_where(t, f);
        (void)fprintf(t->out, "%*s", INDENT, "");
        terminal_fold(t, INDENT, INDENT, report_why(f, request->language));
        print_waiver(t, f);
        return ferror(t->out) ? -EIO : 0;
}

int findings_print(const struct report_request *request, struct error *err)
{
        struct printing p = { .request = request };
        struct store_filter filter = *request->filter;
        int r;

        filter.without_replies = true;
        r = store_each_finding(request->store, &filter, on_finding, &p, err);

        if (r < 0)
                return error_set(err, r, "report: %s", strerror(-r));
        end_group(&p);
        if (p.printed == 0) {
                (void)fputs(_("No findings."), request->terminal.out);
                (void)fputc('\n', request->terminal.out);
        }
        return 0;
}
