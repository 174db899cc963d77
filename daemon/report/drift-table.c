#include "daemon/report/drift-private.h"

#include "daemon/base/json.h"
#include "daemon/report/language.h"
#include "daemon/report/words.h"

#include <inttypes.h>
#include <string.h>

enum { INDENT = 2, DEEPER = 6, VALUE_SHOWN_MAX = 120 };

static FILE *out_of(const struct drift *d)
{
        return d->request.terminal.out;
}

static void put(const struct drift *d, enum style style, const char *text)
{
        terminal_put(&d->request.terminal, style, text);
}

static void indent(const struct drift *d, int columns)
{
        (void)fprintf(out_of(d), "%*s", columns, "");
}

/* ---- words -------------------------------------------------------------------------------------
 */

struct word {
        const char *code, *text;
        enum style style;
};

static const struct word changes[] = {
        { "lost", N_("can no longer be read"), STYLE_RED },
        { "restored", N_("can be read again"), STYLE_GREEN },
        { "added", N_("asked for the first time"), STYLE_PLAIN },
        { "appeared", N_("appeared"), STYLE_BLUE },
        { "first-read", N_("seen for the first time"), STYLE_BLUE },
        { "gone", N_("gone"), STYLE_YELLOW },
        { "not-seen", N_("not seen"), STYLE_RED },
        { "changed", N_("changed"), STYLE_PLAIN },
        { "opened", N_("opened"), STYLE_RED },
        { "worsened", N_("worsened"), STYLE_RED },
        { "undetermined", N_("can no longer be determined"), STYLE_YELLOW },
        { "improved", N_("improved"), STYLE_GREEN },
        { "closed", N_("closed"), STYLE_GREEN },
};

static const struct word *change_of(const json_t *row)
{
        static const struct word none = { "", "", STYLE_PLAIN };
        const char *change = json_member_string(row, "change");

        for (size_t i = 0; change && i < ELEMENTSOF(changes); i++)
                if (strcmp(changes[i].code, change) == 0)
                        return &changes[i];
        return &none;
}

const char *drift_change_text(const json_t *row)
{
        const char *text = change_of(row)->text;

        return *text ? _(text) : "";
}

const char *drift_reason_text(const char *reason)
{
        static const struct word reasons[] = {
                { "world", N_("the world changed"), 0 },
                { "readable", N_("what could not be read can be read now"), 0 },
                { "unreadable", N_("what it rests on can no longer be read"), 0 },
                { "law", N_("the law as it is recorded changed, what was read did not"), 0 },
                { "rules", N_("the rules changed, what was read did not"), 0 },
                { "policy",
                  N_("the policy, or what is declared or waived, changed; what was read did not"),
                  0 },
                { "data", N_("the data of regions or operators changed, what was read did not"),
                  0 },
                { "program", N_("another version of vigie judged it, what was read is the same"),
                  0 },
                { "date", N_("a date has passed; neither what was read nor the rules changed"), 0 },
                { "world-and-rules",
                  N_("both the world and the rules changed: one cannot be told from the other"),
                  0 },
                { "unrecorded", N_("not known: by which rules it was judged is not recorded"), 0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(reasons); i++)
                if (strcmp(reasons[i].code, reason) == 0)
                        return _(reasons[i].text);
        return reason;
}

/* ---- values ------------------------------------------------------------------------------------
 */

static char *value_text(const json_t *value)
{
        char *text = json_scalar_text(value);

        if (!text)
                text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
        /* cut at a letter's beginning */
        if (text && strlen(text) > VALUE_SHOWN_MAX) {
                size_t end = VALUE_SHOWN_MAX;

                while (end > 0 && ((unsigned char)text[end] & 0xc0) == 0x80)
                        end--;
                (void)snprintf(text + end, 4, "...");
        }
        return text;
}

/* "365", "absent", "unknown (denied: …)", "not collected". */
static void put_side(const struct drift *d, const json_t *side)
{
        const char *state = json_member_string(side, "state"),
                   *cause = json_member_string(side, "cause");
        const json_t *value = json_object_get(side, "value");

        if (!state) {
                put(d, STYLE_DIM, _("not there"));
        } else if (value) {
                _cleanup_(freep) char *text = value_text(value);

                put(d, STYLE_BOLD, text ? text : "");
        } else if (strcmp(state, "known") == 0) {
                put(d, STYLE_DIM, _("a long value"));
        } else {
                put(d, STYLE_BOLD, strcmp(state, "absent") == 0 ? _("absent") : _("unknown"));
                if (cause && *cause) {
                        (void)fputs(" (", out_of(d));
                        put(d, STYLE_PLAIN, cause);
                        (void)fputc(')', out_of(d));
                }
        }
}

static void put_facts(const struct drift *d, const json_t *facts)
{
        json_t *change;
        size_t i;

        json_array_foreach((json_t *)facts, i, change)
        {
                indent(d, DEEPER);
                put(d, STYLE_PLAIN, json_member_string(change, "fact"));
                (void)fputs(": ", out_of(d));
                put_side(d, json_object_get(change, "from"));
                (void)fputs(" -> ", out_of(d));
                put_side(d, json_object_get(change, "to"));
                (void)fputc('\n', out_of(d));
        }
}

static void put_where(const struct drift *d, const json_t *row)
{
        static const char *const keys[] = { "provider", "account", "scope", "region" };

        for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
                const char *part = json_member_string(row, keys[i]);

                if (!part || !*part)
                        continue;
                if (i > 0)
                        (void)fputs(" / ", out_of(d));
                put(d, STYLE_PLAIN, part);
        }
}

