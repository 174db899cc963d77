/* What came to be otherwise since the complete scan before: the comparison of `vigie diff`, as it
 * writes it. */
#include "daemon/base/json.h"
#include "daemon/report/drift.h"
#include "daemon/report/html.h"
#include "daemon/report/language.h"
#include "daemon/report/words.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { CHANGES_MAX = 5000 }; /* more are counted only: they are compared in memory */

/* ---- how many ----------------------------------------------------------------------------------
 */

static int on_resource(void *user, const struct store_moved_resource *r)
{
        return ++*(uint64_t *)user > CHANGES_MAX;
}

static int on_pass(void *user, const struct store_moved_pass *p)
{
        return ++*(uint64_t *)user > CHANGES_MAX;
}

static int on_finding(void *user, const struct store_moved_finding *f)
{
        return ++*(uint64_t *)user > CHANGES_MAX;
}

static int count(const struct html *h, const struct drift_pick *pick, uint64_t *ret)
{
        struct store *s = h->request->store;
        const struct store_span span = { pick->from.number, pick->to.number,
                                         pick->from.started_usec, pick->to.started_usec };
        int r = store_each_moved_pass(s, &span, on_pass, ret, h->err);

        if (r >= 0 && *ret <= CHANGES_MAX)
                r = store_each_moved_resource(s, &span, on_resource, ret, h->err);
        if (r >= 0 && *ret <= CHANGES_MAX)
                r = store_each_moved_finding(s, &span, on_finding, ret, h->err);
        return r < 0 ? r : 0;
}

/* ---- which -------------------------------------------------------------------------------------
 */

static int compare(const struct html *h, const struct drift_pick *pick, json_t **ret)
{
        _cleanup_(freep) char *text = NULL;
        struct drift_request request = { .format = REPORT_JSON, .language = h->request->language };
        struct drift_totals totals;
        size_t size = 0;
        int r;

        request.terminal.out = open_memstream(&text, &size);
        if (!request.terminal.out)
                return error_oom(h->err);
        r = drift_of_scans(&request, h->request->store, pick, &totals, h->err);
        if (fclose(request.terminal.out) != 0 && r == 0)
                r = error_oom(h->err);
        return r < 0 ? r : json_parse(text, size, ret, h->err);
}

/* The comparison is of everything; the page may be limited to a part. */
static bool wanted(const struct html *h, const json_t *row)
{
        const struct store_filter *f = h->request->filter;
        const char *const limits[] = { f->provider, f->account, f->scope, f->region };
        static const char *const members[] = { "provider", "account", "scope", "region" };
        const char *account = json_member_string(row, "account");

        for (size_t i = 0; i < ELEMENTSOF(members); i++) {
                const char *own = json_member_string(row, members[i]);

                if (limits[i] && (!own || strcmp(own, limits[i]) != 0))
                        return false;
        }
        return account && report_wants(h->request, account);
}

static void put_row(const struct html *h, const json_t *row, const char *what)
{
        html_put(h, "<tr><td>%s</td><th scope=\"row\">%s</th><td>%s / %s / %s / %s</td>",
                 drift_change_text(row), what,
                 html_word(h, "providers", json_member_string(row, "provider")),
                 json_member_string(row, "account"), json_member_string(row, "scope"),
                 json_member_string(row, "region"));
}

/* "fact, fact": what changed of a resource. */
static void put_facts(const struct html *h, const json_t *row)
{
        _cleanup_(freep) char *said =
                report_cause(h->e.words, json_member_string(row, "cause"), h->request->language);
        json_t *change;
        size_t i;

        json_array_foreach(json_object_get(row, "facts"), i, change)
                html_put(h, "%s%s", i > 0 ? ", " : "", json_member_string(change, "fact"));
        html_put(h, "%s", said);
}

static void put_judged(const struct html *h, const json_t *judged)
{
        enum verdict verdict;
        enum severity severity;

        if (verdict_from_name(json_is_object(judged) ? json_member_string(judged, "verdict") : "",
                              &verdict) < 0 ||
            severity_from_name(json_member_string(judged, "severity"), &severity) < 0) {
                html_put(h, "–");
                return;
        }
        html_verdict(h, verdict);
        html_put(h, " ");
        html_severity(h, severity);
}

