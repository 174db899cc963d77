/* One error type for the whole program: a negative errno for code, and the text that a person
 * reads. The leaf says what failed, the job says where, once.
 *
 * Fixed meanings: -EACCES denied, -ENOENT not there, -EAGAIN throttled, -EREMOTEIO the peer failed,
 * -EBADMSG unreadable, -ETIMEDOUT deadline, -E2BIG over a limit, -EINVAL bad configuration. */
#pragma once

#include "daemon/base/cleanup.h"

struct error {
        int code;       /* negative errno, 0 while unset */
        char text[512]; /* what failed */
};

/* Sets the error unless one is set already (the first wins) and returns code. err may be NULL. */
int error_set(struct error *err, int code, const char *fmt, ...) _printf_(3, 4);

/* Puts "context: " before the text that is there, and returns code. err may be NULL. */
int error_wrap(struct error *err, int code, const char *fmt, ...) _printf_(3, 4);

/* Out of memory, as an error. */
int error_oom(struct error *err);
