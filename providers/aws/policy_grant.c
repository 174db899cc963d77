/* The formats of permissions, and what a person does with each. */
#include "providers/aws/policy.h"

#include "daemon/base/json.h"

#include <errno.h>
#include <string.h>

const char *const aws_grant_formats[] = { "policy", "cloudformation", "terraform", NULL };

/* ---- managed policies --------------------------------------------------------------------------
 */

static json_t *named_policies(const struct grant_request *request, const json_t *documents)
{
        json_auto_t *policies = json_array();
        struct aws_role_name role;
        size_t i, n = json_array_size(documents);
        json_t *document;

        aws_role_name_of(request, &role);
        json_array_foreach(documents, i, document)
        {
                json_t *name = n > 1 ? json_sprintf("%.60s-%zu", role.name, i + 1)
                                     : json_string(role.name);
                json_t *said = json_sprintf("What vigie reads, part %zu of %zu: lists and "
                                            "descriptions, no content.",
                                            i + 1, n);

                if (json_array_append_new(policies,
                                          json_pack("{so so sO}", "PolicyName", name, "Description",
                                                    said, "PolicyDocument", document)) < 0)
                        return NULL;
        }
        return TAKE_PTR(policies);
}

static size_t largest(const json_t *policies)
{
        json_t *policy;
        size_t i, chars, max = 0;

        json_array_foreach(policies, i, policy)
        {
                chars = aws_policy_chars(json_object_get(policy, "PolicyDocument"));
                max = chars > max ? chars : max;
        }
        return max;
}

static const char create[] =
        "  jq -c '.[]' policies.json | while read -r p; do\n"
        "    aws iam create-policy --policy-name \"$(jq -r .PolicyName <<<\"$p\")\" "
        "--policy-document \"$(jq -c .PolicyDocument <<<\"$p\")\"\n"
        "  done\n"
        "  aws iam attach-role-policy --role-name ROLE --policy-arn ARN\n";

static void note_policies(const struct grant_request *request, const json_t *policies,
                          size_t n_read, struct buffer *notes)
{
        bool french = request->language == LANGUAGE_FR;

        buffer_printf(notes,
                      french ? "Politiques : %zu ; la plus grande a %zu des %d caractères qu'IAM "
                               "admet (sans les blancs). Créez chacune, et attachez celles qui "
                               "lisent (%zu) à l'identité qui analyse ; un rôle admet %d "
                               "politiques gérées, sauf quota relevé :\n"
                             : "Policies: %zu; the largest has %zu of the %d characters that IAM "
                               "takes (without white space). Create each, and attach those that "
                               "read (%zu) to the identity that scans; a role takes %d managed "
                               "policies unless its quota is raised:\n",
                      json_array_size(policies), largest(policies), AWS_MANAGED_POLICY_CHARS,
                      n_read, AWS_MANAGED_POLICIES_PER_ROLE);
        buffer_add(notes, create);
        for (size_t i = n_read; i < json_array_size(policies); i++)
                buffer_printf(notes,
                              french ? "%s n'est que pour une identité : voir sa Description.\n"
                                     : "%s is for one identity only: see its Description.\n",
                              json_member_string(json_array_get(policies, i), "PolicyName"));
}

static int write_policies(const struct grant_request *request, const json_t *documents,
                          struct buffer *document, struct buffer *notes, struct error *err)
{
        json_auto_t *policies = named_policies(request, documents), *sign_in = NULL;
        _cleanup_(freep) char *text = NULL;
        int r = aws_policies_sign_in(request, &sign_in, err);

        if (r < 0)
                return r;
        if (!policies || json_array_extend(policies, sign_in) < 0)
                return error_oom(err);
        text = json_dumps(policies, JSON_INDENT(2));
        if (!text)
                return error_oom(err);
        buffer_add(document, text);
        buffer_add(document, "\n");
        note_policies(request, policies, json_array_size(documents), notes);
        return 0;
}

int aws_grant(const struct grant_request *request, struct buffer *document, struct buffer *notes,
              struct error *err)
{
        static const struct {
                const char *format;
                int (*write)(const struct grant_request *request, const json_t *documents,
                             struct buffer *document, struct buffer *notes, struct error *err);
        } writers[] = {
                { "policy", write_policies },
                { "cloudformation", aws_policy_cloudformation },
                { "terraform", aws_policy_terraform },
        };
        json_auto_t *documents = NULL;
        int r = aws_role_name_check(request, err);

        if (r == 0)
                r = aws_policies_read(request->permissions, &documents, err);
        if (r < 0)
                return r;
        for (size_t i = 0; i < ELEMENTSOF(writers); i++)
                if (strcmp(writers[i].format, request->format) == 0)
                        return writers[i].write(request, documents, document, notes, err);
        return error_set(err, -EINVAL, "no format '%s'", request->format);
}
