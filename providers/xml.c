#include "providers/xml.h"

#include "daemon/base/buffer.h"

#include <errno.h>
#include <expat.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

enum { XML_TEXT_BYTES_MAX = 4 * 1024 * 1024 };

struct element {
        char name[XML_NAME_MAX];
        json_t *members; /* children by name; NULL while there are none */
        json_t *lists;   /* {name: true} for the members that are arrays of siblings */
};

struct parse {
        XML_Parser parser;
        const char *const *repeated;
        struct element stack[XML_DEPTH_MAX];
        size_t depth;
        struct buffer text; /* since the last tag */
        struct xml_document document;
        const char *refused; /* why it was stopped */
};

static void stop(struct parse *p, const char *why)
{
        p->refused = why;
        (void)XML_StopParser(p->parser, XML_FALSE);
}

static bool is_list_word(const char *name)
{
        return strcmp(name, "item") == 0 || strcmp(name, "member") == 0;
}

static bool is_repeated(const struct parse *p, const char *name)
{
        for (const char *const *word = p->repeated; word && *word; word++)
                if (strcmp(*word, name) == 0)
                        return true;
        return is_list_word(name);
}

static bool is_set(const char *name)
{
        size_t n = strlen(name);

        return (n > 3 && strcmp(name + n - 3, "Set") == 0) || strcmp(name, "regionInfo") == 0;
}

static void XMLCALL on_start(void *user, const char *name, const char **attributes)
{
        struct parse *p = user;
        struct element *e;

        if (p->refused)
                return;
        if (p->depth == XML_DEPTH_MAX || strlen(name) >= XML_NAME_MAX) {
                stop(p, "elements nest too deep, or a name is too long");
                return;
        }
        e = &p->stack[p->depth++];
        *e = (struct element){ 0 };
        memcpy(e->name, name, strlen(name) + 1);
        buffer_reset(&p->text);
}

/* Takes value over. */
static int member_add(const struct parse *p, struct element *parent, const char *name,
                      json_t *value_take)
{
        json_t *before, *list;

        if (!parent->members && !(parent->members = json_object()))
                goto failed;
        if (!parent->lists && !(parent->lists = json_object()))
                goto failed;
        before = json_object_get(parent->members, name);
        if (!before && !is_repeated(p, name))
                return json_object_set_new(parent->members, name, value_take) < 0 ? -ENOMEM : 0;
        if (!before || !json_object_get(parent->lists, name)) {
                list = json_array();
                if (!list || (before && json_array_append(list, before) < 0) ||
                    json_object_set_new(parent->members, name, list) < 0 ||
                    json_object_set_new(parent->lists, name, json_true()) < 0)
                        goto failed;
                before = list;
        }
        return json_array_append_new(before, value_take) < 0 ? -ENOMEM : 0;
failed:
        json_decref(value_take);
        return -ENOMEM;
}

/* The element's value: its own reference to it. */
static json_t *element_value(struct parse *p, struct element *e)
{
        static const char *const words[] = { "item", "member" };

        if (e->members) {
                for (size_t i = 0; i < ELEMENTSOF(words); i++) {
                        json_t *list = json_object_get(e->members, words[i]);

                        if (list && json_object_size(e->members) == 1)
                                return json_incref(list);
                }
                return json_incref(e->members);
        }
        if (is_set(e->name) && strspn(buffer_text(&p->text), " \t\r\n") == p->text.size_bytes)
                return json_array();
        return json_stringn(buffer_text(&p->text), p->text.size_bytes);
}

static void element_done(struct element *e)
{
        json_decref(e->members);
        json_decref(e->lists);
        e->members = e->lists = NULL;
}

static void XMLCALL on_end(void *user, const char *name)
{
        struct parse *p = user;
        struct element *e;
        json_t *value;

        if (p->refused)
                return;
        e = &p->stack[p->depth - 1];
        value = element_value(p, e);
        element_done(e);
        p->depth--;
        buffer_reset(&p->text);
        if (value && p->depth == 0) {
                memcpy(p->document.root, e->name, sizeof(e->name));
                p->document.content = value;
        } else if (!value || member_add(p, &p->stack[p->depth - 1], e->name, value) < 0) {
                stop(p, "out of memory");
        }
}

static void XMLCALL on_text(void *user, const char *text, int length)
{
        struct parse *p = user;

        if (p->refused)
                return;
        buffer_append(&p->text, text, (size_t)length);
        if (buffer_error(&p->text))
                stop(p, "an element's text is too large");
}

static void XMLCALL on_doctype(void *user, const char *name, const char *system_id,
                               const char *public_id, int internal)
{
        stop(user, "it has a DOCTYPE");
}

static int parse_fail(const struct parse *p, struct error *err)
{
        unsigned long line = XML_GetCurrentLineNumber(p->parser);
        unsigned long column = XML_GetCurrentColumnNumber(p->parser) + 1;

        return error_set(err, -EBADMSG, "no valid XML at line %lu, column %lu: %s", line, column,
                         p->refused ? p->refused : XML_ErrorString(XML_GetErrorCode(p->parser)));
}

int xml_parse(const char *text, size_t size_bytes, const char *const *repeated,
              struct xml_document *ret, struct error *err)
{
        struct parse p = { .repeated = repeated, .text = BUFFER_INIT(XML_TEXT_BYTES_MAX) };
        int r = 0;

        if (size_bytes > INT_MAX)
                return error_set(err, -E2BIG, "the XML is too large");
        p.parser = XML_ParserCreate("UTF-8");
        if (!p.parser)
                return error_oom(err);
        XML_SetUserData(p.parser, &p);
        XML_SetElementHandler(p.parser, on_start, on_end);
        XML_SetCharacterDataHandler(p.parser, on_text);
        XML_SetStartDoctypeDeclHandler(p.parser, on_doctype);
        if (XML_Parse(p.parser, text, (int)size_bytes, 1) != XML_STATUS_OK || p.refused) {
                r = parse_fail(&p, err);
                json_decref(p.document.content);
        }
        while (p.depth > 0)
                element_done(&p.stack[--p.depth]);
        XML_ParserFree(p.parser);
        if (p.text.data) /* a secret may have been the last */
                explicit_bzero(p.text.data, p.text.allocated_bytes);
        buffer_done(&p.text);
        if (r == 0)
                *ret = p.document;
        return r;
}
