#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/judge/judge.h"
#include "tests/support/judge_files.h"

#include <errno.h>
#include <string.h>

static const struct policy usual_policy = { .log_retention_days = 184 };

static struct judge *new_judge(const char *overrides)
{
        struct judge *j = NULL;
        struct error err = { 0 };

        if (judge_new(&j, "config", overrides, &usual_policy, &err) < 0)
                fail_msg("%s", err.text);
        return j;
}

static uint64_t day(const char *text)
{
        uint64_t usec = 0;

        assert_int_equal(clock_parse_iso8601(text, &usec), 0);
        return usec;
}

/* ---- what is shipped ---------------------------------------------------------------------------
 */

static const json_t *offer_of(const json_t *words, const char *id)
{
        const json_t *offer = json_object_get(json_object_get(words, "offers"), id);

        if (!offer)
                fail_msg("offer '%s' is not there", id);
        return offer;
}

/* clang-format off */
static const struct {
        const char *id, *operator, *parent, *law; /* law: the first exposure; NULL: none */
} offers[] = {
        { "aws.standard",            "Amazon Web Services EMEA SARL (LU)", "Amazon.com, Inc. (US)", "us-cloud-act" },
        { "aws.eusc",                "European Sovereign Cloud GmbH",      "Amazon.com, Inc. (US)", "us-cloud-act" },
        { "azure.standard",          "Microsoft Ireland Operations Ltd (IE)", "Microsoft Corp. (US)", "us-cloud-act" },
        { "azure.eu-data-boundary",  "Microsoft Ireland Operations Ltd (IE)", "Microsoft Corp. (US)", "us-cloud-act" },
        { "azure.bleu",              "Bleu SAS (FR)",             "Orange and Capgemini (FR)", NULL },
        { "azure.delos",             "Delos Cloud GmbH (DE)",     "SAP SE (DE)",             NULL },
        { "gcp.standard",            "Google Cloud EMEA Ltd (IE)", "Alphabet Inc. (US)",     "us-cloud-act" },
        { "gcp.partner-controls",    "Google Cloud EMEA Ltd (IE)", "Alphabet Inc. (US)",     "us-cloud-act" },
        { "gcp.s3ns",                "Thales Cloud Sécurisé SAS (FR)", "Thales (FR)",        NULL },
        { "ovh.eu",                  "OVH SAS (FR)",              "OVH Groupe SA",           "ca-production" },
        { "ovh.us",                  "OVH US LLC (US)",           "OVH Groupe SA (FR)",      "us-cloud-act" },
        { "scaleway",                "Scaleway SAS (FR)",         "Iliad",                   NULL },
        { "mistral",                 "Mistral AI SAS (FR)",       "Mistral AI (FR)",         NULL },
        { "huggingface",             "Hugging Face, Inc.",        "Hugging Face, Inc. (US)", "us-cloud-act" },
        { "replicate",               "Cloudflare, Inc.",          "Cloudflare, Inc. (US)",   "us-cloud-act" },
        { "outscale",                "Outscale SAS (FR)",         "Dassault Systèmes (FR)",  NULL },
        { "cloud-temple",            "Cloud Temple (FR)",         "(FR)",                    NULL },
        { "numspot",                 "NumSpot (FR)",              "(FR)",                    NULL },
        { "orange-avenue",           "Orange (FR)",               "(FR)",                    NULL },
        { "worldline",               "Worldline (FR)",            "(FR)",                    NULL },
        { "stackit",                 "STACKIT GmbH & Co. KG (DE)", "Schwarz Group (DE)",     NULL },
        { "openai",                  "OpenAI (US)",               "(US)",                    "us-cloud-act" },
        { "anthropic",               "Anthropic (US)",            "(US)",                    "us-cloud-act" },
};

