/* api-versions: each call of ARM names one, and not every cloud takes every one. A service has the
 * one it is read with (version:) and older ones (options: {fallback: […]}); what was refused by its
 * version is asked with the next, and the one that was taken is remembered, for each operation: the
 * types of a namespace do not all have the same ones. */
#include "providers/azure/account.h"

#include "daemon/base/json.h"

#include <string.h>
#include <strings.h>

enum { KEY_MAX = 256 };

static const struct service *service_of(const struct call_instance *call)
{
        return call->call ? call->call->service : NULL;
}

/* The i-th of a service's: its own, then the others; NULL behind the last. */
static const char *version_at(const struct service *s, size_t i)
{
        const json_t *others = json_object_get(s->options, "fallback");

        if (!s->version)
                return json_string_value(json_array_get(others, i));
        return i == 0 ? s->version : json_string_value(json_array_get(others, i - 1));
}

/* "azure.cognitiveservices Accounts_List" */
static const char *key_of(const struct call_instance *call, char key[static KEY_MAX])
{
        (void)snprintf(key, KEY_MAX, "%.120s %.120s", call->call->service->id,
                       call->call->name ? call->call->name : "");
        return key;
}

const char *azure_version_of(const struct account *a, const struct call_instance *call)
{
        const struct service *s = service_of(call);
        const char *known;
        char key[KEY_MAX];

        if (!s || json_object_get(call->query, "api-version"))
                return NULL;
        known = json_member_string(a->versions, key_of(call, key));
        return known ? known : version_at(s, 0);
}

/* Where a message begins to say which versions there are; NULL when it does not. */
static const char *supported_list(const char *message)
{
        const char *list = strcasestr(message, "supported api-version");

        return list ? list : strcasestr(message, "supported version");
}

/* "… for api version '2030-01-01' …", "The api-version '2030-01-01' is invalid." */
static bool refuses(const char *message, const char *version)
{
        const char *list = supported_list(message);
        const char *at = version ? strstr(message, version) : NULL;

        return at && (!list || at < list);
}

bool azure_version_supported(const char *message, const char *version)
{
        const char *list = supported_list(message);
        const char *end = list ? strcasestr(list, "supported locations") : NULL;
        const char *at = list && version ? strstr(list, version) : NULL;

        return at && (!end || at < end);
}

/* The one that the message lists, else the next that was not refused yet: those stand before it. */
static const char *next_version(const struct service *s, const char *current, const char *message)
{
        const char *version, *next = NULL;
        bool passed = false;

        for (size_t i = 0; (version = version_at(s, i)); i++) {
                if (passed && azure_version_supported(message, version))
                        return version;
                if (passed && !next)
                        next = version;
                passed |= strcmp(version, current) == 0;
        }
        return next;
}

bool azure_version_next(struct account *a, const struct call_instance *call, const char *message)
{
        const struct service *s = service_of(call);
        const char *current = azure_version_of(a, call), *version;
        char key[KEY_MAX];

        if (!s || !current || call->url)
                return false;
        if (!refuses(message, current)) {
                /* another call has learnt it in the meantime: this one was written before */
                for (size_t i = 0; (version = version_at(s, i)); i++)
                        if (strcmp(version, current) != 0 && refuses(message, version))
                                return true;
                return false;
        }
        version = next_version(s, current, message);
        return version && json_set_string(a->versions, key_of(call, key), version) == 0;
}
