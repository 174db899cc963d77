/* The matrix of accounts, regions and service types, and the inventory itself. */
#include "daemon/base/json.h"
#include "daemon/report/declared.h"
#include "daemon/report/html.h"
#include "daemon/report/language.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { COPY_BLOCK_BYTES = 65536, PART_MAX = 512 };

/* ---- the matrix --------------------------------------------------------------------------------
 */

/* "provider\taccount\tregion" into its parts. */
struct place_parts {
        char provider[PART_MAX], account[PART_MAX], region[PART_MAX];
};

static void split(const char *key, struct place_parts *p)
{
        const char *account = key + strcspn(key, "\t");
        const char *region = *account ? account + 1 + strcspn(account + 1, "\t") : account;

        (void)snprintf(p->provider, PART_MAX, "%.*s", (int)(account - key), key);
        (void)snprintf(p->account, PART_MAX, "%.*s", *account ? (int)(region - account - 1) : 0,
                       *account ? account + 1 : "");
        (void)snprintf(p->region, PART_MAX, "%s", *region ? region + 1 : "");
}

static void put_cells(const struct html *h, const json_t *place, const json_t *types)
{
        const json_t *own = json_object_get(place, "types");
        const char *type;
        json_t *unused;

        json_object_foreach((json_t *)types, type, unused)
        {
                uint64_t n = html_count(own, strcmp(type, "unclassified") == 0 ? "" : type);

                if (n > 0)
                        html_put(h, "<td class=\"n on\">%" PRIu64 "</td>", n);
                else
                        html_put(h, "<td class=\"n\">·</td>");
        }
}

static void put_unread(const struct html *h, const json_t *place)
{
        uint64_t unread = html_count(place, "unread"), asked = html_count(place, "asked");

        if (unread > 0)
                html_put(h,
                         "<td class=\"n alarm\">? %" PRIu64 " / %" PRIu64
                         "<span class=\"hear\"> %s</span></td>",
                         unread, asked, _("lists without an answer"));
        else
                html_put(h, "<td class=\"n\">0 / %" PRIu64 "</td>", asked);
}

static void put_place(const struct html *h, const char *key, const json_t *place,
                      const json_t *types)
{
        struct place_parts p;

        split(key, &p);
        html_put(h, "<tr><th scope=\"row\">%s</th><td>%s</td><td>",
                 html_word(h, "providers", p.provider), p.account);
        html_region(h, p.provider, p.region);
        html_put(h, "</td><td class=\"n\"><b>%" PRIu64 "</b></td>", html_count(place, "n"));
        put_unread(h, place);
        put_cells(h, place, types);
        html_put(h, "</tr>\n");
}

/* Where everything had an answer and nothing was found: said, in one line an account. */
static void put_empty(const struct html *h)
{
        char last[2 * PART_MAX + 2] = "", here[2 * PART_MAX + 2];
        struct place_parts p;
        const char *key;
        json_t *place;

        json_object_foreach(h->survey.places, key, place)
        {
                if (html_count(place, "n") > 0 || html_count(place, "unread") > 0)
                        continue;
                if (!*last)
                        html_put(h, "<h3>%s</h3>\n",
                                 _("Read wholly, and no AI found by these lists"));
                split(key, &p);
                (void)snprintf(here, sizeof(here), "%s\t%s", p.provider, p.account);
                if (*last)
                        html_put(h, strcmp(last, here) == 0 ? ", " : "</p>\n");
                if (strcmp(last, here) != 0)
                        html_put(h, "<p><b>%s / %s</b>: ", html_word(h, "providers", p.provider),
                                 p.account);
                html_put(h, "%s", *p.region ? p.region : _("no region"));
                memcpy(last, here, sizeof(last));
        }
        if (*last)
                html_put(h, "</p>\n");
}

static const char **matrix_heads(const struct html *h, const json_t *types, char **ret_words)
{
        size_t n = 0;
        const char **heads = calloc(json_object_size(types) + 6, sizeof(*heads)), *type;
        char *words = calloc(json_object_size(types) + 1, PART_MAX), *word = words;
        json_t *unused;

        *ret_words = words;
        if (!heads || !words) {
                free(heads);
                return NULL;
        }
        heads[n++] = _("provider");
        heads[n++] = _("account");
        heads[n++] = _("region");
        heads[n++] = _("#resources");
        heads[n++] = _("#unread / asked");
        json_object_foreach((json_t *)types, type, unused)
        {
                (void)snprintf(word, PART_MAX, "#%s",
                               strcmp(type, "unclassified") == 0
                                       ? _("service type not known")
                                       : html_word(h, "service_types", type));
                heads[n++] = word;
                word += PART_MAX;
        }
        return heads;
}

