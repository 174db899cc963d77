#include "daemon/report/programme.h"

#include "daemon/base/buffer.h"
#include "daemon/base/json.h"
#include "daemon/report/language.h"
#include "daemon/report/programme-private.h"
#include "daemon/report/report.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { SENTENCE_BYTES_MAX = 16 * 1024, SUBJECTS_SHOWN = 10 };

static char *sentence(struct buffer *b)
{
        char *text = buffer_error(b) < 0 ? NULL : strdup(buffer_text(b));

        buffer_done(b);
        return text;
}

/* ---- what is missing ---------------------------------------------------------------------------
 */

static const char *title_of(const struct programme_request *request, const char *rule)
{
        const json_t *row;
        size_t i;

        json_array_foreach(request->programme->rules, i, row)
        {
                const char *id = json_member_string(row, "id");

                if (id && strcmp(id, rule) == 0)
                        return report_rule_text(row, "title", request->language);
        }
        return "";
}

static void add_rule(struct buffer *b, const struct programme_request *request,
                     const struct programme_gap *gap)
{
        const char *between = "";

        buffer_printf(b, _("%s %s: "), gap->subject, title_of(request, gap->subject));
        if (gap->count.open > 0) {
                buffer_printf(b, _("%" PRIu64 " to be addressed"), gap->count.open);
                between = ", ";
        }
        if (gap->count.unknown > 0) {
                buffer_add(b, between);
                buffer_printf(b, _("%" PRIu64 " undetermined"), gap->count.unknown);
        }
}

static void add_entry(struct buffer *b, const struct programme_gap *gap)
{
        if (gap->lack == LACK_ENTRY) {
                buffer_add(b, _("no entry in the register"));
                return;
        }
        if (gap->lack == LACK_PART)
                buffer_printf(b, _("the register's entry %s covers a part only"), gap->entry);
        else if (gap->lack == LACK_TO_COME)
                buffer_printf(b, _("the register's entry %s counts from %s only"), gap->entry,
                              gap->detail);
        else if (gap->lack == LACK_ENDED)
                buffer_printf(b, _("the register's entry %s ended on %s"), gap->entry, gap->detail);
        else
                buffer_printf(b, _("the register's entry %s lacks %s"), gap->entry, gap->detail);
}

char *programme_gap_text(const struct programme_request *request, const struct programme_gap *gap)
{
        struct buffer b = BUFFER_INIT(SENTENCE_BYTES_MAX);

        switch (gap->lack) {
        case LACK_SCAN:
                buffer_add(&b, _("nothing was scanned yet: what is deployed is not known"));
                break;
        case LACK_ACCOUNT:
                buffer_printf(&b, _("account %s was not scanned yet"), gap->subject);
                break;
        case LACK_READING:
                buffer_printf(&b, _("%" PRIu64 " lists could not be read"), gap->count.unknown);
                break;
        case LACK_RULE:
                add_rule(&b, request, gap);
                break;
        default:
                if (*gap->subject)
                        buffer_printf(&b, _("%s: "), gap->subject);
                add_entry(&b, gap);
        }
        return sentence(&b);
}

char *programme_gap_see(const struct programme_gauge *gauge, const struct programme_gap *gap)
{
        struct buffer b = BUFFER_INIT(SENTENCE_BYTES_MAX);

        switch (gap->lack) {
        case LACK_SCAN:
                buffer_add(&b, "vigie scan");
                break;
        case LACK_ACCOUNT:
                buffer_printf(&b, "vigie scan --account %s", gap->subject);
                break;
        case LACK_READING:
                buffer_add(&b, "vigie coverage");
                break;
        case LACK_RULE:
                buffer_printf(&b, "vigie findings --rule %s", gap->subject);
                break;
        default:
                buffer_printf(&b, "registers/*.yaml, %s:", gauge->register_name);
        }
        return sentence(&b);
}

/* ---- words of the formats ----------------------------------------------------------------------
 */

char *programme_effort_text(const struct programme_stage *stage)
{
        struct buffer b = BUFFER_INIT(SENTENCE_BYTES_MAX);

        if (stage->weeks == 0)
                buffer_add(&b, _("continuous"));
        else
                buffer_printf(&b, _("%" PRIu64 " weeks"), stage->weeks);
        return sentence(&b);
}

char *programme_duration_text(const struct programme *p)
{
        struct buffer b = BUFFER_INIT(SENTENCE_BYTES_MAX);
        uint64_t weeks = 0;

        for (size_t i = 0; i < p->n_stages; i++)
                weeks += p->stages[i].weeks;
        buffer_printf(&b,
                      _("%" PRIu64 " weeks of work, then continuous; %" PRIu64 " to %" PRIu64
                        " months in all"),
                      weeks, p->months.from, p->months.to);
        return sentence(&b);
}

static void add_amount(struct buffer *b, uint64_t eur)
{
        if (eur >= 1000000)
                buffer_printf(b, "%g M", (double)eur / 1e6);
        else
                buffer_printf(b, "%g k", (double)eur / 1e3);
}

char *programme_names_text(const json_t *names)
{
        struct buffer b = BUFFER_INIT(SENTENCE_BYTES_MAX);
        const json_t *name;
        size_t i;

        json_array_foreach((json_t *)names, i, name)
                buffer_printf(&b, "%s%s", i > 0 ? ", " : "", json_string_value(name));
        return sentence(&b);
}

