#include "daemon/store/bitmap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const int64_t bit_max = INT64_C(1) << 32;

int bitmap_set(struct bitmap *b, int64_t bit)
{
        size_t word = (size_t)(bit / 64), n = b->n_words ? b->n_words : 64;
        uint64_t *grown;

        if (bit < 0 || bit > bit_max)
                return -EUCLEAN;
        while (n <= word)
                n *= 2;
        if (n > b->n_words) {
                grown = reallocarray(b->words, n, sizeof(*grown));
                if (!grown)
                        return -ENOMEM;
                memset(grown + b->n_words, 0, (n - b->n_words) * sizeof(*grown));
                b->words = grown;
                b->n_words = n;
        }
        b->words[word] |= UINT64_C(1) << (bit % 64);
        return 0;
}

bool bitmap_has(const struct bitmap *b, int64_t bit)
{
        size_t word = (size_t)(bit / 64);

        return bit >= 0 && word < b->n_words && (b->words[word] >> (bit % 64) & 1) != 0;
}

void bitmap_done(struct bitmap *b)
{
        free(b->words);
        *b = (struct bitmap){ 0 };
}
