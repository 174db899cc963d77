/* The page around the sections. */
#include "daemon/report/html.h"

#include "daemon/base/version.h"
#include "daemon/report/language.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { TITLE_MAX = 128 };

/* In the order in which a reader needs them. */
static const struct {
        const char *id, *title;
        int (*write)(struct html *h);
} sections[] = {
        { "glance", N_("In one minute"), html_glance },
        { "map", N_("What is where"), html_map },
        { "places", N_("Accounts, regions and service types"), html_places },
        { "rules", N_("Verdicts, rule by rule"), html_rules },
        { "findings", N_("Findings and their evidence"), html_findings },
        { "duties", N_("Roles and duties"), html_duties },
        { "flows", N_("Where data goes"), html_flows },
        { "retention", N_("How long logs are kept"), html_retention },
        { "offers", N_("Who operates it"), html_offers },
        { "coverage", N_("What could not be read"), html_coverage },
        { "waivers", N_("Waivers"), html_waivers },
        { "programme", N_("Compliance programme"), html_programme },
        { "changes", N_("What changed"), html_changes },
        { "inventory", N_("Inventory"), html_inventory },
        { "method", N_("Method and limits"), html_method },
};

/* ---- around the sections -----------------------------------------------------------------------
 */

char *report_html_policy(char text[static REPORT_POLICY_MAX])
{
        char style[HTML_HASH_MAX], script[HTML_HASH_MAX];

        (void)snprintf(text, REPORT_POLICY_MAX,
                       "default-src 'none'; style-src 'sha256-%s'; script-src 'sha256-%s'; "
                       "img-src data:; base-uri 'none'; form-action 'none'",
                       html_hash(html_style(), style), html_hash(html_script(), script));
        return text;
}

static void put_head(const struct html *h)
{
        char policy[REPORT_POLICY_MAX], title[TITLE_MAX];

        (void)snprintf(title, sizeof(title), "vigie: %s %s", _("AI in the clouds"), h->e.finished);
        html_begin(h, h->request->language, title, report_html_policy(policy), html_style());
}

static void put_scan(const struct html *h)
{
        if (!*h->e.scan) {
                html_put(h, "<p class=\"alarm\">%s</p>\n", _("No scan yet."));
                return;
        }
        html_put(h, "<p>%s <b>%s</b>, %s <time>%s</time>, %s <time>%s</time>. vigie %s.</p>\n",
                 _("Scan"), h->e.scan, _("started"), h->e.started, _("finished"),
                 *h->e.finished ? h->e.finished : "-", VIGIE_VERSION);
        if (!export_is_whole(&h->e) || h->request->accounts)
                html_put(h, "<p class=\"alarm\">%s</p>\n",
                         _("This report was limited to a part of the inventory: what is beside it "
                           "is not told."));
        if (!h->e.complete)
                html_put(h, "<p class=\"alarm\"><a href=\"#coverage\">%s</a></p>\n",
                         _("Not everything could be read: what stands there is not in this report, "
                           "and what is said here of the rest may be too good."));
}

static void put_header(const struct html *h)
{
        html_put(h, "<a class=\"skip\" href=\"#main\">%s</a>\n<header>\n<h1>%s</h1>\n",
                 _("Skip to the content"), _("AI in the clouds: what the evidence indicates"));
        put_scan(h);
        html_put(h, "<nav aria-label=\"%s\"><ul>\n", _("Contents"));
        for (size_t i = 0; i < ELEMENTSOF(sections); i++)
                html_put(h, "<li><a href=\"#%s\">%s</a></li>\n", sections[i].id,
                         _(sections[i].title));
        if (h->request->served)
                html_put(h, "<li><a href=\"/history\">%s</a></li>\n",
                         _("AI in the clouds over time"));
        html_put(h, "</ul></nav>\n</header>\n<main id=\"main\">\n");
}

static void put_foot(const struct html *h)
{
        html_put(h, "</main>\n<footer><p>%s</p></footer>\n<script>",
                 report_rule_text(h->e.words, "disclaimer", h->request->language));
        (void)fputs(html_script(), h->out);
        html_put(h, "</script>\n</body>\n</html>\n");
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

static int put_sections(struct html *h)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < ELEMENTSOF(sections); i++) {
                html_section(h, sections[i].id, _(sections[i].title));
                r = sections[i].write(h);
                html_section_end(h);
                /* what could not be written is tried again, so that errno says why */
                if (r == 0 && (fflush(h->out) != 0 || ferror(h->out)))
                        r = error_set(h->err, -EIO, "output: %s", strerror(errno ? errno : EIO));
        }
        return r;
}

/* What the summary says lives until the next call on the store. */
static int take_basis(struct html *h)
{
        struct store_summary summary = { 0 };
        int r = store_summarise(h->request->store, &summary, h->err);

        if (r < 0)
                return r;
        h->judged = summary.judged ? strdup(summary.judged) : NULL;
        h->basis = summary.basis ? json_incref((json_t *)summary.basis) : NULL;
        h->calls = summary.calls;
        return 0;
}

int report_html(const struct report_request *request, struct error *err)
{
        struct html h = { .out = request->terminal.out, .request = request, .err = err };
        int r = export_init(&h.e, request, err);

        if (r < 0)
                return r;
        h.explain = (struct explain){ request, h.e.words };
        r = take_basis(&h);
        if (r == 0)
                r = html_survey_take(&h);
        if (r == 0) {
                put_head(&h);
                put_header(&h);
                r = put_sections(&h);
                put_foot(&h);
        }
        html_survey_done(&h.survey);
        free(h.judged);
        json_decref(h.basis);
        export_done(&h.e);
        return r;
}
