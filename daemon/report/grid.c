#include "daemon/report/grid.h"

#include <errno.h>
#include <libsmartcols.h>
#include <stdint.h>
#include <string.h>

enum { BATCH_LINES = 1000 };

struct grid {
        struct libscols_table *table;
        struct terminal terminal;
        size_t n_columns, n_lines;
        bool printed;
};

static int add_column(struct grid *g, const struct grid_column *column)
{
        int flags = 0;

        if (column->flags & GRID_RIGHT)
                flags |= SCOLS_FL_RIGHT;
        if (column->flags & GRID_SHRINK && g->terminal.columns > 0)
                flags |= SCOLS_FL_TRUNC;
        return scols_table_new_column(g->table, column->title, 0, flags) ? 0 : -ENOMEM;
}

int grid_new(struct grid **ret, const struct terminal *terminal, const struct grid_column *columns,
             size_t n_columns, struct error *err)
{
        _cleanup_(grid_freep) struct grid *g = calloc(1, sizeof(*g));

        if (!g || !(g->table = scols_new_table()))
                return error_oom(err);
        g->terminal = *terminal;
        g->n_columns = n_columns;
        for (size_t i = 0; i < n_columns; i++)
                if (add_column(g, &columns[i]) < 0)
                        return error_oom(err);
        (void)scols_table_set_stream(g->table, terminal->out);
        if (terminal->columns > 0) {
                (void)scols_table_set_termforce(g->table, SCOLS_TERMFORCE_ALWAYS);
                (void)scols_table_set_termwidth(g->table, (size_t)terminal->columns);
        }
        *ret = TAKE_PTR(g);
        return 0;
}

struct grid *grid_free(struct grid *g)
{
        if (!g)
                return NULL;
        scols_unref_table(g->table);
        free(g);
        return NULL;
}

static int print_batch(struct grid *g)
{
        int r = scols_print_table(g->table);

        scols_table_remove_lines(g->table);
        g->n_lines = 0;
        g->printed = true;
        (void)scols_table_enable_noheadings(g->table, 1);
        return r < 0 ? r : ferror(g->terminal.out) ? -EIO : 0;
}

int grid_row(struct grid *g, const char *const *cells)
{
        struct libscols_line *line;
        int r;

        if (g->n_lines == BATCH_LINES) {
                r = print_batch(g);
                if (r < 0)
                        return r;
        }
        line = scols_table_new_line(g->table, NULL);
        if (!line)
                return -ENOMEM;
        g->n_lines++;
        for (size_t i = 0; i < g->n_columns; i++) {
                _cleanup_(freep) char *safe = terminal_safe(cells[i] ? cells[i] : "");

                if (!safe || scols_line_set_data(line, i, safe) < 0)
                        return -ENOMEM;
        }
        return 0;
}

int grid_end(struct grid *g, struct error *err)
{
        int r = g->n_lines > 0 ? print_batch(g) : 0;

        return r < 0 ? error_set(err, r, "output: %s", strerror(-r)) : 0;
}