static void put_thing(const struct drift *d, const json_t *row, const char *id_member)
{
        const char *name = json_member_string(row, "name"),
                   *id = json_member_string(row, id_member),
                   *kind = json_member_string(row, "kind");

        if (!id)
                return;
        (void)fputs("  ", out_of(d));
        put(d, STYLE_BOLD, name && *name ? name : id);
        (void)fputs("  ", out_of(d));
        put(d, STYLE_DIM, kind ? kind : "");
}

/* ---- the lists ---------------------------------------------------------------------------------
 */

static void coverage_row(const struct drift *d, const json_t *row)
{
        const struct word *change = change_of(row);
        const json_t *from = json_object_get(row, "from"), *to = json_object_get(row, "to");
        const char *cause = json_member_string(to, "cause");

        indent(d, INDENT);
        put(d, change->style, _(change->text));
        (void)fputs("  ", out_of(d));
        put_where(d, row);
        (void)fputs("  ", out_of(d));
        put(d, STYLE_BOLD, json_member_string(row, "collector"));
        (void)fputs("  ", out_of(d));
        put(d, STYLE_PLAIN, json_is_object(from) ? json_member_string(from, "state") : "-");
        (void)fputs(" -> ", out_of(d));
        put(d, STYLE_PLAIN, json_member_string(to, "state"));
        if (cause && *cause) {
                (void)fputs(": ", out_of(d));
                put(d, STYLE_PLAIN, cause);
        }
        (void)fputc('\n', out_of(d));
}

static void resource_row(const struct drift *d, const json_t *row)
{
        const struct word *change = change_of(row);
        const char *cause = json_member_string(row, "cause");

        indent(d, INDENT);
        put(d, change->style, _(change->text));
        (void)fputs("  ", out_of(d));
        put_where(d, row);
        put_thing(d, row, "id");
        if (cause && strcmp(change->code, "first-read") == 0)
                (void)fprintf(out_of(d), "; %s", _("its list could not be read before"));
        if (cause) {
                (void)fputs(": ", out_of(d));
                put(d, STYLE_PLAIN, cause);
        }
        (void)fputc('\n', out_of(d));
        put_facts(d, json_object_get(row, "facts"));
}

static void put_judged(const struct drift *d, const json_t *judged)
{
        enum verdict verdict;
        enum severity severity;
        const char *v = json_member_string(judged, "verdict"),
                   *s = json_member_string(judged, "severity");

        if (!v || verdict_from_name(v, &verdict) < 0) {
                put(d, STYLE_DIM, _("nothing"));
                return;
        }
        put(d, STYLE_PLAIN, words_verdict(verdict));
        if ((verdict == VERDICT_FAIL || verdict == VERDICT_UNKNOWN) && s &&
            severity_from_name(s, &severity) == 0)
                (void)fprintf(out_of(d), ", %s", words_severity(severity));
}

/* The two sums, where they say what moved. */
static void put_sums(const struct drift *d, const json_t *from, const json_t *to)
{
        const char *before = json_member_string(from, "arithmetic"),
                   *after = json_member_string(to, "arithmetic");

        if (!before || !after || strcmp(before, after) == 0 || !strstr(before, "base=") ||
            !strstr(after, "base="))
                return;
        indent(d, DEEPER);
        (void)fprintf(out_of(d), "%s ", _("severity was"));
        put(d, STYLE_PLAIN, before);
        (void)fputc('\n', out_of(d));
        indent(d, DEEPER);
        (void)fprintf(out_of(d), "%s ", _("severity is"));
        put(d, STYLE_PLAIN, after);
        (void)fputc('\n', out_of(d));
}

