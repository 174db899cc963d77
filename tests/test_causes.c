/* Why something is not known is said in the reader's language: every cause that the catalogue gives
 * has its words, and no finding shows it in the other language; so has every cause that the engine
 * makes of a list that it could not read, as its sources have them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/engine/catalogue.h"
#include "daemon/model/cause.h"
#include "tests/support/judge_world.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>

enum { CAUSE_BYTES_MAX = 255 }; /* checks cut what is longer, and then its words are not found */

struct looking {
        const struct judge *judge;
        json_t *words; /* {cause: {en, fr}} */
        const struct collector *collector;
        size_t causes, wrong;
};

static void complain(struct looking *l, const char *fact, const char *cause, const char *what)
{
        print_error("%s, %s: \"%s\": %s\n", l->collector->id, fact, cause, what);
        l->wrong++;
}

/* The thing with that fact unknown, as the rules judge it. */
static void judge_thing(struct looking *l, const char *fact, const char *cause)
{
        const struct collector *c = l->collector;
        json_auto_t *world =
                json_pack("{s:[{s:s, s:s, s:s, s:s, s:s, s:{s:{s:s}}}]}", "resources", "id",
                          "thing", "kind", c->id, "provider", c->service->provider, "region",
                          "nowhere-1", c->evidence ? "topic" : "service_type",
                          c->evidence ? c->evidence : c->type, "facts", fact, "unknown", cause);
        json_auto_t *subject = json_pack("{s:s}", "resource", "thing"), *all = NULL;
        _cleanup_(judge_world_freep) struct judge_world *w = judge_world_new(world);
        uint64_t date_usec;
        json_t *g;
        size_t i;

        assert_int_equal(clock_parse_iso8601("2026-11-23", &date_usec), 0);
        all = judge_world_run(w, l->judge, subject, date_usec);
        json_array_foreach(all, i, g)
        {
                if (strstr(json_member_string(g, "fr"), cause))
                        complain(l, fact, cause, json_member_string(g, "fr"));
        }
}

static void look_at_cause(struct looking *l, const char *fact, const char *cause)
{
        const json_t *text = json_object_get(l->words, cause);
        const char *fr = json_member_string(text, "fr");

        l->causes++;
        if (!fr || strcmp(fr, cause) == 0)
                complain(l, fact, cause, "law/words.yaml, causes: no words in French");
        else if (strlen(cause) > CAUSE_BYTES_MAX)
                complain(l, fact, cause, "too long for a cause");
        else if (l->collector->evidence || l->collector->type)
                judge_thing(l, fact, cause);
}

static void look_at_facts(struct looking *l, const json_t *facts)
{
        const char *name;
        json_t *spec;

        json_object_foreach((json_t *)facts, name, spec)
        {
                const char *cause = json_member_string(spec, "unknown");

                if (cause)
                        look_at_cause(l, name, cause);
        }
}

static void must_be_said(struct looking *l, const char *where, const char *cause)
{
        char *said[LANGUAGE_MAX] = { NULL };

        l->causes++;
        if (cause_say(l->words, cause, NULL, said) <= 0 || strcmp(said[LANGUAGE_FR], cause) == 0 ||
            strcmp(said[LANGUAGE_EN], cause) != 0) {
                print_error("%s: \"%s\": law/words.yaml, causes: no words in French, or others in "
                            "English\n",
                            where, cause);
                l->wrong++;
        }
        free(said[LANGUAGE_EN]);
        free(said[LANGUAGE_FR]);
}

/* What is missing beside a permission, and what an empty list means. */
static void look_at_sayings(struct looking *l, const struct collector *c)
{
        char cause[512];

        if (c->list.needs.in[LANGUAGE_EN]) {
                (void)snprintf(cause, sizeof(cause), "ListX: AccessDenied: no; %s",
                               c->list.needs.in[LANGUAGE_EN]);
                must_be_said(l, c->id, cause);
        }
        if (c->empty.in[LANGUAGE_EN])
                must_be_said(l, c->id, c->empty.in[LANGUAGE_EN]);
}

