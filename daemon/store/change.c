/* What a resource's content is, and what changed in it. */
#include "daemon/base/buffer.h"
#include "daemon/base/json.h"
#include "daemon/store/internal.h"

#include <errno.h>
#include <string.h>

enum { CONTENT_BYTES_MAX = 64 * 1024 * 1024 };

/* The facts without their indexes into the list of evidence: the same fact read by another call is
 * the same fact. */
static json_t *facts_alone(const json_t *facts)
{
        json_t *alone = json_object(), *fact;
        const char *name;

        json_object_foreach((json_t *)facts, name, fact)
        {
                json_t *copy = json_is_object(fact) ? json_copy(fact) : json_incref(fact);

                if (json_is_object(copy))
                        (void)json_object_del(copy, "evidence");
                if (json_object_set_new(alone, name, copy) < 0) {
                        json_decref(alone);
                        return NULL;
                }
        }
        return alone;
}

static void add_text(struct buffer *b, const char *text)
{
        buffer_append(b, text ? "+" : "-", 1);
        buffer_append(b, text_or_empty(text), strlen(text_or_empty(text)) + 1);
}

int content_digest(const struct resource *r, char hex[static SHA256_HEX_MAX])
{
        const char *const texts[] = { r->status,  r->name,     r->service_type,
                                      r->created, r->modified, r->topic };
        struct buffer b = BUFFER_INIT(CONTENT_BYTES_MAX);
        json_auto_t *facts = facts_alone(r->facts);
        _cleanup_(freep) char *facts_text = facts ? json_canonical(facts) : NULL;
        _cleanup_(freep) char *tags_text = r->tags ? json_canonical(r->tags) : NULL;
        int code;

        if (!facts_text || (r->tags && !tags_text))
                return -ENOMEM;
        for (size_t i = 0; i < ELEMENTSOF(texts); i++)
                add_text(&b, texts[i]);
        add_text(&b, tags_text);
        add_text(&b, facts_text);
        code = buffer_error(&b);
        if (code == 0)
                (void)digest_sha256_hex(b.data, b.size_bytes, hex);
        buffer_done(&b);
        return code;
}

/* ---- changes
 * ------------------------------------------------------------------------------------- */

static int add_change(json_t *changes, const char *name, json_t *from, json_t *to)
{
        json_t *change = json_object();

        if (fields_set(change, "fact", name) < 0 || json_object_set_new(change, "from", from) < 0) {
                json_decref(change);
                json_decref(to);
                return -ENOMEM;
        }
        if (json_object_set_new(change, "to", to) < 0) {
                json_decref(change);
                return -ENOMEM;
        }
        return json_array_append_new(changes, change) < 0 ? -ENOMEM : 0;
}

/* A fact for people: its value; null when it is absent; {"state":"unknown","cause"} when it could
 * not be read. */
static json_t *fact_shown(const json_t *fact)
{
        json_t *value = json_object_get(fact, "value"), *shown;
        const char *state = json_string_value(json_object_get(fact, "state"));

        if (value)
                return json_incref(value);
        if (!state || strcmp(state, "unknown") != 0)
                return json_null();
        shown = json_copy((json_t *)fact);
        (void)json_object_del(shown, "evidence");
        return shown;
}

static int compare_fact(json_t *changes, const char *name, const json_t *from, const json_t *to)
{
        json_auto_t *before = from ? json_copy((json_t *)from) : NULL;
        json_auto_t *after = to ? json_copy((json_t *)to) : NULL;

        if (json_is_object(before))
                (void)json_object_del(before, "evidence");
        if (json_is_object(after))
                (void)json_object_del(after, "evidence");
        if (json_equal(before, after))
                return 0;
        return add_change(changes, name, fact_shown(from), fact_shown(to));
}

static int compare_facts(json_t *changes, const json_t *from, const json_t *to)
{
        const char *name;
        json_t *fact;
        int r = 0;

        json_object_foreach((json_t *)to, name, fact) if (r >= 0) r =
                compare_fact(changes, name, json_object_get(from, name), fact);
        json_object_foreach((json_t *)from, name, fact) if (r >= 0 && !json_object_get(to, name))
                r = compare_fact(changes, name, fact, NULL);
        return r;
}

static json_t *text_shown(const char *text)
{
        json_auto_t *holder = json_object();

        if (!text || fields_set(holder, "text", text) < 0)
                return json_null();
        return json_incref(json_object_get(holder, "text"));
}

json_t *content_changes(const struct resource *from, const struct resource *to)
{
        const struct {
                const char *name, *from, *to;
        } texts[] = {
                { "name", from->name, to->name },
                { "status", from->status, to->status },
                { "service_type", from->service_type, to->service_type },
                { "created", from->created, to->created },
                { "modified", from->modified, to->modified },
        };
        json_auto_t *changes = json_array();
        int r = changes ? 0 : -ENOMEM;

        for (size_t i = 0; i < ELEMENTSOF(texts) && r >= 0; i++)
                if (!texts[i].from != !texts[i].to ||
                    (texts[i].from && strcmp(texts[i].from, texts[i].to) != 0))
                        r = add_change(changes, texts[i].name, text_shown(texts[i].from),
                                       text_shown(texts[i].to));
        if (r >= 0 && !json_equal(from->tags, to->tags))
                r = add_change(changes, "tags", json_incref(from->tags), json_incref(to->tags));
        if (r >= 0)
                r = compare_facts(changes, from->facts, to->facts);
        return r < 0 ? NULL : TAKE_PTR(changes);
}
