#include "tests/cloudsim/xml.h"

#include "daemon/base/json.h"

static void add_text(struct buffer *b, const char *text)
{
        for (; *text; text++)
                switch (*text) {
                case '<':
                        buffer_add(b, "&lt;");
                        break;
                case '>':
                        buffer_add(b, "&gt;");
                        break;
                case '&':
                        buffer_add(b, "&amp;");
                        break;
                case '"':
                        buffer_add(b, "&quot;");
                        break;
                default:
                        buffer_append(b, text, 1);
                }
}

void xml_add(struct buffer *b, const char *name, const json_t *value)
{
        const char *key;
        json_t *member;
        size_t i;

        buffer_printf(b, "<%s>", name);
        if (json_is_object(value)) {
                json_object_foreach((json_t *)value, key, member)
                {
                        xml_add(b, key, member);
                }
        } else if (json_is_array(value)) {
                json_array_foreach(value, i, member)
                {
                        xml_add(b, "item", member);
                }
        } else {
                _cleanup_(freep) char *text = json_scalar_text(value);

                add_text(b, text ? text : "");
        }
        buffer_printf(b, "</%s>", name);
}

void xml_add_flat(struct buffer *b, const char *name, const json_t *value)
{
        const char *key;
        json_t *member;
        size_t i;

        if (json_is_array(value)) {
                json_array_foreach(value, i, member)
                {
                        xml_add_flat(b, name, member);
                }
                return;
        }
        buffer_printf(b, "<%s>", name);
        json_object_foreach((json_t *)value, key, member)
        {
                xml_add_flat(b, key, member);
        }
        if (value && !json_is_object(value)) {
                _cleanup_(freep) char *text = json_scalar_text(value);

                add_text(b, text ? text : "");
        }
        buffer_printf(b, "</%s>", name);
}