static const struct {
        const char *offer, *scheme, *product, *status, *until;
} certificates[] = {
        { "ovh.eu", "secnumcloud", "Hosted Private Cloud powered by VMware", "listed", "2026-12-29" },
        { "ovh.eu", "secnumcloud", "Bare Metal Pod",     "listed",      "2028-03-24" },
        { "ovh.eu", "secnumcloud", "SNC Cloud Platform", "listed",      "2029-07-31" },
        { "outscale", "secnumcloud", "IaaS Cloud on Demand", "listed",  "2026-11-30" },
        { "cloud-temple", "secnumcloud", "Secure Temple IaaS", "listed", "2028-05-30" },
        { "cloud-temple", "secnumcloud", "PaaS OpenShift", "listed",    "2028-05-30" },
        { "worldline", "secnumcloud", "Secured IaaS",    "listed",      "2028-03-31" },
        { "gcp.s3ns", "secnumcloud", "Cloud de confiance", "listed",    "2028-12-17" },
        { "numspot", "secnumcloud", "Numspot",           "listed",      NULL },
        { "azure.bleu", "secnumcloud", NULL,             "in-progress", NULL },
        { "scaleway", "secnumcloud", NULL,               "in-progress", NULL },
        { "aws.standard", "secnumcloud", NULL,           "absent",      NULL },
        { "aws.eusc", "secnumcloud", NULL,               "absent",      NULL },
        { "azure.standard", "secnumcloud", NULL,         "absent",      NULL },
        { "gcp.standard", "secnumcloud", NULL,           "absent",      NULL },
        { "aws.standard", "iso27001", NULL,              "claimed",     NULL },
        { "aws.standard", "hds", NULL,                   "claimed",     NULL },
        { "aws.standard", "c5", NULL,                    "listed",      NULL },
        { "aws.standard", "iso42001", NULL,              "listed",      NULL },
        { "aws.eusc", "iso27001", NULL,                  "claimed",     NULL },
        { "aws.eusc", "hds", NULL,                       "unverified",  NULL },
        { "aws.eusc", "c5", NULL,                        "claimed",     NULL },
        { "aws.eusc", "iso42001", NULL,                  "unverified",  NULL },
        { "azure.standard", "iso27001", NULL,            "listed",      NULL },
        { "azure.standard", "hds", NULL,                 "claimed",     NULL },
        { "azure.standard", "c5", NULL,                  "claimed",     NULL },
        { "gcp.standard", "iso27001", "Vertex AI in scope", "listed",   NULL },
        { "gcp.standard", "hds", NULL,                   "listed",      NULL },
        { "gcp.standard", "c5", NULL,                    "claimed",     NULL },
        { "ovh.eu", "iso27001", NULL,                    "listed",      NULL },
        { "ovh.eu", "hds", NULL,                         "claimed",     NULL },
        { "ovh.eu", "c5", NULL,                          "unverified",  NULL },
        { "scaleway", "iso27001", NULL,                  "listed",      NULL },
        { "scaleway", "hds", NULL,                       "listed",      NULL },
        { "scaleway", "c5", NULL,                        "unverified",  NULL },
        { "mistral", "iso27001", NULL,                   "claimed",     NULL },
        { "mistral", "iso42001", NULL,                   "unverified",  NULL },
        { "huggingface", "iso27001", NULL,               "unverified",  NULL },
        { "replicate", "iso27001", "Cloudflare",         "claimed",     NULL },
        { "replicate", "iso27001", "Replicate",          "unverified",  NULL },
        { "stackit", "seal", NULL,                       "claimed",     NULL },
        { "aws.standard", "dora-critical", NULL,         "listed",      NULL },
        { "scaleway", "dora-critical", NULL,             "absent",      NULL },
};
/* clang-format on */

static void jurisdiction_has_every_offer(void **state)
{
        _cleanup_(judge_freep) struct judge *j = new_judge(NULL);
        json_auto_t *words = judge_words(j);

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(offers); i++) {
                const json_t *o = offer_of(words, offers[i].id);
                const json_t *first = json_array_get(json_object_get(o, "exposures"), 0);
                const char *law = json_member_string(first, "law");

                if (!strstr(json_member_string(o, "operator"), offers[i].operator) ||
                    !strstr(json_member_string(o, "parent"), offers[i].parent) ||
                    !law != !offers[i].law || (law && strcmp(law, offers[i].law) != 0))
                        fail_msg("%s: %s of %s, %s", offers[i].id,
                                 json_member_string(o, "operator"), json_member_string(o, "parent"),
                                 law ? law : "no law");
        }
}

