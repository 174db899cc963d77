#include "providers/openmetrics.h"

#include "daemon/base/cleanup.h"
#include "daemon/base/number.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum { NAME_MAX_BYTES = 256, VALUE_MAX_BYTES = 64 };

struct reading {
        const char *at; /* within the line */
        json_t *types, *samples;
        bool ended; /* by # EOF */
};

static bool is_name_char(char c)
{
        return isalnum((unsigned char)c) || c == '_' || c == ':' || c == '.';
}

/* A word up to the next space or end of line. */
static bool read_word(struct reading *r, char *ret, size_t size)
{
        size_t n = strcspn(r->at, " \t\r\n");

        if (n == 0 || n >= size)
                return false;
        memcpy(ret, r->at, n);
        ret[n] = '\0';
        r->at += n;
        r->at += strspn(r->at, " \t");
        return true;
}

/* "# TYPE http_requests counter", "# EOF"; other comments say nothing here. */
static bool read_comment(struct reading *r)
{
        char word[8], name[NAME_MAX_BYTES], type[VALUE_MAX_BYTES];

        r->at++;
        r->at += strspn(r->at, " \t");
        if (!read_word(r, word, sizeof(word)))
                return true;
        if (strcmp(word, "EOF") == 0)
                r->ended = true;
        if (strcmp(word, "TYPE") != 0)
                return true;
        return read_word(r, name, sizeof(name)) && read_word(r, type, sizeof(type)) &&
               json_object_set_new(r->types, name, json_string(type)) == 0;
}

/* {replica="a",code="200"}: a quote within a value is escaped. */
static bool skip_labels(struct reading *r)
{
        bool quoted = false;

        if (*r->at != '{')
                return true;
        for (r->at++; *r->at != '\0' && *r->at != '\n'; r->at++) {
                if (quoted && *r->at == '\\' && r->at[1] != '\0' && r->at[1] != '\n')
                        r->at++;
                else if (*r->at == '"')
                        quoted = !quoted;
                else if (*r->at == '}' && !quoted) {
                        r->at++;
                        return true;
                }
        }
        return false;
}

static bool is_no_finite_number(const char *value)
{
        const char *word = value + (*value == '+' || *value == '-');

        return strcasecmp(word, "inf") == 0 || strcasecmp(word, "nan") == 0;
}

static bool read_sample(struct reading *r)
{
        char name[NAME_MAX_BYTES], value[VALUE_MAX_BYTES];
        double number, before;
        size_t n = 0;

        while (n < sizeof(name) - 1 && is_name_char(r->at[n]))
                n++;
        memcpy(name, r->at, n);
        name[n] = '\0';
        r->at += n;
        if (n == 0 || isdigit((unsigned char)name[0]) || !skip_labels(r))
                return false;
        r->at += strspn(r->at, " \t");
        if (!read_word(r, value, sizeof(value)))
                return false;
        if (is_no_finite_number(value))
                return true;
        if (number_parse_double(value, &number) < 0)
                return false;
        before = json_number_value(json_object_get(r->samples, name));
        return !isfinite(before + number) ||
               json_object_set_new(r->samples, name, json_real(before + number)) == 0;
}

static bool read_line(struct reading *r)
{
        r->at += strspn(r->at, " \t\r");
        if (*r->at == '\n' || *r->at == '\0')
                return true;
        if (r->ended)
                return false; /* nothing follows the end */
        return *r->at == '#' ? read_comment(r) : read_sample(r);
}

int openmetrics_parse(const char *text, json_t **ret, struct error *err)
{
        json_auto_t *types = json_object(), *samples = json_object();
        struct reading r = { .types = types, .samples = samples };
        unsigned line = 1;

        if (!types || !samples)
                return error_oom(err);
        for (const char *p = text; *p != '\0'; line++) {
                size_t length = strcspn(p, "\n");

                r.at = p;
                if (!read_line(&r))
                        return error_set(err, -EBADMSG, "line %u is no OpenMetrics text", line);
                p += length + (p[length] == '\n');
        }
        if (!r.ended)
                return error_set(err, -EBADMSG,
                                 "the metrics end without '# EOF': they were cut short");
        *ret = json_pack("{sO sO}", "types", types, "samples", samples);
        return *ret ? 0 : error_oom(err);
}
