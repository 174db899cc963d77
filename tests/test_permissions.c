/* Which permissions a catalogue comes to, and how they are granted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/base/json.h"
#include "daemon/watch/permissions.h"
#include "providers/aws/account.h"
#include "providers/aws/policy.h"

/* ---- granting ----------------------------------------------------------------------------------
 */

enum { MANY = 600 };

/* Configurations own their texts. */
#define OWN(text) ((char[]){ text })

struct names {
        char text[MANY][96];
        struct permission permissions[MANY];
        struct permission_set set;
};

static void add(struct names *n, bool own, const char *fmt, ...) _printf_(3, 4);

static void add(struct names *n, bool own, const char *fmt, ...)
{
        size_t i = n->set.n_permissions++;
        va_list ap;

        assert_true(i < MANY);
        va_start(ap, fmt);
        (void)vsnprintf(n->text[i], sizeof(n->text[i]), fmt, ap);
        va_end(ap);
        n->permissions[i] = (struct permission){ .name = n->text[i], .own = own };
        n->set.permissions = n->permissions;
}

static int grant(const char *provider, const char *format, const struct permission_set *set,
                 const struct account_config *config, char **ret, struct error *err)
{
        const struct provider *p = provider_find(provider);
        struct buffer document = BUFFER_INIT(1 << 20), notes = BUFFER_INIT(1 << 16);
        int r = 0;

        for (int language = 0; language < LANGUAGE_MAX && r == 0; language++) {
                const struct grant_request request = {
                        .format = format,
                        .permissions = set,
                        .config = config,
                        .language = (enum language)language,
                };

                buffer_reset(&document);
                buffer_reset(&notes);
                r = p->grant(&request, &document, &notes, err);
                if (r == 0)
                        assert_true(notes.size_bytes > 20);
        }
        assert_int_equal(buffer_error(&document), 0);
        *ret = r == 0 ? buffer_take(&document) : NULL;
        buffer_done(&document);
        buffer_done(&notes);
        return r;
}

static json_t *policies_of(const struct permission_set *set, const struct account_config *config)
{
        _cleanup_(freep) char *text = NULL;
        struct error err = { 0 };
        json_t *policies = NULL;

        if (grant("aws", "policy", set, config, &text, &err) < 0)
                fail_msg("%s", err.text);
        assert_int_equal(json_parse(text, strlen(text), &policies, &err), 0);
        return policies;
}

/* Every permission stands in the policies once, each policy is within IAM's limit, with Sids of its
 * own. */
static void check_policies(const json_t *policies, const struct permission_set *set)
{
        json_auto_t *seen = json_object();
        json_t *policy, *statement, *action;
        size_t i, k, a;

        json_array_foreach(policies, i, policy)
        {
                json_t *document = json_object_get(policy, "PolicyDocument");
                json_auto_t *sids = json_object();

                assert_true(aws_policy_chars(document) <= AWS_MANAGED_POLICY_CHARS);
                json_array_foreach(json_object_get(document, "Statement"), k, statement)
                {
                        const char *sid = json_member_string(statement, "Sid");

                        assert_null(json_object_get(sids, sid));
                        (void)json_object_set_new(sids, sid, json_true());
                        assert_true(json_array_size(json_object_get(statement, "Action")) > 0);
                        json_array_foreach(json_object_get(statement, "Action"), a, action)
                        {
                                assert_null(json_object_get(seen, json_string_value(action)));
                                (void)json_object_set_new(seen, json_string_value(action),
                                                          json_true());
                        }
                }
        }
        assert_int_equal(json_object_size(seen), set->n_permissions);
        for (i = 0; i < set->n_permissions; i++)
                assert_non_null(json_object_get(seen, set->permissions[i].name));
}

