/* What the generic test of rows cannot know of AWS's AI services: which facts stand where, what is
 * left out, and what is never kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "daemon/base/json.h"
#include "daemon/model/fact.h"
#include "tests/support/scan.h"

#define AT(service) "arn:aws:" service ":eu-west-3:111122223333:"
#define KEY AT("kms") "key/5a000000-0000-4000-8000-0000000000"
#define BOT_ALIAS AT("lex") "bot-alias/"

static const char config[] =
        "accounts:\n"
        "  - name: essai\n"
        "    provider: aws\n"
        "    network: {connect_to: '@CONNECT@', ca_file: '@CA@'}\n"
        "limits: {requests_per_second: 10000, max_backoff: 5ms, attempts: 3}\n";

/* Rows of the services with one task each: the world proves those that are here, not that they are.
 */
static const char *const ids[] = {
        "aws.rekognition.collection",
        "aws.rekognition.project",
        "aws.rekognition.project_version",
        "aws.rekognition.stream_processor",
        "aws.rekognition.media_analysis_job",
        "aws.comprehend.endpoint",
        "aws.comprehend.document_classifier",
        "aws.comprehend.entity_recognizer",
        "aws.comprehend.flywheel",
        "aws.comprehend.analysis_job",
        "aws.comprehend.analysis_job_targeted_sentiment",
        "aws.comprehend.analysis_job_entities",
        "aws.comprehend.analysis_job_key_phrases",
        "aws.comprehend.analysis_job_pii",
        "aws.comprehend.analysis_job_topics",
        "aws.comprehend.analysis_job_language",
        "aws.comprehend.analysis_job_events",
        "aws.comprehend.analysis_job_classification",
        "aws.comprehendmedical.job",
        "aws.comprehendmedical.job_phi",
        "aws.comprehendmedical.job_icd10cm",
        "aws.comprehendmedical.job_rxnorm",
        "aws.comprehendmedical.job_snomedct",
        "aws.textract.adapter",
        "aws.textract.adapter_version",
        "aws.transcribe.language_model",
        "aws.transcribe.vocabulary",
        "aws.transcribe.vocabulary_filter",
        "aws.transcribe.medical_vocabulary",
        "aws.transcribe.call_analytics_category",
        "aws.transcribe.job",
        "aws.transcribe.call_analytics_job",
        "aws.transcribe.medical_job",
        "aws.transcribe.medical_scribe_job",
        "aws.translate.terminology",
        "aws.translate.parallel_data",
        "aws.translate.job",
        "aws.polly.lexicon",
        "aws.polly.synthesis_task",
        "aws.lex.bot",
        "aws.lex.bot_alias",
        "aws.lex.bot_locale",
        "aws.kendra.index",
        "aws.kendra.data_source",
        "aws.personalize.dataset_group",
        "aws.personalize.campaign",
        "aws.personalize.recommender",
        "aws.personalize.solution",
        "aws.forecast.predictor",
        "aws.forecast.dataset_group",
        "aws.frauddetector.detector",
        "aws.frauddetector.model",
        "aws.frauddetector.model_version",
        "aws.frauddetector.external_model",
        "aws.lookoutequipment.model",
        "aws.lookoutequipment.scheduler",
        "aws.healthlake.datastore",
};

struct expected {
        const char *id, *fact, *state, *value;
};

static int setup(void **state)
{
        scan_aws_key("AKIAHEXAGONEROWS0001", "rows/only/hexagone+00000000000000000000");
        *state = cloudsim_start("tests/worlds/aws", NULL);
        return *state ? 0 : -1;
}

static int teardown(void **state)
{
        return cloudsim_stop(*state);
}

static void assert_facts(const struct scan_run *run, const struct expected *e, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                const json_t *resource = json_object_get(run->resources, e[i].id);
                const json_t *fact = json_object_get(json_object_get(resource, "facts"), e[i].fact);
                const char *state = json_member_string(fact, "state");
                json_auto_t *value =
                        e[i].value ? json_loads(e[i].value, JSON_DECODE_ANY, NULL) : NULL;

                if (!resource)
                        fail_msg("%s is not there", e[i].id);
                if (!state || strcmp(state, e[i].state) != 0)
                        fail_msg("%s: %s is %s", e[i].id, e[i].fact, state ? state : "not set");
                if (value && !json_equal(value, json_object_get(fact, "value")))
                        fail_msg("%s: %s is not %s", e[i].id, e[i].fact, e[i].value);
        }
}

