/* Azure: the token endpoint of its clouds, managed identities, Azure Resource Manager by path, and
 * Resource Graph. */
#pragma once

#include "tests/cloudsim/rest.h"

bool azure_claims(const struct request *q);
void azure_answer(struct request *q);

/* ---- within ------------------------------------------------------------------------------------
 */

struct azure_cloud {
        const char *authority;
        const char *arm; /* host, and with https:// before it the audience of its tokens */
        const char *exchange_audience; /* of foreign tokens */
};

/* The cloud by the host of either; the public one for loopback and anything else. */
const struct azure_cloud *azure_cloud_of(const char *host);

/* A token of the identity's kind for the application or user: who it is, what it may. */
json_t *azure_identity(const char *tenant, const json_t *who, const char *audience);

/* azure_token.c: POST /{tenant}/oauth2/v2.0/token */
bool azure_token_claims(const struct request *q);
void azure_token_answer(struct request *q);

/* azure_metadata.c: managed identities */
bool azure_metadata_claims(const struct request *q);
void azure_metadata_answer(struct request *q);

/* azure_arm.c */
bool azure_arm_claims(const struct request *q);
void azure_arm_answer(struct request *q);
/* {"error": {"code", "message"}} */
void azure_error(struct request *q, unsigned status, const char *code, const char *message);

/* azure_graph.c: the rows of Resource Graph that the body selects, in its pages. identity: who
 * asks.
 */
void azure_graph_answer(struct request *q, const json_t *identity);
/* Before anything is decided: which page is asked for. */
void azure_graph_begin(struct request *q);
/* May the identity see the subscription at all? */
bool azure_sees(const struct request *q, const json_t *identity, const char *subscription);
