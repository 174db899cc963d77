/* CSV as RFC 4180 has it: CRLF, quotes where needed, doubled inside. */
#pragma once

#include <stddef.h>
#include <stdio.h>

/* One cell's text into out; NULL is empty. A text that a spreadsheet would take for a formula gets
 * an apostrophe before it: names come from whoever may create resources. */
void csv_cell(FILE *out, const char *text);

/* One line of n cells. */
void csv_line(FILE *out, const char *const *cells, size_t n);
