#!/usr/bin/env bash
# Breaks durability on purpose in a copy of the tree, one change at a time, and checks that the tests notice each change.
# Usage: scripts/mutation-check.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec < /dev/null

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
survived=0

# Tries one mutation: its name, the file, a perl substitution that must change the file, and the tests that must fail.
mutate() {
    local name=$1 file=$2 change=$3 tests=$4
    local tree=$work/tree
    rm -rf "$tree"
    mkdir "$tree"
    git ls-files -z | tar --null -T - -c | tar -x -C "$tree"
    perl -0pi -e "$change" "$tree/$file"
    if cmp -s "$file" "$tree/$file"; then
        echo "$name: the mutation does not apply to $file any more"
        survived=$((survived + 1))
        return
    fi

    # Without analyzers and warnings as errors: code that is wrong on purpose does not have to be clean.
    if ! dotnet build "$tree/MessageQueue.Tests/MessageQueue.Tests.csproj" -v quiet -m:1 -p:RunAnalyzers=false -p:TreatWarningsAsErrors=false > "$work/build" 2>&1; then
        echo "$name: does not build"
        tail -5 "$work/build"
        survived=$((survived + 1))
    elif dotnet test "$tree/MessageQueue.Tests/MessageQueue.Tests.csproj" --no-build --filter "$tests" > "$work/test" 2>&1; then
        echo "$name: NOT NOTICED"
        survived=$((survived + 1))
    else
        echo "$name: noticed by $(grep -cE '^  Failed ' "$work/test") tests"
    fi
}

storage="FullyQualifiedName~Tests.Storage"
log=MessageQueue.Core/Storage/Segments

mutate "no sync of batches" $log/SegmentAppender.cs 's/_writer\.Sync\(\);\n(\s+\}\n\n\s+_isMarked = isMark)/$1/' "$storage"
mutate "no sync of a new segment" $log/SegmentStarter.cs 's/prepared\.File\.Sync\(\);//' "$storage"
mutate "no sync of the directory of segments" $log/SegmentStarter.cs 's/files\.SyncDirectory\(paths\.Segments\);//' "$storage"
mutate "no sync of STORE" MessageQueue.Core/Storage/Files/StoreFile.cs 's/file\.Sync\(\);//' "$storage"
mutate "no rewriting of the last batch" MessageQueue.Core/Storage/Segments/Recovery/RecoveryWrites.cs 's/WriteAgain\(batch\);//' "$storage"
mutate "no sync of a snapshot" MessageQueue.Core/Storage/Snapshots/SnapshotContentWriter.cs 's/file\.Sync\(\);//' "$storage"
mutate "no sync of the directory of snapshots" MessageQueue.Core/Storage/Snapshots/FileSnapshotStore.cs 's/files\.SyncDirectory\(_paths\.Snapshots\);//' "$storage"
mutate "a failed sync is not final" $log/SegmentLog.cs 's/(public long Append.*?)_failure\.ThrowIfSet\(\);/$1/s' "$storage"
mutate "acknowledged before the sync" MessageQueue.Core/Pipeline/LogWriter.cs \
    's/sequence = log\.Append\((CollectionsMarshal\.AsSpan\(_entries\), time)\);/sequence = log.LastSequence + 1; committed.TryWrite(new ApplyInput(Batch(sequence, time))); log.Append($1); _commands.Clear();/' \
    "FullyQualifiedName~BrokerTests"

[ "$survived" -eq 0 ] || exit 1
