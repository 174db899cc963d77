#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "daemon/base/json.h"
#include "daemon/model/fact.h"
#include "tests/support/ovh.h"

/* ---- durations and flavours --------------------------------------------------------------------
 */

static const struct {
        const char *text;
        int code;
        uint64_t days;
} durations[] = {
        { "P14D", 0, 14 },
        { "P2W", 0, 14 },
        { "P1M", 0, 31 },
        { "P5M", 0, 153 },
        { "P6M", 0, 184 },
        { "P1Y", 0, 365 },
        { "P1Y6M", 0, 549 },
        { "P180D", 0, 180 },
        { "P1Y2M3DT4H", 0, 430 },
        { "PT24H", 0, 0 },
        { "", -EINVAL, 0 },
        { "P", -EINVAL, 0 },
        { "14D", -EINVAL, 0 },
        { "PD", -EINVAL, 0 },
        { "P1X", -EINVAL, 0 },
        { "P1", -EINVAL, 0 },
        { "P9999999D", -EINVAL, 0 },
};

/* Six calendar months are enough where the law asks for six months, five and 180 days are not. */
static void durations_are_days_by_the_calendar(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(durations); i++) {
                uint64_t days = 0;

                if (ovh_duration_days(durations[i].text, &days) != durations[i].code ||
                    days != durations[i].days)
                        fail_msg("'%s': %llu", durations[i].text, (unsigned long long)days);
        }
}

static const struct {
        const char *flavor, *gpu;
        bool cpu;
} flavors[] = {
        { "a100-180", "NVIDIA A100", false },
        { "a10-45", "NVIDIA A10", false },
        { "l40s-90", "NVIDIA L40S", false },
        { "l4-90", "NVIDIA L4", false },
        { "win-t1-le-45", "NVIDIA Tesla V100", false },
        { "t2-le-90", "NVIDIA Tesla V100S", false },
        { "H100-380", "NVIDIA H100", false },
        { "b200-1", "NVIDIA B200", false },
        { "rtx5000-28", "NVIDIA Quadro RTX 5000", false },
        { "b2-7", NULL, true },
        { "b3-8", NULL, true },
        { "win-c2-15", NULL, true },
        { "s1-2", NULL, true },
        { "i1-45", NULL, true },
        { "q9-1", NULL, false },
        { "bare", NULL, false },
        { "", NULL, false },
};

static void flavors_tell_their_family(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(flavors); i++) {
                bool cpu = !flavors[i].cpu;
                const char *gpu = ovh_gpu_of_flavor(flavors[i].flavor, &cpu);

                if (cpu != flavors[i].cpu || (gpu != NULL) != (flavors[i].gpu != NULL) ||
                    (gpu && strcmp(gpu, flavors[i].gpu) != 0))
                        fail_msg("%s: %s", flavors[i].flavor, gpu ? gpu : "none");
        }
}

/* ---- facts -------------------------------------------------------------------------------------
 */

enum { FACTS_MAX = 4 };

