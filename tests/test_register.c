#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/judge/judge.h"
#include "daemon/judge/register.h"
#include "tests/support/judge_files.h"
#include "tests/support/judge_world.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static const struct policy usual_policy = { .log_retention_days = 184 };

static uint64_t day(const char *text)
{
        uint64_t usec = 0;

        assert_int_equal(clock_parse_iso8601(text, &usec), 0);
        return usec;
}

static struct judge *new_judge(const char *overrides)
{
        struct judge *j = NULL;
        struct error err = { 0 };

        if (judge_new(&j, "config", overrides, &usual_policy, &err) < 0)
                fail_msg("%s", err.text);
        return j;
}

/* ---- what is refused ---------------------------------------------------------------------------
 */

#define COMMON "id: a, owner: legal, proof: P-1, date: 2026-01-31, valid_until: 2027-01-31, "
#define ALL "applies_to: {provider: \"*\"}"
#define TRANSFER(more) "transfers:\n  - {" COMMON ALL ", instruments: [tia]" more "}\n"
#define DATED(dates)                                                                               \
        "transfers:\n  - {id: a, owner: b, proof: c, " ALL ", instruments: [tia], " dates "}\n"

static const struct {
        const char *text, *says;
} bad[] = {
        { "contract: []\n", "own.yaml:1:1: unknown key 'contract'; did you mean 'contracts'?" },
        { "contracts: {a: b}\n", "1:12: 'contracts' must be a list" },
        { "contracts: [a]\n", "1:13: an entry of 'contracts' must be a mapping" },
        { "contracts:\n  - {" COMMON ALL ", clauses: [exit], claused: x}\n",
          "unknown key 'claused'; did you mean 'clauses'?" },
        { "contracts:\n  - {" COMMON ALL ", clauses: [exit, audit-rights]}\n",
          "'clauses': 'audit-rights' is none; did you mean 'audit-right'?" },
        { "contracts:\n  - {" COMMON ALL ", clauses: [everything]}\n",
          "'clauses': 'everything' is none of data-location, " },
        { "contracts:\n  - {" COMMON ALL "}\n", "2:5: 'clauses' is missing" },
        { "contracts:\n  - {" COMMON "clauses: [exit]}\n", "2:5: 'applies_to' is missing" },
        { TRANSFER(", team: x"), "unknown key 'team'" },
        { "transfers:\n  - {" COMMON ALL ", instruments: [tai]}\n",
          "'instruments': 'tai' is none; did you mean 'tia'?" },
        { "transfers:\n  - {" COMMON "applies_to: {}, instruments: [tia]}\n",
          "2:94: 'applies_to' needs one of provider, account" },
        { "transfers:\n  - {" COMMON "applies_to: {providers: aws}, instruments: [tia]}\n",
          "unknown key 'providers'; did you mean 'provider'?" },
        { "transfers:\n  - {owner: b, proof: c, date: 2026-01-31, review: 2026-02-28, " ALL
          ", instruments: [tia]}\n",
          "2:5: 'id' is missing" },
        { "transfers:\n  - {id: a, proof: c, date: 2026-01-31, review: 2026-02-28, " ALL
          ", instruments: [tia]}\n",
          "'owner' is missing" },
        { "transfers:\n  - {id: a, owner: b, date: 2026-01-31, review: 2026-02-28, " ALL
          ", instruments: [tia]}\n",
          "'proof' is missing" },
        { "transfers:\n  - {id: a, owner: b, proof: \" \", date: 2026-01-31, review: "
          "2026-02-28, " ALL ", instruments: [tia]}\n",
          "2:30: 'proof': ' ' says nothing" },
        { DATED("review: 2026-02-28"), "'date' is missing" },
        { DATED("date: 2026-01-31"), "2:5: 'a' needs 'valid_until' or 'review'" },
        { DATED("date: 2026-02-30, review: 2026-12-31"), "'date': '2026-02-30' is no date" },
        { DATED("date: soon, review: 2026-12-31"), "'date': 'soon' is no date (YYYY-MM-DD)" },
        { DATED("date: 2026-01-31, review: 31/12/2026"), "'review': '31/12/2026' is no date" },
        { DATED("date: 2026-01-31, valid_until: 2026-13-01"), "'2026-13-01' is no date" },
        { DATED("date: 2026-01-31, valid_until: 2026-01-30"), "'2026-01-30' is before 'date'" },
        { DATED("date: 2026-01-31, review: 2025-12-31"), "'2025-12-31' is before 'date'" },
        { TRANSFER("") "assessments:\n  - {" COMMON ALL ", assessment: dpia}\n",
          "'id': 'a' stands at " },
        { "assessments:\n  - {" COMMON ALL ", assessment: pia}\n",
          "'assessment' must be one of: fria, dpia, technical-file, registration" },
        { "training:\n  - {" COMMON "team: x, content: y, people: 0}\n", "'people' must be" },
        { "training:\n  - {" COMMON "team: x, content: y, people: 3, next: later}\n",
          "'next': 'later' is no date" },
        { "security_tests:\n  - {" COMMON ALL ", test: penetration, outcome: fine}\n",
          "'outcome' must be one of: no-findings, findings-fixed, findings-open" },
        { "incident_contacts:\n  - {" COMMON "reach: always, contact: x, procedure: y}\n",
          "'reach' must be one of: 24/7, office-hours" },
        { "incident_contacts:\n  - {" COMMON
          "reach: 24/7, contact: x, procedure: y, tested: never}\n",
          "'tested': 'never' is no date" },
        { "certificates:\n  - {" COMMON ALL ", scheme: hds}\n",
          "certificate 'a' needs 'kind' and 'region' in 'applies_to'" },
        { "certificates:\n  - {" COMMON
          "applies_to: {kind: \"*\", region: \"*\"}, scheme: fedramp}\n",
          "'scheme': 'fedramp' is no scheme that ai-act-required can ask for" },
        { "certificates:\n  - {id: a, owner: b, proof: c, date: 2026-01-31, review: 2027-01-31, "
          "applies_to: {kind: \"*\", region: \"*\"}, scheme: hds}\n",
          "certificate 'a' needs 'valid_until'" },
        { "transfers: [\n", "own.yaml:" },
};

