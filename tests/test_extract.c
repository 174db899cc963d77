#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "daemon/base/json.h"
#include "daemon/engine/extract.h"
#include "daemon/model/fact.h"

static const struct paging token_paging = { .style = PAGING_TOKEN,
                                            .response = (char *)"NextToken" };
static const struct place place = { "aws", "prod", "111122223333", "eu-west-3" };

static json_t *item_value(void *user, const char *name)
{
        return json_path(user, name);
}

/* What a list may look like, and what no list is. */
static void extract_items_tells_lists_from_other_things(void **state)
{
        static const struct {
                const char *items, *body, *expected; /* NULL: refused */
        } cases[] = {
                { "Endpoints", "{\"Endpoints\":[{\"a\":1},{\"a\":2}]}", "[{\"a\":1},{\"a\":2}]" },
                { "Endpoints", "{\"Endpoints\":[],\"NextToken\":\"x\"}", "[]" },
                { "Endpoints", "{}", "[]" },
                { "Endpoints", "{\"Endpoints\":null}", "[]" },
                { "Endpoints", "{\"NextToken\":\"x\"}", "[]" },
                { "Endpoints", "{\"error\":\"proxy\"}", NULL },
                { "Endpoints", "{\"Endpoints\":\"none\"}", NULL },
                { "Endpoints", "{\"Endpoints\":[true]}", NULL },
                { "Endpoints", "[]", NULL },
                { "clusters", "{\"clusters\":[\"one\",\"two\"]}",
                  "[{\"_value\":\"one\"},{\"_value\":\"two\"}]" },
                { "servers", "{\"servers\":{\"L4\":{\"gpu\":1}}}",
                  "[{\"_key\":\"L4\",\"gpu\":1}]" },
                { ".", "{\"a\":1}", "[{\"a\":1}]" },
                { ".", "[{\"a\":1}]", "[{\"a\":1}]" },
                { "sets[].items", "{\"sets\":[{\"items\":[{\"a\":1}]},{\"items\":[{\"a\":2}]}]}",
                  NULL },
                { "sets[].items[]", "{\"sets\":[{\"items\":[{\"a\":1}]},{\"items\":[{\"a\":2}]}]}",
                  "[{\"a\":1},{\"a\":2}]" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const struct call call = { .items = (char *)cases[i].items };
                json_auto_t *body = json_loads(cases[i].body, 0, NULL), *items = NULL;
                _cleanup_(freep) char *text = NULL;
                struct error err = { 0 };
                int r = extract_items(body, &call, &token_paging, &items, &err);

                assert_int_equal(r, cases[i].expected ? 0 : -EBADMSG);
                text = items ? json_canonical(items) : NULL;
                if (cases[i].expected)
                        assert_string_equal(text, cases[i].expected);
        }
}

/* What the provider has beside its lists may stand there alone: only then is the list empty. */
static void extract_items_know_the_envelope(void **state)
{
        static const char *const envelope[] = { "unit", "kind", NULL };
        static const struct {
                const char *body;
                int result;
        } cases[] = {
                { "{\"unit\":\"1\"}", 0 },
                { "{\"unit\":\"1\",\"kind\":\"x#list\",\"NextToken\":\"t\"}", 0 },
                { "{\"unit\":\"1\",\"error\":\"proxy\"}", -EBADMSG },
        };
        const struct service service = { .envelope = envelope };
        const struct call call = { .items = (char *)"timeSeries", .service = &service };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                json_auto_t *body = json_loads(cases[i].body, 0, NULL), *items = NULL;
                struct error err = { 0 };

                assert_int_equal(extract_items(body, &call, &token_paging, &items, &err),
                                 cases[i].result);
                assert_int_equal(json_array_size(items), 0);
        }
}

static struct resource *some_resource(void)
{
        return resource_new(&place, "aws.sagemaker.endpoint");
}

static void assert_fact(const struct resource *r, const char *name, const char *state,
                        const char *value)
{
        const json_t *known = NULL;
        enum fact_state s = fact_get(r->facts, name, &known, NULL);
        _cleanup_(freep) char *text = known ? json_canonical(known) : NULL;

        assert_string_equal(fact_state_name(s), state);
        if (value)
                assert_string_equal(text, value);
}

