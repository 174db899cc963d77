/* What is to be addressed, undetermined or waived, rule by rule: why, by which evidence, how the
 * severity came about, what to do. */
#include "daemon/base/json.h"
#include "daemon/report/html.h"
#include "daemon/report/language.h"
#include "daemon/report/waivers.h"
#include "daemon/report/words.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { PLACE_TEXT_MAX = EXPORT_PLACE_MAX };

/* One rule while its findings are written. */
struct writing {
        const struct html *h;
        uint64_t shown;
        bool folded;                /* by place */
        char place[PLACE_TEXT_MAX]; /* of the fold that is open; "" when none is */
};

/* ---- the rule ----------------------------------------------------------------------------------
 */

static void put_basis(const struct html *h, const json_t *rule)
{
        const json_t *basis = json_object_get(rule, "basis");
        const char *date = json_member_string(rule, "applies_from");
        json_t *provision;
        size_t i;

        if (json_array_size(basis) > 0)
                html_put(h, "<dt>%s</dt><dd><ul>", _("What it rests on"));
        json_array_foreach((json_t *)basis, i, provision)
        {
                char text[EXPLAIN_TITLE_MAX];

                html_put(h, "<li>%s</li>",
                         explain_titled(&h->explain, json_string_value(provision), text,
                                        sizeof(text)));
        }
        if (i > 0)
                html_put(h, "</ul></dd>");
        if (date)
                html_put(h, "<dt>%s</dt><dd>%s</dd>", _("applies from"), date);
}

/* Once for each provider that has something here. */
static int put_remedies(const struct html *h, const json_t *rule)
{
        const json_t *remedies = json_object_get(rule, "remediation");
        const char *provider;
        json_t *text;

        if (json_object_size(remedies) == 0)
                return 0;
        html_put(h, "<dt>%s</dt><dd><ul>", _("What to do"));
        json_object_foreach((json_t *)remedies, provider, text)
        {
                bool all = strcmp(provider, "all") == 0;
                _cleanup_(freep) char *remedy =
                        report_remediation(rule, provider, NULL, h->request->language);

                if (!remedy)
                        return -ENOMEM;
                if (!all && !json_object_get(h->survey.providers, provider))
                        continue;
                html_put(h, "<li><b>%s</b>: %s</li>",
                         all ? _("everywhere") : html_word(h, "providers", provider), remedy);
        }
        html_put(h, "</ul></dd>");
        return 0;
}

static int put_rule(const struct html *h, const char *id, const json_t *row)
{
        const json_t *rule = json_object_get(row, "data");
        enum language language = h->request->language;
        int worst = (int)html_count(row, "worst");

        html_put(h, "<details class=\"rule\" id=\"r-%s\"><summary><h3>%s %s</h3> ", id, id,
                 report_rule_text(rule, "title", language));
        if (worst > 0)
                html_severity(h, (enum severity)(worst - 1));
        html_put(h,
                 " <span class=\"count\">%s %" PRIu64 " · %s %" PRIu64 " · %s %" PRIu64
                 " · %s %" PRIu64 "</span></summary>\n",
                 words_verdict(VERDICT_FAIL), html_count(row, "fail"),
                 words_verdict(VERDICT_UNKNOWN), html_count(row, "unknown"),
                 words_verdict(VERDICT_WAIVED), html_count(row, "waived"),
                 words_verdict(VERDICT_PASS), html_count(row, "pass"));
        html_put(h, "<p>%s</p><dl>", report_rule_text(rule, "explanation", language));
        put_basis(h, rule);
        if (put_remedies(h, rule) < 0)
                return -ENOMEM;
        html_put(h, "</dl>\n");
        return 0;
}

/* ---- a finding ---------------------------------------------------------------------------------
 */

static void put_evidence(const struct html *h, const json_t *evidence)
{
        json_t *item;
        size_t i;

        if (json_array_size(evidence) == 0) {
                html_put(h, "<dd>%s</dd>", _("none: nothing was read"));
                return;
        }
        html_put(h, "<dd><ul class=\"evidence\">");
        json_array_foreach((json_t *)evidence, i, item)
        {
                const char *sha256 = json_member_string(item, "sha256"),
                           *request = json_member_string(item, "request_id");

                html_put(h, "<li><time>%s</time> <b>%s</b> %s", json_member_string(item, "time"),
                         json_member_string(item, "call"), request);
                if (sha256)
                        html_put(h, "<br><code>sha256:%s</code>", sha256);
                html_put(h, "</li>");
        }
        html_put(h, "</ul></dd>");
}

