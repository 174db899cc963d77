/* What the key may do, as signing in reads it, and what that makes of a list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "providers/provider.h"

#define NOW (UINT64_C(1795471200) * USEC_PER_SEC) /* 2026-11-23T22:00:00Z */
#define HOST "https://api.scaleway.com"
#define IAM HOST "/iam/v1alpha1/"
#define PAGE "organization_id=o-1&page=1&page_size=100"
#define DENIED "{\"type\":\"permissions_denied\",\"message\":\"insufficient permissions\"}"

extern const struct provider scaleway_provider;

enum { EXCHANGES_MAX = 9 };

struct exchange {
        const char *url; /* what is asked */
        int status;
        const char *body;
};

#define KEY(bearer)                                                                                \
        {                                                                                          \
                IAM "api-keys/SCWLAB", 200, bearer                                                 \
        }
#define KEY_OF_APPLICATION KEY("{\"application_id\":\"a-1\",\"user_id\":null}")
#define APPLICATION                                                                                \
        KEY_OF_APPLICATION,                                                                        \
        {                                                                                          \
                IAM "applications/a-1", 200, "{\"id\":\"a-1\",\"organization_id\":\"o-1\"}"        \
        }
#define NO_GROUPS                                                                                  \
        {                                                                                          \
                IAM "groups?" PAGE "&application_ids=a-1", 200,                                    \
                        "{\"groups\":[],\"total_count\":0}"                                        \
        }
#define ONE_POLICY                                                                                 \
        {                                                                                          \
                IAM "policies?" PAGE "&application_ids=a-1", 200,                                  \
                        "{\"policies\":[{\"id\":\"p-1\"}],\"total_count\":1}"                      \
        }
#define RULES(rules)                                                                               \
        {                                                                                          \
                IAM "rules?" PAGE "&policy_id=p-1", 200,                                           \
                        "{\"rules\":[" rules "],\"total_count\":1}"                                \
        }
#define PROJECTS                                                                                   \
        {                                                                                          \
                HOST "/account/v3/projects?" PAGE, 200,                                            \
                        "{\"projects\":[{\"id\":\"x-1\"},{\"id\":\"x-2\"}],\"total_count\":2}"     \
        }
#define ORGANIZATION_RULE(set)                                                                     \
        "{\"permission_set_names\":[\"" set "\"],\"organization_id\":\"o-1\"}"
#define PROJECT_RULE(set) "{\"permission_set_names\":[\"" set "\"],\"project_ids\":[\"x-1\"]}"

struct case_of_key {
        const char *what;
        struct exchange exchanges[EXCHANGES_MAX];
        /* a list of InferenceReadOnly over the organisation, with and without something in it */
        enum reply_kind empty;
        const char *empty_text, *filled_text; /* in text or partial; NULL: nothing is said */
        bool without_access_key;
        const char *scopes;
};

