#include "daemon/report/stream.h"

#include "daemon/base/buffer.h"
#include "daemon/report/utf8.h"

#include <errno.h>
#include <string.h>

json_t *json_stream_text(const char *text)
{
        json_t *string = text ? json_string(text) : json_null();
        struct buffer b = BUFFER_INIT(1048576);

        if (string || !text)
                return string;
        while (*text) {
                uint32_t code = 0;
                size_t n = utf8_next(text, &code);

                if (n == 0)
                        buffer_add(&b, "\xef\xbf\xbd");
                else
                        buffer_append(&b, text, n);
                text += n ? n : 1;
        }
        string = buffer_error(&b) < 0 ? NULL : json_string(buffer_text(&b));
        buffer_done(&b);
        return string;
}

static void stream_fail(struct json_stream *s, int code)
{
        if (s->failed == 0)
                s->failed = code;
}

static void stream_value(struct json_stream *s, json_t *value)
{
        if (!value)
                stream_fail(s, -ENOMEM);
        else if (s->failed == 0 && json_dumpf(value, s->out, JSON_COMPACT | JSON_ENCODE_ANY) < 0)
                stream_fail(s, -EIO);
        json_decref(value);
}

/* Keys are the program's own words and need no escaping. */
static void stream_key(struct json_stream *s, const char *key)
{
        if (fprintf(s->out, "%s\"%s\": ", s->begun ? ",\n " : "{", key) < 0)
                stream_fail(s, -EIO);
        s->begun = true;
}

void json_stream_member_take(struct json_stream *s, const char *key, json_t *value)
{
        stream_key(s, key);
        stream_value(s, value);
}

void json_stream_array(struct json_stream *s, const char *key)
{
        stream_key(s, key);
        (void)fputc('[', s->out);
        s->in_array = true;
        s->row = false;
}

int json_stream_row_take(struct json_stream *s, json_t *row)
{
        (void)fputs(s->row ? ",\n  " : "\n  ", s->out);
        s->row = true;
        stream_value(s, row);
        if (ferror(s->out)) /* a full disk or a closed pipe: no use in going on */
                stream_fail(s, -EIO);
        return s->failed;
}

struct writer *json_stream_row(struct json_stream *s)
{
        (void)fputs(s->row ? ",\n  " : "\n  ", s->out);
        s->row = true;
        s->writer = WRITER_TO(s->out, 0);
        s->writer.short_escapes = true;
        writer_object(&s->writer, NULL);
        return &s->writer;
}

int json_stream_row_end(struct json_stream *s)
{
        int r;

        writer_end(&s->writer);
        r = writer_flush(&s->writer);
        if (r < 0)
                stream_fail(s, r);
        return s->failed;
}

void json_stream_array_end(struct json_stream *s)
{
        (void)fputs(s->row ? "\n ]" : "]", s->out);
        s->in_array = false;
}

int json_stream_end(struct json_stream *s, struct error *err)
{
        if (s->in_array)
                json_stream_array_end(s);
        (void)fputs(s->begun ? "}\n" : "{}\n", s->out);
        if (s->failed == 0 && ferror(s->out))
                stream_fail(s, -EIO);
        return s->failed ? error_set(err, s->failed, "output: %s", strerror(-s->failed)) : 0;
}