/* The severity's sum, in the words of `vigie explain`. */
static int put_arithmetic(const struct html *h, const struct store_finding *f)
{
        struct report_request request = *h->request;
        struct explain e = { &request, h->e.words };
        _cleanup_(freep) char *text = NULL;
        size_t size = 0;

        request.terminal = (struct terminal){ .out = open_memstream(&text, &size) };
        if (!request.terminal.out)
                return -ENOMEM;
        explain_arithmetic(&e, f->arithmetic);
        if (fclose(request.terminal.out) != 0)
                return -ENOMEM;
        if (size == 0)
                return 0;
        html_put(h, "<dt>%s</dt><dd class=\"sum\">", _("severity"));
        for (char *line = text, *end; *line; line = end) {
                end = line + strcspn(line, "\n");
                if (*end)
                        *end++ = '\0';
                html_put(h, "<div>%s</div>", line + strspn(line, " "));
        }
        html_put(h, "</dd>");
        return 0;
}

static void put_facts(const struct html *h, const json_t *facts)
{
        json_t *fact;
        size_t i;

        if (json_array_size(facts) == 0)
                return;
        html_put(h, "<dt>%s</dt><dd>", _("facts read"));
        json_array_foreach((json_t *)facts, i, fact)
                html_put(h, "%s<code>%s</code>", i > 0 ? ", " : "", json_string_value(fact));
        html_put(h, "</dd>");
}

static int put_body(const struct html *h, const struct store_finding *f)
{
        _cleanup_(freep) char *waiver = f->waiver ? waiver_text(f->waiver) : NULL;
        char place[EXPORT_PLACE_MAX];
        int r;

        html_put(h, "<dl>");
        if (waiver)
                html_put(h, "<dt>%s</dt><dd>%s</dd>", _("waived"), waiver);
        html_put(h, "<dt>%s</dt><dd>%s</dd>", _("place"), export_place(&f->place, place));
        if (f->resource_id)
                html_put(h, "<dt>%s</dt><dd>%s <small>%s</small></dd>", _("resource"),
                         f->resource_id, f->kind);
        put_facts(h, f->facts);
        r = put_arithmetic(h, f);
        html_put(h, "<dt>%s</dt>", _("evidence"));
        put_evidence(h, f->evidence);
        html_put(h, "<dt>%s</dt><dd><time>%s</time></dd><dt>%s</dt><dd><code>%s</code></dd></dl>",
                 _("first seen"), f->first_seen, _("finding"), f->id);
        return r;
}

/* ---- the list ----------------------------------------------------------------------------------
 */

static void fold_end(struct writing *w)
{
        if (w->place[0])
                html_put(w->h, "</details>\n");
        w->place[0] = '\0';
}

static void fold_turn(struct writing *w, const struct store_finding *f)
{
        char place[EXPORT_PLACE_MAX];

        if (!w->folded || strcmp(export_place(&f->place, place), w->place) == 0)
                return;
        fold_end(w);
        memcpy(w->place, place, sizeof(place));
        html_put(w->h, "<details class=\"fold\"><summary>%s</summary>\n", place);
}

static int on_finding(void *user, const struct store_finding *f)
{
        struct writing *w = user;
        const struct html *h = w->h;
        enum verdict verdict;
        enum severity severity;
        int r;

        if (w->shown >= HTML_RULE_MAX)
                return 1;
        if (verdict_from_name(f->verdict, &verdict) < 0 ||
            severity_from_name(f->severity, &severity) < 0)
                return -EUCLEAN;
        if (verdict == VERDICT_PASS || f->closed)
                return 0;
        w->shown++;
        fold_turn(w, f);
        html_put(h,
                 "<details class=\"f\" data-v=\"%s\" data-s=\"%s\" data-p=\"%s\" "
                 "data-a=\"%s\"><summary>",
                 f->verdict, f->severity, f->place.provider, f->place.account);
        html_verdict(h, verdict);
        html_put(h, " ");
        html_severity(h, severity);
        html_put(h, " <b>%s</b> <span class=\"where\">%s / %s / %s</span>",
                 f->resource_name  ? f->resource_name
                 : f->resource_id  ? f->resource_id
                 : *f->place.scope ? f->place.scope
                                   : f->place.account,
                 html_word(h, "providers", f->place.provider), f->place.account, f->place.region);
        html_put(h, "<span class=\"why\">%s</span></summary>\n",
                 report_why(f, h->request->language));
        r = put_body(h, f);
        html_put(h, "</details>\n");
        return r < 0 ? r : ferror(h->out) != 0; /* the section says why it stopped */
}

