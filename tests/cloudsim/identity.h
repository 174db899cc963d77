/* Who is who: the keys of the world and the credentials issued from it. */
#pragma once

#include "tests/cloudsim/sim.h"

/* Builds the indexes of the keys. -EINVAL for an unreadable expiry. */
int identity_index(struct sim *s, struct error *err);

/* {account, arn, user, secret, token?, expires_usec?, policies?} of an access key, borrowed; NULL
 * when unknown. */
json_t *identity_find(const struct sim *s, const char *access_key);

bool identity_expired(const struct sim *s, const char *access_key, const json_t *identity);

/* Temporary credentials of a role; the identity, borrowed, its access key in *ret_key. */
json_t *identity_issue(struct sim *s, const char *account, const char *role, const char *session,
                       uint64_t lifetime_usec, const char **ret_key);

const char *identity_partition(const struct sim *s, const char *account);
