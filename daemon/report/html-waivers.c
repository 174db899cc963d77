#include "daemon/base/json.h"
#include "daemon/report/html.h"
#include "daemon/report/language.h"

#include <inttypes.h>
#include <string.h>

static const char *state_word(const char *state)
{
        static const struct {
                const char *state, *word;
        } words[] = {
                { "in-force", N_("in force") },
                { "ending", N_("ends soon") },
                { "ended", N_("ended: it holds no longer") },
                { "later", N_("not yet begun") },
        };

        for (size_t i = 0; state && i < ELEMENTSOF(words); i++)
                if (strcmp(words[i].state, state) == 0)
                        return _(words[i].word);
        return state;
}

int html_waivers(struct html *h)
{
        const char *const heads[] = { _("waiver"), _("owner"),     _("reason"), _("until"),
                                      _("state"),  _("#findings"), NULL };
        json_auto_t *waivers = NULL;
        const json_t *w;
        size_t i;
        int r = store_waivers_known(h->request->store, &waivers, h->err);

        if (r < 0)
                return r;
        if (json_array_size(waivers) == 0) {
                html_put(h, "<p>%s</p>\n", _("No waiver is recorded."));
                return 0;
        }
        html_table(h, "sortable", _("Risks that owners accepted, for a time"), heads);
        json_array_foreach(waivers, i, w)
        {
                html_put(h, "<tr><th scope=\"row\">%s</th><td>%s</td><td>%s</td>",
                         json_member_string(w, "id"), json_member_string(w, "owner"),
                         json_member_string(w, "reason"));
                html_put(h,
                         "<td><time>%s</time></td><td>%s</td><td class=\"n\">%" PRIu64
                         "</td></tr>\n",
                         json_member_string(w, "until"), state_word(json_member_string(w, "state")),
                         html_count(w, "waived"));
        }
        html_table_end(h);
        return 0;
}