static void ai_rows_stand_in_the_catalogue(void **state)
{
        struct error err = { 0 };
        struct catalogue *c = NULL;

        if (catalogue_load(&c, "config", NULL, &err) < 0)
                fail_msg("%s", err.text);
        for (size_t i = 0; i < ELEMENTSOF(ids); i++)
                if (!catalogue_find(c, ids[i]))
                        fail_msg("%s is not in the catalogue", ids[i]);
        (void)catalogue_free(c);
}

/* One alias logs, one has it switched off, one has no setting: three different answers. */
static void ai_lex_aliases_are_judged_one_by_one(void **state)
{
        static const struct expected expected[] = {
                { BOT_ALIAS "ACCUEIL001/PRODACC001", "log.inference", "known", "true" },
                { BOT_ALIAS "ACCUEIL001/PRODACC001", "log.text", "known", "true" },
                { BOT_ALIAS "ACCUEIL001/PRODACC001", "log.audio", "known", "false" },
                { BOT_ALIAS "ACCUEIL001/PRODACC001", "log.destination", "known",
                  "[\"arn:aws:logs:eu-west-3:111122223333:log-group:/aws/lex/accueil\"]" },
                { BOT_ALIAS "ACCUEIL001/PRODACC001", "log.encryption_key", "absent", NULL },
                { BOT_ALIAS "SINISTRES1/PRODSIN001", "log.inference", "known", "false" },
                { BOT_ALIAS "SINISTRES1/PRODSIN001", "log.audio", "absent", NULL },
                { BOT_ALIAS "SINISTRES1/PRODSIN001", "log.destination", "absent", NULL },
                { BOT_ALIAS "SINISTRES1/VOIXSIN001", "log.inference", "known", "true" },
                { BOT_ALIAS "SINISTRES1/VOIXSIN001", "log.text", "absent", NULL },
                { BOT_ALIAS "SINISTRES1/VOIXSIN001", "log.destination", "known",
                  "[\"arn:aws:s3:::hexagone-voix-sinistres/appels\"]" },
                { BOT_ALIAS "SINISTRES1/VOIXSIN001", "log.encryption_key", "known",
                  "[\"" KEY "a4\"]" },
                { BOT_ALIAS "ACCUEIL001/TSTALIASID", "log.inference", "absent", NULL },
                { BOT_ALIAS "ACCUEIL001/TSTALIASID", "log.destination", "absent", NULL },
        };
        struct scan_run run = { .sink_fails_after = -1 };

        assert_int_equal(scan_run(&run, *state, config), 0);
        assert_facts(&run, expected, ELEMENTSOF(expected));
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* What the bot itself says, and its languages, stay known. */
static void ai_lex_alias_that_is_denied_is_unknown(void **state)
{
        static const struct expected expected[] = {
                { BOT_ALIAS "ACCUEIL001/PRODACC001", "log.inference", "unknown", NULL },
                { BOT_ALIAS "ACCUEIL001/PRODACC001", "log.destination", "unknown", NULL },
                { BOT_ALIAS "ACCUEIL001/PRODACC001", "use.emotion", "unknown", NULL },
                { BOT_ALIAS "ACCUEIL001/TSTALIASID", "log.inference", "unknown", NULL },
                { BOT_ALIAS "ACCUEIL001/PRODACC001", "version", "known", "\"3\"" },
                { BOT_ALIAS "ACCUEIL001/PRODACC001/fr_FR", "use.generative", "known", "true" },
                { AT("lex") "bot/ACCUEIL001", "use.children", "known", "false" },
        };
        struct scan_run run = { .sink_fails_after = -1 };

        assert_int_equal(cloudsim_add_faults(*state,
                                             "{\"match\": {\"operation\": \"DescribeBotAlias\"}, "
                                             "\"do\": {\"denied\": true}}"),
                         0);
        assert_int_equal(scan_run(&run, *state, config), 0);
        assert_string_equal(scan_run_state(&run, "aws.lex.bot_alias", "eu-west-3"), "denied");
        assert_facts(&run, expected, ELEMENTSOF(expected));
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* Languages are those of the version that the alias stands for; AWS's own speech recognition is no
 * third party. */
static void ai_lex_locales_name_models_and_third_parties(void **state)
{
        static const struct expected expected[] = {
                { BOT_ALIAS "ACCUEIL001/PRODACC001/en_GB", "processing.third_party", "known",
                  "\"Deepgram\"" },
                { BOT_ALIAS "ACCUEIL001/PRODACC001/en_GB", "processing.regions", "known",
                  "[\"us-east-1\"]" },
                { BOT_ALIAS "ACCUEIL001/PRODACC001/fr_FR", "processing.third_party", "absent",
                  NULL },
                { BOT_ALIAS "ACCUEIL001/PRODACC001/fr_FR", "use.generative", "known", "true" },
                { BOT_ALIAS "ACCUEIL001/PRODACC001/fr_FR", "model.maker", "known",
                  "\"Anthropic\"" },
                { BOT_ALIAS "SINISTRES1/PRODSIN001/nl_NL", "processing.third_party", "absent",
                  NULL },
                { BOT_ALIAS "SINISTRES1/PRODSIN001/nl_NL", "model.id", "absent", NULL },
                { BOT_ALIAS "SINISTRES1/PRODSIN001/nl_NL", "use.generative", "known", "false" },
        };
        struct scan_run run = { .sink_fails_after = -1 };

        assert_int_equal(scan_run(&run, *state, config), 0);
        assert_facts(&run, expected, ELEMENTSOF(expected));
        /* the alias without version is not asked for its languages */
        assert_non_null(json_object_get(run.resources, BOT_ALIAS "ACCUEIL001/NEUFACC001"));
        assert_null(json_object_get(run.resources, BOT_ALIAS "ACCUEIL001/NEUFACC001/fr_FR"));
        assert_string_equal(scan_run_state(&run, "aws.lex.bot_locale", "eu-west-3"), "ok");
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

static void ai_flags_of_the_law_are_facts(void **state)
{
        static const struct expected expected[] = {
                { AT("rekognition") "collection/visiteurs-siege", "use.biometric", "known",
                  "true" },
                { AT("rekognition") "streamprocessor/hall-accueil", "use.biometric.remote", "known",
                  "true" },
                { AT("rekognition") "streamprocessor/hall-accueil", "use.data_sharing", "absent",
                  NULL },
                { AT("rekognition") "streamprocessor/parking-nord", "use.biometric.remote", "known",
                  "false" },
                { AT("rekognition") "streamprocessor/parking-nord", "use.data_sharing", "known",
                  "true" },
                { AT("rekognition") "streamprocessor/parking-nord", "data.outputs", "known",
                  "[\"s3://hexagone-parking/\"]" },
                { AT("transcribe") "analytics-category/colere", "use.emotion", "known", "true" },
                { AT("transcribe") "analytics-category/silence", "use.emotion", "known", "false" },
                { AT("comprehend") "sentiment-detection-job/c101", "use.emotion", "known", "true" },
                { BOT_ALIAS "ACCUEIL001/PRODACC001", "use.emotion", "known", "true" },
                { BOT_ALIAS "ACCUEIL001/TSTALIASID", "use.emotion", "absent", NULL },
                { AT("lex") "bot/SINISTRES1", "use.children", "known", "true" },
                { AT("lex") "bot/ACCUEIL001", "use.children", "known", "false" },
                { "p101", "use.generative", "known", "true" },
                { "p102", "use.generative", "known", "false" },
                { AT("personalize") "campaign/offres", "use.profiling", "known", "true" },
                { AT("frauddetector") "detector/declarations", "use.scoring", "known", "true" },
                { "m501", "use.health", "known", "true" },
        };
        struct scan_run run = { .sink_fails_after = -1 };

        assert_int_equal(scan_run(&run, *state, config), 0);
        assert_facts(&run, expected, ELEMENTSOF(expected));
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

static void ai_keys_and_buckets_are_addresses(void **state)
{
        static const struct expected expected[] = {
                { AT("rekognition") "project/carrosserie/version/v1/1757000100000", "data.outputs",
                  "known", "\"s3://hexagone-modeles/carrosserie\"" },
                { AT("textract") "/adapters/a1b2c3d4e5f6/versions/1", "data.inputs", "known",
                  "\"s3://hexagone-constats/\"" },
                { AT("textract") "/adapters/a1b2c3d4e5f6/versions/2", "encryption.key", "absent",
                  NULL },
                { AT("comprehend") "document-classifier/courriers/version/v2", "encryption.key",
                  "known", "\"" KEY "a1\"" },
                { AT("comprehend") "flywheel/courriers", "encryption.output_key", "known",
                  "\"" KEY "a2\"" },
                { AT("frauddetector") "detector/souscriptions", "encryption.key", "known",
                  "\"" KEY "a1\"" },
                { AT("healthlake") "datastore/fhir/5a01", "encryption.key_kind", "known",
                  "\"CUSTOMER_MANAGED_KMS_KEY\"" },
                { "m101", "data.inputs", "known", "\"s3://hexagone-medical/\"" },
        };
        struct scan_run run = { .sink_fails_after = -1 };

        assert_int_equal(scan_run(&run, *state, config), 0);
        assert_facts(&run, expected, ELEMENTSOF(expected));
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* Of the health data stores: with language analysis yes, without no, and one that does not say
 * stays. Jobs of before the last 180 days are not listed. */
static void ai_what_is_no_ai_or_old_is_left_out(void **state)
{
        struct scan_run run = { .sink_fails_after = -1 };

        assert_int_equal(scan_run(&run, *state, config), 0);
        assert_non_null(json_object_get(run.resources, AT("healthlake") "datastore/fhir/5a01"));
        assert_null(json_object_get(run.resources, AT("healthlake") "datastore/fhir/5a02"));
        assert_non_null(json_object_get(run.resources, AT("healthlake") "datastore/fhir/5a03"));
        assert_non_null(json_object_get(run.resources, AT("comprehend") "sentiment-detection-job/"
                                                                        "c102"));
        assert_null(json_object_get(run.resources, AT("comprehend") "sentiment-detection-job/"
                                                                    "c103"));
        assert_int_equal(cloudsim_calls(*state, "lookoutequipment", NULL, 0), 0);
        assert_int_equal(cloudsim_calls(*state, "personalize", "ListSolutions", 0), 0);
        assert_true(cloudsim_calls(*state, "personalize", "ListCampaigns", 200) > 0);
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* The words that a call analytics rule looks for, and the prompt of a bot, are in the replies. */
static void ai_words_and_prompts_are_not_kept(void **state)
{
        struct scan_run run = { .sink_fails_after = -1 };
        _cleanup_(freep) char *kept = NULL;

        assert_int_equal(scan_run(&run, *state, config), 0);
        kept = json_dumps(run.resources, JSON_COMPACT);
        assert_non_null(kept);
        assert_non_null(strstr(kept, "analytics-category/colere"));
        assert_null(strstr(kept, "phrase-a-ne-pas-garder"));
        assert_null(strstr(kept, "consigne-a-ne-pas-garder"));
        scan_run_done(&run);
        assert_int_equal(cloudsim_reset(*state), 0);
}

/* Nothing changed: lists only, and what the details said is remembered. */
static void ai_details_are_asked_once(void **state)
{
        static const char *const details[] = { "DescribeBotAlias", "DescribeBotLocale",
                                               "GetAdapter", "DescribeCampaign" };
        struct scan_run first = { .sink_fails_after = -1 }, second = { .sink_fails_after = -1 };

        assert_int_equal(scan_run(&first, *state, config), 0);
        assert_int_equal(cloudsim_reset(*state), 0);
        second.remembered = first.resources;
        assert_int_equal(scan_run(&second, *state, config), 0);
        for (size_t i = 0; i < ELEMENTSOF(details); i++)
                assert_int_equal(cloudsim_calls(*state, NULL, details[i], 0), 0);
        assert_true(cloudsim_calls(*state, "lexv2-models", "ListBotLocales", 200) > 0);
        assert_int_equal(json_object_size(second.resources), json_object_size(first.resources));
        scan_run_done(&second);
        scan_run_done(&first);
        assert_int_equal(cloudsim_reset(*state), 0);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(ai_rows_stand_in_the_catalogue),
                cmocka_unit_test(ai_lex_aliases_are_judged_one_by_one),
                cmocka_unit_test(ai_lex_alias_that_is_denied_is_unknown),
                cmocka_unit_test(ai_lex_locales_name_models_and_third_parties),
                cmocka_unit_test(ai_flags_of_the_law_are_facts),
                cmocka_unit_test(ai_keys_and_buckets_are_addresses),
                cmocka_unit_test(ai_what_is_no_ai_or_old_is_left_out),
                cmocka_unit_test(ai_words_and_prompts_are_not_kept),
                cmocka_unit_test(ai_details_are_asked_once),
        };

        return cmocka_run_group_tests_name("aws_rows_ai", tests, setup, teardown);
}
