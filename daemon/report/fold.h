/* A set of texts that remembers a digest of each: eight bytes and their share of a table. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct fold {
        uint64_t *slots; /* 0: free */
        size_t n, n_slots;
};

/* 1: it was not there and is now; 0: it was; -ENOMEM. */
int fold_add(struct fold *f, const char *text);
/* Empty again, with its memory. */
void fold_clear(struct fold *f);
void fold_done(struct fold *f);
