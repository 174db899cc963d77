/* Lists of texts that end with NULL, as configuration and data files give them. */
#pragma once

#include <stdbool.h>

/* Neither a list nor a text that is NULL has anything to do with the other. */
bool list_has(char *const *list, const char *text);
/* The same, capitals or not. */
bool list_has_nocase(char *const *list, const char *text);