static const struct case_of_key cases[] = {
        { .what = "the owner",
          .exchanges = { KEY("{\"application_id\":null,\"user_id\":\"u-1\"}"),
                         { IAM "users/u-1", 200,
                           "{\"id\":\"u-1\",\"type\":\"owner\",\"organization_id\":\"o-1\"}" } },
          .empty = REPLY_OK },
        { .what = "a member, through a group",
          .exchanges = { KEY("{\"user_id\":\"u-1\"}"),
                         { IAM "users/u-1", 200, "{\"id\":\"u-1\",\"type\":\"member\"}" },
                         { IAM "groups?" PAGE "&user_ids=u-1", 200,
                           "{\"groups\":[{\"id\":\"g-1\"}],\"total_count\":1}" },
                         { IAM "policies?" PAGE "&user_ids=u-1", 200,
                           "{\"policies\":[],\"total_count\":0}" },
                         { IAM "policies?" PAGE "&group_ids=g-1", 200,
                           "{\"policies\":[{\"id\":\"p-1\"}],\"total_count\":1}" },
                         RULES(ORGANIZATION_RULE("AllProductsReadOnly")) },
          .empty = REPLY_OK },
        { .what = "the set itself",
          .exchanges = { APPLICATION, NO_GROUPS, ONE_POLICY,
                         RULES(ORGANIZATION_RULE("InferenceReadOnly")) },
          .empty = REPLY_OK },
        { .what = "the set that also writes",
          .exchanges = { APPLICATION, NO_GROUPS, ONE_POLICY,
                         RULES(ORGANIZATION_RULE("InferenceFullAccess")) },
          .empty = REPLY_OK },
        { .what = "in pages that are smaller than asked for",
          .exchanges = { APPLICATION,
                         NO_GROUPS,
                         ONE_POLICY,
                         { IAM "rules?" PAGE "&policy_id=p-1", 200,
                           "{\"rules\":[" ORGANIZATION_RULE(
                                   "KubernetesReadOnly") "],"
                                                         "\"total_count\":2}" },
                         { IAM "rules?organization_id=o-1&page=2&page_size=100&policy_id=p-1", 200,
                           "{\"rules\":[" ORGANIZATION_RULE(
                                   "InferenceReadOnly") "],"
                                                        "\"total_count\":2}" } },
          .empty = REPLY_OK },
        { .what = "another product's",
          .exchanges = { APPLICATION, NO_GROUPS, ONE_POLICY,
                         RULES(ORGANIZATION_RULE("KubernetesReadOnly")) },
          .empty = REPLY_DENIED,
          .empty_text = "no policy gives the key InferenceReadOnly" },
        { .what = "no policy at all",
          .exchanges = { APPLICATION,
                         NO_GROUPS,
                         { IAM "policies?" PAGE "&application_ids=a-1", 200,
                           "{\"policies\":[],\"total_count\":0}" } },
          .empty = REPLY_DENIED,
          .empty_text = "no policy gives the key InferenceReadOnly" },
        { .what = "one project of two",
          .exchanges = { APPLICATION, NO_GROUPS, ONE_POLICY,
                         RULES(PROJECT_RULE("InferenceReadOnly")), PROJECTS },
          .empty = REPLY_OK,
          .empty_text = "InferenceReadOnly in 1 project, what is there is not in the list: x-2",
          .filled_text = "InferenceReadOnly in 1 project, what is there is not in the list: x-2" },
        { .what = "one project, and it is the one that is wanted",
          .exchanges = { APPLICATION, NO_GROUPS, ONE_POLICY,
                         RULES(PROJECT_RULE("InferenceReadOnly")) },
          .empty = REPLY_OK,
          .scopes = "x-1" },
        { .what = "one project, and which there are cannot be read",
          .exchanges = { APPLICATION,
                         NO_GROUPS,
                         ONE_POLICY,
                         RULES(PROJECT_RULE("InferenceReadOnly")),
                         { HOST "/account/v3/projects?" PAGE, 403, DENIED } },
          .empty = REPLY_OK,
          .empty_text = "the projects cannot be read",
          .filled_text = "the projects cannot be read" },
        { .what = "IAM may not be read",
          .exchanges = { { IAM "api-keys/SCWLAB", 403, DENIED } },
          .empty = REPLY_OK,
          .empty_text = "is not known (the API key: insufficient permissions): give the key "
                        "IAMReadOnly" },
        { .what = "the policies may not be read",
          .exchanges = { APPLICATION,
                         NO_GROUPS,
                         { IAM "policies?" PAGE "&application_ids=a-1", 403, DENIED } },
          .empty = REPLY_OK,
          .empty_text = "(the policies of its bearer: insufficient permissions)" },
        { .what = "a reply that is none",
          .exchanges = { APPLICATION, { IAM "groups?" PAGE "&application_ids=a-1", 200, "{}" } },
          .empty = REPLY_OK,
          .empty_text = "(the groups of its bearer: the reply has no list of them)" },
        { .what = "asked again when it was for now only",
          .exchanges = { { IAM "api-keys/SCWLAB", 503, "" },
                         APPLICATION,
                         NO_GROUPS,
                         { IAM "policies?" PAGE "&application_ids=a-1", 429, "" },
                         ONE_POLICY,
                         RULES(ORGANIZATION_RULE("InferenceReadOnly")) },
          .empty = REPLY_OK },
        { .what = "without an access key nobody is asked",
          .without_access_key = true,
          .empty = REPLY_OK,
          .empty_text = "its access key is not known (set SCW_ACCESS_KEY)" },
};

