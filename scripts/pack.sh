#!/usr/bin/env bash
# Builds every package, with its symbols and checks. Arguments go to `dotnet pack`, for example -p:Version=0.2.0.
# Variables: OUTPUT, the directory of the packages (artifacts/packages); CONFIGURATION (Release).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

for project in Core Client Client.DependencyInjection SocketIO Host; do
    dotnet pack "MessageQueue.$project" --configuration "${CONFIGURATION:-Release}" --output "${OUTPUT:-artifacts/packages}" --nologo "$@"
done
