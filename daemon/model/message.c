#include "daemon/model/message.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

void message_request_init(struct message_request *req, const char *method)
{
        *req = (struct message_request){ 0 };
        req->method = strdup(method);
        if (!req->method)
                req->failed = -ENOMEM;
}

void message_request_url_take(struct message_request *req, char *url)
{
        free(req->url);
        req->url = url;
        if (!url && req->failed == 0)
                req->failed = -ENOMEM;
}

void message_request_header(struct message_request *req, const char *name, const char *fmt, ...)
{
        _cleanup_(freep) char *value = NULL;
        char *line = NULL;
        va_list ap;
        int n;

        if (req->failed)
                return;
        va_start(ap, fmt);
        n = vasprintf(&value, fmt, ap);
        va_end(ap);
        if (n < 0) {
                value = NULL;
                req->failed = -ENOMEM;
                return;
        }
        if (strpbrk(value, "\r\n") || req->n_headers == MESSAGE_HEADERS_MAX)
                req->failed = -EINVAL; /* a value from a reply must not add headers of its own */
        else if (asprintf(&line, "%s: %s", name, value) < 0)
                req->failed = -ENOMEM;
        else
                req->headers[req->n_headers++] = line;
        explicit_bzero(value, (size_t)n);
}

void message_request_body(struct message_request *req, const void *body, size_t body_bytes)
{
        if (req->failed)
                return;
        if (body_bytes > MESSAGE_REQUEST_BYTES_MAX) {
                req->failed = -E2BIG;
                return;
        }
        free(req->body);
        req->body = malloc(body_bytes + 1);
        if (!req->body) {
                req->failed = -ENOMEM;
                return;
        }
        memcpy(req->body, body, body_bytes);
        req->body[body_bytes] = '\0';
        req->body_bytes = body_bytes;
}

int message_request_error(const struct message_request *req, struct error *err)
{
        if (req->failed == -EINVAL)
                return error_set(err, -EINVAL,
                                 "a header value with a line break, or too many headers");
        if (req->failed == -E2BIG)
                return error_set(err, -E2BIG, "the request is too large");
        return req->failed ? error_oom(err) : 0;
}

static void wipe_free(char *text, size_t size_bytes)
{
        if (text)
                explicit_bzero(text, size_bytes);
        free(text);
}

void message_request_done(struct message_request *req)
{
        free(req->method);
        free(req->url);
        for (size_t i = 0; i < req->n_headers; i++)
                wipe_free(req->headers[i], strlen(req->headers[i]));
        wipe_free(req->body, req->body_bytes);
        for (char **arg = req->argv; arg && *arg; arg++)
                free(*arg);
        free(req->argv);
        *req = (struct message_request){ 0 };
}

bool message_reply_header(const struct message_reply *reply, const char *name, char *value,
                          size_t size)
{
        size_t length = strlen(name);

        for (const char *line = reply->headers ? reply->headers : ""; *line != '\0';) {
                size_t line_length = strcspn(line, "\n");

                if (strncmp(line, name, length) == 0 && line[length] == ':') {
                        const char *from = line + length + 1;

                        from += strspn(from, " ");
                        (void)snprintf(value, size, "%.*s", (int)(line + line_length - from), from);
                        return true;
                }
                line += line_length + (line[line_length] == '\n');
        }
        return false;
}

void message_reply_done(struct message_reply *reply)
{
        free(reply->headers);
        if (reply->body.data)
                explicit_bzero(reply->body.data, reply->body.size_bytes);
        buffer_done(&reply->body);
        *reply = (struct message_reply){ 0 };
}
