/* What the organisation does: how far the steps of its programme are, what is missing first, what
 * its registers say. The numbers are those of vigie programme; nothing is reckoned here. */
#include "daemon/base/json.h"
#include "daemon/report/html.h"
#include "daemon/report/language.h"
#include "daemon/report/programme-private.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { MISSING_SHOWN = 4, BAR = 120 };

static struct programme_request request_of(const struct html *h)
{
        return (struct programme_request){ .programme = h->request->programme,
                                           .language = h->request->language };
}

/* A paragraph, nothing for an empty text; NULL is a lack of memory. */
static int put_text(const struct html *h, const char *element, const char *class, char *text_take)
{
        _cleanup_(freep) char *text = text_take;

        if (!text)
                return -ENOMEM;
        if (*text)
                html_put(h, *class ? "<%s class=\"%s\">%s</%s>\n" : "<%s%s>%s</%s>\n", element,
                         class, text, element);
        return 0;
}

/* ---- what cannot be told -----------------------------------------------------------------------
 */

static void put_without(const struct html *h)
{
        if (h->request->no_programme)
                html_put(h, "<p class=\"alarm\">? %s: %s</p>\n",
                         _("How far it is could not be reckoned"), h->request->no_programme);
        else
                html_put(h, "<p class=\"alarm\">? %s</p>\n",
                         _("How far it is was not reckoned for this page: vigie report --config "
                           "FILE does."));
}

static void put_no_register(const struct html *h)
{
        if (json_array_size(h->request->programme->registers) == 0)
                html_put(h, "<p class=\"alarm\">? %s</p>\n",
                         _("No register was given: contracts, training, security tests and "
                           "incident contacts count as missing. They stand in registers/*.yaml "
                           "beside the configuration that vigie report --config FILE names."));
}

/* ---- steps -------------------------------------------------------------------------------------
 */

/* done, to be addressed, undetermined, waived */
static void put_count(const struct html *h, const struct programme_count *c)
{
        html_put(h,
                 "<td class=\"n\">%" PRIu64 " / %" PRIu64 "</td><td class=\"n\">%" PRIu64
                 "</td><td class=\"n\">%" PRIu64 "</td><td class=\"n\">%" PRIu64 "</td>",
                 c->done, programme_total(c), c->open, c->unknown, c->waived);
}

static void put_progress(const struct html *h, int percent)
{
        int width = percent > 0 ? percent * BAR / 100 : 0;
        char text[32];

        (void)snprintf(text, sizeof(text), _("%d %%"), percent);
        html_put(h,
                 "<td><svg class=\"bar\" viewBox=\"0 0 %d 12\" preserveAspectRatio=\"none\" "
                 "aria-hidden=\"true\"><rect class=\"b-track\" width=\"%d\" height=\"12\"/>"
                 "<rect class=\"b-pass\" width=\"%d\" height=\"12\"/></svg></td>"
                 "<td class=\"n\">%s</td>",
                 BAR, BAR, width, percent < 0 ? "?" : text);
}

static int put_stage(const struct html *h, size_t i)
{
        const struct programme *p = h->request->programme;
        const struct programme_stage *s = &p->stages[i];
        _cleanup_(freep) char *effort = programme_effort_text(s);

        if (!effort)
                return -ENOMEM;
        html_put(h, "<tr><th scope=\"row\">%d. %s</th>", (int)i + 1,
                 text_in(s->title, h->request->language));
        put_progress(h, programme_percent(p, s));
        put_count(h, &s->count);
        html_put(h, "<td>%s</td></tr>\n", effort);
        for (size_t k = 0; k < s->n_gauges; k++) {
                const struct programme_gauge *g = &s->gauges[k];

                html_put(h, "<tr><td class=\"part\">%s</td>",
                         text_in(g->title, h->request->language));
                put_progress(h, programme_gauge_percent(g));
                put_count(h, &g->count);
                html_put(h, "<td></td></tr>\n");
        }
        return 0;
}

