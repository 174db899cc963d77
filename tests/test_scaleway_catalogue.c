#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/base/buffer.h"
#include "daemon/base/json.h"
#include "daemon/engine/catalogue.h"

static int load(void **state)
{
        struct catalogue *c = NULL;
        struct error err = { 0 };

        if (catalogue_load(&c, "config", NULL, &err) < 0)
                fail_msg("%s", err.text);
        *state = c;
        return 0;
}

static int unload(void **state)
{
        (void)catalogue_free(*state);
        return 0;
}

/* Every row of the fact sheet's table: where it asks, and what it is. */
enum purpose { RESOURCE, EVIDENCE, REFERENCE, SCOPE };

/* clang-format off */
static const struct {
        const char *id, *path, *items;
        enum purpose purpose;
        const char *word; /* service type, topic or level */
        bool optional;
} rows[] = {
        { "scaleway.organization", "/account/v3/projects/{project}", ".", SCOPE, "organization", false },
        { "scaleway.project", "/account/v3/projects", "projects", SCOPE, "project", false },
        { "scaleway.inference.deployment", "/inference/v1/regions/{region}/deployments", "deployments", RESOURCE, "mlaas", false },
        { "scaleway.inference.model", "/inference/v1/regions/{region}/models", "models", RESOURCE, "foundation-model", false },
        { "scaleway.inference.catalogue", "/inference/v1/regions/{region}/models", "models", REFERENCE, NULL, false },
        { "scaleway.inference.nodetype", "/inference/v1/regions/{region}/node-types", "node_types", REFERENCE, NULL, false },
        { "scaleway.genapi.catalog", "/v1/models", "data", REFERENCE, NULL, false },
        { "scaleway.genapi.batch", "/{scope}/v1/batches", "data", RESOURCE, "ai-api", false },
        { "scaleway.genapi.usage", "/billing/v2beta1/consumptions", "consumptions", RESOURCE, "ai-api", false },
        { "scaleway.genapi.metrics", "/prometheus/api/v1/query", "data.result", RESOURCE, "ai-api", true },
        { "scaleway.genapi.keys", "/iam/v1alpha1/api-keys", "api_keys", EVIDENCE, "access", false },
        { "scaleway.genapi.policies", "/iam/v1alpha1/policies", "policies", EVIDENCE, "access", false },
        { "scaleway.genapi.rules", "/iam/v1alpha1/rules", "rules", EVIDENCE, "access", false },
        { "scaleway.instance.gpu", "/instance/v1/zones/{zone}/servers", "servers", RESOURCE, "iaas", false },
        { "scaleway.instance.types", "/instance/v1/zones/{zone}/products/servers", "servers", REFERENCE, NULL, false },
        { "scaleway.instance.security_group", "/instance/v1/zones/{zone}/security_groups", "security_groups", REFERENCE, NULL, false },
        { "scaleway.k8s.cluster", "/k8s/v1/regions/{region}/clusters", "clusters", RESOURCE, "paas", false },
        { "scaleway.k8s.cluster_type", "/k8s/v1/regions/{region}/cluster-types", "cluster_types", REFERENCE, NULL, false },
        { "scaleway.k8s.pool", "/k8s/v1/regions/{region}/clusters/{parent.id}/pools", "pools", RESOURCE, "paas-ai", false },
        { "scaleway.container.ns", "/containers/v1/regions/{region}/namespaces", "namespaces", REFERENCE, NULL, false },
        { "scaleway.container", "/containers/v1/regions/{region}/containers", "containers", RESOURCE, "paas-ai", false },
        { "scaleway.job", "/serverless-jobs/v1alpha2/regions/{region}/job-definitions", "job_definitions", RESOURCE, "paas-ai", false },
        { "scaleway.datalab", "/datalab/v1beta1/regions/{region}/datalabs", "datalabs", RESOURCE, "paas-ai", false },
        { "scaleway.datalab.nodetype", "/datalab/v1beta1/regions/{region}/node-types", "node_types", REFERENCE, NULL, false },
        { "scaleway.baremetal", "/baremetal/v1/zones/{zone}/servers", "servers", RESOURCE, "iaas", false },
        { "scaleway.baremetal.offer", "/baremetal/v1/zones/{zone}/offers", "offers", REFERENCE, NULL, false },
        { "scaleway.dedibox", "/dedibox/v1/zones/{zone}/servers", "servers", RESOURCE, "iaas", false },
        { "scaleway.qaas", "/qaas/v1alpha1/sessions", "sessions", RESOURCE, "paas", true },
        { "scaleway.qaas.process", "/qaas/v1alpha1/processes", "processes", RESOURCE, "paas", true },
        { "scaleway.qaas.job", "/qaas/v1alpha1/jobs", "jobs", RESOURCE, "paas", true },
        { "scaleway.searchdb", "/searchdb/v1alpha1/regions/{region}/deployments", "deployments", RESOURCE, "paas", true },
        { "scaleway.search", "/search/v1alpha1/resources", "resources", EVIDENCE, "inventory", true },
        { "scaleway.cockpit.ds", "/cockpit/v1/regions/{region}/data-sources", "data_sources", EVIDENCE, "log-sink", false },
        { "scaleway.cockpit.exporter", "/cockpit/v1/regions/{region}/exporters", "exporters", EVIDENCE, "log-export", false },
        { "scaleway.cockpit.products", "/cockpit/v1/regions/{region}/products", "products_list", EVIDENCE, "log-coverage", false },
        { "scaleway.cockpit.config", "/cockpit/v1/regions/{region}/config", ".", EVIDENCE, "log-bounds", false },
        { "scaleway.audit.events", "/audit-trail/v1alpha1/regions/{region}/events", ".", EVIDENCE, "audit-log", false },
        { "scaleway.audit.products", "/audit-trail/v1alpha1/regions/{region}/products", ".", EVIDENCE, "audit-coverage", false },
        { "scaleway.object_storage.log_bucket", "/{over}", ".", EVIDENCE, "log-sink", false },
        { "scaleway.object_storage.data_bucket", "/{over}", ".", EVIDENCE, "data-store", false },
        { "scaleway.audit.exports", "/audit-trail/v1alpha1/regions/{region}/export-jobs", "export_jobs", EVIDENCE, "log-export", false },
};
/* clang-format on */

