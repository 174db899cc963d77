/* What people and programs read of waivers and declarations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/json.h"
#include "daemon/report/declared.h"
#include "daemon/report/explain.h"
#include "daemon/report/report.h"
#include "daemon/report/status.h"
#include "daemon/report/waivers.h"
#include "tests/support/ledger.h"

#include <string.h>

static const struct visit two = { .ids = "a b" };

static json_t *listed(const char *id, const char *until, const char *state)
{
        return json_pack("{s:s, s:s, s:s, s:s, s:[s], s:s}", "id", id, "owner", "Risques", "reason",
                         "Essai", "until", until, "rules", "LOC-001", "state", state);
}

static const char DECLARED[] =
        "{\"declared_by\": {"
        "\"ai-act-data\": {\"value\": \"none\", \"source\": \"policy\", \"state\": \"ok\"},"
        "\"ai-act-env\": {\"value\": \"dev\", \"source\": \"policy\", \"state\": \"ok\"},"
        "\"ai-act-owner\": {\"value\": \"x, y\", \"source\": \"tag\", \"state\": \"conflict\"},"
        "\"ai-act-review\": {\"value\": \"2026-01-01\", \"source\": \"declaration "
        "declarations/a.yaml (DPO)\", \"state\": \"ended\", \"file\": \"declarations/a.yaml\", "
        "\"owner\": \"DPO\", \"reason\": \"r\", \"until\": \"2026-07-01\"},"
        "\"ai-act-risk\": {\"value\": \"limited\", \"source\": \"declaration declarations/a.yaml "
        "(DPO)\", \"state\": \"ok\", \"file\": \"declarations/a.yaml\", \"owner\": \"DPO\", "
        "\"reason\": \"Serverless\", \"until\": \"2027-09-01\", \"overridden\": [{\"value\": "
        "\"minimal\", \"source\": \"tag\"}]}}}";

/* One waived finding on a, one that is not on b, three waivers. */
static void fill(struct ledger *l)
{
        json_auto_t *w = json_pack("{s:s, s:s, s:s, s:s}", "id", "W-1", "owner", "Risques",
                                   "reason", "Essai", "until", "2027-03-31");
        json_auto_t *list = json_pack("[o, o, o, o]", listed("W-1", "2027-03-31", "in-force"),
                                      listed("W-2", "2026-07-25", "ending"),
                                      listed("W-3", "2026-07-01", "ended"),
                                      listed("W-4", "2027-03-31", "in-force"));
        json_auto_t *declared = json_loads(DECLARED, 0, NULL);
        _cleanup_(resource_freep) struct resource *a = ledger_resource(&two, "a");
        const struct judgement waived = { .verdict = VERDICT_WAIVED,
                                          .severity = SEVERITY_HIGH,
                                          .waiver = w },
                               failed = { .verdict = VERDICT_FAIL, .severity = SEVERITY_MEDIUM };
        char key[RESOURCE_KEY_MAX];
        struct error err = { 0 };

        ledger_begin(l);
        ledger_visit(l, &two);
        ledger_collected(l, true);
        if (store_waivers(l->scan, list, &err) < 0)
                fail_msg("%s", err.text);
        ledger_judge(l, &two, "a", &waived);
        ledger_judge(l, &two, "b", &failed);
        if (store_describe(l->scan, resource_key(a, key), declared, &err) < 0)
                fail_msg("%s", err.text);
        ledger_end(l);
}

/* ---- what one report prints --------------------------------------------------------------------
 */

enum what { TABLE, CSV, JSON, STATUS, STATUS_JSON, EXPLAIN_FINDING, EXPLAIN_RESOURCE };

static int on_finding(void *user, const struct store_finding *f)
{
        const struct report_request *request = user;
        json_auto_t *words = store_words(request->store);

        if (strcmp(f->resource_id, "a") == 0)
                explain_finding(request, f, words);
        return 0;
}

static int on_resource(void *user, const struct store_resource *r)
{
        const struct report_request *request = user;
        json_auto_t *words = store_words(request->store);
        struct error err = { 0 };

        return strcmp(r->resource->id, "a") == 0 ? explain_resource(request, r, words, &err) : 0;
}

static int write_it(const struct report_request *request, enum what what, struct error *err)
{
        switch (what) {
        case TABLE:
                return report_write(request, REPORT_TABLE, err);
        case CSV:
                return report_write(request, REPORT_CSV, err);
        case JSON:
                return report_write(request, REPORT_JSON, err);
        case STATUS:
                return status_write(request, NULL, REPORT_TABLE, err);
        case STATUS_JSON:
                return status_write(request, NULL, REPORT_JSON, err);
        case EXPLAIN_FINDING:
                return store_each_finding(request->store, request->filter, on_finding,
                                          (void *)request, err);
        default:
                return store_each_resource(request->store, request->filter, on_resource,
                                           (void *)request, err);
        }
}

