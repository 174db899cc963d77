#include "daemon/watch/webhook.h"

#include "daemon/base/buffer.h"
#include "daemon/base/clock.h"
#include "daemon/base/digest.h"
#include "daemon/watch/alert.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Every intermediary takes events of that size:
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#size-limits */
enum { BODY_BYTES_MAX = 64 * 1024, SUBJECT_BYTES_MAX = 2048 };

static const char *const types[EVENT_KIND_MAX] = {
        [EVENT_FINDING_OPENED] = "vigie.finding.opened.v1",
        [EVENT_FINDING_WORSENED] = "vigie.finding.worsened.v1",
        [EVENT_FINDING_CLOSED] = "vigie.finding.closed.v1",
        [EVENT_RESOURCE_APPEARED] = "vigie.resource.appeared.v1",
        [EVENT_RESOURCE_CHANGED] = "vigie.resource.changed.v1",
        [EVENT_RESOURCE_GONE] = "vigie.resource.gone.v1",
        [EVENT_COVERAGE_LOST] = "vigie.coverage.lost.v1",
        [EVENT_COVERAGE_RESTORED] = "vigie.coverage.restored.v1",
        [EVENT_CREDENTIALS_FAILING] = "vigie.credentials.failing.v1",
        [EVENT_CREDENTIALS_EXPIRING] = "vigie.credentials.expiring.v1",
        [EVENT_SCAN_FINISHED] = "vigie.scan.finished.v1",
        [EVENT_SCAN_OVERDUE] = "vigie.scan.overdue.v1",
        [EVENT_WAIVER_EXPIRED] = "vigie.waiver.expired.v1",
        [EVENT_FLAPPING] = "vigie.change.flapping.v1",
        [EVENT_SETTLED] = "vigie.change.settled.v1",
};

/* "aws/prod/111122223333/eu-west-3/arn…": what there is of it. */
static void put_subject(json_t *event, const json_t *fields)
{
        static const char *const keys[] = { "provider", "account", "scope", "region", "resource" };
        struct buffer b = BUFFER_INIT(SUBJECT_BYTES_MAX);

        for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
                const char *text = json_string_value(json_object_get(fields, keys[i]));

                if (text && *text)
                        buffer_printf(&b, "%s%s", b.size_bytes > 0 ? "/" : "", text);
        }
        if (b.size_bytes > 0)
                (void)json_object_set_new(event, "subject", json_string(buffer_text(&b)));
        buffer_done(&b);
}

static json_t *event_data(const struct store_event *event, enum language language)
{
        json_t *data = json_deep_copy(event->fields);
        struct alert alert;

        if (!data || alert_build(&alert, (int)event->kind, event->fields, language) < 0)
                return data;
        (void)json_object_set_new(data, "message", json_string(alert_field(&alert, "MESSAGE")));
        (void)json_object_set_new(data, "message_id",
                                  json_string(alert_message_id((int)event->kind)));
        alert_done(&alert);
        return data;
}

static json_t *event_json(const struct store_event *event, const char *source,
                          enum language language)
{
        const char *type = types[event->kind] ? types[event->kind] : "vigie.event.v1";
        const json_t *severity = json_object_get(event->fields, "severity");
        char id[64];
        json_t *value;

        /* numbers begin again with another state folder, times do not */
        (void)snprintf(id, sizeof(id), "%s-%" PRIu64, event->created, event->sequence);
        value = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o?}", "specversion", "1.0", "id", id,
                          "source", source, "type", type, "time", event->created, "datacontenttype",
                          "application/json", "data", event_data(event, language));
        if (!value)
                return NULL;
        if (json_is_string(severity))
                (void)json_object_set(value, "severity", (json_t *)severity);
        put_subject(value, event->fields);
        return value;
}

int webhook_body(char **ret, const struct store_event *event, const char *source,
                 enum language language, struct error *err)
{
        json_auto_t *value = event_json(event, source, language);
        _cleanup_(freep) char *text = value ? json_dumps(value, JSON_COMPACT) : NULL;
        json_t *data = json_object_get(value, "data");

        if (text && strlen(text) > BODY_BYTES_MAX) { /* what is long stands in the store */
                (void)json_object_del(data, "changes");
                (void)json_object_del(data, "why");
                (void)json_object_del(data, "message");
                (void)json_object_set_new(data, "truncated", json_true());
                free(text);
                text = json_dumps(value, JSON_COMPACT);
        }
        if (!text)
                return error_oom(err);
        *ret = TAKE_PTR(text);
        return 0;
}

char *webhook_sign(const char *secret, uint64_t time_usec, const char *body,
                   char text[static WEBHOOK_SIGNATURE_MAX])
{
        _cleanup_(freep) char *signed_text = NULL;
        unsigned char mac[SHA256_BYTES];
        char hex[SHA256_HEX_MAX];
        uint64_t seconds = time_usec / USEC_PER_SEC;
        int n = asprintf(&signed_text, "%" PRIu64 ".%s", seconds, body);

        if (n < 0) {
                signed_text = NULL;
                return NULL;
        }
        digest_hmac_sha256(secret, strlen(secret), signed_text, (size_t)n, mac);
        (void)digest_hex(mac, sizeof(mac), hex);
        (void)snprintf(text, WEBHOOK_SIGNATURE_MAX, "t=%" PRIu64 ",sha256=%s", seconds, hex);
        return text;
}
