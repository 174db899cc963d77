/* Pieces of JSON texts that the store wrote itself, found without building the whole: a report of
 * all findings reads a few bytes of each resource. Private to store/. */
#pragma once

#include <stddef.h>

struct slice {
        const char *text; /* NULL: not there */
        size_t size_bytes;
};

/* The value of a member of the object, or an element of the array, that text is. Compact texts as
 * json_canonical() writes them; anything else gives no slice. */
struct slice slice_member(struct slice object, const char *name);
struct slice slice_element(struct slice array, size_t index);
