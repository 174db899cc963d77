/* AWS: routing by host name or credential scope, SigV4, and each protocol's own replies. */
#pragma once

#include "tests/cloudsim/operations.h"
#include "tests/cloudsim/request.h"

/* A call under way. */
struct aws_call {
        struct request *q;
        const struct service *service;
        const struct operation *operation;
        json_t *identity;      /* borrowed; NULL for unsigned calls */
        const char *partition; /* of the host name */
        char why[256];         /* policies do not allow it: how AWS says so */
};

enum aws_refusal {
        AWS_OK,
        AWS_MISSING_TOKEN,
        AWS_INCOMPLETE,
        AWS_BAD_SIGNATURE,
        AWS_BAD_SCOPE,
        AWS_BAD_TIME,
        AWS_UNKNOWN_KEY,
        AWS_EXPIRED_TOKEN,
        AWS_REGION_OFF,
        AWS_DENIED,
        AWS_API_OFF,
        AWS_THROTTLED,
        AWS_NO_OPERATION,
        AWS_BAD_REQUEST,
        AWS_NOT_FOUND,
        AWS_REFUSAL_MAX,
};

/* Whether the request is for AWS at all, by host or by its Authorization header. */
bool aws_claims(const struct request *q);
void aws_answer(struct request *q);

/* aws_error.c: in the protocol's own shape; message NULL: the usual one. */
void aws_refuse(struct aws_call *c, enum aws_refusal why, const char *message);
void aws_error(struct aws_call *c, unsigned status, const char *code, const char *message);

/* aws_auth.c */
enum aws_refusal aws_authenticate(struct aws_call *c);

/* aws_reply.c: what the world says about the operation. */
void aws_reply(struct aws_call *c);
/* Reads which page is asked for, before anything else is known to be right. */
void aws_peek_page(struct aws_call *c);
/* A whole reply in the protocol's own shape. */
void aws_reply_json(struct aws_call *c, const json_t *value);
/* Filters, pages and answers items; takes them over. */
void aws_reply_list(struct aws_call *c, json_t *items_take);

/* aws_sts.c, aws_discovery.c: operations answered from accounts, roles and regions. False:
 * another's. */
bool aws_sts(struct aws_call *c);
/* aws_sts.c: what the query protocol wraps around a result. */
void aws_reply_query(struct aws_call *c, const json_t *result);
/* aws_iam.c: one operation whose filter says which of its lists is meant. */
bool aws_iam(struct aws_call *c);
bool aws_discovery(struct aws_call *c);
/* aws_s3.c: the same for buckets. peek: what every reply about a bucket tells, refusals too. */
bool aws_s3(struct aws_call *c);
void aws_s3_peek(struct aws_call *c);
/* aws_usage.c: metrics and events, selected as they are asked for. */
bool aws_usage(struct aws_call *c);
/* ENABLED, ENABLED_BY_DEFAULT, DISABLED. */
const char *aws_region_status(const struct sim *s, const char *account, const char *region);
