# Messages for people: what happens now, and the one sentence that says what went wrong.
# Sourced by the other files; defines functions only.

say() {
  printf '==> %s\n' "$*" >&2
}

fail() {
  printf 'Error: %s\n' "$*" >&2
  exit 1
}