static const struct {
        const char *what, *function, *item;
        const char *before; /* facts that list and details gave */
        struct {
                const char *name, *is; /* a JSON value; "absent"; "?" and part of the cause; "-":
                                          not set at all */
        } facts[FACTS_MAX];
} cases[] = {
        { .what = "a model by its variable",
          .function = "ovh_app",
          .item = "{\"spec\":{\"envVars\":[{\"name\":\"MODEL_ID\",\"value\":\"m/1\"}]}}",
          .facts = { { "model.id", "\"m/1\"" },
                     { "log.inference", "?cannot be forwarded" },
                     { "encryption.at_rest", "?says nothing" },
                     { "model.source", "-" } } },
        { .what = "a model by the command",
          .function = "ovh_app",
          .item = "{\"spec\":{\"command\":[\"vllm\",\"serve\",\"--model\",\"m/2\"]}}",
          .facts = { { "model.id", "\"m/2\"" } } },
        { .what = "a model by one word",
          .function = "ovh_app",
          .item = "{\"spec\":{\"command\":[\"sh -c 'vllm --model m/3 --port 80'\"]}}",
          .facts = { { "model.id", "\"m/3\"" } } },
        { .what = "a model by an equal sign",
          .function = "ovh_app",
          .item = "{\"spec\":{\"command\":[\"--model=m/4\"]}}",
          .facts = { { "model.id", "\"m/4\"" } } },
        { .what = "another option",
          .function = "ovh_app",
          .item = "{\"spec\":{\"command\":[\"--model-path\",\"/data\",\"--model\",\"--port\"]}}",
          .facts = { { "model.id", "?has no field for the model" } } },
        { .what = "a partner's app",
          .function = "ovh_app",
          .item = "{\"spec\":{\"partnerId\":\"lettria\"}}",
          .facts = { { "model.source", "\"marketplace\"" } } },

        { .what = "OVHcloud's own store",
          .function = "ovh_datastore",
          .item = "{\"owner\":\"ovhcloud\",\"endpoint\":\"https://storage.gra.cloud.ovh.net\"}",
          .facts = { { "store.region", "\"GRA\"" }, { "store.copies", "?is copied" } } },
        { .what = "a customer's store in Canada",
          .function = "ovh_datastore",
          .item = "{\"owner\":\"customer\",\"endpoint\":\"https://s3.bhs.io.cloud.ovh.net/\"}",
          .facts = { { "store.region", "\"BHS\"" }, { "processing.third_party", "-" } } },
        { .what = "a Git server",
          .function = "ovh_datastore",
          .item = "{\"owner\":\"customer\",\"endpoint\":\"git@github.com:hexagone/corpus.git\"}",
          .facts = { { "store.region", "?kept by github.com" },
                     { "processing.third_party", "\"github.com\"" } } },
        { .what = "another provider's store, with a key in its address",
          .function = "ovh_datastore",
          .item = "{\"owner\":\"customer\",\"endpoint\":\"https://k:leaked@s3.amazonaws.com/b\"}",
          .facts = { { "processing.third_party", "\"s3.amazonaws.com\"" } } },
        { .what = "a host that only looks like OVHcloud's",
          .function = "ovh_datastore",
          .item = "{\"owner\":\"customer\",\"endpoint\":\"https://"
                  "s3.gra.cloud.ovh.net.example.org\"}",
          .facts = { { "processing.third_party", "\"s3.gra.cloud.ovh.net.example.org\"" } } },
        { .what = "OVHcloud's, but which region",
          .function = "ovh_datastore",
          .item = "{\"owner\":\"customer\",\"endpoint\":\"https://storage.ovh.net\"}",
          .facts = { { "store.region", "?does not name a region" } } },
        { .what = "no endpoint",
          .function = "ovh_datastore",
          .item = "{\"owner\":\"customer\"}",
          .facts = { { "store.region", "?is not said" } } },

        { .what = "counted by the list of flavours",
          .function = "ovh_instance",
          .item = "{\"flavorName\":\"t1-90\"}",
          .before = "{\"compute.accelerators\":{\"state\":\"known\",\"value\":2}}",
          .facts = { { "compute.accelerators", "2" },
                     { "compute.accelerator", "\"NVIDIA Tesla V100\"" } } },
        { .what = "named, not counted",
          .function = "ovh_instance",
          .item = "{\"flavorName\":\"a100-180\"}",
          .before = "{\"compute.accelerators\":{\"state\":\"unknown\",\"cause\":\"denied\"}}",
          .facts = { { "compute.accelerators", "?not how many" },
                     { "compute.accelerator", "\"NVIDIA A100\"" } } },
        { .what = "no GPU, whatever could not be read",
          .function = "ovh_instance",
          .item = "{\"flavorName\":\"b2-7\"}",
          .before = "{\"compute.accelerators\":{\"state\":\"unknown\",\"cause\":\"denied\"}}",
          .facts = { { "compute.accelerators", "0" }, { "compute.accelerator", "-" } } },
        { .what = "a family that nobody knows stays unknown",
          .function = "ovh_instance",
          .item = "{\"flavorName\":\"q9-1\"}",
          .before = "{\"compute.accelerators\":{\"state\":\"unknown\",\"cause\":\"denied\"}}",
          .facts = { { "compute.accelerators", "?denied" } } },
        { .what = "a new family, of which the flavour's kind says that it has GPUs",
          .function = "ovh_instance",
          .item = "{\"flavorName\":\"q9-1\"}",
          .before = "{\"compute.accelerators\":{\"state\":\"absent\"},\"compute.family\":{"
                    "\"state\":\"known\",\"value\":\"ovh.ssd.gpu9\"}}",
          .facts = { { "compute.accelerators", "?not how many" } } },
        { .what = "the pool's flavour among all",
          .function = "ovh_pool",
          .item = "{\"flavor\":\"l4-180\"}",
          .before = "{\"compute.accelerators\":{\"state\":\"known\",\"value\":{\"l4-180\":2,"
                    "\"b2-7\":0}}}",
          .facts = { { "compute.accelerators", "2" } } },
        { .what = "a pool of a flavour that is no longer listed",
          .function = "ovh_pool",
          .item = "{\"flavor\":\"q9-1\"}",
          .before = "{\"compute.accelerators\":{\"state\":\"known\",\"value\":{\"b2-7\":0}}}",
          .facts = { { "compute.accelerators", "absent" } } },

#define RETENTION(value) "{\"log.retention_days\":{\"state\":\"known\",\"value\":\"" value "\"}}"
        { .what = "an index",
          .function = "ovh_stream",
          .item = "{\"indexingEnabled\":true,\"coldStorageEnabled\":false}",
          .before = RETENTION("P1Y"),
          .facts = { { "log.retention_days", "365" },
                     { "log.enabled", "true" },
                     { "log.locked", "?can be deleted" } } },
        { .what = "an archive keeps longer",
          .function = "ovh_stream",
          .item = "{\"indexingEnabled\":true,\"coldStorageEnabled\":true,\"coldStorageRetention\":"
                  "2}",
          .before = RETENTION("P14D"),
          .facts = { { "log.retention_days", "730" } } },
        { .what = "an archive alone",
          .function = "ovh_stream",
          .item = "{\"indexingEnabled\":false,\"coldStorageEnabled\":true,\"coldStorageRetention\":"
                  "1}",
          .before = RETENTION("P14D"),
          .facts = { { "log.retention_days", "365" } } },
        { .what = "an archive without its years",
          .function = "ovh_stream",
          .item = "{\"indexingEnabled\":false,\"coldStorageEnabled\":true,\"coldStorageRetention\":"
                  "null}",
          .before = RETENTION("P14D"),
          .facts = { { "log.retention_days", "?without a number of years" } } },
        { .what = "neither",
          .function = "ovh_stream",
          .item = "{\"indexingEnabled\":false,\"coldStorageEnabled\":false}",
          .before = RETENTION("P14D"),
          .facts = { { "log.retention_days", "absent" }, { "log.enabled", "false" } } },
        { .what = "full, and paused when full",
          .function = "ovh_stream",
          .item = "{\"indexingEnabled\":true,\"pauseIndexingOnMaxSize\":true,\"indexingMaxSize\":1,"
                  "\"indexingCurrentSize\":1000000000}",
          .before = RETENTION("P1Y"),
          .facts = { { "log.retention_days", "?is full" } } },
        { .what = "full, but it goes on",
          .function = "ovh_stream",
          .item = "{\"indexingEnabled\":true,\"pauseIndexingOnMaxSize\":false,\"indexingMaxSize\":"
                  "1,"
                  "\"indexingCurrentSize\":1000000000}",
          .before = RETENTION("P1Y"),
          .facts = { { "log.retention_days", "365" } } },
        { .what = "a retention that was not read",
          .function = "ovh_stream",
          .item = "{\"indexingEnabled\":true}",
          .before = "{\"log.retention_days\":{\"state\":\"unknown\",\"cause\":\"denied: no\"}}",
          .facts = { { "log.retention_days", "?denied: no" } } },
        { .what = "a retention that is none",
          .function = "ovh_stream",
          .item = "{\"indexingEnabled\":true}",
          .before = RETENTION("soon"),
          .facts = { { "log.retention_days", "?no duration" } } },
};

