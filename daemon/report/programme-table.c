#include "daemon/base/json.h"
#include "daemon/report/grid.h"
#include "daemon/report/language.h"
#include "daemon/report/programme-private.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { BAR_CELLS = 10, MISSING_SHOWN = 3, CELL_MAX = 64 };

static int heading(const struct terminal *t, const char *text)
{
        (void)fputc('\n', t->out);
        terminal_put(t, STYLE_BOLD, text);
        return fputc('\n', t->out) == EOF ? -EIO : 0;
}

/* A whole line, NULL being a lack of memory. */
static int put_line(const struct terminal *t, int indent, char *text_take)
{
        _cleanup_(freep) char *text = text_take;

        if (!text)
                return -ENOMEM;
        if (*text == '\0')
                return 0;
        (void)fprintf(t->out, "%*s", indent, "");
        terminal_fold(t, indent, indent + 2, text);
        return 0;
}

/* "####------  40 %"; where nobody looks at a terminal, the number alone. */
static void progress(char text[static CELL_MAX], const struct terminal *t, int percent)
{
        char bar[BAR_CELLS + 1];
        int full = percent > 0 ? percent * BAR_CELLS / 100 : 0;

        memset(bar, '#', (size_t)full);
        memset(bar + full, '-', (size_t)(BAR_CELLS - full));
        bar[BAR_CELLS] = '\0';
        if (percent < 0)
                (void)snprintf(text, CELL_MAX, "-");
        else if (t->columns == 0)
                (void)snprintf(text, CELL_MAX, _("%d %%"), percent);
        else
                (void)snprintf(text, CELL_MAX, _("%s %3d %%"), bar, percent);
}

static void number(char text[static 24], uint64_t value)
{
        if (value > 0)
                (void)snprintf(text, 24, "%" PRIu64, value);
        else
                text[0] = '\0';
}

static int count_row(struct grid *grid, const char *name, const char *bar,
                     const struct programme_count *c, const char *effort)
{
        char done[CELL_MAX], open[24], unknown[24], waived[24];
        const char *const cells[] = { name, bar, done, open, unknown, effort, waived };

        (void)snprintf(done, sizeof(done), "%" PRIu64 "/%" PRIu64, c->done, programme_total(c));
        number(open, c->open);
        number(unknown, c->unknown);
        number(waived, c->waived);
        return grid_row(grid, cells);
}

static int stage_rows(const struct programme_request *request, struct grid *grid, size_t i)
{
        const struct programme_stage *stage = &request->programme->stages[i];
        _cleanup_(freep) char *effort = programme_effort_text(stage), *name = NULL;
        char bar[CELL_MAX];
        int r;

        progress(bar, &request->terminal, programme_percent(request->programme, stage));
        if (asprintf(&name, "%zu. %s", i + 1, text_in(stage->title, request->language)) < 0)
                name = NULL;
        r = name && effort ? count_row(grid, name, bar, &stage->count, effort) : -ENOMEM;
        for (size_t k = 0; request->verbose && r >= 0 && k < stage->n_gauges; k++) {
                const struct programme_gauge *g = &stage->gauges[k];
                _cleanup_(freep) char *measure = NULL;

                progress(bar, &request->terminal, programme_gauge_percent(g));
                if (asprintf(&measure, "   %s", text_in(g->title, request->language)) < 0)
                        measure = NULL;
                r = measure ? count_row(grid, measure, bar, &g->count, "") : -ENOMEM;
        }
        return r;
}

static bool has_waived(const struct programme *p)
{
        for (size_t i = 0; i < p->n_stages; i++)
                if (p->stages[i].count.waived > 0)
                        return true;
        return false;
}

static int print_stages(const struct programme_request *request, struct error *err)
{
        const struct grid_column columns[] = {
                { _("STEP"), GRID_SHRINK },   { _("PROGRESS"), 0 },
                { _("DONE"), GRID_RIGHT },    { _("OPEN"), GRID_RIGHT },
                { _("UNKNOWN"), GRID_RIGHT }, { _("EFFORT"), 0 },
                { _("WAIVED"), GRID_RIGHT },
        };
        /* the last one is for those who waive something */
        size_t n_columns = ELEMENTSOF(columns) - !has_waived(request->programme);
        _cleanup_(grid_freep) struct grid *grid = NULL;
        int r = grid_new(&grid, &request->terminal, columns, n_columns, err);

        for (size_t i = 0; r >= 0 && i < request->programme->n_stages; i++)
                r = stage_rows(request, grid, i);
        return r < 0 ? r : grid_end(grid, err);
}

/* ---- what is missing ---------------------------------------------------------------------------
 */

static int print_gap(const struct programme_request *request, const struct programme_missing *m)
{
        const struct terminal *t = &request->terminal;
        _cleanup_(freep) char *see = programme_gap_see(m->gauge, m->gaps);
        int r = put_line(t, 2, programme_missing_text(request, m));

        if (r < 0 || !see)
                return -ENOMEM;
        (void)fputs("    → ", t->out);
        terminal_put(t, STYLE_DIM, see);
        (void)fputc('\n', t->out);
        return 0;
}