char *programme_bracket_text(const struct programme_request *request,
                             const struct programme_bracket *bracket)
{
        _cleanup_(freep) char *providers = programme_names_text(bracket->providers);
        struct buffer b = BUFFER_INIT(SENTENCE_BYTES_MAX), ranges = BUFFER_INIT(SENTENCE_BYTES_MAX);

        for (size_t i = 0; i < bracket->n_ranges; i++) {
                if (i > 0)
                        buffer_printf(&ranges, " %s ", _("or"));
                add_amount(&ranges, bracket->ranges[i].from);
                buffer_add(&ranges, "–");
                add_amount(&ranges, bracket->ranges[i].to);
        }
        buffer_printf(&b, _("%s (%s): EUR %s"), text_in(bracket->title, request->language),
                      providers ? providers : "", buffer_text(&ranges));
        buffer_done(&ranges);
        return sentence(&b);
}

char *programme_scan_text(const struct programme *p)
{
        struct buffer b = BUFFER_INIT(SENTENCE_BYTES_MAX);

        if (!p->scan)
                buffer_add(&b, _("No scan yet."));
        else
                buffer_printf(&b, _("By the scan %s, finished %s (%s)"), p->scan,
                              p->finished ? p->finished : "-",
                              p->complete && p->unread == 0 ? _("complete") : _("incomplete"));
        return sentence(&b);
}

char *programme_left_out_text(const struct programme *p)
{
        struct buffer b = BUFFER_INIT(SENTENCE_BYTES_MAX);

        if (p->unread > 0)
                buffer_printf(&b,
                              _("%" PRIu64 " lists could not be read: what they hold is in none "
                                "of these numbers, and no step that rests on the scan is done."),
                              p->unread);
        return sentence(&b);
}

size_t programme_registers_ended(const json_t *registers)
{
        const json_t *row;
        size_t i, n = 0;

        json_array_foreach((json_t *)registers, i, row)
        {
                const char *state = json_member_string(row, "state");

                n += strcmp(state, "expired") == 0 || strcmp(state, "review-missed") == 0;
        }
        return n;
}

const char *programme_state_word(const char *state)
{
        static const struct {
                const char *state, *word;
        } words[] = {
                { "in-force", N_("in force") },
                { "to-come", N_("to come") },
                { "expired", N_("expired") },
                { "review-missed", N_("review missed") },
        };

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (strcmp(words[i].state, state) == 0)
                        return _(words[i].word);
        return state;
}

/* ---- the most pressing first -------------------------------------------------------------------
 */

static bool is_alike(const struct programme_gap *a, const struct programme_gap *b)
{
        return a->lack == LACK_ENTRY && b->lack == LACK_ENTRY;
}

static size_t take_alike(struct programme_missing *to, const struct programme_gauge *g, size_t i)
{
        *to = (struct programme_missing){ g, &g->gaps[i], 1 };
        while (i + to->n < g->n_gaps && is_alike(&g->gaps[i], &g->gaps[i + to->n]))
                to->n++;
        return to->n;
}

struct programme_missing *programme_missing_of(const struct programme_stage *stage, size_t *ret_n)
{
        struct programme_missing *all;
        size_t n = 0;

        for (size_t k = 0; k < stage->n_gauges; k++)
                n += stage->gauges[k].n_gaps;
        *ret_n = 0;
        all = calloc(n + 1, sizeof(*all));
        for (int w = SEVERITY_MAX; all && w >= 0; w--)
                for (size_t k = 0; k < stage->n_gauges; k++) {
                        const struct programme_gauge *g = &stage->gauges[k];

                        for (size_t i = 0; i < g->n_gaps;)
                                if (programme_gap_weight(&g->gaps[i]) == w)
                                        i += take_alike(&all[(*ret_n)++], g, i);
                                else
                                        i++;
                }
        return all;
}

char *programme_missing_text(const struct programme_request *request,
                             const struct programme_missing *m)
{
        struct buffer b = BUFFER_INIT(SENTENCE_BYTES_MAX);

        if (m->n < 2)
                return programme_gap_text(request, m->gaps);
        buffer_printf(&b, _("%zu without an entry in the register: "), m->n);
        for (size_t i = 0; i < m->n; i++) {
                if (i == SUBJECTS_SHOWN && !request->verbose) {
                        buffer_add(&b, "…");
                        break;
                }
                buffer_printf(&b, "%s%s", i > 0 ? ", " : "", m->gaps[i].subject);
        }
        return sentence(&b);
}

int programme_write(const struct programme_request *request, struct error *err)
{
        FILE *out = request->terminal.out;
        int r = 0;

        switch (request->format) {
        case PROGRAMME_TABLE:
                r = programme_table(request, err);
                break;
        case PROGRAMME_JSON:
                r = programme_json(request, err);
                break;
        case PROGRAMME_MARKDOWN:
                r = programme_markdown(request, err);
                break;
        }
        if (r >= 0 && (fflush(out) != 0 || ferror(out)))
                r = error_set(err, -EIO, "output: %s", strerror(EIO));
        return r;
}