static bool has_certificate(const json_t *offer, size_t row)
{
        json_t *c;
        size_t i;

        json_array_foreach(json_object_get(offer, "certificates"), i, c)
        {
                const char *product = json_member_string(c, "product"),
                           *until = json_member_string(c, "valid_until");

                if (strcmp(json_member_string(c, "scheme"), certificates[row].scheme) != 0 ||
                    strcmp(json_member_string(c, "status"), certificates[row].status) != 0)
                        continue;
                if (certificates[row].product &&
                    (!product || strcmp(product, certificates[row].product) != 0))
                        continue;
                if (!until == !certificates[row].until &&
                    (!until || strcmp(until, certificates[row].until) == 0))
                        return true;
        }
        return false;
}

static void jurisdiction_has_every_certificate(void **state)
{
        _cleanup_(judge_freep) struct judge *j = new_judge(NULL);
        json_auto_t *words = judge_words(j);

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(certificates); i++)
                if (!has_certificate(offer_of(words, certificates[i].offer), i))
                        fail_msg("%s: no %s that is %s (row %zu)", certificates[i].offer,
                                 certificates[i].scheme, certificates[i].status, i);
}

static void jurisdiction_has_every_law_and_scheme(void **state)
{
        static const char *const laws[] = { "us-cloud-act", "us-fisa-702",   "us-eo-12333",
                                            "uk-ipa",       "ca-production", "ch-bupf",
                                            "cn-laws",      "eu-e-evidence" };
        static const char *const schemes[] = { "secnumcloud",   "hds",  "c5",  "iso27001",
                                               "iso42001",      "seal", "c3a", "eucs",
                                               "dora-critical", "cada", "csa2" };
        _cleanup_(judge_freep) struct judge *j = new_judge(NULL);
        json_auto_t *words = judge_words(j);

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(laws); i++)
                assert_non_null(json_object_get(json_object_get(words, "laws"), laws[i]));
        for (size_t i = 0; i < ELEMENTSOF(schemes); i++)
                assert_non_null(json_object_get(json_object_get(words, "schemes"), schemes[i]));
}

/* ---- age ---------------------------------------------------------------------------------------
 */

static bool is_old(const json_t *rows, const char *file, const char *what)
{
        json_t *row;
        size_t i;

        json_array_foreach((json_t *)rows, i,
                           row) if (strstr(json_member_string(row, "file"), file) &&
                                    strcmp(json_member_string(row, "what"), what) == 0) return true;
        return false;
}

static void jurisdiction_flags_rows_older_than_a_year(void **state)
{
        _cleanup_(judge_freep) struct judge *j = new_judge(NULL);
        json_auto_t *now = judge_old_rows(j, day("2026-11-26"));
        json_auto_t *late = judge_old_rows(j, day("2027-11-24"));
        json_auto_t *later = judge_old_rows(j, day("2027-11-26"));

        (void)state;
        /* what its source dates itself */
        assert_int_equal(json_array_size(now), 3);
        assert_true(is_old(now, "jurisdictions/scaleway.yaml", "iso27001"));
        assert_true(is_old(now, "jurisdictions/scaleway.yaml", "hds"));
        assert_true(is_old(now, "jurisdictions/aws.yaml", "iso42001"));
        assert_true(is_old(late, "jurisdictions/ovh.yaml", "secnumcloud"));
        assert_false(is_old(late, "jurisdictions/ovh.yaml", "ovh.eu"));
        assert_true(is_old(later, "jurisdictions/ovh.yaml", "ovh.eu"));
        assert_true(is_old(later, "jurisdictions/exposures.yaml", "us-fisa-702"));
        assert_true(is_old(later, "jurisdictions/exposures.yaml", "ovh-ontario"));
        assert_true(is_old(later, "jurisdictions/schemes.yaml", "hds"));
        assert_true(json_integer_value(json_object_get(json_array_get(now, 0), "line")) > 1);
        assert_string_equal(json_member_string(json_array_get(now, 0), "as_of"), "2024-11-25");
}

