/* Events as journal entries: a fixed MESSAGE_ID for each kind, PRIORITY by severity, VIGIE_* fields
 * for programs, MESSAGE for people. systemd/vigie.catalog explains each id. */
#pragma once

#include "daemon/model/text.h"
#include "daemon/store/store.h"

#include <stdbool.h>
#include <sys/uio.h>

/* What is told beside the store's events. */
enum alert_kind {
        ALERT_CONFIG_REFUSED = EVENT_KIND_MAX,
        ALERT_SNAPSHOT_WRITTEN,
        ALERT_SNAPSHOT_FAILED,
        ALERT_SNAPSHOT_UNSTAMPED,
        ALERT_DIGEST,
        ALERT_KIND_MAX,
};

enum { ALERT_FIELDS_MAX = 24 };

struct alert {
        struct iovec fields[ALERT_FIELDS_MAX]; /* "NAME=value", not NUL-terminated for sd_journal */
        size_t n_fields;
};

/* 32 hex digits; kind is of enum event_kind or enum alert_kind. */
const char *alert_message_id(int kind);
int alert_priority(int kind, const json_t *fields);

/* Writes the entry; 0 or -ENOMEM. */
int alert_build(struct alert *ret, int kind, const json_t *fields, enum language language);
void alert_done(struct alert *a);
/* The value of a field; NULL when it has none. */
const char *alert_field(const struct alert *a, const char *name);

/* Hands it to journald: 0; -ENOTCONN when journald is not there, so that nothing is taken for sent
 * that was not. */
int alert_send(const struct alert *a, struct error *err);

/* Sends the oldest events of the outbox, at most max; each is marked sent after journald took it.
 * How many were sent, or a negative errno with the rest kept. sent_by_kind counts
 * them. */
int alert_drain(struct store *store, enum language language, unsigned max,
                uint64_t sent_by_kind[EVENT_KIND_MAX], struct error *err);
