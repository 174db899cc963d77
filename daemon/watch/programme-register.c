#include "daemon/watch/programme-register.h"

#include "daemon/base/buffer.h"
#include "daemon/base/json.h"
#include "daemon/base/list.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum { DETAIL_BYTES_MAX = 1024 };

/* What is asked of a register, and by whom. */
struct weighing {
        struct programme_gauge *gauge;
        const struct programme_measure *measure;
        const struct register_list *list;
        uint64_t now_usec;
};

/* How an entry stands for one account or team, the best first. */
enum stands {
        STANDS_WELL,
        STANDS_BUT_LACKS,
        STANDS_IN_PART,
        STANDS_LATER,
        STANDS_ENDED,
        STANDS_NOT /* there is none */
};

struct standing {
        enum stands how;
        const struct register_entry *entry; /* NULL with STANDS_NOT only */
};

static char *dup_or_empty(const char *text)
{
        return strdup(text ? text : "");
}

int programme_gap_add(struct programme_gauge *g, const struct programme_gap *gap)
{
        struct programme_gap *grown = reallocarray(g->gaps, g->n_gaps + 1, sizeof(*grown)), *to;

        if (!grown)
                return -ENOMEM;
        g->gaps = grown;
        to = &grown[g->n_gaps++];
        *to = *gap;
        to->subject = dup_or_empty(gap->subject);
        to->entry = dup_or_empty(gap->entry);
        to->detail = dup_or_empty(gap->detail);
        return to->subject && to->entry && to->detail ? 0 : -ENOMEM;
}

/* ---- what an entry lacks -----------------------------------------------------------------------
 */

/* "log-access, exit"; "" when nothing is lacking. */
static void lacks(const struct weighing *w, const struct register_entry *e, struct buffer *out)
{
        const char *own = register_lacks(e);

        if (own)
                buffer_add(out, own);
        for (char **n = w->measure->needs; n && *n; n++)
                if (!list_has(e->clauses, *n))
                        buffer_printf(out, "%s%s", out->size_bytes > 0 ? ", " : "", *n);
}

static bool is_whole(const struct weighing *w, const struct register_entry *e)
{
        struct buffer b = BUFFER_INIT(DETAIL_BYTES_MAX);
        bool whole;

        lacks(w, e, &b);
        whole = b.size_bytes == 0 && buffer_error(&b) == 0;
        buffer_done(&b);
        return whole;
}

/* ---- whom an entry is for ----------------------------------------------------------------------
 */

/* All of the account's offers, and at least one: an offer that is not known is not covered. */
static bool covers_offers(const struct register_entry *e, const struct programme_account *a)
{
        struct register_subject s = { .provider = a->provider, .account = a->name };
        const char *offer;
        json_t *value;

        if (json_object_size(a->offers) == 0)
                return register_covers(e, &s);
        json_object_foreach(a->offers, offer, value)
        {
                s.offer = offer;
                if (!register_covers(e, &s))
                        return false;
        }
        return true;
}

static bool names_an_offer(const struct register_match *m, const struct programme_account *a)
{
        const char *offer;
        json_t *value;

        json_object_foreach(a->offers, offer,
                            value) if (register_names(m->offer, offer)) return true;
        return false;
}

/* Is it about the account, or something in it? What names none of these may be about anything. */
static bool touches(const struct register_entry *e, const struct programme_account *a)
{
        const struct register_match *m = &e->applies_to;

        if (!m->provider && !m->account && !m->offer)
                return false;
        if (m->offer && json_object_size(a->offers) > 0 && !names_an_offer(m, a))
                return false;
        if (!m->provider && !m->account && json_object_size(a->offers) == 0)
                return false;
        return (!m->provider || register_names(m->provider, a->provider)) &&
               (!m->account || register_names(m->account, a->name));
}

static void take_better(struct standing *best, struct standing s)
{
        bool later = s.how == best->how && s.how == STANDS_ENDED &&
                     s.entry->end_usec > best->entry->end_usec;

        if (s.how < best->how || later)
                *best = s;
}

static struct standing stand(const struct weighing *w, const struct register_entry *e, bool whole)
{
        struct standing s = { STANDS_ENDED, e };

        switch (register_state(e, w->now_usec)) {
        case REGISTER_IN_FORCE:
                s.how = !whole ? STANDS_IN_PART : is_whole(w, e) ? STANDS_WELL : STANDS_BUT_LACKS;
                break;
        case REGISTER_TO_COME:
                s.how = STANDS_LATER;
                break;
        case REGISTER_EXPIRED:
        case REGISTER_UNREVIEWED:
                break;
        }
        return s;
}

