#include "daemon/report/grid.h"
#include "daemon/report/language.h"
#include "daemon/report/plan-private.h"

#include "daemon/base/buffer.h"
#include "daemon/base/json.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { LINE_BYTES_MAX = 65536 };

/* ---- operations ----------------------------------------------------------------------------- */

static struct plan_operation *operation_of(struct plan_report *p, const struct plan_call *c)
{
        struct plan_operation *grown;

        for (size_t i = 0; i < p->n_operations; i++) {
                size_t at = (p->last_operation + i) % p->n_operations; /* mostly the next one */

                if (p->operations[at].call == c->call) {
                        p->last_operation = at;
                        return &p->operations[at];
                }
        }
        grown = reallocarray(p->operations, p->n_operations + 1, sizeof(*grown));
        if (!grown)
                return NULL;
        p->operations = grown;
        p->last_operation = p->n_operations;
        grown[p->n_operations] = (struct plan_operation){ .call = c->call,
                                                          .cost = c->cost,
                                                          .per = c->per,
                                                          .times = c->times,
                                                          .condition = c->condition };
        return &grown[p->n_operations++];
}

int plan_table_call(struct plan_report *p, const struct plan_call *c)
{
        struct plan_operation *o = operation_of(p, c);

        if (!o)
                return -ENOMEM;
        o->places++;
        o->open_end |= !c->place.scope || !c->place.region;
        o->calls[PLAN_LEAST] += c->least;
        o->calls[PLAN_RESCAN] += c->rescan.calls;
        o->calls[PLAN_FRESH] += c->fresh.calls;
        if (o->doubt[PLAN_RESCAN] == PLAN_SURE)
                o->doubt[PLAN_RESCAN] = c->rescan.doubt;
        if (o->doubt[PLAN_FRESH] == PLAN_SURE)
                o->doubt[PLAN_FRESH] = c->fresh.doubt;
        return 0;
}

/* "12", "12+" when that is only the beginning, "~12" when it may be a little different. */
static void format_number(char *text, size_t max, uint64_t calls, enum plan_doubt doubt)
{
        (void)snprintf(text, max, "%s%" PRIu64 "%s",
                       doubt == PLAN_SURE || doubt == PLAN_UNSEEN ? "" : "~", calls,
                       doubt == PLAN_UNSEEN ? "+" : "");
}

static char *names_text(char *const *names)
{
        struct buffer b = BUFFER_INIT(LINE_BYTES_MAX);

        for (size_t i = 0; names[i]; i++)
                buffer_printf(&b, "%s%s", i > 0 ? ", " : "", names[i]);
        if (buffer_error(&b) == 0)
                return buffer_take(&b);
        buffer_done(&b);
        return NULL;
}

static char *each_text(const struct plan_operation *o)
{
        const struct collector *c = o->call->collector;
        char *text = NULL;
        int n = -1;

        switch (o->per) {
        case PLAN_PER_PARENT:
                n = asprintf(&text, "%s", c->per);
                break;
        case PLAN_PER_VALUE:
                return names_text(c->follows.facts);
        case PLAN_PER_RESOURCE:
                n = asprintf(&text, "%s", _("resource"));
                break;
        case PLAN_PER_ELEMENT:
                n = asprintf(&text, _("element of %s"), o->call->each);
                break;
        default:
                n = o->times > 1 ? asprintf(&text, "%" PRIu64 " × %s", o->times, _("place"))
                                 : asprintf(&text, "%s", _("place"));
        }
        return n < 0 ? NULL : text;
}

static char *note_text(const struct plan_operation *o)
{
        enum plan_doubt doubt = o->doubt[PLAN_FRESH] ? o->doubt[PLAN_FRESH] : o->doubt[PLAN_RESCAN];
        char *text = NULL;

        if (!o->condition)
                return strdup(doubt == PLAN_UNSEEN ? "" : plan_doubt_words(doubt)); /* "12+" */
        return asprintf(&text, _("only with the option '%s'"), o->condition) < 0 ? NULL : text;
}