static void put_list(const struct html *h, const json_t *changes, const char *member,
                     const char *caption, const char *last,
                     void (*put)(const struct html *h, const json_t *row))
{
        const char *const heads[] = { _("change"), _("what"), _("place"), last, NULL };
        const json_t *rows = json_object_get(changes, member);
        json_t *row;
        size_t i;

        if (json_array_size(rows) == 0)
                return;
        html_table(h, "sortable", caption, heads);
        json_array_foreach((json_t *)rows, i, row) if (wanted(h, row)) put(h, row);
        html_table_end(h);
}

static void put_coverage(const struct html *h, const json_t *row)
{
        const json_t *to = json_object_get(row, "to");
        _cleanup_(freep) char *cause =
                report_cause(h->e.words, json_member_string(to, "cause"), h->request->language);

        put_row(h, row, json_member_string(row, "collector"));
        html_put(h, "<td>%s %s</td></tr>\n", json_member_string(to, "state"), cause);
}

static void put_resource(const struct html *h, const json_t *row)
{
        const char *name = json_member_string(row, "name");

        put_row(h, row, name ? name : json_member_string(row, "id"));
        html_put(h, "<td>");
        put_facts(h, row);
        html_put(h, "</td></tr>\n");
}

static void put_finding(const struct html *h, const json_t *row)
{
        const char *name = json_member_string(row, "name"), *rule = json_member_string(row, "rule"),
                   *reason = json_member_string(row, "reason");
        char what[EXPLAIN_TITLE_MAX];

        (void)snprintf(what, sizeof(what), "%s %s", rule, name ? name : "");
        put_row(h, row, what);
        html_put(h, "<td>");
        put_judged(h, json_object_get(row, "from"));
        html_put(h, " → ");
        put_judged(h, json_object_get(row, "to"));
        if (reason)
                html_put(h, "<br>%s", drift_reason_text(reason));
        html_put(h, "</td></tr>\n");
}

static int put_changes(const struct html *h, const struct drift_pick *pick)
{
        json_auto_t *changes = NULL;
        int r = compare(h, pick, &changes);

        if (r < 0)
                return r;
        put_list(h, changes, "findings", _("Findings that moved"), _("verdict"), put_finding);
        put_list(h, changes, "resources", _("Resources that moved"), _("facts"), put_resource);
        put_list(h, changes, "coverage", _("Lists that answer otherwise"), _("now"), put_coverage);
        if (json_array_size(json_object_get(changes, "findings")) +
                    json_array_size(json_object_get(changes, "resources")) +
                    json_array_size(json_object_get(changes, "coverage")) ==
            0)
                html_put(h, "<p>%s</p>\n", _("Nothing that vigie reads changed between them."));
        return 0;
}

int html_changes(struct html *h)
{
        struct drift_pick pick = { 0 };
        struct error none = { 0 };
        uint64_t n = 0;
        int r = drift_pick(&pick, h->request->store, NULL, NULL, 0, &none);

        if (r == -ENOENT || r == -EINVAL) { /* nothing to compare with, and that is said */
                html_put(h, "<p>%s</p>\n", none.text);
                drift_pick_done(&pick);
                return 0;
        }
        if (r == 0)
                r = count(h, &pick, &n);
        if (r == 0)
                html_put(h, "<p>%s <b>%s</b> (<time>%s</time>) → <b>%s</b> (<time>%s</time>)</p>\n",
                         _("Between the scans"), pick.from.id, pick.from.started, pick.to.id,
                         pick.to.started);
        if (r == 0 && n > CHANGES_MAX)
                html_put(h, "<p class=\"alarm\">%s</p>\n",
                         _("So much changed between them that it is not listed here: vigie diff."));
        else if (r == 0)
                r = put_changes(h, &pick);
        drift_pick_done(&pick);
        return r < 0 ? error_set(h->err, r, "%s", none.text[0] ? none.text : strerror(-r)) : 0;
}
