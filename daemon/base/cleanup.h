/* Ownership in the type: locals that own are declared with _cleanup_ and handed over with
 * TAKE_PTR(). Destructors accept NULL and half-built objects. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))
#define _printf_(fmt, args) __attribute__((format(printf, fmt, args)))

#define ELEMENTSOF(a) (sizeof(a) / sizeof((a)[0]))

#define TAKE_PTR(p)                                                                                \
        ({                                                                                         \
                __typeof__(p) *_pp = &(p);                                                         \
                __typeof__(p) _taken = *_pp;                                                       \
                *_pp = NULL;                                                                       \
                _taken;                                                                            \
        })

/* DEFINE_CLEANUP(struct buffer *, buffer_free) gives buffer_freep() for _cleanup_. */
#define DEFINE_CLEANUP(type, func)                                                                 \
        static inline void func##p(type *p)                                                        \
        {                                                                                          \
                if (*p)                                                                            \
                        func(*p);                                                                  \
        }                                                                                          \
        struct func##_cleanup_needs_a_semicolon

static inline void freep(void *p)
{
        free(*(void **)p);
}

static inline void fclosep(FILE **p)
{
        if (*p)
                (void)fclose(*p);
}

static inline void closep(int *p)
{
        if (*p >= 0)
                (void)close(*p);
}
