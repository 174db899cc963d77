/* Amazon resource names: arn:partition:service:region:account:resource. */
#pragma once

#include <stdbool.h>

enum { ARN_FIELD_MAX = 32 };

/* The fields that matter, and what follows the fifth colon. */
struct arn {
        char service[ARN_FIELD_MAX], region[ARN_FIELD_MAX]; /* region "" in global names */
        const char *resource;                               /* in the text that was read */
};

/* False when the text is no such name. */
bool arn_read(const char *text, struct arn *ret);
