#include "daemon/base/json.h"
#include "daemon/report/html.h"
#include "daemon/report/language.h"
#include "daemon/report/utf8.h"
#include "daemon/report/words.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

static const char *entity_of(char c)
{
        switch (c) {
        case '<':
                return "&lt;";
        case '>':
                return "&gt;";
        case '&':
                return "&amp;";
        case '"':
                return "&quot;";
        case '\'':
                return "&#39;";
        default:
                return NULL;
        }
}

/* Controls, marks that change which way text runs, and codes that HTML forbids. */
static bool is_hidden(uint32_t code)
{
        return code < ' ' || (code >= 0x7f && code < 0xa0) || (code >= 0x200b && code <= 0x200f) ||
               (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) ||
               code == 0xfeff || (code & 0xfffe) == 0xfffe || (code >= 0xfdd0 && code <= 0xfdef);
}

void html_escape(FILE *out, const char *text)
{
        const char *p = text ? text : "", *from = p; /* what needs nothing is written at once */

        while (*p) {
                uint32_t code = 0;
                size_t n = utf8_next(p, &code);
                const char *instead = n == 0            ? "\xef\xbf\xbd"
                                      : is_hidden(code) ? " "
                                                        : entity_of(*p);

                if (instead) {
                        (void)fwrite(from, 1, (size_t)(p - from), out);
                        (void)fputs(instead, out);
                        from = p + (n ? n : 1);
                }
                p += n ? n : 1;
        }
        (void)fwrite(from, 1, (size_t)(p - from), out);
}

/* One argument of a pattern; conversion stands after its '%'. What it was: how many bytes of the
 * pattern. */
static size_t put_argument(FILE *out, const char *conversion, va_list *args)
{
        size_t n = strspn(conversion, "l");

        switch (conversion[n]) {
        case 's':
                html_escape(out, va_arg(*args, const char *));
                if (conversion[n + 1] == ':') { /* French has a space before it */
                        (void)fputs(_(":"), out);
                        return n + 2;
                }
                break;
        case 'd':
                if (n == 0)
                        (void)fprintf(out, "%d", va_arg(*args, int));
                else
                        (void)fprintf(out, "%" PRId64, va_arg(*args, int64_t));
                break;
        case 'u':
                (void)fprintf(out, "%" PRIu64, va_arg(*args, uint64_t));
                break;
        default: /* "%%" */
                (void)fputc('%', out);
                break;
        }
        return n + 1;
}

void html_put(const struct html *h, const char *pattern, ...)
{
        va_list args;

        va_start(args, pattern);
        while (*pattern) {
                size_t n = strcspn(pattern, "%");

                (void)fwrite(pattern, 1, n, h->out);
                pattern += n;
                if (*pattern == '%')
                        pattern += 1 + put_argument(h->out, pattern + 1, &args);
        }
        va_end(args);
}

const char *html_name(const char *from, char text[static HTML_NAME_MAX])
{
        size_t n = 0;

        for (; from && *from && n < HTML_NAME_MAX - 1; from++) {
                bool plain = (*from >= 'a' && *from <= 'z') || (*from >= 'A' && *from <= 'Z') ||
                             (*from >= '0' && *from <= '9');

                text[n++] = plain ? *from : '-';
        }
        text[n] = '\0';
        return text;
}

/* ---- elements ----------------------------------------------------------------------------------
 */

void html_section(const struct html *h, const char *id, const char *title)
{
        html_put(h, "<section id=\"%s\" aria-labelledby=\"h-%s\">\n<h2 id=\"h-%s\">%s</h2>\n", id,
                 id, id, title);
}

void html_section_end(const struct html *h)
{
        html_put(h, "</section>\n");
}

void html_table(const struct html *h, const char *class, const char *caption,
                const char *const *heads)
{
        html_put(h,
                 "<section class=\"wide\" tabindex=\"0\" aria-label=\"%s\">"
                 "<table class=\"%s\"><caption>%s</caption>\n<thead><tr>",
                 caption, class, caption);
        for (; *heads; heads++)
                if (**heads == '#')
                        html_put(h, "<th scope=\"col\" class=\"n\">%s</th>", *heads + 1);
                else
                        html_put(h, "<th scope=\"col\">%s</th>", *heads);
        html_put(h, "</tr></thead>\n<tbody>\n");
}

void html_table_end(const struct html *h)
{
        html_put(h, "</tbody></table></section>\n");
}

const char *html_word(const struct html *h, const char *group, const char *code)
{
        return export_word(&h->e, group, code);
}

