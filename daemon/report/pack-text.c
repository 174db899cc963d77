/* The texts that the forms of the pack have in common: what its sections are called, and cells that
 * are put together of several members. */
#include "daemon/base/buffer.h"
#include "daemon/base/json.h"
#include "daemon/report/language.h"
#include "daemon/report/pack-private.h"

#include <assert.h>
#include <string.h>

const struct pack_section pack_sections[] = {
        [PACK_SERVICES] = { "services",
                            N_("Who answers for what"),
                            { N_("Service"), N_("Party"), N_("Role"), N_("Duties") } },
        [PACK_LOCATIONS] = { "locations",
                             N_("Where"),
                             { N_("Service"), N_("Provider"), N_("Region"), N_("Country"),
                               N_("Area"), N_("Processed in") } },
        [PACK_RETENTION] = { "retention",
                             N_("Log retention"),
                             { N_("Provider"), N_("Against six months"),
                               N_("Shortest that is known, in days") } },
        [PACK_CERTIFICATES] = { "certificates",
                                N_("Certificates"),
                                { N_("Offer"), N_("Certificate"), N_("Standing"), N_("Covers"),
                                  N_("Valid until"), N_("As of"), N_("Source") } },
        [PACK_CONTRACTS] = { "contracts",
                             N_("Contract clauses"),
                             { N_("Provider"), N_("Clauses"), N_("Standing"), N_("Until") } },
        [PACK_UNKNOWN] = { "unknown", N_("What is not known"), { NULL } },
};
static_assert(ELEMENTSOF(pack_sections) == PACK_SECTION_MAX, "every section has its words");

const char *const pack_title = N_("AI services: locations, logs and responsibilities");
const char *const pack_incomplete =
        N_("Not everything could be read: see what is not known, at the end.");

const char *const pack_parties[] = { "cloud", "customer", "maker", NULL };

const char *pack_register_word(const char *code)
{
        static const struct {
                const char *code, *word;
        } words[] = {
                { "in-force", N_("in force") },
                { "to-come", N_("to come") },
                { "expired", N_("expired") },
                { "review-missed", N_("review missed") },
                { "data-location", N_("location of data") },
                { "sub-processors", N_("sub-processors") },
                { "log-access", N_("access to logs") },
                { "log-retention", N_("retention of logs") },
                { "incident-notice", N_("notice of incidents") },
                { "role-agreement", N_("agreement on roles (Article 25(4))") },
                { "audit-right", N_("right to audit") },
                { "exit", N_("exit") },
        };

        for (size_t i = 0; code && i < ELEMENTSOF(words); i++)
                if (strcmp(words[i].code, code) == 0)
                        return _(words[i].word);
        return code;
}

/* ---- cells -------------------------------------------------------------------------------------
 */

char *pack_joined(const json_t *list, const char *member)
{
        struct buffer b = BUFFER_INIT(65536);
        const json_t *value;
        size_t i;

        json_array_foreach(list, i, value)
        {
                const char *text =
                        member ? json_member_string(value, member) : json_string_value(value);

                buffer_printf(&b, "%s%s", i > 0 ? ", " : "", text ? text : "-");
        }
        return buffer_take(&b);
}

char *pack_processing(const json_t *location)
{
        _cleanup_(freep) char *regions = pack_joined(json_object_get(location, "processing"), NULL);
        bool known = json_is_true(json_object_get(location, "processing_known"));
        bool any = regions && *regions;
        char *text;

        return asprintf(&text, "%s%s%s", any ? regions : "", any && !known ? _("; ") : "",
                        known ? "" : _("not known")) < 0
                       ? NULL
                       : text;
}

char *pack_kept(const json_t *retention)
{
        bool met = json_is_true(json_object_get(retention, "six_months")),
             less = json_is_true(json_object_get(retention, "less")),
             unknown = json_is_true(json_object_get(retention, "unknown"));
        char *text;

        return asprintf(&text, "%s%s%s%s%s", met ? _("six months or more") : "",
                        met && less ? _("; ") : "", less ? _("less than six months") : "",
                        (met || less) && unknown ? _("; ") : "", unknown ? _("not known") : "") < 0
                       ? NULL
                       : text;
}

char *pack_clauses(const json_t *contract)
{
        struct buffer b = BUFFER_INIT(65536);
        const json_t *value;
        size_t i;

        json_array_foreach(json_object_get(contract, "clauses"), i, value) buffer_printf(
                &b, "%s%s", i > 0 ? ", " : "", pack_register_word(json_string_value(value)));
        return buffer_take(&b);
}

char *pack_contract_of(const json_t *contract)
{
        _cleanup_(freep) char *providers =
                pack_joined(json_object_get(contract, "providers"), NULL);
        bool part = json_is_true(json_object_get(contract, "part"));
        char *text;

        return asprintf(&text, "%s%s%s%s", providers ? providers : "-", part ? " (" : "",
                        part ? _("in part") : "", part ? ")" : "") < 0
                       ? NULL
                       : text;
}