static int put_stages(const struct html *h)
{
        const char *const heads[] = { _("step, and what counts for it"),
                                      _("progress"),
                                      "#%",
                                      _("#done"),
                                      _("#to be addressed"),
                                      _("#undetermined"),
                                      _("#waived"),
                                      _("effort"),
                                      NULL };
        int r = 0;

        html_table(h, "steps", _("Steps"), heads);
        for (size_t i = 0; r == 0 && i < h->request->programme->n_stages; i++)
                r = put_stage(h, i);
        html_table_end(h);
        return r;
}

/* ---- what is missing ---------------------------------------------------------------------------
 */

/* Where to look: in this page where it is, else what to type. */
static int put_see(const struct html *h, const struct programme_missing *m)
{
        const struct programme_gap *gap = m->gaps;
        _cleanup_(freep) char *see = programme_gap_see(m->gauge, gap);

        if (!see)
                return -ENOMEM;
        if (gap->lack == LACK_RULE && json_object_get(h->survey.rules, gap->subject))
                html_put(h, "<a href=\"#r-%s\">%s</a>", gap->subject, gap->subject);
        else if (gap->lack == LACK_READING)
                html_put(h, "<a href=\"#coverage\">%s</a>", _("What could not be read"));
        else
                html_put(h, "<code>%s</code>", see);
        return 0;
}

static int put_missing_of(const struct html *h, const struct programme_stage *s)
{
        const struct programme_request request = request_of(h);
        size_t n = 0;
        _cleanup_(freep) struct programme_missing *all = programme_missing_of(s, &n);
        int r = all ? 0 : -ENOMEM;

        for (size_t i = 0; r == 0 && i < n && i < MISSING_SHOWN; i++) {
                _cleanup_(freep) char *text = programme_missing_text(&request, &all[i]);

                if (!text)
                        return -ENOMEM;
                html_put(h, "<tr><th scope=\"row\">%s</th><td>%s</td><td>",
                         text_in(s->title, h->request->language), text);
                r = put_see(h, &all[i]);
                html_put(h, "</td></tr>\n");
        }
        if (r == 0 && n > MISSING_SHOWN)
                html_put(h,
                         "<tr><th scope=\"row\">%s</th><td>+ %" PRIu64 " %s</td><td>"
                         "<code>vigie programme --verbose</code></td></tr>\n",
                         text_in(s->title, h->request->language), (uint64_t)(n - MISSING_SHOWN),
                         _("further things that are missing"));
        return r;
}

static int put_missing(const struct html *h)
{
        const char *const heads[] = { _("step"), _("what is missing"), _("see"), NULL };
        int r = 0;

        html_table(h, "", _("What is missing first"), heads);
        for (size_t i = 0; r == 0 && i < h->request->programme->n_stages; i++)
                r = put_missing_of(h, &h->request->programme->stages[i]);
        html_table_end(h);
        return r;
}

/* ---- effort, budgets, registers ----------------------------------------------------------------
 */

static int put_budgets(const struct html *h)
{
        const struct programme *p = h->request->programme;
        const struct programme_request request = request_of(h);
        char *source = NULL;
        int r;

        html_put(h, "<h3>%s</h3>\n<ul>\n", _("Effort and budget"));
        r = put_text(h, "li", "", programme_duration_text(p));
        for (size_t i = 0; r == 0 && i < p->n_brackets; i++)
                r = put_text(h, "li", "", programme_bracket_text(&request, &p->brackets[i]));
        if (p->n_brackets == 0)
                html_put(h, "<li>%s</li>\n", _("No account is known: no budget can be named."));
        if (p->n_brackets > 1)
                html_put(h, "<li>%s</li>\n",
                         _("Several apply; the source does not say that they add up."));
        if (r == 0 && asprintf(&source, _("Source: %s, %s"),
                               text_in(p->source, h->request->language), p->as_of) < 0)
                return -ENOMEM;
        if (r == 0)
                r = put_text(h, "li", "", source);
        html_put(h, "</ul>\n");
        return r;
}

