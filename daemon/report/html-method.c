/* How the report came about, and what it cannot say. */
#include "daemon/base/json.h"
#include "daemon/base/version.h"
#include "daemon/report/html.h"
#include "daemon/report/language.h"

#include <inttypes.h>

static const char *const method[] = {
        N_("vigie asked the providers' own APIs, by reading calls alone, what is deployed in the "
           "accounts, regions and services of its catalogue. Each fact keeps the call it comes "
           "from, when it was made, and the SHA-256 of the reply."),
        N_("Rules over these facts give a verdict: met, to be addressed, undetermined, not "
           "applicable, or waived. A fact that could not be read makes undetermined, never met. "
           "That something is absent is said only where an API said so."),
        N_("A severity is a sum: where the rule's profile starts for the declared risk class, less "
           "a step for a provision that does not apply yet, for infrastructure, for an environment "
           "that is not production, for what is undetermined. Each finding shows its own."),
        N_("Roles under the AI Act are indications from the kind of service and its facts, with "
           "the "
           "confidence that goes with them."),
};

static const char *const limits[] = {
        N_("What no API names is not seen: AI in software that was bought otherwise, models on "
           "machines without accelerators, use by people with accounts of their own."),
        N_("Accounts that the configuration does not name were not asked."),
        N_("Locations are those that the provider states; where processing is only documented, or "
           "not stated, it is marked so."),
        N_("The AI Act imposes no localisation. Rules on places rest on the GDPR's chapter on "
           "transfers and on the policy."),
        N_("What owners declare in tags and files is shown as declared, and not verified."),
        N_("Certificates and laws are as of the date beside them."),
};

static void put_texts(const struct html *h, const char *title, const char *const *texts, size_t n)
{
        html_put(h, "<h3>%s</h3>\n<ul>", title);
        for (size_t i = 0; i < n; i++)
                html_put(h, "<li>%s</li>\n", _(texts[i]));
        html_put(h, "</ul>\n");
}

static void put_policy(const struct html *h)
{
        const json_t *policy = json_object_get(h->e.words, "policy"), *area;
        size_t i;

        if (!policy)
                return;
        html_put(h, "<p>%s: ", _("Allowed areas"));
        json_array_foreach(json_object_get(policy, "areas"), i, area) html_put(
                h, "%s%s", i > 0 ? ", " : "", html_word(h, "areas", json_string_value(area)));
        html_put(h, ". %s: %" PRIu64 " %s.</p>\n", _("Logs are to be kept"),
                 html_count(policy, "log_retention_days"), _("days"));
}

static void put_basis(const struct html *h)
{
        const char *const heads[] = { _("rules, law and data in force"), _("digest"), NULL };
        const char *name;
        json_t *digest;

        if (!h->basis)
                return;
        html_put(h, "<details><summary>%s</summary>\n",
                 _("By what it was judged: files and their digests"));
        html_table(h, "", _("Files in force"), heads);
        json_object_foreach(h->basis, name, digest)
                html_put(h, "<tr><th scope=\"row\">%s</th><td><code>%s</code></td></tr>\n", name,
                         json_string_value(digest));
        html_table_end(h);
        html_put(h, "</details>\n");
}

int html_method(struct html *h)
{
        put_texts(h, _("Method"), method, ELEMENTSOF(method));
        put_policy(h);
        put_texts(h, _("Limits"), limits, ELEMENTSOF(limits));
        html_put(h, "<p>%s: %" PRIu64 ". %s: <time>%s</time>. vigie %s.</p>\n", _("Calls made"),
                 h->calls, _("Judged as of"), h->judged ? h->judged : "-", VIGIE_VERSION);
        put_basis(h);
        html_put(h, "<p class=\"note\"><b>%s</b></p>\n",
                 report_rule_text(h->e.words, "disclaimer", h->request->language));
        return 0;
}
