#include "daemon/report/uuid.h"

#include "daemon/base/cleanup.h"
#include "daemon/base/digest.h"

#include <string.h>

/* d2b8b5f0-5f6c-4d63-9a3e-6c1d0f6f3a51, drawn once for vigie */
static const unsigned char name_space[16] = { 0xd2, 0xb8, 0xb5, 0xf0, 0x5f, 0x6c, 0x4d, 0x63,
                                              0x9a, 0x3e, 0x6c, 0x1d, 0x0f, 0x6f, 0x3a, 0x51 };

char *uuid_of(const char *kind, const char *id, char text[static UUID_TEXT_MAX])
{
        static const char variants[] = "89ab";
        static const size_t groups[] = { 8, 4, 4, 4, 12 };
        char name[1024], digest[SHA256_HEX_MAX], hex[41], *to = text;
        const char *from = hex;
        int n;

        memcpy(name, name_space, sizeof(name_space));
        if (strlen(id) > sizeof(name) / 2)
                id = digest_sha256_hex(id, strlen(id), digest);
        n = snprintf(name + sizeof(name_space), sizeof(name) - sizeof(name_space), "%s:%s", kind,
                     id);
        (void)digest_sha1_hex(name, sizeof(name_space) + (size_t)n, hex);
        hex[12] = '5';
        hex[16] = variants[(hex[16] <= '9' ? hex[16] - '0' : hex[16] - 'a' + 10) & 3];
        for (size_t i = 0; i < ELEMENTSOF(groups); i++) {
                if (i > 0)
                        *to++ = '-';
                memcpy(to, from, groups[i]);
                to += groups[i];
                from += groups[i];
        }
        *to = '\0';
        return text;
}
