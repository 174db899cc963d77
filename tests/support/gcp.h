/* Google Cloud accounts for tests: an environment of their own, keys made on the spot. */
#pragma once

#include "daemon/base/clock.h"
#include "providers/provider.h"

#define GCP_TEST_NOW (UINT64_C(1795471200) * USEC_PER_SEC) /* 2026-11-23T22:00:00Z */
#define GCP_TEST_EMAIL "vigie-read@hexagone-outils.iam.gserviceaccount.com"
#define GCP_TEST_KEY_ID "0123456789abcdef0123456789abcdef01234567"

#define GCP_TEST_STS "https://sts.googleapis.com/v1/token"
#define GCP_TEST_AUDIENCE                                                                          \
        "//iam.googleapis.com/projects/42/locations/global/workloadIdentityPools/pool/providers/p"
#define GCP_TEST_USER                                                                              \
        "{\"type\":\"authorized_user\",\"client_id\":\"c.apps\",\"client_secret\":\"SECRETc\","    \
        "\"refresh_token\":\"1//SECRETr\",\"quota_project_id\":\"hexagone-quota\"}"
#define GCP_TEST_EXTERNAL(source, more)                                                            \
        "{\"type\":\"external_account\",\"audience\":\"" GCP_TEST_AUDIENCE                         \
        "\",\"subject_token_type\":"                                                               \
        "\"urn:ietf:params:oauth:token-type:jwt\",\"token_url\":\"" GCP_TEST_STS "\","             \
        "\"credential_source\":" source more "}"

extern const struct provider gcp_provider;

/* Nothing of Google is found around the test; a folder of its own, whose path is returned. */
const char *gcp_test_enter(void);
void gcp_test_leave(void);

/* As cmocka's setup and teardown. */
int gcp_test_setup(void **state);
int gcp_test_teardown(void **state);
#define GCP_TEST(f) cmocka_unit_test_setup_teardown(f, gcp_test_setup, gcp_test_teardown)

struct gcp_options;
/* As account_new(), of an account "prod" with those options. */
int gcp_test_open(struct account **ret, struct gcp_options *options, struct error *err);

/* Writes text into the folder; the path, borrowed until the next call. */
const char *gcp_test_file(const char *name, const char *text);

/* A new key: <folder>/key.json as Google writes it, and its public half as <folder>/key.pem.
 * members is put before the closing brace (", \"universe_domain\": \"x\""). The path of key.json.
 */
const char *gcp_test_key(const char *members);

/* No part of the key stands in text. */
bool gcp_test_leaks(const char *text);

/* A reply with headers ("date: …\n") and body. */
struct message_reply gcp_test_reply(int status, const char *headers, const char *body);

/* All of a request, for strstr(). */
char *gcp_test_request_text(const struct message_request *req);
