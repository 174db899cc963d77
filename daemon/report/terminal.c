#include "daemon/report/terminal.h"

#include "daemon/report/utf8.h"

#include <string.h>
#include <sys/ioctl.h>
#include <wchar.h>

static const char *const style_codes[] = {
        [STYLE_PLAIN] = "",    [STYLE_BOLD] = "1",   [STYLE_DIM] = "2",   [STYLE_RED] = "31",
        [STYLE_YELLOW] = "33", [STYLE_GREEN] = "32", [STYLE_BLUE] = "34",
};

enum { COLUMNS_MIN = 60, COLUMNS_MAX = 120 };

struct terminal terminal_of(FILE *out, bool colour_wanted)
{
        const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
        struct terminal t = { .out = out };
        struct winsize size;

        if (!isatty(fileno(out)))
                return t;
        t.colour = colour_wanted && !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
        t.columns = 80;
        if (ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
                t.columns = size.ws_col;
        if (t.columns < COLUMNS_MIN)
                t.columns = COLUMNS_MIN;
        if (t.columns > COLUMNS_MAX)
                t.columns = COLUMNS_MAX;
        return t;
}

/* Controls of both ranges, and those that turn the direction of the text around. */
static bool is_harmful(uint32_t code)
{
        return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x202a && code <= 0x202e) ||
               (code >= 0x2066 && code <= 0x2069);
}

char *terminal_safe(const char *text)
{
        char *safe = malloc(strlen(text) + 1), *to = safe;

        if (!safe)
                return NULL;
        while (*text) {
                uint32_t code = 0;
                size_t n = utf8_next(text, &code);

                if (n == 0 || is_harmful(code)) {
                        *to++ = '?';
                        text += n ? n : 1;
                        continue;
                }
                memcpy(to, text, n);
                to += n;
                text += n;
        }
        *to = '\0';
        return safe;
}

void terminal_put(const struct terminal *t, enum style style, const char *text)
{
        _cleanup_(freep) char *safe = terminal_safe(text);

        if (!safe)
                return;
        if (t->colour && style != STYLE_PLAIN)
                (void)fprintf(t->out, "\033[%sm%s\033[0m", style_codes[style], safe);
        else
                (void)fputs(safe, t->out);
}

static int columns_of(const char *word, size_t bytes)
{
        int columns = 0;

        for (size_t i = 0; i < bytes;) {
                uint32_t code = 0;
                size_t n = utf8_next(word + i, &code);
                int width = n ? wcwidth((wchar_t)code) : 1;

                columns += width > 0 ? width : 0;
                i += n ? n : 1;
        }
        return columns;
}

void terminal_fold(const struct terminal *t, int column, int indent, const char *text)
{
        _cleanup_(freep) char *safe = terminal_safe(text);
        const char *word = safe ? safe : "";
        bool first = true;

        while (*word) {
                size_t bytes = strcspn(word, " ");
                int width = columns_of(word, bytes);

                if (!first && t->columns > 0 && column + 1 + width > t->columns) {
                        (void)fprintf(t->out, "\n%*s", indent, "");
                        column = indent;
                } else if (!first) {
                        (void)fputc(' ', t->out);
                        column++;
                }
                (void)fwrite(word, 1, bytes, t->out);
                column += width;
                first = false;
                word += bytes;
                word += strspn(word, " ");
        }
        (void)fputc('\n', t->out);
}

enum style terminal_style_of(enum verdict verdict, enum severity severity)
{
        switch (verdict) {
        case VERDICT_PASS:
                return STYLE_GREEN;
        case VERDICT_UNKNOWN:
                return STYLE_BLUE;
        case VERDICT_FAIL:
                return severity >= SEVERITY_HIGH ? STYLE_RED : STYLE_YELLOW;
        default:
                return STYLE_DIM;
        }
}
