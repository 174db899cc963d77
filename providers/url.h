/* URLs as providers write them: percent-encoding, queries in canonical order, base addresses that
 * take the place of a provider's hosts. */
#pragma once

#include "daemon/base/buffer.h"
#include "daemon/base/error.h"

#include <jansson.h>
#include <stdbool.h>

enum { URL_HOST_MAX = 256, URL_AUTHORITY_MAX = 272, URL_QUERY_PAIRS_MAX = 64 };

/* Appends text, percent-encoded but for RFC 3986's unreserved characters (A-Z a-z 0-9 - . _ ~),
 * with upper-case digits. */
void url_encode(struct buffer *b, const char *text);
void url_encode_bytes(struct buffer *b, const char *text, size_t size_bytes);
/* The same, but "/" stays. */
void url_encode_path(struct buffer *b, const char *text, size_t size_bytes);

/* "a=1&b=%2F" from an object whose members are scalars or lists of scalars (which repeat the
 * name), encoded, sorted by name and then by value. "" for an empty object or NULL; null members
 * are left out. The caller frees. */
int url_query(const json_t *object, char **ret, struct error *err);

/* The same order and encoding for a query that is written already ("b=%2f&a" gives "a=&b=%2F"). */
int url_query_canonical(const char *query, char **ret, struct error *err);

/* A base address: "https://host[:port][/path]". */
struct url_base {
        bool tls;
        char host[URL_HOST_MAX];           /* lower case, without brackets */
        char authority[URL_AUTHORITY_MAX]; /* as the Host header has it: brackets, and the port
                                              unless it is the scheme's own */
        char path[256];                    /* "" or "/path", without a slash at its end */
};

/* -EINVAL for what is no such address, and for plain http to anything but loopback and link-local
 * addresses. what names the setting in the error. */
int url_base_parse(const char *url, const char *what, struct url_base *ret, struct error *err);

/* "localhost", a loopback or link-local address, or one of the metadata services' own. */
bool url_host_is_local(const char *host);
bool url_host_is_loopback(const char *host);
