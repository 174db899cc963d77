/* What the rows of Hugging Face, Replicate and Mistral cannot say, on single items. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/model/fact.h"
#include "providers/provider.h"

#define NOW (UINT64_C(1795471200) * USEC_PER_SEC) /* 2026-11-23T22:00:00Z */

extern const struct provider huggingface_provider, mistral_provider, replicate_provider;

static const struct account_config lab = { .name = (char *)"lab" };

struct expected {
        const char *provider, *refinement, *what;
        const char *region, *topic, *facts, *item; /* before */
        const char *region_after;                  /* NULL: as before */
        struct {
                const char *fact, *value; /* JSON, "absent", or "?" and a part of the cause */
        } after[3];
};

/* clang-format off */
static const struct expected cases[] = {
        { "huggingface", "huggingface_endpoint", "open to all", "us-east-1", NULL, "{}", "{\"type\":\"public\"}", NULL,
          { { "exposure.public", "true" }, { "exposure.auth", "false" } } },
        { "huggingface", "huggingface_endpoint", "any account", "us-east-1", NULL, "{}", "{\"type\":\"authenticated\",\"accountId\":null}", NULL,
          { { "exposure.public", "true" }, { "exposure.auth", "true" } } },
        { "huggingface", "huggingface_endpoint", "its older name", "us-east-1", NULL, "{}", "{\"type\":\"protected\"}", NULL,
          { { "exposure.public", "true" }, { "exposure.auth", "true" } } },
        { "huggingface", "huggingface_endpoint", "members, by the Internet", "us-east-1", NULL, "{}", "{\"type\":\"private\",\"status\":{\"private\":null}}", NULL,
          { { "exposure.public", "true" }, { "exposure.auth", "true" } } },
        { "huggingface", "huggingface_endpoint", "PrivateLink", "us-east-1", NULL, "{}", "{\"type\":\"private\",\"status\":{\"private\":{\"serviceName\":\"x\"}}}", NULL,
          { { "exposure.public", "false" }, { "exposure.auth", "true" } } },
        { "huggingface", "huggingface_endpoint", "a word of tomorrow", "us-east-1", NULL, "{}", "{\"type\":\"semi-public\"}", NULL,
          { { "exposure.public", "?none that is known" }, { "exposure.auth", "?none that is known" } } },
        { "huggingface", "huggingface_endpoint", "no word", "us-east-1", NULL, "{}", "{}", NULL,
          { { "exposure.public", "?none that is known" } } },

        { "huggingface", "huggingface_place", "a Space in the EU", "global", NULL, "{}", "{\"region\":\"eu\"}", "eu", { { "processing.documented", "\"eu\"" } } },
        { "huggingface", "huggingface_place", "a Space that says nothing", "global", NULL, "{}", "{\"tags\":[\"gradio\"]}", "us", { { "processing.documented", "\"us\"" } } },
        { "huggingface", "huggingface_place", "a dataset, by its tag", "global", "data-store", "{}", "{\"tags\":[\"region:eu\"]}", "eu", { { "store.region", "\"eu\"" } } },
        { "huggingface", "huggingface_dataset", "a dataset for anybody", "global", "data-store", "{}", "{\"private\":false,\"gated\":false}", "us",
          { { "exposure.auth", "false" }, { "store.region", "\"us\"" } } },
        { "huggingface", "huggingface_dataset", "a private dataset", "global", "data-store", "{}", "{\"private\":true,\"gated\":false}", "us", { { "exposure.auth", "true" } } },
        { "huggingface", "huggingface_dataset", "a gated dataset", "global", "data-store", "{}", "{\"private\":false,\"gated\":\"manual\"}", "us", { { "exposure.auth", "true" } } },
        { "huggingface", "huggingface_dataset", "a dataset that does not say", "global", "data-store", "{}", "{\"private\":false}", "us", { { "exposure.auth", "absent" } } },

        { "huggingface", "huggingface_model", "made from another", "global", NULL, "{}",
          "{\"tags\":[\"base_model:a/b\",\"base_model:finetune:a/b\"]}", "us", { { "model.base", "\"a/b\"" }, { "model.source", "\"fine-tuned\"" } } },
        { "huggingface", "huggingface_model", "only smaller", "global", NULL, "{}",
          "{\"tags\":[\"base_model:quantized:a/b\",\"region:eu\"]}", "eu", { { "model.base", "\"a/b\"" }, { "model.source", "absent" } } },
        { "huggingface", "huggingface_model", "of its own", "global", NULL, "{}", "{\"tags\":[]}", "us", { { "model.base", "absent" }, { "model.source", "absent" } } },

        { "huggingface", "huggingface_metrics", "a counter beside a histogram of the same", "global", "usage", "{}",
          "{\"types\":{\"http_requests\":\"counter\",\"request_seconds\":\"histogram\"},\"samples\":{\"http_requests_total\":40.0,\"request_seconds_count\":41.0,"
          "\"request_seconds_sum\":900.0,\"request_seconds_bucket\":9000.0}}", NULL, { { "usage.quantity", "41.0" } } },
        { "huggingface", "huggingface_metrics", "a counter by its old name", "global", "usage", "{}",
          "{\"types\":{\"te_request_count\":\"counter\"},\"samples\":{\"te_request_count\":3.0}}", NULL, { { "usage.quantity", "3.0" } } },
        { "huggingface", "huggingface_metrics", "no calls yet", "global", "usage", "{}",
          "{\"types\":{\"http_requests\":\"counter\"},\"samples\":{\"http_requests_total\":0.0}}", NULL, { { "usage.quantity", "0.0" } } },
        { "huggingface", "huggingface_metrics", "a size is no count", "global", "usage", "{}",
          "{\"types\":{\"request_queue\":\"gauge\",\"tokens\":\"counter\"},\"samples\":{\"request_queue\":7.0,\"tokens_total\":9.0}}", NULL,
          { { "usage.quantity", "?none of the endpoint's metrics counts requests" } } },
        { "huggingface", "huggingface_metrics", "nothing", "global", "usage", "{}", "{\"types\":{},\"samples\":{}}", NULL,
          { { "usage.quantity", "?counts requests" } } },

        { "replicate", "replicate_owner", "the account's", "global", NULL, "{\"model.id\":{\"state\":\"known\",\"value\":\"hexagone/tri\"}}", "{}", NULL,
          { { "model.custom", "true" }, { "model.maker", "\"hexagone\"" } } },
        { "replicate", "replicate_owner", "of one whose name begins so", "global", NULL, "{\"model.id\":{\"state\":\"known\",\"value\":\"hexagone-2/tri\"}}", "{}", NULL,
          { { "model.custom", "false" }, { "model.maker", "\"hexagone-2\"" } } },
        { "replicate", "replicate_owner", "no model", "global", NULL, "{\"model.id\":{\"state\":\"absent\"}}", "{}", NULL,
          { { "model.custom", "?not collected" } } },

        { "replicate", "replicate_training", "named by what it made", "global", NULL, "{\"model.id\":{\"state\":\"absent\"}}", "{\"output\":{\"version\":\"hexagone/style:5c7d\"}}", NULL,
          { { "model.id", "\"hexagone/style\"" }, { "model.custom", "true" } } },
        { "replicate", "replicate_training", "named by its destination", "global", NULL, "{\"model.id\":{\"state\":\"known\",\"value\":\"hexagone/tri\"}}",
          "{\"output\":{\"version\":\"hexagone/style:5c7d\"}}", NULL, { { "model.id", "\"hexagone/tri\"" } } },
        { "replicate", "replicate_training", "that has made nothing", "global", NULL, "{\"model.id\":{\"state\":\"absent\"}}", "{\"output\":null}", NULL,
          { { "model.id", "absent" } } },

        { "mistral", "mistral_usage", "in the EU's zone", "eu", NULL, "{}",
          "{\"chat\":{\"models\":{\"b\":{},\"a\":{}}},\"ocr\":{\"models\":{\"a\":{}}},\"audio\":{\"models\":{}},\"currency\":\"EUR\"}", "eu-efta",
          { { "model.id", "[\"a\",\"b\"]" }, { "service.kind", "[\"chat\",\"ocr\"]" }, { "processing.regions", "[\"eu-efta\"]" } } },
        { "mistral", "mistral_usage", "of libraries, of training and of Vibe alone", "global", NULL, "{}",
          "{\"chat\":{\"models\":{}},\"libraries_api\":{\"pages\":{\"models\":{\"c\":{}}},\"tokens\":{\"models\":{\"a\":{}}}},\"fine_tuning\":{\"training\":{\"b\":{}},"
          "\"storage\":{\"ft:x\":1}},\"vibe_code\":{\"completion\":{\"models\":{\"d\":{}}}},\"vibe_usage\":1.5,\"prices\":[{\"models\":{\"z\":1}}]}", NULL,
          { { "model.id", "[\"a\",\"b\",\"c\",\"d\"]" }, { "service.kind", "[\"fine_tuning\",\"libraries_api\",\"vibe_code\"]" } } },
        { "mistral", "mistral_usage", "nothing", "us", NULL, "{}", "{\"chat\":{\"models\":{}},\"currency\":\"EUR\"}", NULL,
          { { "model.id", "absent" }, { "processing.regions", "?not collected" } } },

        { "mistral", "mistral_guardrails", "what it filters", "global", NULL, "{}",
          "{\"guardrails\":[{\"block_on_error\":true,\"moderation_llm_v1\":null,\"moderation_llm_v2\":{\"model_name\":\"m\",\"custom_category_thresholds\":{\"pii\":0.1,"
          "\"health\":null,\"law\":0.5}}},{\"moderation_llm_v1\":{\"custom_category_thresholds\":{\"pii\":0.3}}}]}", NULL,
          { { "guardrail.id", "[\"moderation_llm_v1\",\"moderation_llm_v2\"]" }, { "guardrail.filters", "[\"law\",\"pii\"]" } } },
        { "mistral", "mistral_guardrails", "all categories by their default", "global", NULL, "{}",
          "{\"guardrails\":[{\"moderation_llm_v2\":{\"custom_category_thresholds\":null}}]}", NULL,
          { { "guardrail.id", "[\"moderation_llm_v2\"]" }, { "guardrail.filters", "absent" } } },
        { "mistral", "mistral_guardrails", "one that checks nothing", "global", NULL, "{}", "{\"guardrails\":[{\"block_on_error\":true}]}", NULL,
          { { "guardrail.id", "absent" } } },
        { "mistral", "mistral_guardrails", "none", "global", NULL, "{}", "{\"guardrails\":null}", NULL,
          { { "guardrail.id", "absent" }, { "guardrail.filters", "absent" } } },

        { "mistral", "mistral_audit", "half a year and a day", "global", "audit-log", "{}", "{\"created_at\":\"2026-05-22T21:00:00Z\"}", NULL, { { "log.retention_days", "184" } } },
        { "mistral", "mistral_audit", "in steps of thirty days", "global", "audit-log", "{}", "{\"created_at\":\"2026-04-01T21:00:00Z\"}", NULL, { { "log.retention_days", "214" } } },
        { "mistral", "mistral_audit", "young", "global", "audit-log", "{}", "{\"created_at\":\"2026-05-26T00:00:00Z\"}", NULL,
          { { "log.retention_days", "?the oldest is of 2026-05-26" } } },
        { "mistral", "mistral_audit", "from tomorrow", "global", "audit-log", "{}", "{\"created_at\":\"2027-05-26T00:00:00Z\"}", NULL,
          { { "log.retention_days", "?does not say its time" } } },
};
/* clang-format on */

