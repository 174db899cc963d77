#include "providers/aws/arn.h"

#include <stdio.h>
#include <string.h>

enum { ARN_FIELDS = 6 };

bool arn_read(const char *text, struct arn *ret)
{
        const char *at[ARN_FIELDS], *p = text;

        for (int i = 0; i < ARN_FIELDS; i++) {
                at[i] = p;
                if (i == ARN_FIELDS - 1)
                        break;
                p = strchr(p, ':');
                if (!p)
                        return false;
                p++;
        }
        if (strncmp(text, "arn:", 4) != 0 || at[3] - at[2] > ARN_FIELD_MAX ||
            at[4] - at[3] > ARN_FIELD_MAX)
                return false;
        (void)snprintf(ret->service, ARN_FIELD_MAX, "%.*s", (int)(at[3] - at[2] - 1), at[2]);
        (void)snprintf(ret->region, ARN_FIELD_MAX, "%.*s", (int)(at[4] - at[3] - 1), at[3]);
        ret->resource = at[5];
        return ret->resource[0] != '\0';
}
