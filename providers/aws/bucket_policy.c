/* Whether a bucket's own policy refuses plain HTTP: a statement that denies everything to everybody
 * where aws:SecureTransport is false, and under no other condition. */
#include "providers/aws/account.h"
#include "providers/bucket.h"

#include "daemon/base/json.h"
#include "daemon/model/fact.h"

#include <string.h>
#include <strings.h>

static const char fact[] = "encryption.https_only";

static bool is_text(const json_t *value, const char *text)
{
        const char *is = json_string_value(value);

        return is && strcasecmp(is, text) == 0;
}

/* One value, or a list with it. */
static bool has_text(const json_t *value, const char *text)
{
        json_t *element;
        size_t i;

        json_array_foreach((json_t *)value, i, element)
        {
                if (is_text(element, text))
                        return true;
        }
        return is_text(value, text);
}

static bool is_everybody(const json_t *principal)
{
        return is_text(principal, "*") || has_text(json_object_get(principal, "AWS"), "*");
}

/* The objects, not the bucket alone: an ARN that ends in a slash and an asterisk. */
static bool reaches_objects(const json_t *resource)
{
        const char *text = json_string_value(resource);
        size_t n = text ? strlen(text) : 0, i;
        json_t *element;

        json_array_foreach((json_t *)resource, i, element)
        {
                if (reaches_objects(element))
                        return true;
        }
        return n > 0 && text[n - 1] == '*' && (n == 1 || text[n - 2] == '/' || text[n - 2] == ':');
}

/* {"Bool": {"aws:SecureTransport": "false"}}, and nothing that would narrow it. */
static bool is_without_tls(const json_t *condition)
{
        const json_t *test = json_object_get(condition, "Bool"), *value;
        const char *key;

        if (!test)
                test = json_object_get(condition, "BoolIfExists");
        if (json_object_size(condition) != 1 || json_object_size(test) != 1)
                return false;
        key = json_object_iter_key(json_object_iter((json_t *)test));
        value = json_object_iter_value(json_object_iter((json_t *)test));
        return strcasecmp(key, "aws:SecureTransport") == 0 &&
               (has_text(value, "false") || json_is_false(value));
}

static bool refuses_plain_http(const json_t *statement)
{
        const json_t *action = json_object_get(statement, "Action");

        return is_text(json_object_get(statement, "Effect"), "Deny") &&
               is_everybody(json_object_get(statement, "Principal")) &&
               (has_text(action, "s3:*") || has_text(action, "*")) &&
               reaches_objects(json_object_get(statement, "Resource")) &&
               is_without_tls(json_object_get(statement, "Condition"));
}

/* The fact holds the statements as they are; without a policy nothing is refused. */
static int refine_transport(struct resource *r)
{
        const json_t *statements = NULL;
        int evidence = fact_evidence(r->facts, fact);
        enum fact_state state = fact_get(r->facts, fact, &statements, NULL);
        bool refused = false;
        json_t *statement;
        size_t i;

        if (!json_object_get(r->facts, fact) || state == FACT_UNKNOWN)
                return 0;
        if (json_is_object(statements))
                refused = refuses_plain_http(statements);
        json_array_foreach((json_t *)statements, i, statement)
        {
                refused = refused || refuses_plain_http(statement);
        }
        return fact_set_known_take(r->facts, fact, json_boolean(refused), evidence);
}

int aws_refine_bucket(const struct account *a, struct resource *r, const json_t *item,
                      struct error *err)
{
        if (refine_transport(r) < 0)
                return error_oom(err);
        return bucket_refine(a, r, item, err);
}
