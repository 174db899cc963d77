#!/bin/sh
# readme.sh VIGIE README: prints README with the lists between their markers as the catalogue in config/ has them now.
set -eu
lists=$(mktemp -d)
trap 'rm -rf "$lists"' EXIT
for provider in $(sed -n 's/^<!-- generated: vigie permissions \([a-z]*\) --format markdown -->$/\1/p' "$2"); do
        LC_ALL=C LANGUAGE= VIGIE_DATADIR=config "$1" permissions "$provider" --format markdown --config /dev/null >"$lists/$provider" 2>"$lists/said" ||
                { cat "$lists/said" >&2; exit 1; }
done
awk -v lists="$lists" '
        /^<!-- generated: vigie permissions [a-z]+ --format markdown -->$/ { print; print ""; while ((getline line < (lists "/" $5)) > 0) print line; print ""; inside = 1; found = 1; next }
        /^<!-- end -->$/ { inside = 0 }
        !inside { print }
        END { exit !found || inside }' "$2"
