/* The history as one page that fetches nothing: charts, and a table with the same numbers beneath
 * each. */
#include "daemon/report/history.h"

#include "daemon/base/version.h"
#include "daemon/report/html-chart.h"
#include "daemon/report/html.h"
#include "daemon/report/language.h"
#include "daemon/report/words.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Colours are told apart by their lightness too, and stand in one order in chart and legend. */
static const char style[] =
        ":root{color-scheme:light dark;--ink:#1b1b1b;--paper:#fff;--soft:#5a5a5a;--rule:#c9c9c9;"
        "--k0:#67000d;--k1:#c1272d;--k2:#e8743b;--k3:#f2b872;--k4:#b9c3cc;--k5:#8b95a1;"
        "--k6:#6b9bc3;--k7:#2f7d5b}"
        "@media(prefers-color-scheme:dark){:root{--ink:#eee;--paper:#161819;--soft:#b0b0b0;"
        "--rule:#4a4e52;--k0:#ffc2c0;--k1:#ff5a5f;--k2:#d8702c;--k3:#a97f3a;--k4:#66717b;"
        "--k5:#97a1ad;--k6:#5b8fbf;--k7:#4da27d}}"
        "body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);"
        "max-width:70rem;margin:0 auto;padding:1rem}"
        "h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem}a{color:inherit}"
        "nav a{margin-right:1rem}.soft{color:var(--soft)}"
        ".alarm{border-left:.3rem solid var(--k1);padding-left:.7rem}"
        ".chart{width:100%;height:auto}.c-line{stroke:var(--rule);stroke-width:1}"
        ".c-text{fill:var(--soft);font-size:12px}.c-hatch{stroke:var(--soft);stroke-width:2}"
        ".k0{fill:var(--k0)}.k1{fill:var(--k1)}.k2{fill:var(--k2)}.k3{fill:var(--k3)}"
        ".k4{fill:var(--k4)}.k5{fill:var(--k5)}.k6{fill:var(--k6)}.k7{fill:var(--k7)}"
        ".c-legend{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.3rem 1.2rem}"
        ".wide{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem}"
        "caption{text-align:left;color:var(--soft);padding:.3rem 0}"
        "th,td{padding:.15rem .6rem;border-bottom:1px solid var(--rule);text-align:right}"
        "th:first-child,td.t,th.t{text-align:left}thead th{vertical-align:bottom}"
        "summary{cursor:pointer}"
        "@media print{nav{display:none}svg,tr{break-inside:avoid}body{max-width:none}}";

/* ---- what is drawn -----------------------------------------------------------------------------
 */

struct point {
        char label[HISTORY_LABEL_MAX], state[HISTORY_STATE_MAX];
        char *accounts; /* by scan; else "" */
        bool known;
        uint64_t resources, stale;
        uint64_t findings[VERDICT_MAX][SEVERITY_MAX];
        uint64_t coverage[COVERAGE_STATE_MAX];
};

struct page {
        struct html h; /* for what writes text: out alone is set */
        const struct history_request *request;
        struct point *points;
        size_t n_points, room;
        size_t unknown;
};

struct part {
        const char *id, *title;
        size_t n_series;
        const char *(*name)(size_t series);
        uint64_t (*value)(const struct point *p, size_t series);
        const char *const *classes;
};

static const char *severity_word(size_t series)
{
        return words_severity((enum severity)(SEVERITY_CRITICAL - series));
}

static uint64_t failing(const struct point *p, size_t series)
{
        return p->findings[VERDICT_FAIL][SEVERITY_CRITICAL - series];
}

static uint64_t undetermined(const struct point *p, size_t series)
{
        return p->findings[VERDICT_UNKNOWN][SEVERITY_CRITICAL - series];
}

static const enum verdict verdicts[] = { VERDICT_FAIL, VERDICT_UNKNOWN, VERDICT_WAIVED,
                                         VERDICT_PASS };

static const char *verdict_word(size_t series)
{
        return words_verdict(verdicts[series]);
}

static uint64_t of_verdict(const struct point *p, size_t series)
{
        uint64_t sum = 0;

        for (int i = 0; i < SEVERITY_MAX; i++)
                sum += p->findings[verdicts[series]][i];
        return sum;
}

/* What was not read lies at the bottom, where it shows however much was; alone it is drawn too. */
static const enum coverage_state states[] = {
        COVERAGE_DENIED,  COVERAGE_EXPIRED, COVERAGE_FAILED, COVERAGE_THROTTLED,
        COVERAGE_SKIPPED, COVERAGE_OFF,     COVERAGE_ABSENT, COVERAGE_OK,
};
static_assert(ELEMENTSOF(states) == COVERAGE_STATE_MAX, "every state is drawn");
enum { STATES_UNREAD = 5 };