static const struct collector *collector_of(const struct catalogue *c, const char *id)
{
        const struct collector *found = catalogue_find(c, id);

        if (!found)
                fail_msg("the catalogue has no '%s'", id);
        return found;
}

static void catalogue_has_every_row(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                const struct collector *c = collector_of(*state, rows[i].id);

                assert_string_equal(c->list.path, rows[i].path);
                assert_string_equal(c->list.items, rows[i].items);
                assert_int_equal(c->optional, rows[i].optional);
                assert_non_null(c->list.permission);
                switch (rows[i].purpose) {
                case RESOURCE:
                        assert_string_equal(c->type, rows[i].word);
                        break;
                case EVIDENCE:
                        assert_string_equal(c->evidence, rows[i].word);
                        break;
                case REFERENCE:
                        assert_true(c->reference);
                        break;
                case SCOPE:
                        assert_string_equal(c->yields, "scope");
                        assert_string_equal(c->level, rows[i].word);
                        break;
                }
        }
}

/* Which of the paging styles a list speaks; mixing them up loses pages in silence. */
static const struct {
        const char *id;
        enum paging_style style;
        const char *request, *size, *total, *total_header, *response;
} pagings[] = {
        { "scaleway.inference.deployment", PAGING_PAGE, "page", "page_size", "total_count", NULL,
          NULL },
        { "scaleway.project", PAGING_PAGE, "page", "page_size", "total_count", NULL, NULL },
        { "scaleway.genapi.usage", PAGING_PAGE, "page", "page_size", "total_count", NULL, NULL },
        { "scaleway.instance.gpu", PAGING_PAGE, "page", "per_page", NULL, "x-total-count", NULL },
        { "scaleway.instance.types", PAGING_PAGE, "page", "per_page", NULL, "x-total-count", NULL },
        { "scaleway.search", PAGING_TOKEN, "page_token", "page_size", NULL, NULL,
          "next_page_token" },
        { "scaleway.genapi.batch", PAGING_TOKEN, "after", "limit", NULL, NULL, "last_id" },
        { "scaleway.genapi.catalog", PAGING_NONE, NULL, NULL, NULL, NULL, NULL },
        { "scaleway.audit.exports", PAGING_PAGE, "page", "page_size", "total_count", NULL, NULL },
};

static void assert_same(const char *got, const char *want)
{
        if (want)
                assert_string_equal(got ? got : "(nothing)", want);
        else
                assert_null(got);
}

static void catalogue_pages_as_each_api_does(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(pagings); i++) {
                const struct collector *c = collector_of(*state, pagings[i].id);
                const struct paging *p = c->paging.place.line ? &c->paging : &c->service->paging;

                assert_int_equal(p->style, pagings[i].style);
                assert_same(p->request, pagings[i].request);
                assert_same(p->total, pagings[i].total);
                assert_same(p->total_header, pagings[i].total_header);
                assert_same(p->response, pagings[i].response);
                if (pagings[i].size)
                        assert_int_equal(
                                json_integer_value(json_object_get(p->size, pagings[i].size)), 100);
        }
}

