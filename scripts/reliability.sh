#!/usr/bin/env bash
# Runs the tests that need root, a separate disk, or hours. docs/reliability.md explains what they show.
# Usage: scripts/reliability.sh [kill|sync|full|power|all] [ROUNDS]
#   kill   kill -9 under load, ROUNDS times (default 100), with an oracle that remembers what was acknowledged
#   sync   system calls that fail with EIO and ENOSPC under the real host (needs strace)
#   full   a tmpfs that becomes full and then has space again (needs root)
#   power  power cuts of a loop-mounted ext4 under load, ROUNDS times (needs root)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec < /dev/null

what=${1:-all}
rounds=${2:-100}
work=$(mktemp -d)
mounted=()
failed=()

finish() {
    for mount in "${mounted[@]}"; do
        umount "$mount" || true
    done
    rm -rf "$work"
    if [ ${#failed[@]} -gt 0 ]; then
        printf '\nFAILED: %s\n' "${failed[*]}"
        exit 1
    fi
}
trap finish EXIT

root() {
    [ "$(id -u)" -eq 0 ] || { echo "'$1' needs root" >&2; exit 2; }
}

# Runs one step: its name, then a filter for the tests.
run() {
    printf '\n== %s\n' "$1"
    dotnet test MessageQueue.Tests/MessageQueue.Tests.csproj --no-build --logger "console;verbosity=detailed" --filter "$2" | grep -vE '^(Starting|NUnit|   NUnit|Running|A total)' || failed+=("$1")
}

dotnet build MessageQueue.Tests/MessageQueue.Tests.csproj -v quiet

if [[ $what == kill || $what == all ]]; then
    KILL_ROUNDS=$rounds run "kill -9, $rounds times" "FullyQualifiedName~KillTests"
fi

if [[ $what == sync || $what == all ]]; then
    command -v strace > /dev/null || { echo "'sync' needs strace" >&2; exit 2; }
    CI=true run "system calls that fail" "FullyQualifiedName~FailedWriteTests"
fi

if [[ $what == full || $what == all ]]; then
    root full
    mkdir "$work/small"
    mount -t tmpfs -o size=32m tmpfs "$work/small"
    mounted+=("$work/small")
    SMALL_DISK=$work/small run "a full disk" "FullyQualifiedName~SmallDiskTests"
fi

if [[ $what == power || $what == all ]]; then
    root power
    truncate -s 512M "$work/image"
    mkfs.ext4 -q "$work/image"
    mkdir "$work/disk"
    mount -o loop "$work/image" "$work/disk"
    mounted+=("$work/disk")
    IMAGE=$work/image MOUNT=$work/disk POWER_SWITCH=$PWD/scripts/power-switch.sh POWER_SWITCH_DATA=$work/disk/data KILL_ROUNDS=$rounds \
        run "the power is cut, $rounds times" "FullyQualifiedName~KillTests"
fi
