#include "daemon/base/number.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

int number_parse_u64(const char *text, uint64_t *ret)
{
        unsigned long long v;
        char *end;

        if (!isdigit((unsigned char)text[0])) /* strtoull takes "-1" and " 1" */
                return -EINVAL;
        errno = 0;
        v = strtoull(text, &end, 10);
        if (errno != 0)
                return -errno;
        if (*end != '\0')
                return -EINVAL;
        *ret = v;
        return 0;
}

int number_parse_i64(const char *text, int64_t *ret)
{
        long long v;
        char *end;

        if (!isdigit((unsigned char)text[0]) && text[0] != '-')
                return -EINVAL;
        errno = 0;
        v = strtoll(text, &end, 10);
        if (errno != 0)
                return -errno;
        if (end == text || *end != '\0')
                return -EINVAL;
        *ret = v;
        return 0;
}

int number_parse_double(const char *text, double *ret)
{
        double v;
        char *end;

        if (!isdigit((unsigned char)text[0]) && text[0] != '-' && text[0] != '.')
                return -EINVAL;
        errno = 0;
        v = strtod(text, &end);
        if (errno != 0)
                return -errno;
        if (end == text || *end != '\0' || !isfinite(v))
                return -EINVAL;
        *ret = v;
        return 0;
}
