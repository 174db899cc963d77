#include "daemon/watch/control.h"

#include "daemon/base/json.h"
#include "daemon/engine/http.h"
#include "daemon/watch/paths.h"

#include <errno.h>
#include <string.h>

enum { REPLY_BYTES_MAX = 1024 * 1024 };

struct asking {
        sd_event *event;
        const char *path;
        json_t *reply;
        int code;
        struct error *err;
};

static void asking_read(struct asking *a, const struct message_reply *reply)
{
        json_auto_t *value = NULL;
        const char *text;

        if (reply->transport != TRANSPORT_OK) {
                a->code = error_set(a->err, -ENOTCONN,
                                    "no daemon answers at %s (%s): start it with systemctl start "
                                    "vigie, or scan without --daemon",
                                    a->path, reply->transport_text);
                return;
        }
        a->code = json_parse(buffer_text(&reply->body), reply->body.size_bytes, &value, a->err);
        if (a->code < 0)
                return;
        text = json_member_string(value, "error");
        if (reply->status == 200)
                a->reply = TAKE_PTR(value);
        else
                a->code = error_set(a->err, reply->status == 404 ? -ENOENT : -EREMOTEIO,
                                    "the daemon says: %s", text ? text : "nothing");
}

static void asking_on_reply(void *user, struct message_reply *reply)
{
        struct asking *a = user;

        asking_read(a, reply);
        (void)sd_event_exit(a->event, 0);
}

static int asking_send(struct asking *a, struct http *http, const char *method, const char *target,
                       uint64_t timeout_usec)
{
        static const struct network_config network = { 0 };
        struct message_request req;
        struct http_transfer *transfer;
        char *url = NULL;
        int r;

        message_request_init(&req, method);
        message_request_url_take(&req,
                                 asprintf(&url, "http://localhost%s", target) < 0 ? NULL : url);
        req.unix_path = a->path;
        req.no_proxy = true;
        req.timeout_usec = timeout_usec;
        r = message_request_error(&req, a->err);
        if (r == 0)
                r = http_send(http, &req, &network, asking_on_reply, a, &transfer, a->err);
        message_request_done(&req);
        return r;
}

static int ask(struct asking *a, const char *method, const char *target, uint64_t timeout_usec)
{
        const struct http_options options = {
                .event = a->event,
                .in_flight_max = 1,
                .reply_bytes_max = REPLY_BYTES_MAX,
        };
        _cleanup_(http_freep) struct http *http = NULL;
        int r = http_new(&http, &options, a->err);

        if (r >= 0)
                r = asking_send(a, http, method, target, timeout_usec);
        if (r >= 0)
                r = sd_event_loop(a->event);
        return r < 0 ? r : a->code;
}

int control_ask(const char *state_dir, const char *method, const char *target,
                uint64_t timeout_usec, json_t **ret, struct error *err)
{
        _cleanup_(freep) char *path = NULL;
        struct asking a = { .err = err };
        int r = paths_control_find(&path, state_dir, err);

        if (r < 0)
                return r;
        a.path = path;
        r = sd_event_new(&a.event);
        if (r < 0)
                return error_set(err, r, "event loop: %s", strerror(-r));
        r = ask(&a, method, target, timeout_usec);
        sd_event_unref(a.event);
        if (r < 0)
                json_decref(a.reply);
        else
                *ret = a.reply;
        return r;
}
