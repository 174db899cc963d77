/* A cloudsim for one test: started on ports of its own, ended with it.
 *
 * The program is $CLOUDSIM, else the one beside the tests (<build>/cloudsim). Everything here
 * fails the test by returning NULL or a negative errno; nothing waits on a clock. */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct cloudsim;

/* world: a file or directory. more: further arguments, ends with NULL; may be NULL. */
struct cloudsim *cloudsim_start(const char *world, const char *const *more);

/* Ends the program; its exit status, 0 when it ended cleanly. Accepts NULL. */
int cloudsim_stop(struct cloudsim *c);

/* Runs it to its end, for worlds and options that are refused: the exit status, and the first of
 * what it said on standard error in message. */
int cloudsim_refused(const char *world, const char *const *more, char *message, size_t max);

unsigned cloudsim_port(const struct cloudsim *c);      /* TLS, every name */
unsigned cloudsim_http_port(const struct cloudsim *c); /* plain, loopback */
const char *cloudsim_address(
        const struct cloudsim *c); /* "127.0.0.1:PORT" of TLS, for connect_to */
const char *cloudsim_http_url(const struct cloudsim *c); /* "http://127.0.0.1:PORT" */
const char *cloudsim_ca_file(const struct cloudsim *c);
const char *cloudsim_directory(const struct cloudsim *c); /* scratch, removed at the end */

/* Faults as JSON text, one or a list; see tests/cloudsim/README.md. */
int cloudsim_add_faults(struct cloudsim *c, const char *json);
int cloudsim_clear_faults(struct cloudsim *c);
int cloudsim_reset(struct cloudsim *c);  /* counters, log, faults */
int cloudsim_reload(struct cloudsim *c); /* the world from its file */

json_t *cloudsim_counters(struct cloudsim *c); /* new reference */
json_t *cloudsim_log(struct cloudsim *c);      /* new reference */

/* Calls counted so far; NULL matches anything. status 0 matches any. */
uint64_t cloudsim_calls(struct cloudsim *c, const char *service, const char *operation,
                        unsigned status);
/* The highest page of that operation that was answered with 200; 0 when none was. */
uint64_t cloudsim_pages(struct cloudsim *c, const char *service, const char *operation);
/* A number of the counters: "requests", "repeated_after_denial", "budget_violations", … */
uint64_t cloudsim_counter(struct cloudsim *c, const char *name);