static void grant_splits_between_services(void **state)
{
        static struct names n;
        json_auto_t *policies = NULL;

        for (int service = 0; service < 20; service++)
                for (int call = 0; call < 20; call++)
                        add(&n, false, "service-%c:ListSomethingLong%c", 'a' + service, 'A' + call);
        policies = policies_of(&n.set, NULL);
        check_policies(policies, &n.set);
        assert_true(json_array_size(policies) > 1);
        /* a service is whole in one of them */
        for (size_t i = 0; i < json_array_size(policies); i++) {
                json_auto_t *statements =
                        json_path(json_array_get(policies, i), "PolicyDocument.Statement");
                json_t *statement;
                size_t k;

                json_array_foreach(statements, k, statement)
                {
                        assert_int_equal(json_array_size(json_object_get(statement, "Action")), 20);
                }
        }
}

static void grant_splits_a_service_that_is_too_much(void **state)
{
        static struct names n;
        json_auto_t *policies = NULL;

        add(&n, false, "account:ListRegions");
        for (int call = 0; call < 500; call++)
                add(&n, false, "sagemaker:ListSomethingRatherLong%04d", call);
        add(&n, false, "sts:ListLast");
        policies = policies_of(&n.set, NULL);
        check_policies(policies, &n.set);
        assert_in_range(json_array_size(policies), 4, 8);
}

static void grant_names_whole_actions_only(void **state)
{
        static const char *const bad[] = { "sagemaker:*",
                                           "sagemaker",
                                           "sagemaker:",
                                           ":ListEndpoints",
                                           "*",
                                           "sagemaker:List*",
                                           "Sagemaker:ListAll",
                                           "sagemaker:list",
                                           "",
                                           "sagemaker:List\"All" };

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                struct permission permission = { .name = bad[i] };
                const struct permission_set set = { .permissions = &permission,
                                                    .n_permissions = 1 };
                struct error err = { 0 };
                char *text = NULL;

                if (grant("aws", "policy", &set, NULL, &text, &err) != -EINVAL)
                        fail_msg("'%s' was granted: %s", bad[i], text ? text : err.text);
        }
}

static void grant_of_nothing_is_refused(void **state)
{
        const struct permission_set set = { 0 };
        struct error err = { 0 };
        char *text = NULL;

        assert_int_equal(grant("aws", "policy", &set, NULL, &text, &err), -ENOENT);
        assert_null(text);
}

/* What the last policy of an account grants, "" when there is none but those that read. */
static void check_sign_in(const struct aws_options *options, char **scopes, char **regions,
                          const char *name, const char *resource)
{
        static struct names n;
        struct account_config config = { .name = OWN("prod"),
                                         .options = (void *)options,
                                         .scopes = scopes,
                                         .regions = regions };
        json_auto_t *policies = NULL, *found = NULL;
        const json_t *last;

        n.set.n_permissions = 0;
        add(&n, false, "sagemaker:ListEndpoints");
        add(&n, true, "organizations:ListAccounts"); /* as of an account that could not be opened */
        policies = policies_of(&n.set, &config);
        last = json_array_get(policies, json_array_size(policies) - 1);
        assert_string_equal(json_member_string(last, "PolicyName"), name);
        found = json_path(last, "PolicyDocument.Statement[].Resource");
        assert_non_null(found);
        if (resource) {
                _cleanup_(freep) char *text = json_dumps(found, JSON_COMPACT);

                if (!strstr(text, resource))
                        fail_msg("%s is not in %s", resource, text);
        }
}

static void grant_enters_other_accounts_only_when_asked(void **state)
{
        char *members[] = { OWN("444455556666"), NULL }, *eusc[] = { OWN("eusc-de-east-1"), NULL };
        const struct aws_organization_options there = { .role = OWN("audit/lookout"),
                                                        .place = { 3, 7 } };

        check_sign_in(&(struct aws_options){ 0 }, NULL, NULL, "vigie-read", NULL);
        check_sign_in(&(struct aws_options){ .role = OWN("arn:aws:iam::111122223333:role/first") },
                      NULL, NULL, "vigie-sign-in", "arn:aws:iam::111122223333:role/first");
        check_sign_in(&(struct aws_options){ .organization = there }, NULL, NULL,
                      "vigie-organization", "arn:aws:iam::*:role/audit/lookout");
        check_sign_in(&(struct aws_options){ .organization = there, .partition = OWN("aws-eusc") },
                      NULL, NULL, "vigie-organization", "arn:aws-eusc:iam::*:role/audit/lookout");
        check_sign_in(&(struct aws_options){ .organization = there }, NULL, eusc,
                      "vigie-organization", "arn:aws-eusc:iam::*:role/audit/lookout");
        check_sign_in(&(struct aws_options){ .role = OWN("vigie-read") }, members, NULL,
                      "vigie-organization", "arn:aws:iam::444455556666:role/vigie-read");
}

