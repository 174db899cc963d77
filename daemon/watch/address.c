#include "daemon/watch/address.h"

#include "daemon/base/number.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

enum { BACKLOG = 16, SOCKET_MODE = 0660, HOST_BYTES_MAX = 64 };

#define UNIX_PREFIX "unix:"

static int parse_unix(const char *path, struct address *ret, struct error *err)
{
        if (path[0] != '/')
                return error_set(err, -EINVAL, "'unix:' must be followed by an absolute path");
        if (strlen(path) >= sizeof(ret->socket.un.sun_path))
                return error_set(err, -EINVAL,
                                 "%s is too long for a unix socket: %zu bytes at most", path,
                                 sizeof(ret->socket.un.sun_path) - 1);
        ret->socket.un.sun_family = AF_UNIX;
        (void)snprintf(ret->socket.un.sun_path, sizeof(ret->socket.un.sun_path), "%s", path);
        ret->size_bytes = sizeof(ret->socket.un);
        return 0;
}

static bool set_four(struct address *a, const char *host, uint16_t port)
{
        struct sockaddr_in *four = (struct sockaddr_in *)&a->socket.storage;

        if (inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host,
                      &four->sin_addr) != 1)
                return false;
        four->sin_family = AF_INET;
        four->sin_port = htons(port);
        a->size_bytes = sizeof(*four);
        return ntohl(four->sin_addr.s_addr) >> 24 == 127;
}

static bool set_six(struct address *a, const char *host, uint16_t port)
{
        struct sockaddr_in6 *six = (struct sockaddr_in6 *)&a->socket.storage;

        if (inet_pton(AF_INET6, host, &six->sin6_addr) != 1)
                return false;
        six->sin6_family = AF_INET6;
        six->sin6_port = htons(port);
        a->size_bytes = sizeof(*six);
        return IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
}

int address_parse(const char *text, struct address *ret, struct error *err)
{
        const char *colon = strrchr(text, ':');
        char host[HOST_BYTES_MAX] = "";
        bool bracket = text[0] == '[', local;
        size_t n = colon ? (size_t)(colon - text) : 0;
        uint64_t port = 0;

        *ret = (struct address){ 0 };
        if (strncmp(text, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0)
                return parse_unix(text + strlen(UNIX_PREFIX), ret, err);
        if (n == 0 || n >= sizeof(host) || (bracket && text[n - 1] != ']') ||
            number_parse_u64(colon + 1, &port) < 0 || port > UINT16_MAX)
                return error_set(err, -EINVAL,
                                 "'%s' is neither ADDRESS:PORT (127.0.0.1:9477) nor unix:/PATH",
                                 text);
        memcpy(host, text + bracket, n - (bracket ? 2 : 0));
        local = bracket ? set_six(ret, host, (uint16_t)port) : set_four(ret, host, (uint16_t)port);
        if (!local)
                return error_set(err, -EINVAL,
                                 "'%s' is no address of this machine alone: use 127.0.0.1, [::1] "
                                 "or unix:/PATH, and a proxy with authentication before it for "
                                 "other machines",
                                 host);
        return 0;
}

/* A socket file that nobody answers at is what a killed process left. */
static int clear_stale(const struct address *a, struct error *err)
{
        _cleanup_(closep) int fd = -1;
        struct stat st;

        if (lstat(a->socket.un.sun_path, &st) < 0)
                return 0;
        if (!S_ISSOCK(st.st_mode))
                return error_set(err, -EEXIST, "%s is there and is no socket",
                                 a->socket.un.sun_path);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd >= 0 && connect(fd, &a->socket.any, a->size_bytes) < 0 && errno == ECONNREFUSED)
                (void)unlink(a->socket.un.sun_path);
        return 0;
}

static int bind_unix(int fd, const struct address *a, struct error *err)
{
        mode_t before;
        int r = clear_stale(a, err);

        if (r < 0)
                return r;
        before = umask(0777 & ~SOCKET_MODE);
        r = bind(fd, &a->socket.any, a->size_bytes) < 0 ? -errno : 0;
        (void)umask(before);
        return r < 0 ? error_set(err, r, "%s: %s", a->socket.un.sun_path, strerror(-r)) : 0;
}

static int bind_loopback(int fd, const struct address *a, struct error *err)
{
        int yes = 1;

        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
        return bind(fd, &a->socket.any, a->size_bytes) < 0
                       ? error_set(err, -errno, "%s", strerror(errno))
                       : 0;
}

int address_listen(const struct address *a, int *ret_fd, struct error *err)
{
        int family = a->socket.any.sa_family, r;
        int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        if (fd < 0)
                return error_set(err, -errno, "socket: %s", strerror(errno));
        r = family == AF_UNIX ? bind_unix(fd, a, err) : bind_loopback(fd, a, err);
        if (r == 0 && listen(fd, BACKLOG) < 0)
                r = error_set(err, -errno, "listen: %s", strerror(errno));
        if (r < 0)
                (void)close(fd);
        else
                *ret_fd = fd;
        return r;
}

int address_activated(const char *name)
{
        char **names = NULL;
        int n = sd_listen_fds_with_names(0, &names), found = -ENOENT;

        for (int i = 0; i < n; i++) {
                if (found == -ENOENT && strcmp(names[i], name) == 0)
                        found = fcntl(SD_LISTEN_FDS_START + i, F_DUPFD_CLOEXEC, 0);
                free(names[i]);
        }
        if (n >= 0)
                free(names);
        if (found < 0)
                return -ENOENT;
        (void)fcntl(found, F_SETFL, fcntl(found, F_GETFL) | O_NONBLOCK);
        return found;
}