static void look_at_collector(struct looking *l, const struct collector *c)
{
        l->collector = c;
        look_at_sayings(l, c);
        look_at_facts(l, c->facts);
        look_at_facts(l, c->list.facts);
        for (size_t i = 0; i < c->n_detail; i++)
                look_at_facts(l, c->detail[i].facts);
        for (size_t i = 0; i < c->n_joins; i++)
                look_at_facts(l, c->joins[i].facts);
}

static void causes_of_the_catalogue_are_said_in_french(void **state)
{
        static const struct policy policy = { .log_retention_days = 184,
                                              .coverage_max_age_usec = USEC_PER_DAY };
        _cleanup_(catalogue_freep) struct catalogue *catalogue = NULL;
        _cleanup_(judge_freep) struct judge *j = NULL;
        json_auto_t *all = NULL;
        struct looking l = { 0 };
        struct error err = { 0 };

        (void)state;
        if (catalogue_load(&catalogue, "config", NULL, &err) < 0 ||
            judge_new(&j, "config", NULL, &policy, &err) < 0)
                fail_msg("%s", err.text);
        all = judge_words(j);
        l.judge = j;
        l.words = json_object_get(all, "causes");
        for (size_t s = 0; s < catalogue->n_services; s++)
                for (size_t c = 0; c < catalogue->services[s]->n_collectors; c++)
                        look_at_collector(&l, &catalogue->services[s]->collectors[c]);
        assert_true(l.causes > 40);
        assert_int_equal(l.wrong, 0);
}

/* ---- what the program says for itself
 * ------------------------------------------------------------------------------------------------
 */

/* Calls whose text becomes a cause, up to it. */
static const char *const makers[] = {
        "error_set(",           "pass_degrade_text(",   "scan_cancel(",          "scan_stop(",
        "command_set_failure(", "(text, sizeof(text),", "(cause, sizeof(cause),"
};

/* Files of the engine whose errors are about the configuration's files or the program's start. */
static const char *const others[] = { "catalogue.c", "catalogue-check.c", "offered.c",
                                      "plan.c",      "plan-count.c",      "plan-place.c" };
static const char *const at_start[] = { "cannot make a timer: %s",
                                        "cannot make event sources: %s" };

/* Causes that are made elsewhere: the store, the daemon, the readers of replies. */
static const char *const elsewhere[] = {
        "not asked in the last scan",
        "the scan was cut short",
        "stopped",
        "interrupted",
        "out of memory",
        "no reply",
        "no explanation",
        "no valid JSON at line 3, column 4",
        "HTTP 200 with a web page instead of JSON: a proxy or portal answered, not the API",
        "HTTP 404 with a web page instead of JSON: there is no such method at this host",
        "HTTP 200, but the reply is no JSON object, and no list",
        "HTTP 200, but the reply is no XML document",
        "HTTP status 200, but no valid JSON at line 3, column 4",
        "Google has no such API at europe-west9-aiplatform.googleapis.com",
        "this API does not accept the key: HTTP 401",
        "the Admin API refuses the key",
        "object storage has no such bucket in that region, or not in a project that the key looks "
        "into",
        "needs Microsoft.Search/searchServices/read on /subscriptions/1",
        "needs Microsoft.Search/searchServices/read",
        "the body is empty",
        "the body is a web page, as a proxy or a load balancer writes them",
        "the body is a web page, as a proxy or a portal writes them",
        "it is no answer to this call",
        "the body is XML or HTML, not JSON",
        "the body is no JSON object",
        "the subscription belongs to another tenant than abc: an account of its own has to name "
        "that tenant",
        "the subscription is not visible: this identity has no role in it, or it was removed or "
        "belongs to another tenant",
        "api-version abc is refused, and no other is left to try: def",
        "the search covers the first 10000 subscriptions only",
        "the search cut its result and gives no further page",
        "this account has no fine-tuning (any more)",
        "this account has no such search indexes",
        "payment is required before the account is answered",
        "the service has expired or is suspended: abc",
        "OVHcloud gives no reason",
        "object storage is not asked where the account has an endpoint of its own: what buckets do "
        "is not known",
        "object storage wants the access key beside the secret key: set SCW_ACCESS_KEY, or "
        "access_key in the account's entry",
        "skipped: the scan took longer than limits.scan_timeout",
        "aws.x, eu-west-3: skipped: what names it was not all read: aws.y, eu-west-1",
};

