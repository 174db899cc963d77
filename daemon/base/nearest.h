/* "Did you mean": the known word that differs in the fewest letters. */
#pragma once

#include <stddef.h>

/* Levenshtein's distance over short words; SIZE_MAX for long ones. */
size_t nearest_distance(const char *a, const char *b);

struct nearest {
        const char *word; /* as typed */
        const char *best; /* NULL: nothing is near */
        size_t distance;
        char offered[256]; /* all candidates: "a, b, c", for who meant none of them */
};

/* Two letters off is a slip, more is another word. */
#define NEAREST_TO(w) ((struct nearest){ .word = (w), .distance = 3 })

enum { NEAREST_HINT_MAX = 320 };
/* "; did you mean 'x'?", or, when nothing is near and they are few, "; known are a, b, c"; "" else.
 */
const char *nearest_hint(const struct nearest *n, char text[static NEAREST_HINT_MAX]);

/* Keeps candidate when it is nearer than what was seen before; borrowed. */
void nearest_offer(struct nearest *n, const char *candidate);
