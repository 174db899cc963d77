/* What a policy of IAM lets its holder do without bound: whole services, on everything. Documents
 * are only looked at, and none of them is kept. */
#include "providers/aws/account.h"

#include "daemon/base/buffer.h"
#include "daemon/base/json.h"
#include "daemon/base/number.h"
#include "daemon/model/fact.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

static const char fact[] = "access.permissions";

enum { DOCUMENT_BYTES_MAX = 1024 * 1024 };

/* IAM gives its documents percent-encoded (RFC 3986). */
static json_t *document_read(const char *text)
{
        struct buffer b = BUFFER_INIT(DOCUMENT_BYTES_MAX);
        json_t *document = NULL;

        for (const char *p = text; *p; p++) {
                unsigned value;

                if (*p == '%' && p[1] && p[2] && sscanf(p + 1, "%2x", &value) == 1) {
                        char c = (char)value;

                        buffer_append(&b, &c, 1);
                        p += 2;
                } else {
                        buffer_append(&b, p, 1);
                }
        }
        if (buffer_error(&b) == 0)
                (void)json_parse(buffer_text(&b), b.size_bytes, &document, NULL);
        buffer_done(&b);
        return document;
}

static bool has_text(const json_t *value, const char *text)
{
        json_t *element;
        size_t i;

        json_array_foreach((json_t *)value, i, element)
        {
                if (has_text(element, text))
                        return true;
        }
        return json_is_string(value) && strcasecmp(json_string_value(value), text) == 0;
}

/* "*", or all actions of a service. */
static bool is_whole(const char *action)
{
        const char *colon = strchr(action, ':');

        return strcmp(action, "*") == 0 || (colon && strcmp(colon, ":*") == 0);
}

static int append_once(json_t *list, const char *text)
{
        return has_text(list, text) ? 0 : json_array_append_new(list, json_string(text));
}

static int statement_read(json_t *found, const json_t *statement)
{
        const char *effect = json_member_string(statement, "Effect");
        const json_t *action = json_object_get(statement, "Action");
        json_auto_t *actions = NULL;
        json_t *element;
        size_t i;

        if (!effect || strcasecmp(effect, "Allow") != 0 ||
            !has_text(json_object_get(statement, "Resource"), "*"))
                return 0;
        if (json_object_get(statement, "NotAction")) /* everything but what is named */
                return append_once(found, "*");
        actions = json_is_array(action) ? json_incref((json_t *)action)
                                        : json_pack("[O*]", (json_t *)action);
        json_array_foreach(actions, i, element)
        {
                const char *text = json_string_value(element);

                if (text && is_whole(text) && append_once(found, text) < 0)
                        return -ENOMEM;
        }
        return 0;
}

/* 1 when it was read, 0 when it cannot be. */
static int policy_read(json_t *found, const char *text)
{
        json_auto_t *document = text ? document_read(text) : NULL;
        const json_t *statements = json_object_get(document, "Statement");
        json_t *statement;
        size_t i;

        if (!statements)
                return 0;
        if (json_is_object(statements) && statement_read(found, statements) < 0)
                return -ENOMEM;
        json_array_foreach((json_t *)statements, i, statement)
        {
                if (statement_read(found, statement) < 0)
                        return -ENOMEM;
        }
        return 1;
}

/* XML has texts where JSON has truth values. */
static bool is_in_force(const json_t *version)
{
        const json_t *is = json_object_get(version, "IsDefaultVersion");

        return !is || json_is_true(is) || has_text(is, "true");
}

/* XML has texts where JSON has numbers. */
static int refine_count(struct resource *r)
{
        static const char count[] = "access.principals";
        const json_t *value = NULL;
        uint64_t n;

        if (fact_get(r->facts, count, &value, NULL) != FACT_KNOWN || !json_is_string(value))
                return 0;
        if (number_parse_u64(json_string_value(value), &n) < 0)
                return fact_set_unknown(r->facts, count, "the value is no number");
        return fact_set_known_take(r->facts, count, json_integer((json_int_t)n),
                                   fact_evidence(r->facts, count));
}

/* The fact holds versions of a policy, or policies that stand in an identity itself. */
int aws_refine_grant(const struct account *a, struct resource *r, const json_t *item,
                     struct error *err)
{
        json_auto_t *found = json_array();
        const json_t *versions = NULL;
        int evidence = fact_evidence(r->facts, fact), n = 1;
        enum fact_state state = fact_get(r->facts, fact, &versions, NULL);
        json_t *version;
        size_t i;

        if (!found || refine_count(r) < 0)
                return error_oom(err);
        if (state != FACT_KNOWN)
                return 0;
        json_array_foreach((json_t *)versions, i, version)
        {
                const char *text = json_member_string(version, "Document");

                if (n > 0 && is_in_force(version))
                        n = policy_read(
                                found, text ? text : json_member_string(version, "PolicyDocument"));
        }
        if (n == 0)
                n = fact_set_unknown(r->facts, fact, "a policy's document cannot be read");
        else if (n > 0 && json_array_size(found) == 0)
                n = fact_set_absent(r->facts, fact, evidence);
        else if (n > 0)
                n = fact_set_known_take(r->facts, fact, json_incref(found), evidence);
        return n < 0 ? error_oom(err) : 0;
}
