/* What the numbers of Entra's token endpoint mean, and what to do. */
#include "providers/azure/account.h"

/* clang-format off */
static const struct azure_aadsts rows[] = {
        { 7000215, AADSTS_FATAL, "the client secret is wrong", "put the secret's value there (not its id), or create a new one in the app registration under 'Certificates & secrets'" },
        { 7000222, AADSTS_FATAL, "the client secret has expired", "create a new one in the app registration under 'Certificates & secrets' and put it in its place" },
        { 700016,  AADSTS_FATAL, "the tenant has no such application", "check client_id, and that tenant is the one where the application is registered or consented to" },
        { 90002,   AADSTS_FATAL, "the tenant does not exist", "check tenant, and whether it belongs to another cloud" },
        { 900023,  AADSTS_FATAL, "the tenant is neither a GUID nor a domain that Entra knows", "check tenant" },
        { 700027,  AADSTS_FATAL, "the certificate is not registered with the application, or signs wrongly", "upload the certificate (without its key) to the app registration under 'Certificates & secrets'" },
        { 700024,  AADSTS_CLOCK, "the assertion is outside of its time", "check this machine's clock, and whether the federated token is still being renewed" },
        { 70021,   AADSTS_FATAL, "the application trusts no such federated token", "add a federated credential with the token's issuer, subject and audience" },
        { 700211,  AADSTS_FATAL, "the application does not trust the issuer of the federated token", "compare the federated credential's issuer with the token's iss" },
        { 700212,  AADSTS_FATAL, "the application does not accept the audience of the federated token", "the usual audience is api://AzureADTokenExchange" },
        { 700213,  AADSTS_FATAL, "the application does not trust the subject of the federated token", "compare the federated credential's subject with the token's sub" },
        { 700021,  AADSTS_FATAL, "the assertion is another application's", "check client_id" },
        { 700023,  AADSTS_FATAL, "the assertion was made for another token endpoint", "check authority and cloud" },
        { 7000112, AADSTS_FATAL, "the application is disabled", "enable it under 'Enterprise applications'" },
        { 7000218, AADSTS_FATAL, "the request had no secret or assertion", "give the account a client secret, a certificate or a federated token" },
        { 700082,  AADSTS_FATAL, "the login has expired: it was not used for too long", "run 'az login' again" },
        { 50173,   AADSTS_FATAL, "the login was revoked, after a new password perhaps", "run 'az login' again" },
        { 50076,   AADSTS_FATAL, "the login needs a second factor again", "run 'az login' again" },
        { 50079,   AADSTS_FATAL, "the login needs a second factor to be registered", "run 'az login' again" },
        { 500011,  AADSTS_FATAL, "the tenant does not know Azure Resource Manager", "check cloud: the tenant may be in another one" },
        { 1002012, AADSTS_FATAL, "the scope is refused", "check cloud and endpoint" },
        { 53003,   AADSTS_FATAL, "a conditional access policy blocks this sign-in (CA policy)", "let the workload identity sign in from here, by its location for example" },
        { 50196,   AADSTS_LATER, "too many sign-ins of the same kind", NULL },
        { 90033,   AADSTS_LATER, "a passing error", NULL },
        { 90025,   AADSTS_LATER, "a passing error", NULL },
        { 90055,   AADSTS_LATER, "the tenant is throttled", NULL },
};
/* clang-format on */

const struct azure_aadsts *azure_aadsts_find(uint64_t code)
{
        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                if (rows[i].code == code)
                        return &rows[i];
        return NULL;
}