/* Every form of a fact, with the field there, missing, null and empty. */
static void extract_facts_reads_every_form(void **state)
{
        static const struct {
                const char *spec, *body, *state, *value;
        } cases[] = {
                { "\"a.b\"", "{\"a\":{\"b\":5}}", "known", "5" },
                { "\"a.b\"", "{\"a\":{}}", "absent", NULL },
                { "\"a.b\"", "{\"a\":{\"b\":null}}", "absent", NULL },
                { "\"a.b\"", "{\"a\":{\"b\":\"\"}}", "absent", NULL },
                { "\"a[].b\"", "{\"a\":[{\"b\":1},{\"c\":2}]}", "known", "[1]" },
                { "\"a[].b\"", "{\"a\":[]}", "absent", NULL },
                { "\"a\"", "{\"a\":false}", "known", "false" },
                { "{\"path\":\"a\",\"equals\":\"x\"}", "{\"a\":\"x\"}", "known", "true" },
                { "{\"path\":\"a\",\"equals\":\"x\"}", "{\"a\":\"y\"}", "known", "false" },
                { "{\"path\":\"a\",\"equals\":\"x\"}", "{}", "absent", NULL },
                { "{\"path\":\"a\",\"not_equals\":\"x\"}", "{\"a\":\"y\"}", "known", "true" },
                { "{\"path\":\"a\",\"not_equals\":\"x\"}", "{}", "absent", NULL },
                { "{\"path\":\"a\",\"in\":[\"x\",\"y\"]}", "{\"a\":\"y\"}", "known", "true" },
                { "{\"path\":\"a\",\"in\":[\"x\"]}", "{\"a\":\"z\"}", "known", "false" },
                { "{\"path\":\"a\",\"map\":{\"Enabled\":true}}", "{\"a\":\"Enabled\"}", "known",
                  "true" },
                { "{\"path\":\"a\",\"map\":{\"Enabled\":true}}", "{\"a\":\"New\"}", "known",
                  "\"New\"" },
                { "{\"path\":\"a\",\"map\":{\"Own\":null}}", "{\"a\":\"Own\"}", "absent", NULL },
                { "{\"path\":\"a\",\"map\":{\"Own\":null}}", "{\"a\":\"New\"}", "known",
                  "\"New\"" },
                { "{\"path\":\"a[].b\",\"has\":true}", "{\"a\":[{\"b\":false},{\"b\":true}]}",
                  "known", "true" },
                { "{\"path\":\"a[].b\",\"has\":true}", "{\"a\":[{\"b\":false}]}", "known",
                  "false" },
                { "{\"path\":\"a[].b\",\"has\":true}", "{\"a\":[]}", "absent", NULL },
                { "{\"path\":\"a\",\"has\":\"x\"}", "{\"a\":\"x\"}", "known", "true" },
                { "{\"path\":\"a\",\"has\":\"x\"}", "{}", "absent", NULL },
                { "{\"path\":\"a\",\"present\":true}", "{\"a\":{}}", "known", "true" },
                { "{\"path\":\"a\",\"present\":true}", "{}", "known", "false" },
                { "{\"path\":\"a\",\"present\":true}", "{\"a\":[]}", "known", "false" },
                { "{\"path\":\"a\",\"count\":true}", "{\"a\":[1,2]}", "known", "2" },
                { "{\"path\":\"a\",\"count\":true}", "{\"a\":[]}", "known", "0" },
                { "{\"path\":\"a\",\"count\":true}", "{}", "absent", NULL },
                { "{\"path\":\"a\",\"default\":\"never\"}", "{}", "known", "\"never\"" },
                { "{\"path\":\"a\",\"default\":\"never\"}", "{\"a\":90}", "known", "90" },
                { "{\"value\":\"fr-par\"}", "{}", "known", "\"fr-par\"" },
                { "{\"unknown\":\"no call tells it\"}", "{}", "unknown", NULL },
                { "{\"value\":\"{b}\"}", "{\"b\":\"x\"}", "known", "\"x\"" },
                { "{\"paths\":[\"a\",\"b\"]}", "{\"a\":\"x\",\"b\":[\"y\",\"z\"]}", "known",
                  "[\"x\",\"y\",\"z\"]" },
                { "{\"paths\":[\"a\",\"b\"]}", "{}", "absent", NULL },
                { "{\"path\":\"a\",\"as\":\"s3://{value}/{b?}\"}", "{\"a\":\"x\",\"b\":\"p/\"}",
                  "known", "\"s3://x/p/\"" },
                { "{\"path\":\"a\",\"as\":\"s3://{value}/{b?}\"}", "{\"a\":[\"x\",\"y\"]}", "known",
                  "[\"s3://x/\",\"s3://y/\"]" },
                { "{\"path\":\"a\",\"as\":\"s3://{value}\"}", "{\"b\":\"x\"}", "absent", NULL },
                { "{\"path\":\"a\",\"as\":\"{nothing}/{value}\"}", "{\"a\":\"x\"}", "known",
                  "\"x\"" },
                { "{\"paths\":[{\"path\":\"a\",\"as\":\"s3://{value}\"},\"b\"]}",
                  "{\"a\":\"x\",\"b\":\"y\"}", "known", "[\"s3://x\",\"y\"]" },
                { "{\"path\":\"a\",\"time\":true}", "{\"a\":1768465800.5}", "known",
                  "\"2026-01-15T08:30:00Z\"" },
                { "{\"path\":\"a\",\"time\":true}", "{\"a\":\"soon\"}", "absent", NULL },
                { "{\"path\":\"a[].n\",\"sum\":true}",
                  "{\"a\":[{\"n\":2.0},{\"n\":3},{\"n\":\"0.5\"}]}", "known", "5.5" },
                { "{\"path\":\"a[].n\",\"sum\":true}", "{\"a\":[{\"n\":2.0},{\"n\":3}]}", "known",
                  "5" },
                { "{\"path\":\"a\",\"sum\":true}", "{\"a\":7}", "known", "7" },
                { "{\"path\":\"a[].n\",\"sum\":true}", "{\"a\":[{\"n\":2},{\"n\":\"many\"}]}",
                  "absent", NULL },
                { "{\"path\":\"a[].n\",\"sum\":true}", "{\"a\":[]}", "absent", NULL },
                { "{\"path\":\"a[].n\",\"sum\":true,\"default\":0}", "{\"a\":[]}", "known", "0" },
                { "{\"path\":\"a[].t\",\"newest\":true}",
                  "{\"a\":[{\"t\":1768465800.5},{\"t\":1768379400},{\"t\":\"?\"}]}", "known",
                  "\"2026-01-15T08:30:00Z\"" },
                { "{\"path\":\"a\",\"newest\":true}", "{\"a\":1768465800.5}", "known",
                  "\"2026-01-15T08:30:00Z\"" },
                { "{\"path\":\"a[].t\",\"newest\":true}", "{\"a\":[{\"t\":\"?\"}]}", "absent",
                  NULL },
                { "{\"path\":\"a[].t\",\"newest\":true}", "{\"a\":[]}", "absent", NULL },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(resource_freep) struct resource *r = some_resource();
                json_auto_t *spec = json_loads(cases[i].spec, JSON_DECODE_ANY, NULL);
                json_auto_t *facts = json_pack("{s:O}", "model.id", spec),
                            *body = json_loads(cases[i].body, 0, NULL);
                struct template_values values = { .value = item_value, .user = body };
                struct extract_source source = { .body = body, .values = &values };

                assert_int_equal(extract_facts(r, facts, &source, NULL), 0);
                assert_fact(r, "model.id", cases[i].state, cases[i].value);
        }
}

