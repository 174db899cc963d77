/* UTF-8, as far as reports need it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Bytes of the character at text (not at its end), its code into ret; 0 when the bytes there are no
 * UTF-8. */
size_t utf8_next(const char *text, uint32_t *ret);