static int put_operation(struct grid *grid, const struct plan_operation *o)
{
        _cleanup_(freep) char *each = each_text(o), *note = note_text(o);
        char places[24], least[24], rescan[24], fresh[24];
        const char *const cells[] = { o->call->collector->id,
                                      o->call->name,
                                      o->call->permission,
                                      each,
                                      places,
                                      least,
                                      rescan,
                                      fresh,
                                      note };

        if (!each || !note)
                return -ENOMEM;
        format_number(places, sizeof(places), o->places, o->open_end ? PLAN_UNSEEN : PLAN_SURE);
        format_number(least, sizeof(least), o->calls[PLAN_LEAST], PLAN_SURE);
        format_number(rescan, sizeof(rescan), o->calls[PLAN_RESCAN], o->doubt[PLAN_RESCAN]);
        format_number(fresh, sizeof(fresh), o->calls[PLAN_FRESH], o->doubt[PLAN_FRESH]);
        return grid_row(grid, cells);
}

/* ---- a service ------------------------------------------------------------------------------ */

static void put_cost(FILE *out, const struct cost *cost, enum language language)
{
        (void)fprintf(out, _("%.10g %s for %" PRIu64 " requests"), cost->amount, cost->currency,
                      cost->per > 0 ? cost->per : 1);
        if (cost->free > 0)
                (void)fprintf(out, _(", the first %" PRIu64 " of a month free"), cost->free);
        if (cost->unverified)
                (void)fprintf(out, "%s", _(" (not verified)"));
        if (cost->note.in[LANGUAGE_EN])
                (void)fprintf(out, ": %s", text_in(&cost->note, language));
        (void)fputc('\n', out);
}

/* What limits.requests_per_second says goes for it, too. */
static void put_pace(FILE *out, const struct service *service, double configured)
{
        double burst = configured > 0 ? configured : service->pace_burst;

        if (service->pace_per_second > 0)
                (void)fprintf(out, _("; of its own at most %.4g a second, %.4g at once"),
                              configured > 0 ? configured : service->pace_per_second,
                              burst > 1 ? burst : 1);
}

static void put_service(const struct plan_report *p, const struct service *service)
{
        const struct terminal *t = &p->request.terminal;
        const struct limits *limits = &p->request.config->limits;
        bool configured = limits->requests_per_second > 0;
        double rate = configured ? limits->requests_per_second : service->rate_per_second;
        double burst = configured ? rate : service->burst;
        const struct cost *before = NULL;

        (void)fputc('\n', t->out);
        terminal_put(t, STYLE_BOLD, text_in(&service->title, p->request.language));
        (void)fprintf(t->out, " (%s): ", service->id);
        if (rate > 0)
                (void)fprintf(t->out,
                              service->budget == BUDGET_ACCOUNT
                                      ? _("at most %.4g calls a second, %.4g at once, with all "
                                          "services of this host, for the whole account")
                                      : _("at most %.4g calls a second, %.4g at once, at each "
                                          "scope and region"),
                              rate, burst > 1 ? burst : 1);
        else
                (void)fprintf(t->out, "%s", _("no budget of its own"));
        put_pace(t->out, service, limits->requests_per_second);
        (void)fputc('\n', t->out);
        for (size_t i = 0; i < p->n_operations; i++) {
                const struct plan_operation *o = &p->operations[i];

                if (o->call->service != service || !o->cost || o->cost == before)
                        continue;
                before = o->cost;
                if (o->cost != &service->cost)
                        (void)fprintf(t->out, "%s: ",
                                      o->cost == &o->call->cost ? o->call->name
                                                                : o->call->collector->id);
                put_cost(t->out, o->cost, p->request.language);
        }
}

static int service_print(const struct plan_report *p, const struct service *service,
                         struct error *err)
{
        const struct grid_column columns[] = {
                { _("COLLECTOR"), 0 },          { _("CALL"), 0 },
                { _("PERMISSION"), 0 },         { _("FOR EACH"), 0 },
                { _("PLACES"), GRID_RIGHT },    { _("AT LEAST"), GRID_RIGHT },
                { _("UNCHANGED"), GRID_RIGHT }, { _("ALL DETAILS"), GRID_RIGHT },
                { _("NOTE"), GRID_SHRINK },
        };
        _cleanup_(grid_freep) struct grid *grid = NULL;
        int r = grid_new(&grid, &p->request.terminal, columns, ELEMENTSOF(columns), err);

