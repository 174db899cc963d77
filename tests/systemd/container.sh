#!/usr/bin/env bash
# Boots a real systemd on an overlay of this machine's own file system, installs the package in it, and runs inside.sh there.
# DEB, CLOUDSIM: what is tested. Needs root. Nothing outside a temporary folder is changed.
set -euo pipefail
[ "$(id -u)" -eq 0 ] || { echo "make check-systemd boots a container: run it as root" >&2; exit 1; }
here=$(cd "$(dirname "$0")/../.." && pwd)
limit=${LIMIT:-600}
dir=$(mktemp -d)
machine=
# the overlay's own files must not lie on an overlay
mounted=
cleanup() {
        [ -z "$machine" ] || kill "$machine" 2>/dev/null || true
        [ -z "$mounted" ] || umount "$dir/root" || umount -l "$dir/root"
        [ -z "${tmpfs:-}" ] || umount "$dir" || umount -l "$dir"
        rm -rf "$dir"
}
trap cleanup EXIT
if [ "$(stat -f -c %T "$dir")" = overlayfs ]; then
        mount -t tmpfs tmpfs "$dir"
        tmpfs=yes
fi
mkdir "$dir/up" "$dir/work" "$dir/root"
# inside another container the kernel may let nobody mount or unshare: nothing can be said there, and 77 says that
if ! mount -t overlay overlay -o "lowerdir=/,upperdir=$dir/up,workdir=$dir/work" "$dir/root" 2>"$dir/why" ||
        ! { umount "$dir/root"; unshare --mount --pid --net --ipc --uts --fork true 2>"$dir/why"; }; then
        echo "check-systemd: no container can be booted here: $(cat "$dir/why")" >&2
        exit 77
fi
mount -t overlay overlay -o "lowerdir=/,upperdir=$dir/up,workdir=$dir/work" "$dir/root"
mounted=yes
root=$dir/root

: >"$root/etc/machine-id"
rm -f "$root/usr/sbin/policy-rc.d" # of machines that run no services
rm -rf "$root/var/lib/vigie" "$root/var/lib/private/vigie" "$root/etc/vigie" "$root/var/log/journal"
mkdir -p "$root/opt/check"
cp "$DEB" "$root/opt/check/vigie.deb"
cp "$CLOUDSIM" "$root/opt/check/cloudsim"
cp -r "$here/tests/worlds/small" "$root/opt/check/world"
cp "$here/tests/systemd/inside.sh" "$root/opt/check/inside.sh"
printf '%s\n' "${CHECK_ONLY:-}" >"$root/opt/check/only"
cat >"$root/etc/systemd/system/check.target" <<'UNIT'
[Unit]
Description=What the checks need
Requires=basic.target check.service
After=basic.target
AllowIsolate=yes
UNIT
cat >"$root/etc/systemd/system/check.service" <<'UNIT'
[Unit]
Description=Checks of vigie under systemd
After=basic.target systemd-journald.service
[Service]
Type=oneshot
Environment=LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
ExecStart=/bin/bash /opt/check/inside.sh
StandardOutput=file:/opt/check/out
StandardError=file:/opt/check/out
ExecStopPost=/bin/systemctl --no-block poweroff
UNIT

code=0
timeout --kill-after=10 "$limit" systemd-nspawn -q --register=no --keep-unit -D "$root" --boot --private-network --console=pipe \
        systemd.unit=check.target systemd.log_level=warning >"$dir/console" 2>&1 </dev/null &
machine=$!
wait "$machine" || code=$?
machine=
[ -s "$root/opt/check/out" ] && cat "$root/opt/check/out"
if ! grep -q '^systemd: .* 0 failed$' "$root/opt/check/out" 2>/dev/null; then
        echo "FAILED: the checks did not come to their end (container: status $code); its console ends with:" >&2
        tail -20 "$dir/console" >&2
        exit 1
fi
