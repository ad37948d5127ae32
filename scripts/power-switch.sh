#!/usr/bin/env bash
# Cuts the power of a loop-mounted ext4 or xfs file system, and restores it.
# Usage: IMAGE=... MOUNT=... power-switch.sh cut|restore
# Needs root. The shutdown ioctl stops all writing immediately, even to the journal, so that everything that was not synced is lost.
set -euo pipefail

case "${1:-}" in
cut)
    # EXT4_IOC_SHUTDOWN and XFS_IOC_GOINGDOWN are the same number. The flag 2 means: do not flush the journal.
    perl -MFcntl -e 'sysopen(my $d, $ARGV[0], O_RDONLY) or die "open: $!\n"; my $flag = pack("L", 2); ioctl($d, 0x8004587D, $flag) or die "shutdown: $!\n"' "$MOUNT"
    ;;
restore)
    # The process that has files open may take a moment to end.
    for _ in $(seq 100); do
        umount "$MOUNT" 2> /dev/null && break
        sleep 0.1
    done
    mount -o loop "$IMAGE" "$MOUNT"
    ;;
*)
    echo "usage: power-switch.sh cut|restore" >&2
    exit 2
    ;;
esac