/* What the entry lacks, when it begins, when it ended. */
static void describe(const struct weighing *w, const struct standing *s, struct buffer *out)
{
        if (!s->entry)
                return;
        if (s->how == STANDS_BUT_LACKS)
                lacks(w, s->entry, out);
        else if (s->how == STANDS_LATER)
                buffer_add(out, s->entry->date);
        else if (s->how == STANDS_ENDED)
                buffer_add(out, register_until(s->entry));
}

static int settle(const struct weighing *w, const char *subject, const struct standing *s)
{
        static const enum programme_lack gaps[] = {
                [STANDS_BUT_LACKS] = LACK_WORDS, [STANDS_IN_PART] = LACK_PART,
                [STANDS_LATER] = LACK_TO_COME,   [STANDS_ENDED] = LACK_ENDED,
                [STANDS_NOT] = LACK_ENTRY,
        };
        struct buffer detail = BUFFER_INIT(DETAIL_BYTES_MAX);
        struct programme_gap gap = { .lack = gaps[s->how],
                                     .subject = (char *)subject,
                                     .entry = s->entry ? s->entry->id : NULL,
                                     .count = { .open = 1 } };
        int r;

        if (s->how == STANDS_WELL) {
                w->gauge->count.done++;
                return 0;
        }
        w->gauge->count.open++;
        describe(w, s, &detail);
        gap.detail = (char *)buffer_text(&detail);
        r = programme_gap_add(w->gauge, &gap);
        buffer_done(&detail);
        return r;
}

/* ---- each account, each team, each entry -------------------------------------------------------
 */

static int weigh_account(const struct weighing *w, const struct programme_account *a)
{
        struct standing best = { STANDS_NOT, NULL };
        _cleanup_(freep) char *subject = NULL;

        for (size_t i = 0; i < w->list->n; i++) {
                const struct register_entry *e = &w->list->rows[i];
                bool whole = covers_offers(e, a);

                if (whole || touches(e, a))
                        take_better(&best, stand(w, e, whole));
        }
        if (asprintf(&subject, "%s (%s)", a->name, a->provider) < 0) {
                subject = NULL;
                return -ENOMEM;
        }
        return settle(w, subject, &best);
}

static int weigh_team(const struct weighing *w, const char *team)
{
        struct standing best = { STANDS_NOT, NULL };

        for (size_t i = 0; i < w->list->n; i++) {
                const struct register_entry *e = &w->list->rows[i];

                if (e->team && strcasecmp(e->team, team) == 0)
                        take_better(&best, stand(w, e, true));
        }
        return settle(w, team, &best);
}

/* Teams are one in capitals or not. */
static int add_team(json_t *teams, const char *team)
{
        _cleanup_(freep) char *folded = strdup(team);

        for (char *p = folded; p && *p; p++)
                if (*p >= 'A' && *p <= 'Z')
                        *p = (char)(*p - 'A' + 'a');
        if (!folded)
                return -ENOMEM;
        return json_object_get(teams, folded) ? 0 : json_set_string(teams, folded, team);
}

static int settle_nothing(const struct weighing *w)
{
        const struct standing none = { STANDS_NOT, NULL };

        return settle(w, NULL, &none);
}

/* Those that own something, and those that the register knows. */
static int weigh_teams(const struct weighing *w, const struct programme_inventory *inventory)
{
        json_auto_t *teams = json_object();
        const char *team;
        json_t *value;
        int r = teams ? 0 : -ENOMEM;

        json_object_foreach(inventory->teams, team, value) if (r == 0) r = add_team(teams, team);
        for (size_t i = 0; r == 0 && i < w->list->n; i++)
                if (w->list->rows[i].team)
                        r = add_team(teams, w->list->rows[i].team);
        json_object_foreach(teams, team, value) if (r == 0) r =
                weigh_team(w, json_string_value(value));
        return r == 0 && json_object_size(teams) == 0 ? settle_nothing(w) : r;
}

/* One that counts is enough; the best of the others says what is missing. */
static int weigh_entries(const struct weighing *w)
{
        struct standing best = { STANDS_NOT, NULL };

        for (size_t i = 0; i < w->list->n; i++)
                take_better(&best, stand(w, &w->list->rows[i], true));
        return settle(w, NULL, &best);
}

int programme_registers_weigh(struct programme_gauge *g, const struct programme_measure *m,
                              const struct registers *registers,
                              const struct programme_inventory *inventory, uint64_t now_usec)
{
        const struct weighing w = { g, m, &registers->of[m->kind], now_usec };
        int r = 0;

        switch ((enum programme_each)m->each) {
        case EACH_ACCOUNT:
                for (size_t i = 0; r == 0 && i < inventory->n_accounts; i++)
                        r = weigh_account(&w, &inventory->accounts[i]);
                return r == 0 && inventory->n_accounts == 0 ? settle_nothing(&w) : r;
        case EACH_TEAM:
                return weigh_teams(&w, inventory);
        case EACH_ENTRY:
                break;
        }
        return weigh_entries(&w);
}
