/* What replies of JSON APIs have in common, whoever gives them: no reply at all, one that says when
 * to come back, one that is no JSON. */
#pragma once

#include "providers/provider.h"

/* A page for people: of a proxy, a portal, a load balancer. */
bool reply_is_web_page(const struct message_reply *reply);

/* Retry-After in both its forms, a day at most; 0 when it is not said. A date is taken from the
 * reply's own, so that a clock that is off does not matter. */
uint64_t reply_retry_after(const struct message_reply *reply);

/* Nothing came that could be read: kind, code and text of it. A name that does not resolve is taken
 * for trouble of our network: who knows better changes the kind. */
void reply_lost(const struct message_reply *reply, struct reply_meaning *ret);

/* Status 200, and no JSON object or list: REPLY_BROKEN. why may hold what the parser said. */
void reply_unreadable(const struct message_reply *reply, const struct error *why,
                      struct reply_meaning *ret);
