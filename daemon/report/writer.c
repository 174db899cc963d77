#include "daemon/report/writer.h"

#include "daemon/base/cleanup.h"
#include "daemon/report/utf8.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { SPOOL_BUFFER_BYTES = 65536 };

static void writer_fail(struct writer *w, int code)
{
        if (w->failed == 0)
                w->failed = code;
}

static void flush(struct writer *w)
{
        (void)fwrite_unlocked(w->bytes, 1, w->n_bytes, w->out); /* ferror() tells */
        w->n_bytes = 0;
}

static void put(struct writer *w, const char *text, size_t n)
{
        if (n > sizeof(w->bytes) - w->n_bytes)
                flush(w);
        if (n > sizeof(w->bytes)) {
                (void)fwrite_unlocked(text, 1, n, w->out);
        } else {
                memcpy(w->bytes + w->n_bytes, text, n);
                w->n_bytes += n;
        }
}

static void put_byte(struct writer *w, char c)
{
        if (w->n_bytes == sizeof(w->bytes))
                flush(w);
        w->bytes[w->n_bytes++] = c;
}

/* Of a control character, as json_dumps() has it. */
static void put_short_escape(struct writer *w, unsigned char c)
{
        static const char controls[] = "\b\f\n\r\t", letters[] = "bfnrt";
        const char *at = memchr(controls, c, sizeof(controls) - 1);
        char escaped[8];
        int n = at ? snprintf(escaped, sizeof(escaped), "\\%c", letters[at - controls])
                   : snprintf(escaped, sizeof(escaped), "\\u%04X", c);

        put(w, escaped, (size_t)n);
}

/* One character of a string; what JSON escapes is escaped. */
static void put_character(struct writer *w, const char *text, size_t n)
{
        static const char digits[] = "0123456789abcdef";
        unsigned char c = (unsigned char)*text;

        if (n == 0) {
                put(w, "\xef\xbf\xbd", 3);
        } else if (c == '"' || c == '\\') {
                put_byte(w, '\\');
                put_byte(w, (char)c);
        } else if (w->short_escapes && c < ' ') {
                put_short_escape(w, c);
        } else if (w->short_escapes && c == 0x7f) {
                put_byte(w, (char)c);
        } else if (c == '\n') {
                put(w, "\\n", 2);
        } else if (c < ' ' || c == 0x7f) {
                const char escaped[] = { '\\', 'u', '0', '0', digits[c >> 4], digits[c & 15] };

                put(w, escaped, sizeof(escaped));
        } else {
                put(w, text, n);
        }
}

