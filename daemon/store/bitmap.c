#include "daemon/store/internal.h"

#include <errno.h>
#include <string.h>

bool bitmap_has(const struct bitmap *b, uint64_t id)
{
        return id / 64 < b->n_words && (b->words[id / 64] >> (id % 64) & 1);
}

int bitmap_add(struct bitmap *b, uint64_t id)
{
        size_t word = id / 64;

        if (word >= b->n_words) {
                size_t n = word + word / 2 + 8;
                uint64_t *grown = reallocarray(b->words, n, sizeof(*grown));

                if (!grown)
                        return -ENOMEM;
                memset(grown + b->n_words, 0, (n - b->n_words) * sizeof(*grown));
                b->words = grown;
                b->n_words = n;
        }
        b->words[word] |= UINT64_C(1) << (id % 64);
        return 0;
}

void bitmap_done(struct bitmap *b)
{
        free(b->words);
        *b = (struct bitmap){ 0 };
}
