#!/bin/sh
# Prints where promtool is. The Debian package also starts a server, so where it is not installed its one program is unpacked below the build folder.
set -eu
build=$1
command -v promtool && exit 0
if [ ! -x "$build/tools/usr/bin/promtool" ]; then
        mkdir -p "$build/tools"
        (cd "$build/tools" && { apt-get download -qq prometheus || { apt-get update -qq && apt-get download -qq prometheus; }; } && dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x ./usr/bin/promtool && rm prometheus_*.deb) >&2
fi
echo "$PWD/$build/tools/usr/bin/promtool"