static const struct {
        const char *service, *places; /* places joined by a space; NULL: it has none */
        double per_second;
} places[] = {
        { "scaleway.project", NULL, 5 },
        { "scaleway.inference.deployment", "fr-par", 5 },
        { "scaleway.instance.gpu",
          "fr-par-1 fr-par-2 fr-par-3 nl-ams-1 nl-ams-2 nl-ams-3 pl-waw-1 pl-waw-2 pl-waw-3 "
          "it-mil-1",
          5 },
        { "scaleway.k8s.cluster", "fr-par nl-ams pl-waw it-mil", 5 },
        { "scaleway.audit.events", "fr-par nl-ams pl-waw it-mil", 1 },
        { "scaleway.baremetal", "fr-par-1 fr-par-2 nl-ams-1 nl-ams-2 pl-waw-2 pl-waw-3", 5 },
        { "scaleway.dedibox", "fr-par-1 fr-par-2 nl-ams-1", 5 },
        { "scaleway.search", NULL, 1 },
};

static bool budget_is(double is, double wanted)
{
        return is >= wanted && is <= wanted;
}

static void catalogue_knows_places_and_budgets(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(places); i++) {
                const struct service *s = collector_of(*state, places[i].service)->service;
                struct buffer joined = BUFFER_INIT(256);

                for (char **p = s->places; p && *p; p++)
                        buffer_printf(&joined, "%s%s", p == s->places ? "" : " ", *p);
                assert_string_equal(buffer_text(&joined), places[i].places ? places[i].places : "");
                assert_true(
                        budget_is(s->pace_per_second > 0 ? s->pace_per_second : s->rate_per_second,
                                  places[i].per_second));
                buffer_done(&joined);
        }
}

/* Whatever is asked of the control plane comes out of one budget, that of the account. */
static void catalogue_shares_the_accounts_budget(void **state)
{
        const struct catalogue *cat = *state;
        size_t n = 0;

        for (size_t i = 0; i < cat->n_services; i++) {
                const struct service *s = cat->services[i];

                if (strcmp(s->provider, "scaleway") != 0 ||
                    strcmp(s->host, "api.scaleway.com") != 0)
                        continue;
                n++;
                assert_int_equal(s->budget, BUDGET_ACCOUNT);
                assert_true(budget_is(s->rate_per_second, 5) && budget_is(s->burst, 10));
        }
        assert_true(n > 10);
}

/* Only the places where evidence is asked can be said to have none: Cockpit and Audit Trail must be
 * asked wherever AI can run. */
static void catalogue_asks_evidence_wherever_ai_runs(void **state)
{
        static const char *const evidence[] = { "scaleway.cockpit.ds", "scaleway.audit.events",
                                                "scaleway.audit.exports" };
        const struct catalogue *cat = *state;

        for (size_t i = 0; i < cat->n_services; i++) {
                const struct service *s = cat->services[i];

                if (strcmp(s->provider, "scaleway") != 0)
                        continue;
                for (char **p = s->places; p && *p; p++)
                        for (size_t k = 0; k < ELEMENTSOF(evidence); k++) {
                                char **e = collector_of(cat, evidence[k])->service->places;

                                while (*e && strncmp(*e, *p, strlen(*e)) != 0)
                                        e++;
                                if (!*e)
                                        fail_msg("%s is not asked in %s, where %s is", evidence[k],
                                                 *p, s->id);
                        }
        }
}

static void catalogue_titles_are_in_both_languages(void **state)
{
        const struct catalogue *cat = *state;

        for (size_t i = 0; i < cat->n_services; i++)
                for (size_t k = 0; k < cat->services[i]->n_collectors; k++) {
                        const struct collector *c = &cat->services[i]->collectors[k];

                        assert_non_null(c->title.in[LANGUAGE_EN]);
                        assert_non_null(c->title.in[LANGUAGE_FR]);
                        if (c->optional)
                                assert_non_null(c->why.in[LANGUAGE_FR]);
                }
}

/* A secret in a path, a query or a fact would end up in evidence. */
static void catalogue_never_reads_values_of_variables(void **state)
{
        const struct catalogue *cat = *state;

        for (size_t i = 0; i < cat->n_services; i++) {
                const struct service *s = cat->services[i];

                for (size_t k = 0; k < s->n_collectors && strcmp(s->provider, "scaleway") == 0;
                     k++) {
                        _cleanup_(freep) char *facts =
                                s->collectors[k].facts ? json_canonical(s->collectors[k].facts)
                                                       : strdup("");

                        assert_null(strstr(facts, "environment_variables"));
                        assert_null(strstr(facts, "api_key\""));
                        assert_null(strstr(facts, "headers"));
                }
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(catalogue_has_every_row),
                cmocka_unit_test(catalogue_pages_as_each_api_does),
                cmocka_unit_test(catalogue_knows_places_and_budgets),
                cmocka_unit_test(catalogue_shares_the_accounts_budget),
                cmocka_unit_test(catalogue_asks_evidence_wherever_ai_runs),
                cmocka_unit_test(catalogue_titles_are_in_both_languages),
                cmocka_unit_test(catalogue_never_reads_values_of_variables),
        };

        return cmocka_run_group_tests(tests, load, unload);
}
