/* Countries for people: names, and about where each is. Nothing is judged by it. */
#pragma once

#include "daemon/judge/data.h"

/* regions/countries.yaml as {code: {"title": {en, fr}, "at": [latitude, longitude]}}; new reference
 * into *ret. */
int countries_load(json_t **ret, struct data *data, struct error *err);
