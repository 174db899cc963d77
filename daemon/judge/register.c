#include "daemon/judge/register.h"

#include "daemon/base/json.h"
#include "daemon/base/list.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

const char *const register_tests[] = { "penetration", "red-team", "configuration-review", NULL };
const char *const register_outcomes[] = { "no-findings", "findings-fixed", "findings-open", NULL };
const char *const register_reaches[] = { "24/7", "office-hours", NULL };
const char *const register_assessments[] = { "fria", "dpia", "technical-file", "registration",
                                             NULL };
const char *const register_clauses[] = { "data-location",
                                         "sub-processors",
                                         "log-access",
                                         "log-retention",
                                         "incident-notice",
                                         "role-agreement",
                                         "audit-right",
                                         "exit",
                                         NULL };
const char *const register_instruments[] = { "tia", "scc", "dpf", "bcr", NULL };

/* ---- does it count? ----------------------------------------------------------------------------
 */

enum register_state register_state(const struct register_entry *e, uint64_t date_usec)
{
        if (date_usec < e->date_usec)
                return REGISTER_TO_COME;
        if (date_usec < e->end_usec)
                return REGISTER_IN_FORCE;
        return e->ends_by_review ? REGISTER_UNREVIEWED : REGISTER_EXPIRED;
}

const char *register_state_name(enum register_state state)
{
        static const char *const names[] = { [REGISTER_IN_FORCE] = "in-force",
                                             [REGISTER_TO_COME] = "to-come",
                                             [REGISTER_EXPIRED] = "expired",
                                             [REGISTER_UNREVIEWED] = "review-missed" };

        return names[state];
}

const char *register_until(const struct register_entry *e)
{
        return e->ends_by_review ? e->review : e->valid_until;
}

bool register_names(char *const *list, const char *word)
{
        for (; *list; list++)
                if (strcmp(*list, "*") == 0 || (word && fnmatch(*list, word, 0) == 0))
                        return true;
        return false;
}

/* Regions are written in capitals or not. */
static bool names_region(char *const *list, const struct register_subject *s)
{
        for (; *list; list++) {
                if (strcmp(*list, "*") == 0)
                        return true;
                if (s->region && fnmatch(*list, s->region, FNM_CASEFOLD) == 0)
                        return true;
                if (s->region_code && fnmatch(*list, s->region_code, FNM_CASEFOLD) == 0)
                        return true;
        }
        return false;
}

bool register_covers(const struct register_entry *e, const struct register_subject *s)
{
        const struct register_match *m = &e->applies_to;
        const struct {
                char *const *list;
                const char *word;
        } asked[] = { { m->provider, s->provider }, { m->account, s->account },
                      { m->scope, s->scope },       { m->kind, s->kind },
                      { m->offer, s->offer },       { m->system, s->system } };

        for (size_t i = 0; i < ELEMENTSOF(asked); i++)
                if (asked[i].list && !register_names(asked[i].list, asked[i].word))
                        return false;
        return !m->region || names_region(m->region, s);
}

const char *register_lacks(const struct register_entry *e)
{
        switch (e->kind) {
        case REGISTER_SECURITY_TEST:
                return e->outcome == OUTCOME_FINDINGS_OPEN ? "outcome" : NULL;
        case REGISTER_INCIDENT_CONTACT:
                if (e->reach != REACH_ALWAYS)
                        return "reach";
                return e->tested ? NULL : "tested";
        case REGISTER_TRANSFER: /* clauses and records go with an assessment, and are none */
                return list_has(e->instruments, "tia") ? NULL : "tia";
        default:
                return NULL;
        }
}

/* ---- for people --------------------------------------------------------------------------------
 */

static int put_strings(json_t *row, const char *key, char *const *strings)
{
        json_t *list;

        if (!strings)
                return 0;
        list = json_array();
        for (; list && *strings; strings++)
                (void)json_array_append_new(list, json_string(*strings));
        return json_object_set_new(row, key, list);
}

/* The words of the entry's own kind. */
static int put_own(json_t *row, const struct register_entry *e)
{
        switch (e->kind) {
        case REGISTER_CONTRACT:
                return put_strings(row, "clauses", e->clauses);
        case REGISTER_TRAINING:
                (void)json_set_string(row, "team", e->team);
                (void)json_set_string(row, "content", e->content);
                return json_object_set_new(row, "people", json_integer((json_int_t)e->people));
        case REGISTER_SECURITY_TEST:
                (void)json_set_string(row, "test", register_tests[e->test]);
                return json_set_string(row, "outcome", register_outcomes[e->outcome]);
        case REGISTER_CERTIFICATE:
                return json_set_string(row, "scheme", e->scheme);
        case REGISTER_INCIDENT_CONTACT:
                (void)json_set_string(row, "reach", register_reaches[e->reach]);
                (void)json_set_string(row, "contact", e->contact);
                (void)json_set_string(row, "procedure", e->procedure);
                return json_set_string(row, "tested", e->tested);
        case REGISTER_TRANSFER:
                return put_strings(row, "instruments", e->instruments);
        case REGISTER_ASSESSMENT:
                return json_set_string(row, "assessment", register_assessments[e->assessment]);
        case REGISTER_KIND_MAX:
                break;
        }
        return 0;
}

static json_t *match_json(const struct register_match *m)
{
        json_t *row = json_object();

        (void)put_strings(row, "provider", m->provider);
        (void)put_strings(row, "account", m->account);
        (void)put_strings(row, "scope", m->scope);
        (void)put_strings(row, "region", m->region);
        (void)put_strings(row, "kind", m->kind);
        (void)put_strings(row, "offer", m->offer);
        (void)put_strings(row, "system", m->system);
        return row;
}

static json_t *entry_json(const struct register_entry *e, uint64_t date_usec)
{
        json_t *row = json_pack(
                "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s?, s:s?, s:s?, s:o, s:s, s:i, s:i}",
                "register", register_kind_name(e->kind), "id", e->id, "owner", e->owner, "proof",
                e->proof, "date", e->date, "until", register_until(e), "state",
                register_state_name(register_state(e, date_usec)), "lacks", register_lacks(e),
                "next", e->next, "note", e->note, "applies_to", match_json(&e->applies_to), "file",
                e->file, "line", e->place.line, "column", e->place.column);

        if (row && put_own(row, e) < 0) {
                json_decref(row);
                return NULL;
        }
        return row;
}

json_t *registers_json(const struct registers *r, uint64_t date_usec)
{
        json_t *all = json_array();

        for (int k = 0; all && k < REGISTER_KIND_MAX; k++)
                for (size_t i = 0; i < r->of[k].n; i++)
                        if (json_array_append_new(all, entry_json(&r->of[k].rows[i], date_usec)) <
                            0) {
                                json_decref(all);
                                return NULL;
                        }
        return all;
}
