/* For a page that is kept: everything, nothing cut short. */
#include "daemon/base/json.h"
#include "daemon/report/language.h"
#include "daemon/report/programme-private.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* A text in which nothing is markup. */
static void put(FILE *out, const char *text)
{
        _cleanup_(freep) char *safe = terminal_safe(text ? text : "");

        for (const char *p = safe ? safe : ""; *p; p++) {
                if (strchr("\\`*_[]<>|#", *p))
                        (void)fputc('\\', out);
                (void)fputc(*p, out);
        }
}

static int put_take(FILE *out, const char *before, char *text_take)
{
        _cleanup_(freep) char *text = text_take;

        if (!text)
                return -ENOMEM;
        if (*text == '\0')
                return 0;
        (void)fputs(before, out);
        put(out, text);
        (void)fputc('\n', out);
        return 0;
}

static void put_count(FILE *out, const struct programme_count *c)
{
        (void)fprintf(out, "%" PRIu64 "/%" PRIu64 " | %" PRIu64 " | %" PRIu64 " | %" PRIu64,
                      c->done, programme_total(c), c->open, c->unknown, c->waived);
}

static int put_stages(const struct programme_request *request)
{
        const struct programme *p = request->programme;
        FILE *out = request->terminal.out;

        (void)fprintf(out, "\n| %s | %s | %s | %s | %s | %s | %s |\n", _("STEP"), _("PROGRESS"),
                      _("DONE"), _("OPEN"), _("UNKNOWN"), _("WAIVED"), _("EFFORT"));
        (void)fputs("|---|---:|---:|---:|---:|---:|---|\n", out);
        for (size_t i = 0; i < p->n_stages; i++) {
                const struct programme_stage *s = &p->stages[i];
                _cleanup_(freep) char *effort = programme_effort_text(s);
                int percent = programme_percent(p, s);

                if (!effort)
                        return -ENOMEM;
                (void)fprintf(out, "| %zu. ", i + 1);
                put(out, text_in(s->title, request->language));
                (void)fputs(" | ", out);
                if (percent >= 0)
                        (void)fprintf(out, _("%d %%"), percent);
                (void)fputs(" | ", out);
                put_count(out, &s->count);
                (void)fprintf(out, " | %s |\n", effort);
        }
        return 0;
}

static int put_missing(const struct programme_request *request, const struct programme_stage *s)
{
        FILE *out = request->terminal.out;
        size_t n = 0;
        _cleanup_(freep) struct programme_missing *all = programme_missing_of(s, &n);

        if (!all)
                return -ENOMEM;
        if (n == 0)
                return 0;
        (void)fputs("\n### ", out);
        put(out, text_in(s->title, request->language));
        (void)fputs("\n\n", out);
        for (size_t i = 0; i < n; i++) {
                _cleanup_(freep) char *text = programme_missing_text(request, &all[i]),
                                      *see = programme_gap_see(all[i].gauge, all[i].gaps);

                if (!text || !see)
                        return -ENOMEM;
                (void)fputs("- ", out);
                put(out, text);
                (void)fprintf(out, " → `%s`\n", see);
        }
        return 0;
}

static int put_budgets(const struct programme_request *request)
{
        const struct programme *p = request->programme;
        FILE *out = request->terminal.out;
        char *source = NULL;
        int r;

        (void)fprintf(out, "\n## %s\n\n", _("Effort and budget"));
        r = put_take(out, "- ", programme_duration_text(p));
        for (size_t i = 0; r >= 0 && i < p->n_brackets; i++)
                r = put_take(out, "- ", programme_bracket_text(request, &p->brackets[i]));
        if (r >= 0 && p->n_brackets == 0)
                r = put_take(out, "- ", strdup(_("No account is known: no budget can be named.")));
        if (r >= 0 && p->n_brackets > 1)
                r = put_take(out, "- ",
                             strdup(_("Several apply; the source does not say that they add up.")));
        if (r < 0)
                return r;
        if (asprintf(&source, _("Source: %s, %s"), text_in(p->source, request->language),
                     p->as_of) < 0)
                return -ENOMEM;
        return put_take(out, "- ", source);
}

static void put_registers(const struct programme_request *request)
{
        static const char *const members[] = {
                "register", "id", "owner", "proof", "date", "until"
        };
        FILE *out = request->terminal.out;
        const json_t *rows = request->programme->registers, *row;
        size_t i;

        if (json_array_size(rows) == 0)
                return;
        (void)fprintf(out, "\n## %s\n\n", _("Registers (declared; vigie follows no proof)"));
        (void)fprintf(out, "| %s | %s | %s | %s | %s | %s | %s |\n|---|---|---|---|---|---|---|\n",
                      _("REGISTER"), _("ENTRY"), _("OWNER"), _("PROOF"), _("DATE"), _("UNTIL"),
                      _("STATE"));
        json_array_foreach((json_t *)rows, i, row)
        {
                for (size_t k = 0; k < ELEMENTSOF(members); k++) {
                        (void)fputs("| ", out);
                        put(out, json_member_string(row, members[k]));
                        (void)fputc(' ', out);
                }
                (void)fprintf(out, "| %s |\n",
                              programme_state_word(json_member_string(row, "state")));
        }
}

int programme_markdown(const struct programme_request *request, struct error *err)
{
        const struct programme *p = request->programme;
        FILE *out = request->terminal.out;
        int r;

        (void)fprintf(out, "# %s\n", _("Compliance programme, by what is known"));
        r = put_take(out, "\n", programme_scan_text(p));
        if (r >= 0)
                r = put_take(out, "\n", programme_left_out_text(p));
        if (r >= 0)
                r = put_stages(request);
        if (r >= 0)
                (void)fprintf(out, "\n## %s\n", _("What is missing first"));
        for (size_t i = 0; r >= 0 && i < p->n_stages; i++)
                r = put_missing(request, &p->stages[i]);
        if (r >= 0)
                r = put_budgets(request);
        if (r < 0)
                return error_set(err, r, "report: %s", strerror(-r));
        put_registers(request);
        return 0;
}