static void extract_facts_unknown_never_hides_what_is_known(void **state)
{
        _cleanup_(resource_freep) struct resource *r = some_resource();
        json_auto_t *facts = json_pack("{s:s, s:s}", "model.id", "a", "model.name", "b");
        const char *cause = NULL;

        assert_int_equal(fact_set_known_take(r->facts, "model.id", json_string("m"), 0), 0);
        assert_int_equal(extract_facts_unknown(r, facts, "denied: no", NULL), 0);
        assert_fact(r, "model.id", "known", "\"m\"");
        assert_int_equal(fact_get(r->facts, "model.name", NULL, &cause), FACT_UNKNOWN);
        assert_string_equal(cause, "denied: no");
        assert_int_equal(fact_get(r->facts, "model.base", NULL, &cause), FACT_UNKNOWN);
        assert_string_equal(cause, "not collected");
}

static void extract_facts_absence_does_not_undo_knowledge(void **state)
{
        _cleanup_(resource_freep) struct resource *r = some_resource();
        json_auto_t *facts = json_pack("{s:s}", "model.id", "a"), *body = json_object();
        struct extract_source source = { .body = body };

        assert_int_equal(fact_set_known_take(r->facts, "model.id", json_string("m"), 0), 0);
        assert_int_equal(extract_facts(r, facts, &source, NULL), 0);
        assert_fact(r, "model.id", "known", "\"m\"");
}

