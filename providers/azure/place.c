/* Where things are, who can reach them, and who else gets what they are given. */
#include "providers/azure/refine.h"

#include "daemon/base/json.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

/* ---- regions ---------------------------------------------------------------------------------
 */

static json_t *codes_of(const json_t *value)
{
        json_t *list, *element;
        size_t i;

        if (json_is_string(value))
                return azure_region_json(json_string_value(value));
        list = json_array();
        json_array_foreach((json_t *)value, i, element)
        {
                json_auto_t *code = json_is_string(element)
                                            ? azure_region_json(json_string_value(element))
                                            : NULL;

                if (list && code && azure_append_once(list, json_string_value(code)) < 0)
                        json_decref(TAKE_PTR(list));
        }
        return list;
}

/* "global" names no place: that an API says it of an account is no word on where it works. */
static int read_processing(struct resource *r, struct error *err)
{
        static const char fact[] = "processing.regions";
        const char *region = azure_known_text(r, fact);

        if (!region)
                return 0;
        if (strcmp(region, "global") != 0)
                return azure_set(r, fact, json_pack("[s]", region), err);
        return azure_set_unknown(
                r, fact, "the resource is global: the API does not say where it works", err);
}

int azure_read_places(struct resource *r, struct error *err)
{
        static const char *const facts[] = { "processing.regions", "store.region", "store.copies",
                                             "log.region",         "log.copies",   "data.regions",
                                             "inventory.place" };

        for (size_t i = 0; i < ELEMENTSOF(facts); i++) {
                const json_t *value = azure_known(r, facts[i]);

                if (value && (json_is_string(value) || json_is_array(value)) &&
                    azure_set(r, facts[i], codes_of(value), err) < 0)
                        return err ? err->code : -ENOMEM;
        }
        return read_processing(r, err);
}

/* ---- exposure --------------------------------------------------------------------------------
 */

static bool is_word(const char *text, const char *word)
{
        return text && strcasecmp(text, word) == 0;
}

/* What is not Disabled is open, as the documentation says of a missing value; SecuredByPerimeter
 * leaves it to a perimeter. Rules that name addresses narrow it, and the list says how far. */
int azure_read_exposure(struct resource *r, const json_t *item, struct error *err)
{
        static const char fact[] = "exposure.public";
        const char *access = azure_known_text(r, fact);
        const char *action = json_path_string(item, "properties.networkAcls.defaultAction");
        json_auto_t *rules = json_path(item, "properties.networkAcls.ipRules");

        if (!azure_collects(r, fact) || json_is_boolean(azure_known(r, fact)))
                return 0;
        if (is_word(access, "Disabled"))
                return azure_set(r, fact, json_false(), err);
        if (is_word(access, "SecuredByPerimeter"))
                return azure_set_unknown(
                        r, fact, "a network security perimeter decides, which is not read", err);
        /* Deny with no address in the list lets none but private networks in */
        return azure_set(r, fact,
                         json_boolean(!is_word(action, "Deny") || json_array_size(rules) > 0), err);
}

/* ---- third parties ---------------------------------------------------------------------------
 */

static const char *const own_domains[] = {
        "azure.com",
        "azure.net",
        "azure.us",
        "azure.cn",
        "windows.net",
        "microsoft.com",
        "office.com",
        "azurewebsites.net",
        "azureml.ms",
        "azurecontainerapps.io",
        "azure-api.net",
        "botframework.com",
        "microsofttranslator.com",
        "fabric.microsoft.com",
        "azuredatabricks.net",
};

static bool is_own(const char *host)
{
        size_t n = strlen(host);

        for (size_t i = 0; i < ELEMENTSOF(own_domains); i++) {
                size_t m = strlen(own_domains[i]);

                if (n >= m && strcasecmp(host + n - m, own_domains[i]) == 0 &&
                    (n == m || host[n - m - 1] == '.'))
                        return true;
        }
        return false;
}

/* The host of "https://user@host:443/path", NULL for what is no address (a resource's id). */
static char *host_of(const char *url)
{
        const char *scheme = strstr(url, "://"), *host = scheme ? scheme + 3 : url;
        size_t n = strcspn(host, "/?#");
        const char *at = memrchr(host, '@', n);

        if (at) {
                n -= (size_t)(at + 1 - host);
                host = at + 1;
        }
        n = n < strcspn(host, ":") ? n : strcspn(host, ":");
        if (n == 0 || !memchr(host, '.', n) || (!scheme && strchr(url, '/') == url))
                return NULL;
        return strndup(host, n);
}

int azure_read_third_party(struct resource *r, struct error *err)
{
        static const char fact[] = "processing.third_party";
        const char *url = azure_known_text(r, fact);
        _cleanup_(freep) char *host = url ? host_of(url) : NULL;

        if (!url)
                return 0;
        if (!host || is_own(host))
                return azure_set_absent(r, fact, err);
        for (char *p = host; *p; p++)
                *p = (char)tolower((unsigned char)*p);
        return azure_set(r, fact, json_string(host), err);
}