int html_places(struct html *h)
{
        _cleanup_(freep) char *words = NULL;
        _cleanup_(freep) const char **heads = matrix_heads(h, h->survey.types, &words);
        const char *key;
        json_t *place;

        if (!heads)
                return error_oom(h->err);
        html_table(h, "sortable matrix",
                   _("Resources by account, region and service type; and lists without an answer"),
                   heads);
        json_object_foreach(h->survey.places, key, place) if (html_count(place, "n") > 0 ||
                                                              html_count(place, "unread") > 0)
                put_place(h, key, place, h->survey.types);
        html_table_end(h);
        put_empty(h);
        return 0;
}

/* ---- the inventory -----------------------------------------------------------------------------
 */

/* What is being written: rows of one place after those of the other. */
struct html_inventory {
        struct html page;   /* the page, as it writes to the spool */
        struct resource at; /* the place of the rows at hand; strings are its own */
        uint64_t n, shown;  /* of that place */
        uint64_t most;      /* rows of a place that are listed */
};

static int on_place(void *user, const struct place *p)
{
        ++*(uint64_t *)user;
        return 0;
}

/* So many rows of each place that the page stays one that a browser opens. */
static int most_of(const struct html *h, uint64_t *ret)
{
        struct store_summary summary = { 0 };
        uint64_t places = 0;
        int r = store_summarise(h->request->store, &summary, h->err);

        if (r < 0)
                return r;
        *ret = UINT64_MAX;
        if (summary.resources <= HTML_SHOWN_MAX)
                return 0;
        r = store_each_place(h->request->store, h->request->filter, on_place, &places, h->err);
        *ret = places < HTML_SHOWN_MAX ? HTML_SHOWN_MAX / (places + 1) + 1 : 1;
        return r;
}

int html_inventory_begin(struct html_inventory **ret, struct html *h)
{
        struct html_inventory *i = calloc(1, sizeof(*i));
        int r;

        if (!i)
                return error_oom(h->err);
        r = most_of(h, &i->most);
        if (r < 0) {
                free(i);
                return r;
        }
        i->page = *h;
        i->page.out = h->survey.inventory;
        *ret = i;
        return 0;
}

static void place_end(struct html_inventory *i)
{
        const struct html *h = &i->page;

        if (i->n == 0)
                return;
        html_table_end(h);
        if (i->n > i->shown)
                html_put(h, "<p class=\"alarm\">%s: %" PRIu64 " (vigie resources)</p>\n",
                         _("not listed here one by one"), i->n - i->shown);
        html_put(h, "<p class=\"count\">%s: %" PRIu64 "</p></details>\n", _("resources"), i->n);
}

/* Every resource has all four. */
static bool is_there(const struct resource *at, const struct resource *r)
{
        return at->provider && strcmp(at->provider, r->provider) == 0 &&
               strcmp(at->account, r->account) == 0 && strcmp(at->scope, r->scope) == 0 &&
               strcmp(at->region, r->region) == 0;
}

static int place_begin(struct html_inventory *i, const struct resource *r)
{
        const char *const heads[] = { _("name"),     _("type"),       _("kind"),
                                      _("status"),   _("customer"),   _("risk"),
                                      _("declared"), _("first seen"), NULL };
        const struct html *h = &i->page;
        char **const own[] = { &i->at.provider, &i->at.account, &i->at.scope, &i->at.region };
        const char *const parts[] = { r->provider, r->account, r->scope, r->region };
        char caption[EXPORT_PLACE_MAX];
        struct place place = export_place_of(r);

        for (size_t p = 0; p < ELEMENTSOF(own); p++) {
                free(*own[p]);
                *own[p] = strdup(parts[p]);
                if (!*own[p])
                        return -ENOMEM;
        }
        i->n = i->shown = 0;
        html_put(h, "<details class=\"place\"><summary>%s / %s / %s / ",
                 html_word(h, "providers", r->provider), r->account, r->scope);
        html_region(h, r->provider, r->region);
        html_put(h, "</summary>\n");
        html_table(h, "sortable", export_place(&place, caption), heads);
        return 0;
}