static void put_entry(const struct html *h, const json_t *row)
{
        static const char *const members[] = { "id", "owner", "proof", "date", "until" };

        html_put(h, "<tr><th scope=\"row\">%s</th>", json_member_string(row, "register"));
        for (size_t i = 0; i < ELEMENTSOF(members); i++)
                html_put(h, "<td>%s</td>", json_member_string(row, members[i]));
        html_put(h, "<td>%s</td></tr>\n", programme_state_word(json_member_string(row, "state")));
}

static void put_registers(const struct html *h)
{
        const char *const heads[] = { _("register"), _("entry"), _("owner"), _("proof"),
                                      _("date"),     _("until"), _("state"), NULL };
        const json_t *rows = h->request->programme->registers, *row;
        size_t i;
        char text[128];

        if (json_array_size(rows) == 0)
                return;
        (void)snprintf(text, sizeof(text), _("%zu entries, %zu of them ended"),
                       json_array_size(rows), programme_registers_ended(rows));
        html_put(h, "<h3>%s</h3>\n<details><summary>%s</summary>\n",
                 _("Registers (declared; vigie follows no proof)"), text);
        html_table(h, "sortable", _("Entries of the registers"), heads);
        json_array_foreach((json_t *)rows, i, row) put_entry(h, row);
        html_table_end(h);
        html_put(h, "</details>\n");
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

static void put_about(const struct html *h)
{
        html_put(h, "<p>%s</p>\n",
                 _("By verdicts, lists that could be read, and what owners declare in registers: "
                   "what is undetermined or waived is never done."));
        if (h->judged)
                html_put(h, "<p>%s: <time>%s</time></p>\n", _("As of"), h->judged);
        if (!export_is_whole(&h->e) || h->request->accounts)
                html_put(h, "<p class=\"alarm\">%s</p>\n",
                         _("The programme is of all that is known, not of this part alone."));
}

int html_programme(struct html *h)
{
        const struct programme *p = h->request->programme;
        int r;

        if (!p) {
                put_without(h);
                return 0;
        }
        put_about(h);
        if (!p->scan)
                html_put(h, "<p class=\"alarm\">%s</p>\n", _("No scan yet."));
        r = put_text(h, "p", "alarm", programme_left_out_text(p));
        put_no_register(h);
        if (r == 0)
                r = put_stages(h);
        if (r == 0)
                r = put_missing(h);
        if (r == 0)
                r = put_budgets(h);
        if (r < 0)
                return error_set(h->err, r, "report: %s", strerror(-r));
        put_registers(h);
        return 0;
}

static void put_line(const struct html *h)
{
        const struct programme *p = h->request->programme;
        size_t done = 0, entries = json_array_size(p->registers);

        for (size_t i = 0; i < p->n_stages; i++)
                done += programme_stage_is_done(p, &p->stages[i]);
        html_put(h, "<p><b>%" PRIu64 " / %" PRIu64 "</b> %s · ", (uint64_t)done,
                 (uint64_t)p->n_stages, _("steps of the programme done"));
        if (entries > 0)
                html_put(h, "<b>%" PRIu64 "</b> %s · <b>%" PRIu64 "</b> %s</p>\n",
                         (uint64_t)entries, _("entries in registers"),
                         (uint64_t)programme_registers_ended(p->registers), _("ended"));
        else
                html_put(h, "? %s</p>\n", _("no register was given"));
}

void html_programme_line(const struct html *h)
{
        html_put(h, "<article class=\"tile line\"><h3>%s</h3>\n", _("What is done about it?"));
        if (h->request->programme)
                put_line(h);
        else
                put_without(h);
        html_put(h, "<p class=\"more\"><a href=\"#programme\">%s</a></p></article>\n",
                 _("Compliance programme"));
}