static bool is_among(const char *const *list, size_t n, const char *text)
{
        for (size_t i = 0; i < n; i++)
                if (strcmp(list[i], text) == 0)
                        return true;
        return false;
}

/* The literals that stand together from there on, as one; false when there is none in the call. */
static bool literal_from(const char *p, char *text, size_t size)
{
        size_t n = 0;

        p += strcspn(p, "\";");
        if (*p != '"')
                return false;
        while (*p == '"') {
                for (p++; *p && *p != '"'; p++)
                        if (n + 1 < size)
                                text[n++] = *p;
                p += *p == '"';
                p += strspn(p, " \t\n");
        }
        text[n] = '\0';
        return true;
}

/* "the reply has no '%s'" as it may come out; false when nothing of it is the program's own. */
static bool spell_out(const char *format, char *text, size_t size)
{
        size_t n = 0;
        bool own = false;

        for (const char *p = format; *p && n + 8 < size; p++) {
                if (*p != '%') {
                        own = own || isalpha((unsigned char)*p);
                        text[n++] = *p;
                        continue;
                }
                p += strspn(p + 1, "0123456789.*lz") + 1;
                n += (size_t)snprintf(text + n, size - n, "n%c", *p);
        }
        text[n] = '\0';
        return own;
}

static void look_at_source(struct looking *l, const char *path)
{
        static char source[256 * 1024];
        char format[512], cause[640];
        FILE *file = fopen(path, "re");
        size_t n = file ? fread(source, 1, sizeof(source) - 1, file) : 0;

        assert_in_range(n, 1, sizeof(source) - 2);
        (void)fclose(file);
        source[n] = '\0';
        for (size_t i = 0; i < ELEMENTSOF(makers); i++)
                for (const char *p = strstr(source, makers[i]); p; p = strstr(p + 1, makers[i]))
                        if (literal_from(p + strlen(makers[i]), format, sizeof(format)) &&
                            !is_among(at_start, ELEMENTSOF(at_start), format) &&
                            spell_out(format, cause, sizeof(cause)))
                                must_be_said(l, path, cause);
}

static void causes_of_the_program_are_said_in_french(void **state)
{
        static const struct policy policy = { .log_retention_days = 184 };
        _cleanup_(judge_freep) struct judge *j = NULL;
        json_auto_t *all = NULL;
        struct looking l = { 0 };
        struct error err = { 0 };
        struct dirent **files = NULL;
        int n = scandir("daemon/engine", &files, NULL, alphasort);
        char path[512];

        (void)state;
        if (judge_new(&j, "config", NULL, &policy, &err) < 0)
                fail_msg("%s", err.text);
        all = judge_words(j);
        l.words = json_object_get(all, "causes");
        assert_true(n > 0);
        for (int i = 0; i < n; i++) {
                const char *name = files[i]->d_name, *dot = strrchr(name, '.');

                if (dot && strcmp(dot, ".c") == 0 && !is_among(others, ELEMENTSOF(others), name)) {
                        (void)snprintf(path, sizeof(path), "daemon/engine/%s", name);
                        look_at_source(&l, path);
                }
                free(files[i]);
        }
        free(files);
        assert_true(l.causes > 20);
        for (size_t i = 0; i < ELEMENTSOF(elsewhere); i++)
                must_be_said(&l, "elsewhere", elsewhere[i]);
        assert_int_equal(l.wrong, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(causes_of_the_program_are_said_in_french),
                cmocka_unit_test(causes_of_the_catalogue_are_said_in_french),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