static void register_refuses_bad_entries(void **state)
{
        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                struct judge_files files;
                struct judge *j = NULL;
                struct error err = { 0 };

                judge_files_init(&files);
                judge_files_write(&files, "registers/own.yaml", "%s", bad[i].text);
                if (judge_new(&j, "config", files.dir, &usual_policy, &err) != -EINVAL)
                        fail_msg("row %zu is taken: %s", i, bad[i].text);
                judge_files_done(&files);
                if (!strstr(err.text, bad[i].says) || !strstr(err.text, "own.yaml:"))
                        fail_msg("row %zu says: %s\n  instead of: %s", i, err.text, bad[i].says);
        }
}

static void register_refuses_one_id_in_two_files(void **state)
{
        struct judge_files files;
        struct judge *j = NULL;
        struct error err = { 0 };

        (void)state;
        judge_files_init(&files);
        judge_files_write(&files, "registers/a.yaml", "%s", TRANSFER(""));
        judge_files_write(&files, "registers/b.yaml", "%s", TRANSFER(""));
        assert_int_equal(judge_new(&j, "config", files.dir, &usual_policy, &err), -EINVAL);
        judge_files_done(&files);
        assert_non_null(strstr(err.text, "b.yaml:2:10: 'id': 'a' stands at "));
        assert_non_null(strstr(err.text, "a.yaml:2, too"));
}

static void register_folder_that_cannot_be_read_is_no_empty_one(void **state)
{
        struct judge_files files;
        struct judge *j = NULL;
        struct error err = { 0 };
        _cleanup_(freep) char *path = NULL;

        (void)state;
        judge_files_init(&files);
        assert_true(asprintf(&path, "%s/registers", files.dir) > 0);
        assert_int_equal(rmdir(path), 0);
        assert_int_equal(symlink("registers", path), 0); /* ELOOP, for root as well */
        assert_true(judge_new(&j, "config", files.dir, &usual_policy, &err) < 0);
        assert_non_null(strstr(err.text, "/registers: "));
        assert_int_equal(unlink(path), 0);
        judge_files_done(&files);
}

