#include "daemon/report/permissions.h"

#include "daemon/base/buffer.h"
#include "daemon/base/json.h"
#include "daemon/report/grid.h"
#include "daemon/report/language.h"

#include <errno.h>
#include <string.h>

enum { CELL_BYTES_MAX = 65536 };

/* The n-th call of a collector, its list first; NULL behind the last. */
static const struct call *call_at(const struct collector *c, size_t n)
{
        bool lists = c->list.name != NULL;

        if (lists && n == 0)
                return &c->list;
        n -= lists;
        return n < c->n_detail ? &c->detail[n] : NULL;
}

/* Appends text to a list of texts unless it is there. */
static void add_once(json_t *list, const char *text)
{
        json_t *there;
        size_t i;

        if (!text)
                return;
        json_array_foreach(list, i, there)
        {
                if (strcmp(json_string_value(there), text) == 0)
                        return;
        }
        (void)json_array_append_new(list, json_string(text));
}

/* What a collector is there for: its service types, or the word for what is no resource. */
static json_t *purposes(const struct collector *c)
{
        json_t *list = json_array(), *type;
        const char *value;

        add_once(list, c->type);
        json_object_foreach(c->types, value, type)
        {
                add_once(list, json_string_value(type));
        }
        if (c->evidence)
                (void)json_array_append_new(list, json_sprintf("evidence: %s", c->evidence));
        if (c->yields)
                add_once(list, "discovery");
        if (c->reference)
                add_once(list, "reference");
        return list;
}

static json_t *calls_of(const struct collector *c, bool permissions)
{
        json_t *list = json_array();
        const struct call *call;

        for (size_t i = 0; (call = call_at(c, i)); i++)
                add_once(list, permissions ? call->permission : call->name);
        return list;
}

static char *joined(const json_t *list)
{
        struct buffer b = BUFFER_INIT(CELL_BYTES_MAX);
        json_t *text;
        size_t i;

        json_array_foreach(list, i, text)
        {
                buffer_printf(&b, "%s%s", i > 0 ? ", " : "", json_string_value(text));
        }
        return buffer_take(&b);
}

/* ---- table, Markdown ---------------------------------------------------------------------------
 */

enum cell { CELL_ID, CELL_TITLE, CELL_TYPE, CELL_CALLS, CELL_PERMISSIONS, CELL_WHY, CELLS };

static void cells_free(char *cells[static CELLS])
{
        for (size_t i = 0; i < CELLS; i++)
                free(cells[i]);
}

static char *why_of(const struct collector *c, enum language language)
{
        char *text = NULL;

        if (c->optional)
                return strdup(text_in(&c->why, language));
        if (c->when)
                return asprintf(&text, _("with the account's %s"), c->when) < 0 ? NULL : text;
        return strdup("");
}

static int cells_fill(const struct collector *c, enum language language, char *cells[static CELLS])
{
        json_auto_t *types = purposes(c), *calls = calls_of(c, false),
                    *permissions = calls_of(c, true);

        cells[CELL_ID] = strdup(c->id);
        cells[CELL_TITLE] = strdup(text_in(&c->title, language));
        cells[CELL_TYPE] = joined(types);
        cells[CELL_CALLS] = joined(calls);
        cells[CELL_PERMISSIONS] = joined(permissions);
        cells[CELL_WHY] = why_of(c, language);
        for (size_t i = 0; i < CELLS; i++)
                if (!cells[i])
                        return -ENOMEM;
        return 0;
}

static int put_table(const struct permission_set *set, const struct terminal *terminal,
                     enum language language, struct error *err)
{
        const struct grid_column columns[] = {
                { _("COLLECTOR"), 0 },
                { _("TYPE"), 0 },
                { _("OFF BY DEFAULT"), GRID_SHRINK },
                { _("PERMISSIONS"), GRID_SHRINK },
        };
        _cleanup_(grid_freep) struct grid *grid = NULL;
        int r = grid_new(&grid, terminal, columns, ELEMENTSOF(columns), err);