/* ---- bad data ----------------------------------------------------------------------------------
 */

#define HEAD "provider: essai\nsource: x\nas_of: 2026-11-23\noffers:\n"
#define OFFER(id)                                                                                  \
        "  - id: " id "\n    title: {en: a, fr: b}\n"                                              \
        "    operator: {name: a, country: FR}\n    parent: {name: b, country: FR}\n"
#define REST "    exposures: []\n    certificates: []\n"
#define BEFORE "    control: eu\n    exposures: []\n    certificates:\n"

static const struct {
        const char *text, *says;
} bad[] = {
        { HEAD OFFER("a") "    control: non-eu\n" REST,
          "9:14: 'non-eu' is not what the countries" },
        { HEAD OFFER("a") "    control: mine\n" REST, "9:14: " },
        { HEAD OFFER("a") "    control: eu\n    exposures: [{law: us-patriot}]\n    certificates: "
                          "[]\n",
          "10:23: 'us-patriot' is not in exposures.yaml" },
        { HEAD OFFER("a") "    control: eu\n    exposures: [{law: uk-ipa, state: rumoured}]\n"
                          "    certificates: []\n",
          "'rumoured' is neither ordered nor contested" },
        { HEAD OFFER("a") "    control: eu\n    exposures: [{law: uk-ipa, countries: [UK1]}]\n"
                          "    certificates: []\n",
          "'UK1' is no ISO 3166 country code" },
        { HEAD OFFER("a") BEFORE "      - {scheme: fedramp, status: listed}\n",
          "12:18: 'fedramp' is not in schemes.yaml" },
        { HEAD OFFER("a") BEFORE "      - {scheme: hds, status: perhaps}\n", "12:31: " },
        { HEAD OFFER("a") BEFORE "      - {scheme: hds, status: listed, level: 2}\n",
          "'hds' has no levels" },
        { HEAD OFFER("a") BEFORE "      - {scheme: seal, status: listed}\n",
          "'seal' needs 'level'" },
        { HEAD OFFER("a") BEFORE "      - {scheme: hds, status: listed, valid_until: soon}\n",
          "12:52: 'soon' is no date" },
        { HEAD OFFER("a") BEFORE "      - {scheme: hds, status: listed, as_of: soon}\n",
          "'soon' is no date" },
        { HEAD OFFER("a") BEFORE "      - {scheme: hds, status: listed, regions: [fr-par]}\n",
          "'fr-par' is not in the provider's table of regions" },
        { HEAD OFFER("a") "    control: eu\n    cases: [hearsay]\n" REST,
          "'hearsay' is not in exposures.yaml" },
        { HEAD OFFER("a") "    control: eu\n    confidence: total\n" REST,
          "10:17: 'total' is none of high, medium, low" },
        { HEAD OFFER("a") "    control: eu\n    when: [{}]\n" REST,
          "one of 'kinds', 'partitions', 'regions', 'options' is needed" },
        { HEAD OFFER("a") "    control: eu\n    when: [{options: {world: apart}}]\n" REST,
          "options.world is no list of texts" },
        { HEAD OFFER("a") "    control: eu\n    unseen: true\n    when: [{kinds: [a.*]}]\n" REST,
          "'when' is too much" },
        { HEAD OFFER("a") "    control: eu\n" REST OFFER("b") "    control: eu\n" REST,
          "5:9: 'a' has no 'when' and takes all" },
        { HEAD OFFER("a") "    control: eu\n    unseen: true\n" REST OFFER(
                  "a") "    control: eu\n" REST,
          "13:9: 'a' stands here twice" },
        { HEAD OFFER("scaleway") "    control: eu\n" REST, "'scaleway' stands here twice" },
        { HEAD "  - id: a\n    title: {en: a, fr: b}\n    control: eu\n" REST,
          "'operator' is missing" },
        { "provider: scaleway\nsource: x\nas_of: 2026-11-23\noffers: []\n",
          "1:11: the offers of 'scaleway' stand in " },
        { HEAD OFFER("a") "    control: eu\n    certified: yes\n" REST, "10:5: unknown key" },
};