        if (r < 0)
                return r;
        put_service(p, service);
        for (size_t i = 0; i < p->n_operations && r >= 0; i++)
                if (p->operations[i].call->service == service)
                        r = put_operation(grid, &p->operations[i]);
        return r < 0 ? error_set(err, r, "report: %s", strerror(-r)) : grid_end(grid, err);
}

/* ---- an account ----------------------------------------------------------------------------- */

static const char *words_from(const char *from)
{
        return strcmp(from, "last scan") == 0       ? _("last scan")
               : strcmp(from, "configuration") == 0 ? _("configuration")
                                                    : _("catalogue");
}

/* "eu-west-1, eu-west-3 (last scan); more may be found at run time: aws.account.region" */
static void put_places(const struct plan_report *p, const struct plan_entry *e, const char *title,
                       const char *list, const char *found_by)
{
        const json_t *finders = json_object_get(e->places, found_by);
        struct buffer b = BUFFER_INIT(LINE_BYTES_MAX);
        const char *before = NULL;
        json_t *row, *finder;
        size_t i, n = 0;

        buffer_printf(&b, "%s: ", title);
        json_array_foreach(json_object_get(e->places, list), i, row)
        {
                const char *id = json_member_string(row, "id"),
                           *from = json_member_string(row, "from");

                if (!id)
                        continue;
                if (before && strcmp(before, from) != 0)
                        buffer_printf(&b, " (%s)", words_from(before));
                buffer_printf(&b, "%s%s", n++ > 0 ? ", " : "", id);
                before = from;
        }
        if (before)
                buffer_printf(&b, " (%s)", words_from(before));
        json_array_foreach(finders, i, finder)
                buffer_printf(&b, "%s%s",
                              i > 0   ? ", "
                              : n > 0 ? _("; more may be found at run time: ")
                                      : _("found at run time: "),
                              json_string_value(finder));
        if ((n > 0 || json_array_size(finders) > 0) && buffer_error(&b) == 0)
                terminal_fold(&p->request.terminal, 0, 2, buffer_text(&b));
        buffer_done(&b);
}

static void put_entry(const struct plan_report *p, const struct plan_entry *e)
{
        const struct terminal *t = &p->request.terminal;
        _cleanup_(freep) char *text = NULL;

        if (p->n_entries > 1)
                (void)fputc('\n', t->out);
        terminal_put(t, STYLE_BOLD, e->provider);
        terminal_put(t, STYLE_BOLD, " / ");
        terminal_put(t, STYLE_BOLD, e->config->name);
        (void)fputc('\n', t->out);
        if (e->trouble &&
            asprintf(&text,
                     _("The entry cannot be opened now, what depends on its options is "
                       "assumed: %s"),
                     e->trouble) < 0)
                text = NULL;
        if (!e->trouble &&
            asprintf(&text, _("Credentials: %s; signing in makes requests of its own"),
                     e->credential_source ? e->credential_source : "-") < 0)
                text = NULL;
        if (text)
                terminal_fold(t, 0, 2, text);
        put_places(p, e, _("Scopes"), "scopes", "scopes_found_by");
        put_places(p, e, _("Regions"), "regions", "regions_found_by");
}

static bool service_came_before(const struct plan_report *p, size_t index)
{
        for (size_t i = 0; i < index; i++)
                if (p->operations[i].call->service == p->operations[index].call->service)
                        return true;
        return false;
}

