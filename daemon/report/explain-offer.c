#include "daemon/report/explain-lines.h"
#include "daemon/report/language.h"

/* "CLOUD Act, FISA section 702 (…)": the laws that reach the offer. */
static void exposure_lines(const struct explain *e, const json_t *offer)
{
        const json_t *row;
        size_t i;

        json_array_foreach(json_object_get(offer, "exposures"), i, row)
        {
                const char *state = json_string_value(json_object_get(row, "state"));
                const char *id = json_string_value(json_object_get(row, "law"));
                const json_t *law = json_object_get(json_object_get(e->words, "laws"), id);
                const char *matters = report_rule_text(law, "matters", e->request->language);
                char text[1024];

                (void)snprintf(
                        text, sizeof(text), "%s%s%s%s%s%s",
                        report_word(e->words, "laws", id, e->request->language), state ? " (" : "",
                        report_word(e->words, "exposure_states", state, e->request->language),
                        state ? ")" : "", *matters ? _(": ") : "", matters);
                explain_line(e, i == 0 ? _("exposed to") : " ", text);
        }
}

static void certificate_lines(const struct explain *e, const json_t *offer)
{
        const json_t *row;
        size_t i;

        json_array_foreach(json_object_get(offer, "certificates"), i, row)
        {
                const char *status = json_string_value(json_object_get(row, "status"));
                const char *scheme = json_string_value(json_object_get(row, "scheme"));
                const char *product = json_string_value(json_object_get(row, "product"));
                const char *type = json_string_value(json_object_get(row, "type"));
                const char *until = json_string_value(json_object_get(row, "valid_until"));
                const char *as_of = json_string_value(json_object_get(row, "as_of"));
                char text[512];

                product = product ? product : type;
                (void)snprintf(
                        text, sizeof(text), "%s%s%s%s%s%s%s%s (%s)",
                        report_word(e->words, "schemes", scheme, e->request->language),
                        product ? " (" : "", product ? product : "", product ? ")" : "", _(": "),
                        report_word(e->words, "certificate_statuses", status, e->request->language),
                        until ? " → " : "", until ? until : "", as_of ? as_of : "?");
                explain_line(e, i == 0 ? _("certificates") : " ", text);
        }
}

/* Who runs it, which law reaches them, what is certified: of the offer, not of the resource. */
void explain_offer(const struct explain *e, const json_t *description)
{
        const char *id = json_string_value(json_object_get(description, "offer"));
        const json_t *offer = id ? json_object_get(json_object_get(e->words, "offers"), id) : NULL;

        if (!offer)
                return;
        explain_heading(e, _("Offer"));
        explain_line(e, _("name"), report_rule_text(offer, "title", e->request->language));
        explain_line(e, _("operator"), json_string_value(json_object_get(offer, "operator")));
        explain_line(e, _("ultimate parent"), json_string_value(json_object_get(offer, "parent")));
        exposure_lines(e, offer);
        certificate_lines(e, offer);
        explain_line_joined(e, _("not verified"), json_object_get(offer, "unverified"));
        explain_line(e, _("source"), json_string_value(json_object_get(offer, "source")));
        explain_line(e, _("as of"), json_string_value(json_object_get(offer, "as_of")));
}