/* ---- what they feed ----------------------------------------------------------------------------
 */

#define TIA(fields)                                                                                \
        "transfers:\n  - {id: tia-1, owner: dpo, proof: DMS-7, instruments: [tia], " fields "}\n"
#define YEAR "date: 2026-01-31, valid_until: 2027-01-31, "
#define FILE_OF(kind, fields)                                                                      \
        "assessments:\n  - {id: file-1, owner: dpo, proof: DMS-8, assessment: " kind ", " fields   \
        "}\n"
#define HELD(scheme, fields)                                                                       \
        "certificates:\n  - {id: cert-1, owner: buyers, proof: DMS-9, scheme: " scheme ", " fields \
        "}\n"

static const char world_text[] =
        "{\"resources\": ["
        "{\"id\": \"plain\", \"region\": \"eu-west-3\", \"kind\": \"aws.sagemaker.endpoint\","
        " \"service_type\": \"mlaas\", \"scope\": \"111122223333\", \"facts\": {\"tags\": "
        "{\"absent\": true}}},"
        "{\"id\": \"tagged\", \"region\": \"eu-west-3\", \"kind\": \"aws.sagemaker.endpoint\","
        " \"service_type\": \"mlaas\", \"tags\": {\"ai-act-tia\": \"TAG-1\", \"ai-act-system\": "
        "\"triage\"}},"
        "{\"id\": \"unreadable\", \"region\": \"eu-west-3\", \"kind\": \"aws.sagemaker.endpoint\","
        " \"service_type\": \"mlaas\", \"facts\": {\"tags\": {\"unknown\": \"denied\"}}},"
        "{\"id\": \"high\", \"region\": \"eu-west-3\", \"kind\": \"aws.sagemaker.endpoint\","
        " \"service_type\": \"mlaas\", \"tags\": {\"ai-act-risk\": \"high-risk\", \"ai-act-role\": "
        "\"provider\","
        " \"ai-act-system\": \"triage\"}},"
        "{\"id\": \"people\", \"region\": \"eu-west-3\", \"kind\": \"aws.sagemaker.endpoint\","
        " \"service_type\": \"mlaas\", \"tags\": {\"ai-act-data\": \"personal\"}},"
        "{\"id\": \"snc\", \"region\": \"eu-west-3\", \"kind\": \"aws.sagemaker.endpoint\","
        " \"service_type\": \"mlaas\", \"tags\": {\"ai-act-required\": \"secnumcloud\"}},"
        "{\"id\": \"hds\", \"region\": \"eu-west-3\", \"kind\": \"aws.sagemaker.endpoint\","
        " \"service_type\": \"mlaas\", \"tags\": {\"ai-act-required\": \"hds\"}},"
        "{\"id\": \"both\", \"region\": \"eu-west-3\", \"kind\": \"aws.sagemaker.endpoint\","
        " \"service_type\": \"mlaas\", \"tags\": {\"ai-act-required\": \"hds_secnumcloud\"}}"
        "]}";

#define SCOPE_ALL "applies_to: {provider: aws, kind: \"aws.sagemaker.*\", region: EU-WEST-3}"

