#include "tests/support/rows.h"

#include "daemon/base/json.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

static int exception_of(const char *id, const struct rows_of *of)
{
        int how = 0;

        for (size_t i = 0; i < of->n_exceptions; i++)
                if (fnmatch(of->exceptions[i].id, id, 0) == 0)
                        how |= of->exceptions[i].how;
        return how;
}

static int add_optional(struct rows *r, const char *before, const char *text)
{
        char *longer = NULL;

        if (asprintf(&longer, "%s%s%s", r->optional ? r->optional : "", before, text) < 0)
                return -ENOMEM;
        free(r->optional);
        r->optional = longer;
        return 0;
}

static int add_row(struct rows *r, const struct collector *c, const struct rows_of *of)
{
        const struct paging *p = c->paging.place.line > 0 ? &c->paging : &c->service->paging;
        struct row row = { .collector = c,
                           .how = exception_of(c->id, of) | (c->follows.facts ? ROW_LATER : 0),
                           .paged = p->style != PAGING_NONE };
        struct row *more = reallocarray(r->list, r->n + 1, sizeof(*more));

        if (!more)
                return -ENOMEM;
        of->call(&c->list, row.service, row.operation);
        r->list = more;
        r->list[r->n++] = row;
        return c->optional ? add_optional(r, r->optional ? ", " : "[", c->id) : 0;
}

int rows_load(struct rows *ret, const struct rows_of *of, struct error *err)
{
        int r = catalogue_load(&ret->catalogue, "config", NULL, err);

        for (size_t i = 0; r == 0 && i < ret->catalogue->n_services; i++) {
                const struct service *s = ret->catalogue->services[i];

                for (size_t k = 0; strcmp(s->provider, of->provider) == 0 && k < s->n_collectors;
                     k++)
                        if (r == 0 && !s->collectors[k].yields)
                                r = add_row(ret, &s->collectors[k], of);
        }
        if (r == 0)
                r = add_optional(ret, ret->optional ? "" : "[", "]");
        return r < 0 && err->code == 0 ? error_oom(err) : r;
}

void rows_done(struct rows *r)
{
        free(r->list);
        free(r->optional);
        (void)catalogue_free(r->catalogue);
        *r = (struct rows){ 0 };
}

const json_t *row_found(const struct row *row, const struct scan_run *run)
{
        return json_object_get(run->by_kind, row->collector->id);
}

const json_t *row_coverage(const struct row *row, const struct scan_run *run, const char **ret_key)
{
        size_t length = strlen(row->collector->id);
        const json_t *most = NULL;
        const char *key;
        json_t *coverage;

        json_object_foreach(run->coverage, key, coverage)
        {
                if (strncmp(key, row->collector->id, length) != 0 || key[length] != ' ')
                        continue;
                if (most && json_integer_value(json_object_get(coverage, "items")) <=
                                    json_integer_value(json_object_get(most, "items")))
                        continue;
                most = coverage;
                if (ret_key)
                        *ret_key = key;
        }
        return most;
}

const char *row_fact_state(const json_t *resource, const char *fact)
{
        const char *state = json_member_string(
                json_object_get(json_object_get(resource, "facts"), fact), "state");

        return state ? state : "";
}