static void put_money(const struct terminal *t, const struct plan_money *money, size_t n)
{
        if (n == 0)
                (void)fprintf(t->out, "%s\n",
                              _("Cost: none of the calls is billed, as documented"));
        for (size_t i = 0; i < n; i++) {
                (void)fprintf(t->out,
                              _("Cost: %.4g %s unchanged, %.4g %s with all details, %.4g %s a "
                                "month beyond what is free"),
                              money[i].scan[PLAN_RESCAN], money[i].currency,
                              money[i].scan[PLAN_FRESH], money[i].currency, money[i].month,
                              money[i].currency);
                (void)fprintf(t->out, "%s\n",
                              money[i].unverified ? _(" (of figures that are not verified)") : "");
        }
}

static void put_calls(const struct terminal *t, const uint64_t *calls, const bool *doubtful,
                      double month)
{
        (void)fprintf(t->out,
                      _("Calls: %" PRIu64 " at least, %s%" PRIu64 " unchanged, %s%" PRIu64
                        " with all details; about %.0f a month"),
                      calls[PLAN_LEAST], doubtful[PLAN_RESCAN] ? "~" : "", calls[PLAN_RESCAN],
                      doubtful[PLAN_FRESH] ? "~" : "", calls[PLAN_FRESH], month);
        (void)fputc('\n', t->out);
}

int plan_table_entry(struct plan_report *p, struct error *err)
{
        const struct plan_entry *e = &p->entries[p->n_entries - 1];
        struct plan_money money[PLAN_CURRENCIES_MAX];
        size_t n = plan_sum_money(&e->sum, money, 0, PLAN_CURRENCIES_MAX);
        int r = 0;

        put_entry(p, e);
        for (size_t i = 0; i < p->n_operations && r >= 0; i++)
                if (!service_came_before(p, i))
                        r = service_print(p, p->operations[i].call->service, err);
        if (r < 0)
                return r;
        (void)fputc('\n', p->request.terminal.out);
        put_calls(&p->request.terminal, e->sum.calls, e->sum.doubtful, e->sum.month);
        put_money(&p->request.terminal, money, n);
        p->n_operations = p->last_operation = 0;
        return 0;
}

/* ---- the end -------------------------------------------------------------------------------- */

static void put_bounds(const struct plan_report *p, const struct plan_total *t)
{
        const struct limits *limits = &p->request.config->limits;
        const struct terminal *terminal = &p->request.terminal;
        char text[512];

        (void)snprintf(text, sizeof(text),
                       _("Duration: %.1f s at least, %.1f s unchanged, %.1f s with all details: no "
                         "budget gives its calls in less (calls beyond the burst, by the rate)."),
                       t->seconds[PLAN_LEAST], t->seconds[PLAN_RESCAN], t->seconds[PLAN_FRESH]);
        terminal_fold(terminal, 0, 2, text);
        (void)snprintf(text, sizeof(text),
                       _("With %" PRIu64 " calls in flight, %" PRIu64 " for an account, at least "
                         "%" PRIu64 " replies come one after another, %" PRIu64
                         " with all details."),
                       limits->in_flight, limits->per_account, t->replies[PLAN_RESCAN],
                       t->replies[PLAN_FRESH]);
        terminal_fold(terminal, 0, 2, text);
}

int plan_table_end(struct plan_report *p, struct error *err)
{
        const struct terminal *t = &p->request.terminal;
        struct plan_total total;
        int r = p->n_entries > 0 ? plan_table_entry(p, err) : 0;

        if (r < 0)
                return r;
        plan_total_take(&total, p);
        (void)fputc('\n', t->out);
        terminal_put(t, STYLE_BOLD, _("In all"));
        (void)fputc('\n', t->out);
        put_calls(t, total.calls, total.doubtful, total.month);
        put_bounds(p, &total);
        put_money(t, total.money, total.n_money);
        terminal_fold(
                t, 0, 2,
                _("12+: only the beginning is known before a scan. ~12: may differ, NOTE says "
                  "why. Calls repeated after an error are not counted. Every call lists or "
                  "describes; none writes. This plan asked nobody anything."));
        if (!p->request.remembers)
                terminal_fold(t, 0, 2,
                              _("Nothing was scanned yet: after the first scan the numbers of "
                                "scopes, regions and resources are known."));
        return 0;
}
