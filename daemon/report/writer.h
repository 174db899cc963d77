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

enum { WRITER_DEPTH_MAX = 16, WRITER_BYTES = 4096 };

struct writer {
        FILE *out;
        unsigned lines; /* what stands at most so deep has a line of its own; 0: all on one line */
        bool short_escapes; /* "\t" and its like, as json_dumps() writes them */
        unsigned depth;
        struct writer_level {
                char close;      /* '}' or ']' */
                bool any;        /* something is in it */
                bool unwritten;  /* writer_array_if_any() before its first element */
                const char *key; /* of what is not written yet */
        } levels[WRITER_DEPTH_MAX];
        int failed;               /* latched; writer_finish() answers */
        char bytes[WRITER_BYTES]; /* on their way to out: a call of stdio for each comma is dear */
        size_t n_bytes;
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
/* The text after another, as one. */
void writer_joined(struct writer *w, const char *key, const char *before, const char *text);
/* On one line, without blanks at its ends, as formats have it that know single lines only; left out
 * when nothing remains. */
void writer_line(struct writer *w, const char *key, const char *text);
void writer_int(struct writer *w, const char *key, int64_t number);
void writer_bool(struct writer *w, const char *key, bool value);
/* null for NULL. */
void writer_text_or_null(struct writer *w, const char *key, const char *text);
void writer_value(struct writer *w, const char *key, const json_t *value);
/* What is JSON already. */
void writer_json(struct writer *w, const char *key, const char *json);

/* 0, or the latched error, so that who iterates can stop: a full disk, a closed pipe. */
int writer_error(struct writer *w);
/* After the last end: 0, -EIO… */
int writer_flush(struct writer *w);
/* The same after a line feed. */
int writer_finish(struct writer *w, struct error *err);

/* Does nothing remain of the text as writer_line() has it? For required members, which then need
 * another. */
bool writer_line_is_empty(const char *text);

/* An array that is written while another is, into a file without a name: what comes of one walk
 * over the inventory need not be walked again, nor be kept in memory. */
int writer_spool_open(struct writer *ret, struct error *err);
/* Puts it where it belongs, when something is in it or empty is true, and closes the file. */
void writer_spool_put(struct writer *w, const char *key, struct writer *spool, bool empty);
/* Closes what was not put. */
void writer_spool_done(struct writer *spool);
