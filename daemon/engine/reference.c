#include "daemon/engine/reference.h"

#include "daemon/base/buffer.h"
#include "daemon/base/digest.h"
#include "daemon/base/json.h"

static const char digests[] = "!digests";

enum { MARK_MAX_BYTES = 4096 };

/* Of one table, and whether all of it was read; made once. Borrowed; "" without memory. */
static const char *digest_of(struct site *s, const char *collector)
{
        json_t *known = json_object_get(s->references, digests);
        const char *digest = json_member_string(known, collector);
        json_auto_t *table = NULL;
        char hex[SHA256_HEX_MAX];

        if (digest)
                return digest;
        if (!known) {
                known = json_object();
                if (json_object_set_new(s->references, digests, known) < 0)
                        return "";
        }
        table = json_pack("{s:O?, s:b}", "table", json_object_get(s->references, collector),
                          "unread",
                          json_object_get(json_object_get(s->references, SITE_UNREADABLE),
                                          collector) != NULL);
        if (!table || !json_canonical_digest(table, hex) ||
            json_set_string(known, collector, hex) < 0)
                return "";
        return json_member_string(known, collector);
}

void reference_mark(struct site *s, const struct collector *c, struct resource *r)
{
        struct buffer text = BUFFER_INIT(MARK_MAX_BYTES);

        if (c->n_joins == 0)
                return;
        buffer_add(&text, r->listed_digest);
        for (size_t i = 0; i < c->n_joins; i++)
                buffer_printf(&text, " %s", digest_of(s, c->joins[i].with));
        if (buffer_error(&text) == 0)
                (void)digest_sha256_hex(buffer_text(&text), text.size_bytes, r->listed_digest);
        buffer_done(&text);
}
