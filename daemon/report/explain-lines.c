#include "daemon/report/explain-lines.h"

#include "daemon/base/json.h"
#include "daemon/report/language.h"
#include "daemon/report/words.h"

#include <ctype.h>
#include <string.h>

enum { LABEL_COLUMNS = 18 };

void explain_heading(const struct explain *e, const char *text)
{
        const struct terminal *t = &e->request->terminal;

        (void)fputc('\n', t->out);
        terminal_put(t, STYLE_BOLD, text);
        (void)fputc('\n', t->out);
}

/* In characters: labels are translated. */
static int columns_of(const char *text)
{
        int columns = 0;

        for (; *text; text++)
                columns += (*text & 0xc0) != 0x80;
        return columns;
}

void explain_line(const struct explain *e, const char *label, const char *text)
{
        const struct terminal *t = &e->request->terminal;
        const char *colon = *label == ' ' ? "" : _(":"); /* French has a space before it */
        int columns;

        if (!text || !*text)
                return;
        columns = columns_of(label) + columns_of(colon);
        (void)fputs("  ", t->out);
        terminal_put(t, STYLE_PLAIN, label);
        (void)fprintf(t->out, "%s%*s", colon,
                      columns <= LABEL_COLUMNS ? LABEL_COLUMNS + 1 - columns : 1, "");
        terminal_fold(t, LABEL_COLUMNS + 3, LABEL_COLUMNS + 3, text);
}

void explain_line_joined(const struct explain *e, const char *label, const json_t *list)
{
        char text[EXPLAIN_TEXT_MAX] = "";
        size_t used = 0, i;
        json_t *item;

        json_array_foreach((json_t *)list, i, item)
        {
                int n = snprintf(text + used, sizeof(text) - used, "%s%s", used ? ", " : "",
                                 json_string_value(item) ? json_string_value(item) : "");

                if (n < 0 || (size_t)n >= sizeof(text) - used)
                        break;
                used += (size_t)n;
        }
        explain_line(e, label, text);
}

/* ---- provisions
 * ------------------------------------------------------------------------------------- */

static const char *act_of(const struct explain *e, const char *provision, const char **ret_rest)
{
        const json_t *acts = json_object_get(e->words, "acts");
        const char *act;
        json_t *text;

        json_object_foreach((json_t *)acts, act, text)
        {
                size_t length = strlen(act);

                if (strncmp(provision, act, length) != 0 || provision[length] != ' ')
                        continue;
                *ret_rest = provision + length + 1;
                return report_rule_text(acts, act, e->request->language);
        }
        return NULL;
}

const char *explain_provision(const struct explain *e, const char *provision, char *text,
                              size_t size)
{
        static const char annex[] = "Annex ";
        const char *rest = provision, *act = act_of(e, provision, &rest);

        if (act && isdigit((unsigned char)*rest))
                (void)snprintf(text, size, _("%s, Art. %s"), act, rest);
        else if (act && strncmp(rest, annex, strlen(annex)) == 0)
                (void)snprintf(text, size, _("%s, Annex %s"), act, rest + strlen(annex));
        else
                (void)snprintf(text, size, "%s", provision);
        return text;
}

static const json_t *articles_of(const struct explain *e, const char *provision)
{
        return json_object_get(json_object_get(e->words, "provisions"), provision);
}

static const json_t *article_of(const struct explain *e, const char *id)
{
        return json_object_get(json_object_get(e->words, "articles"), id);
}

void explain_articles(const struct explain *e, const char *provision)
{
        enum language language = e->request->language;
        json_t *id;
        size_t i;

        json_array_foreach((json_t *)articles_of(e, provision), i, id)
        {
                const char *name = json_string_value(id), *rest = "";
                const json_t *article = article_of(e, name);
                const char *title = report_rule_text(article, "title", language);
                const char *says = report_rule_text(article, "text", language);
                char label[EXPLAIN_SHORT_MAX], text[EXPLAIN_TEXT_MAX];

                if (!act_of(e, name, &rest)) { /* guidance, policy…: the title is its name */
                        explain_line(e, title, says);
                        continue;
                }
                /* the paragraph that was named, where only its article has words */
                if (json_array_size(articles_of(e, provision)) == 1)
                        name = provision;
                (void)snprintf(text, sizeof(text), "%s. %s", title, says);
                explain_line(e, explain_provision(e, name, label, sizeof(label)), text);
        }
}

static const char *title_at(const struct explain *e, const json_t *ids, size_t i)
{
        return report_rule_text(article_of(e, json_string_value(json_array_get(ids, i))), "title",
                                e->request->language);
}

const char *explain_titled(const struct explain *e, const char *provision, char *text, size_t size)
{
        const json_t *ids = articles_of(e, provision);
        size_t n = json_array_size(ids);
        char name[EXPLAIN_SHORT_MAX];

        (void)explain_provision(e, provision, name, sizeof(name));
        if (n == 0)
                (void)snprintf(text, size, "%s", name);
        else if (n == 1)
                (void)snprintf(text, size, "%s (%s)", name, title_at(e, ids, 0));
        else
                (void)snprintf(text, size, n == 2 ? "%s (%s; %s)" : "%s (%s … %s)", name,
                               title_at(e, ids, 0), title_at(e, ids, n - 1));
        return text;
}

/* ---- dates
 * ------------------------------------------------------------------------------------------ */

const char *explain_state(const struct explain *e, const char *state, const char *date, long days,
                          char *text, size_t size)
{
        if (!state || !date)
                (void)snprintf(text, size, "%s", _("no date of application of its own"));
        else if (strcmp(state, "upcoming") != 0)
                (void)snprintf(text, size, _("in application since %s"), date);
        else if (days > 0)
                (void)snprintf(text, size, _("applies from %s (in %ld days)"), date, days);
        else
                (void)snprintf(text, size, _("applies from %s"), date);
        return text;
}

const char *explain_severity(const char *code)
{
        enum severity severity;

        return code && severity_from_name(code, &severity) == 0 ? words_severity(severity) : "-";
}

/* ---- evidence and place
 * ------------------------------------------------------------------------------ */

void explain_evidence(const struct explain *e, const json_t *evidence)
{
        const struct terminal *t = &e->request->terminal;
        const json_t *item;
        size_t i;

        if (json_array_size(evidence) == 0)
                return;
        explain_heading(e, _("Evidence"));
        json_array_foreach((json_t *)evidence, i, item)
        {
                static const char *const members[] = { "time", "call", "request_id", "sha256" };

                (void)fprintf(t->out, "  [%zu]", i);
                for (size_t m = 0; m < ELEMENTSOF(members); m++) {
                        const char *text = json_member_string(item, members[m]);

                        if (!text)
                                continue;
                        (void)fputs(m == 3 ? " sha256:" : " ", t->out);
                        terminal_put(t, m == 1 ? STYLE_BOLD : STYLE_PLAIN, text);
                }
                (void)fputc('\n', t->out);
        }
}

void explain_place(const struct explain *e, const struct place *place)
{
        explain_line(e, _("provider"), place->provider);
        explain_line(e, _("account"), place->account);
        explain_line(e, _("scope"), place->scope);
        explain_line(e, _("region"), place->region);
}