static int put_findings(struct html *h, const char *id, const json_t *row)
{
        uint64_t open =
                html_count(row, "fail") + html_count(row, "unknown") + html_count(row, "waived");
        struct writing w = { .h = h, .folded = open > HTML_FOLD_MIN };
        struct report_request request = *h->request;
        struct store_filter filter = *request.filter;
        struct export e = h->e;
        int r = put_rule(h, id, row);

        if (r < 0)
                return error_oom(h->err);
        filter.rule = id;
        request.filter = &filter;
        e.request = &request;
        if (open > 0)
                r = export_each_finding(&e, true, NULL, on_finding, &w, h->err);
        fold_end(&w);
        if (open > w.shown)
                html_put(h, "<p class=\"alarm\">%s: %" PRIu64 " (vigie findings --rule %s)</p>\n",
                         _("not listed here one by one"), open - w.shown, id);
        html_put(h, "</details>\n");
        return r;
}

/* ---- filters -----------------------------------------------------------------------------------
 */

static void put_filters(const struct html *h)
{
        static const enum verdict verdicts[] = { VERDICT_FAIL, VERDICT_UNKNOWN, VERDICT_WAIVED };
        const char *provider;
        json_t *n;

        html_put(h,
                 "<fieldset class=\"filters\" data-for=\"finding-rows\" "
                 "hidden><legend>%s</legend>\n",
                 _("Filter"));
        html_put(h, "<label>%s <input type=\"search\" name=\"q\"></label>\n", _("text"));
        html_put(h, "<label>%s <select name=\"v\"><option value=\"\">%s</option>", _("verdict"),
                 _("all"));
        for (size_t i = 0; i < ELEMENTSOF(verdicts); i++)
                html_put(h, "<option value=\"%s\">%s</option>", verdict_name(verdicts[i]),
                         words_verdict(verdicts[i]));
        html_put(h,
                 "</select></label>\n<label>%s <select name=\"s\"><option value=\"\">%s</option>",
                 _("severity"), _("all"));
        for (int s = SEVERITY_MAX - 1; s >= 0; s--)
                html_put(h, "<option value=\"%s\">%s</option>", severity_name(s),
                         words_severity((enum severity)s));
        html_put(h,
                 "</select></label>\n<label>%s <select name=\"p\"><option value=\"\">%s</option>",
                 _("provider"), _("all"));
        json_object_foreach(h->survey.providers, provider, n)
                html_put(h, "<option value=\"%s\">%s</option>", provider,
                         html_word(h, "providers", provider));
        html_put(h, "</select></label>\n<output aria-live=\"polite\"></output></fieldset>\n");
}

int html_findings(struct html *h)
{
        const char *id;
        json_t *row;
        int r = 0;

        if (json_object_size(h->survey.rules) == 0) {
                html_put(h, "<p>%s</p>\n", _("Nothing was judged yet."));
                return 0;
        }
        html_put(
                h, "<p>%s</p>\n",
                _("What is met is counted, not listed; every other verdict has its reason, and the "
                  "calls that it rests on with the digest of each reply."));
        put_filters(h);
        html_put(h, "<div id=\"finding-rows\">\n");
        for (int worst = SEVERITY_MAX; worst >= 0; worst--)
                json_object_foreach(h->survey.rules, id,
                                    row) if (r == 0 && html_count(row, "worst") == (uint64_t)worst)
                        r = put_findings(h, id, row);
        html_put(h, "</div>\n");
        return r;
}