/* clang-format off */
static const struct {
        const char *file, *date, *resource, *rule, *verdict;
        const char *says, *never; /* in English; NULL: nothing in particular */
} feeds[] = {
        { NULL, "2026-11-23", "plain", "SOV-001", "fail", "no assessment is declared", "egister" },
        { TIA(YEAR "applies_to: {provider: aws}"), "2026-11-23", "plain", "SOV-001", "pass",
          "assessment: DMS-7", "verified" },
        { TIA(YEAR "applies_to: {provider: aws}"), "2026-11-23", "plain", "SOV-001", "pass",
          "Register entry tia-1 of 2026-01-31 (dpo; proof: DMS-7; until 2027-01-31): declared, not checked by vigie.", NULL },
        /* its last day, and the day after */
        { TIA(YEAR "applies_to: {provider: aws}"), "2027-01-31", "plain", "SOV-001", "pass", NULL, NULL },
        { TIA(YEAR "applies_to: {provider: aws}"), "2027-02-01", "plain", "SOV-001", "fail",
          "tia-1 (dpo; proof: DMS-7) ended on 2027-01-31 and no longer counts.", NULL },
        { TIA("date: 2026-01-31, review: 2026-06-30, valid_until: 2027-01-31, applies_to: {provider: aws}"),
          "2026-07-01", "plain", "SOV-001", "fail", "was to be reviewed by 2026-06-30 and no longer counts.", NULL },
        { TIA(YEAR "applies_to: {provider: aws}"), "2026-01-30", "plain", "SOV-001", "fail", "counts from 2026-01-31 only", NULL },
        { TIA(YEAR "applies_to: {provider: aws}"), "2026-11-23", "tagged", "SOV-001", "pass", "TAG-1", "egister" },
        { TIA(YEAR "applies_to: {provider: aws}"), "2026-11-23", "unreadable", "SOV-001", "pass", "DMS-7", NULL },
        { TIA(YEAR "applies_to: {provider: aws}"), "2027-02-01", "unreadable", "SOV-001", "unknown", "ended on 2027-01-31", NULL },
        /* whom it is about */
        { TIA(YEAR "applies_to: {provider: azure}"), "2026-11-23", "plain", "SOV-001", "fail", NULL, "egister" },
        { TIA(YEAR "applies_to: {account: [lab, pr*]}"), "2026-11-23", "plain", "SOV-001", "pass", NULL, NULL },
        { TIA(YEAR "applies_to: {account: lab}"), "2026-11-23", "plain", "SOV-001", "fail", NULL, "egister" },
        { TIA(YEAR "applies_to: {scope: \"111122223333\"}"), "2026-11-23", "plain", "SOV-001", "pass", NULL, NULL },
        { TIA(YEAR "applies_to: {scope: \"444455556666\"}"), "2026-11-23", "plain", "SOV-001", "fail", NULL, NULL },
        { TIA(YEAR "applies_to: {kind: aws.bedrock.*}"), "2026-11-23", "plain", "SOV-001", "fail", NULL, NULL },
        { TIA(YEAR "applies_to: {offer: aws.standard}"), "2026-11-23", "plain", "SOV-001", "pass", NULL, NULL },
        { TIA(YEAR "applies_to: {offer: aws.eusc}"), "2026-11-23", "plain", "SOV-001", "fail", NULL, NULL },
        { TIA(YEAR "applies_to: {system: triage}"), "2026-11-23", "plain", "SOV-001", "fail", NULL, NULL },
        { TIA(YEAR "applies_to: {system: triage}"), "2026-11-23", "high", "SOV-001", "pass", NULL, NULL },
        { TIA(YEAR "applies_to: {provider: aws, region: eu-central-1}"), "2026-11-23", "plain", "SOV-001", "fail", NULL, NULL },
        /* clauses without an assessment are none */
        { "transfers:\n  - {id: scc, owner: dpo, proof: x, instruments: [scc, dpf], " YEAR "applies_to: {provider: aws}}\n",
          "2026-11-23", "plain", "SOV-001", "fail", "no assessment is declared", "egister" },
        /* an entry in force counts before one that ended */
        { "transfers:\n  - {id: old, owner: dpo, proof: x, instruments: [tia], date: 2025-01-01, review: 2025-12-31, applies_to: {provider: aws}}\n"
          "  - {id: new, owner: dpo, proof: y, instruments: [tia], " YEAR "applies_to: {provider: aws}}\n",
          "2026-11-23", "plain", "SOV-001", "pass", "entry new ", "entry old" },

        { NULL, "2026-11-23", "high", "GOV-007", "fail", "fundamental rights", "egister" },
        { FILE_OF("fria", YEAR "applies_to: {system: triage}"), "2026-11-23", "high", "GOV-007", "pass", "entry file-1 ", NULL },
        { FILE_OF("fria", YEAR "applies_to: {system: triage}"), "2027-02-01", "high", "GOV-007", "fail", "file-1 (dpo; proof: DMS-8) ended on", NULL },
        { FILE_OF("dpia", YEAR "applies_to: {system: triage}"), "2026-11-23", "high", "GOV-007", "fail", NULL, NULL },
        { FILE_OF("dpia", YEAR "applies_to: {provider: aws}"), "2026-11-23", "people", "GOV-007", "pass", "entry file-1 ", NULL },
        { FILE_OF("dpia", YEAR "applies_to: {provider: aws}"), "2026-11-23", "plain", "GOV-007", "na", NULL, "egister" },
        { NULL, "2026-11-23", "people", "GOV-007", "fail", NULL, "egister" },
        { FILE_OF("technical-file", YEAR "applies_to: {system: triage}"), "2026-11-23", "high", "GOV-008", "fail", "registration", NULL },
        { FILE_OF("technical-file", YEAR "applies_to: {system: triage}") "  - {id: file-2, owner: dpo, proof: EUDB-1, assessment: registration, " YEAR
          "applies_to: {system: triage}}\n",
          "2026-11-23", "high", "GOV-008", "pass", "entry file-2 ", NULL },
        { FILE_OF("technical-file", YEAR "applies_to: {system: triage}"), "2027-02-01", "high", "GOV-008", "fail", "ended on 2027-01-31", NULL },

        /* HDS of AWS is claimed: not known without a record */
        { NULL, "2026-11-23", "hds", "SOV-002", "unknown", "is claimed", "cert-1" },
        { HELD("hds", YEAR SCOPE_ALL), "2026-11-23", "hds", "SOV-002", "pass", "declared by buyers for this kind and region in the register (entry cert-1, proof DMS-9, until 2027-01-31); vigie did not check it", NULL },
        { HELD("hds", YEAR SCOPE_ALL), "2027-02-01", "hds", "SOV-002", "unknown", "cert-1 (from 2026-01-31 until 2027-01-31) does not count today", NULL },
        { HELD("hds", YEAR "applies_to: {provider: aws, kind: \"*\", region: eu-central-1}"), "2026-11-23", "hds", "SOV-002", "unknown", NULL, "cert-1" },
        { HELD("hds", YEAR "applies_to: {provider: aws, kind: aws.bedrock.*, region: \"*\"}"), "2026-11-23", "hds", "SOV-002", "unknown", NULL, "cert-1" },
        { HELD("iso27001", YEAR SCOPE_ALL), "2026-11-23", "hds", "SOV-002", "unknown", NULL, "cert-1" },
        /* SecNumCloud is absent by ANSSI's list: an earlier record is wrong, a later one is not known to be right */
        { NULL, "2026-11-23", "snc", "SOV-002", "fail", "is not held", "cert-1" },
        { HELD("secnumcloud", YEAR SCOPE_ALL), "2026-11-23", "snc", "SOV-002", "fail", "the register says otherwise (entry cert-1 of 2026-01-31), but the source is later", NULL },
        { HELD("secnumcloud", "date: 2026-11-20, valid_until: 2029-11-20, " SCOPE_ALL), "2026-11-26", "snc", "SOV-002", "unknown", "to be settled", NULL },
        /* every one that is required has to be met */
        { HELD("hds", YEAR SCOPE_ALL), "2026-11-23", "both", "SOV-002", "fail", "is not held", NULL },
};
/* clang-format on */

