#include "tests/cloudsim/paging.h"

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/digest.h"
#include "daemon/base/json.h"
#include "daemon/base/number.h"
#include "tests/cloudsim/world.h"

/* A token is base64 of this; its size makes the text end with "==", which clients must not lose. */
struct token {
        unsigned char offset[8];
        unsigned char page[4];
        unsigned char mac[13];
};

static void put_number(unsigned char *to, size_t n, uint64_t value)
{
        while (n-- > 0) {
                to[n] = (unsigned char)(value & 0xff);
                value >>= 8;
        }
}

static uint64_t get_number(const unsigned char *from, size_t n)
{
        uint64_t value = 0;

        for (size_t i = 0; i < n; i++)
                value = value << 8 | from[i];
        return value;
}

/* The token belongs to one list of one account, with the same parameters. */
static void list_mac(const struct request *q, const char *token_name, const char *size_name,
                     const struct token *t, unsigned char mac[static SHA256_BYTES])
{
        json_auto_t *params = json_copy(q->params);
        struct buffer text = BUFFER_INIT(SIM_BODY_MAX_BYTES);
        _cleanup_(freep) char *canonical = NULL;

        (void)json_object_del(params, token_name);
        if (size_name)
                (void)json_object_del(params, size_name);
        canonical = json_canonical(params);
        buffer_printf(&text, "%s %s %s %s %s %s", q->provider, q->account, q->region, q->service,
                      q->operation, canonical ? canonical : "");
        buffer_append(&text, t->offset, sizeof(t->offset));
        buffer_append(&text, t->page, sizeof(t->page));
        digest_sha256(buffer_text(&text), text.size_bytes, mac);
        buffer_done(&text);
}

static int read_token(struct request *q, const char *token_name, const char *size_name,
                      const char *text, size_t *ret_offset)
{
        unsigned char bytes[TOKEN_TEXT_MAX], mac[SHA256_BYTES];
        size_t n = strlen(text);
        struct token t;

        /* three bytes for four letters; the last two are the padding's */
        if (n != (sizeof(t) + 2) / 3 * 4 ||
            EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)n) < (int)sizeof(t))
                return -EBADMSG;
        memcpy(&t, bytes, sizeof(t));
        list_mac(q, token_name, size_name, &t, mac);
        if (memcmp(mac, t.mac, sizeof(t.mac)) != 0)
                return -EBADMSG;
        *ret_offset = (size_t)get_number(t.offset, sizeof(t.offset));
        q->page = (unsigned)get_number(t.page, sizeof(t.page));
        return 0;
}

int page_begin(struct request *q, const char *token_name, const char *size_name, size_t max,
               struct page *ret)
{
        json_int_t cut = json_integer_value(world_at(q->sim->world, "settings", "page_size"));
        char text[64];
        const char *token;
        const char *asked = size_name ? request_param(q, size_name, text) : NULL;
        uint64_t size = max;

        *ret = (struct page){ 0 };
        if (asked && (number_parse_u64(asked, &size) < 0 || size == 0 || (max && size > max)))
                return -ERANGE;
        if (cut > 0 && size > (uint64_t)cut)
                size = (uint64_t)cut;
        ret->size = size ? (size_t)size : SIZE_MAX;
        token = token_name ? request_param(q, token_name, text) : NULL;
        return token && *token ? read_token(q, token_name, size_name, token, &ret->offset) : 0;
}

static void write_token(const struct request *q, const char *token_name, const char *size_name,
                        size_t offset, struct page *p)
{
        unsigned char mac[SHA256_BYTES];
        struct token t;

        put_number(t.offset, sizeof(t.offset), offset);
        put_number(t.page, sizeof(t.page), q->page + 1);
        list_mac(q, token_name, size_name, &t, mac);
        memcpy(t.mac, mac, sizeof(t.mac));
        (void)EVP_EncodeBlock((unsigned char *)p->next, (const unsigned char *)&t, sizeof(t));
}

