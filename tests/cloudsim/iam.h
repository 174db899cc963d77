/* What IAM says: identity policies of a key or a role, as JSON documents. A world may hold them in
 * place (policies:) or in files beside it (policy_file:); without them everything is allowed.
 *
 * Nothing is allowed but what a statement allows; an explicit Deny wins over all. Conditions,
 * NotAction and NotResource are not played, and refused when a world is read. */
#pragma once

#include "tests/cloudsim/aws.h"

/* Reads the files of policy_file: into policies:, and checks every document. base: the folder that
 * relative names begin in. */
int iam_load(json_t *world, const char *base, struct error *err);

enum iam_decision {
        IAM_ALLOWED,
        IAM_NOT_ALLOWED, /* no statement speaks of it */
        IAM_FORBIDDEN,   /* an explicit Deny */
};
enum iam_decision iam_decide(const json_t *policies, const char *action, const char *resource);

enum { IAM_ACTION_MAX = 192 };
/* "bedrock:ListAgents": the action that the operation needs; false when it needs none. */
bool iam_action(const char *service, const char *operation, char action[static IAM_ACTION_MAX]);

/* May the caller? Fills in AWS's words about why not. */
bool iam_allows(const struct aws_call *c, char why[static 256]);
