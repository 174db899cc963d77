#include "daemon/watch/web.h"

#include "daemon/base/cleanup.h"
#include "daemon/base/number.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { HOST_NAME_MAX_BYTES = 253 };

/* ---- Host --------------------------------------------------------------------------------------
 */

/* Bytes of the name, without ":port"; 0 when that is no port. */
static size_t name_length(const char *host)
{
        const char *end = host[0] == '[' ? strchr(host, ']') : NULL;
        size_t n = end ? (size_t)(end + 1 - host) : strcspn(host, ":");
        uint64_t port;

        if (host[n] == '\0')
                return n;
        return host[n] == ':' && number_parse_u64(host + n + 1, &port) == 0 && port <= UINT16_MAX
                       ? n
                       : 0;
}

static bool is_loopback(const char *name)
{
        struct in_addr four;

        if (strcasecmp(name, "localhost") == 0 || strcmp(name, "[::1]") == 0)
                return true;
        return inet_pton(AF_INET, name, &four) == 1 && ntohl(four.s_addr) >> 24 == 127;
}

bool web_host_is_ours(const char *host, const char *const *names)
{
        size_t n = host ? name_length(host) : 0;
        char name[HOST_NAME_MAX_BYTES + 1];

        if (n == 0 || n >= sizeof(name))
                return false;
        memcpy(name, host, n);
        name[n] = '\0';
        for (; names && *names; names++)
                if (strcasecmp(name, *names) == 0)
                        return true;
        return is_loopback(name);
}

bool web_is_host_name(const char *name)
{
        struct in6_addr six;
        char inside[HOST_NAME_MAX_BYTES + 1];
        size_t n = strlen(name);

        if (n == 0 || n > HOST_NAME_MAX_BYTES)
                return false;
        if (name[0] == '[') {
                (void)snprintf(inside, sizeof(inside), "%.*s", (int)(n > 2 ? n - 2 : 0), name + 1);
                return name[n - 1] == ']' && inet_pton(AF_INET6, inside, &six) == 1;
        }
        for (const char *p = name; *p; p++)
                if (!isascii((unsigned char)*p) ||
                    (!isalnum((unsigned char)*p) && !strchr("-._", *p)))
                        return false;
        return true;
}

/* ---- Accept-Language, If-None-Match ------------------------------------------------------------
 */

/* The weight of "fr-CH;q=0.8" in thousandths; 1000 without one, 0 for what cannot be read. */
static unsigned weight_of(const char *range, size_t n)
{
        const char *q = memmem(range, n, "q=", 2);
        unsigned weight = 0, digit = 100;

        if (!q)
                return 1000;
        q += 2;
        if (*q == '1')
                return 1000;
        if (q[0] != '0' || q[1] != '.')
                return 0;
        for (q += 2; digit > 0 && isdigit((unsigned char)*q); q++, digit /= 10)
                weight += digit * (unsigned)(*q - '0');
        return weight;
}

static bool is_language(const char *range, const char *code)
{
        return strncasecmp(range, code, 2) == 0 && strchr("-;, \t", range[2]);
}

enum language web_language(const char *accept, enum language otherwise)
{
        static const char *const codes[] = { [LANGUAGE_EN] = "en", [LANGUAGE_FR] = "fr" };
        enum language best = otherwise;
        unsigned best_weight = 0;

        for (const char *p = accept ? accept : ""; *p; p += strspn(p, ",")) {
                size_t n;

                p += strspn(p, " \t");
                n = strcspn(p, ",");
                for (unsigned i = 0; i < ELEMENTSOF(codes); i++)
                        if (n >= 2 && is_language(p, codes[i]) && weight_of(p, n) > best_weight) {
                                best = (enum language)i;
                                best_weight = weight_of(p, n);
                        }
                p += n;
        }
        return best;
}

bool web_has_tag(const char *if_none_match, const char *tag)
{
        return if_none_match && (strstr(if_none_match, tag) || strcmp(if_none_match, "*") == 0);
}
