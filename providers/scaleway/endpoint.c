#include "providers/scaleway/account.h"

#include "daemon/base/number.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

/* Only what never leaves this machine may be spoken to without TLS. */
static bool is_loopback(const char *host)
{
        struct in_addr v4;
        struct in6_addr v6;

        if (strcasecmp(host, "localhost") == 0)
                return true;
        if (inet_pton(AF_INET, host, &v4) == 1)
                return (ntohl(v4.s_addr) >> 24) == 127;
        return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

/* Splits "host", "host:80", "[::1]:80"; host gets the name without brackets. */
static bool split_authority(const char *text, size_t length, char host[static 256])
{
        const char *end = text + length, *port = NULL;
        uint64_t number;
        char digits[8];

        if (length > 0 && text[0] == '[') {
                const char *bracket = memchr(text, ']', length);

                if (!bracket || bracket - text > 200)
                        return false;
                (void)snprintf(host, 256, "%.*s", (int)(bracket - text - 1), text + 1);
                if (bracket + 1 < end && bracket[1] != ':')
                        return false;
                port = bracket + 1 < end ? bracket + 2 : NULL;
        } else {
                const char *colon = memchr(text, ':', length);
                size_t n = colon ? (size_t)(colon - text) : length;

                if (n == 0 || n > 253)
                        return false;
                (void)snprintf(host, 256, "%.*s", (int)n, text);
                port = colon ? colon + 1 : NULL;
        }
        if (!port)
                return host[0] != '\0';
        if (end - port < 1 || end - port > 5)
                return false;
        (void)snprintf(digits, sizeof(digits), "%.*s", (int)(end - port), port);
        return host[0] != '\0' && number_parse_u64(digits, &number) == 0 && number > 0 &&
               number < 65536;
}

int scaleway_endpoint_parse(const char *url, char **ret, struct error *err)
{
        bool tls = strncmp(url, "https://", 8) == 0;
        const char *authority = url + (tls ? 8 : 7);
        size_t length;
        char host[256];

        if (!tls && strncmp(url, "http://", 7) != 0)
                return error_set(err, -EINVAL, "the API's address must begin with https://");
        /* '@' would be a password in a place that is logged */
        if (strpbrk(url, "@?#\\ \t\r\n"))
                return error_set(
                        err, -EINVAL,
                        "the API's address must be https://host[:port][/path] and no more");
        length = strcspn(authority, "/");
        if (!split_authority(authority, length, host))
                return error_set(err, -EINVAL, "the API's address '%s' has no valid host", url);
        if (!tls && !is_loopback(host))
                return error_set(err, -EINVAL,
                                 "the API's address '%s' must use https (plain http is for "
                                 "loopback only)",
                                 url);
        *ret = strdup(url);
        if (!*ret)
                return error_oom(err);
        for (size_t n = strlen(*ret); n > 0 && (*ret)[n - 1] == '/'; n--)
                (*ret)[n - 1] = '\0';
        return 0;
}
