/* HTTP/1.1 over libmicrohttpd, driven by one loop: no thread, so no lock. */
#pragma once

#include "tests/cloudsim/sim.h"
#include "tests/cloudsim/tls.h"

#include <sys/types.h>

enum { SERVER_LISTENERS_MAX = 2 };

struct request;

struct server {
        struct sim *sim;
        struct tls *tls;
        struct MHD_Daemon *daemons[SERVER_LISTENERS_MAX];
        size_t n_daemons;
        struct request *delayed; /* by due time */
};

/* Listens on "127.0.0.1:0"; the port it got in *ret_port. With TLS when s->tls is set and tls is.
 */
int server_listen(struct server *s, const char *address, bool tls, unsigned *ret_port,
                  struct error *err);

/* Until something is readable on stop_fd. */
int server_run(struct server *s, int stop_fd, struct error *err);
void server_done(struct server *s);
