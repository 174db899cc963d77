/* Replicate's tokens have no scopes: what there is to say about one. */
#include "providers/replicate/account.h"

const char *const replicate_grant_formats[] = { "token", NULL };

int replicate_grant(const struct grant_request *request, struct buffer *document,
                    struct buffer *notes, struct error *err)
{
        char **accounts = request->config ? request->config->scopes : NULL;
        json_t *token = json_pack("{ss ss ss}", "name", "vigie-read", "account",
                                  accounts && *accounts ? *accounts : "ACCOUNT", "scope",
                                  "all of the account");

        return bearer_grant_take(
                request, token,
                "One token for each account or organisation, made at "
                "replicate.com/account/api-tokens. No read-only scope is documented: "
                "the token may do everything, vigie only reads (GET). Give it as a "
                "systemd credential, and to nobody else.\n",
                "Un jeton par compte ou organisation, fait sur "
                "replicate.com/account/api-tokens. Aucune portée en lecture seule "
                "n'est documentée : le jeton peut tout faire, vigie ne fait que lire "
                "(GET). Donnez-le comme credential systemd, à personne d'autre.\n",
                document, notes, err);
}
