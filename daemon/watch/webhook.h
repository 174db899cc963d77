/* Events by HTTP to whoever is configured, as CloudEvents 1.0 (structured JSON), each signed with a
 * shared secret.
 *
 * One at a time, the oldest first, out of the outbox: its own place in it is remembered in the
 * store, apart from what the journal was told. What was not taken is sent again, later and later,
 * with the same id, so that a receiver can tell a repetition. Nothing blocks the loop. */
#pragma once

#include "daemon/model/config.h"
#include "daemon/store/store.h"

#include <systemd/sd-event.h>

struct webhook;

struct webhook_options {
        sd_event *event;
        struct store *store;
        const struct webhook_config *config; /* borrowed */
        enum language language;
        bool (*is_busy)(void *user); /* a scan writes to the store: not now */
        void *user;
};

/* *ret is NULL when none is configured; the place is forgotten then: one that is configured later
 * begins with what happens later. */
int webhook_new(struct webhook **ret, const struct webhook_options *options, struct error *err);
struct webhook *webhook_free(
        struct webhook *w); /* what is in flight is sent again by the next one */
DEFINE_CLEANUP(struct webhook *, webhook_free);

/* There may be something to send. */
void webhook_wake(struct webhook *w);

/* The event as it is sent; new string. source: "urn:vigie:host". */
int webhook_body(char **ret, const struct store_event *event, const char *source,
                 enum language language, struct error *err);
/* "t=1764129600,sha256=…": hex HMAC-SHA-256 of "1764129600." and the body. */
enum { WEBHOOK_SIGNATURE_MAX = 112 };
char *webhook_sign(const char *secret, uint64_t time_usec, const char *body,
                   char text[static WEBHOOK_SIGNATURE_MAX]);
