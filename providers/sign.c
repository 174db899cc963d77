#include "providers/sign.h"

#include "daemon/base/buffer.h"
#include "daemon/base/clock.h"
#include "providers/url.h"

#include <errno.h>
#include <string.h>

enum { CANONICAL_BYTES_MAX = 256 * 1024, SIGNED_HEADERS_MAX = SIGN_HEADERS_MAX + 4 };

/* ---- path ---------------------------------------------------------------------------------- */

/* Dot segments and empty ones go, as the services' own clients do it; a slash at the end stays. */
static void path_normalise(struct buffer *b, const char *path)
{
        size_t length = strlen(path);

        for (const char *p = path; *p != '\0';) {
                size_t n = strcspn(p, "/");

                if (n == 2 && p[0] == '.' && p[1] == '.') {
                        while (b->size_bytes > 0 && b->data[--b->size_bytes] != '/')
                                ;
                } else if (n > 0 && !(n == 1 && p[0] == '.')) {
                        buffer_append(b, "/", 1);
                        buffer_append(b, p, n);
                }
                p += n + (p[n] == '/');
        }
        if (b->size_bytes == 0 || (length > 0 && path[length - 1] == '/'))
                buffer_append(b, "/", 1);
}

/* Every service but s3 signs the path encoded once more than it is sent. */
static int path_canonical(struct buffer *b, const struct sign_input *in)
{
        struct buffer normal = BUFFER_INIT(CANONICAL_BYTES_MAX);
        int r;

        if (in->s3) {
                buffer_add(b, in->path[0] != '\0' ? in->path : "/");
                return buffer_error(b);
        }
        path_normalise(&normal, in->path);
        url_encode_path(b, buffer_text(&normal), normal.size_bytes);
        r = buffer_error(&normal);
        buffer_done(&normal);
        return r < 0 ? r : buffer_error(b);
}

/* ---- headers ------------------------------------------------------------------------------- */

struct signed_headers {
        struct sign_header row[SIGNED_HEADERS_MAX];
        size_t n;
};

static void headers_insert(struct signed_headers *h, const char *name, const char *value)
{
        size_t i = h->n++;

        for (; i > 0 && strcmp(h->row[i - 1].name, name) > 0; i--)
                h->row[i] = h->row[i - 1];
        h->row[i] = (struct sign_header){ .name = name, .value = value };
}

static int headers_sort(struct signed_headers *h, const struct sign_input *in, const char *date,
                        const char *body_sha256)
{
        if (in->n_headers > SIGN_HEADERS_MAX)
                return -EINVAL;
        h->n = 0;
        for (size_t i = 0; i < in->n_headers; i++)
                headers_insert(h, in->headers[i].name, in->headers[i].value);
        headers_insert(h, "host", in->host);
        headers_insert(h, "x-amz-date", date);
        if (in->credentials.token)
                headers_insert(h, "x-amz-security-token", in->credentials.token);
        if (in->s3)
                headers_insert(h, "x-amz-content-sha256", body_sha256);
        return 0;
}

/* Without spaces at the ends, and one where there are several. */
static void add_trimmed(struct buffer *b, const char *value)
{
        bool first = true;

        for (value += strspn(value, " \t"); *value != '\0'; value += strspn(value, " \t")) {
                size_t n = strcspn(value, " \t");

                if (!first)
                        buffer_append(b, " ", 1);
                buffer_append(b, value, n);
                value += n;
                first = false;
        }
}

static void add_names(struct buffer *b, const struct signed_headers *h)
{
        for (size_t i = 0; i < h->n; i++) {
                if (i > 0)
                        buffer_append(b, ";", 1);
                buffer_add(b, h->row[i].name);
        }
}

/* ---- the canonical request ----------------------------------------------------------------- */

static int canonical_write(struct buffer *b, const struct sign_input *in,
                           const struct signed_headers *h, const char *body_sha256)
{
        _cleanup_(freep) char *query = NULL;
        int r;

        buffer_add(b, in->method);
        buffer_append(b, "\n", 1);
        r = path_canonical(b, in);
        if (r == 0 && in->query && in->query[0] != '\0')
                r = url_query_canonical(in->query, &query, NULL);
        if (r < 0)
                return r;
        buffer_append(b, "\n", 1);
        if (query)
                buffer_add(b, query);
        buffer_append(b, "\n", 1);
        for (size_t i = 0; i < h->n; i++) {
                buffer_add(b, h->row[i].name);
                buffer_append(b, ":", 1);
                add_trimmed(b, h->row[i].value);
                buffer_append(b, "\n", 1);
        }
        buffer_append(b, "\n", 1);
        add_names(b, h);
        buffer_append(b, "\n", 1);
        buffer_add(b, body_sha256);
        return buffer_error(b);
}

static int sign_fail(int r, struct error *err)
{
        if (r == -ENOMEM)
                return error_oom(err);
        return error_set(err, r, "the request cannot be signed: %s",
                         r == -E2BIG ? "too large" : "too many headers");
}

int sign_canonical_request(const struct sign_input *in, const char *date, const char *body_sha256,
                           char **ret, struct error *err)
{
        struct buffer b = BUFFER_INIT(CANONICAL_BYTES_MAX);
        struct signed_headers h;
        int r = headers_sort(&h, in, date, body_sha256);

        if (r == 0)
                r = canonical_write(&b, in, &h, body_sha256);
        if (r == 0 && !(*ret = buffer_take(&b)))
                r = -ENOMEM;
        buffer_done(&b);
        return r < 0 ? sign_fail(r, err) : 0;
}