static bool is_plain(unsigned char c)
{
        return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

static void put_characters(struct writer *w, const char *text)
{
        while (*text) {
                const char *end = text;
                uint32_t code;
                size_t n;

                while (is_plain((unsigned char)*end))
                        end++;
                put(w, text, (size_t)(end - text));
                text = end;
                if (!*text)
                        break;
                n = utf8_next(text, &code);
                put_character(w, text, n);
                text += n ? n : 1;
        }
}

static void put_string(struct writer *w, const char *text)
{
        put_byte(w, '"');
        put_characters(w, text);
        put_byte(w, '"');
}

/* ---- structure ---------------------------------------------------------------------------------
 */

static void put_line_end(struct writer *w, unsigned depth)
{
        put_byte(w, '\n');
        for (unsigned i = 0; i < depth; i++)
                put_byte(w, ' ');
}

/* What comes before a value at this place: what was put off, the comma, the key. */
static void put_before(struct writer *w, const char *key)
{
        struct writer_level *level;

        if (w->depth == 0)
                return;
        level = &w->levels[w->depth - 1];
        if (level->unwritten) {
                unsigned depth = w->depth--;

                put_before(w, level->key);
                put_byte(w, '[');
                w->depth = depth;
                level->unwritten = false;
        }
        if (level->any)
                put_byte(w, ',');
        level->any = true;
        if (w->depth <= w->lines)
                put_line_end(w, w->depth);
        if (key) {
                put_string(w, key);
                put_byte(w, ':');
        }
}

static void writer_open(struct writer *w, struct writer_level level)
{
        assert(w->depth < WRITER_DEPTH_MAX);
        w->levels[w->depth++] = level;
}

void writer_object(struct writer *w, const char *key)
{
        put_before(w, key);
        put_byte(w, '{');
        writer_open(w, (struct writer_level){ .close = '}' });
}

void writer_array(struct writer *w, const char *key)
{
        put_before(w, key);
        put_byte(w, '[');
        writer_open(w, (struct writer_level){ .close = ']' });
}

void writer_array_if_any(struct writer *w, const char *key)
{
        writer_open(w, (struct writer_level){ .close = ']', .unwritten = true, .key = key });
}

void writer_end(struct writer *w)
{
        const struct writer_level *level;

        assert(w->depth > 0);
        level = &w->levels[--w->depth];
        if (level->unwritten)
                return;
        if (level->any && w->depth < w->lines)
                put_line_end(w, w->depth);
        put_byte(w, level->close);
}

/* ---- values ------------------------------------------------------------------------------------
 */

void writer_text(struct writer *w, const char *key, const char *text)
{
        if (!text)
                return;
        put_before(w, key);
        put_string(w, text);
}

void writer_text_or_null(struct writer *w, const char *key, const char *text)
{
        if (text)
                writer_text(w, key, text);
        else
                writer_json(w, key, "null");
}

void writer_json(struct writer *w, const char *key, const char *json)
{
        put_before(w, key);
        put(w, json, strlen(json));
}

void writer_joined(struct writer *w, const char *key, const char *before, const char *text)
{
        put_before(w, key);
        put_byte(w, '"');
        put_characters(w, before);
        put_characters(w, text);
        put_byte(w, '"');
}

/* Blanks, controls, and the line ends that Unicode has beside them. */
static bool is_blank(uint32_t code)
{
        return code <= ' ' || (code >= 0x7f && code <= 0xa0) || code == 0x2028 || code == 0x2029;
}

/* The next character, whether it is blank or no UTF-8 (ret_bytes 0). */
static size_t next(const char *text, size_t *ret_bytes, bool *ret_blank)
{
        uint32_t code = 0;

        *ret_bytes = utf8_next(text, &code);
        *ret_blank = *ret_bytes > 0 && is_blank(code);
        return *ret_bytes ? *ret_bytes : 1;
}

/* So many bytes are neither blank nor escaped. */
static size_t plain_word(const char *text)
{
        size_t n = 0;

        while (is_plain((unsigned char)text[n]) && text[n] != ' ')
                n++;
        return n;
}

bool writer_line_is_empty(const char *text)
{
        size_t bytes;
        bool blank = true;

        while (blank && text && *text)
                text += next(text, &bytes, &blank);
        return blank;
}

void writer_line(struct writer *w, const char *key, const char *text)
{
        bool begun = false, gap = false;

        if (writer_line_is_empty(text))
                return;
        put_before(w, key);
        put_byte(w, '"');
        while (*text) {
                size_t plain = plain_word(text), bytes = 0, n;
                bool blank = false;

                n = plain > 0 ? plain : next(text, &bytes, &blank);
                if (blank) {
                        gap = begun;
                } else {
                        if (gap)
                                put_byte(w, ' ');
                        if (plain > 0)
                                put(w, text, plain);
                        else
                                put_character(w, text, bytes);
                        begun = true;
                        gap = false;
                }
                text += n;
        }
        put_byte(w, '"');
}

void writer_int(struct writer *w, const char *key, int64_t number)
{
        char text[24];
        int n = snprintf(text, sizeof(text), "%" PRId64, number);

        put_before(w, key);
        put(w, text, (size_t)n);
}

void writer_bool(struct writer *w, const char *key, bool value)
{
        put_before(w, key);
        put(w, value ? "true" : "false", value ? 4 : 5);
}

static int writer_on_json(const char *text, size_t n, void *user)
{
        put(user, text, n);
        return 0;
}

void writer_value(struct writer *w, const char *key, const json_t *value)
{
        if (!value)
                return;
        if (json_is_string(value)) {
                writer_text(w, key, json_string_value(value));
                return;
        }
        put_before(w, key);
        if (json_dump_callback(value, writer_on_json, w,
                               JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS) < 0)
                writer_fail(w, -ENOMEM);
}

int writer_error(struct writer *w)
{
        if (ferror(w->out))
                writer_fail(w, -EIO);
        return w->failed;
}

int writer_flush(struct writer *w)
{
        assert(w->depth == 0);
        flush(w);
        return writer_error(w);
}

int writer_finish(struct writer *w, struct error *err)
{
        put_byte(w, '\n');
        (void)writer_flush(w);
        return writer_error(w) ? error_set(err, w->failed, "output: %s", strerror(-w->failed)) : 0;
}

/* ---- spools ------------------------------------------------------------------------------------
 */

int writer_spool_open(struct writer *ret, struct error *err)
{
        FILE *file = tmpfile();

        if (!file)
                return error_set(err, -errno, "a temporary file: %s", strerror(errno));
        (void)setvbuf(file, NULL, _IOFBF, SPOOL_BUFFER_BYTES);
        *ret = WRITER_TO(file, 1);
        writer_array(ret, NULL);
        return 0;
}

void writer_spool_put(struct writer *w, const char *key, struct writer *spool, bool empty)
{
        bool any = spool->levels[0].any;
        char bytes[16384];
        size_t n;

        writer_end(spool);
        flush(spool);
        if (fflush(spool->out) != 0 || writer_error(spool) < 0)
                writer_fail(w, spool->failed ? spool->failed : -EIO);
        rewind(spool->out);
        if (any || empty) {
                put_before(w, key);
                while ((n = fread(bytes, 1, sizeof(bytes), spool->out)) > 0)
                        put(w, bytes, n);
        }
        if (ferror(spool->out))
                writer_fail(w, -EIO);
        writer_spool_done(spool);
}

void writer_spool_done(struct writer *spool)
{
        if (spool->out)
                (void)fclose(spool->out);
        *spool = (struct writer){ 0 };
}