static void put_resource(const struct html *h, const struct store_resource *row,
                         const char *declared)
{
        const struct resource *r = row->resource;
        const json_t *d = row->description;
        const char *role = json_member_string(
                json_object_get(json_object_get(d, "roles"), "customer"), "role");
        const char *risk = json_member_string(d, "risk"), *area = json_member_string(d, "area");

        html_put(h,
                 "<tr data-p=\"%s\" data-a=\"%s\" data-t=\"%s\" data-area=\"%s\"><th "
                 "scope=\"row\">%s<br><small>%s</small></th>",
                 r->provider, r->account, r->service_type, area ? area : "unknown",
                 r->name ? r->name : r->id, r->id);
        html_put(h, "<td>%s</td><td>%s</td><td>%s%s%s</td><td>%s</td><td>%s</td>",
                 html_word(h, "service_types", r->service_type), r->kind, row->stale ? "? " : "",
                 row->stale ? _("stale") : r->status, row->flapping ? " ~" : "",
                 html_word(h, "roles", role), html_word(h, "risks", risk ? risk : "unknown"));
        html_put(h, "<td>%s</td><td>%s</td></tr>\n", declared, row->first_seen);
}

int html_inventory_add(struct html_inventory *i, const struct store_resource *row)
{
        const struct resource *r = row->resource;

        if (!is_there(&i->at, r)) {
                place_end(i);
                if (place_begin(i, r) < 0)
                        return -ENOMEM;
        }
        if (i->n++ < i->most) {
                _cleanup_(freep) char *declared = declared_text(row->description);

                if (!declared)
                        return -ENOMEM;
                i->shown++;
                put_resource(&i->page, row, declared);
        }
        return ferror(i->page.out) != 0; /* html_inventory_end() says why */
}

int html_inventory_end(struct html_inventory *i)
{
        int r;

        place_end(i);
        r = fflush(i->page.out) != 0 || ferror(i->page.out)
                    ? error_set(i->page.err, -EIO, "report: a temporary file: %s",
                                strerror(errno ? errno : EIO))
                    : 0;
        free(i->at.provider);
        free(i->at.account);
        free(i->at.scope);
        free(i->at.region);
        free(i);
        return r;
}

static int copy_spool(const struct html *h)
{
        char block[COPY_BLOCK_BYTES];
        size_t n;

        if (fseek(h->survey.inventory, 0, SEEK_SET) < 0)
                return error_set(h->err, -errno, "report: temporary file: %s", strerror(errno));
        while ((n = fread(block, 1, sizeof(block), h->survey.inventory)) > 0)
                (void)fwrite(block, 1, n, h->out);
        return ferror(h->survey.inventory) ? error_set(h->err, -EIO, "report: temporary file") : 0;
}

static void put_choices(const struct html *h, const char *name, const char *label,
                        const char *group, const json_t *counts)
{
        const char *key;
        json_t *n;

        html_put(h, "<label>%s <select name=\"%s\"><option value=\"\">%s</option>", label, name,
                 _("all"));
        json_object_foreach((json_t *)counts, key, n)
                html_put(h, "<option value=\"%s\">%s</option>", key, html_word(h, group, key));
        html_put(h, "</select></label>\n");
}

int html_inventory(struct html *h)
{
        if (h->survey.resources == 0) {
                html_put(h, "<p>%s</p>\n", _("None found in what was read."));
                return 0;
        }
        html_put(h,
                 "<fieldset class=\"filters\" data-for=\"inventory-rows\" "
                 "hidden><legend>%s</legend>\n",
                 _("Filter"));
        html_put(h, "<label>%s <input type=\"search\" name=\"q\"></label>\n", _("text"));
        put_choices(h, "p", _("provider"), "providers", h->survey.providers);
        put_choices(h, "t", _("type"), "service_types", h->survey.types);
        put_choices(h, "area", _("area"), "areas", h->survey.areas);
        html_put(
                h,
                "<output aria-live=\"polite\"></output></fieldset>\n<div id=\"inventory-rows\">\n");
        if (copy_spool(h) < 0)
                return -EIO;
        html_put(h, "</div>\n");
        return 0;
}
