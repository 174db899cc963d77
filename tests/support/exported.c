#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/exported.h"

#include "daemon/base/json.h"
#include "daemon/model/fact.h"

#include <string.h>

/* Every resource has a pass of its own; a store that sees a list again takes what is not in it for
 * missing. */
static const struct visit a = { .ids = "a", .collector = "aws.bedrock.agent" },
                          bcd = { .ids = "b c d" },
                          e = { .ids = "e", .collector = "aws.sagemaker.notebook_instance" },
                          denied = { .region = "eu-west-3", .state = COVERAGE_DENIED };

static const char RULES[] =
        "[{\"id\": \"LOC-001\", \"title\": {\"en\": \"Outside\", \"fr\": \"Dehors\"},"
        "  \"explanation\": {\"en\": \"Why it matters.\", \"fr\": \"Pourquoi.\"},"
        "  \"basis\": [\"AIA 12\", \"AIA 26(6)\", \"GDPR 44\", \"policy\"],"
        "  \"remediation\": {\"aws\": {\"en\": \"Move it.\", \"fr\": \"La déplacer.\"}}},"
        " {\"id\": \"LOG-001\", \"title\": {\"en\": \"No log\", \"fr\": \"Sans journal\"},"
        "  \"basis\": [\"completeness of evidence\"]},"
        " {\"id\": \"SEC-001\", \"title\": {\"en\": \"Open\", \"fr\": \"Ouvert\"}, \"basis\": []}]";

static const char WORDS[] =
        "{\"providers\": {\"aws\": {\"en\": \"AWS\", \"fr\": \"AWS\"}},"
        " \"account_types\": {\"aws\": {\"en\": \"AWS Account\", \"fr\": \"AWS Account\"}},"
        " \"ocsf_account_types\": {\"aws\": {\"en\": \"10\", \"fr\": \"10\"}},"
        " \"disclaimer\": {\"en\": \"No advice.\", \"fr\": \"Pas un avis.\"}}";

static const char DESCRIPTION[] =
        "{\"country\": \"IE\", \"area\": \"eu\", \"risk\": \"limited\", \"duties\": [],"
        " \"roles\": {\"customer\": {\"role\": \"deployer\", \"confidence\": \"high\","
        " \"reason\": \"uses\"}}}";

static void put_a(struct ledger *l)
{
        _cleanup_(resource_freep) struct resource *r = ledger_resource(&a, "a");

        (void)fact_set_known_take(r->facts, "processing.regions",
                                  json_pack("[s, s]", "eu-west-1", "us-east-1"), 0);
        (void)fact_set_known_take(r->facts, "model.id", json_pack("[s, s]", "m-1", "m-1"), 0);
        (void)fact_set_known_take(r->facts, "model.maker", json_string("Maker"), 0);
        (void)fact_set_known_take(r->facts, "endpoint.url",
                                  json_pack("[s, s]", "https://a.example/x", "not a url"), 0);
        (void)fact_set_known_take(r->facts, "exposure.auth", json_false(), 0);
        (void)fact_set_unknown(r->facts, "log.destination", "denied: s3:GetBucket");
        (void)fact_set_absent(r->facts, "data.inputs", 0);
        ledger_put(l, &a, r);
}

static void put_e(struct ledger *l)
{
        _cleanup_(resource_freep) struct resource *r = ledger_resource(&e, "e");
        char longest[257];

        memset(longest, 'x', sizeof(longest) - 1);
        longest[sizeof(longest) - 1] = '\0';
        free(r->name);
        r->name = strdup(EXPORTED_HOSTILE "\xff"); /* and no UTF-8 at its end */
        (void)json_object_set_new(r->tags, "</script>", json_string(EXPORTED_HOSTILE));
        (void)json_object_set_new(r->tags, longest, json_string(longest));
        (void)json_object_set_new(r->tags, "blank", json_string(" "));
        ledger_put(l, &e, r);
}

