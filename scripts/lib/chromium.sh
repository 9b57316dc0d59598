# Finds a Chromium for the browser tests, or installs Debian's. Sourced; `ensure_chromium` sets CHROMIUM.

ensure_chromium() {
  local name
  for name in chromium chromium-browser google-chrome; do
    CHROMIUM="$(command -v "$name" || true)"
    [[ -n "$CHROMIUM" ]] && return
  done
  if [[ "$(id -u)" != 0 ]] || ! command -v apt-get > /dev/null; then
    fail "There is no Chromium; install the package chromium and run this again."
  fi
  say "Installing Chromium"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes \
    --no-install-recommends chromium > /dev/null ||
    fail "apt-get could not install chromium; the lines above say why."
  CHROMIUM=/usr/bin/chromium
}