static void run(const char *function, struct resource *r, const json_t *item)
{
        struct error err = { 0 };

        for (size_t i = 0; i < ovh_provider.n_refinements; i++) {
                if (strcmp(ovh_provider.refinements[i].name, function) != 0)
                        continue;
                assert_int_equal(ovh_provider.refinements[i].run(NULL, r, item, &err), 0);
                return;
        }
        fail_msg("no %s", function);
}

static bool fact_is(const json_t *facts, const char *name, const char *want)
{
        const json_t *value = NULL;
        const char *cause = NULL;
        json_auto_t *expected = NULL;

        if (strcmp(want, "-") == 0)
                return json_object_get(facts, name) == NULL;
        switch (fact_get(facts, name, &value, &cause)) {
        case FACT_ABSENT:
                return strcmp(want, "absent") == 0;
        case FACT_UNKNOWN:
                return want[0] == '?' && strstr(cause, want + 1) != NULL;
        case FACT_KNOWN:
                expected = json_loads(want, JSON_DECODE_ANY, NULL);
                return expected && json_equal(value, expected);
        }
        return false;
}

static void facts_are_what_the_item_says(void **state)
{
        static const struct place place = {
                .provider = "ovh", .account = "lab", .scope = "p", .region = "GRA"
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct resource *r = resource_new(&place, "ovh.test");
                json_auto_t *item = json_loads(cases[i].item, 0, NULL);
                json_auto_t *before =
                        cases[i].before ? json_loads(cases[i].before, 0, NULL) : json_object();

                assert_non_null(item);
                assert_int_equal(json_object_update(r->facts, before), 0);
                run(cases[i].function, r, item);
                for (size_t k = 0; k < FACTS_MAX && cases[i].facts[k].name; k++)
                        if (!fact_is(r->facts, cases[i].facts[k].name, cases[i].facts[k].is)) {
                                _cleanup_(freep) char *all = json_dumps(r->facts, 0);

                                fail_msg("%s: %s: %s", cases[i].what, cases[i].facts[k].name, all);
                        }
                (void)resource_free(r);
        }
}

