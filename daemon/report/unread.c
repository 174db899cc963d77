#include "daemon/report/unread.h"

#include "daemon/report/language.h"
#include "daemon/report/words.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum {
        SHOWN_MAX = 15,
        TOGETHER_MIN = 4, /* fewer are shown one by one */
};

/* The rows of one place stand together: the store gives them in that order. */
struct place_tally {
        uint64_t unread;
        enum coverage_state state; /* of those that were asked; OK: none of them was */
        bool read, mixed;
};

struct unread {
        const struct report_request *request;
        const json_t *words; /* the store's */
        struct place_tally *places;
        size_t n_places, at; /* at: the place that is being printed, from 1 */
        char *last;          /* the place of the row before */
        uint64_t lines, left;
        uint64_t passed; /* rows of the place at hand that were seen */
};

/* Is it the first row of its place? -ENOMEM */
static int turn(struct unread *u, const struct coverage *c)
{
        const struct place *p = &c->place;
        char *key;

        if (asprintf(&key, "%s\n%s\n%s\n%s", p->provider, p->account, p->scope, p->region) < 0)
                return -ENOMEM;
        if (u->last && strcmp(u->last, key) == 0) {
                free(key);
                return 0;
        }
        free(u->last);
        u->last = key;
        return 1;
}

static bool wanted(const struct unread *u, const struct coverage *c)
{
        return report_wants(u->request, c->place.account);
}

/* ---- counting ---------------------------------------------------------------------------------
 */

static int on_count(void *user, const struct store_coverage *row)
{
        struct unread *u = user;
        const struct coverage *c = &row->coverage;
        struct place_tally *t;
        int r = turn(u, c);

        if (r > 0) {
                t = reallocarray(u->places, u->n_places + 1, sizeof(*t));
                if (!t)
                        return -ENOMEM;
                u->places = t;
                t[u->n_places++] = (struct place_tally){ .state = COVERAGE_OK };
        }
        if (r < 0)
                return r;
        t = &u->places[u->n_places - 1];
        t->read = t->read || c->state == COVERAGE_OK;
        if (coverage_is_answer(c->state))
                return 0;
        t->unread++;
        if (c->state == COVERAGE_SKIPPED) /* below a list that was not read */
                return 0;
        if (t->state == COVERAGE_OK)
                t->state = c->state;
        t->mixed = t->mixed || t->state != c->state;
        return 0;
}

static bool together(const struct unread *u, const struct place_tally *t)
{
        return !u->request->verbose && !t->read && !t->mixed && t->unread >= TOGETHER_MIN;
}

/* ---- printing ---------------------------------------------------------------------------------
 */

static void put_place(const struct terminal *t, const struct coverage *c, const char *what)
{
        const char *const parts[] = { c->place.account, c->place.scope, c->place.region };

        (void)fputs("  - ", t->out);
        terminal_put(t, STYLE_PLAIN, c->place.provider);
        for (size_t i = 0; i < ELEMENTSOF(parts); i++)
                if (*parts[i]) {
                        (void)fputs(" / ", t->out);
                        terminal_put(t, STYLE_PLAIN, parts[i]);
                }
        (void)fputs("  ", t->out);
        terminal_put(t, STYLE_BOLD, what);
        (void)fputs("  ", t->out);
        terminal_put(t, STYLE_BLUE, words_coverage(c->state));
        (void)fputc('\n', t->out);
}

static int put(const struct unread *u, const struct store_coverage *row, const char *what,
               bool name_missing)
{
        const struct terminal *t = &u->request->terminal;
        const struct coverage *c = &row->coverage;
        char cause[WORDS_CAUSE_MAX];
        bool missing = name_missing && c->state == COVERAGE_DENIED && c->permission;
        _cleanup_(freep) char *to_do = NULL;

        if (asprintf(&to_do, "%s%s%s", words_what_to_do(c->state), missing ? _(": ") : "",
                     missing ? c->permission : "") < 0) {
                to_do = NULL;
                return -ENOMEM;
        }
        put_place(t, c, what);
        if (c->cause) {
                (void)fputs("      ", t->out);
                terminal_fold(t, 6, 6, words_cause(u->words, row, cause));
        }
        (void)fputs("      → ", t->out);
        terminal_fold(t, 8, 8, to_do);
        return ferror(t->out) ? -EIO : 0;
}

static int on_print(void *user, const struct store_coverage *row)
{
        struct unread *u = user;
        const struct coverage *c = &row->coverage;
        const struct place_tally *t;
        char what[96];
        int r = turn(u, c);

        if (r < 0)
                return r;
        u->at += r > 0;
        u->passed = r > 0 ? 0 : u->passed;
        t = &u->places[u->at - 1];
        if (coverage_is_answer(c->state) || !wanted(u, c))
                return 0;
        if (together(u, t) &&
            ((c->state == COVERAGE_SKIPPED && t->state != COVERAGE_OK) || u->passed++ > 0))
                return 0;
        if (u->lines++ >= SHOWN_MAX && !u->request->verbose) {
                u->left += together(u, t) ? t->unread : 1;
                return 0;
        }
        if (!together(u, t))
                return put(u, row, c->collector, true);
        (void)snprintf(what, sizeof(what), _("all %" PRIu64 " collectors"), t->unread);
        return put(u, row, what, false);
}

int unread_print(const struct report_request *request, uint64_t *ret_left, struct error *err)
{
        const struct store_filter all = { 0 };
        json_auto_t *words = store_words(request->store);
        struct unread u = { .request = request, .words = words };
        int r = store_each_coverage(request->store, &all, on_count, &u, err);

        free(u.last);
        u.last = NULL;
        if (r >= 0)
                r = store_each_coverage(request->store, &all, on_print, &u, err);
        free(u.last);
        free(u.places);
        *ret_left = u.left;
        return r < 0 ? error_set(err, r, "report: %s", strerror(-r)) : 0;
}
