/* A table on a terminal over libsmartcols, printed in batches so that its memory is bounded. */
#pragma once

#include "daemon/report/terminal.h"

#include "daemon/base/error.h"

struct grid;

enum grid_flag { GRID_LEFT = 0, GRID_RIGHT = 1, GRID_SHRINK = 2 };

struct grid_column {
        const char *title;
        int flags; /* enum grid_flag; GRID_SHRINK may be cut on a narrow terminal */
};

int grid_new(struct grid **ret, const struct terminal *terminal, const struct grid_column *columns,
             size_t n_columns, struct error *err);
struct grid *grid_free(struct grid *g);
DEFINE_CLEANUP(struct grid *, grid_free);

/* As many cells as columns; NULL is empty. 0, -ENOMEM, or -EIO. */
int grid_row(struct grid *g, const char *const *cells);
/* Prints what is left; nothing at all when there was no row. */
int grid_end(struct grid *g, struct error *err);
