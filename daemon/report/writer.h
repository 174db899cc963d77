/* JSON written member by member, nested as deep as a format needs: no object is made for a row, so
 * that a million of them cost neither memory nor much time.
 *
 * A key is given inside objects and NULL inside arrays and for the whole. Keys are the program's
 * own words or text from anywhere. A value that is NULL is left out together with its key. */
#pragma once

#include "daemon/base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { WRITER_DEPTH_MAX = 16 };

struct writer {
        FILE *out;
        unsigned lines; /* what stands at most so deep has a line of its own; 0: all on one line */
        unsigned depth;
        struct writer_level {
                char close;      /* '}' or ']' */
                bool any;        /* something is in it */
                bool unwritten;  /* writer_array_if_any() before its first element */
                const char *key; /* of what is not written yet */
        } levels[WRITER_DEPTH_MAX];
        int failed; /* latched; writer_finish() answers */
};

#define WRITER_TO(file, line_depth) ((struct writer){ .out = (file), .lines = (line_depth) })

void writer_object(struct writer *w, const char *key);
void writer_array(struct writer *w, const char *key);
/* An array that is left out, with its key, when nothing comes into it. key is borrowed until then.
 */
void writer_array_if_any(struct writer *w, const char *key);
void writer_end(struct writer *w);

/* Bytes that are no UTF-8 become U+FFFD. */
void writer_text(struct writer *w, const char *key, const char *text);
/* On one line, without blanks at its ends, as formats have it that know single lines only; left out
 * when nothing remains. */
void writer_line(struct writer *w, const char *key, const char *text);
void writer_int(struct writer *w, const char *key, int64_t number);
void writer_bool(struct writer *w, const char *key, bool value);
void writer_value(struct writer *w, const char *key, const json_t *value);

/* 0, or the latched error, so that who iterates can stop: a full disk, a closed pipe. */
int writer_error(struct writer *w);
/* After the last end: a line feed; 0, -EIO… */
int writer_finish(struct writer *w, struct error *err);

/* The length of a text as writer_line() would have it; 0 when nothing remains. For required
 * members, which then need another text. */
bool writer_line_is_empty(const char *text);
