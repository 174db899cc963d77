/* The daemon's control socket: HTTP over a unix socket, mode 0660. Whoever may write to it may ask
 * for a scan, and nothing else.
 *
 *   GET /status            what the daemon does and did (daemon.c's status)
 *   POST /scan?account=A   a scan begun after this was asked, of A or of all accounts; answered
 * when it is over
 *
 * Scans that were asked for wait here until the daemon has time; all that ask for the same get one
 * scan. */
#pragma once

#include "daemon/base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <systemd/sd-event.h>

struct control;

struct control_calls {
        bool (*has_account)(void *user, const char *account);
        json_t *(*status)(void *user); /* new reference */
        void (*on_asked)(void *user);  /* a scan is waiting */
};

/* Listens in the unit's runtime folder, else in the state folder, and at the socket "control" that
 * systemd may have passed. */
int control_new(struct control **ret, sd_event *event, const char *state_dir,
                const struct control_calls *calls, void *user, struct error *err);
/* Whoever still waits is told that the daemon ends. */
struct control *control_free(struct control *c);
DEFINE_CLEANUP(struct control *, control_free);

/* Is a scan waiting; of which account (NULL: all), until control_begin(). */
bool control_next(const struct control *c, const char **ret_account);
/* All that wait for that scan have it from now on. */
void control_begin(struct control *c, const char *account);
/* It is over. result is what they are told; NULL without memory. */
void control_end(struct control *c, const json_t *result);

/* ---- from another process ---------------------------------------------------------------------
 */

/* Asks the daemon that keeps this state folder, and waits for its answer: an object. -ENOTCONN: no
 * daemon answers; -ENOENT, -EINVAL: it refused, with its words. timeout_usec 0: as long as it
 * takes.
 */
int control_ask(const char *state_dir, const char *method, const char *target,
                uint64_t timeout_usec, json_t **ret, struct error *err);
