#include "daemon/model/scope.h"

#include <string.h>

struct scope *scope_new(const char *id, const char *name, const char *level)
{
        _cleanup_(scope_freep) struct scope *s = calloc(1, sizeof(*s));

        if (!s)
                return NULL;
        s->id = strdup(id);
        s->name = name ? strdup(name) : NULL;
        s->level = strdup(level);
        s->attributes = json_object();
        if (!s->id || (name && !s->name) || !s->level || !s->attributes)
                return NULL;
        return TAKE_PTR(s);
}

struct scope *scope_free(struct scope *s)
{
        if (!s)
                return NULL;
        free(s->id);
        free(s->name);
        free(s->level);
        json_decref(s->attributes);
        free(s);
        return NULL;
}