static void grant_keeps_what_finds_accounts_apart(void **state)
{
        static struct names n;
        json_auto_t *policies = NULL;

        add(&n, true, "organizations:ListAccounts");
        add(&n, false, "sagemaker:ListEndpoints");
        policies = policies_of(&n.set, NULL);
        check_policies(policies, &n.set);
        assert_int_equal(json_array_size(policies), 2);
        assert_string_equal(json_member_string(json_array_get(policies, 1), "PolicyName"),
                            "vigie-organization");
}

static void grant_templates_take_the_role_of_the_account(void **state)
{
        static struct names n;
        const struct aws_options options = { .organization = { .role = OWN("audit/lookout"),
                                                               .place = { 3, 7 } } };
        struct aws_options evil = options;
        struct account_config config = { .name = OWN("prod"), .options = (void *)&options };
        _cleanup_(freep) char *terraform = NULL, *cloudformation = NULL, *none = NULL;
        json_auto_t *template = NULL, *path = NULL, *name = NULL;
        struct error err = { 0 };

        add(&n, false, "sagemaker:ListEndpoints");
        assert_int_equal(grant("aws", "terraform", &n.set, &config, &terraform, &err), 0);
        assert_non_null(strstr(terraform, "default     = \"lookout\""));
        assert_non_null(strstr(terraform, "path        = \"/audit/\""));
        assert_int_equal(grant("aws", "cloudformation", &n.set, &config, &cloudformation, &err), 0);
        assert_int_equal(json_parse(cloudformation, strlen(cloudformation), &template, &err), 0);
        path = json_path(template, "Resources.Role.Properties.Path");
        name = json_path(template, "Parameters.RoleName.Default");
        assert_string_equal(json_string_value(path), "/audit/");
        assert_string_equal(json_string_value(name), "lookout");

        evil.organization.role = OWN("x\"\n} resource");
        config.options = &evil;
        assert_int_equal(grant("aws", "terraform", &n.set, &config, &none, &err), -EINVAL);
        assert_null(none);
}

static void grant_of_scaleway_tells_organisation_from_projects(void **state)
{
        static struct names n;
        char *projects[] = { OWN("p-1"), OWN("p-2"), NULL };
        struct account_config config = { .name = OWN("lab"), .scopes = projects };
        _cleanup_(freep) char *text = NULL;
        json_auto_t *policy = NULL, *rules = NULL, *wanted = NULL;
        struct error err = { 0 };

        add(&n, false, "IAMReadOnly");
        add(&n, false, "InferenceReadOnly");
        assert_int_equal(grant("scaleway", "policy", &n.set, &config, &text, &err), 0);
        assert_int_equal(json_parse(text, strlen(text), &policy, &err), 0);
        rules = json_path(policy, "rules");
        wanted = json_pack("[{s[s] ss} {s[s] s[ss]}]", "permission_set_names", "IAMReadOnly",
                           "organization_id", "ORGANIZATION_ID", "permission_set_names",
                           "InferenceReadOnly", "project_ids", "p-1", "p-2");
        assert_true(json_equal(rules, wanted));
}

