#include "daemon/base/buffer.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

enum { BUFFER_FIRST_BYTES = 256 };

static int buffer_reserve(struct buffer *b, size_t more_bytes)
{
        size_t want = b->allocated_bytes ? b->allocated_bytes : BUFFER_FIRST_BYTES;
        char *data;

        if (b->failed)
                return b->failed;
        if (more_bytes > b->max_bytes || b->size_bytes > b->max_bytes - more_bytes)
                return b->failed = -E2BIG;
        while (want < b->size_bytes + more_bytes + 1)
                want *= 2;
        if (want == b->allocated_bytes)
                return 0;
        data = realloc(b->data, want);
        if (!data)
                return b->failed = -ENOMEM;
        b->data = data;
        b->allocated_bytes = want;
        return 0;
}

void buffer_append(struct buffer *b, const void *data, size_t size_bytes)
{
        if (buffer_reserve(b, size_bytes) < 0)
                return;
        if (size_bytes > 0)
                memcpy(b->data + b->size_bytes, data, size_bytes);
        b->size_bytes += size_bytes;
        b->data[b->size_bytes] = '\0';
}

void buffer_add(struct buffer *b, const char *text)
{
        buffer_append(b, text, strlen(text));
}

void buffer_printf(struct buffer *b, const char *fmt, ...)
{
        _cleanup_(freep) char *text = NULL;
        va_list ap;
        int n;

        va_start(ap, fmt);
        n = vasprintf(&text, fmt, ap);
        va_end(ap);
        if (n < 0) {
                text = NULL;
                b->failed = b->failed ? b->failed : -ENOMEM;
                return;
        }
        buffer_append(b, text, (size_t)n);
}

int buffer_error(const struct buffer *b)
{
        return b->failed;
}

const char *buffer_text(const struct buffer *b)
{
        return b->data ? b->data : "";
}

char *buffer_take(struct buffer *b)
{
        char *data = TAKE_PTR(b->data);

        b->size_bytes = b->allocated_bytes = 0;
        return data ? data : strdup("");
}

void buffer_reset(struct buffer *b)
{
        b->size_bytes = 0;
        b->failed = 0;
        if (b->data)
                b->data[0] = '\0';
}

void buffer_done(struct buffer *b)
{
        free(b->data);
        *b = BUFFER_INIT(b->max_bytes);
}