static void run_feed(size_t i)
{
        json_auto_t *world = json_loads(world_text, 0, NULL);
        _cleanup_(judge_world_freep) struct judge_world *w = judge_world_new(world);
        struct judge_files files;
        const json_t *got;
        const char *en;

        judge_files_init(&files);
        if (feeds[i].file)
                judge_files_write(&files, "registers/own.yaml", "%s", feeds[i].file);
        _cleanup_(judge_freep) struct judge *j = new_judge(files.dir);
        json_auto_t *subject = json_pack("{s:s}", "resource", feeds[i].resource);
        json_auto_t *all = judge_world_run(w, j, subject, day(feeds[i].date));

        judge_files_done(&files);
        got = judge_world_of(all, feeds[i].rule);
        en = json_member_string(got, "en");
        if (strcmp(json_member_string(got, "verdict"), feeds[i].verdict) != 0 ||
            (feeds[i].says && !strstr(en, feeds[i].says)) ||
            (feeds[i].never && strstr(en, feeds[i].never)))
                fail_msg("row %zu: %s on %s is %s: %s", i, feeds[i].rule, feeds[i].resource,
                         json_member_string(got, "verdict"), en);
        /* what one language says of a register the other says, too */
        assert_int_equal(!strstr(en, "egister entry"),
                         !strstr(json_member_string(got, "fr"), "ntrée de registre"));
}