static struct account *open_account(const struct case_of_key *k)
{
        static char *scopes[] = { NULL, NULL };
        static struct account_config config = { .name = (char *)"lab" };
        struct account *a = NULL;

        assert_int_equal(setenv("SCW_SECRET_KEY", "00000000-aaaa-0000-0000-000000000002", 1), 0);
        assert_int_equal(setenv("SCW_CONFIG_PATH", "/nonexistent/config.yaml", 1), 0);
        assert_int_equal(setenv("SCW_DEFAULT_ORGANIZATION_ID", "o-1", 1), 0);
        assert_int_equal(setenv("SCW_ACCESS_KEY", "SCWLAB", 1), 0);
        if (k->without_access_key)
                assert_int_equal(unsetenv("SCW_ACCESS_KEY"), 0);
        scopes[0] = (char *)k->scopes;
        config.scopes = k->scopes ? scopes : NULL;
        assert_int_equal(scaleway_provider.account_new(&a, &config, NULL, NULL), 0);
        return a;
}

static int answer(struct account *a, const struct scope *scope, const struct exchange *x)
{
        struct message_reply reply = { .status = x->status,
                                       .headers = strdup(""),
                                       .body = BUFFER_INIT(4096) };
        struct error err = { 0 };
        int r;

        buffer_add(&reply.body, x->body);
        r = scaleway_provider.signed_in(a, scope, &reply, NOW, &err);
        message_reply_done(&reply);
        return r;
}

static int step(struct account *a, const struct scope *scope, const char *url)
{
        struct message_request req = { 0 };
        struct error err = { 0 };
        int r = scaleway_provider.sign_in(a, scope, NOW, &req, NULL, &err);

        if (url)
                assert_string_equal(r == SIGN_IN_REQUEST ? req.url : "nothing", url);
        message_request_done(&req);
        return r;
}

static void sign_in(struct account *a, const struct case_of_key *k)
{
        for (const struct exchange *x = k->exchanges; x->url; x++) {
                int r;

                assert_int_equal(step(a, NULL, x->url), SIGN_IN_REQUEST);
                r = answer(a, NULL, x);
                assert_int_equal(r, x->status == 503 || x->status == 429 ? -EAGAIN : 0);
        }
        assert_int_equal(step(a, NULL, NULL), SIGN_IN_READY);
}

/* ---- what a list says then ---------------------------------------------------------------------
 */

static void interpret(struct account *a, const struct call_instance *like, bool is_resource,
                      const char *body, struct reply_meaning *ret)
{
        struct service service = { .id = (char *)"scaleway.inference" };
        struct collector collector = { .service = &service,
                                       .type = is_resource ? (char *)"iaas" : NULL };
        struct call_instance call = *like;
        struct message_reply reply = { .status = 200,
                                       .headers = strdup(""),
                                       .body = BUFFER_INIT(4096) };

        collector.list = *like->call;
        collector.list.collector = &collector;
        collector.list.service = &service;
        call.call = &collector.list;
        call.host = "api.scaleway.com";
        buffer_add(&reply.body, body);
        scaleway_provider.interpret(a, &call, &reply, ret);
        message_reply_done(&reply);
}

static void expect_text(const struct reply_meaning *m, const char *text)
{
        const char *said = m->kind == REPLY_OK ? m->partial : m->text;

        if (text ? !strstr(said, text) : m->partial[0] != '\0')
                fail_msg("'%s' is said, not '%s'", said, text ? text : "");
}

