/* Requests and replies as data: what a provider writes and reads, what the engine carries. */
#pragma once

#include "daemon/base/buffer.h"
#include "daemon/base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { MESSAGE_HEADERS_MAX = 24, MESSAGE_REQUEST_BYTES_MAX = 256 * 1024 };

/* A request owns its strings. Builders latch their first failure; message_request_error() answers
 * once. */
struct message_request {
        /* over HTTP */
        char *method;
        char *url; /* final: encoded, query sorted where a signature wants it; sent as it is */
        char *headers[MESSAGE_HEADERS_MAX]; /* "Name: value" */
        size_t n_headers;
        char *body; /* NULL for none */
        size_t body_bytes;
        bool fresh;         /* by a connection and a name look-up of its own */
        bool plain_allowed; /* http:// to anywhere: nothing in it is secret, and the reply is signed
                             */
        bool no_proxy;      /* link-local metadata: never through a proxy */
        const char
                *unix_path; /* over this unix socket, whatever the URL's host; borrowed; or NULL */

        /* or a command, run without a shell, its standard output being the reply's body */
        char **argv; /* NULL-terminated; NULL for HTTP */

        uint64_t timeout_usec; /* 0: the engine's default */
        bool secret;           /* the reply holds credentials: never traced, never digested */
        int failed;            /* latched */
};

void message_request_init(struct message_request *req, const char *method);
void message_request_url_take(struct message_request *req, char *url); /* NULL latches -ENOMEM */
/* Refuses CR, LF and NUL in the value: latches -EINVAL. */
void message_request_header(struct message_request *req, const char *name, const char *fmt, ...)
        _printf_(3, 4);
void message_request_body(struct message_request *req, const void *body, size_t body_bytes);
int message_request_error(const struct message_request *req, struct error *err);
/* Wipes headers and body before it frees them. */
void message_request_done(struct message_request *req);

enum transport {
        TRANSPORT_OK,         /* a reply came */
        TRANSPORT_UNRESOLVED, /* no such host */
        TRANSPORT_REFUSED,    /* nothing listens */
        TRANSPORT_TLS,        /* certificate or handshake */
        TRANSPORT_TIMEOUT,
        TRANSPORT_BROKEN,    /* reset, short body */
        TRANSPORT_TOO_LARGE, /* over the ceiling for a reply */
        TRANSPORT_COMMAND,   /* a command could not be run, or exited with a status other than 0 */
};

/* A reply as it came; borrowed by who reads it. */
struct message_reply {
        enum transport transport;
        char transport_text[256]; /* what went wrong, when not TRANSPORT_OK */
        int status;               /* HTTP status, or a command's exit status */
        char *headers;            /* "name: value\n" lines, names in lower case; never NULL */
        struct buffer body;
        uint64_t received_usec; /* realtime */
        uint64_t elapsed_usec;
        bool network_up; /* other hosts of the same place have names: the provider's witness has, or
                            some host has answered in this scan */
};

/* The value of the first header of that (lower-case) name into value, NUL-terminated and cut to
 * size. False when not there. */
bool message_reply_header(const struct message_reply *reply, const char *name, char *value,
                          size_t size);
void message_reply_done(struct message_reply *reply);
