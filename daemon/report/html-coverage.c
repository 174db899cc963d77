/* What could not be seen, why, and what to grant. */
#include "daemon/base/json.h"
#include "daemon/report/html.h"
#include "daemon/report/language.h"
#include "daemon/report/words.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { KEY_MAX = 1024 };

static void put_states(const struct html *h)
{
        const char *const heads[] = { _("state"), _("#lists"), _("an answer?"), NULL };

        html_table(h, "", _("Lists by how they answered"), heads);
        for (int s = 0; s < COVERAGE_STATE_MAX; s++) {
                uint64_t n = html_count(h->survey.states, coverage_state_name(s));
                bool answer = coverage_is_answer((enum coverage_state)s);

                if (n > 0)
                        html_put(h,
                                 "<tr><th scope=\"row\">%s</th><td class=\"n\">%" PRIu64
                                 "</td><td class=\"%s\">%s</td></tr>\n",
                                 words_coverage((enum coverage_state)s), n, answer ? "" : "alarm",
                                 answer ? _("yes") : _("? no"));
        }
        html_table_end(h);
}

/* ---- what to grant -----------------------------------------------------------------------------
 */

/* {"provider\taccount": {permission: lists}} of what was denied. */
static int grants_of(const struct html *h, json_t *grants)
{
        size_t i, k;
        json_t *group, *row;

        json_array_foreach(h->survey.unread, i, group)
                json_array_foreach(json_object_get(group, "rows"), k, row)
        {
                const char *permission = json_member_string(row, "permission");
                char key[KEY_MAX];
                json_t *own;

                if (!permission || !*permission)
                        continue;
                (void)snprintf(key, sizeof(key), "%s / %s", json_member_string(group, "provider"),
                               json_member_string(group, "account"));
                own = html_object_at(grants, key);
                if (!own || html_count_up(own, permission) < 0)
                        return -ENOMEM;
        }
        return 0;
}

static int put_grants(struct html *h)
{
        json_auto_t *grants = json_object();
        const char *account, *permission;
        json_t *own, *n;

        if (!grants || grants_of(h, grants) < 0)
                return error_oom(h->err);
        if (json_object_size(grants) == 0)
                return 0;
        html_put(h, "<h3>%s</h3>\n<p>%s</p>\n<dl>", _("What to grant"),
                 _("Reading permissions that were refused, with the lists that wait for each. The "
                   "whole least-privilege policy: vigie permissions."));
        json_object_foreach(grants, account, own)
        {
                html_put(h, "<dt>%s</dt><dd>", account);
                json_object_foreach(own, permission, n)
                        html_put(h, "<code>%s</code> (%" PRIu64 ") ", permission,
                                 (uint64_t)json_integer_value(n));
                html_put(h, "</dd>\n");
        }
        html_put(h, "</dl>\n");
        return 0;
}

/* ---- where, and why ----------------------------------------------------------------------------
 */

static void put_list(const struct html *h, const json_t *row)
{
        enum coverage_state state =
                (enum coverage_state)json_integer_value(json_object_get(row, "state"));
        const char *last = json_member_string(row, "last_ok"),
                   *permission = json_member_string(row, "permission");

        html_put(h, "<tr><th scope=\"row\">%s</th><td>? %s</td><td>%s</td><td>%s%s%s</td>",
                 json_member_string(row, "collector"), words_coverage(state),
                 json_member_string(row, "cause"), words_what_to_do(state),
                 permission ? _(": ") : "", permission);
        html_put(h, "<td><time>%s</time></td><td><time>%s</time></td></tr>\n",
                 json_member_string(row, "since"), last ? last : _("never"));
}

static void put_group(const struct html *h, const json_t *group)
{
        const char *const heads[] = { _("collector"), _("state"),     _("cause"), _("what to do"),
                                      _("since"),     _("last read"), NULL };
        const json_t *rows = json_object_get(group, "rows");
        const struct place place = { json_member_string(group, "provider"),
                                     json_member_string(group, "account"),
                                     json_member_string(group, "scope"),
                                     json_member_string(group, "region") };
        char text[EXPORT_PLACE_MAX], caption[EXPORT_PLACE_MAX + 128];
        uint64_t n = html_count(group, "n");
        json_t *row;
        size_t i;

        html_put(h, "<details class=\"place\"><summary>%s / %s / %s / ",
                 html_word(h, "providers", place.provider), place.account, place.scope);
        html_region(h, place.provider, place.region);
        html_put(h, " — <b>%" PRIu64 "</b></summary>\n", n);
        if (json_array_size(rows) > 0) {
                (void)snprintf(caption, sizeof(caption), "%s: %s", _("Lists without an answer"),
                               export_place(&place, text));
                html_table(h, "sortable", caption, heads);
                json_array_foreach((json_t *)rows, i, row) put_list(h, row);
                html_table_end(h);
        }
        if (n > json_array_size(rows))
                html_put(h, "<p class=\"alarm\">%s: %" PRIu64 " (vigie coverage)</p>\n",
                         _("not listed here one by one"), n - (uint64_t)json_array_size(rows));
        html_put(h, "</details>\n");
}

int html_coverage(struct html *h)
{
        json_t *group;
        size_t i;
        int r;

        html_put(
                h, "<p>%s</p>\n",
                _("A list that was refused, throttled or cut short is no empty list: what it would "
                  "have named is not in this report, and verdicts that depend on it are "
                  "undetermined. Off and absent are answers: the API itself said that nothing can "
                  "be there."));
        put_states(h);
        r = put_grants(h);
        if (json_array_size(h->survey.unread) == 0)
                html_put(h, "<p>%s</p>\n",
                         *h->e.scan ? _("Every list that was asked had an answer.")
                                    : _("Nothing was asked yet."));
        else
                html_put(h, "<h3>%s</h3>\n", _("Where, and why"));
        json_array_foreach(h->survey.unread, i, group) put_group(h, group);
        return r;
}
