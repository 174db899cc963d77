/* Which regions a service control policy leaves open. Only what is certain counts: a Deny of every
 * action outside a list of regions, for everybody. */
#include "providers/aws/account.h"

#include "daemon/base/json.h"
#include "daemon/model/fact.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <strings.h>

#define FACT_REGIONS "policy.regions"
#define REGION_KEY "aws:RequestedRegion"

struct region_limits {
        json_t *regions;   /* that every statement leaves open; NULL: none limits them */
        const char *doubt; /* why a statement about regions does not count */
        int failed;
};

/* ---- what a statement says ---------------------------------------------------------------------
 */

/* "*", or a list that has it. */
static bool is_everything(const json_t *value)
{
        json_t *one;
        size_t i;

        if (json_is_string(value))
                return strcmp(json_string_value(value), "*") == 0;
        json_array_foreach((json_t *)value, i, one)
        {
                if (json_is_string(one) && strcmp(json_string_value(one), "*") == 0)
                        return true;
        }
        return false;
}

/* Actions that make or call what vigie watches; of services with many other actions, the telling
 * ones. */
static const char *const watched[] = {
        "bedrock:Invoke",
        "bedrock-agentcore:Invoke",
        "sagemaker:Create",
        "sagemaker-geospatial:Start",
        "rekognition:Detect",
        "comprehend:Detect",
        "comprehendmedical:Detect",
        "textract:Analyze",
        "transcribe:Start",
        "translate:Translate",
        "polly:Synthesize",
        "lex:Create",
        "kendra:Create",
        "personalize:Create",
        "forecast:Create",
        "frauddetector:Create",
        "healthlake:Create",
        "qbusiness:Create",
        "qapps:Create",
        "wisdom:Create",
        "connect:Create",
        "quicksight:Create",
        "ec2:RunInstances",
        "eks:Create",
        "ecs:Create",
        "ecr:Create",
        "batch:Create",
        "s3:CreateBucket",
        "s3:PutObject",
        "s3vectors:Create",
        "aoss:Create",
        "nova-act:Create",
        "aidevops:Create",
        "securityagent:Create",
        "aiops:Create",
        "health-agent:Create",
};

/* "bedrock:*", "bedrock:InvokeModel", "*": exempted, these go to any region. */
static bool exempts_one(const char *pattern)
{
        for (size_t i = 0; i < ELEMENTSOF(watched); i++)
                if (fnmatch(pattern, watched[i], FNM_CASEFOLD) == 0 ||
                    strncasecmp(pattern, watched[i], strlen(watched[i])) == 0)
                        return true;
        return false;
}

static bool exempts_ai(const json_t *actions)
{
        json_t *one;
        size_t i;

        if (json_is_string(actions))
                return exempts_one(json_string_value(actions));
        json_array_foreach((json_t *)actions, i, one)
        {
                if (!json_is_string(one) || exempts_one(json_string_value(one)))
                        return true;
        }
        return false;
}

static bool is_negated_equality(const char *operator)
{
        static const char *const operators[] = { "StringNotEquals", "StringNotEqualsIgnoreCase",
                                                 "StringNotLike" };
        static const char if_exists[] = "IfExists";
        size_t n = strlen(operator), suffix = strlen(if_exists);

        if (n > suffix && strcasecmp(operator+ n - suffix, if_exists) == 0)
                n -= suffix;
        for (size_t i = 0; i < ELEMENTSOF(operators); i++)
                if (strlen(operators[i]) == n && strncasecmp(operators[i], operator, n) == 0)
                        return true;
        return false;
}

/* Borrowed: the values of the key with which a condition tells regions; NULL when it does not. */
static const json_t *region_values(const json_t *condition, const char **ret_operator,
                                   size_t *ret_keys)
{
        const json_t *found = NULL;
        const char *operator, * key;
        json_t *keys, *values;

        *ret_keys = 0;
        json_object_foreach((json_t *)condition, operator, keys)
        {
                json_object_foreach(keys, key, values)
                {
                        ++*ret_keys;
                        if (strcasecmp(key, REGION_KEY) != 0)
                                continue;
                        found = values;
                        *ret_operator = operator;
                }
        }
        return found;
}

/* ---- all statements ----------------------------------------------------------------------------
 */

static bool has(const json_t *list, const json_t *value)
{
        json_t *one;
        size_t i;

        json_array_foreach((json_t *)list, i, one)
        {
                if (json_equal(one, (json_t *)value))
                        return true;
        }
        return false;
}

/* Statements hold at once: a region stays open when each of them leaves it. */
static void limit(struct region_limits *l, const json_t *values)
{
        json_t *list = json_is_array(values) ? json_copy((json_t *)values)
                                             : json_pack("[O]", (json_t *)values);
        size_t i = 0;

        if (!list) {
                l->failed = -ENOMEM;
                return;
        }
        while (l->regions && i < json_array_size(list)) {
                if (has(l->regions, json_array_get(list, i)))
                        i++;
                else
                        (void)json_array_remove(list, i);
        }
        json_decref(l->regions);
        l->regions = list;
}

static const char *doubt_of(const json_t *statement, const char *operator, size_t n_keys)
{
        const char *effect = json_member_string(statement, "Effect");
        const json_t *exempted = json_object_get(statement, "NotAction");

        if (!effect || strcmp(effect, "Deny") != 0 || !is_negated_equality(operator))
                return "it names regions in another way than by denying all others";
        if (n_keys != 1)
                return "what it denies depends on further conditions";
        if (!is_everything(json_object_get(statement, "Resource")))
                return "it denies some resources only";
        if (exempted && exempts_ai(exempted))
                return "it exempts actions of AI services";
        if (!exempted && !is_everything(json_object_get(statement, "Action")))
                return "it denies some actions only";
        return NULL;
}

static void add_statement(struct region_limits *l, const json_t *statement)
{
        const char *operator= NULL, *doubt;
        size_t n_keys = 0;
        const json_t *values =
                region_values(json_object_get(statement, "Condition"), &operator, & n_keys);

        if (!values)
                return;
        doubt = doubt_of(statement, operator, n_keys);
        if (!doubt)
                limit(l, values);
        else if (!l->doubt)
                l->doubt = doubt;
}

static int read_document(struct region_limits *l, const json_t *text)
{
        json_auto_t *document = NULL;
        const json_t *statements;
        json_t *one;
        size_t i;

        if (!json_is_string(text) ||
            json_parse(json_string_value(text), json_string_length(text), &document, NULL) < 0) {
                l->doubt = "the policy could not be read";
                return 0;
        }
        statements = json_object_get(document, "Statement");
        if (json_is_object(statements))
                add_statement(l, statements);
        json_array_foreach((json_t *)statements, i, one)
        {
                add_statement(l, one);
        }
        return l->failed;
}

int aws_refine_scp(const struct account *a, struct resource *r, const json_t *item,
                   struct error *err)
{
        int evidence = fact_evidence(r->facts, FACT_REGIONS), e;
        struct region_limits l = { 0 };
        const json_t *text = NULL;

        if (fact_get(r->facts, FACT_REGIONS, &text, NULL) != FACT_KNOWN)
                return 0;
        e = read_document(&l, text);
        if (e == 0 && l.regions)
                e = fact_set_known_take(r->facts, FACT_REGIONS, json_incref(l.regions), evidence);
        else if (e == 0 && l.doubt)
                e = fact_set_unknown(r->facts, FACT_REGIONS, l.doubt);
        else if (e == 0)
                e = fact_set_absent(r->facts, FACT_REGIONS, evidence);
        json_decref(l.regions);
        return e < 0 ? error_oom(err) : 0;
}