static void judge(struct ledger *l)
{
        json_auto_t *waiver = json_pack("{s:s, s:s, s:s, s:s}", "id", "W-1", "owner", "Risques",
                                        "reason", "Essai", "until", "2027-03-31");
        json_auto_t *evidence = json_pack("[{s:s, s:s, s:s, s:i}]", "call", "ListEndpoints",
                                          "request_id", "r-1", "sha256", "00ff", "status", 200);
        const char *const why[LANGUAGE_MAX] = { "what was seen", "ce qui a été vu" };
        struct judgement like = { .rule = "LOC-001",
                                  .verdict = VERDICT_PASS,
                                  .severity = SEVERITY_INFO,
                                  .evidence = evidence,
                                  .applies_from = "2026-08-02",
                                  .state = "in-application" };

        like.why[LANGUAGE_EN] = why[0];
        like.why[LANGUAGE_FR] = why[1];
        ledger_judge(l, &a, "a", &like);
        like.verdict = VERDICT_FAIL;
        like.severity = SEVERITY_HIGH;
        ledger_judge(l, &bcd, "b", &like);
        like.verdict = VERDICT_WAIVED;
        like.waiver = waiver;
        ledger_judge(l, &bcd, "d", &like);
        like.waiver = NULL;
        like.verdict = VERDICT_UNKNOWN;
        like.severity = SEVERITY_MEDIUM;
        ledger_judge(l, &bcd, "c", &like);
        like = (struct judgement){ .rule = "LOG-001",
                                   .verdict = VERDICT_FAIL,
                                   .severity = SEVERITY_LOW,
                                   .state = "not-dated" };
        ledger_judge(l, &bcd, NULL, &like);
}

void exported_fill(struct ledger *l)
{
        json_auto_t *rules = json_loads(RULES, 0, NULL), *words = json_loads(WORDS, 0, NULL);
        json_auto_t *description = json_loads(DESCRIPTION, 0, NULL);
        _cleanup_(resource_freep) struct resource *r = ledger_resource(&a, "a");
        char key[RESOURCE_KEY_MAX];
        struct error err = { 0 };

        ledger_begin(l);
        put_a(l);
        ledger_visit(l, &bcd);
        put_e(l);
        ledger_visit(l, &denied);
        ledger_collected(l, true);
        assert_true(rules && words && description);
        if (store_rules(l->scan, "digest", rules, words, &err) < 0 ||
            store_describe(l->scan, resource_key(r, key), description, &err) < 0)
                fail_msg("%s", err.text);
        judge(l);
        ledger_end(l);
}

char *exported_text(struct ledger *l, enum report_format format, enum report_part part,
                    const struct store_filter *filter)
{
        static const struct store_filter none = { 0 };
        struct report_request request = { .store = l->store,
                                          .part = part,
                                          .filter = filter ? filter : &none,
                                          .language = LANGUAGE_EN };
        struct error err = { 0 };
        char *text = NULL;
        size_t size;

        request.terminal.out = open_memstream(&text, &size);
        assert_non_null(request.terminal.out);
        if (report_write(&request, format, &err) < 0)
                fail_msg("%s", err.text);
        (void)fclose(request.terminal.out);
        return text;
}

json_t *exported_json(struct ledger *l, enum report_format format, enum report_part part,
                      const struct store_filter *filter)
{
        _cleanup_(freep) char *text = exported_text(l, format, part, filter);
        json_error_t error;
        json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, &error);

        if (!document)
                fail_msg("line %d: %s: %s", error.line, error.text, text);
        return document;
}

const json_t *exported_with(const json_t *array, const char *member, const char *text)
{
        for (size_t i = 0; i < json_array_size(array); i++) {
                const char *value = json_path_string(json_array_get(array, i), member);

                if (value && strcmp(value, text) == 0)
                        return json_array_get(array, i);
        }
        return NULL;
}