static char *printed(struct ledger *l, enum what what, enum report_part part)
{
        static const struct store_filter none = { 0 };
        struct report_request request = {
                .store = l->store, .part = part, .filter = &none, .language = LANGUAGE_EN
        };
        struct error err = { 0 };
        char *text = NULL;
        size_t size;

        request.terminal.out = open_memstream(&text, &size);
        assert_non_null(request.terminal.out);
        if (write_it(&request, what, &err) < 0)
                fail_msg("%s", err.text);
        (void)fclose(request.terminal.out);
        return text;
}

static const struct {
        enum what what;
        enum report_part part;
        const char *says; /* "!…": does not say */
} prints[] = {
        /* the row is there, with all of it */
        { TABLE, REPORT_FINDINGS, "waived]" },
        { TABLE, REPORT_FINDINGS, "Waived: W-1, Risques, until 2027-03-31: Essai" },
        { TABLE, REPORT_SCAN, "Waived: W-1, Risques, until 2027-03-31: Essai" },
        { TABLE, REPORT_SCAN, "waived: 1" },
        { TABLE, REPORT_SCAN, "W-2 (Risques): ends soon, on 2026-07-25, holds for no finding" },
        { TABLE, REPORT_SCAN, "W-3 (Risques): ended on 2026-07-01\n" },
        { TABLE, REPORT_SCAN, "W-4 (Risques): until 2027-03-31, holds for no finding" },
        { TABLE, REPORT_SCAN, "!W-1 (Risques)" }, /* all is well with it: no news */
        { STATUS, REPORT_SCAN, "W-1 (Risques): until 2027-03-31, findings: 1" },
        { STATUS, REPORT_SCAN, "W-3 (Risques): ended on 2026-07-01" },
        { STATUS_JSON, REPORT_SCAN, "\"waived\":{\"info\":0,\"low\":0,\"medium\":0,\"high\":1" },
        { STATUS_JSON, REPORT_SCAN, "\"state\":\"ended\"" },
        { CSV, REPORT_FINDINGS, "closed,waiver,waiver_owner,waiver_reason,waiver_until\r\n" },
        { CSV, REPORT_FINDINGS, ",W-1,Risques,Essai,2027-03-31\r\n" },
        { CSV, REPORT_FINDINGS, ",,,,\r\n" }, /* of b */
        { JSON, REPORT_FINDINGS,
          "\"waiver\":{\"id\":\"W-1\",\"owner\":\"Risques\",\"reason\":\"Essai\",\"until\":"
          "\"2027-03-31\"}" },
        { JSON, REPORT_FINDINGS, "\"waiver\":null" },
        { EXPLAIN_FINDING, REPORT_FINDINGS,
          "waived:            W-1, Risques, until 2027-03-31: Essai" },
        /* declarations */
        { JSON, REPORT_RESOURCES, "\"ai-act-risk\":{" },
        { CSV, REPORT_RESOURCES, ",stale,declared\r\n" },
        { CSV, REPORT_RESOURCES,
          "\"data=none, env=dev (policy); risk=limited (declaration declarations/a.yaml, DPO)\"" },
        { TABLE, REPORT_RESOURCES, "risk=limited (declaration declarations/a.yaml, DPO)" },
        { TABLE, REPORT_RESOURCES, "!x, y" },
        { EXPLAIN_RESOURCE, REPORT_RESOURCES,
          "ai-act-risk:         limited (declaration declarations/a.yaml, DPO): Serverless; "
          "until "
          "2027-09-01; instead of minimal (tag)\n" },
        { EXPLAIN_RESOURCE, REPORT_RESOURCES,
          "ai-act-review:       2026-01-01 (declaration declarations/a.yaml, DPO): r; ended on "
          "2026-07-01, no longer counts\n" },
        { EXPLAIN_RESOURCE, REPORT_RESOURCES,
          "ai-act-owner:        x, y (tag); they differ, none counts\n" },
        { EXPLAIN_RESOURCE, REPORT_RESOURCES, "ai-act-env:          dev (policy)\n" },
        { EXPLAIN_RESOURCE, REPORT_RESOURCES, "!erified" },
};

static void reports_show_waivers_and_declarations(void **state)
{
        struct ledger *l = *state;

        fill(l);
        for (size_t i = 0; i < ELEMENTSOF(prints); i++) {
                _cleanup_(freep) char *text = printed(l, prints[i].what, prints[i].part);
                bool absent = prints[i].says[0] == '!';

                if (!strstr(text, prints[i].says + absent) != absent)
                        fail_msg("%zu: '%s' in\n%s", i, prints[i].says, text);
        }
}

/* Nothing is printed of waivers where there are none. */
static void reports_are_silent_without_waivers(void **state)
{
        struct ledger *l = *state;
        _cleanup_(freep) char *text = NULL;

        ledger_scan(l, &two, 1);
        text = printed(l, STATUS, REPORT_SCAN);
        assert_null(strstr(text, "Waivers"));
}

#define LEDGER_TEST(f) cmocka_unit_test_setup_teardown(f, ledger_setup, ledger_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                LEDGER_TEST(reports_show_waivers_and_declarations),
                LEDGER_TEST(reports_are_silent_without_waivers),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
