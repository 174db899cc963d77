#!/bin/sh
# readme.sh VIGIE README: prints README with the list between its markers as the catalogue in config/ has it now.
set -eu
list=$(mktemp)
trap 'rm -f "$list"' EXIT
LC_ALL=C LANGUAGE= VIGIE_DATADIR=config "$1" permissions aws --format markdown --config /dev/null >"$list"
awk -v list="$list" '
        /^<!-- generated: vigie permissions aws --format markdown -->$/ { print; print ""; while ((getline line < list) > 0) print line; print ""; inside = 1; found = 1; next }
        /^<!-- end -->$/ { inside = 0 }
        !inside { print }
        END { exit !found || inside }' "$2"
