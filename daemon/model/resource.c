#include "daemon/model/resource.h"

#include "daemon/base/buffer.h"

#include <string.h>

struct resource *resource_new(const struct place *place, const char *kind)
{
        _cleanup_(resource_freep) struct resource *r = calloc(1, sizeof(*r));

        if (!r)
                return NULL;
        r->provider = strdup(place->provider);
        r->account = strdup(place->account);
        r->scope = strdup(place->scope);
        r->region = strdup(place->region);
        r->kind = strdup(kind);
        r->tags = json_object();
        r->facts = json_object();
        r->evidence = json_array();
        if (!r->provider || !r->account || !r->scope || !r->region || !r->kind || !r->tags ||
            !r->facts || !r->evidence)
                return NULL;
        return TAKE_PTR(r);
}

struct resource *resource_free(struct resource *r)
{
        if (!r)
                return NULL;
        free(r->provider);
        free(r->account);
        free(r->scope);
        free(r->region);
        free(r->kind);
        free(r->id);
        free(r->name);
        free(r->status);
        free(r->created);
        free(r->modified);
        free(r->service_type);
        free(r->topic);
        json_decref(r->tags);
        json_decref(r->facts);
        json_decref(r->evidence);
        free(r);
        return NULL;
}

char *resource_key(const struct resource *r, char key[static RESOURCE_KEY_MAX])
{
        const char *const parts[] = { r->provider, r->scope, r->region, r->kind, r->id };
        struct buffer b = BUFFER_INIT(65536);
        char hex[SHA256_HEX_MAX];

        for (size_t i = 0; i < ELEMENTSOF(parts); i++) /* the NUL keeps the parts apart */
                buffer_append(&b, parts[i] ? parts[i] : "", parts[i] ? strlen(parts[i]) + 1 : 1);
        (void)digest_sha256_hex(b.data, b.size_bytes, hex);
        buffer_done(&b);
        memcpy(key, hex, RESOURCE_KEY_MAX - 1);
        key[RESOURCE_KEY_MAX - 1] = '\0';
        return key;
}