/* An empty text among several paths says as little as one alone. */
static void extract_facts_pass_over_empty_parts(void **state)
{
        _cleanup_(resource_freep) struct resource *r = some_resource();
        json_auto_t *facts = json_pack("{s:{s:[s,s]}}", "audit.delivery_error", "paths", "a", "b");
        json_auto_t *body = json_pack("{s:s, s:[]}", "a", "", "b");
        struct extract_source source = { .body = body };

        assert_int_equal(extract_facts(r, facts, &source, NULL), 0);
        assert_fact(r, "audit.delivery_error", "absent", NULL);
}

static const char text_of_user[] = "user";

static json_t *small_letters(void *user, const json_t *id)
{
        char text[64];

        assert_ptr_equal(user, text_of_user);
        (void)snprintf(text, sizeof(text), "%s", json_string_value(id));
        for (char *c = text; *c; c++)
                *c = (char)tolower((unsigned char)*c);
        return json_string(text);
}

/* An id in the form in which ids compare, alone or in a list; what is no text stays. */
static void extract_facts_know_ids(void **state)
{
        _cleanup_(resource_freep) struct resource *r = some_resource();
        json_auto_t *facts = json_loads("{\"log.destination\":{\"path\":\"a\",\"id\":true},"
                                        "\"role.id\":{\"path\":\"b\",\"id\":true}}",
                                        0, NULL),
                    *body = json_pack("{s:[s,i], s:s}", "a", "/Sub/X", 1, "b", "/Sub/Y");
        struct extract_source source = { .body = body,
                                         .id_key = small_letters,
                                         .user = (void *)text_of_user };

        assert_int_equal(extract_facts(r, facts, &source, NULL), 0);
        assert_fact(r, "log.destination", "known", "[\"/sub/x\",1]");
        assert_fact(r, "role.id", "known", "\"/sub/y\"");
}

static void extract_facts_of_several_calls_become_a_list(void **state)
{
        _cleanup_(resource_freep) struct resource *r = some_resource();
        json_auto_t *facts = json_pack("{s:s}", "container.image", "a");
        static const char *const bodies[] = { "{\"a\":\"x\"}", "{\"a\":\"y\"}", "{}" };

        for (size_t i = 0; i < ELEMENTSOF(bodies); i++) {
                json_auto_t *body = json_loads(bodies[i], 0, NULL);
                struct extract_source source = { .body = body, .collect = true };

                assert_int_equal(extract_facts(r, facts, &source, NULL), 0);
        }
        assert_fact(r, "container.image", "known", "[\"x\",\"y\"]");
}

