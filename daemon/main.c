#include "daemon/base/cleanup.h"
#include "daemon/cli/command.h"
#include "daemon/report/language.h"

static const struct command commands[] = {
        { "scan", cli_scan, N_("scan once, print findings and a summary") },
        { "daemon", cli_daemon, N_("keep watch: scan on an interval, tell the journal") },
        { "status", cli_status, N_("what the last scan came to") },
        { "resources", cli_resources, N_("what is deployed, and where") },
        { "findings", cli_findings, N_("what is to be addressed, or could not be determined") },
        { "coverage", cli_coverage, N_("what could not be read, and why") },
        { "duties", cli_duties, N_("who answers for what: the shared-responsibility matrix") },
        { "explain", cli_explain, N_("a rule, a finding, a resource, with its evidence") },
        { "diff", cli_diff, N_("what changed between two scans, and why verdicts moved") },
        { "snapshot", cli_snapshot, N_("dated, signed evidence for auditors") },
        { "verify", cli_verify, N_("whether snapshots are whole, unaltered and in order") },
        { "programme", cli_programme, N_("how far the seven steps of compliance are") },
        { "report", cli_report, N_("all that is known, in the formats that other tools read") },
        { "history", cli_history, N_("how findings and coverage went over time") },
        { "serve", cli_serve, N_("the report and its history for a browser on this machine") },
        { "permissions", cli_permissions, N_("the policy that grants what is read, and no more") },
        { "check", cli_check, N_("configuration, rules, credentials, reachability") },
};

int main(int argc, char **argv)
{
        return command_main(argc, argv, commands, ELEMENTSOF(commands));
}
