/* Bytes that grow, up to a ceiling given at the start. A failure (no memory, over the ceiling)
 * is latched: later writes do nothing, and buffer_error() answers once at the end.
 *
 * Invariant: data is NUL-terminated after every successful write; size does not count the NUL. */
#pragma once

#include "daemon/base/cleanup.h"

#include <stddef.h>

struct buffer {
        char *data;
        size_t size_bytes;
        size_t allocated_bytes;
        size_t max_bytes;
        int failed; /* negative errno, latched */
};

#define BUFFER_INIT(max) ((struct buffer){ .max_bytes = (max) })

void buffer_append(struct buffer *b, const void *data, size_t size_bytes);
void buffer_add(struct buffer *b, const char *text);
void buffer_printf(struct buffer *b, const char *fmt, ...) _printf_(2, 3);

/* 0, -ENOMEM or -E2BIG. */
int buffer_error(const struct buffer *b);

/* The bytes written, "" when there are none; valid until the next write. */
const char *buffer_text(const struct buffer *b);

/* Hands the bytes to the caller, who frees them (never NULL unless memory ran out); b is empty
 * after. */
char *buffer_take(struct buffer *b);

/* Empties b and keeps its memory. */
void buffer_reset(struct buffer *b);
void buffer_done(struct buffer *b);
