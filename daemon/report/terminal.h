/* What reaches a person's terminal: colours where they are wanted, and names from the clouds with
 * nothing in them that a terminal would obey. */
#pragma once

#include "daemon/model/verdict.h"

#include <stdbool.h>
#include <stdio.h>

struct terminal {
        FILE *out;
        bool colour;
        int columns; /* 0: lines are not folded */
};

/* Colours when out is a terminal, wanted, and neither NO_COLOR nor TERM=dumb says no. */
struct terminal terminal_of(FILE *out, bool colour_wanted);

enum style { STYLE_PLAIN, STYLE_BOLD, STYLE_DIM, STYLE_RED, STYLE_YELLOW, STYLE_GREEN, STYLE_BLUE };

/* Prints text, controls and bytes that are no UTF-8 shown as '?'. */
void terminal_put(const struct terminal *t, enum style style, const char *text);

/* Prints text folded at the terminal's width, every line but the first indented; ends the line.
 * column: where the cursor stands. */
void terminal_fold(const struct terminal *t, int column, int indent, const char *text);

/* A copy of text fit for a terminal; NULL only without memory. */
char *terminal_safe(const char *text);

enum style terminal_style_of(enum verdict verdict, enum severity severity);
