/* What an entry of declarations/ or waivers/ is about: patterns, in which * stands for any text and
 * nothing else is special. All that are given must hold. */
#pragma once

#include "daemon/base/yaml.h"

struct subject;

struct match {
        char *provider, *account, *scope, *region, *kind, *id, *name; /* NULL: any */
        char *finding; /* id of one finding; in waivers only */
        json_t *tag;   /* {key: pattern of its value}, or NULL */
        struct yaml_place place;
};

enum match_result {
        MATCH_NO,
        MATCH_YES,
        MATCH_UNTOLD, /* it depends on tags that are not known */
};

extern const struct yaml_field declaration_match_fields[];
extern const struct yaml_field waiver_match_fields[];

int match_check(const struct match *m, const struct yaml *y, struct error *err);

/* finding: id of the finding that is asked about, NULL for none. A place has neither kind, id, name
 * nor tags, and a whole scope has no region: what asks for them is not about it. */
enum match_result match_subject(const struct match *m, const struct subject *s,
                                const char *finding);

bool match_pattern(const char *pattern, const char *text);