static const struct provider *provider_of(const char *name)
{
        const struct provider *const all[] = { &huggingface_provider, &mistral_provider,
                                               &replicate_provider };

        for (size_t i = 0; i < ELEMENTSOF(all); i++)
                if (strcmp(all[i]->name, name) == 0)
                        return all[i];
        return NULL;
}

/* Open and signed in, so that it knows what time it is. */
static struct account *open_account(const struct provider *p)
{
        struct scope workspace = { .id = (char *)"w", .level = (char *)"workspace" };
        struct message_request req = { 0 };
        struct account *a = NULL;
        struct error err = { 0 };

        if (p->account_new(&a, &lab, NULL, &err) < 0)
                fail_msg("%s", err.text);
        assert_int_equal(p->sign_in(a, &workspace, NOW, &req, NULL, &err), SIGN_IN_READY);
        message_request_done(&req);
        return a;
}

static void run(const struct provider *p, const char *name, struct resource *r, const json_t *item)
{
        struct account *a = open_account(p);

        for (size_t i = 0; i < p->n_refinements; i++)
                if (strcmp(p->refinements[i].name, name) == 0)
                        assert_int_equal(p->refinements[i].run(a, r, item, NULL), 0);
        (void)p->account_free(a);
}

static void assert_fact(const struct resource *r, const char *name, const char *expected)
{
        const json_t *value = NULL;
        const char *cause = NULL;
        enum fact_state state = fact_get(r->facts, name, &value, &cause);
        _cleanup_(freep) char *text = value ? json_canonical(value) : NULL;

        if (strcmp(expected, "absent") == 0) {
                assert_int_equal(state, FACT_ABSENT);
        } else if (*expected == '?') {
                assert_int_equal(state, FACT_UNKNOWN);
                assert_non_null(strstr(cause, expected + 1));
        } else {
                assert_int_equal(state, FACT_KNOWN);
                assert_string_equal(text, expected);
        }
}