static const char *state_word(size_t series)
{
        return words_coverage(states[series]);
}

static uint64_t in_state(const struct point *p, size_t series)
{
        return p->coverage[states[series]];
}

static const char *const five[] = { "k0", "k1", "k2", "k3", "k4" };
static const char *const four[] = { "k1", "k3", "k5", "k7" };
static const char *const eight[] = { "k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7" };

static const struct part parts[] = {
        { "findings", N_("To be addressed, by severity"), ELEMENTSOF(five), severity_word, failing,
          five },
        { "undetermined", N_("Undetermined, by severity"), ELEMENTSOF(five), severity_word,
          undetermined, five },
        { "verdicts", N_("All verdicts"), ELEMENTSOF(verdicts), verdict_word, of_verdict, four },
        { "unread", N_("What could not be read: lists by state"), STATES_UNREAD, state_word,
          in_state, eight },
        { "coverage", N_("What could be read: lists by state"), ELEMENTSOF(states), state_word,
          in_state, eight },
};

/* ---- taking it ---------------------------------------------------------------------------------
 */

static int page_room(struct page *p)
{
        size_t room = p->room ? 2 * p->room : 64;
        struct point *points;

        if (p->n_points < p->room)
                return 0;
        points = reallocarray(p->points, room, sizeof(*points));
        if (!points)
                return -ENOMEM;
        p->points = points;
        p->room = room;
        return 0;
}

static int on_row(void *user, const struct history_row *row)
{
        struct page *p = user;
        const struct store_census *c = &row->census;
        struct point *point;

        if (page_room(p) < 0)
                return -ENOMEM;
        point = &p->points[p->n_points];
        *point = (struct point){
                .accounts = history_accounts(c),
                .known = c->known,
                .resources = c->resources,
                .stale = c->stale,
        };
        if (!point->accounts)
                return -ENOMEM;
        (void)history_label(p->request, row, point->label);
        (void)history_state(p->request, row, point->state);
        memcpy(point->findings, c->findings, sizeof(point->findings));
        memcpy(point->coverage, c->coverage, sizeof(point->coverage));
        p->n_points++;
        p->unknown += !c->known;
        return 0;
}

static void page_done(struct page *p)
{
        for (size_t i = 0; i < p->n_points; i++)
                free(p->points[i].accounts);
        free(p->points);
}

/* ---- parts -------------------------------------------------------------------------------------
 */

struct drawn {
        const struct page *page;
        const struct part *part;
};

static const char *label_of(void *user, size_t point)
{
        const struct drawn *d = user;

        return d->page->points[point].label;
}

static bool is_known(void *user, size_t point)
{
        const struct drawn *d = user;

        return d->page->points[point].known;
}

static uint64_t value_of(void *user, size_t point, size_t series)
{
        const struct drawn *d = user;

        return d->part->value(&d->page->points[point], series);
}

static void put_chart(const struct page *p, const struct part *part)
{
        struct drawn drawn = { p, part };
        struct chart c = {
                .id = part->id,
                .title = _(part->title),
                .unknown = _("not known"),
                .n_series = part->n_series,
                .n_points = p->n_points,
                .label = label_of,
                .known = is_known,
                .value = value_of,
                .user = &drawn,
        };

        for (size_t i = 0; i < part->n_series; i++)
                c.series[i] = (struct chart_series){ part->name(i), part->classes[i] };
        chart_write(&c, p->h.out);
}

static void put_row(const struct page *p, const struct part *part, const struct point *point)
{
        bool by_scan = p->request->by == HISTORY_BY_SCAN;
        uint64_t sum = 0;

        html_put(&p->h, "<tr><th scope=\"row\">%s</th><td class=\"t\">%s</td>", point->label,
                 point->state);
        if (by_scan)
                html_put(&p->h, "<td class=\"t\">%s</td>", point->accounts);
        for (size_t i = 0; i < part->n_series; i++) {
                uint64_t n = part->value(point, i);

                sum += n;
                if (point->known)
                        html_put(&p->h, "<td>%" PRIu64 "</td>", n);
                else
                        html_put(&p->h, "<td>?</td>");
        }
        if (point->known)
                html_put(&p->h, "<td>%" PRIu64 "</td></tr>\n", sum);
        else
                html_put(&p->h, "<td>?</td></tr>\n");
}

