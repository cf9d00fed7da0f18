#!/usr/bin/env bash
# What action.yml runs: installs qp-lint from this checkout, annotates the code, writes the full report to the log and the summary.
# Runs on the bash 3.2 of macOS too, where an empty array counts as unset.
set -euo pipefail

venv="$RUNNER_TEMP/qp-lint-venv"
report="$RUNNER_TEMP/qp-lint-report.txt"
fresh=false
if [ ! -d "$venv" ]; then
  "$QP_LINT_PYTHON" -m venv "$venv"
  fresh=true
fi
python="$venv/bin/python"
if [ -d "$venv/Scripts" ]; then python="$venv/Scripts/python"; fi # Windows
if $fresh; then "$python" -m pip install --quiet --disable-pip-version-check "$GITHUB_ACTION_PATH"; fi

words=()
add_lines() {
  while IFS= read -r line; do
    line="${line%$'\r'}"
    if [ -n "$line" ]; then words+=("$line"); fi
  done <<<"$1"
}
add_lines "$QP_LINT_ARGS"
if [ -n "$QP_LINT_FAIL_ON" ]; then words+=("--fail-on=$QP_LINT_FAIL_ON"); fi
if [ -n "$QP_LINT_BASELINE" ]; then words+=("--baseline=$QP_LINT_BASELINE"); fi
if [ -n "$QP_LINT_SARIF" ]; then words+=("--output-format=sarif=$QP_LINT_SARIF"); fi
words+=("--output-format=github" "--output-format=full=$report" "--")
add_lines "$QP_LINT_PATHS"

rm -f "$report"
if [ -n "$QP_LINT_SARIF" ]; then rm -f -- "$QP_LINT_SARIF"; fi # what is there after a failure would be of another check
status=0
"$python" -m qp_lint check "${words[@]}" || status=$?

if [ -n "$QP_LINT_SARIF" ] && [ -f "$QP_LINT_SARIF" ]; then
  echo "sarif-file=$(cd "$(dirname "$QP_LINT_SARIF")" && pwd)/$(basename "$QP_LINT_SARIF")" >>"$GITHUB_OUTPUT"
fi
echo "exit-code=$status" >>"$GITHUB_OUTPUT"
if [ -f "$report" ]; then
  token="$RANDOM$RANDOM$RANDOM" # the report quotes files: nothing in it may be read as a command of the runner
  echo "::stop-commands::$token"
  cat "$report"
  echo "::$token::"
  {
    printf '### qp-lint\n\n~~~~~~text\n'
    head -c 500000 "$report"
    printf '\n~~~~~~\n'
  } >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
fi
exit "$status"