void page_end(const struct request *q, const char *token_name, const char *size_name, size_t total,
              struct page *p)
{
        char text[64];
        const char *came = token_name ? request_param(q, token_name, text) : NULL;
        size_t end = total - (p->offset < total ? p->offset : total) > p->size ? p->offset + p->size
                                                                               : total;

        if (!token_name)
                return;
        if (q->effects.repeat_token && came && *came)
                (void)snprintf(p->next, sizeof(p->next), "%s", came);
        else if (q->effects.repeat_token || q->effects.endless_token)
                write_token(q, token_name, size_name, p->offset, p);
        else if (end < total)
                write_token(q, token_name, size_name, end, p);
}

static bool is_after(const json_t *item, const char *asked)
{
        uint64_t limit, at;
        double seconds;

        if (number_parse_double(asked, &seconds) == 0)
                limit = (uint64_t)(seconds * 1e6);
        else if (clock_parse_iso8601(asked, &limit) < 0)
                return false;
        if (json_is_number(item))
                return json_number_value(item) * 1e6 > (double)limit;
        return json_is_string(item) && clock_parse_iso8601(json_string_value(item), &at) == 0 &&
               at > limit;
}

static bool is_any(const json_t *param, const char *value)
{
        size_t i;
        json_t *one;

        json_array_foreach(param, i, one)
        {
                const char *text = json_string_value(one), *name;

                name = text ? strstr(text, ":log-group:") : NULL; /* an ARN names one too */
                if (text && (strcmp(text, value) == 0 ||
                             (name && strcmp(name + strlen(":log-group:"), value) == 0)))
                        return true;
        }
        return false;
}

/* A parameter of a filter, also inside an object: "Filter.SubmitTimeAfter". */
static json_t *filter_param(const struct request *q, const char *name)
{
        const char *dot = name ? strchr(name, '.') : NULL;
        json_t *object;
        char outer[64];

        if (!dot)
                return name ? json_object_get(q->params, name) : NULL;
        (void)snprintf(outer, sizeof(outer), "%.*s", (int)(dot - name), name);
        object = json_object_get(q->params, outer);
        return json_object_get(object, dot + 1);
}

static bool passes(const struct request *q, const struct filter *f, const json_t *item)
{
        json_t *param = filter_param(q, f->param);
        json_t *first = json_is_array(param) ? json_array_get(param, 0) : param;
        _cleanup_(freep) char *asked = first ? json_scalar_text(first) : NULL;
        const json_t *field = f->field ? json_object_get(item, f->field) : NULL;
        const char *value = json_string_value(field);

        if (f->kind == FILTER_NONE || !param)
                return true;
        switch (f->kind) {
        case FILTER_EQUAL:
                return asked && value && strcmp(asked, value) == 0;
        case FILTER_PREFIX:
                return asked && value && strncmp(asked, value, strlen(asked)) == 0;
        case FILTER_AFTER:
                return asked && is_after(field, asked);
        case FILTER_ANY:
                return value && is_any(param, value);
        case FILTER_LACKS:
                return !field;
        case FILTER_NONE:
                break;
        }
        return true;
}

json_t *page_filter(const struct request *q, const struct filter *filters, size_t n, json_t *items)
{
        json_t *kept, *item;
        bool any = false;
        size_t i;

        for (i = 0; i < n; i++)
                any |= filters[i].kind != FILTER_NONE && filter_param(q, filters[i].param);
        if (!any)
                return json_incref(items);
        kept = json_array();
        json_array_foreach(items, i, item)
        {
                bool keep = true;

                for (size_t f = 0; f < n; f++)
                        keep &= passes(q, &filters[f], item);
                if (keep)
                        (void)json_array_append(kept, item);
        }
        return kept;
}

json_t *page_slice(const struct page *p, const json_t *items)
{
        json_t *slice = json_array();
        size_t n = json_array_size(items);

        for (size_t i = p->offset; i < n && i - p->offset < p->size; i++)
                (void)json_array_append(slice, json_array_get(items, i));
        return slice;
}
