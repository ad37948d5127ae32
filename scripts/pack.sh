#!/usr/bin/env bash
# Builds every package, with symbols and checks, into artifacts/packages. Arguments go to `dotnet pack`:
#     scripts/pack.sh                       version as in Directory.Build.props
#     scripts/pack.sh -p:Version=0.2.0
#     scripts/pack.sh --output DIRECTORY    elsewhere
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

for project in Core Client Client.DependencyInjection SocketIO Host; do
    dotnet pack "MessageQueue.$project" --configuration Release --output artifacts/packages --nologo "$@"
done
