#include "daemon/store/drift.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* The numbers that stand in the store, and in the texts of statements. */
static_assert(COVERAGE_OK == 0 && COVERAGE_OFF == 5 && COVERAGE_ABSENT == 6 &&
                      COVERAGE_SKIPPED == 7,
              "states keep their numbers");

int coverage_row(struct store_scan *scan, const struct place *place, const char *collector,
                 int64_t *ret, struct error *err)
{
        struct store *s = scan->store;
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int64_t place_row = 0;
        int r = store_place(s, place, &place_row, err);

        if (r == 0)
                r = store_row(s, ST_PASS_FIND, &st, err, "is", place_row, collector);
        if (r > 0)
                *ret = sqlite3_column_int64(st, 0);
        if (r != 0)
                return r < 0 ? r : 0;
        r = store_run(s, ST_PASS_ADD, err, "isii", place_row, collector, (int64_t)COVERAGE_SKIPPED,
                      (int64_t)scan->now_usec);
        *ret = sqlite3_last_insert_rowid(s->db);
        return r;
}

int coverage_was_read(struct store *s, int64_t pass, struct coverage_was *ret, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r = store_row(s, ST_PASS_READ, &st, err, "i", pass);

        if (r < 0)
                return r;
        if (r == 0)
                return error_set(err, -EUCLEAN, "%s: a pass is not there", s->path);
        *ret = (struct coverage_was){
                .pass = pass,
                .state = sqlite3_column_int64(st, 0),
                .last_ok = sqlite3_column_int64(st, 1),
                .run = sqlite3_column_int64(st, 2),
                .told = sqlite3_column_int64(st, 3),
                .partial = sqlite3_column_int64(st, 4),
                .visited = sqlite3_column_int64(st, 5) > 0,
        };
        (void)snprintf(ret->cause, sizeof(ret->cause), "%s",
                       column_text(st, 6) ? column_text(st, 6) : "");
        return 0;
}

static int coverage_tell(struct store_scan *scan, int64_t pass, enum event_kind kind,
                         const struct coverage *c, struct error *err)
{
        json_t *fields = record_place_fields(&c->place);

        if (!fields)
                return error_oom(err);
        (void)json_object_set_new(fields, "collector", json_string(c->collector));
        (void)json_object_set_new(fields, "state", json_string(coverage_state_name(c->state)));
        if (c->cause)
                (void)json_object_set_new(fields, "cause", json_string(c->cause));
        if (c->permission)
                (void)json_object_set_new(fields, "permission", json_string(c->permission));
        return flap_tell_take(scan, FLAP_PASS, pass, kind, fields, err);
}

/* A change of state is written down, but not the first answer of each pass of a new account. */
static int coverage_drift(struct store_scan *scan, const struct coverage_was *was,
                          const struct coverage *c, enum drift_what what, struct error *err)
{
        if (was->visited ? was->state == (int64_t)c->state && what == DRIFT_STATE
                         : !json_is_true(json_object_get(scan->accounts, c->place.account)))
                return 0;
        return drift_pass(scan, was, c, what, err);
}

int coverage_put(struct store_scan *scan, const struct coverage_was *was, const struct coverage *c,
                 bool quiet, struct error *err)
{
        bool answer = coverage_is_answer(c->state), told = was->told != 0;
        /* whether a skipped pass is lost shows when the scan turns out to be complete */
        bool lost = !answer && !told && !quiet && was->last_ok > 0 && c->state != COVERAGE_SKIPPED,
             restored = answer && told;
        int64_t now = (int64_t)scan->now_usec;
        /* an answer that rests is no newer than it is */
        int64_t answered = c->asked_usec > 0 ? (int64_t)c->asked_usec : now;
        int r = coverage_drift(scan, was, c,
                               lost       ? DRIFT_LOST
                               : restored ? DRIFT_RESTORED
                                          : DRIFT_STATE,
                               err);

        if (r == 0 && (lost || restored))
                r = coverage_tell(scan, was->pass,
                                  lost ? EVENT_COVERAGE_LOST : EVENT_COVERAGE_RESTORED, c, err);
        told = lost || (told && !restored);
        if (r < 0)
                return r;
        return store_run(scan->store, ST_PASS_PUT, err, "iississiooiiio", was->pass,
                         (int64_t)c->state, c->cause, c->permission, (int64_t)c->calls, c->topic,
                         c->service_type, (int64_t)c->items,
                         was->state == (int64_t)c->state ? INT64_C(0) : now,
                         answer ? answered : INT64_C(0), scan->number,
                         !answer || c->partial ? INT64_C(0)
                         : was->run == 0       ? scan->number
                                               : was->run,
                         (int64_t)told, (int64_t)c->asked_usec);
}