static void jurisdiction_refuses_bad_rows(void **state)
{
        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                struct judge *j = NULL;
                struct judge_files files;
                struct error err = { 0 };

                judge_files_init(&files);
                judge_files_write(&files, "jurisdictions/zz.yaml", "%s", bad[i].text);
                if (judge_new(&j, "config", files.dir, &usual_policy, &err) != -EINVAL)
                        fail_msg("row %zu was taken", i);
                judge_files_done(&files);
                if (!strstr(err.text, bad[i].says) || !strstr(err.text, "jurisdictions/zz.yaml:"))
                        fail_msg("row %zu: expected %s, got %s", i, bad[i].says, err.text);
        }
}

static void jurisdiction_refuses_bad_laws(void **state)
{
        static const struct {
                const char *file, *text, *says;
        } rows[] = {
                { "jurisdictions/exposures.yaml", "source: x\nas_of: 2026-11-23\nlaws: [{id: a}]\n",
                  "3:8: 'country' is missing" },
                { "jurisdictions/exposures.yaml",
                  "source: x\nas_of: someday\nlaws:\n  - {id: a, country: US, statute: b, title: "
                  "{en: a, fr: b}, matters: {en: a, fr: b}, status: in-force}\n",
                  "'someday' is no date" },
                { "jurisdictions/schemes.yaml",
                  "source: x\nas_of: 2026-11-23\nschemes:\n  - {id: a, title: {en: a, fr: b}}\n"
                  "  - {id: a, title: {en: a, fr: b}}\n",
                  "5:10: 'a' stands here twice" },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                struct judge *j = NULL;
                struct judge_files files;
                struct error err = { 0 };

                judge_files_init(&files);
                judge_files_write(&files, rows[i].file, "%s", rows[i].text);
                assert_int_equal(judge_new(&j, "config", files.dir, &usual_policy, &err), -EINVAL);
                judge_files_done(&files);
                if (!strstr(err.text, rows[i].says) || !strstr(err.text, rows[i].file))
                        fail_msg("row %zu: expected %s, got %s", i, rows[i].says, err.text);
        }
}

/* One file replaced: its offers, and none of the shipped file's, and another digest. */
static void jurisdiction_is_overridden_by_file(void **state)
{
        _cleanup_(judge_freep) struct judge *usual = new_judge(NULL);
        struct judge_files files;
        struct judge *j;

        (void)state;
        judge_files_init(&files);
        judge_files_write(&files, "jurisdictions/azure.yaml", "%s",
                          "provider: azure\nsource: own\nas_of: 2026-11-23\noffers:\n" OFFER(
                                  "own") "    control: eu\n" REST);
        j = new_judge(files.dir);
        judge_files_done(&files);
        assert_true(judge_has_offer(j, "azure", "own"));
        assert_false(judge_has_offer(j, "azure", "azure.standard"));
        assert_true(judge_has_offer(j, "aws", "aws.standard"));
        assert_false(judge_has_offer(usual, "aws", "azure.standard"));
        assert_string_not_equal(judge_digest(j), judge_digest(usual));
        judge_free(j);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(jurisdiction_has_every_offer),
                cmocka_unit_test(jurisdiction_has_every_certificate),
                cmocka_unit_test(jurisdiction_has_every_law_and_scheme),
                cmocka_unit_test(jurisdiction_flags_rows_older_than_a_year),
                cmocka_unit_test(jurisdiction_refuses_bad_rows),
                cmocka_unit_test(jurisdiction_refuses_bad_laws),
                cmocka_unit_test(jurisdiction_is_overridden_by_file),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
