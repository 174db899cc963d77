/* How many verdicts of each kind, by severity and by rule: what could not be determined stands
 * beside what is to be addressed. */
#include "daemon/base/json.h"
#include "daemon/report/html.h"
#include "daemon/report/language.h"
#include "daemon/report/words.h"

#include <inttypes.h>

static const enum verdict shown[] = { VERDICT_FAIL, VERDICT_UNKNOWN, VERDICT_WAIVED, VERDICT_PASS };

static void put_severities(const struct html *h)
{
        const char *const heads[] = { _("verdict"), _("#critical"), _("#high"), _("#medium"),
                                      _("#low"),    _("#info"),     _("#sum"),  NULL };

        html_table(h, "", _("Verdicts by severity"), heads);
        for (size_t i = 0; i < ELEMENTSOF(shown); i++) {
                uint64_t sum = 0;

                html_put(h, "<tr><th scope=\"row\">");
                html_verdict(h, shown[i]);
                html_put(h, "</th>");
                for (int s = SEVERITY_MAX - 1; s >= 0; s--) {
                        uint64_t n = h->survey.findings[shown[i]][s];

                        sum += n;
                        html_put(h, "<td class=\"n\">%" PRIu64 "</td>", n);
                }
                html_put(h, "<td class=\"n\"><b>%" PRIu64 "</b></td></tr>\n", sum);
        }
        html_table_end(h);
}

/* One bar of all verdicts of a rule; the numbers stand beside it. */
static void put_bar(const struct html *h, const json_t *rule)
{
        uint64_t sum = 0;
        int x = 0;

        for (size_t i = 0; i < ELEMENTSOF(shown); i++)
                sum += html_count(rule, verdict_name(shown[i]));
        html_put(h, "<svg class=\"bar\" viewBox=\"0 0 120 12\" preserveAspectRatio=\"none\" "
                    "aria-hidden=\"true\">");
        for (size_t i = 0; sum > 0 && i < ELEMENTSOF(shown); i++) {
                uint64_t n = html_count(rule, verdict_name(shown[i]));
                int width = (int)(n * 120 / sum);

                width = n > 0 && width < 2 ? 2 : width; /* one among thousands is seen, too */
                html_put(h, "<rect class=\"b-%s\" x=\"%d\" width=\"%d\" height=\"12\"/>",
                         verdict_name(shown[i]), x, width);
                x += width;
        }
        html_put(h, "</svg>");
}

static void put_rule(const struct html *h, const char *id, const json_t *rule)
{
        int worst = (int)html_count(rule, "worst");

        html_put(h, "<tr><th scope=\"row\"><a href=\"#r-%s\">%s</a></th><td>%s</td><td>", id, id,
                 report_rule_text(json_object_get(rule, "data"), "title", h->request->language));
        if (worst > 0)
                html_severity(h, (enum severity)(worst - 1));
        html_put(h, "</td>");
        for (size_t i = 0; i < ELEMENTSOF(shown); i++)
                html_put(h, "<td class=\"n\">%" PRIu64 "</td>",
                         html_count(rule, verdict_name(shown[i])));
        html_put(h, "<td>");
        put_bar(h, rule);
        html_put(h, "</td></tr>\n");
}

int html_rules(struct html *h)
{
        const char *const heads[] = { _("rule"),
                                      _("title"),
                                      _("worst severity"),
                                      _("#to be addressed"),
                                      _("#undetermined"),
                                      _("#waived"),
                                      _("#met"),
                                      _("share"),
                                      NULL };
        const char *id;
        json_t *rule;

        html_put(
                h, "<p>%s</p>\n",
                _("Undetermined is neither met nor failed: the evidence could not be read, or does "
                  "not say. Rules that concern nothing here are not listed."));
        put_severities(h);
        html_table(h, "sortable", _("Verdicts by rule"), heads);
        for (int worst = SEVERITY_MAX; worst >= 0; worst--)
                json_object_foreach(h->survey.rules, id,
                                    rule) if (html_count(rule, "worst") == (uint64_t)worst)
                        put_rule(h, id, rule);
        html_table_end(h);
        return 0;
}
