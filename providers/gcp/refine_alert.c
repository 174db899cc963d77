/* What an alerting policy of Cloud Monitoring watches: its conditions are texts in a language of
 * filters, in which services and things are named. */
#include "providers/gcp/refine.h"

#include "daemon/base/json.h"
#include "daemon/model/fact.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

static const char services_fact[] = "alert.services", targets_fact[] = "alert.targets";

static int append_once(json_t *list, const char *text, size_t length)
{
        json_t *one;
        size_t i;

        json_array_foreach(list, i, one)
        {
                if (json_string_length(one) == length &&
                    strncmp(json_string_value(one), text, length) == 0)
                        return 0;
        }
        return json_array_append_new(list, json_stringn(text, length)) < 0 ? -ENOMEM : 0;
}

/* Every name that ends in ".googleapis.com", in types of metrics and of resources, or as a service.
 */
static int add_services(json_t *list, const char *text)
{
        static const char suffix[] = ".googleapis.com";
        const char *at = text;
        int r = 0;

        while (r == 0 && (at = strstr(at, suffix))) {
                const char *from = at;

                while (from > text && (isalnum((unsigned char)from[-1]) || from[-1] == '-'))
                        from--;
                at += strlen(suffix);
                if (at - from > (ptrdiff_t)strlen(suffix))
                        r = append_once(list, from, (size_t)(at - from));
        }
        return r;
}

/* Labels that tell one thing from others; the rest say where it is, or what of it. */
static bool is_of_a_thing(const char *label, size_t length)
{
        static const char *const others[] = { "project_id", "location", "region",
                                              "zone",       "service",  "method",
                                              "version",    "protocol", "resource_container" };

        for (size_t i = 0; i < ELEMENTSOF(others); i++)
                if (strlen(others[i]) == length && strncmp(others[i], label, length) == 0)
                        return false;
        return length > 0;
}

/* resource.labels.endpoint_id = "123", also written resource.label.… */
static int add_targets(json_t *list, const char *text)
{
        static const char label[] = "resource.label";
        const char *at = text;
        int r = 0;

        while (r == 0 && (at = strstr(at, label))) {
                const char *name, *value;
                size_t length;

                at += strlen(label);
                name = at + (*at == 's' ? 1 : 0);
                if (*name++ != '.')
                        continue;
                length = strspn(name, "abcdefghijklmnopqrstuvwxyz_");
                value = name + length + strspn(name + length, " \"");
                if (*value++ != '=' || !is_of_a_thing(name, length))
                        continue;
                value += strspn(value, " ");
                if (*value++ == '"')
                        r = append_once(list, value, strcspn(value, "\""));
        }
        return r;
}

int gcp_refine_alert_policy(const struct account *a, struct resource *r, const json_t *item,
                            struct error *err)
{
        static const char *const texts[] = {
                "conditionThreshold.filter",
                "conditionAbsent.filter",
                "conditionMatchedLog.filter",
                "conditionMonitoringQueryLanguage.query",
                "conditionPrometheusQueryLanguage.query",
                "conditionSql.query",
        };
        json_auto_t *services = json_array(), *targets = json_array();
        int e = services && targets ? 0 : -ENOMEM;
        json_t *condition;
        size_t i;

        json_array_foreach(json_object_get(item, "conditions"), i, condition)
        {
                for (size_t k = 0; e == 0 && k < ELEMENTSOF(texts); k++) {
                        const char *text = json_path_string(condition, texts[k]);

                        e = text ? add_services(services, text) : 0;
                        if (e == 0 && text)
                                e = add_targets(targets, text);
                }
        }
        if (e == 0)
                e = gcp_set_list(r, services_fact, services, err);
        return e < 0 ? error_oom(err) : gcp_set_list(r, targets_fact, targets, err);
}
