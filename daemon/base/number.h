/* The one checked number parser. */
#pragma once

#include <stdint.h>

/* The whole text is a decimal number: 0; -EINVAL for anything else, -ERANGE when too large. */
int number_parse_u64(const char *text, uint64_t *ret);
int number_parse_i64(const char *text, int64_t *ret);
int number_parse_double(const char *text, double *ret);