static int print_missing_of(const struct programme_request *request,
                            const struct programme_stage *stage)
{
        const struct terminal *t = &request->terminal;
        size_t n = 0, shown;
        _cleanup_(freep) struct programme_missing *all = programme_missing_of(stage, &n);
        int r = all ? 0 : -ENOMEM;

        if (n == 0)
                return r;
        terminal_put(t, STYLE_BOLD, text_in(stage->title, request->language));
        (void)fputc('\n', t->out);
        shown = request->verbose || n < MISSING_SHOWN ? n : MISSING_SHOWN;
        for (size_t i = 0; r >= 0 && i < shown; i++)
                r = print_gap(request, &all[i]);
        if (shown < n) {
                (void)fputs("  ", t->out);
                (void)fprintf(t->out, _("… and %zu more: vigie programme --verbose"), n - shown);
                (void)fputc('\n', t->out);
        }
        return r;
}

/* ---- effort, budgets, registers ----------------------------------------------------------------
 */

static int print_budgets(const struct programme_request *request)
{
        const struct terminal *t = &request->terminal;
        const struct programme *p = request->programme;
        char *source = NULL;
        int r = put_line(t, 0, programme_duration_text(p));

        for (size_t i = 0; r >= 0 && i < p->n_brackets; i++)
                r = put_line(t, 0, programme_bracket_text(request, &p->brackets[i]));
        if (r >= 0 && p->n_brackets == 0)
                r = put_line(t, 0, strdup(_("No account is known: no budget can be named.")));
        if (r >= 0 && p->n_brackets > 1)
                r = put_line(t, 0,
                             strdup(_("Several apply; the source does not say that they add up.")));
        if (r >= 0 && json_array_size(p->unplaced) > 0) {
                _cleanup_(freep) char *names = programme_names_text(p->unplaced);

                (void)fprintf(t->out, _("The source has no budget for %s."), names ? names : "");
                (void)fputc('\n', t->out);
        }
        if (r < 0)
                return r;
        if (asprintf(&source, _("Source: %s, %s"), text_in(p->source, request->language),
                     p->as_of) < 0)
                return -ENOMEM;
        return put_line(t, 0, source);
}

static int register_row(struct grid *grid, const json_t *row)
{
        const char *const cells[] = {
                json_member_string(row, "register"),
                json_member_string(row, "id"),
                json_member_string(row, "owner"),
                json_member_string(row, "proof"),
                json_member_string(row, "date"),
                json_member_string(row, "until"),
                programme_state_word(json_member_string(row, "state")),
        };

        return grid_row(grid, cells);
}

static int print_registers(const struct programme_request *request, struct error *err)
{
        const struct grid_column columns[] = {
                { _("REGISTER"), 0 },        { _("ENTRY"), 0 }, { _("OWNER"), 0 },
                { _("PROOF"), GRID_SHRINK }, { _("DATE"), 0 },  { _("UNTIL"), 0 },
                { _("STATE"), 0 },
        };
        const json_t *rows = request->programme->registers, *row;
        _cleanup_(grid_freep) struct grid *grid = NULL;
        size_t i;
        int r = grid_new(&grid, &request->terminal, columns, ELEMENTSOF(columns), err);

        json_array_foreach((json_t *)rows, i, row) if (r >= 0) r = register_row(grid, row);
        return r < 0 ? r : grid_end(grid, err);
}

/* Entries that count no longer are told even to those who did not ask. */
static int print_register_part(const struct programme_request *request, struct error *err)
{
        const struct terminal *t = &request->terminal;
        const json_t *rows = request->programme->registers;
        size_t ended = programme_registers_ended(rows);
        int r = heading(t, _("Registers (declared; vigie follows no proof)"));

        (void)fprintf(t->out, _("%zu entries, %zu of them ended"), json_array_size(rows), ended);
        (void)fputc('\n', t->out);
        return r >= 0 && request->verbose ? print_registers(request, err) : r;
}

int programme_table(const struct programme_request *request, struct error *err)
{
        const struct terminal *t = &request->terminal;
        const struct programme *p = request->programme;
        int r;

        terminal_put(t, STYLE_BOLD, _("Compliance programme, by what is known"));
        (void)fputc('\n', t->out);
        r = put_line(t, 0, programme_scan_text(p));
        if (r >= 0)
                r = put_line(t, 0, programme_left_out_text(p));
        (void)fputc('\n', t->out);
        if (r >= 0)
                r = print_stages(request, err);
        if (r >= 0)
                r = heading(t, _("What is missing first"));
        for (size_t i = 0; r >= 0 && i < p->n_stages; i++)
                r = print_missing_of(request, &p->stages[i]);
        if (r >= 0)
                r = heading(t, _("Effort and budget"));
        if (r >= 0)
                r = print_budgets(request);
        if (r >= 0)
                r = print_register_part(request, err);
        return r < 0 ? error_set(err, r, "report: %s", strerror(-r)) : 0;
}