/* The project's tags hold until the thing says otherwise; what the platform writes declares
 * nothing. */
static void tags_of_its_own_go_before_the_projects(void **state)
{
        static const struct place place = {
                .provider = "ovh", .account = "lab", .scope = "p", .region = "GRA"
        };
        struct resource *r = resource_new(&place, "ovh.ai.app");
        json_auto_t *item = json_pack("{s{s{ss ss}}}", "spec", "labels", "ai-act-risk", "limited",
                                      "ovh/id", "x");
        json_auto_t *want =
                json_pack("{ss ss}", "ai-act-risk", "limited", "ai-act-owner", "project");

        (void)json_set_string(r->tags, "ai-act-risk", "minimal");
        (void)json_set_string(r->tags, "ai-act-owner", "project");
        (void)json_set_string(r->tags, "ovh:internal", "x");
        run("ovh_job", r, item);
        assert_true(json_equal(r->tags, want));
        (void)resource_free(r);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(durations_are_days_by_the_calendar),
                cmocka_unit_test(flavors_tell_their_family),
                cmocka_unit_test(facts_are_what_the_item_says),
                cmocka_unit_test(tags_of_its_own_go_before_the_projects),
        };

        return cmocka_run_group_tests_name("ovh refine", tests, NULL, NULL);
}
