#include "providers/url.h"

#include "daemon/base/json.h"
#include "daemon/base/number.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>

enum { URL_QUERY_BYTES_MAX = 64 * 1024 };

/* ---- encoding ------------------------------------------------------------------------------ */

static bool is_unreserved(char c)
{
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '.' || c == '_' || c == '~';
}

static void encode(struct buffer *b, const char *text, size_t size_bytes, char keep)
{
        static const char digits[] = "0123456789ABCDEF";
        const char *end = text + size_bytes;

        while (text < end) {
                const char *from = text;

                while (text < end && (is_unreserved(*text) || (keep && *text == keep)))
                        text++;
                if (text > from)
                        buffer_append(b, from, (size_t)(text - from));
                if (text < end) {
                        unsigned char c = (unsigned char)*text++;
                        const char escape[3] = { '%', digits[c >> 4], digits[c & 15] };

                        buffer_append(b, escape, sizeof(escape));
                }
        }
}

void url_encode(struct buffer *b, const char *text)
{
        encode(b, text, strlen(text), '\0');
}

void url_encode_bytes(struct buffer *b, const char *text, size_t size_bytes)
{
        encode(b, text, size_bytes, '\0');
}

void url_encode_path(struct buffer *b, const char *text, size_t size_bytes)
{
        encode(b, text, size_bytes, '/');
}

/* ---- queries ------------------------------------------------------------------------------- */

/* Pairs lie one after the other in text, as "name\0value\0". */
struct query {
        struct buffer text;
        size_t at[URL_QUERY_PAIRS_MAX];
        size_t n;
};

static void query_begin(struct query *q)
{
        *q = (struct query){ .text = BUFFER_INIT(URL_QUERY_BYTES_MAX) };
}

static int query_add(struct query *q, const char *name, size_t name_bytes, const char *value,
                     size_t value_bytes)
{
        if (q->n == URL_QUERY_PAIRS_MAX)
                return -E2BIG;
        q->at[q->n++] = q->text.size_bytes;
        encode(&q->text, name, name_bytes, '\0');
        buffer_append(&q->text, "", 1);
        encode(&q->text, value, value_bytes, '\0');
        buffer_append(&q->text, "", 1);
        return buffer_error(&q->text);
}

static int query_compare(const char *a, const char *b)
{
        int order = strcmp(a, b);

        return order ? order : strcmp(a + strlen(a) + 1, b + strlen(b) + 1);
}

/* Few pairs: sorted by insertion. */
static void query_sort(struct query *q)
{
        for (size_t i = 1; i < q->n; i++) {
                size_t at = q->at[i], j = i;

                for (; j > 0 && query_compare(q->text.data + q->at[j - 1], q->text.data + at) > 0;
                     j--)
                        q->at[j] = q->at[j - 1];
                q->at[j] = at;
        }
}

static int query_end(struct query *q, int r, char **ret, struct error *err)
{
        struct buffer b = BUFFER_INIT(URL_QUERY_BYTES_MAX);

        if (r == 0)
                query_sort(q);
        for (size_t i = 0; r == 0 && i < q->n; i++) {
                const char *name = q->text.data + q->at[i];

                if (i > 0)
                        buffer_append(&b, "&", 1);
                buffer_add(&b, name);
                buffer_append(&b, "=", 1);
                buffer_add(&b, name + strlen(name) + 1);
        }
        if (r == 0)
                r = buffer_error(&b);
        buffer_done(&q->text);
        if (r == 0 && !(*ret = buffer_take(&b)))
                r = -ENOMEM;
        buffer_done(&b);
        if (r == -E2BIG)
                return error_set(err, r, "the query is too large");
        return r < 0 ? error_oom(err) : 0;
}

static int query_add_json(struct query *q, const char *name, const json_t *value)
{
        _cleanup_(freep) char *text = NULL;
        json_t *element;
        size_t i;
        int r = 0;

        if (json_is_null(value))
                return 0;
        if (json_is_array(value)) {
                json_array_foreach((json_t *)value, i, element)
                {
                        if (r == 0)
                                r = query_add_json(q, name, element);
                }
                return r;
        }
        text = json_scalar_text(value);
        return text ? query_add(q, name, strlen(name), text, strlen(text)) : -ENOMEM;
}

int url_query(const json_t *object, char **ret, struct error *err)
{
        const char *name;
        json_t *value;
        struct query q;
        int r = 0;

        query_begin(&q);
        json_object_foreach((json_t *)object, name, value)
        {
                if (r == 0)
                        r = query_add_json(&q, name, value);
        }
        return query_end(&q, r, ret, err);
}

