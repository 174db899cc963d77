/* An OVHcloud account opened over memory, as the tests of its provider need it. */
#pragma once

#include "providers/ovh/account.h"

extern const struct provider ovh_provider;

/* No OVH_* variable is set, and there is no home. */
void ovh_forget(void);
/* Sets variables, given as name, value, …, NULL. */
void ovh_set(const char *const pairs[]);
struct account *ovh_open(const struct account_config *config);

/* One of each way to sign in. */
extern const char *const ovh_key_variables[], *const ovh_service_variables[],
                                                      *const ovh_token_variables[];

/* A reply with these lines of headers and this body; done by message_reply_done(). */
struct message_reply ovh_reply(int status, const char *headers, const char *body);