/* Keys without a policy: the document says which to make, and what for. */
static void grant_of_bearer_keys_names_them(void **state)
{
        static struct names n;
        char *scopes[] = { OWN("hexagone"), OWN("hexagone-lab"), NULL };
        struct account_config config = { .name = OWN("lab"), .scopes = scopes };
        _cleanup_(freep) char *token = NULL, *keys = NULL, *whole = NULL;
        json_auto_t *document = NULL, *names = NULL, *rights = NULL, *credentials = NULL,
                    *wanted = json_pack("[ss]", "hexagone", "hexagone-lab"),
                    *two = json_pack("[ss]", "lab.api_key", "lab.admin_key");
        struct error err = { 0 };

        add(&n, false, "job.read");
        add(&n, false, "repo.content.read");
        assert_int_equal(grant("huggingface", "token", &n.set, &config, &token, &err), 0);
        assert_int_equal(json_parse(token, strlen(token), &document, &err), 0);
        names = json_path(document, "accessToken.fineGrained.scoped[].entity.name");
        rights = json_path(document, "accessToken.fineGrained.scoped[].permissions[]");
        assert_true(json_equal(names, wanted));
        assert_int_equal(json_array_size(rights), 4);

        json_decref(TAKE_PTR(document));
        assert_int_equal(grant("mistral", "keys", &n.set, &config, &keys, &err), 0);
        assert_int_equal(json_parse(keys, strlen(keys), &document, &err), 0);
        credentials = json_path(document, "keys[].credential");
        assert_true(json_equal(credentials, two));

        assert_int_equal(grant("replicate", "token", &n.set, &config, &whole, &err), 0);
        assert_non_null(strstr(whole, "\"account\": \"hexagone\""));
}

/* ---- which permissions -------------------------------------------------------------------------
 */

static const char service_text[] = "service: aws.test\n"
                                   "title: {en: t, fr: t}\n"
                                   "source: s\n"
                                   "checked: 2026-11-23\n"
                                   "host: test.{region}.{suffix}\n"
                                   "protocol: aws-json-1.1\n"
                                   "signing_name: test\n"
                                   "permission_prefix: test\n"
                                   "collectors:\n"
                                   "  - id: aws.test.who\n"
                                   "    title: {en: t, fr: t}\n"
                                   "    yields: scope\n"
                                   "    level: account\n"
                                   "    list: {call: GetWho, items: \".\", permission: none}\n"
                                   "    resource: {id: id}\n"
                                   "  - id: aws.test.members\n"
                                   "    title: {en: t, fr: t}\n"
                                   "    yields: scope\n"
                                   "    level: account\n"
                                   "    when: organization\n"
                                   "    list: {call: ListMembers, items: m}\n"
                                   "    resource: {id: id}\n"
                                   "  - id: aws.test.region\n"
                                   "    title: {en: t, fr: t}\n"
                                   "    yields: region\n"
                                   "    list: {call: ListRegions, items: r}\n"
                                   "    resource: {id: id}\n"
                                   "  - id: aws.test.region_again\n"
                                   "    title: {en: t, fr: t}\n"
                                   "    yields: region\n"
                                   "    list: {call: DescribeRegions, items: r}\n"
                                   "    resource: {id: id}\n"
                                   "  - id: aws.test.parent\n"
                                   "    title: {en: t, fr: t}\n"
                                   "    type: mlaas\n"
                                   "    list: {call: ListParents, items: p}\n"
                                   "    resource: {id: id}\n"
                                   "    detail:\n"
                                   "      - {call: HeadParent, permission: \"store:ListParent\"}\n"
                                   "      - {call: ListTags}\n"
                                   "  - id: aws.test.child\n"
                                   "    title: {en: t, fr: t}\n"
                                   "    type: mlaas\n"
                                   "    per: aws.test.parent\n"
                                   "    list: {call: ListChildren, items: c}\n"
                                   "    resource: {id: id}\n"
                                   "    detail:\n"
                                   "      - {call: ListTags}\n"
                                   "  - id: aws.test.rare\n"
                                   "    title: {en: t, fr: t}\n"
                                   "    type: mlaas\n"
                                   "    optional: true\n"
                                   "    why: {en: w, fr: w}\n"
                                   "    list: {call: ListRare, items: r}\n"
                                   "    resource: {id: id}\n";

static const char config_text[] =
        "accounts:\n"
        "  - {name: alone, provider: aws}\n"
        "  - {name: hub, provider: aws, organization: {role: vigie-read}, optional: "
        "[aws.test.rare]}\n"
        "  - {name: childless, provider: aws, exclude: [aws.test.parent]}\n"
        "  - {name: broken, provider: aws, profile: there-is-none}\n"
        "  - {name: lab, provider: scaleway}\n";

struct bench {
        char dir[64], config[96];
};