void html_verdict(const struct html *h, enum verdict v)
{
        static const char *const signs[] = {
                [VERDICT_PASS] = "✓", [VERDICT_FAIL] = "✗",   [VERDICT_UNKNOWN] = "?",
                [VERDICT_NA] = "–",   [VERDICT_WAIVED] = "⚑",
        };

        html_put(h, "<span class=\"v v-%s\"><span aria-hidden=\"true\">%s</span> %s</span>",
                 verdict_name(v), signs[v], words_verdict(v));
}

void html_severity(const struct html *h, enum severity s)
{
        html_put(h, "<span class=\"s s-%s\">%s</span>", severity_name(s), words_severity(s));
}

static const char *area_or_unknown(const char *area)
{
        return area && *area ? area : "unknown";
}

/* The same shapes as on the map. */
void html_area_sign(const struct html *h, const char *area)
{
        static const struct {
                const char *area, *sign;
        } signs[] = {
                { "eu", "●" },
                { "eea", "◆" },
                { "adequate", "▲" },
                { "other", "■" },
        };
        const char *sign = "?";

        area = area_or_unknown(area);
        for (size_t i = 0; i < ELEMENTSOF(signs); i++)
                if (strcmp(signs[i].area, area) == 0)
                        sign = signs[i].sign;
        html_put(h, "<span class=\"a a-%s\" aria-hidden=\"true\">%s</span>", area, sign);
}

void html_area(const struct html *h, const char *area)
{
        html_area_sign(h, area);
        html_put(h, " %s", html_word(h, "areas", area_or_unknown(area)));
}

void html_country(const struct html *h, const char *code)
{
        const json_t *country = json_object_get(json_object_get(h->e.words, "countries"), code);

        if (country)
                html_put(h, "%s (%s)", report_rule_text(country, "title", h->request->language),
                         code);
        else
                html_put(h, "%s", code);
}

const json_t *html_region_of(const struct html *h, const char *provider, const char *region)
{
        return json_object_get(
                json_object_get(json_object_get(h->e.words, "regions"), provider ? provider : ""),
                region ? region : "");
}

void html_region(const struct html *h, const char *provider, const char *region)
{
        const json_t *row = html_region_of(h, provider, region);
        const char *country = json_member_string(row, "country");

        html_put(h, "<span class=\"g\">");
        html_area_sign(h, json_member_string(row, "area"));
        html_put(h, " %s", region && *region ? region : _("no region"));
        if (country)
                html_put(h, " (%s)", country);
        html_put(h, "<span class=\"hear\">, %s</span></span>",
                 html_word(h, "areas", area_or_unknown(json_member_string(row, "area"))));
}

/* ---- counts ------------------------------------------------------------------------------------
 */

static json_t *made_at(json_t *in, const char *key, json_t *(*make)(void))
{
        json_t *there = json_object_get(in, key);

        if (there)
                return there;
        return json_object_set_new_nocheck(in, key, make()) == 0 ? json_object_get(in, key) : NULL;
}

json_t *html_object_at(json_t *in, const char *key)
{
        return made_at(in, key, json_object);
}

json_t *html_array_at(json_t *in, const char *key)
{
        return made_at(in, key, json_array);
}

int html_count_up(json_t *in, const char *key)
{
        json_t *there = json_object_get(in, key);

        if (there)
                return json_integer_set(there, json_integer_value(there) + 1);
        return json_object_set_new_nocheck(in, key, json_integer(1)) < 0 ? -ENOMEM : 0;
}

uint64_t html_count(const json_t *in, const char *key)
{
        return (uint64_t)json_integer_value(json_object_get(in, key));
}

struct counted {
        const char *key;
        json_int_t n;
};

static int more_first(const void *a, const void *b)
{
        const struct counted *x = a, *y = b;

        return x->n != y->n ? (x->n < y->n) - (x->n > y->n) : strcmp(x->key, y->key);
}

int html_most(const json_t *counts, const char ***ret, size_t *ret_n)
{
        size_t size = json_object_size(counts), n = 0;
        _cleanup_(freep) struct counted *sorted = calloc(size + 1, sizeof(*sorted));
        const char **keys = calloc(size + 1, sizeof(*keys)), *key;
        json_t *value;

        if (!sorted || !keys) {
                free(keys);
                return -ENOMEM;
        }
        json_object_foreach((json_t *)counts, key, value) sorted[n++] =
                (struct counted){ key, json_integer_value(value) };
        qsort(sorted, n, sizeof(*sorted), more_first);
        for (size_t i = 0; i < n; i++)
                keys[i] = sorted[i].key;
        *ret = keys;
        *ret_n = n;
        return 0;
}