static void put_reason(const struct drift *d, const json_t *row)
{
        const char *reason = json_member_string(row, "reason");
        const json_t *parts = json_object_get(row, "parts");
        json_t *part;
        size_t i;

        indent(d, DEEPER);
        (void)fprintf(out_of(d), "%s ", _("because"));
        put(d, STYLE_BOLD, drift_reason_text(reason));
        json_array_foreach((json_t *)parts, i, part)
        {
                (void)fputs(i > 0 ? ", " : " (", out_of(d));
                put(d, STYLE_PLAIN, json_string_value(part));
        }
        if (json_array_size(parts) > 0)
                (void)fputc(')', out_of(d));
        (void)fputc('\n', out_of(d));
        put_facts(d, json_object_get(row, "facts"));
}

static void finding_row(const struct drift *d, const json_t *row)
{
        const struct word *change = change_of(row);
        const json_t *from = json_object_get(row, "from"), *to = json_object_get(row, "to");
        const char *why = json_member_string(json_is_object(to) ? to : from, "why");

        indent(d, INDENT);
        put(d, change->style, json_member_string(row, "rule"));
        (void)fputs("  ", out_of(d));
        put(d, STYLE_BOLD, json_member_string(row, "title"));
        (void)fputs("  [", out_of(d));
        put(d, change->style, _(change->text));
        (void)fputs(": ", out_of(d));
        put_judged(d, from);
        (void)fputs(" -> ", out_of(d));
        put_judged(d, to);
        (void)fputs("]\n", out_of(d));
        indent(d, DEEPER);
        put_where(d, row);
        put_thing(d, row, "resource");
        (void)fputc('\n', out_of(d));
        if (json_is_object(to) && why && *why) {
                indent(d, DEEPER);
                terminal_fold(&d->request.terminal, DEEPER, DEEPER, why);
        }
        put_sums(d, from, to);
        put_reason(d, row);
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

static void put_end(const struct drift *d, const char *label, const struct drift_side *side)
{
        (void)fprintf(out_of(d), "%s ", label);
        put(d, STYLE_BOLD, side->id ? side->id : "-");
        (void)fputs(", ", out_of(d));
        put(d, STYLE_PLAIN, side->started ? side->started : "-");
        if (!side->complete)
                (void)fprintf(out_of(d), " (%s)", _("incomplete"));
        (void)fputc('\n', out_of(d));
}

/* What is judged by otherwise, for any account. */
static json_t *all_parts(const struct drift *d)
{
        json_t *all = json_object(), *unused, *part;
        const char *account;
        size_t i;

        json_object_foreach((json_t *)d->to.basis, account, unused)
        {
                json_auto_t *parts = drift_parts(d, account);

                json_array_foreach(parts, i, part)(void)
                        json_object_set_new(all, json_string_value(part), json_true());
        }
        return all;
}

void drift_table_begin(const struct drift *d)
{
        json_auto_t *parts = all_parts(d);
        const char *part, *separator = "";
        json_t *unused;

        put_end(d, _("From scan"), &d->from);
        put_end(d, _("To scan  "), &d->to);
        if (json_object_size(parts) == 0)
                return;
        (void)fprintf(out_of(d), "%s ", _("Judged by other data:"));
        json_object_foreach(parts, part, unused)
        {
                (void)fputs(separator, out_of(d));
                put(d, STYLE_PLAIN, part);
                separator = ", ";
        }
        (void)fputc('\n', out_of(d));
}

/* Lists without a row have no title. */
static void put_title(const struct drift *d, enum drift_section section)
{
        static const char *const titles[] = { N_("Coverage"), N_("Resources"), N_("Findings") };

        if (d->counts[section] != 1)
                return;
        (void)fputc('\n', out_of(d));
        put(d, STYLE_BOLD, _(titles[section]));
        (void)fputc('\n', out_of(d));
}

void drift_table_row(const struct drift *d, enum drift_section section, const json_t *row)
{
        put_title(d, section);
        if (section == SECTION_COVERAGE)
                coverage_row(d, row);
        else if (section == SECTION_RESOURCES)
                resource_row(d, row);
        else
                finding_row(d, row);
}

void drift_table_end(const struct drift *d)
{
        (void)fputc('\n', out_of(d));
        if (d->totals.rows == 0)
                (void)fputs(_("Nothing is otherwise."), out_of(d));
        else
                (void)fprintf(out_of(d),
                              _("%" PRIu64 " changes of coverage, %" PRIu64
                                " of resources, %" PRIu64 " of findings."),
                              d->counts[SECTION_COVERAGE], d->counts[SECTION_RESOURCES],
                              d->counts[SECTION_FINDINGS]);
        (void)fputc('\n', out_of(d));
}