static void mlaas_refinements_read_items(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const struct expected *c = &cases[i];
                const struct place place = { .provider = c->provider,
                                             .account = "lab",
                                             .scope = "hexagone",
                                             .region = c->region };
                _cleanup_(resource_freep) struct resource *r = resource_new(&place, "x.y");
                json_auto_t *item = json_loads(c->item, 0, NULL);
                json_auto_t *facts = json_loads(c->facts, 0, NULL);

                (void)fprintf(stderr, "%s: %s\n", c->refinement, c->what);
                assert_non_null(r);
                (void)json_object_update(r->facts, facts);
                if (c->topic)
                        r->topic = strdup(c->topic);
                run(provider_of(c->provider), c->refinement, r, item);
                assert_string_equal(r->region, c->region_after ? c->region_after : c->region);
                for (size_t k = 0; k < ELEMENTSOF(c->after) && c->after[k].fact; k++)
                        assert_fact(r, c->after[k].fact, c->after[k].value);
        }
}

/* ---- what whoami tells of a token --------------------------------------------------------------
 */

#define WHO(auth) "{\"name\": \"moi\", \"orgs\": [{\"name\": \"hexagone\"}], \"auth\": " auth "}"
#define FINE(scoped)                                                                               \
        WHO("{\"accessToken\": {\"role\": \"fineGrained\", \"fineGrained\": {\"scoped\": " scoped  \
            "}}}")
