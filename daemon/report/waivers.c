#include "daemon/report/waivers.h"

#include "daemon/base/json.h"
#include "daemon/report/language.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static const char *text(const json_t *waiver, const char *key)
{
        const char *s = json_member_string(waiver, key);

        return s ? s : "-";
}

char *waiver_text(const json_t *waiver)
{
        char *whole = NULL;

        if (asprintf(&whole, _("%s, %s, until %s: %s"), text(waiver, "id"), text(waiver, "owner"),
                     text(waiver, "until"), text(waiver, "reason")) < 0)
                return NULL;
        return whole;
}

static bool is(const json_t *waiver, const char *state)
{
        return strcmp(text(waiver, "state"), state) == 0;
}

static void print_state(const struct terminal *t, const json_t *waiver)
{
        const char *until = text(waiver, "until");
        char line[256];

        if (is(waiver, "ended"))
                (void)snprintf(line, sizeof(line), _("ended on %s"), until);
        else if (is(waiver, "ending"))
                (void)snprintf(line, sizeof(line), _("ends soon, on %s"), until);
        else if (is(waiver, "later"))
                (void)snprintf(line, sizeof(line), _("begins on %s"), text(waiver, "since"));
        else
                (void)snprintf(line, sizeof(line), _("until %s"), until);
        terminal_put(t, is(waiver, "ended") || is(waiver, "ending") ? STYLE_YELLOW : STYLE_PLAIN,
                     line);
}

/* Of what has not begun or has ended it is no news that it holds for nothing. */
static void print_count(const struct terminal *t, const json_t *waiver)
{
        uint64_t n = (uint64_t)json_integer_value(json_object_get(waiver, "waived"));

        if (is(waiver, "ended") || is(waiver, "later"))
                return;
        (void)fputs(", ", t->out);
        if (n == 0)
                terminal_put(t, STYLE_YELLOW, _("holds for no finding"));
        else
                (void)fprintf(t->out, _("findings: %" PRIu64), n);
}

static bool is_news(const json_t *waiver)
{
        return !is(waiver, "later") && (!is(waiver, "in-force") ||
                                        json_integer_value(json_object_get(waiver, "waived")) == 0);
}

int waivers_print(const struct report_request *request, bool all, struct error *err)
{
        const struct terminal *t = &request->terminal;
        json_auto_t *list = NULL;
        const json_t *waiver;
        bool begun = false;
        size_t i;
        int r = store_waivers_known(request->store, &list, err);

        if (r < 0)
                return r;
        json_array_foreach(list, i, waiver)
        {
                if (!all && !is_news(waiver))
                        continue;
                if (!begun) {
                        (void)fputc('\n', t->out);
                        terminal_put(t, STYLE_BOLD, _("Waivers"));
                        (void)fputc('\n', t->out);
                }
                begun = true;
                terminal_put(t, STYLE_PLAIN, text(waiver, "id"));
                (void)fputs(" (", t->out);
                terminal_put(t, STYLE_PLAIN, text(waiver, "owner"));
                (void)fprintf(t->out, ")%s", _(": "));
                print_state(t, waiver);
                print_count(t, waiver);
                (void)fputc('\n', t->out);
        }
        return 0;
}
