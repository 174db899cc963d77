#include "daemon/report/drift.h"

#include "daemon/base/clock.h"
#include "daemon/report/language.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* Which scan an end is: the first that fits, newest first. */
struct wish {
        const char *id;      /* the beginning of it, NULL: any */
        uint64_t until_usec; /* begun by then; UINT64_MAX: any time */
        int64_t before;      /* a smaller number; 0: any */
        bool oldest;         /* the last that fits */
        struct drift_scan *ret;
        uint64_t n; /* complete scans that were looked at */
};

static void scan_done(struct drift_scan *s)
{
        free(s->id);
        free(s->started);
        json_decref(s->basis);
        *s = (struct drift_scan){ 0 };
}

void drift_pick_done(struct drift_pick *p)
{
        scan_done(&p->from);
        scan_done(&p->to);
}

static int scan_take(struct drift_scan *s, const struct store_scan_row *row)
{
        scan_done(s);
        s->number = row->number;
        s->started_usec = row->started_usec;
        s->complete = row->complete;
        s->id = strdup(row->id);
        s->started = strdup(row->started);
        return s->id && s->started ? 0 : -ENOMEM;
}

static int on_scan(void *user, const struct store_scan_row *row)
{
        struct wish *w = user;
        int r;

        if (w->id ? strncmp(row->id, w->id, strlen(w->id)) != 0 : !row->complete)
                return 0;
        w->n++;
        if (row->started_usec > w->until_usec || (w->before && row->number >= w->before))
                return 0;
        r = scan_take(w->ret, row);
        return r < 0 ? r : !w->oldest;
}

static bool looks_like_id(const char *text)
{
        size_t n = strspn(text, "0123456789abcdef");

        return n >= 4 && text[n] == '\0';
}

static bool is_bare_date(const char *text)
{
        return strchr(text, 'T') == NULL && strchr(text, ' ') == NULL;
}

static int find_named(struct store *s, const char *text, struct drift_scan *ret, struct error *err)
{
        struct wish wish = { .until_usec = UINT64_MAX, .ret = ret };
        uint64_t usec;
        int r;

        if (clock_parse_iso8601(text, &usec) == 0) /* a day means all of it */
                wish.until_usec = usec + (is_bare_date(text) ? USEC_PER_DAY - 1 : 0);
        else if (looks_like_id(text))
                wish.id = text;
        else
                return error_set(err, -EINVAL,
                                 _("'%s' is neither a scan (at least four digits of its id), nor a "
                                   "date (2026-11-23 or 2026-11-23T08:00:00Z), nor a file that is "
                                   "there"),
                                 text);
        r = store_each_scan(s, on_scan, &wish, err);
        if (r < 0 || ret->number != 0)
                return r;
        return error_set(err, -EINVAL,
                         wish.id ? _("no scan whose id begins with '%s' is recorded")
                                 : _("no complete scan that had begun by '%s' is recorded"),
                         text);
}

static int find_last(struct store *s, struct drift_scan *ret, struct error *err)
{
        struct wish wish = { .until_usec = UINT64_MAX, .ret = ret };
        int r = store_each_scan(s, on_scan, &wish, err);

        if (r < 0 || ret->number != 0)
                return r;
        return error_set(err, -ENOENT, "%s", _("no complete scan is recorded yet"));
}

/* The last that was begun by then; the oldest there is when none is that old. */
static int find_since(struct store *s, struct drift_pick *p, uint64_t since_usec, struct error *err)
{
        struct wish wish = { .until_usec = since_usec, .before = p->to.number, .ret = &p->from };
        int r = store_each_scan(s, on_scan, &wish, err);

        if (r < 0 || p->from.number != 0)
                return r;
        wish = (struct wish){
                .until_usec = UINT64_MAX, .before = p->to.number, .oldest = true, .ret = &p->from
        };
        return store_each_scan(s, on_scan, &wish, err);
}

/* ---- by what each account was judged at that time ----------------------------------------------
 */

static int basis_add(struct drift_scan *s, const struct store_scan_row *row)
{
        const char *account;
        json_t *unused;

        if (row->number > s->number || !row->basis)
                return 0;
        json_object_foreach((json_t *)row->accounts, account, unused)
        {
                if (!json_object_get(s->basis, account) &&
                    json_object_set(s->basis, account, (json_t *)row->basis) < 0)
                        return -ENOMEM;
        }
        return 0;
}

static int on_basis(void *user, const struct store_scan_row *row)
{
        struct drift_pick *p = user;
        int r = basis_add(&p->from, row);

        return r < 0 ? r : basis_add(&p->to, row);
}

static int read_basis(struct drift_pick *p, struct store *s, struct error *err)
{
        p->from.basis = json_object();
        p->to.basis = json_object();
        if (!p->from.basis || !p->to.basis)
                return error_oom(err);
        return store_each_scan(s, on_basis, p, err);
}

/* ---- both --------------------------------------------------------------------------------------
 */

static int check_order(struct drift_pick *p, struct store *s, struct error *err)
{
        int64_t since;
        int r = store_span_since(s, &since, err);

        if (r < 0)
                return r;
        if (p->from.number == 0)
                return error_set(err, -ENOENT, "%s",
                                 _("only one complete scan is recorded: there is none before it to "
                                   "compare with"));
        if (p->from.number == p->to.number)
                return error_set(err, -EINVAL, _("both are the same scan (%s, of %s)"), p->to.id,
                                 p->to.started);
        if (p->from.number > p->to.number)
                return error_set(err, -EINVAL,
                                 _("scan %s (%s) is older than %s (%s): name the older one first"),
                                 p->to.id, p->to.started, p->from.id, p->from.started);
        if (p->from.number < since)
                return error_set(err, -EINVAL,
                                 _("what changed just after scan %s (%s) is not known: it is older "
                                   "than what is kept; choose a later one"),
                                 p->from.id, p->from.started);
        return 0;
}

int drift_pick(struct drift_pick *ret, struct store *s, const char *a, const char *b,
               uint64_t since_usec, struct error *err)
{
        int r = b ? find_named(s, b, &ret->to, err) : find_last(s, &ret->to, err);

        if (r == 0)
                r = a ? find_named(s, a, &ret->from, err)
                      : find_since(s, ret, since_usec ? since_usec : UINT64_MAX, err);
        if (r == 0)
                r = check_order(ret, s, err);
        return r < 0 ? r : read_basis(ret, s, err);
}
