# Makes the Python environments that the scripts need, once, and finds them again in a moment.
# Sourced by the scripts. After `ensure_environment NAME` the environment is ready in $ROOT/NAME.

# The folder itself, not a link to it: npm installs nothing through one.
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)"
TOOLS="$ROOT/.tools"

# shellcheck source=scripts/lib/messages.sh
source "$ROOT/scripts/lib/messages.sh"
# shellcheck source=scripts/lib/python.sh
source "$ROOT/scripts/lib/python.sh"
# shellcheck source=scripts/lib/compiler.sh
source "$ROOT/scripts/lib/compiler.sh"
# shellcheck source=scripts/lib/browser.sh
source "$ROOT/scripts/lib/browser.sh"

# Which lock file fills an environment.
lock_of() {
  case "$1" in
    .venv) echo requirements/test.txt ;;
    .venv-demo) echo requirements/demo.txt ;;
  esac
}

# What an environment was made from. The folder is part of it because the programs in an
# environment name their own path: a moved checkout needs a new one.
environment_stamp() {
  printf '%s %s\n' "$ROOT" "$(cksum < "$ROOT/$(lock_of "$1")")"
}

environment_is_ready() {
  [[ -f "$ROOT/$1/.stamp" ]] &&
    [[ "$(< "$ROOT/$1/.stamp")" == "$(environment_stamp "$1")" ]] &&
    "$ROOT/$1/bin/python" -c '' 2> /dev/null
}

make_environment() {
  local name=$1 folder="$ROOT/$1" lock
  lock="$(lock_of "$name")"
  say "Installing $lock into $name"
  rm -f "$folder/.stamp"
  if ! "$folder/bin/python" -c '' 2> /dev/null ||
    [[ "$(readlink -f "$folder/bin/python")" != "$(readlink -f "$PYTHON")" ]]; then
    "$UV" venv --quiet --clear --no-config --python "$PYTHON" "$folder" ||
      fail "uv could not make the environment $name with $PYTHON; the lines above say why."
  fi
  "$UV" pip sync --quiet --require-hashes --python "$folder/bin/python" "$ROOT/$lock" ||
    fail "uv could not install $lock; check the network, then run the same command again."
  environment_stamp "$name" > "$folder/.stamp"
}

# uv, npm and the browser keep things in the home, and give up where there is none to write to.
ensure_home() {
  [[ -d "${HOME:-}" && -w "$HOME" ]] && return
  export HOME="$TOOLS/home"
  mkdir -p "$HOME"
}

# Makes each named environment unless it is there already.
ensure_environment() {
  local name missing=() jobs=() job
  ensure_home
  for name in "$@"; do
    environment_is_ready "$name" || missing+=("$name")
  done
  [[ ${#missing[@]} -eq 0 ]] && return
  mkdir -p "$TOOLS"
  # Two scripts started at once must not build the same environment into each other.
  exec 9> "$TOOLS/lock"
  if command -v flock > /dev/null; then flock 9; fi
  ensure_uv
  ensure_python
  ensure_compiler
  for name in "${missing[@]}"; do
    environment_is_ready "$name" && continue
    make_environment "$name" &
    jobs+=($!)
  done
  # The bash of macOS calls an empty list unset.
  for job in ${jobs[@]+"${jobs[@]}"}; do
    wait "$job" || exit 1
  done
  exec 9>&-
}