static void lists_are_read_in_the_light_of_what_the_key_may(void **state)
{
        static const struct call list = { .items = (char *)"deployments",
                                          .permission = (char *)"InferenceReadOnly" };
        json_auto_t *query = json_pack("{ss}", "organization_id", "o-1");
        const struct call_instance call = { .call = &list,
                                            .path = "/inference/v1/regions/fr-par/deployments",
                                            .query = query };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const struct case_of_key *k = &cases[i];
                struct account *a = open_account(k);
                struct reply_meaning m;

                print_message("%s\n", k->what);
                sign_in(a, k);
                interpret(a, &call, false, "{\"deployments\":[],\"total_count\":0}", &m);
                assert_int_equal(m.kind, k->empty);
                expect_text(&m, k->empty_text);
                json_decref(m.body);
                interpret(a, &call, false, "{\"deployments\":[{\"id\":\"d\"}],\"total_count\":1}",
                          &m);
                assert_int_equal(m.kind, REPLY_OK);
                expect_text(&m, k->filled_text);
                json_decref(m.body);
                (void)scaleway_provider.account_free(a);
        }
}

static const struct case_of_key inference_only = {
        .exchanges = { APPLICATION, NO_GROUPS, ONE_POLICY, RULES(PROJECT_RULE("InferenceReadOnly")),
                       PROJECTS },
};

/* The same for everybody, or about one project, or not to be seen in the reply. */
static void lists_of_other_shapes(void **state)
{
        static const struct scope in = { .id = (char *)"x-1", .level = (char *)"project" };
        static const struct scope out = { .id = (char *)"x-2", .level = (char *)"project" };
        static const struct scope organization = { .id = (char *)"o-1",
                                                   .level = (char *)"organization" };
        static const struct {
                const char *what, *items, *permission, *body;
                const struct scope *scope;
                bool of_organization;
                enum reply_kind kind;
                bool is_resource;
        } lists[] = {
                { "node types are everybody's", "node_types", "InferenceReadOnly",
                  "{\"node_types\":[]}", &organization, false, REPLY_OK, false },
                { "machines are somebody's, though nobody is named", "servers", "DediboxReadOnly",
                  "{\"servers\":[]}", &organization, false, REPLY_DENIED, true },
                { "a project that may be read", "deployments", "InferenceReadOnly",
                  "{\"deployments\":[]}", &in, false, REPLY_OK, false },
                { "a project that may not", "deployments", "InferenceReadOnly",
                  "{\"deployments\":[]}", &out, false, REPLY_DENIED, false },
                { "the whole reply is the item", ".", "AuditTrailReadOnly",
                  "{\"events\":[],\"next_page_token\":null}", &organization, true, REPLY_DENIED,
                  false },
                { "and there is something in it", ".", "AuditTrailReadOnly",
                  "{\"events\":[{}],\"next_page_token\":null}", &organization, true, REPLY_OK,
                  false },
                { "an object without lists", ".", "ObservabilityReadOnly",
                  "{\"product_logs_retention\":{}}", &organization, true, REPLY_OK, false },
                { "the map of things is empty", "servers", "InstancesReadOnly", "{\"servers\":{}}",
                  &organization, true, REPLY_DENIED, false },
        };
        json_auto_t *query = json_pack("{ss}", "organization_id", "o-1");
        struct account *a = open_account(&inference_only);

        sign_in(a, &inference_only);
        for (size_t i = 0; i < ELEMENTSOF(lists); i++) {
                const struct call list = { .items = (char *)lists[i].items,
                                           .permission = (char *)lists[i].permission };
                const struct call_instance call = {
                        .call = &list,
                        .path = "/x",
                        .scope = lists[i].scope,
                        .query = lists[i].of_organization ? query : NULL,
                };
                struct reply_meaning m;

                print_message("%s\n", lists[i].what);
                interpret(a, &call, lists[i].is_resource, lists[i].body, &m);
                assert_int_equal(m.kind, lists[i].kind);
                json_decref(m.body);
        }
        (void)scaleway_provider.account_free(a);
}

