#!/bin/sh
# Prints the folder with the published schemas of CycloneDX and SARIF. They are not kept here: npm packages that ship them are unpacked below the build folder.
# @cyclonedx/cyclonedx-library: CycloneDX 1.6 with what it refers to (Apache-2.0); @microsoft/jest-sarif: SARIF 2.1.0 (MIT).
set -eu
build=$1
into=$build/tools/schemas
unpack() { # PACKAGE FILE…
        package=$1
        shift
        archive=$(cd "$into" && npm pack --silent "$package")
        for file in "$@"; do
                tar -xzf "$into/$archive" -O "package/$file" >"$into/${file##*/}.new"
                mv "$into/${file##*/}.new" "$into/${file##*/}"
        done
        rm "$into/$archive"
}
command -v npm >/dev/null || sh tests/support/deps.sh npm >&2
mkdir -p "$into"
if [ ! -s "$into/bom-1.6.SNAPSHOT.schema.json" ]; then # the last of them
        unpack @cyclonedx/cyclonedx-library@10.3.0 res/schema/spdx.SNAPSHOT.schema.json res/schema/jsf-0.82.SNAPSHOT.schema.json \
                res/schema/cryptography-defs.SNAPSHOT.schema.json res/schema/bom-1.6.SNAPSHOT.schema.json
fi
if [ ! -s "$into/sarif-2.1.0-rtm.5.json" ]; then
        unpack @microsoft/jest-sarif@1.0.0-beta.0 lib/schemas/sarif-2.1.0-rtm.5.json
fi
echo "$into"
