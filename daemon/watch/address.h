/* Sockets of this machine: "127.0.0.1:9477", "[::1]:9477", "localhost:9477" or "unix:/path". What
 * other machines could reach is refused. */
#pragma once

#include "daemon/base/error.h"

#include <sys/socket.h>
#include <sys/un.h>

struct address {
        union {
                struct sockaddr any;
                struct sockaddr_storage storage;
                struct sockaddr_un un;
        } socket;
        socklen_t size_bytes;
};

/* -EINVAL with what is wrong, without a place. */
int address_parse(const char *text, struct address *ret, struct error *err);

/* Binds and listens; a unix socket gets mode 0660, and one that an earlier process left behind is
 * replaced: -EADDRINUSE when somebody still answers there. The descriptor does not block. */
int address_listen(const struct address *a, int *ret_fd, struct error *err);

/* A socket of that name (FileDescriptorName=) that systemd listens at for us: a descriptor of our
 * own, or -ENOENT. */
int address_activated(const char *name);
