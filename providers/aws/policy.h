/* Permissions as AWS grants them: IAM policies, and templates around them. Seen by this folder
 * only.
 *
 * Every action is named; Resource is "*" throughout, as what lists and describes everything that is
 * there cannot be narrowed to things known beforehand. */
#pragma once

#include "providers/provider.h"

/* Quotas of IAM: User Guide, "IAM and AWS STS quotas" (reference_iam-quotas), looked up in November
 * 2026. White space is not counted; the last one is the default, and can be raised. */
enum {
        AWS_MANAGED_POLICY_CHARS = 6144,
        AWS_MANAGED_POLICIES_PER_ROLE = 10,
};

/* What a template may hold when it travels in the request and not from a bucket: CloudFormation
 * User Guide, "CloudFormation quotas". */
enum { AWS_TEMPLATE_BODY_BYTES = 51200 };

/* The characters of a policy that IAM counts. */
size_t aws_policy_chars(const json_t *document);

/* The documents that grant what is asked in every account, a statement for each service, split
 * where a managed policy would be too large: an array, never empty. */
int aws_policies_read(const struct permission_set *permissions, json_t **ret, struct error *err);

/* The policies only the identity needs that looks into other accounts, or assumes a role first:
 * [{PolicyName, Description, PolicyDocument}], empty where the account does neither. */
int aws_policies_sign_in(const struct grant_request *request, json_t **ret, struct error *err);

/* The name of the role that members are looked at with, and its path ("/" or "/audit/"). */
struct aws_role_name {
        char path[513], name[65];
};
/* The configuration's role has only what IAM takes in a name. */
int aws_role_name_check(const struct grant_request *request, struct error *err);
void aws_role_name_of(const struct grant_request *request, struct aws_role_name *ret);

/* policy_cloudformation.c, policy_terraform.c: documents is from aws_policies_read(). */
int aws_policy_cloudformation(const struct grant_request *request, const json_t *documents,
                              struct buffer *document, struct buffer *notes, struct error *err);
int aws_policy_terraform(const struct grant_request *request, const json_t *documents,
                         struct buffer *document, struct buffer *notes, struct error *err);

/* policy_grant.c */
extern const char *const aws_grant_formats[];
int aws_grant(const struct grant_request *request, struct buffer *document, struct buffer *notes,
              struct error *err);
