#include "daemon/report/fold.h"

#include "daemon/base/digest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS_MIN = 64 };

/* Half of it is free at least: the next free slot is never far. */
static uint64_t *slot_of(uint64_t *slots, size_t n_slots, uint64_t digest)
{
        size_t i = (size_t)digest & (n_slots - 1);

        while (slots[i] && slots[i] != digest)
                i = (i + 1) & (n_slots - 1);
        return &slots[i];
}

static int grow(struct fold *f)
{
        size_t n_slots = f->n_slots ? f->n_slots * 2 : SLOTS_MIN;
        uint64_t *slots = calloc(n_slots, sizeof(*slots));

        if (!slots)
                return -ENOMEM;
        for (size_t i = 0; i < f->n_slots; i++)
                if (f->slots[i])
                        *slot_of(slots, n_slots, f->slots[i]) = f->slots[i];
        free(f->slots);
        f->slots = slots;
        f->n_slots = n_slots;
        return 0;
}

int fold_add(struct fold *f, const char *text)
{
        unsigned char bytes[SHA256_BYTES];
        uint64_t digest, *slot;

        if (f->n * 2 >= f->n_slots && grow(f) < 0)
                return -ENOMEM;
        digest_sha256(text, strlen(text), bytes);
        memcpy(&digest, bytes, sizeof(digest));
        digest = digest ? digest : 1; /* never the mark of a free slot */
        slot = slot_of(f->slots, f->n_slots, digest);
        if (*slot)
                return 0;
        *slot = digest;
        f->n++;
        return 1;
}

void fold_clear(struct fold *f)
{
        if (f->slots)
                memset(f->slots, 0, f->n_slots * sizeof(*f->slots));
        f->n = 0;
}

void fold_done(struct fold *f)
{
        free(f->slots);
        *f = (struct fold){ 0 };
}
