/* The provider: what the engine asks of AWS. */
#include "providers/aws/account.h"
#include "providers/aws/policy.h"

static const char *credential_source(const struct account *a)
{
        return a->source;
}

extern const struct provider aws_provider;
const struct provider aws_provider = {
        .name = "aws",
        .title = "Amazon Web Services",
        .options_fields = aws_options_fields,
        .options_size = sizeof(struct aws_options),
        .account_new = aws_account_new,
        .account_free = aws_account_free,
        .found = chain_found,
        .credential_source = credential_source,
        .fingerprint = aws_fingerprint,
        .sign_in = aws_sign_in,
        .signed_in = aws_signed_in,
        .sign_in_again = aws_sign_in_again,
        .sign_out = aws_sign_out,
        .scopes = aws_scopes,
        .variable = aws_variable,
        .request = aws_request,
        .interpret = aws_interpret,
        .witness = aws_witness,
        .protocols = aws_protocols,
        .refinements = aws_refinements,
        .n_refinements = AWS_REFINEMENTS,
        .grant_formats = aws_grant_formats,
        .grant = aws_grant,
};
