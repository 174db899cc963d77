#include "daemon/base/nearest.h"

#include "daemon/base/cleanup.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

size_t nearest_distance(const char *a, const char *b)
{
        size_t row[64], la = strlen(a), lb = strlen(b);

        if (la >= ELEMENTSOF(row) || lb >= ELEMENTSOF(row))
                return SIZE_MAX;
        for (size_t j = 0; j <= lb; j++)
                row[j] = j;
        for (size_t i = 1; i <= la; i++) {
                size_t diagonal = row[0];

                row[0] = i;
                for (size_t j = 1; j <= lb; j++) {
                        size_t above = row[j], best = diagonal + (a[i - 1] != b[j - 1]);

                        if (above + 1 < best)
                                best = above + 1;
                        if (row[j - 1] + 1 < best)
                                best = row[j - 1] + 1;
                        diagonal = above;
                        row[j] = best;
                }
        }
        return row[lb];
}

void nearest_offer(struct nearest *n, const char *candidate)
{
        size_t distance = nearest_distance(n->word, candidate), length = strlen(n->offered);

        (void)snprintf(n->offered + length, sizeof(n->offered) - length, "%s%s",
                       length > 0 ? ", " : "", candidate);
        if (distance >= n->distance)
                return;
        n->distance = distance;
        n->best = candidate;
}

const char *nearest_hint(const struct nearest *n, char text[static NEAREST_HINT_MAX])
{
        size_t length = strlen(n->offered);

        if (n->best)
                (void)snprintf(text, NEAREST_HINT_MAX, "; did you mean '%s'?", n->best);
        else if (length > 0 && length + 1 < sizeof(n->offered))
                (void)snprintf(text, NEAREST_HINT_MAX, "; known are %s", n->offered);
        else
                text[0] = '\0';
        return text;
}
