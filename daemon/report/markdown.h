/* Markdown with the tables that GitHub, GitLab and lowdown read. */
#pragma once

#include <stdio.h>

/* A table's cell on one line: what Markdown or HTML would obey is escaped, bytes that are no UTF-8
 * become U+FFFD. NULL is empty. */
void markdown_cell(FILE *out, const char *text);
