/* A set of row ids, one bit each: what a scan has seen costs 125 KB per million resources. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bitmap {
        uint64_t *words;
        size_t n_words;
};

/* 0, -ENOMEM, or -EUCLEAN for a row id that no store of ours gives out. */
int bitmap_set(struct bitmap *b, int64_t bit);
bool bitmap_has(const struct bitmap *b, int64_t bit);
void bitmap_done(struct bitmap *b);
