#include "daemon/judge/match.h"

#include "daemon/base/json.h"
#include "daemon/judge/trial.h"

#include <string.h>

#define MATCH_TEXT(m)                                                                              \
        {                                                                                          \
                .key = #m, .type = YAML_STRING, .offset = offsetof(struct match, m)                \
        }
#define MATCH_FIELDS                                                                               \
        MATCH_TEXT(provider), MATCH_TEXT(account), MATCH_TEXT(scope), MATCH_TEXT(region),          \
                MATCH_TEXT(kind), MATCH_TEXT(id), MATCH_TEXT(name),                                \
                { .key = "tag", .type = YAML_JSON, .offset = offsetof(struct match, tag) },        \
        {                                                                                          \
                .type = YAML_PLACE, .offset = offsetof(struct match, place)                        \
        }

const struct yaml_field declaration_match_fields[] = { MATCH_FIELDS, { 0 } };
const struct yaml_field waiver_match_fields[] = { MATCH_FIELDS, MATCH_TEXT(finding), { 0 } };

/* ---- reading -----------------------------------------------------------------------------------
 */

static int check_tags(const struct match *m, const struct yaml *y, struct error *err)
{
        struct yaml_place place = yaml_place_of(y, m->place, "tag");
        const char *key;
        json_t *value;

        if (!m->tag)
                return 0;
        if (!json_is_object(m->tag) || json_object_size(m->tag) == 0)
                return yaml_error_at(y, place, err, "'tag' must be a mapping {key: pattern}");
        json_object_foreach(m->tag, key, value)
        {
                _cleanup_(freep) char *text = json_scalar_text(value);

                if (!text)
                        return yaml_error_at(y, yaml_place_of(y, place, key), err,
                                             "the pattern of tag '%s' must be a text", key);
        }
        return 0;
}

int match_check(const struct match *m, const struct yaml *y, struct error *err)
{
        const struct {
                const char *key, *value;
        } texts[] = {
                { "provider", m->provider }, { "account", m->account }, { "scope", m->scope },
                { "region", m->region },     { "kind", m->kind },       { "id", m->id },
                { "name", m->name },         { "finding", m->finding },
        };
        size_t n = m->tag != NULL;

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                n += texts[i].value != NULL;
                if (texts[i].value && !*texts[i].value)
                        return yaml_error_at(y, yaml_place_of(y, m->place, texts[i].key), err,
                                             "'%s' is empty; leave it out, or write '*'",
                                             texts[i].key);
        }
        if (n == 0)
                return yaml_error_at(y, m->place, err,
                                     "'match' needs at least one key, such as provider or id");
        return check_tags(m, y, err);
}

/* ---- asking ------------------------------------------------------------------------------------
 */

bool match_pattern(const char *pattern, const char *text)
{
        const char *star = NULL, *from = NULL; /* the last *, and what it may still take */

        while (*text) {
                if (*pattern == '*') {
                        star = ++pattern;
                        from = text;
                } else if (*pattern == *text) {
                        pattern++;
                        text++;
                } else if (star) {
                        pattern = star;
                        text = ++from;
                } else {
                        return false;
                }
        }
        while (*pattern == '*')
                pattern++;
        return *pattern == '\0';
}

static bool holds(const char *pattern, const char *text)
{
        return !pattern || (text && *text && match_pattern(pattern, text));
}

/* Tags of one normal form are one tag; of two values it is not known which one counts. */
static enum match_result match_tag(const struct subject *s, const char *key, const char *pattern)
{
        const struct tag_values found = tag_find(s->resource->tags, key, pattern);

        if (found.there == 0)
                return s->declared.unreadable ? MATCH_UNTOLD : MATCH_NO;
        if (found.like == 0)
                return MATCH_NO;
        return found.like == found.there ? MATCH_YES : MATCH_UNTOLD;
}

static enum match_result match_tags(const struct match *m, const struct subject *s)
{
        enum match_result result = MATCH_YES;
        const char *key;
        json_t *value;

        if (!m->tag)
                return MATCH_YES;
        if (!s->resource)
                return MATCH_NO;
        json_object_foreach(m->tag, key, value)
        {
                _cleanup_(freep) char *pattern = json_scalar_text(value);
                enum match_result one = pattern ? match_tag(s, key, pattern) : MATCH_UNTOLD;

                if (one == MATCH_NO)
                        return MATCH_NO;
                if (one == MATCH_UNTOLD)
                        result = MATCH_UNTOLD;
        }
        return result;
}

enum match_result match_subject(const struct match *m, const struct subject *s, const char *finding)
{
        const struct resource *r = s->resource;

        if (!holds(m->provider, s->place.provider) || !holds(m->account, s->place.account) ||
            !holds(m->scope, s->place.scope) || !holds(m->region, s->place.region) ||
            !holds(m->kind, r ? r->kind : NULL) || !holds(m->id, r ? r->id : NULL) ||
            !holds(m->name, r ? r->name : NULL))
                return MATCH_NO;
        if (m->finding && (!finding || strcmp(m->finding, finding) != 0))
                return MATCH_NO;
        return match_tags(m, s);
}