        for (size_t i = 0; r >= 0 && i < set->n_collectors; i++) {
                char *cells[CELLS] = { NULL };

                r = cells_fill(set->collectors[i], language, cells);
                if (r >= 0)
                        r = grid_row(grid, (const char *const[]){ cells[CELL_ID], cells[CELL_TYPE],
                                                                  cells[CELL_WHY],
                                                                  cells[CELL_PERMISSIONS] });
                cells_free(cells);
        }
        return r < 0 ? error_set(err, r, "report: %s", strerror(-r)) : grid_end(grid, err);
}

/* A cell of Markdown's tables ends at a bar. */
static void put_cell(FILE *out, const char *text)
{
        (void)fputs(" ", out);
        for (const char *c = text; *c; c++)
                (void)fprintf(out, *c == '|' ? "\\%c" : "%c", *c == '\n' ? ' ' : *c);
        (void)fputs(" |", out);
}

static int put_markdown(const struct permission_set *set, const struct terminal *terminal,
                        enum language language, struct error *err)
{
        const char *const heads[CELLS] = {
                [CELL_ID] = _("Kind"),
                [CELL_TITLE] = _("What"),
                [CELL_TYPE] = _("Type"),
                [CELL_CALLS] = _("Calls"),
                [CELL_WHY] = _("Only if asked for"),
                [CELL_PERMISSIONS] = _("Permissions"),
        };
        FILE *out = terminal->out;

        (void)fputs("|", out);
        for (size_t i = 0; i < CELLS; i++)
                put_cell(out, heads[i]);
        (void)fputs("\n|---|---|---|---|---|---|\n", out);
        for (size_t i = 0; i < set->n_collectors; i++) {
                char *cells[CELLS] = { NULL };
                int r = cells_fill(set->collectors[i], language, cells);

                if (r == 0) {
                        (void)fputs("|", out);
                        for (size_t k = 0; k < CELLS; k++)
                                put_cell(out, cells[k]);
                        (void)fputs("\n", out);
                }
                cells_free(cells);
                if (r < 0)
                        return error_oom(err);
        }
        return 0;
}

/* ---- JSON --------------------------------------------------------------------------------------
 */

static json_t *json_row(const struct collector *c, enum language language)
{
        json_t *calls = json_array();
        const struct call *call;

        for (size_t i = 0; (call = call_at(c, i)); i++)
                (void)json_array_append_new(calls, json_pack("{ss ss*}", "call", call->name,
                                                             "permission", call->permission));
        return json_pack("{ss ss so so sb ss* ss*}", "kind", c->id, "title",
                         text_in(&c->title, language), "types", purposes(c), "calls", calls,
                         "optional", c->optional, "why",
                         c->optional ? text_in(&c->why, language) : NULL, "when", c->when);
}

static int put_json(const struct permission_set *set, const struct terminal *terminal,
                    enum language language, struct error *err)
{
        json_auto_t *rows = json_array();

        for (size_t i = 0; i < set->n_collectors; i++)
                if (json_array_append_new(rows, json_row(set->collectors[i], language)) < 0)
                        return error_oom(err);
        if (json_dumpf(rows, terminal->out, JSON_INDENT(2)) < 0)
                return error_set(err, -EIO, "the list could not be written");
        (void)fputc('\n', terminal->out);
        return 0;
}

int report_permissions(const struct permission_set *set, enum permissions_format format,
                       const struct terminal *terminal, enum language language, struct error *err)
{
        switch (format) {
        case PERMISSIONS_TABLE:
                return put_table(set, terminal, language, err);
        case PERMISSIONS_JSON:
                return put_json(set, terminal, language, err);
        case PERMISSIONS_MARKDOWN:
                return put_markdown(set, terminal, language, err);
        }
        return -EINVAL;
}