static void extract_tags_takes_every_shape(void **state)
{
        static const struct {
                const char *path, *body, *expected;
        } cases[] = {
                { "Tags[Key=Value]", "{\"Tags\":[{\"Key\":\"a\",\"Value\":\"1\"}]}",
                  "{\"a\":\"1\"}" },
                { "tags", "{\"tags\":{\"a\":\"1\",\"b\":2}}", "{\"a\":\"1\",\"b\":\"2\"}" },
                { "tags", "{\"tags\":[\"a=1=2\",\"lonely\",\"\"]}",
                  "{\"a\":\"1=2\",\"lonely\":\"\"}" },
                /* of two values neither is lost */
                { "tags", "{\"tags\":[\"k=a\",\"k=b\",\"k=a\",\"k\"]}",
                  "{\"k\":\"a\",\"k=b\":\"\"}" },
                { "tags", "{}", "{}" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(resource_freep) struct resource *r = some_resource();
                json_auto_t *body = json_loads(cases[i].body, 0, NULL);
                _cleanup_(freep) char *text = NULL;

                assert_int_equal(extract_tags(r, cases[i].path, body, 0, NULL), 0);
                text = json_canonical(r->tags);
                assert_string_equal(text, cases[i].expected);
                assert_fact(r, "tags", "known", "true");
        }
}

static void extract_resource_reads_attributes(void **state)
{
        json_auto_t *item = json_loads("{\"Name\":\"n\",\"Created\":1768465800.123,\"Modified\":"
                                       "\"2026-01-15T08:30:00.5Z\","
                                       "\"kind\":\"OpenAI\",\"project\":\"p-1\"}",
                                       0, NULL);
        json_auto_t *types = json_pack("{s:s}", "OpenAI", "foundation-model");
        const struct collector c = {
                .id = (char *)"aws.x.y",
                .type = (char *)"ai-api",
                .type_by = (char *)"kind",
                .types = types,
                .resource = { .id = (char *)"arn:x:{Name}",
                              .name = (char *)"Name",
                              .created = (char *)"Created",
                              .modified = (char *)"Modified",
                              .scope = (char *)"project",
                              .status = (char *)"Status" },
        };
        struct template_values values = { .value = item_value, .user = item };
        _cleanup_(resource_freep) struct resource *r = NULL;

        assert_int_equal(extract_resource(&c, &place, item, &values, &r, NULL), 0);
        assert_string_equal(r->id, "arn:x:n");
        assert_string_equal(r->created, "2026-01-15T08:30:00Z");
        assert_string_equal(r->modified, "2026-01-15T08:30:00Z");
        assert_string_equal(r->service_type, "foundation-model");
        assert_string_equal(r->scope, "p-1");
        assert_null(r->status);
        assert_int_equal(strlen(r->listed_digest), 64);
}

/* What moves by itself does not ask the details again; what does not, does. */
static void extract_resource_ignores_what_moves(void **state)
{
        static const char *const bodies[] = { "{\"n\":\"a\",\"bytes\":1,\"days\":7}",
                                              "{\"n\":\"a\",\"bytes\":2,\"days\":7}",
                                              "{\"n\":\"a\",\"bytes\":2,\"days\":8}" };
        const char *ignore[] = { "bytes", NULL };
        const struct collector c = { .id = (char *)"aws.x.y",
                                     .type = (char *)"iaas",
                                     .ignore = (char **)ignore,
                                     .resource = { .id = (char *)"n" } };
        char digests[3][SHA256_HEX_MAX];

        for (size_t i = 0; i < ELEMENTSOF(bodies); i++) {
                json_auto_t *item = json_loads(bodies[i], 0, NULL);
                struct template_values values = { .value = item_value, .user = item };
                _cleanup_(resource_freep) struct resource *r = NULL;

                assert_int_equal(extract_resource(&c, &place, item, &values, &r, NULL), 0);
                memcpy(digests[i], r->listed_digest, SHA256_HEX_MAX);
                assert_non_null(json_object_get(item, "bytes")); /* facts may read it */
        }
        assert_string_equal(digests[0], digests[1]);
        assert_string_not_equal(digests[1], digests[2]);
}

static void extract_resource_without_id_is_refused(void **state)
{
        json_auto_t *item = json_loads("{\"Name\":\"n\"}", 0, NULL);
        const struct collector c = { .id = (char *)"aws.x.y",
                                     .type = (char *)"iaas",
                                     .resource = { .id = (char *)"Arn" } };
        struct template_values values = { .value = item_value, .user = item };
        struct resource *r = NULL;
        struct error err = { 0 };

        assert_int_equal(extract_resource(&c, &place, item, &values, &r, &err), -EBADMSG);
        assert_string_equal(err.text, "an item of aws.x.y has no 'Arn'");
}

/* keep: on paths is decided at once, on facts at the end, and what is unknown is kept. */
static void extract_keep_keeps_what_it_cannot_rule_out(void **state)
{
        json_auto_t *one = json_integer(1),
                    *gpu = json_loads("{\"type\":\"p4d.24xlarge\"}", 0, NULL),
                    *plain = json_loads("{\"type\":\"m5.large\"}", 0, NULL);
        regex_t regex;
        struct keep rows[] = {
                { .path = (char *)"type", .matches = (char *)"^p[0-9]", .regex = &regex },
                { .fact = (char *)"compute.accelerators", .at_least = one }
        };
        const struct collector by_path = { .keep = rows, .n_keep = 1 },
                               by_both = { .keep = rows, .n_keep = 2 };
        _cleanup_(resource_freep) struct resource *r = some_resource();

        assert_int_equal(regcomp(&regex, "^p[0-9]", REG_EXTENDED | REG_NOSUB), 0);
        assert_true(extract_keep(&by_path, gpu, NULL));
        assert_false(extract_keep(&by_path, plain, NULL));
        assert_true(extract_keep(&by_both, plain, NULL)); /* the fact is not there yet */
        assert_true(extract_keep(&by_both, plain, r));    /* never read: unknown */
        (void)fact_set_unknown(r->facts, "compute.accelerators", "denied");
        assert_true(extract_keep(&by_both, plain, r));
        (void)fact_set_absent(r->facts, "compute.accelerators", 0);
        assert_false(extract_keep(&by_both, plain, r));
        (void)fact_set_known_take(r->facts, "compute.accelerators", json_integer(0), 0);
        assert_false(extract_keep(&by_both, plain, r));
        (void)fact_set_known_take(r->facts, "compute.accelerators", json_integer(2), 0);
        assert_true(extract_keep(&by_both, plain, r));
        regfree(&regex);
}

static void extract_drop_drops_only_what_is_sure(void **state)
{
        json_auto_t *deleted = json_string("Deleted"),
                    *item = json_loads("{\"Status\":\"Deleted\"}", 0, NULL), *other = json_object();
        struct keep rows[] = { { .path = (char *)"Status", .equals = deleted } };
        struct keep facts[] = { { .fact = (char *)"model.id", .equals = deleted } };
        const struct collector c = { .drop = rows, .n_drop = 1 },
                               f = { .drop = facts, .n_drop = 1 };
        _cleanup_(resource_freep) struct resource *r = some_resource();

        assert_false(extract_keep(&c, item, NULL));
        assert_true(extract_keep(&c, other, NULL));
        assert_true(extract_keep(&f, item, r));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(extract_items_tells_lists_from_other_things),
                cmocka_unit_test(extract_items_know_the_envelope),
                cmocka_unit_test(extract_facts_reads_every_form),
                cmocka_unit_test(extract_facts_unknown_never_hides_what_is_known),
                cmocka_unit_test(extract_facts_absence_does_not_undo_knowledge),
                cmocka_unit_test(extract_facts_pass_over_empty_parts),
                cmocka_unit_test(extract_facts_know_ids),
                cmocka_unit_test(extract_facts_of_several_calls_become_a_list),
                cmocka_unit_test(extract_tags_takes_every_shape),
                cmocka_unit_test(extract_resource_reads_attributes),
                cmocka_unit_test(extract_resource_ignores_what_moves),
                cmocka_unit_test(extract_resource_without_id_is_refused),
                cmocka_unit_test(extract_keep_keeps_what_it_cannot_rule_out),
                cmocka_unit_test(extract_drop_drops_only_what_is_sure),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
