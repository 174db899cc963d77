/* Google Cloud: token endpoints, the metadata server, and every API host by path. */
#pragma once

#include "tests/cloudsim/rest.h"

bool gcp_claims(const struct request *q);
void gcp_answer(struct request *q);

/* ---- within ------------------------------------------------------------------------------------
 */

#define GCP_SCOPE "https://www.googleapis.com/auth/cloud-platform"

/* "googleapis.com", or the world's own. */
const char *gcp_universe(const struct request *q);

/* {"error": {"code", "message", "status"}}; code is the status ("NOT_FOUND"), or a reason of an
 * ErrorInfo ("SERVICE_DISABLED"). */
void gcp_error(struct request *q, unsigned status, const char *code, const char *message);
/* The same with the ErrorInfo's metadata, taken over. */
void gcp_error_info(struct request *q, unsigned status, const char *reason, const char *message,
                    json_t *metadata_take);

/* {email, scopes, permissions?, user?}: what a token of that service account or user says. */
json_t *gcp_identity(const json_t *who, const char *scopes);
const json_t *gcp_service_account(const struct request *q, const char *email);
/* The identity of the bearer, borrowed; NULL after refusing. */
const json_t *gcp_authenticate(struct request *q);

/* gcp_token.c: oauth2, sts, iamcredentials */
bool gcp_token_claims(const struct request *q);
void gcp_token_answer(struct request *q);

/* gcp_metadata.c: /computeMetadata, and the URL of another identity provider */
bool gcp_metadata_claims(const struct request *q);
void gcp_metadata_answer(struct request *q);

/* gcp_api.c */
void gcp_api_answer(struct request *q);

/* gcp_project.c: projects as the world has them */
const char *gcp_project_id(const struct request *q, const char *id_or_number, size_t length);
char *gcp_project_number(const struct request *q, const char *id);
const json_t *gcp_project(const struct request *q, const char *id);
bool gcp_api_is_on(const json_t *project, const char *api);
/* Replies that are made of the projects where the world does not give them: searches, enabled APIs,
 * ancestry. A new reference, or NULL. */
json_t *gcp_made_up(const struct request *q, const char *service, const char *path);
