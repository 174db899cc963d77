#include "providers/azure/facts.h"

#include "daemon/model/fact.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* What it was read from; what no call gave comes from the list, the first of the evidence. */
static int evidence_of(const struct resource *r, const char *name)
{
        int evidence = fact_evidence(r->facts, name);

        if (evidence >= 0)
                return evidence;
        return json_array_size(r->evidence) > 0 ? 0 : -1;
}

int azure_set(struct resource *r, const char *name, json_t *value_take, struct error *err)
{
        int evidence = evidence_of(r, name);

        return fact_set_known_take(r->facts, name, value_take, evidence) < 0 ? error_oom(err) : 0;
}

int azure_set_absent(struct resource *r, const char *name, struct error *err)
{
        return fact_set_absent(r->facts, name, evidence_of(r, name)) < 0 ? error_oom(err) : 0;
}

int azure_set_unknown(struct resource *r, const char *name, const char *cause, struct error *err)
{
        return fact_set_unknown(r->facts, name, cause) < 0 ? error_oom(err) : 0;
}

int azure_set_list(struct resource *r, const char *name, const json_t *list, struct error *err)
{
        return json_array_size(list) > 0 ? azure_set(r, name, json_incref((json_t *)list), err)
                                         : azure_set_absent(r, name, err);
}

bool azure_collects(const struct resource *r, const char *name)
{
        return json_object_get(r->facts, name) != NULL;
}

const json_t *azure_known(const struct resource *r, const char *name)
{
        const json_t *value = NULL;

        return fact_get(r->facts, name, &value, NULL) == FACT_KNOWN ? value : NULL;
}

const char *azure_known_text(const struct resource *r, const char *name)
{
        return json_string_value(azure_known(r, name));
}

int azure_append_once(json_t *list, const char *text)
{
        json_t *element;
        size_t i;

        json_array_foreach(list, i, element)
        {
                if (strcmp(json_string_value(element), text) == 0)
                        return 0;
        }
        return json_array_append_new(list, json_string(text)) < 0 ? -ENOMEM : 0;
}

/* The text without spaces where strip is set, in small letters. */
static json_t *folded(const char *text, bool strip)
{
        _cleanup_(freep) char *copy = strdup(text);
        char *to = copy;

        if (!copy)
                return NULL;
        for (const char *p = text; *p; p++)
                if (!strip || !isspace((unsigned char)*p))
                        *to++ = (char)tolower((unsigned char)*p);
        *to = '\0';
        return json_string(copy);
}

json_t *azure_id_json(const char *id)
{
        return folded(id, false);
}

json_t *azure_region_json(const char *location)
{
        return folded(location, true);
}