static void register_entries_feed_rules(void **state)
{
        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(feeds); i++)
                run_feed(i);
}

static void register_entries_are_part_of_the_digest(void **state)
{
        struct judge_files files;
        _cleanup_(judge_freep) struct judge *before = NULL, *after = NULL;

        (void)state;
        judge_files_init(&files);
        before = new_judge(files.dir);
        judge_files_write(&files, "registers/own.yaml", "%s", TRANSFER(""));
        after = new_judge(files.dir);
        judge_files_done(&files);
        assert_string_not_equal(judge_digest(before), judge_digest(after));
}

/* ---- for people --------------------------------------------------------------------------------
 */

static void register_entries_are_told_with_their_state(void **state)
{
        struct judge_files files;
        const json_t *row;

        (void)state;
        judge_files_init(&files);
        judge_files_write(
                &files, "registers/own.yaml", "%s",
                "incident_contacts:\n"
                "  - {" COMMON
                "reach: office-hours, contact: x, procedure: y, tested: 2026-02-02}\n"
                "training:\n  - {id: b, owner: hr, proof: z, date: 2026-01-31, review: 2026-02-28,"
                " team: lab, content: c, people: 3}\n");
        _cleanup_(judge_freep) struct judge *j = new_judge(files.dir);
        json_auto_t *rows = registers_json(judge_registers(j), day("2026-11-23"));

        judge_files_done(&files);
        assert_int_equal(json_array_size(rows), 2);
        row = json_array_get(rows, 0);
        assert_string_equal(json_member_string(row, "register"), "training");
        assert_string_equal(json_member_string(row, "state"), "review-missed");
        assert_string_equal(json_member_string(row, "until"), "2026-02-28");
        row = json_array_get(rows, 1);
        assert_string_equal(json_member_string(row, "state"), "in-force");
        assert_string_equal(json_member_string(row, "lacks"), "reach");
        assert_string_equal(json_member_string(row, "reach"), "office-hours");
}

static void register_examples_are_taken(void **state)
{
        _cleanup_(judge_freep) struct judge *j = new_judge("config/examples");
        json_auto_t *rows = registers_json(judge_registers(j), day("2026-11-23"));
        bool seen[REGISTER_KIND_MAX] = { false };
        json_t *row;
        size_t i;

        (void)state;
        json_array_foreach(rows, i, row) for (int k = 0; k < REGISTER_KIND_MAX; k++) seen[k] |=
                strcmp(json_member_string(row, "register"),
                       register_kind_name((enum register_kind)k)) == 0;
        for (int k = 0; k < REGISTER_KIND_MAX; k++)
                assert_true(seen[k]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(register_refuses_bad_entries),
                cmocka_unit_test(register_refuses_one_id_in_two_files),
                cmocka_unit_test(register_folder_that_cannot_be_read_is_no_empty_one),
                cmocka_unit_test(register_entries_feed_rules),
                cmocka_unit_test(register_entries_are_part_of_the_digest),
                cmocka_unit_test(register_entries_are_told_with_their_state),
                cmocka_unit_test(register_examples_are_taken),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
