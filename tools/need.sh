#!/usr/bin/env bash
# What the tests need from the system, and an offer to install it.
#
#   tools/need.sh             PostgreSQL, Chromium and a font: what `make test` needs
#   tools/need.sh postgres    one of them: postgres, chromium, font
#
# Prints what is missing and the packages that hold it, and asks before it uses apt-get; under CI=true it does not ask.
# Ends with 0 when nothing is missing any more, else with 1 after saying what cannot be tested.
set -euo pipefail

has_postgres() {
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null
}
has_chromium() { command -v chromium >/dev/null || command -v chromium-browser >/dev/null; }
has_font() { ! command -v fc-list >/dev/null || [ -n "$(fc-list 2>/dev/null | head -n 1)" ]; }

package_of() {
  case $1 in
    postgres) if apt-cache show postgresql-15 >/dev/null 2>&1; then echo postgresql-15; else echo postgresql; fi ;;
    chromium) echo chromium ;;
    font) echo fonts-dejavu-core ;;
  esac
}

[ $# -gt 0 ] || set -- postgres chromium font
missing=()
for thing in "$@"; do
  case $thing in
    postgres | chromium | font) "has_$thing" || missing+=("$thing") ;;
    *)
      echo "need.sh: unknown: $thing (postgres, chromium, font)" >&2
      exit 2
      ;;
  esac
done
[ ${#missing[@]} -gt 0 ] || exit 0

refuse() {
  cat >&2 <<TEXT

  ################################################################################
  ##  NOT INSTALLED: ${missing[*]}
  ##  $1
  ##  What needs it is not tested.
  ################################################################################

TEXT
  exit 1
}

command -v apt-get >/dev/null || refuse "There is no apt-get here: install it with your system's own tools."
become=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || refuse "Installing needs root, and there is no sudo."
  become=(sudo)
fi
if [ "${CI:-}" = true ]; then
  "${become[@]}" apt-get update -qq </dev/null
fi
packages=()
for thing in "${missing[@]}"; do packages+=("$(package_of "$thing")"); done
install=("${become[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}")

echo "The tests need ${missing[*]}. This would install it:"
echo "  ${install[*]}"
if [ "${CI:-}" != true ]; then
  [ -t 0 ] || refuse "Nobody is there to ask (no terminal), so nothing was installed."
  read -r -p "Install now? [y/N] " answer
  case $answer in
    y | Y | yes) "${become[@]}" apt-get update -qq ;;
    *) refuse "You said no." ;;
  esac
fi
"${install[@]}" </dev/null || refuse "apt-get failed."
for thing in "${missing[@]}"; do
  "has_$thing" || refuse "apt-get succeeded, but $thing is still not found."
done