#define ON(type, name, permission)                                                                 \
        "[{\"entity\": {\"type\": \"" type "\", \"name\": \"" name                                 \
        "\"}, \"permissions\": [\"" permission "\"]}]"

static void answer(struct account *a, const char *path, const json_t *query, const char *scope,
                   const char *body, struct reply_meaning *m)
{
        struct scope of = { .id = (char *)scope, .level = (char *)"namespace" };
        const struct call_instance call = {
                .host = "huggingface.co", .path = path, .query = query, .scope = scope ? &of : NULL
        };
        struct message_reply reply = { .status = 200,
                                       .headers = strdup(""),
                                       .body = BUFFER_INIT(4096) };

        buffer_add(&reply.body, body);
        huggingface_provider.interpret(a, &call, &reply, m);
        message_reply_done(&reply);
        assert_int_equal(m->kind, REPLY_OK);
        json_decref(m->body);
}

static void huggingface_lists_are_worth_what_the_token_sees(void **state)
{
        static const struct {
                const char *whoami, *scope, *partial; /* "": the list is whole */
        } tokens[] = {
                { WHO("{\"accessToken\": {\"role\": \"read\"}}"), "hexagone", "" },
                { WHO("{\"accessToken\": {\"role\": \"read\"}}"), "moi", "" },
                { WHO("{\"accessToken\": {\"role\": \"write\"}}"), "autre", "does not belong" },
                { FINE(ON("org", "hexagone", "repo.content.read")), "hexagone", "" },
                { FINE(ON("org", "hexagone", "repo.write")), "hexagone", "" },
                { FINE(ON("org", "hexagone", "job.write")), "hexagone", "may not read" },
                { FINE(ON("org", "hexagone", "repo.content.read")), "moi", "may not read" },
                { FINE(ON("user", "moi", "repo.content.read")), "moi", "" },
                /* one repository is not all of them */
                { FINE(ON("model", "hexagone", "repo.content.read")), "hexagone", "may not read" },
                { FINE("[]"), "hexagone", "may not read" },
                { WHO("{}"), "hexagone", "does not say" },
                { NULL, "hexagone", "is not known" },
        };

        for (size_t i = 0; i < ELEMENTSOF(tokens); i++) {
                struct account *a = open_account(&huggingface_provider);
                json_auto_t *query = json_pack("{ss}", "author", tokens[i].scope);
                struct reply_meaning m;

                if (tokens[i].whoami)
                        answer(a, "/api/whoami-v2", NULL, NULL, tokens[i].whoami, &m);
                answer(a, "/api/models", query, tokens[i].scope, "[]", &m);
                if (*tokens[i].partial)
                        assert_non_null(strstr(m.partial, tokens[i].partial));
                else
                        assert_string_equal(m.partial, "");
                /* what is not a list by author is refused where it may not be read */
                answer(a, "/api/jobs/hexagone", NULL, tokens[i].scope, "[]", &m);
                assert_string_equal(m.partial, "");
                (void)huggingface_provider.account_free(a);
        }
}

static int setup(void **state)
{
        (void)setenv("HF_TOKEN", "hf_x", 1);
        (void)setenv("MISTRAL_API_KEY", "x", 1);
        (void)setenv("REPLICATE_API_TOKEN", "r8_x", 1);
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(mlaas_refinements_read_items),
                cmocka_unit_test(huggingface_lists_are_worth_what_the_token_sees),
        };

        return cmocka_run_group_tests(tests, setup, NULL);
}