/* ---- the key ------------------------------------------------------------------------------- */

void sign_cache_wipe(struct sign_cache *cache)
{
        explicit_bzero(cache, sizeof(*cache));
}

static void key_derive(const struct sign_input *in, const char *date,
                       unsigned char key[static SHA256_BYTES])
{
        static const char last[] = "aws4_request";
        char *first = NULL;
        int length = asprintf(&first, "AWS4%s", in->credentials.secret_key);

        if (length < 0) { /* out of memory: a signature that no one accepts */
                memset(key, 0, SHA256_BYTES);
                return;
        }
        digest_hmac_sha256(first, (size_t)length, date, strlen(date), key);
        digest_hmac_sha256(key, SHA256_BYTES, in->region, strlen(in->region), key);
        digest_hmac_sha256(key, SHA256_BYTES, in->service, strlen(in->service), key);
        digest_hmac_sha256(key, SHA256_BYTES, last, strlen(last), key);
        explicit_bzero(first, (size_t)length);
        free(first);
}

static size_t cache_slot(const char *id)
{
        uint32_t hash = UINT32_C(2166136261); /* FNV-1a */

        for (; *id; id++)
                hash = (hash ^ (unsigned char)*id) * UINT32_C(16777619);
        return hash % SIGN_CACHE_ENTRIES;
}

void sign_key(const struct sign_input *in, const char *date, struct sign_cache *cache,
              unsigned char key[static SHA256_BYTES])
{
        char id[sizeof(cache->entries[0].id)];
        struct sign_cache_entry *entry;
        int n = snprintf(id, sizeof(id), "%s/%s/%s/%s", date, in->region, in->service,
                         in->credentials.access_key);

        if (!cache || n < 0 || (size_t)n >= sizeof(id)) {
                key_derive(in, date, key);
                return;
        }
        entry = &cache->entries[cache_slot(id)];
        if (strcmp(entry->id, id) != 0) {
                key_derive(in, date, entry->key);
                memcpy(entry->id, id, (size_t)n + 1);
        }
        memcpy(key, entry->key, SHA256_BYTES);
}

/* ---- the signature ------------------------------------------------------------------------- */

static void signature_compute(const struct sign_input *in, struct sign_cache *cache,
                              const char *scope, struct sign_output *out)
{
        unsigned char key[SHA256_BYTES], mac[SHA256_BYTES];
        char text[512], day[9];
        int n = snprintf(text, sizeof(text), "AWS4-HMAC-SHA256\n%s\n%s\n%s", out->date, scope,
                         out->canonical_sha256);

        (void)snprintf(day, sizeof(day), "%.8s", out->date);
        sign_key(in, day, cache, key);
        digest_hmac_sha256(key, sizeof(key), text, (size_t)n, mac);
        (void)digest_hex(mac, sizeof(mac), out->signature);
        explicit_bzero(key, sizeof(key));
}

static int authorization_write(const struct sign_input *in, const struct signed_headers *h,
                               const char *scope, struct sign_output *out)
{
        struct buffer b = BUFFER_INIT(8192);
        int r;

        buffer_add(&b, "AWS4-HMAC-SHA256 Credential=");
        buffer_add(&b, in->credentials.access_key);
        buffer_append(&b, "/", 1);
        buffer_add(&b, scope);
        buffer_add(&b, ", SignedHeaders=");
        add_names(&b, h);
        buffer_add(&b, ", Signature=");
        buffer_add(&b, out->signature);
        r = buffer_error(&b);
        if (r == 0 && !(out->authorization = buffer_take(&b)))
                r = -ENOMEM;
        buffer_done(&b);
        return r;
}

int sign(const struct sign_input *in, struct sign_cache *cache, struct sign_output *ret,
         struct error *err)
{
        struct buffer canonical = BUFFER_INIT(CANONICAL_BYTES_MAX);
        struct sign_output out = { 0 };
        struct signed_headers h;
        char date[CLOCK_TEXT_MAX], scope[256];
        int r, n;

        (void)snprintf(out.date, sizeof(out.date), "%.16s",
                       clock_format_compact(in->time_usec, date));
        (void)digest_sha256_hex(in->body ? in->body : "", in->body_bytes, out.body_sha256);
        n = snprintf(scope, sizeof(scope), "%.8s/%s/%s/aws4_request", out.date, in->region,
                     in->service);
        r = n > 0 && (size_t)n < sizeof(scope) ? headers_sort(&h, in, out.date, out.body_sha256)
                                               : -E2BIG;
        if (r == 0)
                r = canonical_write(&canonical, in, &h, out.body_sha256);
        if (r == 0) {
                (void)digest_sha256_hex(canonical.data, canonical.size_bytes, out.canonical_sha256);
                signature_compute(in, cache, scope, &out);
                r = authorization_write(in, &h, scope, &out);
        }
        if (canonical.data) /* the session token stands in it */
                explicit_bzero(canonical.data, canonical.size_bytes);
        buffer_done(&canonical);
        if (r < 0)
                return sign_fail(r, err);
        *ret = out;
        return 0;
}