/* Sessions of two scopes sign in at the same time: one learns, the other waits by asking. */
static void two_sessions_do_not_mix_up_what_they_learn(void **state)
{
        static const struct scope one = { .id = (char *)"o-1", .level = (char *)"organization" };
        static const struct scope two = { .id = (char *)"x-1", .level = (char *)"project" };
        struct account *a = open_account(&inference_only);

        for (const struct exchange *x = inference_only.exchanges; x->url; x++) {
                assert_int_equal(step(a, &one, x->url), SIGN_IN_REQUEST);
                assert_int_equal(step(a, &two, inference_only.exchanges[0].url), SIGN_IN_REQUEST);
                assert_int_equal(answer(a, &two, &inference_only.exchanges[0]), 0);
                assert_int_equal(answer(a, &one, x), 0);
        }
        assert_int_equal(step(a, &two, NULL), SIGN_IN_READY);
        assert_int_equal(step(a, &one, NULL), SIGN_IN_READY);
        (void)scaleway_provider.account_free(a);
}

/* Not for ever: what is not known stays unknown. */
static void policies_without_end_are_given_up(void **state)
{
        static const struct exchange more = {
                NULL, 200, "{\"groups\":[{\"id\":\"g\"}],\"total_count\":9999}"
        };
        static const struct case_of_key key = { .what = "" };
        struct account *a = open_account(&key);
        int asked = 1;

        assert_int_equal(step(a, NULL, NULL), SIGN_IN_REQUEST);
        assert_int_equal(answer(a, NULL, &(struct exchange)KEY_OF_APPLICATION), 0);
        for (; step(a, NULL, NULL) == SIGN_IN_REQUEST; asked++)
                assert_int_equal(answer(a, NULL, &more), 0);
        assert_int_equal(asked, 12);
        (void)scaleway_provider.account_free(a);
}

static void a_key_of_another_organisation_ends_the_sign_in(void **state)
{
        static const struct exchange other = { NULL, 200,
                                               "{\"id\":\"a-1\",\"organization_id\":\"o-2\"}" };
        static const struct case_of_key key = { .what = "" };
        struct account *a = open_account(&key);
        struct message_request req = { 0 };
        struct error err = { 0 };

        assert_int_equal(step(a, NULL, NULL), SIGN_IN_REQUEST);
        assert_int_equal(answer(a, NULL, &(struct exchange)KEY_OF_APPLICATION), 0);
        assert_int_equal(step(a, NULL, IAM "applications/a-1"), SIGN_IN_REQUEST);
        assert_int_equal(answer(a, NULL, &other), -EACCES);
        assert_int_equal(scaleway_provider.sign_in(a, NULL, NOW, &req, NULL, &err), -EACCES);
        assert_non_null(strstr(err.text, "belongs to the organisation o-2, not to o-1"));
        (void)scaleway_provider.account_free(a);
}

static void a_refused_key_ends_the_sign_in(void **state)
{
        static const struct exchange refused = {
                NULL, 401, "{\"type\":\"denied_authentication\",\"reason\":\"not_found\"}"
        };
        static const struct case_of_key key = { .what = "" };
        struct account *a = open_account(&key);

        assert_int_equal(step(a, NULL, NULL), SIGN_IN_REQUEST);
        assert_int_equal(answer(a, NULL, &refused), -EACCES);
        assert_int_equal(step(a, NULL, NULL), -EACCES);
        (void)scaleway_provider.account_free(a);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(lists_are_read_in_the_light_of_what_the_key_may),
                cmocka_unit_test(lists_of_other_shapes),
                cmocka_unit_test(two_sessions_do_not_mix_up_what_they_learn),
                cmocka_unit_test(policies_without_end_are_given_up),
                cmocka_unit_test(a_key_of_another_organisation_ends_the_sign_in),
                cmocka_unit_test(a_refused_key_ends_the_sign_in),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