/* Of an account, or one of its scopes, that was in trouble once: without it, one that never could
 * be read would have no coverage, and look well. */
#define SIGN_IN "sign-in"

/* ---- what was not visited ----------------------------------------------------------------------
 */

static const json_t *trouble_of(const struct store_scan *scan, const struct place *place)
{
        const json_t *trouble;
        size_t i;

        json_array_foreach(scan->troubles, i, trouble)
        {
                const char *account = json_string_value(json_object_get(trouble, "account"));
                const char *provider = json_string_value(json_object_get(trouble, "provider"));
                const char *scope = json_string_value(json_object_get(trouble, "scope"));

                if (strcmp(account, place->account) == 0 &&
                    strcmp(provider, place->provider) == 0 &&
                    (!*scope || strcmp(scope, place->scope) == 0))
                        return trouble;
        }
        return NULL;
}

/* Columns of ST_PASS_UNVISITED. */
enum {
        U_PASS,
        U_PROVIDER,
        U_ACCOUNT,
        U_SCOPE,
        U_REGION,
        U_COLLECTOR,
        U_TOPIC,
        U_TYPE,
        U_PERMISSION
};

static int settle_unvisited(struct store_scan *scan, sqlite3_stmt *st, struct error *err)
{
        struct coverage c = {
                .place = { column_text(st, U_PROVIDER), column_text(st, U_ACCOUNT),
                           column_text(st, U_SCOPE), column_text(st, U_REGION) },
                .collector = column_text(st, U_COLLECTOR),
                .topic = column_text(st, U_TOPIC),
                .service_type = column_text(st, U_TYPE),
                .permission = column_text(st, U_PERMISSION),
                .state = COVERAGE_SKIPPED,
                .cause = scan->complete ? "not asked in the last scan" : "the scan was cut short",
        };
        const json_t *trouble = trouble_of(scan, &c.place);
        bool sign_in = strcmp(c.collector, SIGN_IN) == 0;
        struct coverage_was was = { 0 };
        int r;

        if (sign_in && !scan->complete) /* nothing says that it works again */
                return 0;
        r = coverage_was_read(scan->store, sqlite3_column_int64(st, U_PASS), &was, err);

        if (r < 0)
                return r;
        if (sign_in) {
                c.state = COVERAGE_OK;
                c.cause = NULL;
        } else if (trouble) {
                c.state =
                        (enum coverage_state)json_integer_value(json_object_get(trouble, "state"));
                c.cause = json_string_value(json_object_get(trouble, "cause"));
                c.asked_usec = (uint64_t)json_integer_value(json_object_get(trouble, "asked"));
        }
        return coverage_put(scan, &was, &c, trouble != NULL, err);
}

/* Passes of one account that were not visited. */
static int settle_account(struct store_scan *scan, const char *account, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r = store_row(scan->store, ST_PASS_UNVISITED, &st, err, "si", account, scan->number);

        while (r > 0) {
                r = settle_unvisited(scan, st, err);
                r = r < 0 ? r : store_next(scan->store, st, err);
        }
        return r;
}

/* Skipped, in a scan that ran to its end: that is a loss. */
static int tell_skipped(struct store_scan *scan, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r = store_row(scan->store, ST_PASS_SKIPPED, &st, err, "i", scan->number);

        while (r > 0) {
                const struct coverage c = {
                        .place = { column_text(st, U_PROVIDER), column_text(st, U_ACCOUNT),
                                   column_text(st, U_SCOPE), column_text(st, U_REGION) },
                        .collector = column_text(st, U_COLLECTOR),
                        .state = COVERAGE_SKIPPED,
                        .cause = column_text(st, U_PERMISSION + 1),
                };

                int64_t pass = sqlite3_column_int64(st, U_PASS);

                r = drift_pass_told(scan, pass, DRIFT_LOST, err);
                if (r == 0)
                        r = coverage_tell(scan, pass, EVENT_COVERAGE_LOST, &c, err);
                if (r == 0)
                        r = store_run(scan->store, ST_PASS_TOLD, err, "i", pass);
                r = r < 0 ? r : store_next(scan->store, st, err);
        }
        return r;
}

/* ---- troubles of whole accounts ----------------------------------------------------------------
 */

/* Columns of ST_TROUBLE_OVER. */
enum { T_ACCOUNT, T_PROVIDER, T_SCOPE };