static int hex_value(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* In place; returns the new length. A '%' without two digits stays as it is. */
static size_t decode(char *text, size_t size_bytes)
{
        size_t to = 0;

        for (size_t i = 0; i < size_bytes; i++) {
                int high = i + 2 < size_bytes ? hex_value(text[i + 1]) : -1;
                int low = i + 2 < size_bytes ? hex_value(text[i + 2]) : -1;

                if (text[i] == '%' && high >= 0 && low >= 0) {
                        text[to++] = (char)(high * 16 + low);
                        i += 2;
                } else {
                        text[to++] = text[i];
                }
        }
        return to;
}

int url_query_canonical(const char *query, char **ret, struct error *err)
{
        _cleanup_(freep) char *copy = strdup(query);
        struct query q;
        int r = copy ? 0 : -ENOMEM;

        query_begin(&q);
        for (char *pair = copy; r == 0 && *pair != '\0';) {
                size_t length = strcspn(pair, "&"), name = strcspn(pair, "=&");
                bool more = pair[length] == '&';
                char *value = pair + name + (pair[name] == '=');
                size_t value_bytes = (size_t)(pair + length - value);

                /* one byte past the end lets decode() look two ahead */
                if (length > 0) {
                        name = decode(pair, name + 1) - 1;
                        value_bytes = decode(value, value_bytes + 1) - 1;
                        r = query_add(&q, pair, name, value, value_bytes);
                }
                pair += length + more;
        }
        return query_end(&q, r, ret, err);
}

/* ---- base addresses ------------------------------------------------------------------------ */

bool url_host_is_loopback(const char *host)
{
        struct in6_addr six;
        struct in_addr four;

        if (strcasecmp(host, "localhost") == 0)
                return true;
        if (inet_pton(AF_INET, host, &four) == 1)
                return ntohl(four.s_addr) >> 24 == 127;
        return inet_pton(AF_INET6, host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

bool url_host_is_local(const char *host)
{
        struct in6_addr six;
        struct in_addr four;

        if (url_host_is_loopback(host))
                return true;
        if (inet_pton(AF_INET, host, &four) == 1)
                return ntohl(four.s_addr) >> 16 == 0xa9fe; /* 169.254.0.0/16 */
        return inet_pton(AF_INET6, host, &six) == 1 &&
               (IN6_IS_ADDR_LINKLOCAL(&six) || strncasecmp(host, "fd00:ec2::", 10) == 0);
}

/* host and port of "host", "host:80", "[::1]:80". */
static bool authority_split(const char *text, size_t length, struct url_base *u, uint64_t *ret_port)
{
        const char *end = text + length, *colon;
        char digits[8];
        size_t n;

        if (length > 0 && text[0] == '[') {
                const char *bracket = memchr(text, ']', length);

                if (!bracket)
                        return false;
                n = (size_t)(bracket - text) - 1;
                colon = bracket + 1 < end ? bracket + 1 : NULL;
                text++;
        } else {
                colon = memchr(text, ':', length);
                n = colon ? (size_t)(colon - text) : length;
        }
        if (n == 0 || n > 253 || (colon && *colon != ':'))
                return false;
        for (size_t i = 0; i < n; i++)
                u->host[i] = (char)tolower((unsigned char)text[i]);
        u->host[n] = '\0';
        if (!colon)
                return true;
        if (end - colon < 2 || end - colon > 6)
                return false;
        (void)snprintf(digits, sizeof(digits), "%.*s", (int)(end - colon - 1), colon + 1);
        return number_parse_u64(digits, ret_port) == 0 && *ret_port > 0 && *ret_port < 65536;
}

static void authority_write(struct url_base *u, uint64_t port)
{
        bool six = strchr(u->host, ':') != NULL;
        const char *open = six ? "[" : "", *close = six ? "]" : "";

        if (port == (u->tls ? 443 : 80))
                (void)snprintf(u->authority, sizeof(u->authority), "%s%s%s", open, u->host, close);
        else
                (void)snprintf(u->authority, sizeof(u->authority), "%s%s%s:%u", open, u->host,
                               close, (unsigned)port);
}

int url_base_parse(const char *url, const char *what, struct url_base *ret, struct error *err)
{
        struct url_base u = { .tls = strncmp(url, "https://", 8) == 0 };
        const char *authority = url + (u.tls ? 8 : 7), *path;
        uint64_t port = u.tls ? 443 : 80;
        size_t length, path_bytes;

        if (!u.tls && strncmp(url, "http://", 7) != 0)
                return error_set(err, -EINVAL, "%s must begin with https://", what);
        for (const char *p = url; *p; p++) /* '@' would be a password in a place that is logged */
                if (strchr("@?#\\\"<>", *p) || (unsigned char)*p <= ' ' || (unsigned char)*p >= 127)
                        return error_set(err, -EINVAL,
                                         "%s must be https://host[:port][/path] and no more", what);
        length = strcspn(authority, "/");
        path = authority + length;
        for (path_bytes = strlen(path); path_bytes > 0 && path[path_bytes - 1] == '/';)
                path_bytes--;
        if (!authority_split(authority, length, &u, &port) || path_bytes >= sizeof(u.path))
                return error_set(err, -EINVAL, "%s: '%s' is no valid address", what, url);
        if (!u.tls && !url_host_is_local(u.host))
                return error_set(err, -EINVAL,
                                 "%s: '%s' must use https (plain http is for loopback and "
                                 "link-local addresses only)",
                                 what, url);
        memcpy(u.path, path, path_bytes);
        authority_write(&u, port);
        *ret = u;
        return 0;
}
