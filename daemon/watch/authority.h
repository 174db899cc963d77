/* Asks a time-stamping authority (RFC 3161 over HTTP): one question, one reply, nothing understood
 * of either. */
#pragma once

#include "daemon/base/buffer.h"
#include "daemon/base/error.h"
#include "daemon/model/config.h"

enum { AUTHORITY_REPLY_BYTES_MAX = 64 * 1024, AUTHORITY_NAME_MAX = 256 };

/* The host in its URL, for messages: a path or a query may have a customer's key in it. Returns
 * name. */
char *authority_name(const struct timestamp_config *conf, char name[static AUTHORITY_NAME_MAX]);

struct authority_question {
        const struct timestamp_config *conf;
        const void *query;
        size_t query_bytes;
        uint64_t timeout_usec; /* for the whole of it */
};

/* Waits for the reply and appends it. It is asked once: -EACCES, -EAGAIN, -EREMOTEIO, -EBADMSG for
 * its status, -ETIMEDOUT, -E2BIG, -EIO when it cannot be reached. */
int authority_ask(const struct authority_question *question, struct buffer *reply,
                  struct error *err);
