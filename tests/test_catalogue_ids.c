/* What the fact sheets list for the European clouds and the model platforms is in the catalogue:
 * each of their ids has a row, or a reason why it has none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/error.h"
#include "daemon/engine/catalogue.h"

static const struct {
        const char *sheet;
        const char *row; /* NULL: the same id */
        const char *why; /* there is no row; NULL: there is */
} ids[] = {
        /* clang-format off */
        { .sheet = "ovh.project" },
        { .sheet = "ovh.project.v2" },
        { .sheet = "ovh.ai.auth" },
        { .sheet = "ovh.ai.app" },
        { .sheet = "ovh.ai.job" },
        { .sheet = "ovh.ai.notebook" },
        { .sheet = "ovh.ai.notebook.quantum" },
        { .sheet = "ovh.ai.partner" },
        { .sheet = "ovh.ai.datastore" },
        { .sheet = "ovh.ai.registry" },
        { .sheet = "ovh.ai.token" },
        { .sheet = "ovh.ai.caps" },
        { .sheet = "ovh.aie.usage" },
        { .sheet = "ovh.aie.models" },
        { .sheet = "ovh.aie.endpoint" },
        { .sheet = "ovh.aie.batch" },
        { .sheet = "ovh.instance" },
        { .sheet = "ovh.flavor" },
        { .sheet = "ovh.instance.v2" },
        { .sheet = "ovh.kube" },
        { .sheet = "ovh.kube.pool" },
        { .sheet = "ovh.kube.flavors" },
        { .sheet = "ovh.storage.s3" },
        { .sheet = "ovh.storage.swift" },
        { .sheet = "ovh.registry" },
        { .sheet = "ovh.region" },
        { .sheet = "ovh.iam.resource" },
        { .sheet = "ovh.iam.types" },
        { .sheet = "ovh.iam.policy" },
        { .sheet = "ovh.me.apps" },
        { .sheet = "ovh.ldp" },
        { .sheet = "ovh.location" },

        { .sheet = "scaleway.project" },
        { .sheet = "scaleway.inference.deployment" },
        { .sheet = "scaleway.inference.model" },
        { .sheet = "scaleway.inference.nodetype" },
        { .sheet = "scaleway.inference.acl", .why = "gone from version 1 of the API" },
        { .sheet = "scaleway.genapi.catalog" },
        { .sheet = "scaleway.genapi.batch" },
        { .sheet = "scaleway.genapi.usage" },
        { .sheet = "scaleway.genapi.metrics" },
        { .sheet = "scaleway.genapi.keys" },
        { .sheet = "scaleway.instance.gpu" },
        { .sheet = "scaleway.instance.types" },
        { .sheet = "scaleway.k8s.cluster" },
        { .sheet = "scaleway.k8s.pool" },
        { .sheet = "scaleway.container" },
        { .sheet = "scaleway.container.ns" },
        { .sheet = "scaleway.job" },
        { .sheet = "scaleway.datalab" },
        { .sheet = "scaleway.baremetal" },
        { .sheet = "scaleway.dedibox" },
        { .sheet = "scaleway.qaas" },
        { .sheet = "scaleway.searchdb" },
        { .sheet = "scaleway.search" },
        { .sheet = "scaleway.cockpit.ds" },
        { .sheet = "scaleway.cockpit.exporter" },
        { .sheet = "scaleway.cockpit.products" },
        { .sheet = "scaleway.audit.products" },
        { .sheet = "scaleway.audit.exports" },
        { .sheet = "scaleway.audit.events" },

        { .sheet = "huggingface.endpoint" },
        { .sheet = "huggingface.endpoint.hw" },
        { .sheet = "huggingface.endpoint.metrics" },
        { .sheet = "huggingface.space" },
        { .sheet = "huggingface.space.hw" },
        { .sheet = "huggingface.job" },
        { .sheet = "huggingface.job.hw" },
        { .sheet = "huggingface.schedjob" },
        { .sheet = "huggingface.model" },
        { .sheet = "huggingface.repos" },
        { .sheet = "huggingface.providers" },

        /* the sheet shortens these; ids begin with the provider's name */
        { .sheet = "rep.deployment", .row = "replicate.deployment" },
        { .sheet = "rep.prediction", .row = "replicate.prediction" },
        { .sheet = "rep.training", .row = "replicate.training" },
        { .sheet = "rep.model", .row = "replicate.model" },
        { .sheet = "rep.hardware", .why = "a release says its hardware by itself" },
        { .sheet = "rep.file", .row = "replicate.file" },
        { .sheet = "mis.model", .row = "mistral.model" },
        { .sheet = "mis.ftjob", .row = "mistral.fine_tuning_job" },
        { .sheet = "mis.batch", .row = "mistral.batch_job" },
        { .sheet = "mis.agent", .row = "mistral.agent" },
        { .sheet = "mis.library", .row = "mistral.library" },
        { .sheet = "mis.file", .row = "mistral.file" },
        { .sheet = "mis.connector", .row = "mistral.connector" },
        { .sheet = "mis.workflow", .row = "mistral.workflow" },
        { .sheet = "mis.index", .row = "mistral.index" },
        { .sheet = "mis.conversation", .why = "personal content: it is not asked" },
        { .sheet = "mis.adm.workspace", .row = "mistral.admin.workspace" },
        { .sheet = "mis.adm.key", .row = "mistral.admin.api_key" },
        { .sheet = "mis.adm.usage", .row = "mistral.usage" },
        { .sheet = "mis.adm.audit", .row = "mistral.admin.audit" },
        { .sheet = "mis.deployment", .why = "other clouds' collectors see it" },
        /* clang-format on */
};

static void catalogue_has_a_row_for_every_id_of_the_sheets(void **state)
{
        struct catalogue *cat = NULL;
        struct error err = { 0 };

        if (catalogue_load(&cat, "config", NULL, &err) < 0)
                fail_msg("%s", err.text);
        for (size_t i = 0; i < ELEMENTSOF(ids); i++) {
                const char *id = ids[i].row ? ids[i].row : ids[i].sheet;
                bool there = catalogue_find(cat, id) != NULL;

                if (!there && !ids[i].why)
                        fail_msg("%s: no row '%s'", ids[i].sheet, id);
                if (there && ids[i].why)
                        fail_msg("%s has a row, against what is said here", id);
        }
        (void)catalogue_free(cat);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(catalogue_has_a_row_for_every_id_of_the_sheets),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
