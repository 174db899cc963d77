/* HTTP on the event loop: libcurl's multi interface driven by sd-event. The only file that knows
 * libcurl.
 *
 * Verification of certificates cannot be turned off, redirects are not followed, plain http goes to
 * loopback and link-local addresses only. http_send() never calls back before it returns; after
 * http_cancel() no callback comes. */
#pragma once

#include "daemon/model/config.h"
#include "daemon/model/message.h"

#include <systemd/sd-event.h>

struct http;
struct http_transfer;

struct http_options {
        sd_event *event;
        uint64_t in_flight_max;
        uint64_t reply_bytes_max;
        uint64_t timeout_usec;
};

/* The reply is borrowed for the callback, which may move it out (leaving it zeroed). */
typedef void (*http_reply_fn)(void *user, struct message_reply *reply);

int http_new(struct http **ret, const struct http_options *options, struct error *err);
struct http *http_free(struct http *h); /* cancels what is in flight */
DEFINE_CLEANUP(struct http *, http_free);

/* Starts one transfer; req is read before this returns. -EINVAL for a URL that may not be asked
 * (plain http to elsewhere, unless the request allows it). */
int http_send(struct http *h, const struct message_request *req,
              const struct network_config *network, http_reply_fn on_reply, void *user,
              struct http_transfer **ret, struct error *err);
void http_cancel(struct http_transfer *t);

/* Is plain http allowed to this URL: https to anywhere, http to loopback and link-local addresses.
 */
bool http_url_allowed(const char *url);