static void put(const struct bench *b, const char *name, const char *text)
{
        char path[256];
        FILE *f;

        (void)snprintf(path, sizeof(path), "%s/%s", b->dir, name);
        f = fopen(path, "we");
        assert_non_null(f);
        (void)fputs(text, f);
        assert_int_equal(fclose(f), 0);
}

static const char *const folders[] = { "catalogue", "catalogue/aws" };
static const char *const files[] = { "catalogue/facts.yaml", "catalogue/aws/test.yaml",
                                     "vigie.yaml" };

static int setup(void **state)
{
        struct bench *b = calloc(1, sizeof(*b));
        char path[256];

        assert_non_null(b);
        (void)snprintf(b->dir, sizeof(b->dir), "/tmp/vigie-permissions-XXXXXX");
        assert_non_null(mkdtemp(b->dir));
        for (size_t i = 0; i < ELEMENTSOF(folders); i++) {
                (void)snprintf(path, sizeof(path), "%s/%s", b->dir, folders[i]);
                assert_int_equal(mkdir(path, 0700), 0);
        }
        put(b, files[0], "facts: {model.id: id}\n");
        put(b, files[1], service_text);
        put(b, files[2], config_text);
        (void)snprintf(b->config, sizeof(b->config), "%s/%s", b->dir, files[2]);
        (void)setenv("VIGIE_DATADIR", b->dir, 1);
        (void)setenv("AWS_CONFIG_FILE", "/dev/null", 1);
        (void)setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
        (void)setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
        (void)unsetenv("AWS_PROFILE");
        (void)setenv("AWS_ACCESS_KEY_ID", "AKIAPERMISSIONS00001", 1);
        (void)setenv("AWS_SECRET_ACCESS_KEY", "permissions/only+0000000000000000000000", 1);
        *state = b;
        return 0;
}

static int teardown(void **state)
{
        _cleanup_(freep) struct bench *b = *state;
        char path[256];

        for (size_t i = 0; i < ELEMENTSOF(files); i++) {
                (void)snprintf(path, sizeof(path), "%s/%s", b->dir, files[i]);
                (void)unlink(path);
        }
        for (size_t i = ELEMENTSOF(folders); i-- > 0;) {
                (void)snprintf(path, sizeof(path), "%s/%s", b->dir, folders[i]);
                (void)rmdir(path);
        }
        return rmdir(b->dir);
}

/* "name name" of the set, "!" after those only the account itself needs. */
static void check_set(const struct bench *b, const char *account, bool optional, bool everything,
                      const char *wanted)
{
        const struct permissions_request request = {
                .config = b->config,
                .provider = provider_find("aws"),
                .account = account,
                .optional = optional,
                .everything = everything,
        };
        _cleanup_(permissions_freep) struct permissions *p = NULL;
        struct buffer text = BUFFER_INIT(4096);
        struct error err = { 0 };

        if (permissions_load(&p, &request, &err) < 0)
                fail_msg("%s: %s", account ? account : "no account", err.text);
        for (size_t i = 0; i < p->set.n_permissions; i++)
                buffer_printf(&text, "%s%s%s", i > 0 ? " " : "", p->set.permissions[i].name,
                              p->set.permissions[i].own ? "!" : "");
        assert_string_equal(buffer_text(&text), wanted);
        buffer_done(&text);
}

#define USUAL "store:ListParent test:ListChildren "

static void permissions_are_those_of_the_collectors_asked(void **state)
{
        const struct bench *b = *state;

        check_set(b, NULL, false, false, USUAL "test:ListParents test:ListRegions test:ListTags");
        check_set(b, "alone", false, false,
                  USUAL "test:ListParents test:ListRegions test:ListTags");
        check_set(b, NULL, true, false,
                  USUAL "test:ListParents test:ListRare test:ListRegions test:ListTags");
        check_set(b, "hub", false, false,
                  USUAL "test:ListMembers! test:ListParents test:ListRare test:ListRegions "
                        "test:ListTags");
        check_set(b, NULL, true, true,
                  "store:ListParent test:DescribeRegions test:ListChildren test:ListMembers! "
                  "test:ListParents test:ListRare test:ListRegions test:ListTags");
}