static int tell_over(struct store_scan *scan, const char *account, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        int r = store_row(scan->store, ST_TROUBLE_OVER, &st, err, "si", account, scan->number);

        while (r > 0) {
                const struct place place = { .provider = column_text(st, T_PROVIDER),
                                             .account = column_text(st, T_ACCOUNT),
                                             .scope = column_text(st, T_SCOPE) };
                int64_t pass = 0;

                r = coverage_row(scan, &place, SIGN_IN, &pass, err);
                if (r == 0)
                        r = drift_pass_told(scan, pass, DRIFT_RESTORED, err);
                if (r == 0)
                        r = flap_tell_take(scan, FLAP_PASS, pass, EVENT_COVERAGE_RESTORED,
                                           record_place_fields(&place), err);
                r = r < 0 ? r : store_next(scan->store, st, err);
        }
        if (r < 0)
                return r;
        statement_resetp(&st);
        return store_run(scan->store, ST_TROUBLE_FORGET, err, "si", account, scan->number);
}

int coverage_settle(struct store_scan *scan, struct error *err)
{
        const char *account;
        json_t *was;
        int r = 0;

        json_object_foreach(scan->accounts, account, was)
        {
                if (r == 0)
                        r = settle_account(scan, account, err);
                if (r == 0 && scan->complete)
                        r = tell_over(scan, account, err);
        }
        return r == 0 && scan->complete ? tell_skipped(scan, err) : r;
}

static json_t *trouble_fields(const struct place *place, enum coverage_state state,
                              const char *cause)
{
        json_t *fields = record_place_fields(place);

        if (fields) {
                (void)json_object_set_new(fields, "state", json_string(coverage_state_name(state)));
                (void)json_object_set_new(fields, "cause", json_string(cause));
        }
        return fields;
}

static int sign_in_put(struct store_scan *scan, const struct place *place,
                       const struct store_trouble *t, int64_t *ret_pass, struct error *err)
{
        const struct coverage c = { .place = *place,
                                    .collector = SIGN_IN,
                                    .state = t->state,
                                    .cause = t->cause ? t->cause : "",
                                    .asked_usec = t->asked_usec };
        struct coverage_was was = { 0 };
        int64_t pass = 0;
        int r = coverage_row(scan, place, SIGN_IN, &pass, err);

        *ret_pass = pass;
        if (r == 0)
                r = coverage_was_read(scan->store, pass, &was, err);
        return r < 0 ? r : coverage_put(scan, &was, &c, true, err);
}

static int trouble_put(struct store_scan *scan, const struct place *place,
                       const struct store_trouble *t, struct error *err)
{
        _cleanup_(statement_resetp) sqlite3_stmt *st = NULL;
        struct store *s = scan->store;
        int64_t pass = 0;
        int r = store_row(s, ST_TROUBLE_FIND, &st, err, "sss", place->account, place->provider,
                          place->scope);
        /* that the network fails says nothing about credentials */
        const char *cause = t->cause ? t->cause : "";
        bool credentials = t->state != COVERAGE_FAILED,
             told = r > 0 && (sqlite3_column_int64(st, 0) != COVERAGE_FAILED) == credentials;

        if (r < 0)
                return r;
        r = store_run(s, ST_TROUBLE_PUT, err, "sssisii", place->account, place->provider,
                      place->scope, (int64_t)t->state, cause, (int64_t)scan->now_usec,
                      scan->number);
        if (r == 0)
                r = sign_in_put(scan, place, t, &pass, err);
        if (r < 0 || told)
                return r;
        r = drift_pass_told(scan, pass, DRIFT_LOST, err);
        return r < 0 ? r
                     : flap_tell_take(scan, FLAP_PASS, pass,
                                      credentials ? EVENT_CREDENTIALS_FAILING : EVENT_COVERAGE_LOST,
                                      trouble_fields(place, t->state, cause), err);
}

int store_scan_trouble(struct store_scan *scan, const struct store_trouble *t, struct error *err)
{
        const struct place place = { t->provider, t->account, t->scope ? t->scope : "", NULL };
        json_t *trouble =
                json_pack("{s:s, s:s, s:s, s:i, s:s, s:I}", "provider", t->provider, "account",
                          t->account, "scope", place.scope, "state", (int)t->state, "cause",
                          t->cause ? t->cause : "", "asked", (json_int_t)t->asked_usec);
        int r;

        if (!trouble || json_array_append_new(scan->troubles, trouble) < 0)
                return error_oom(err);
        r = record_step(scan, err);
        return r < 0 ? r : step_end(scan->store, trouble_put(scan, &place, t, err), err);
}
