/* Many changes at once: one alert that counts them, instead of one each. Each change stays
 * recorded, with its finding or resource. */
#pragma once

#include "daemon/store/store.h"

/* When more than above findings, resources and lists changed and were not told: tells of all of
 * them together, and counts them in told_by_kind. How many were told, 0 when there are not so many;
 * negative with all kept. Credentials, scans and the like are never told together. */
int digest_drain(struct store *store, enum language language, uint64_t above,
                 uint64_t told_by_kind[EVENT_KIND_MAX], struct error *err);
