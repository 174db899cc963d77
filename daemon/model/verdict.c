#include "daemon/model/verdict.h"

#include "daemon/base/buffer.h"
#include "daemon/base/digest.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static const char *const verdict_names[] = {
        [VERDICT_PASS] = "pass", [VERDICT_FAIL] = "fail",     [VERDICT_UNKNOWN] = "unknown",
        [VERDICT_NA] = "na",     [VERDICT_WAIVED] = "waived",
};
static_assert(ELEMENTSOF(verdict_names) == VERDICT_MAX, "every verdict has its name");

static const char *const severity_names[] = {
        [SEVERITY_INFO] = "info", [SEVERITY_LOW] = "low",           [SEVERITY_MEDIUM] = "medium",
        [SEVERITY_HIGH] = "high", [SEVERITY_CRITICAL] = "critical",
};
static_assert(ELEMENTSOF(severity_names) == SEVERITY_MAX, "every severity has its name");

const char *verdict_name(enum verdict v)
{
        return verdict_names[v];
}

const char *severity_name(enum severity s)
{
        return severity_names[s];
}

static int name_index(const char *const *names, size_t n, const char *name)
{
        for (size_t i = 0; i < n; i++)
                if (strcmp(names[i], name) == 0)
                        return (int)i;
        return -EINVAL;
}

int verdict_from_name(const char *name, enum verdict *ret)
{
        int i = name_index(verdict_names, ELEMENTSOF(verdict_names), name);

        if (i < 0)
                return i;
        *ret = (enum verdict)i;
        return 0;
}

int severity_from_name(const char *name, enum severity *ret)
{
        int i = name_index(severity_names, ELEMENTSOF(severity_names), name);

        if (i < 0)
                return i;
        *ret = (enum severity)i;
        return 0;
}

char *finding_id(const struct place *place, const char *rule, const char *kind, const char *id,
                 char hex[static FINDING_ID_MAX])
{
        const char *const parts[] = {
                rule, place->provider, place->scope, place->region, kind, id
        };
        struct buffer b = BUFFER_INIT(65536);
        char whole[SHA256_HEX_MAX];

        for (size_t i = 0; i < ELEMENTSOF(parts); i++) /* the NUL keeps the parts apart */
                buffer_append(&b, parts[i] ? parts[i] : "", parts[i] ? strlen(parts[i]) + 1 : 1);
        (void)digest_sha256_hex(buffer_text(&b), b.size_bytes, whole);
        buffer_done(&b);
        memcpy(hex, whole, FINDING_ID_MAX - 1);
        hex[FINDING_ID_MAX - 1] = '\0';
        return hex;
}