static void permissions_of_what_is_excluded_are_not_needed(void **state)
{
        check_set(*state, "childless", false, false, "test:ListRegions");
        check_set(*state, "childless", true, false, "test:ListRare test:ListRegions");
}

/* The policy comes before the credentials: what depends on them is granted, and that is said. */
static void permissions_of_an_account_without_credentials(void **state)
{
        const struct bench *b = *state;
        const struct permissions_request request = { .config = b->config,
                                                     .provider = provider_find("aws"),
                                                     .account = "broken" };
        _cleanup_(permissions_freep) struct permissions *p = NULL;

        assert_int_equal(permissions_load(&p, &request, NULL), 0);
        assert_null(p->opened);
        assert_non_null(strstr(p->unopened.text, "there-is-none"));
        check_set(b, "broken", false, false,
                  USUAL "test:ListMembers! test:ListParents test:ListRegions test:ListTags");
}

static void permissions_say_what_is_left_out(void **state)
{
        const struct bench *b = *state;
        const struct permissions_request request = { .config = b->config,
                                                     .provider = provider_find("aws") };
        _cleanup_(permissions_freep) struct permissions *p = NULL;

        assert_int_equal(permissions_load(&p, &request, NULL), 0);
        assert_int_equal(p->set.n_left_out, 2);
        assert_string_equal(p->set.left_out[0].collector->id, "aws.test.members");
        assert_int_equal(p->set.left_out[0].why, LEFT_OUT_OPTION);
        assert_string_equal(p->set.left_out[1].collector->id, "aws.test.region_again");
        assert_int_equal(p->set.left_out[1].why, LEFT_OUT_FALLBACK);
}

static void permissions_know_who_needs_them(void **state)
{
        const struct bench *b = *state;
        const struct permissions_request request = { .config = b->config,
                                                     .provider = provider_find("aws") };
        _cleanup_(permissions_freep) struct permissions *p = NULL;
        const struct permission *tags;

        assert_int_equal(permissions_load(&p, &request, NULL), 0);
        tags = &p->set.permissions[p->set.n_permissions - 1];
        assert_string_equal(tags->name, "test:ListTags");
        assert_int_equal(tags->n_collectors, 2);
        assert_string_equal(tags->collectors[0]->id, "aws.test.child");
        assert_string_equal(tags->collectors[1]->id, "aws.test.parent");
}

static void permissions_refuse_an_account_that_is_not_there(void **state)
{
        static const struct {
                const char *account, *said;
        } cases[] = {
                { "alon", "did you mean 'alone'?" },
                { "nothing-like-it", "no account 'nothing-like-it'" },
                { "lab", "is one of Scaleway" },
        };
        const struct bench *b = *state;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const struct permissions_request request = { .config = b->config,
                                                             .provider = provider_find("aws"),
                                                             .account = cases[i].account };
                struct permissions *p = NULL;
                struct error err = { 0 };

                assert_int_equal(permissions_load(&p, &request, &err), -ESRCH);
                assert_null(p);
                assert_non_null(strstr(err.text, cases[i].said));
        }
}

int main(void)
{
#define BENCH(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(grant_splits_between_services),
                cmocka_unit_test(grant_splits_a_service_that_is_too_much),
                cmocka_unit_test(grant_names_whole_actions_only),
                cmocka_unit_test(grant_of_nothing_is_refused),
                cmocka_unit_test(grant_enters_other_accounts_only_when_asked),
                cmocka_unit_test(grant_keeps_what_finds_accounts_apart),
                cmocka_unit_test(grant_templates_take_the_role_of_the_account),
                cmocka_unit_test(grant_of_scaleway_tells_organisation_from_projects),
                cmocka_unit_test(grant_of_bearer_keys_names_them),
                BENCH(permissions_are_those_of_the_collectors_asked),
                BENCH(permissions_of_what_is_excluded_are_not_needed),
                BENCH(permissions_of_an_account_without_credentials),
                BENCH(permissions_say_what_is_left_out),
                BENCH(permissions_know_who_needs_them),
                BENCH(permissions_refuse_an_account_that_is_not_there),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