/* The newest first: what is asked most. */
static void put_table(const struct page *p, const struct part *part)
{
        bool by_scan = p->request->by == HISTORY_BY_SCAN;

        html_put(&p->h,
                 "<details><summary>%s</summary><div class=\"wide\" tabindex=\"0\" "
                 "role=\"region\" aria-label=\"%s\"><table><caption>%s</caption>\n<thead><tr>",
                 _("The same in numbers"), _(part->title), _(part->title));
        html_put(&p->h, "<th scope=\"col\">%s</th><th scope=\"col\" class=\"t\">%s</th>",
                 by_scan ? _("Scan") : _("Day"), by_scan ? _("State") : _("Scans"));
        if (by_scan)
                html_put(&p->h, "<th scope=\"col\" class=\"t\">%s</th>", _("Accounts"));
        for (size_t i = 0; i < part->n_series; i++)
                html_put(&p->h, "<th scope=\"col\">%s</th>", part->name(i));
        html_put(&p->h, "<th scope=\"col\">%s</th></tr></thead>\n<tbody>\n", _("Total"));
        for (size_t i = p->n_points; i > 0; i--)
                put_row(p, part, &p->points[i - 1]);
        html_put(&p->h, "</tbody></table></div></details>\n");
}

static void put_part(const struct page *p, const struct part *part)
{
        html_put(&p->h, "<section aria-labelledby=\"h-%s\">\n<h2 id=\"h-%s\">%s</h2>\n", part->id,
                 part->id, _(part->title));
        put_chart(p, part);
        put_table(p, part);
        html_put(&p->h, "</section>\n");
}

/* ---- the page ----------------------------------------------------------------------------------
 */

char *history_policy(char text[static REPORT_POLICY_MAX])
{
        return html_plain_policy(style, text);
}

static void put_links(const struct page *p)
{
        bool by_scan = p->request->by == HISTORY_BY_SCAN;

        if (!p->request->served)
                return;
        html_put(&p->h,
                 "<nav aria-label=\"%s\"><a href=\"/\">%s</a> <a href=\"/history%s\">%s</a> "
                 "<a href=\"/history.json%s\">JSON</a> <a href=\"/history.csv%s\">CSV</a></nav>\n",
                 _("Other pages"), _("The report"), by_scan ? "" : "?by=scan",
                 by_scan ? _("By day") : _("By scan"), by_scan ? "?by=scan" : "",
                 by_scan ? "?by=scan" : "");
}

static void put_header(const struct page *p)
{
        const struct point *last = p->n_points > 0 ? &p->points[p->n_points - 1] : NULL;

        html_put(&p->h, "<header>\n<h1>%s</h1>\n", _("AI in the clouds over time"));
        put_links(p);
        if (!last) {
                html_put(&p->h, "<p class=\"alarm\">%s</p>\n</header>\n",
                         _("No scan in that time."));
                return;
        }
        html_put(&p->h, "<p>%s <time>%s</time> – <time>%s</time>. %s</p>\n",
                 p->request->by == HISTORY_BY_SCAN
                         ? _("What was known at the end of each scan,")
                         : _("What was known at the end of the last scan of each day (UTC),"),
                 p->points[0].label, last->label,
                 _("What could not be read is undetermined, never met."));
        if (last->known)
                html_put(&p->h, "<p>%s %" PRIu64 " (%s %" PRIu64 ").</p>\n",
                         _("Resources at the end:"), last->resources,
                         _("of them not seen in the last scan:"), last->stale);
        if (p->unknown > 0)
                html_put(&p->h, "<p class=\"alarm\">%s</p>\n",
                         _("Hatched, and ? in the tables, is what is not known: no scan, one that "
                           "did not end, or one of before there were numbers."));
        if (p->request->max > 0 && p->n_points == p->request->max)
                html_put(&p->h, "<p class=\"soft\">%s</p>\n",
                         _("Only the newest scans are shown here; vigie history --by scan has all "
                           "of them."));
        html_put(&p->h, "</header>\n");
}

static void put_page(const struct page *p)
{
        char policy[REPORT_POLICY_MAX];

        html_begin(&p->h, p->request->language, _("AI in the clouds over time"),
                   history_policy(policy), style);
        put_header(p);
        html_put(&p->h, "<main>\n");
        for (size_t i = 0; p->n_points > 0 && i < ELEMENTSOF(parts); i++)
                put_part(p, &parts[i]);
        html_put(&p->h, "</main>\n</body>\n</html>\n");
}

int history_html(const struct history_request *request, struct error *err)
{
        struct page p = { .h = { .out = request->terminal.out }, .request = request };
        int r = history_each(request, on_row, &p, err);

        if (r == 0)
                put_page(&p);
        page_done(&p);
        return r;
}
